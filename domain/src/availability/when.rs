//! What people say of days and times, in the business's zone. A model passes on what it heard and computes no date.
//!
//! Days: `today`, `tomorrow`, a weekday (`tuesday` or `this tuesday`: the first one from today on; `next tuesday`: the one of the week
//! after this one, weeks beginning on Monday), or an ISO date. Parts of the day: `morning`, `afternoon`, `evening`. Times: `15:00`,
//! `3pm`, `3:30 pm`, `noon`.

use chrono::{Datelike, NaiveDate, TimeDelta, Weekday};

use crate::shared::time::{TimeOfDay, week_start};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadWhen {
    #[error(
        "{0:?} is not a day; say today, tomorrow, a weekday such as \"tuesday\" or \"next tuesday\", or a date such as 2026-11-24"
    )]
    Day(String),
    #[error("{0:?} is not a part of the day; say morning, afternoon or evening")]
    Part(String),
    #[error("{0:?} is not a time; say it like 15:00 or 3:30 pm")]
    Time(String),
}

/// A stretch of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeRange {
    pub from: TimeOfDay,
    pub to: TimeOfDay,
}

pub fn day(text: &str, today: NaiveDate) -> Result<NaiveDate, BadWhen> {
    let bad = || BadWhen::Day(text.chars().take(64).collect());
    let spoken = text.trim().to_lowercase();
    let (qualifier, name) = match spoken.split_once(char::is_whitespace) {
        Some((first @ ("this" | "next" | "on"), rest)) => (Some(first), rest.trim()),
        _ => (None, spoken.as_str()),
    };
    if let (Ok(date), None) = (name.parse::<NaiveDate>(), qualifier) {
        return Ok(date);
    }
    match (qualifier, name) {
        (None, "today") => return Ok(today),
        (None, "tomorrow") => return Ok(today + TimeDelta::days(1)),
        (None, "day after tomorrow" | "the day after tomorrow") => return Ok(today + TimeDelta::days(2)),
        _ => {}
    }
    let weekday: Weekday = name.parse().map_err(|_| bad())?;
    Ok(if qualifier == Some("next") {
        week_start(today) + TimeDelta::days(7 + i64::from(weekday.num_days_from_monday()))
    } else {
        today + TimeDelta::days(weekday.days_since(today.weekday()).into())
    })
}

pub fn part_of_day(text: &str) -> Result<TimeRange, BadWhen> {
    let range = |from: u16, to: u16| {
        let time = |hours: u16| TimeOfDay::from_minutes(hours * 60).unwrap_or(TimeOfDay::END);
        Ok(TimeRange { from: time(from), to: time(to) })
    };
    match text.trim().to_lowercase().as_str() {
        "morning" => range(0, 12),
        "afternoon" => range(12, 17),
        "evening" | "night" => range(17, 24),
        "any" | "anytime" | "any time" | "" => range(0, 24),
        _ => Err(BadWhen::Part(text.chars().take(64).collect())),
    }
}

pub fn time(text: &str) -> Result<TimeOfDay, BadWhen> {
    let bad = || BadWhen::Time(text.chars().take(64).collect());
    let spoken = text.trim().to_lowercase().replace(['.', ' '], "");
    match spoken.as_str() {
        "noon" | "midday" => return TimeOfDay::from_minutes(12 * 60).ok_or_else(bad),
        "midnight" => return Ok(TimeOfDay::START),
        _ => {}
    }
    let (clock, half) = if let Some(clock) = spoken.strip_suffix("am") {
        (clock, Some(0))
    } else if let Some(clock) = spoken.strip_suffix("pm") {
        (clock, Some(12))
    } else {
        (spoken.as_str(), None)
    };
    // ISO 8601 writes seconds, too.
    let mut parts = clock.splitn(3, ':');
    let number = |part: &str| (1..=2).contains(&part.len()).then(|| part.parse::<u16>().ok()).flatten().ok_or_else(bad);
    let hours = number(parts.next().unwrap_or_default())?;
    let minutes = match (parts.next(), half) {
        (Some(minutes), _) => number(minutes)?,
        (None, Some(_)) => 0,
        // A bare "3" could be either half of the day.
        (None, None) => return Err(bad()),
    };
    if parts.next().is_some_and(|seconds| number(seconds) != Ok(0)) || minutes > 59 {
        return Err(bad());
    }
    let hours = match half {
        None if hours < 24 => hours,
        Some(half) if (1..=12).contains(&hours) => hours % 12 + half,
        _ => return Err(bad()),
    };
    TimeOfDay::from_minutes(hours * 60 + minutes).ok_or_else(bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    #[test]
    fn days_are_counted_from_today() {
        // A Sunday.
        let today = date("2026-11-22");
        for (text, expected) in [
            ("today", "2026-11-22"),
            ("Tomorrow", "2026-11-23"),
            ("day after tomorrow", "2026-11-24"),
            ("sunday", "2026-11-22"),
            ("this Sunday", "2026-11-22"),
            ("tuesday", "2026-11-24"),
            ("this tuesday", "2026-11-24"),
            ("on tuesday", "2026-11-24"),
            // The week after this one begins tomorrow.
            ("next tuesday", "2026-11-24"),
            ("next sunday", "2026-11-29"),
            ("tue", "2026-11-24"),
            ("2026-12-31", "2026-12-31"),
        ] {
            assert_eq!(day(text, today), Ok(date(expected)), "{text}");
        }
        let monday = date("2026-11-23");
        assert_eq!(day("tuesday", monday), Ok(date("2026-11-24")));
        assert_eq!(day("next tuesday", monday), Ok(date("2026-12-01")));
        assert_eq!(day("next monday", monday), Ok(date("2026-11-30")));
    }

    #[test]
    fn what_is_not_a_day_is_refused_with_examples() {
        for text in ["", "soon", "next week", "31/12/2026", "2026-13-01", "2026-02-30", "next 2026-12-01", "this today"] {
            let error = day(text, date("2026-11-22")).expect_err(text);
            assert!(error.to_string().contains("next tuesday"), "{error}");
        }
    }

    #[test]
    fn times_are_read_in_both_ways_of_writing() {
        for (text, expected) in [
            ("15:00", "15:00"),
            ("09:30", "09:30"),
            ("9:30", "09:30"),
            ("15:00:00", "15:00"),
            ("3pm", "15:00"),
            ("3 PM", "15:00"),
            ("3:30 p.m.", "15:30"),
            ("12am", "00:00"),
            ("12 pm", "12:00"),
            ("noon", "12:00"),
            ("midnight", "00:00"),
        ] {
            assert_eq!(time(text).map(|time| time.to_string()), Ok(expected.to_owned()), "{text}");
        }
        for text in ["", "3", "25:00", "12:60", "13pm", "0am", "half past three", "15:00:30", "1:2:3:4", "::"] {
            assert!(time(text).is_err(), "{text}");
        }
    }

    #[test]
    fn parts_of_the_day_do_not_overlap() {
        let (morning, afternoon, evening) = (part_of_day("morning"), part_of_day("Afternoon"), part_of_day(" evening "));
        let (morning, afternoon, evening) = (morning.expect("one"), afternoon.expect("one"), evening.expect("one"));
        assert_eq!((morning.to, afternoon.to, evening.to), (afternoon.from, evening.from, TimeOfDay::END));
        assert!(part_of_day("teatime").is_err());
    }
}
