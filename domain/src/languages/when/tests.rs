//! What people say, and what it is understood as: the table, and what holds for all that is said.

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::*;
use crate::languages::Language;
use crate::values::hours::{DayHours, Hours, Schedule, WeeklyHours, Window};
use crate::values::time::Zone;

/// A Wednesday, a Friday at 23:59, and a Saturday with the change of clocks in the night after it.
const NOW: [&str; 3] = ["2026-11-25T15:00:00Z", "2026-11-28T04:59:00Z", "2026-10-31T16:00:00Z"];

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

fn language(tag: &str) -> Language {
    tag.parse().expect("a language")
}

fn day(opens: &str, closes: &str) -> DayHours {
    let window = Window { opens: opens.parse().expect("a time"), closes: closes.parse().expect("a time") };
    DayHours::try_from(vec![window]).expect("hours")
}

/// Open from 9 to 18, but not on Sundays.
fn schedule() -> Schedule {
    let day = || day("09:00", "18:00");
    let weekly = WeeklyHours {
        monday: day(),
        tuesday: day(),
        wednesday: day(),
        thursday: day(),
        friday: day(),
        saturday: day(),
        sunday: DayHours::closed(),
    };
    Schedule { hours: Hours { weekly, ..Hours::default() }, ..Schedule::default() }
}

fn setting<'a>(now: &str, language_tag: &str, schedule: &'a Schedule) -> Setting<'a> {
    let country = match language_tag {
        "en" => "US",
        "es" => "CO",
        "pt" => "BR",
        _ => "FR",
    };
    Setting {
        now: utc(now),
        zone: "America/New_York".parse::<Zone>().expect("a zone"),
        language: language(language_tag),
        country: country.parse().ok(),
        schedule,
        moving: None,
        is_typed: false,
    }
}

/// `2026-11-26 @15:00`, `2026-11-30..2026-12-06`, `2026-11-25.. 12:00-17:00`, `>=17:00`, `<12:00`
fn shown(understood: Result<When, BadWhen>) -> String {
    let When { dates, times } = match understood {
        Ok(when) => when,
        Err(error) => return refused(&error),
    };
    let dates = dates.map(|Dates { first, last }| match last {
        Some(last) if last == first => first.to_string(),
        Some(last) => format!("{first}..{last}"),
        None => format!("{first}.."),
    });
    let Times { from, to, named } = times;
    let times = match named {
        Named::Nothing => None,
        Named::Part => Some(format!("{from}-{to}")),
        Named::Exact => Some(format!("@{from}")),
        Named::LowerBound => Some(format!(">={from}")),
        Named::UpperBound => Some(format!("<{to}")),
        Named::Range => Some(format!("{from}..{to}")),
    };
    [dates, times].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn refused(error: &BadWhen) -> String {
    match error {
        BadWhen::Day(words) | BadWhen::Part(words) | BadWhen::Time(words) => {
            format!("not understood: {words}")
        }
        BadWhen::Contradiction { one, other } => format!("contradiction: {one} / {other}"),
        BadWhen::OtherWeekday { date, .. } => format!("other weekday: {date}"),
        BadWhen::WhichDate { one, other, .. } => format!("which: {one} or {other}"),
        BadWhen::WhichTime { early, late, .. } => format!("which: {early} or {late}"),
        BadWhen::OtherClock(words) => format!("other clock: {words}"),
        BadWhen::Choice(words) => format!("not wanted: {words}"),
        BadWhen::NoAppointment(words) => format!("no appointment: {words}"),
    }
}

/// `tomorrow`, or with the fields: `day: tomorrow, time: at 3`
fn asked(text: &str) -> Asked<'_> {
    let mut asked = Asked::default();
    for field in text.split(" | ") {
        match field.split_once(": ") {
            Some(("time", said)) => asked.time = Some(said),
            Some(("part", said)) => asked.part_of_day = Some(said),
            Some(("last", said)) => asked.last_day = Some(said),
            Some(("moved", _)) => {}
            _ => asked.day = Some(field),
        }
    }
    asked
}

