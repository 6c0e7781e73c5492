//! From conditions on a day to dates: "a Friday", "the 4th", "in December", "in the next week".

use chrono::{Datelike, Days as Count, Months, NaiveDate, Weekday};

use crate::languages::grammar::{DayRule, Share, SpanRule, Which};
use crate::values::time::week_start;

/// From one 29th of February to the next, at most.
const LEAP_YEARS_MAX: u64 = 8;
/// A day is looked for at most so far ahead.
const SEARCH_DAYS: usize = LEAP_YEARS_MAX as usize * 366 + 1;

/// Some dates in a row, both ends included; without a last one, from the first on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dates {
    pub first: NaiveDate,
    pub last: Option<NaiveDate>,
}

impl Dates {
    pub fn on(date: NaiveDate) -> Self {
        Self { first: date, last: Some(date) }
    }

    pub fn from(first: NaiveDate) -> Self {
        Self { first, last: None }
    }

    fn until(first: NaiveDate, last: NaiveDate) -> Option<Self> {
        (first <= last).then_some(Self { first, last: Some(last) })
    }

    fn contains(self, date: NaiveDate) -> bool {
        self.first <= date && self.last.is_none_or(|last| date <= last)
    }

    /// The dates that are in both.
    fn and(self, other: Self) -> Option<Self> {
        let first = self.first.max(other.first);
        match self.last.into_iter().chain(other.last).min() {
            Some(last) => Self::until(first, last),
            None => Some(Self::from(first)),
        }
    }

    /// So many days later.
    pub fn later(self, days: i64) -> Option<Self> {
        let last = match self.last {
            Some(last) => Some(plus(last, days)?),
            None => None,
        };
        Some(Self { first: plus(self.first, days)?, last })
    }

    /// Without the dates that have passed, unless all have.
    fn coming(self, today: NaiveDate) -> Self {
        if self.contains(today) { Self { first: today, ..self } } else { self }
    }
}

/// Why conditions hold for no day, or for several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoDay {
    Never,
    /// The date has another weekday than the one that was said.
    OtherWeekday(NaiveDate),
    Which(NaiveDate, NaiveDate),
}

/// Conditions on a day, as far as they were said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Day {
    pub weekday: Option<Weekday>,
    /// Of the weekdays of a month the first (1) or another one, or the last (-1).
    pub nth: Option<i32>,
    pub day: Option<u32>,
    pub month: Option<u32>,
    pub year: Option<i32>,
    pub within: Option<Dates>,
    /// From Monday to Friday.
    pub is_workday: bool,
    /// One of two dates.
    pub choice: Option<[NaiveDate; 2]>,
}

fn both<T: Copy + PartialEq>(one: Option<T>, other: Option<T>) -> Option<Option<T>> {
    match (one, other) {
        (Some(one), Some(other)) => (one == other).then_some(Some(one)),
        _ => Some(one.or(other)),
    }
}

impl Day {
    pub fn within(dates: Dates) -> Self {
        Self { within: Some(dates), ..Self::default() }
    }

    pub fn on(date: NaiveDate) -> Self {
        Self::within(Dates::on(date))
    }

    /// Both conditions, unless they contradict each other on their face.
    pub fn and(&self, other: &Self) -> Option<Self> {
        let within = match (self.within, other.within) {
            (Some(one), Some(other)) => Some(one.and(other)?),
            (one, other) => one.or(other),
        };
        Some(Self {
            weekday: both(self.weekday, other.weekday)?,
            nth: both(self.nth, other.nth)?,
            day: both(self.day, other.day)?,
            month: both(self.month, other.month)?,
            year: both(self.year, other.year)?,
            within,
            is_workday: self.is_workday || other.is_workday,
            choice: both(self.choice, other.choice)?,
        })
    }

    fn holds(&self, date: NaiveDate) -> bool {
        let is = |wanted: Option<u32>, got: u32| wanted.is_none_or(|wanted| wanted == got);
        is(self.day, date.day())
            && is(self.month, date.month())
            && self.year.is_none_or(|year| year == date.year())
            && self.weekday.is_none_or(|weekday| weekday == date.weekday())
            && self.nth.is_none_or(|nth| is_nth(date, nth))
            && self.within.is_none_or(|dates| dates.contains(date))
            && (!self.is_workday || !is_weekend(date.weekday()))
    }

    /// The first date from a day on for which the conditions hold.
    fn first_from(&self, start: NaiveDate) -> Option<NaiveDate> {
        let last = self.within.and_then(|dates| dates.last);
        let days =
            start.iter_days().take(SEARCH_DAYS).take_while(|date| last.is_none_or(|last| *date <= last));
        days.into_iter().find(|date| self.holds(*date))
    }

