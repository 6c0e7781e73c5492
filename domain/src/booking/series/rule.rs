//! Recurrence rules of [RFC 5545](https://www.rfc-editor.org/rfc/rfc5545#section-3.3.10), on the business's
//! wall clock.
//!
//! The crate `rrule` expands a rule to wall-clock times. It gets them as UTC, where no time is missing or
//! comes twice. [`Zone`] turns them into instants. As the RFC says, a time that clocks jump over is left out
//! and not counted, and a time that comes twice is the first of the two. For the same reason COUNT and UNTIL
//! are applied here.
//!
//! At most one more time is expanded than a series may have.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use rrule::{RRule, RRuleError, RRuleSet, Tz, Unvalidated};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::{OCCURRENCES_MAX, SeriesError};
use crate::values::time::{Instants, Zone};

pub const RULE_CHARS_MAX: usize = 500;

/// A rule that ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RecurrenceRule {
    text: String,
    /// The rule without its end.
    pattern: RRule<Unvalidated>,
    end: End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Count(u16),
    At(DateTime<Utc>),
    /// On the wall clock.
    On(NaiveDateTime),
    /// To the end of a date.
    With(NaiveDate),
}

/// A start that a rule gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// From 1.
    pub number: u16,
    pub at: DateTime<Utc>,
}

impl RecurrenceRule {
    pub fn parse(text: &str) -> Result<Self, SeriesError> {
        let text = text.trim().to_ascii_uppercase();
        let text = text.strip_prefix("RRULE:").unwrap_or(&text);
        let foreign = |letter: char| !letter.is_ascii_alphanumeric() && !"=;,+-".contains(letter);
        if text.is_empty() || text.len() > RULE_CHARS_MAX || text.contains(foreign) {
            return Err(unreadable(format!(
                "a rule has from 1 to {RULE_CHARS_MAX} letters, digits and the signs = ; , + -"
            )));
        }
        let (mut pattern, mut ends) = (Vec::new(), Vec::new());
        for part in text.split(';') {
            let (name, value) = part
                .split_once('=')
                .ok_or_else(|| unreadable(format!("{part:?} is not a part like COUNT=10")))?;
            match name {
                "COUNT" => ends.push(count(value)?),
                "UNTIL" => ends.push(until(value)?),
                "FREQ" if matches!(value, "SECONDLY" | "MINUTELY" | "HOURLY") => {
                    return Err(SeriesError::RuleTooFrequent);
                }
                "BYHOUR" | "BYMINUTE" | "BYSECOND" => {
                    return Err(unreadable(format!(
                        "{name} is not taken: the time of day is that of the first appointment"
                    )));
                }
                "INTERVAL" if value.parse() == Ok(0_u16) => return Err(unreadable("INTERVAL is at least 1")),
                "BYDAY" => {
                    let numbered = text.contains("FREQ=MONTHLY") || text.contains("FREQ=YEARLY");
                    value.split(',').try_for_each(|day| weekday(day, numbered))?;
                    pattern.push(part);
                }
                _ => pattern.push(part),
            }
        }
        let end = match ends.as_slice() {
            [] => return Err(SeriesError::RuleWithoutEnd),
            [end] => *end,
            _ => return Err(unreadable("a rule has one COUNT or one UNTIL")),
        };
        let pattern = pattern.join(";").parse().map_err(not_a_rule)?;
        Ok(Self { text: text.to_owned(), pattern, end })
    }

    /// The starts of a series, without some dates.
    pub fn starts(
        &self,
        first: DateTime<Utc>,
        zone: Zone,
        without: &[NaiveDate],
    ) -> Result<Vec<Start>, SeriesError> {
        let wall = zone.wall(first);
        let start = wall.and_utc().with_timezone(&Tz::UTC);
        let rule = self.pattern.clone().validate(start).map_err(not_a_rule)?;
        let set = RRuleSet::new(start).rrule(rule).limit();
        let on_the_clock = |given: DateTime<Tz>| {
            let given = given.naive_utc();
            // If the first start comes twice, it is the one that was offered.
            let at = if given == wall { Some(first) } else { shown(zone, given) };
            at.map(|at| (given, at))
        };
        let mut given = set
            .into_iter()
            .filter_map(on_the_clock)
            .take_while(|(wall, at)| self.end.includes(*wall, *at))
            .peekable();
        match given.peek() {
            Some((_, at)) if *at == first => {}
            Some((wall, _)) => return Err(SeriesError::StartNotInRule { first: wall.date() }),
            None => return Err(SeriesError::Empty),
        }
        let given = match self.end {
            End::Count(count) => given.take(count.into()).collect(),
            End::At(_) | End::On(_) | End::With(_) => at_most(given)?,
        };
        let starts: Vec<Start> = (1..)
            .zip(given)
            .filter(|(_, (wall, _))| !without.contains(&wall.date()))
            .map(|(number, (_, at))| Start { number, at })
            .collect();
        if starts.is_empty() { Err(SeriesError::Empty) } else { Ok(starts) }
    }
}

