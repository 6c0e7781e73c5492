//! What the calendars leave out or have wrong, by country; decision 0029 says how it was found.
//!
//! They give a holiday on a weekend to the day on which it is observed, or to the day itself, and not to
//! both. A business is closed on both: nobody comes on Christmas Day.

use chrono::{Datelike, Days, NaiveDate, Weekday};
use opening_hours::localization::Country;

/// When a holiday is kept.
#[derive(Clone, Copy)]
enum Kept {
    /// By month and day.
    On(u32, u32),
    /// On a weekday, from a month and day on.
    From(u32, u32, Weekday),
    /// So many days after Easter Sunday.
    Easter(i64),
}

/// By month and day.
type Dates = &'static [(u32, u32)];

/// Which day is observed for a holiday that falls on a weekend, or in the middle of a week.
#[derive(Clone, Copy)]
enum Observed {
    /// The next working day after a Sunday.
    AfterSunday,
    /// The next working day after a Saturday or a Sunday.
    AfterWeekend,
    /// By weekday, from Monday on: so many days later or earlier.
    Moved([i64; 7]),
}

use Country::{
    AU, AX, BB, BO, BS, BW, CA, CN, CO, CU, DO, EC, GA, GB, GD, GG, GI, GM, GY, HK, JE, JM, KE, KZ, MC, ME,
    MK, MS, MX, MZ, NA, NE, NG, NI, NL, PA, PE, PG, PR, RS, SC, SR, SV, VE, VN, ZW,
};
use Kept::{Easter, From, On};
use Observed::{AfterSunday, AfterWeekend, Moved};
use Weekday::{Fri, Mon, Sat};

/// Kept by all of the country: the calendars have them as regional, or not at all.
const ADDED: &[(Country, &[Kept])] = &[
    (AU, &[On(4, 25)]),
    (AX, &[From(6, 19, Fri), From(6, 20, Sat), From(10, 31, Sat)]),
    (BO, &[On(1, 22)]),
    (BS, &[On(1, 1)]),
    (BW, &[On(1, 2)]),
    (CN, &[On(5, 2), On(10, 2), On(10, 3)]),
    // Law 2578 of 2026.
    (CO, &[From(7, 9, Mon)]),
    (CU, &[On(12, 31)]),
    (GA, &[On(8, 16)]),
    (GB, &[On(1, 1)]),
    (GG, &[From(5, 1, Mon)]),
    (JM, &[From(10, 15, Mon)]),
    (KZ, &[On(1, 7)]),
    (NI, &[Easter(-3), Easter(-2), On(5, 30)]),
    (PA, &[On(12, 20)]),
    (PE, &[On(6, 7), On(7, 23), On(8, 6), On(12, 9)]),
    (SR, &[Easter(1)]),
    (SV, &[On(1, 1), Easter(-3), Easter(-2), Easter(-1), On(6, 17)]),
    (VE, &[Easter(-3), Easter(-2)]),
];

/// No holidays, by month and day, whatever the calendars say.
#[rustfmt::skip]
const REMOVED: &[(Country, Dates)] = &[
    // Midsummer and All Saints' Day, a week early or late.
    (AX, &[(6, 14), (6, 15), (6, 16), (6, 17), (6, 18), (6, 19), (11, 7)]),
    (GG, &[(5, 1)]),
    (JM, &[(10, 16)]),
    // Mexico observes nothing on another day.
    (MX, &[(4, 30), (5, 2), (12, 31)]),
    // Feasts of its cities.
    (SV, &[
        (5, 3), (5, 7), (8, 1), (8, 2), (8, 3), (8, 4), (8, 5), (8, 7), (10, 1), (10, 12), (11, 7), (11, 8),
        (11, 9), (11, 10), (11, 11), (11, 12), (11, 13), (11, 21), (12, 31),
    ]),
];

/// Holidays that are kept on another day only.
const NOT_ON_THE_DAY: &[(Country, u32, u32)] = &[(NL, 4, 27)];