    fn names_one(&self) -> bool {
        self.weekday.is_some() || self.day.is_some()
    }

    fn start(&self, today: NaiveDate) -> NaiveDate {
        let of_year = self.year.and_then(|year| NaiveDate::from_ymd_opt(year, 1, 1));
        match self.within {
            Some(dates) => dates.coming(today).first,
            // Of this week there is only today.
            None if self.is_workday && !self.names_one() && today.weekday() == Weekday::Fri => {
                today.succ_opt().unwrap_or(today)
            }
            None if self.year == Some(today.year()) && self.day.is_none() => today,
            None => of_year.unwrap_or(today),
        }
    }

    /// The dates that are meant: the next ones for which the conditions hold.
    pub fn resolve(&self, today: NaiveDate) -> Result<Dates, NoDay> {
        if let Some(choice) = self.choice {
            return self.choose(choice);
        }
        // The last Friday of no month has been.
        if self.nth.is_some_and(|nth| nth < 0) && self.month.is_none() && self.within.is_none() {
            let within = Some(before(today).ok_or(NoDay::Never)?);
            return Self { nth: None, within, ..*self }.resolve(today);
        }
        let names_one = self.names_one();
        let names_some = self.month.is_some() || self.year.is_some() || self.is_workday;
        if !names_one && !names_some {
            return Ok(self.within.unwrap_or(Dates::from(today)).coming(today));
        }
        let start = self.start(today);
        // A Wednesday the 3rd in some months is rather a mistake about the next 3rd.
        if self.weekday.is_some() && self.day.is_some() {
            let date = Self { weekday: None, ..*self }.first_from(start).ok_or(NoDay::Never)?;
            return if self.holds(date) { Ok(Dates::on(date)) } else { Err(NoDay::OtherWeekday(date)) };
        }
        let one_date = self.within.filter(|dates| dates.last == Some(dates.first)).map(|dates| dates.first);
        let first = self.first_from(start).ok_or(match one_date {
            Some(date) if self.weekday.is_some_and(|weekday| weekday != date.weekday()) => {
                NoDay::OtherWeekday(date)
            }
            _ => NoDay::Never,
        })?;
        if names_one {
            return Ok(Dates::on(first));
        }
        let last = first.iter_days().take(SEARCH_DAYS).take_while(|date| self.holds(*date)).last();
        Ok(Dates { first, last })
    }

    fn choose(&self, choice: [NaiveDate; 2]) -> Result<Dates, NoDay> {
        let [one, other] = choice;
        match (self.holds(one), self.holds(other)) {
            (true, true) if one == other => Ok(Dates::on(one)),
            (true, true) => Err(NoDay::Which(one, other)),
            (true, false) => Ok(Dates::on(one)),
            (false, true) => Ok(Dates::on(other)),
            (false, false) if one == other && self.weekday.is_some() => Err(NoDay::OtherWeekday(one)),
            (false, false) => Err(NoDay::Never),
        }
    }
}

fn is_weekend(weekday: Weekday) -> bool {
    matches!(weekday, Weekday::Sat | Weekday::Sun)
}

fn is_nth(date: NaiveDate, nth: i32) -> bool {
    let number = i32::try_from(date.day0() / 7).unwrap_or_default() + 1;
    let is_last = date.checked_add_days(Count::new(7)).is_none_or(|later| later.month() != date.month());
    if nth < 0 { is_last } else { number == nth }
}

pub(super) fn plus(date: NaiveDate, days: i64) -> Option<NaiveDate> {
    let count = Count::new(days.unsigned_abs());
    if days < 0 { date.checked_sub_days(count) } else { date.checked_add_days(count) }
}

/// The seven days before a day.
fn before(date: NaiveDate) -> Option<Dates> {
    Dates::until(plus(date, -7)?, date.pred_opt()?)
}

/// The month after so many.
fn month_of(date: NaiveDate, months: i64) -> Option<Dates> {
    let count = Months::new(u32::try_from(months.unsigned_abs()).ok()?);
    let begin = date.with_day(1)?;
    let first = if months < 0 { begin.checked_sub_months(count) } else { begin.checked_add_months(count) }?;
    Dates::until(first, first.checked_add_months(Months::new(1))?.pred_opt()?)
}

pub(super) fn week_of(date: NaiveDate, weeks: i64) -> Option<Dates> {
    let first = plus(week_start(date), weeks.checked_mul(7)?)?;
    Dates::until(first, plus(first, 6)?)
}

