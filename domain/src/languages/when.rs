//! What people say of days and times, in the business's zone and language. A model passes on what it heard
//! and computes no date.
//!
//! * Days: `today`, `tomorrow`, a weekday, a date (`December 3rd`: the next one) or an ISO date. `tuesday`
//!   and `this tuesday` are the first one from today on. `next tuesday` is the one of the next week; weeks
//!   begin on Monday.
//! * Parts of the day: `morning`, `afternoon`, `evening`.
//! * Times: `15:00`, `3pm`, `half past three`, `noon`.
//!
//! The words are those of the language ([`Vocabulary`]) or English ones. The grammar is here.
//!
//! `15:00` is on a clock of 24 hours. An hour alone ("at three") may be in either half of the day. If a part
//! of the day was named, it is the hour within that part. Else it is the hour from 7 to 18:59, when most
//! businesses are open. The answer says which one was meant.

use chrono::{Datelike, NaiveDate, TimeDelta, Weekday};

use crate::languages::{Language, Vocabulary, Which, plain};
use crate::values::time::{BadDate, TimeOfDay, date, week_start};

/// Hours without a half of the day that are taken for before noon.
const EARLY_HOURS: std::ops::RangeInclusive<u16> = 7..=11;
/// From one 29th of February to the next, at most.
const LEAP_YEARS_MAX: i32 = 8;

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

fn shown(text: &str) -> String {
    text.chars().take(64).collect()
}

/// The words without leading filler words.
fn without_leading<'a, 'w>(mut words: &'a [&'w str], fillers: &[&str]) -> &'a [&'w str] {
    while let [first, rest @ ..] = words
        && fillers.contains(first)
    {
        words = rest;
    }
    words
}

/// What stands before a phrase that ends the text.
fn before<'a>(text: &'a str, phrase: &str) -> Option<&'a str> {
    text.strip_suffix(phrase)?.strip_suffix(' ')
}

/// What stands after a phrase that begins the text.
fn after<'a>(text: &'a str, phrase: &str) -> Option<&'a str> {
    text.strip_prefix(phrase)?.strip_prefix(' ')
}

pub fn day(text: &str, today: NaiveDate, language: Language) -> Result<NaiveDate, BadWhen> {
    match date(text.trim()) {
        Ok(date) => return Ok(date),
        Err(BadDate::OutOfReach) => return Err(BadWhen::Day(shown(text))),
        Err(BadDate::Unreadable) => {}
    }
    let plain = plain(text);
    let words: Vec<&str> = plain.split(' ').collect();
    let in_language = |language: Language| {
        let vocabulary = language.vocabulary();
        let words = without_leading(&words, vocabulary.before_day);
        named_day(&words.join(" "), vocabulary, today).or_else(|| dated(words, vocabulary, today))
    };
    language.understood().find_map(in_language).ok_or_else(|| BadWhen::Day(shown(text)))
}

/// `tomorrow`, `next tuesday`
fn named_day(said: &str, vocabulary: &Vocabulary, today: NaiveDate) -> Option<NaiveDate> {
    let near = [vocabulary.today, vocabulary.tomorrow, vocabulary.day_after_tomorrow];
    if let Some(days) = near.iter().position(|phrases| phrases.contains(&said)) {
        return Some(today + TimeDelta::days(days as i64));
    }
    let qualified = |which: Which, name: &str| Some(on_weekday(weekday(name, vocabulary)?, which, today));
    let first =
        vocabulary.before_weekday.iter().find_map(|(phrase, which)| qualified(*which, after(said, phrase)?));
    let last = || {
        vocabulary.after_weekday.iter().find_map(|(phrase, which)| qualified(*which, before(said, phrase)?))
    };
    first.or_else(last).or_else(|| qualified(Which::This, said))
}

fn weekday(name: &str, vocabulary: &Vocabulary) -> Option<Weekday> {
    let number = vocabulary.weekdays.iter().position(|names| names.contains(&name))?;
    Weekday::try_from(u8::try_from(number).ok()?).ok()
}

fn on_weekday(weekday: Weekday, which: Which, today: NaiveDate) -> NaiveDate {
    let from = |date: NaiveDate| date + TimeDelta::days(weekday.days_since(date.weekday()).into());
    match which {
        Which::This => from(today),
        Which::Coming => from(today + TimeDelta::days(1)),
        Which::OfNextWeek => {
            week_start(today) + TimeDelta::days(7 + i64::from(weekday.num_days_from_monday()))
        }
    }
}