/// Where days are observed that the calendars do not have; for some holidays, or for all of a fixed date.
#[rustfmt::skip]
const OBSERVED: &[(Country, Observed, Dates)] = &[
    (BB, AfterSunday, &[]), (BW, AfterSunday, &[]), (ME, AfterSunday, &[]), (MK, AfterSunday, &[]),
    (MZ, AfterSunday, &[]), (NE, AfterSunday, &[]), (PG, AfterSunday, &[]), (SC, AfterSunday, &[]),
    (ZW, AfterSunday, &[]),
    (GI, AfterWeekend, &[]), (GM, AfterWeekend, &[]), (MS, AfterWeekend, &[]), (VN, AfterWeekend, &[]),
    (BO, AfterSunday, &[(5, 1), (6, 21), (8, 6), (12, 25)]),
    (BS, AfterWeekend, &[(7, 10), (12, 25)]),
    (CA, AfterWeekend, &[(1, 1), (12, 25)]),
    (CU, AfterSunday, &[(5, 1), (10, 10)]),
    (GB, AfterWeekend, &[(1, 1)]),
    (GD, AfterSunday, &[(2, 7), (5, 1), (10, 25), (12, 26)]),
    (GG, AfterWeekend, &[(1, 1), (12, 25), (12, 26)]),
    (GY, AfterWeekend, &[(1, 1), (12, 25), (12, 26)]),
    (GY, AfterSunday, &[(5, 1), (5, 5), (8, 1)]),
    (HK, AfterSunday, &[(12, 25)]),
    (JE, AfterWeekend, &[(1, 1), (12, 25), (12, 26)]),
    (JM, AfterWeekend, &[(5, 23)]),
    (JM, AfterSunday, &[(8, 1), (12, 25)]),
    (KE, AfterSunday, &[(12, 26)]),
    (KZ, AfterWeekend, &[
        (1, 1), (1, 2), (3, 8), (3, 21), (3, 22), (3, 23), (5, 1), (5, 7), (5, 9), (7, 6), (10, 25), (12, 16),
    ]),
    (MC, AfterSunday, &[(5, 1), (8, 15), (12, 8)]),
    (NA, AfterSunday, &[(3, 21), (5, 1), (5, 4), (5, 25), (8, 26), (12, 10), (12, 26)]),
    (NG, AfterWeekend, &[(6, 12), (10, 1)]),
    (NG, AfterSunday, &[(12, 26)]),
    (PA, AfterSunday, &[(1, 9), (5, 1), (11, 5), (11, 10), (11, 28), (12, 8), (12, 20), (12, 25)]),
    (PR, AfterSunday, &[(3, 22), (7, 25), (11, 19), (12, 25)]),
    (RS, AfterSunday, &[(5, 2), (11, 11)]),
    (DO, Moved([0, -1, -2, 4, 3, 0, 0]), &[(1, 6), (1, 26), (5, 1), (11, 6)]),
    (EC, Moved([0, -1, 2, 1, 0, -1, 1]), &[(5, 1), (5, 24), (8, 10), (10, 9)]),
];
/// How far the day that is observed is from the day itself at most.
const OBSERVED_DAYS: u64 = 6;
/// Holidays of a fixed date are known by so many years before and after.
const YEARS: i32 = 6;

/// The public holidays of a country, corrected; `is_listed` is whether its calendar has a date.
pub struct Corrected<F> {
    pub country: Country,
    pub is_listed: F,
}

impl<F: Fn(NaiveDate) -> bool> Corrected<F> {
    pub fn contains(&self, date: NaiveDate) -> bool {
        self.is_kept(date) || self.is_observed(date)
    }

    /// Whether it is a holiday by itself.
    fn is_kept(&self, date: NaiveDate) -> bool {
        let day = (date.month(), date.day());
        if self.added().any(|kept| kept.is_on(date)) {
            return true;
        }
        if of(REMOVED, self.country).any(|removed| removed.contains(&day)) {
            return false;
        }
        (self.is_listed)(date) || is_weekend(date) && self.is_fixed(date) && !self.is_elsewhere(day)
    }

