//! When somebody or something is open: windows on a wall clock, by weekday and by date.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate, TimeDelta, Weekday};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::interval::{Interval, merged};
use super::time::{TimeOfDay, Zone};

/// At most this many windows a day.
pub const WINDOWS_MAX: usize = 12;
/// At most this many dates with hours of their own.
pub const OVERRIDES_MAX: usize = 1_000;

/// From one time of day to a later one; `24:00` is the end of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Window {
    pub opens: TimeOfDay,
    pub closes: TimeOfDay,
}

/// The windows of one day: in order, none empty, none overlapping another.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Vec<Window>", into = "Vec<Window>")]
pub struct DayHours(Vec<Window>);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadHours {
    #[error("a window must close after it opens: {opens} to {closes} does not")]
    Empty { opens: TimeOfDay, closes: TimeOfDay },
    #[error("the windows of a day must not overlap: {first} and {second} do")]
    Overlapping { first: String, second: String },
    #[error("a day has at most {WINDOWS_MAX} windows")]
    TooMany,
}

impl DayHours {
    pub fn closed() -> Self {
        Self::default()
    }

    pub fn windows(&self) -> &[Window] {
        &self.0
    }

    /// The instants at which it is open on a date. A window that begins in a gap begins when the clock has jumped; one that begins or
    /// ends in a fold takes in both passes of the repeated hour.
    fn on(&self, date: NaiveDate, zone: Zone) -> impl Iterator<Item = Interval> {
        self.0.iter().map(move |window| {
            Interval::new(zone.instants(window.opens.on(date)).first(), zone.instants(window.closes.on(date)).last())
        })
    }
}

impl TryFrom<Vec<Window>> for DayHours {
    type Error = BadHours;

    fn try_from(mut windows: Vec<Window>) -> Result<Self, BadHours> {
        if windows.len() > WINDOWS_MAX {
            return Err(BadHours::TooMany);
        }
        if let Some(Window { opens, closes }) = windows.iter().find(|window| window.opens >= window.closes) {
            return Err(BadHours::Empty { opens: *opens, closes: *closes });
        }
        windows.sort_unstable();
        match windows.windows(2).find(|pair| pair[1].opens < pair[0].closes) {
            Some(pair) => Err(BadHours::Overlapping { first: shown(pair[0]), second: shown(pair[1]) }),
            None => Ok(Self(windows)),
        }
    }
}

impl From<DayHours> for Vec<Window> {
    fn from(hours: DayHours) -> Self {
        hours.0
    }
}

fn shown(window: Window) -> String {
    format!("{}-{}", window.opens, window.closes)
}

/// The windows of each day of the week.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WeeklyHours {
    #[serde(default)]
    pub monday: DayHours,
    #[serde(default)]
    pub tuesday: DayHours,
    #[serde(default)]
    pub wednesday: DayHours,
    #[serde(default)]
    pub thursday: DayHours,
    #[serde(default)]
    pub friday: DayHours,
    #[serde(default)]
    pub saturday: DayHours,
    #[serde(default)]
    pub sunday: DayHours,
}

impl WeeklyHours {
    pub fn on(&self, weekday: Weekday) -> &DayHours {
        match weekday {
            Weekday::Mon => &self.monday,
            Weekday::Tue => &self.tuesday,
            Weekday::Wed => &self.wednesday,
            Weekday::Thu => &self.thursday,
            Weekday::Fri => &self.friday,
            Weekday::Sat => &self.saturday,
            Weekday::Sun => &self.sunday,
        }
    }
}

/// Weekly hours, and the dates on which others hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Schedule {
    pub weekly: WeeklyHours,
    pub overrides: BTreeMap<NaiveDate, DayHours>,
}

impl Schedule {
    pub fn hours_on(&self, date: NaiveDate) -> &DayHours {
        self.overrides.get(&date).unwrap_or_else(|| self.weekly.on(date.weekday()))
    }