/// A share of the days of a week or a month, from their first one on.
fn share(whole: Dates, share: Share, shares: [(i64, i64); 3]) -> Option<Dates> {
    let (from, to) = match share {
        Share::Whole => return Some(whole),
        Share::Beginning => shares[0],
        Share::Middle => shares[1],
        Share::End => shares[2],
    };
    let last = plus(whole.first, to)?;
    Dates::until(plus(whole.first, from)?, whole.last.map_or(last, |end| end.min(last)))
}

const OF_WEEK: [(i64, i64); 3] = [(0, 1), (1, 3), (3, 4)];
const OF_MONTH: [(i64, i64); 3] = [(0, 9), (10, 19), (20, 30)];

/// The same, or that of the next week or month if it has passed, unless a past one is meant.
fn coming_share(today: NaiveDate, of: impl Fn(i64) -> Option<Dates>, ahead: i64) -> Option<Dates> {
    let dates = of(ahead)?;
    if ahead >= 0 && dates.last.is_some_and(|last| last < today) {
        of(ahead.checked_add(1)?)
    } else {
        Some(dates)
    }
}

/// The Sunday of Easter by the Gregorian computus.
fn easter(year: i32) -> Option<NaiveDate> {
    let (golden, century, rest) = (year % 19, year / 100, year % 100);
    let epact = (19 * golden + century - century / 4 - (century - (century + 8) / 25 + 1) / 3 + 15) % 30;
    let weekday = (32 + 2 * (century % 4) + 2 * (rest / 4) - epact - rest % 4) % 7;
    let correction = (golden + 11 * epact + 22 * weekday) / 451;
    let days = u32::try_from(epact + weekday - 7 * correction + 114).ok()?;
    NaiveDate::from_ymd_opt(year, days / 31, days % 31 + 1)
}

/// What a rule says of the day; `said` are the conditions in the phrase, `number` its number.
pub fn day(rule: DayRule, said: Day, number: Option<u32>, today: NaiveDate) -> Option<Day> {
    let count = i64::from(number.unwrap_or(1));
    let on = |date: Option<NaiveDate>| date.map(Day::on);
    let ruled = match rule {
        DayRule::Conditions | DayRule::Weekday(Which::This) => Day::default(),
        DayRule::Weekday(Which::Past) => Day::within(before(today)?),
        DayRule::Weekday(Which::Coming) => Day::within(Dates::from(today.succ_opt()?)),
        DayRule::Weekday(Which::OfNextWeek) => Day::within(week_of(today, 1)?),
        DayRule::WeekdayPlus(weeks) => {
            let first = said.resolve(today).ok()?.first;
            on(plus(first, weeks.checked_mul(7)?))?
        }
        DayRule::Ahead(days) | DayRule::AheadIn(days, _) => on(plus(today, days))?,
        DayRule::InDays(days) => on(plus(today, count.checked_mul(days)?))?,
        DayRule::InMonths => on(today.checked_add_months(Months::new(number.unwrap_or(1))))?,
        DayRule::InMinutes(_) => return None,
        DayRule::Within(days) => Day::within(Dates::until(today, plus(today, count.checked_mul(days)?)?)?),
        DayRule::Week(weeks, part) => {
            let weeks = number.map_or(weeks, i64::from);
            let of = |ahead| share(week_of(today, ahead)?, part, OF_WEEK);
            Day::within(coming_share(today, of, weeks)?)
        }
        DayRule::WeekOfMonth => {
            let first =
                Day { month: said.month, year: said.year, ..Day::default() }.resolve(today).ok()?.first;
            let month = month_of(first, 0)?;
            let last = month.last?;
            let begin = match said.nth? {
                nth if nth < 0 => plus(last, -6)?,
                nth => plus(month.first, i64::from(nth - 1) * 7)?,
            };
            return Some(Day::within(Dates::until(begin, plus(begin, 6)?.min(last))?));
        }
        DayRule::Weekend(weeks) => {
            let week = week_of(today, number.map_or(weeks, i64::from))?;
            Day::within(Dates::until(plus(week.first, 5)?, plus(week.first, 6)?)?)
        }
        DayRule::Workdays => Day { is_workday: true, ..Day::default() },
        DayRule::Month(months, part) => match said.month {
            Some(month) => {
                let first = Day { month: Some(month), ..Day::default() }.first_from(today)?;
                Day::within(share(month_of(first, 0)?, part, OF_MONTH)?)
            }
            None => {
                let of = |ahead| share(month_of(today, ahead)?, part, OF_MONTH);
                Day::within(coming_share(today, of, months)?)
            }
        },
        DayRule::Year(years) => {
            let year = today.year().checked_add(i32::try_from(years).ok()?)?;
            let edge = |month, day| NaiveDate::from_ymd_opt(year, month, day);
            Day::within(Dates::until(edge(1, 1)?, edge(12, 31)?)?)
        }
        DayRule::Yearly(month, day) => Day { month: Some(month), day: Some(day), ..Day::default() },
        DayRule::Easter(days) => {
            let of_year = |year: i32| plus(easter(year)?, days);
            let this_year = said.year.unwrap_or(today.year());
            let next = of_year(this_year).filter(|date| said.year.is_some() || *date >= today);
            on(next.or_else(|| of_year(this_year.checked_add(1)?)))?
        }
        DayRule::NthWeekday(month, weekday, nth) => {
            Day { month: Some(month), weekday: Some(weekday), nth: Some(nth), ..Day::default() }
        }
        DayRule::Any => Day::within(Dates::from(today)),
        DayRule::AllBut | DayRule::Not => return None,
    };
    if matches!(rule, DayRule::WeekdayPlus(_)) { Some(ruled) } else { ruled.and(&said) }
}