    fn added(&self) -> impl Iterator<Item = &'static Kept> {
        of(ADDED, self.country).flatten()
    }

    fn is_elsewhere(&self, (month, day): (u32, u32)) -> bool {
        NOT_ON_THE_DAY.contains(&(self.country, month, day))
    }

    /// Whether the same day of the month is a holiday in each year in which it is no weekend.
    fn is_fixed(&self, date: NaiveDate) -> bool {
        let is_added = self.added().any(|kept| matches!(kept, On(..)) && kept.is_on(date));
        let years = (date.year() - YEARS..=date.year() + YEARS).filter_map(|year| date.with_year(year));
        let mut weekdays = years.filter(|date| !is_weekend(*date)).peekable();
        is_added || weekdays.peek().is_some() && weekdays.all(&self.is_listed)
    }

    fn is_observed(&self, date: NaiveDate) -> bool {
        let mut rules = OBSERVED.iter().filter(|(country, ..)| *country == self.country);
        rules.any(|(_, observed, days)| {
            let is_subject = |holiday: NaiveDate| {
                (days.is_empty() || days.contains(&(holiday.month(), holiday.day())))
                    && self.is_kept(holiday)
                    && self.is_fixed(holiday)
            };
            match observed {
                AfterSunday => {
                    self.is_next_free(date, &|day| day.weekday() == Weekday::Sun && is_subject(day))
                }
                AfterWeekend => self.is_next_free(date, &|day| is_weekend(day) && is_subject(day)),
                Moved(by) => is_moved_to(date, by, &is_subject),
            }
        })
    }

    /// Whether it is a working day that stands for a holiday before it. Each stands for one.
    fn is_next_free(&self, date: NaiveDate, is_replaced: &dyn Fn(NaiveDate) -> bool) -> bool {
        if is_weekend(date) {
            return false;
        }
        let before = (1..=OBSERVED_DAYS).rev().filter_map(|days| date.checked_sub_days(Days::new(days)));
        let waiting = before.fold(0_u32, |waiting, day| match self.is_kept(day) {
            true => waiting + u32::from(is_replaced(day)),
            false if is_weekend(day) => waiting,
            false => waiting.saturating_sub(1),
        });
        waiting > 0 && !self.is_kept(date)
    }
}

fn is_moved_to(date: NaiveDate, by: &[i64; 7], is_subject: &dyn Fn(NaiveDate) -> bool) -> bool {
    let origins = (0..7).filter_map(|weekday: usize| {
        let days = by.get(weekday).copied().filter(|days| *days != 0)?;
        let origin = date.checked_sub_signed(chrono::TimeDelta::days(days))?;
        (origin.weekday().num_days_from_monday() as usize == weekday).then_some(origin)
    });
    origins.into_iter().any(is_subject)
}

impl Kept {
    fn is_on(self, date: NaiveDate) -> bool {
        match self {
            On(month, day) => (date.month(), date.day()) == (month, day),
            From(month, day, weekday) => {
                let first = NaiveDate::from_ymd_opt(date.year(), month, day);
                let days = first.map(|first| (date - first).num_days());
                date.weekday() == weekday && days.is_some_and(|days| (0..7).contains(&days))
            }
            Easter(days) => easter(date.year()).is_some_and(|easter| (date - easter).num_days() == days),
        }
    }
}

fn of<T: Copy>(table: &'static [(Country, T)], country: Country) -> impl Iterator<Item = T> {
    table.iter().filter(move |(of, _)| *of == country).map(|(_, value)| *value)
}

fn is_weekend(date: NaiveDate) -> bool {
    matches!(date.weekday(), Weekday::Sat | Weekday::Sun)
}

/// Easter Sunday, by the Gregorian rule of Meeus, Jones and Butcher.
pub fn easter(year: i32) -> Option<NaiveDate> {
    let (golden, century, of_century) = (year.rem_euclid(19), year.div_euclid(100), year.rem_euclid(100));
    let corrected = century - century / 4 - (century - (century + 8) / 25 + 1) / 3;
    let epact = (19 * golden + corrected + 15).rem_euclid(30);
    let weekday = (32 + 2 * (century % 4) + 2 * (of_century / 4) - epact - of_century % 4).rem_euclid(7);
    let late = (golden + 11 * epact + 22 * weekday) / 451;
    let days = epact + weekday - 7 * late + 114;
    NaiveDate::from_ymd_opt(year, u32::try_from(days / 31).ok()?, u32::try_from(days % 31 + 1).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easter_is_on_its_sunday() {
        for text in
            ["2000-04-23", "2024-03-31", "2025-04-20", "2026-04-05", "2027-03-28", "2038-04-25", "2049-04-18"]
        {
            let date: NaiveDate = text.parse().expect("a date");
            assert_eq!(easter(date.year()), Some(date));
        }
    }
}