/// The start of the appointment that is moved, on the wall clock: `moved: 2026-12-01T15:00`.
fn moved(text: &str, zone: Zone) -> Option<DateTime<Utc>> {
    let start = text.split(" | ").find_map(|field| field.strip_prefix("moved: "))?;
    let wall = format!("{start}:00").parse().expect("a date and a time");
    Some(zone.instants(wall).first())
}

fn every_time() -> impl Iterator<Item = NaiveTime> {
    (0..24 * 60).filter_map(|minute| NaiveTime::from_hms_opt(minute / 60, minute % 60, 0))
}

#[test]
fn every_minute_of_the_day_is_understood_as_it_is_said() {
    let schedule = schedule();
    for language in Language::all() {
        let mut said = std::collections::HashSet::new();
        for time in every_time() {
            let words = language.at(time);
            let asked = Asked { time: Some(&words), ..Asked::default() };
            let understood = shown(understand(&asked, &setting(NOW[0], language.tag(), &schedule)));
            assert_eq!(understood, format!("@{}", time.format("%H:%M")), "{language}: {words}");
            assert!(said.insert(words), "{language}: two times of the day are said alike");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_day_of_the_coming_years_is_understood_as_it_is_said(today in 0_i64..40_000, ahead in 0_i64..730) {
        let now = utc("1990-01-01T15:00:00Z") + TimeDelta::days(today);
        let schedule = schedule();
        for language in Language::all() {
            let setting = Setting { now, ..setting(NOW[0], language.tag(), &schedule) };
            let day = setting.today() + TimeDelta::days(ahead);
            let words = if ahead < 365 { language.date(day) } else { language.date_of_year(day) };
            let asked = Asked { day: Some(&words), ..Asked::default() };
            prop_assert_eq!(shown(understand(&asked, &setting)), day.to_string(), "{}: {}", language, words);
        }
    }

    #[test]
    fn opening_hours_are_understood_as_they_are_said(opens in 0_u32..48, length in 1_u32..48) {
        prop_assume!(opens + length < 48);
        let time = |half_hours: u32| NaiveTime::from_hms_opt(half_hours / 2, half_hours % 2 * 30, 0).expect("a time");
        let (opens, closes) = (time(opens), time(opens + length));
        let schedule = schedule();
        for language in Language::all() {
            let words = language.say(&crate::languages::Said::Window { opens, closes });
            let asked = Asked { time: Some(&words), ..Asked::default() };
            let understood = shown(understand(&asked, &setting(NOW[0], language.tag(), &schedule)));
            let expected = format!("{}..{}", opens.format("%H:%M"), closes.format("%H:%M"));
            prop_assert_eq!(understood, expected, "{}: {}", language, words);
        }
    }

    #[test]
    fn whatever_is_said_is_understood_or_refused(text in ".{0,40}", of_words in "([a-zñ0-9:/-]{1,9} ){0,12}") {
        let schedule = schedule();
        for language in Language::all() {
            let setting = setting(NOW[0], language.tag(), &schedule);
            for text in [text.as_str(), of_words.as_str()] {
                let asked = Asked { day: Some(text), last_day: Some(text), part_of_day: Some(text), time: Some(text) };
                let _ = understand(&asked, &setting);
            }
        }
    }

    /// A word that no language knows is named, wherever it stands.
    #[test]
    fn no_word_is_dropped_in_silence(place in 0_usize..4, field in 0_usize..3) {
        let schedule = schedule();
        let setting = setting(NOW[0], "en", &schedule);
        let mut words = vec!["friday", "afternoon", "3 pm"];
        words.insert(place.min(3), "qwertz");
        let text = words.join(" ");
        let mut asked = Asked::default();
        *[&mut asked.day, &mut asked.part_of_day, &mut asked.time][field] = Some(&text);
        prop_assert_eq!(shown(understand(&asked, &setting)), "not understood: qwertz");
    }
}

#[test]
fn a_time_that_a_program_writes_is_on_a_clock_of_24_hours() {
    let always = day("00:00", "24:00");
    let weekly = WeeklyHours {
        monday: always.clone(),
        tuesday: always.clone(),
        wednesday: always.clone(),
        thursday: always.clone(),
        friday: always.clone(),
        saturday: always.clone(),
        sunday: always,
    };
    let open = Schedule { hours: Hours { weekly, ..Hours::default() }, ..Schedule::default() };
    for (text, said, typed) in [
        ("time: 10:00", "which: 10:00 or 22:00", "@10:00"),
        ("time: 10:00 pm", "@22:00", "@22:00"),
        ("time: after 10:00", "which: 10:00 or 22:00", ">=10:00"),
        ("time: 10", "which: 10:00 or 22:00", "which: 10:00 or 22:00"),
    ] {
        for (is_typed, expected) in [(false, said), (true, typed)] {
            let setting = Setting { is_typed, ..setting(NOW[0], "en", &open) };
            assert_eq!(shown(understand(&asked(text), &setting)), expected, "{text} {is_typed}");
        }
    }
}

#[test]
fn of_two_dates_none_is_dropped() {
    let schedule = schedule();
    for (language, text) in [
        ("en", "december 3 or december 10"),
        ("en", "3 december or 10 december"),
        ("en", "december 24 or 29"),
        ("en", "december 25 and january 1"),
        ("es", "3 de diciembre o 10 de diciembre"),
        ("pt", "3 de dezembro ou 10 de dezembro"),
        ("fr", "3 décembre ou 10 décembre"),
    ] {
        let understood = shown(understand(&asked(text), &setting(NOW[0], language, &schedule)));
        assert!(understood.starts_with("which: "), "{language}: {text}: {understood}");
    }
}

#[test]
fn fields_hold_together_or_both_are_named() {
    let schedule = schedule();
    for (text, expected) in [
        ("tomorrow evening", "2026-11-26 17:00-24:00"),
        ("tomorrow | part: afternoon | time: 3:30", "2026-11-26 @15:30"),
        ("tomorrow at 3 | time: 3 pm", "2026-11-26 @15:00"),
        ("tomorrow morning | part: evening", "contradiction: morning / evening"),
        ("tomorrow | time: friday at 3", "other weekday: 2026-11-26"),
        ("tomorrow morning | time: 15:00", "contradiction: morning / 15:00"),
        ("next monday | last: next friday", "2026-11-30..2026-12-04"),
        ("next friday | last: monday", "2026-12-04..2026-12-07"),
    ] {
        assert_eq!(shown(understand(&asked(text), &setting(NOW[0], "en", &schedule))), expected, "{text}");
    }
}

#[test]
fn every_phrase_of_the_table_is_understood_as_it_says() {
    let schedule = schedule();
    let (mut of_language, mut wrong) = (std::collections::BTreeMap::new(), Vec::new());
    let rows = include_str!("../phrases.tsv").lines().filter(|line| !line.starts_with('#'));
    for row in rows {
        let columns: Vec<&str> = row.split('\t').collect();
        let [tag, said, on_wednesday, on_friday, on_saturday] = columns[..] else {
            panic!("five columns: {row}")
        };
        *of_language.entry(tag).or_insert(0) += 1;
        let same = |expected| if expected == "=" { on_wednesday } else { expected };
        for (now, expected) in NOW.into_iter().zip([on_wednesday, same(on_friday), same(on_saturday)]) {
            let setting = setting(now, tag, &schedule);
            let setting = Setting { moving: moved(said, setting.zone), ..setting };
            let understood = shown(understand(&asked(said), &setting));
            if understood != expected {
                wrong.push(format!("{tag}: {said:?} at {now}: {understood:?} instead of {expected:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(Language::all().all(|language| of_language[language.tag()] >= 100), "{of_language:?}");
}
