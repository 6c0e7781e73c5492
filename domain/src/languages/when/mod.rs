//! What people say of days and times, in the business's zone and language. A model passes on what it heard
//! and computes no date.
//!
//! * A text is split into words ([`crate::languages::words`]). Phrases of the grammar are found in them
//!   ([`chart`]): the data of the language and of English ([`crate::languages::grammar`]).
//! * A long name that is misspelt is the one that is meant ([`spelling`]).
//! * Each word is in a phrase or is a filler ([`reading`]). Else the error names it: nothing that was said is
//!   dropped.
//! * What the phrases say holds together, in whichever field they came: conditions on the day ([`days`]), a
//!   part of the day, and times ([`times`]).
//!
//! Weeks begin on Monday. `tuesday` and `this tuesday` are the first one from today on. `next tuesday` is the
//! one of the next week. A date without a year is the next one.
//!
//! An hour alone ("at three") may be in either half of the day. A part of the day decides, then the opening
//! hours of the day. If both halves are open, or none, it is asked.
//!
//! "3 pm EST" is a time on another clock ([`zones`]).
//!
//! "An hour later" counts from the appointment that is moved ([`moved`]); without one, it is asked.

mod chart;
mod days;
mod error;
mod index;
mod meaning;
mod moved;
mod reading;
mod setting;
mod slots;
mod spelling;
#[cfg(test)]
mod tests;
mod times;
mod zones;

pub use days::Dates;
pub use error::BadWhen;
pub use setting::Setting;
pub use times::{Named, Times};

use chart::Field;
use days::NoDay;
use reading::{Clause, contradiction, read, together};
use times::{NoTime, Opening};

/// What was said, field by field. Words may stand in another field than their own.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked<'a> {
    pub day: Option<&'a str>,
    /// The last of several days.
    pub last_day: Option<&'a str>,
    pub part_of_day: Option<&'a str>,
    pub time: Option<&'a str>,
}

/// When somebody wants to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct When {
    /// None, if no day was named.
    pub dates: Option<Dates>,
    pub times: Times,
}

pub fn understand(asked: &Asked<'_>, setting: &Setting<'_>) -> Result<When, BadWhen> {
    let fields = [(Field::Day, asked.day), (Field::Part, asked.part_of_day), (Field::Time, asked.time)];
    let mut clauses = Vec::new();
    for (field, text) in fields {
        if let Some(text) = text.filter(|text| !text.trim().is_empty()) {
            clauses.extend(read(text, field, setting)?);
        }
    }
    let whole = together(&clauses, setting)?;
    let named = whole.dates.or(whole.own_day.map(Dates::on));
    let dates = match asked.last_day.filter(|text| !text.trim().is_empty()) {
        Some(text) => Some(until(text, named, setting)?),
        None => named,
    };
    let ahead = match whole.zone {
        Some(zone) => zones::ahead(zone, dates, setting).ok_or_else(|| other_clock(&clauses))?,
        None => 0,
    };
    // On another clock, opening hours say nothing of which half of the day is meant.
    let schedule = (ahead == 0).then_some(setting.schedule);
    let opening = Opening::on(schedule, dates, setting.today());
    let times = opening.times(whole.time.unwrap_or_default(), whole.part);
    let times = times.map_err(|none| no_time(none, &clauses))?;
    if ahead == 0 {
        return Ok(When { dates, times });
    }
    let (dates, times) = zones::here(dates, times, ahead).ok_or_else(|| other_clock(&clauses))?;
    Ok(When { dates, times })
}

fn other_clock(clauses: &[Clause]) -> BadWhen {
    let named = clauses.iter().filter(|clause| clause.meaning.zone.is_some());
    BadWhen::OtherClock(named.map(|clause| clause.words.as_str()).collect::<Vec<_>>().join(" "))
}

/// From the days that were named, or from today, to a last one.
fn until(text: &str, first: Option<Dates>, setting: &Setting<'_>) -> Result<Dates, BadWhen> {
    let today = setting.today();
    let first = first.unwrap_or(Dates::from(today));
    let clauses = read(text, Field::Day, setting)?;
    let whole = together(&clauses, setting)?;
    let day = match whole.day {
        Some(day) if whole.part.is_none() && whole.time.is_none() => day,
        _ => return Err(BadWhen::Day(text.chars().take(64).collect())),
    };
    let last = days::last_day(first, day, today).map_err(|none| match none {
        NoDay::OtherWeekday(date) => BadWhen::OtherWeekday { said: text.to_owned(), date },
        NoDay::Never | NoDay::Which(..) => {
            BadWhen::Contradiction { one: first.first.to_string(), other: text.to_owned() }
        }
    })?;
    Ok(Dates { first: first.first, last: last.last })
}

/// How many minutes something is to last.
pub fn minutes(text: &str, setting: &Setting<'_>) -> Option<u32> {
    reading::length(text, setting)
}

fn no_time(none: NoTime, clauses: &[Clause]) -> BadWhen {
    let timed: Vec<&Clause> = clauses
        .iter()
        .filter(|clause| clause.meaning.time.is_some() || clause.meaning.part.is_some())
        .collect();
    match (none, &timed[..]) {
        (NoTime::Contradiction, [first, .., last]) => contradiction(first, last),
        (NoTime::Contradiction, [only]) => BadWhen::Time(only.words.clone()),
        (NoTime::Contradiction, []) => BadWhen::Time(String::new()),
        (NoTime::Which(early, late), _) => {
            let said = timed.iter().filter(|clause| clause.meaning.time.is_some());
            let said = said.map(|clause| clause.words.as_str()).collect::<Vec<_>>().join(" ");
            BadWhen::WhichTime { said, early, late }
        }
    }
}