/// `Thursday, December 3rd 2026`: without a year, the next such date. A weekday that does not fit is a
/// mistake.
fn dated(words: &[&str], vocabulary: &Vocabulary, today: NaiveDate) -> Option<NaiveDate> {
    let words: Vec<&str> =
        words.iter().copied().filter(|word| !vocabulary.within_date.contains(word)).collect();
    let (named, words) = match words.split_first() {
        Some((first, rest)) if weekday(first, vocabulary).is_some() => (weekday(first, vocabulary), rest),
        _ => (None, words.as_slice()),
    };
    let month = |word: &str| {
        (1..).zip(&vocabulary.months).find(|(_, names)| names.contains(&word)).map(|(month, _)| month)
    };
    let day = |word: &str| if vocabulary.first.contains(&word) { Some(1) } else { word.parse::<u32>().ok() };
    let (one, other) = words.first().zip(words.get(1))?;
    let year = match &words[2..] {
        [] => None,
        [year] if year.len() == 4 => Some(year.parse::<i32>().ok()?),
        _ => return None,
    };
    let (month, day) = match (month(one), month(other)) {
        (Some(month), None) => (month, day(other)?),
        (None, Some(month)) => (month, day(one)?),
        _ => return None,
    };
    let date = match year {
        Some(year) => NaiveDate::from_ymd_opt(year, month, day)?,
        None => (today.year()..=today.year() + LEAP_YEARS_MAX)
            .filter_map(|year| NaiveDate::from_ymd_opt(year, month, day))
            .find(|date| *date >= today)?,
    };
    named.is_none_or(|named| named == date.weekday()).then_some(date)
}

pub fn part_of_day(text: &str, language: Language) -> Result<TimeRange, BadWhen> {
    let plain = plain(text);
    let words: Vec<&str> = plain.split(' ').collect();
    let hours = |hours: u16| TimeOfDay::from_minutes(hours * 60).unwrap_or(TimeOfDay::END);
    let in_language = |language: Language| {
        let vocabulary = language.vocabulary();
        let said = without_leading(&words, vocabulary.before_part).join(" ");
        let part = vocabulary.parts.iter().find(|(names, _, _)| names.contains(&said.as_str()));
        part.map(|(_, from, to)| TimeRange { from: hours(*from), to: hours(*to) })
    };
    language.understood().find_map(in_language).ok_or_else(|| BadWhen::Part(shown(text)))
}

/// A time of day. If it is ambiguous, the part of the day decides.
pub fn time(text: &str, part: Option<TimeRange>, language: Language) -> Result<TimeOfDay, BadWhen> {
    let plain = plain(text);
    let words: Vec<&str> = plain.split(' ').collect();
    let in_language = |language: Language| spoken_time(&words, part, language);
    language.understood().find_map(in_language).ok_or_else(|| BadWhen::Time(shown(text)))
}

fn spoken_time(words: &[&str], part: Option<TimeRange>, language: Language) -> Option<TimeOfDay> {
    let vocabulary = language.vocabulary();
    let said = without_leading(words, vocabulary.before_time).join(" ");
    if vocabulary.noon.contains(&said.as_str()) {
        return at(12, 0);
    }
    if vocabulary.midnight.contains(&said.as_str()) {
        return Some(TimeOfDay::START);
    }
    let half = vocabulary.halves.iter().find_map(|(phrase, half)| Some((before(&said, phrase)?, half)));
    let (said, half) = half.map_or((said.as_str(), None), |(said, half)| (said, Some(half)));
    let said = vocabulary.after_time.iter().find_map(|phrase| before(said, phrase)).unwrap_or(said);
    let digits = said.contains(':');
    let (hour, minute) = match digits {
        true => digital(said)?,
        false => language.clock(&said.split(' ').collect::<Vec<_>>())?,
    };
    match half {
        Some(half) if (1..=12).contains(&hour) => at(half(hour), minute),
        Some(_) => None,
        None if digits || !(1..=12).contains(&hour) => at(hour, minute),
        None => either_half(hour, minute, part),
    }
}

/// `15:00`, `9:30`, `15:00:00`
fn digital(text: &str) -> Option<(u16, u16)> {
    let parts: Vec<u16> = text
        .split(':')
        .map(|part| (1..=2).contains(&part.len()).then(|| part.parse().ok()).flatten())
        .collect::<Option<_>>()?;
    match parts.as_slice() {
        // ISO 8601 writes seconds, too.
        [hour, minute] | [hour, minute, 0] => Some((*hour, *minute)),
        _ => None,
    }
}