impl End {
    fn includes(self, wall: NaiveDateTime, at: DateTime<Utc>) -> bool {
        match self {
            Self::Count(_) => true,
            Self::At(last) => at <= last,
            Self::On(last) => wall <= last,
            Self::With(last) => wall.date() <= last,
        }
    }
}

/// The instant of a wall-clock time. `None` if the clock never shows it.
fn shown(zone: Zone, wall: NaiveDateTime) -> Option<DateTime<Utc>> {
    match zone.instants(wall) {
        Instants::One(instant) | Instants::Two(instant, _) => Some(instant),
        Instants::None(_) => None,
    }
}

/// Collects the starts. It stops at one more than is allowed.
pub(super) fn at_most<T>(given: impl Iterator<Item = T>) -> Result<Vec<T>, SeriesError> {
    let most = usize::from(OCCURRENCES_MAX);
    let given: Vec<T> = given.take(most + 1).collect();
    if given.len() > most { Err(SeriesError::TooMany) } else { Ok(given) }
}

fn count(value: &str) -> Result<End, SeriesError> {
    match value.parse::<u64>() {
        Ok(0) | Err(_) => {
            Err(unreadable(format!("COUNT is a number from 1 to {OCCURRENCES_MAX}, not {value:?}")))
        }
        Ok(count) => match u16::try_from(count) {
            Ok(count) if count <= OCCURRENCES_MAX => Ok(End::Count(count)),
            _ => Err(SeriesError::TooMany),
        },
    }
}

fn until(value: &str) -> Result<End, SeriesError> {
    let time = |text| NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%S");
    let end = match (value.len(), value.strip_suffix('Z')) {
        (8, None) => NaiveDate::parse_from_str(value, "%Y%m%d").map(End::With),
        (15, None) => time(value).map(End::On),
        (16, Some(utc)) => time(utc).map(|utc| End::At(utc.and_utc())),
        _ => return Err(bad_until(value)),
    };
    end.map_err(|_| bad_until(value))
}

fn bad_until(value: &str) -> SeriesError {
    unreadable(format!(
        "UNTIL is a date like 20270301, or a time like 20270301T150000 on the wall clock or 20270301T140000Z in UTC, not {value:?}"
    ))
}

/// `MO`. Only within a month or a year it has a number, as in `-1FR`.
fn weekday(day: &str, numbered: bool) -> Result<(), SeriesError> {
    let (number, name) = day.split_at_checked(day.len().saturating_sub(2)).unwrap_or_default();
    let known = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"].contains(&name);
    let counts = number.is_empty()
        || (numbered && number.parse::<i8>().is_ok_and(|number| number != 0 && number.abs() <= 53));
    if known && counts {
        return Ok(());
    }
    Err(unreadable(format!(
        "BYDAY has weekdays like MO, with FREQ=MONTHLY or YEARLY also 2MO and -1FR, and not {day:?}"
    )))
}

fn unreadable(what: impl Into<String>) -> SeriesError {
    SeriesError::RuleUnreadable(what.into())
}

fn not_a_rule(error: RRuleError) -> SeriesError {
    let what = match error {
        RRuleError::ParserError(error) => error.to_string(),
        RRuleError::ValidationError(error) => error.to_string(),
        RRuleError::IterError(error) => error.to_string(),
    };
    unreadable(what.trim_end_matches('.'))
}

impl fmt::Display for RecurrenceRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for RecurrenceRule {
    type Err = SeriesError;

    fn from_str(text: &str) -> Result<Self, SeriesError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for RecurrenceRule {
    type Error = SeriesError;

    fn try_from(text: String) -> Result<Self, SeriesError> {
        Self::parse(&text)
    }
}

impl From<RecurrenceRule> for String {
    fn from(rule: RecurrenceRule) -> Self {
        rule.text
    }
}

impl JsonSchema for RecurrenceRule {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "RecurrenceRule".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "description": "A recurrence rule of RFC 5545 with an end, for example FREQ=WEEKLY;COUNT=10." })
    }
}