/// "The 3rd to the 5th of December" are both of December.
fn of_month_of(first: Day, last: Day) -> Day {
    let has_none = first.day.is_some() && first.month.is_none() && first.within.is_none();
    if has_none { Day { month: last.month, year: last.year, ..first } } else { first }
}

/// The dates that two conditions span. The second counts from today, but not before the first.
pub fn span(first: Day, last: Day, today: NaiveDate) -> Result<Dates, NoDay> {
    let begin = of_month_of(first, last).resolve(today)?;
    Ok(Dates { first: begin.first, last: last_day(begin, last, today)?.last })
}

/// The last day of several. It counts from today, or from the first day if it would be before that.
pub fn last_day(first: Dates, last: Day, today: NaiveDate) -> Result<Dates, NoDay> {
    let is_late = |dates: &Dates| dates.last.is_none_or(|last| last >= first.first);
    match last.resolve(today) {
        Ok(dates) if is_late(&dates) => Ok(dates),
        _ => last.resolve(first.first).and_then(|dates| is_late(&dates).then_some(dates).ok_or(NoDay::Never)),
    }
}

/// What a rule makes of one day, or of two. A date with another weekday than its own remains one.
pub fn spanned(rule: SpanRule, days: &[Day], number: Option<u32>, today: NaiveDate) -> Option<Day> {
    let other_weekday = |day: &Day| match day.resolve(today) {
        Err(NoDay::OtherWeekday(date)) => Some(Day { choice: Some([date; 2]), ..*day }),
        _ => None,
    };
    meant(rule, days, number, today).or_else(|| days.iter().find_map(other_weekday))
}

fn meant(rule: SpanRule, days: &[Day], number: Option<u32>, today: NaiveDate) -> Option<Day> {
    let (day, other) = (*days.first()?, days.get(1).copied());
    let dates = |day: Day| day.resolve(today).ok();
    let within = match rule {
        SpanRule::FromTo => span(day, other?, today).ok()?,
        SpanRule::Either => {
            let (one, other) = (dates(of_month_of(day, other?))?, dates(other?)?);
            let (one, other) = if one.first <= other.first { (one, other) } else { (other, one) };
            if one.last?.succ_opt()? < other.first {
                return Some(Day { choice: Some([one.first, other.first]), ..Day::default() });
            }
            Dates { first: one.first, last: Some(one.last?.max(other.last?)) }
        }
        SpanRule::From => Dates::from(dates(day)?.first),
        SpanRule::After => Dates::from(dates(day)?.last?.succ_opt()?),
        SpanRule::Until => Dates::until(today, dates(day)?.last?)?,
        SpanRule::Before => Dates::until(today, dates(day)?.first.pred_opt()?)?,
        SpanRule::WeekOf => {
            let Dates { first, last } = dates(day)?;
            week_of((last == Some(first)).then_some(first)?, 0)?.coming(today)
        }
        SpanRule::Plus(unit) => {
            let days = i64::from(number.unwrap_or(1)).checked_mul(unit)?;
            dates(day).filter(|dates| dates.last.is_some())?.later(days)?
        }
    };
    Some(Day::within(within))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easter_is_where_the_almanac_has_it() {
        for (year, date) in [
            (1999, "1999-04-04"),
            (2024, "2024-03-31"),
            (2025, "2025-04-20"),
            (2026, "2026-04-05"),
            (2038, "2038-04-25"),
            (2285, "2285-03-22"),
        ] {
            assert_eq!(easter(year), date.parse().ok(), "{year}");
        }
    }
}