fn at(hour: u16, minute: u16) -> Option<TimeOfDay> {
    if hour < 24 && minute < 60 { TimeOfDay::from_minutes(hour * 60 + minute) } else { None }
}

fn either_half(hour: u16, minute: u16, part: Option<TimeRange>) -> Option<TimeOfDay> {
    let (early, late) = (at(hour % 12, minute)?, at(hour % 12 + 12, minute)?);
    let in_part = |time: TimeOfDay| part.is_some_and(|part| part.from <= time && time < part.to);
    Some(match (in_part(early), in_part(late)) {
        (true, false) => early,
        (false, true) => late,
        _ if EARLY_HOURS.contains(&hour) => early,
        _ => late,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn language(tag: &str) -> Language {
        tag.parse().expect("a language")
    }

    fn english() -> Language {
        language("en")
    }

    #[test]
    fn days_are_counted_from_today() {
        // A Sunday.
        let today = date("2026-11-22");
        for (text, expected) in [
            ("today", "2026-11-22"),
            ("Tomorrow", "2026-11-23"),
            ("day after tomorrow", "2026-11-24"),
            ("the day after tomorrow", "2026-11-24"),
            ("sunday", "2026-11-22"),
            ("this Sunday", "2026-11-22"),
            ("this coming Sunday", "2026-11-29"),
            ("tuesday", "2026-11-24"),
            ("this tuesday", "2026-11-24"),
            ("on tuesday", "2026-11-24"),
            // The week after this one begins tomorrow.
            ("next tuesday", "2026-11-24"),
            ("next sunday", "2026-11-29"),
            ("tue", "2026-11-24"),
            ("2026-12-31", "2026-12-31"),
            ("December 3rd", "2026-12-03"),
            ("Thursday, the 3rd of December", "2026-12-03"),
            ("Nov. 21", "2027-11-21"),
            ("February 29th", "2028-02-29"),
            ("December 3, 2027", "2027-12-03"),
        ] {
            assert_eq!(day(text, today, english()), Ok(date(expected)), "{text}");
        }
        let monday = date("2026-11-23");
        assert_eq!(day("tuesday", monday, english()), Ok(date("2026-11-24")));
        assert_eq!(day("next tuesday", monday, english()), Ok(date("2026-12-01")));
        assert_eq!(day("next monday", monday, english()), Ok(date("2026-11-30")));
        assert_eq!(day("tuesday next week", monday, english()), Ok(date("2026-12-01")));
    }

    #[test]
    fn days_are_understood_in_the_language_of_the_business_and_in_english() {
        // A Tuesday.
        let today = date("2026-11-24");
        for (text, expected) in [
            ("hoy", "2026-11-24"),
            ("Mañana", "2026-11-25"),
            ("manana", "2026-11-25"),
            ("pasado mañana", "2026-11-26"),
            ("martes", "2026-11-24"),
            ("este martes", "2026-11-24"),
            ("el martes", "2026-11-24"),
            ("el próximo martes", "2026-12-01"),
            ("el martes que viene", "2026-12-01"),
            ("el próximo viernes", "2026-11-27"),
            ("este viernes", "2026-11-27"),
            ("el viernes de la próxima semana", "2026-12-04"),
            ("el miércoles de esta semana", "2026-11-25"),
            ("sábado", "2026-11-28"),
            ("el 3 de diciembre", "2026-12-03"),
            ("el jueves 3 de diciembre de 2026", "2026-12-03"),
            ("el primero de enero", "2027-01-01"),
            ("2026-12-31", "2026-12-31"),
            // Models mix.
            ("tomorrow", "2026-11-25"),
            ("next friday", "2026-12-04"),
        ] {
            assert_eq!(day(text, today, language("es")), Ok(date(expected)), "{text}");
        }
        assert!(day("hoy", today, english()).is_err(), "not in an English business");
    }

    #[test]
    fn what_is_not_a_day_is_refused_with_examples() {
        for text in [
            "",
            "soon",
            "next week",
            "31/12/2026",
            "2026-13-01",
            "2026-02-30",
            "next 2026-12-01",
            "this today",
            "February 30th",
            "december",
            "december december",
            // It is a Thursday.
            "Friday, December 3rd",
        ] {
            let error = day(text, date("2026-11-22"), english()).expect_err(text);
            assert!(error.to_string().contains("next tuesday"), "{error}");
        }
        for text in ["", "pronto", "la próxima semana", "el 31 de febrero", "el viernes 3 de diciembre"] {
            assert!(day(text, date("2026-11-22"), language("es")).is_err(), "{text}");
        }
    }

    #[test]
    fn times_are_read_as_they_are_written_and_as_they_are_said() {
        for (text, expected) in [
            ("15:00", "15:00"),
            ("09:30", "09:30"),
            ("9:30", "09:30"),
            ("3:30", "03:30"),
            ("15:00:00", "15:00"),
            ("3pm", "15:00"),
            ("3 PM", "15:00"),
            ("3:30 p.m.", "15:30"),
            ("12am", "00:00"),
            ("12 pm", "12:00"),
            ("noon", "12:00"),
            ("midnight", "00:00"),
            ("3", "15:00"),
            ("at three o'clock", "15:00"),
            ("half past three", "15:30"),
            ("a quarter to nine", "08:45"),
            ("quarter to one", "12:45"),
            ("ten past eight", "08:10"),
            ("eleven forty-five", "11:45"),
            ("seven in the evening", "19:00"),
            ("12:30 at night", "00:30"),
        ] {
            assert_eq!(
                time(text, None, english()).map(|time| time.to_string()),
                Ok(expected.to_owned()),
                "{text}"
            );
        }
        for text in [
            "",
            "25",
            "25:00",
            "12:60",
            "13pm",
            "0am",
            "15:00:30",
            "1:2:3:4",
            "::",
            "half past",
            "later",
            "three past",
        ] {
            assert!(time(text, None, english()).is_err(), "{text}");
        }
        for (text, expected) in [
            ("a las tres y media", "15:30"),
            ("las 3 de la tarde", "15:00"),
            ("a las 3:30 de la tarde", "15:30"),
            ("tres de la madrugada", "03:00"),
            ("las nueve menos cuarto", "08:45"),
            ("a la una", "13:00"),
            ("las doce de la mañana", "12:00"),
            ("las doce de la noche", "00:00"),
            ("ocho y veinticinco de la noche", "20:25"),
            ("mediodía", "12:00"),
            ("al mediodía", "12:00"),
            ("a medianoche", "00:00"),
            ("15 horas", "15:00"),
            ("15h", "15:00"),
            ("3 p. m.", "15:00"),
            ("once y cuarto", "11:15"),
            ("15:00", "15:00"),
            ("half past three", "15:30"),
        ] {
            assert_eq!(
                time(text, None, language("es")).map(|time| time.to_string()),
                Ok(expected.to_owned()),
                "{text}"
            );
        }
        for text in ["", "tarde", "las y media", "veinticinco", "las tres y", "tres y setenta"] {
            assert!(time(text, None, language("es")).is_err(), "{text}");
        }
    }

    #[test]
    fn the_part_of_the_day_decides_which_half_of_the_day_is_meant() {
        let at_in = |time_said: &str, part: &str| {
            let part = part_of_day(part, language("es")).expect("a part of the day");
            time(time_said, Some(part), language("es")).map(|time| time.to_string())
        };
        assert_eq!(at_in("a las ocho", "por la noche").as_deref(), Ok("20:00"));
        assert_eq!(at_in("a las ocho", "por la mañana").as_deref(), Ok("08:00"));
        assert_eq!(at_in("a las seis", "mañana").as_deref(), Ok("06:00"));
        assert_eq!(at_in("a las seis", "tarde").as_deref(), Ok("18:00"));
    }

    #[test]
    fn parts_of_the_day_do_not_overlap() {
        for language in Language::all() {
            let part = |part: &str| {
                part_of_day(&format!(" {} ", part.to_uppercase()), language).expect("a part of the day")
            };
            let [morning, afternoon, evening] = language.vocabulary().part_examples.map(part);
            assert_eq!(
                (morning.to, afternoon.to, evening.to),
                (afternoon.from, evening.from, TimeOfDay::END),
                "{language}"
            );
            assert!(part_of_day("teatime", language).is_err());
        }
        assert_eq!(part_of_day("por la tarde", language("es")), part_of_day("tarde", language("es")));
        assert_eq!(part_of_day("in the afternoon", language("es")), part_of_day("afternoon", english()));
    }
}
