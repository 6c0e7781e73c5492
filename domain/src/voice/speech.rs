//! Dates, times and lists in words, in English.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, Timelike};

use crate::shared::hours::DayHours;
use crate::shared::time::TimeOfDay;

/// `Tuesday, November 24 at 3:00 PM`
pub fn moment(wall: NaiveDateTime) -> String {
    format!("{} at {}", date(wall.date()), time(wall.time()))
}

/// `Tuesday, November 24`
pub fn date(date: NaiveDate) -> String {
    date.format("%A, %B %-d").to_string()
}

/// `3:00 PM`
pub fn time(time: NaiveTime) -> String {
    match (time.hour(), time.minute()) {
        (0, 0) => "midnight".into(),
        (12, 0) => "noon".into(),
        _ => time.format("%-I:%M %p").to_string(),
    }
}

/// `9:00 AM to noon and 2:00 PM to 6:00 PM`, or `closed`
pub fn hours(hours: &DayHours) -> String {
    let clock = |time_of_day: TimeOfDay| {
        let minutes = u32::from(time_of_day.minutes()) % (24 * 60);
        NaiveTime::from_hms_opt(minutes / 60, minutes % 60, 0).map(time).unwrap_or_default()
    };
    let windows: Vec<_> =
        hours.windows().iter().map(|window| format!("{} to {}", clock(window.opens), clock(window.closes))).collect();
    if windows.is_empty() { "closed".into() } else { list(&windows, "and") }
}

/// `one, two or three`
pub fn list(items: &[String], conjunction: &str) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} {conjunction} {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared::hours::Window;

    #[test]
    fn moments_are_said_as_people_say_them() {
        let wall = |text: &str| text.parse().expect("a wall-clock time");
        assert_eq!(moment(wall("2026-11-24T15:05:00")), "Tuesday, November 24 at 3:05 PM");
        assert_eq!(moment(wall("2026-12-01T12:00:00")), "Tuesday, December 1 at noon");
        assert_eq!(moment(wall("2026-12-01T00:30:00")), "Tuesday, December 1 at 12:30 AM");
    }

    #[test]
    fn hours_and_lists_read_well() {
        let window =
            |opens: &str, closes: &str| Window { opens: opens.parse().expect("a time"), closes: closes.parse().expect("a time") };
        let day = DayHours::try_from(vec![window("09:00", "12:00"), window("14:00", "24:00")]).expect("hours");
        assert_eq!(hours(&day), "9:00 AM to noon and 2:00 PM to midnight");
        assert_eq!(hours(&DayHours::closed()), "closed");
        assert_eq!(list(&["a".into(), "b".into(), "c".into()], "or"), "a, b or c");
    }
}
