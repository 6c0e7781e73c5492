//! What counts from the appointment that is moved: "an hour later", "the same time next week".

use chrono::{DateTime, Datelike, Months, NaiveDate, TimeDelta, Utc};

use super::days::{Day, plus, week_of};
use super::meaning::{Meaning, at_moment};
use super::times::{Face, Time};
use crate::languages::grammar::Moved;
use crate::values::time::Zone;

/// What a phrase says of an appointment that starts at an instant; `number` is the one in the phrase.
pub fn meaning(rule: Moved, number: Option<u32>, start: DateTime<Utc>, zone: Zone) -> Option<Meaning> {
    let (wall, count) = (zone.wall(start), i64::from(number.unwrap_or(1)));
    let (date, own) = (wall.date(), Face::of(wall.time())?);
    let on = |day: Day| Meaning { day: Some(day), ..Meaning::default() };
    let days_later = |days: i64| plus(date, days).map(Day::on);
    let at = |time: Time| Meaning { time: Some(time), ..Meaning::default() };
    let same_time = at(Time { at: Some(own), ..Time::default() });
    let on_its_day = |meaning: Meaning| Some(Meaning { own_day: Some(date), ..meaning });
    match rule {
        Moved::Days(unit) => days_later(count.checked_mul(unit)?).map(on),
        Moved::Months(unit) => months_later(date, count.checked_mul(unit)?).map(Day::on).map(on),
        Moved::Week(weeks) => week_of(date, weeks).map(Day::within).map(on),
        Moved::Weekday => Some(on(Day { weekday: Some(date.weekday()), ..Day::default() })),
        Moved::SameTime => Some(same_time),
        Moved::SameTimeAfter(days) => Some(Meaning { day: Some(days_later(days)?), ..same_time }),
        Moved::Length(sign) => {
            let minutes = TimeDelta::try_minutes(count.checked_mul(sign)?)?;
            let then = at_moment(zone.wall(start.checked_add_signed(minutes)?))?;
            let is_own_day = then.day == Some(Day::on(date));
            if is_own_day { on_its_day(Meaning { day: None, ..then }) } else { Some(then) }
        }
        Moved::Later => {
            let next = wall.time().overflowing_add_signed(TimeDelta::minutes(1));
            let from = Some(Face::of(next.0)?).filter(|_| next.1 == 0)?;
            on_its_day(at(Time { from: Some(from), ..Time::default() }))
        }
        Moved::Earlier if own.hour == 0 && own.minute == 0 => None,
        Moved::Earlier => on_its_day(at(Time { until: Some(own), ..Time::default() })),
    }
}

fn months_later(date: NaiveDate, months: i64) -> Option<NaiveDate> {
    let count = Months::new(u32::try_from(months.unsigned_abs()).ok()?);
    if months < 0 { date.checked_sub_months(count) } else { date.checked_add_months(count) }
}