    /// When it is open within a span of time: sorted and disjoint.
    pub fn open_within(&self, span: Interval, zone: Zone) -> Vec<Interval> {
        // A window reaches at most to midnight, and a zone's rules may move that by hours: one day more on each side is enough.
        let (first, last) = (zone.date(span.start) - TimeDelta::days(1), zone.date(span.end) + TimeDelta::days(1));
        let days = first.iter_days().take_while(|date| *date <= last);
        let windows = days.flat_map(|date| self.hours_on(date).on(date, zone).collect::<Vec<_>>());
        merged(windows.filter_map(|window| window.intersection(span)).collect())
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;

    fn day(windows: &[(&str, &str)]) -> Result<DayHours, BadHours> {
        let time = |text: &str| text.parse().expect("a time of day");
        DayHours::try_from(
            windows.iter().map(|(opens, closes)| Window { opens: time(opens), closes: time(closes) }).collect::<Vec<_>>(),
        )
    }

    fn open_hours(zone: &str, date: &str, windows: &[(&str, &str)]) -> Vec<(String, i64)> {
        let (zone, date): (Zone, NaiveDate) = (zone.parse().expect("a zone"), date.parse().expect("a date"));
        let schedule = Schedule { overrides: BTreeMap::from([(date, day(windows).expect("hours"))]), ..Schedule::default() };
        let noon: DateTime<Utc> = zone.instants(date.and_hms_opt(12, 0, 0).expect("noon")).first();
        let span = Interval::new(noon - TimeDelta::hours(30), noon + TimeDelta::hours(30));
        let shown = |open: Interval| (open.start.format("%d %H:%M").to_string(), (open.end - open.start).num_minutes());
        schedule.open_within(span, zone).into_iter().map(shown).collect()
    }

    #[test]
    fn windows_are_ordered_disjoint_and_not_empty() {
        assert_eq!(day(&[("14:00", "18:00"), ("09:00", "12:00")]).expect("hours").windows()[0].opens.to_string(), "09:00");
        assert!(day(&[("09:00", "12:00"), ("12:00", "18:00")]).is_ok());
        assert!(matches!(day(&[("09:00", "09:00")]), Err(BadHours::Empty { .. })));
        assert!(matches!(day(&[("18:00", "09:00")]), Err(BadHours::Empty { .. })));
        assert!(matches!(day(&[("09:00", "12:00"), ("11:00", "13:00")]), Err(BadHours::Overlapping { .. })));
        assert_eq!(day(&[("00:00", "00:10"); 13]), Err(BadHours::TooMany));
    }

    #[test]
    fn days_with_23_and_25_hours_are_open_as_long_as_they_last() {
        let whole = [("00:00", "24:00")];
        assert_eq!(open_hours("America/New_York", "2026-03-08", &whole), [("08 05:00".into(), 23 * 60)]);
        assert_eq!(open_hours("America/New_York", "2026-11-01", &whole), [("01 04:00".into(), 25 * 60)]);
        assert_eq!(open_hours("Australia/Lord_Howe", "2026-04-05", &whole), [("04 13:00".into(), 24 * 60 + 30)]);
        assert_eq!(open_hours("America/Bogota", "2026-11-01", &whole), [("01 05:00".into(), 24 * 60)]);
    }

    #[test]
    fn windows_meet_gaps_and_folds() {
        // Clocks jump from 02:00 to 03:00: half of this window does not exist.
        assert_eq!(open_hours("America/New_York", "2026-03-08", &[("02:30", "04:00")]), [("08 07:00".into(), 60)]);
        // All of this one does not.
        assert_eq!(open_hours("America/New_York", "2026-03-08", &[("02:10", "02:50")]), []);
        // The hour from 01:00 to 02:00 comes twice.
        assert_eq!(open_hours("America/New_York", "2026-11-01", &[("01:00", "02:00")]), [("01 05:00".into(), 120)]);
    }
}
