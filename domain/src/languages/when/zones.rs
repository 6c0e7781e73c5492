//! Times on the clock of another zone: "3 pm EST", "hora de Madrid". On the business's clock they are another
//! time, perhaps on another day. Where that is not clear, it is asked.

use chrono::{NaiveDate, TimeDelta};

use super::Setting;
use super::chart::{Chart, Slots};
use super::days::Dates;
use super::meaning::Clock;
use super::times::{Named, Times};
use crate::languages::grammar::ClockOf;
use crate::values::time::{TimeOfDay, Zone};

/// A name of a clock has at most so many words: `hora de la Ciudad de México`.
const WORDS_MAX: usize = 6;
/// So far ahead a clock is compared with another where no day was named.
const DAYS_MAX: i64 = 62;
const DAY_MINUTES: i64 = 24 * 60;
/// Winter and summer time last longer.
const QUARTER: TimeDelta = TimeDelta::days(91);

impl Chart<'_> {
    /// The clocks that are named at a word.
    pub(super) fn clocks_of(&self, at: usize, setting: &Setting<'_>) -> Vec<(usize, Clock)> {
        if self.is_abbreviation(at, setting) {
            return vec![(at + 1, Clock::Here)];
        }
        let of_rule = |(rule, end, slots): (ClockOf, usize, Slots)| {
            let clock = match rule {
                ClockOf::Here => Clock::Here,
                ClockOf::Zone(name) => Clock::Of(name.parse().ok()?),
                ClockOf::Utc(sign) => Clock::Of(east_of_utc(i64::from(slots.number?) * sign)?),
                ClockOf::Unclear => Clock::Unclear,
            };
            Some((end, clock))
        };
        let ruled = self.matches(at, |known| &known.zones).into_iter().filter_map(of_rule);
        let ends = (at + 2..=self.words.len().min(at + WORDS_MAX)).rev();
        let places = ends.filter_map(|end| {
            let said = self.words[at..end].join(" ");
            let zone = self.grammars.iter().find_map(|known| known.clocks_of.get(&said))?;
            Some((end, Clock::Of(*zone)))
        });
        ruled.chain(places).collect()
    }

    /// Whether a word is what people call the business's own clock: `CST` in China.
    fn is_abbreviation(&self, at: usize, setting: &Setting<'_>) -> bool {
        let quarter = |count: i32| setting.now.checked_add_signed(QUARTER * count);
        let mut names = (0..4).filter_map(quarter).filter_map(|instant| setting.zone.abbreviation(instant));
        names.any(|name| name.eq_ignore_ascii_case(&self.words[at]))
    }
}

/// `Etc/GMT-3` is three hours east of UTC.
fn east_of_utc(hours: i64) -> Option<Zone> {
    format!("Etc/GMT{:+}", -hours).parse().ok()
}

/// How many minutes the business's clock is ahead of another one on some dates, if that stays.
pub fn ahead(zone: Zone, dates: Option<Dates>, setting: &Setting<'_>) -> Option<i64> {
    let Dates { first, last } = dates.unwrap_or(Dates::from(setting.today()));
    let minutes = |date: NaiveDate| {
        let noon = setting.zone.midnight(date) + TimeDelta::hours(12);
        i64::from(setting.zone.offset_seconds(noon) - zone.offset_seconds(noon)) / 60
    };
    let days = first.iter_days().take_while(|date| *date - first <= TimeDelta::days(DAYS_MAX));
    let mut days = days.take_while(|date| last.is_none_or(|last| *date <= last)).map(minutes);
    let ahead = days.next()?;
    days.all(|other| other == ahead).then_some(ahead)
}

/// On the business's clock what was said of another one that it is so many minutes ahead of.
pub fn here(dates: Option<Dates>, times: Times, ahead: i64) -> Option<(Option<Dates>, Times)> {
    let moved = |time: TimeOfDay| i64::from(time.minutes()) + ahead;
    let of_day = |minutes: i64| TimeOfDay::from_minutes(u16::try_from(minutes).ok()?);
    let end = TimeOfDay::END;
    let bounds = match times.named {
        Named::Nothing | Named::Part => return None,
        Named::Exact => {
            let minutes = moved(times.from);
            let from = of_day(minutes.rem_euclid(DAY_MINUTES))?;
            let dates = match dates {
                Some(dates) => Some(dates.later(minutes.div_euclid(DAY_MINUTES))?),
                None => None,
            };
            return Some((dates, Times { from, to: end, ..times }));
        }
        Named::LowerBound => (of_day(moved(times.from))?, end),
        Named::UpperBound => (TimeOfDay::START, of_day(moved(times.to))?),
        Named::Range => (of_day(moved(times.from))?, of_day(moved(times.to))?),
    };
    let (from, to) = bounds;
    (from < to).then_some((dates, Times { from, to, ..times }))
}
