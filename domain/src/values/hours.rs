//! When somebody or something is open: windows on a wall clock, by weekday, by season and by date.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate, TimeDelta, Weekday};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::values::holidays::HolidayCalendar;
use crate::values::interval::{Interval, merged};
use crate::values::text::Name;
use crate::values::time::{TimeOfDay, Zone};

/// At most this many windows a day.
pub const WINDOWS_MAX: usize = 12;
/// At most this many dates with hours of their own.
pub const OVERRIDES_MAX: usize = 1_000;
pub const SEASONS_MAX: usize = 50;
pub const CLOSURES_MAX: usize = 200;
/// A season or a closure lasts at most this long.
pub const DATES_MAX: i64 = 731;

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
    #[error(
        "a window must close after it opens: {opens} to {closes} does not; to stay open over midnight, close at 24:00 and open the next day at 00:00"
    )]
    Empty { opens: TimeOfDay, closes: TimeOfDay },
    #[error("the windows of a day must not overlap: {first} and {second} do")]
    Overlapping { first: String, second: String },
    #[error("a day has at most {WINDOWS_MAX} windows")]
    TooMany,
    #[error("{what} must not end before it begins and lasts at most {DATES_MAX} days: {} to {} does not", dates.first, dates.last)]
    BadDates { what: &'static str, dates: Dates },
    #[error("two seasons must not overlap: {} to {} and {} to {} do", one.first, one.last, other.first, other.last)]
    OverlappingSeasons { one: Dates, other: Dates },
    #[error(
        "there are at most {SEASONS_MAX} seasons and {CLOSURES_MAX} closures; remove some that have passed"
    )]
    TooManyDates,
    #[error("these hours never open: give at least one day of the week, or of a season, a window")]
    NeverOpen,
}

impl DayHours {
    pub fn closed() -> Self {
        Self::default()
    }

    pub fn windows(&self) -> &[Window] {
        &self.0
    }

    /// Whether it is open from midnight to midnight.
    pub fn is_all_day(&self) -> bool {
        let ends = self.0.first().zip(self.0.last()).map(|(first, last)| (first.opens, last.closes));
        ends == Some((TimeOfDay::START, TimeOfDay::END))
            && self.0.windows(2).all(|pair| pair[0].closes == pair[1].opens)
    }

    /// The instants at which it is open on a date. A window that begins in a gap begins when the clock has
    /// jumped. A window that begins or ends in a fold takes in both passes of the repeated hour.
    fn on(&self, date: NaiveDate, zone: Zone) -> impl Iterator<Item = Interval> {
        self.0.iter().map(move |window| {
            Interval::new(
                zone.instants(window.opens.on(date)).first(),
                zone.instants(window.closes.on(date)).last(),
            )
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

/// Some dates in a row, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Dates {
    pub first: NaiveDate,
    pub last: NaiveDate,
}

impl Dates {
    pub fn contains(self, date: NaiveDate) -> bool {
        self.first <= date && date <= self.last
    }

    pub fn check(self, what: &'static str) -> Result<(), BadHours> {
        let days = (self.last - self.first).num_days();
        if (0..DATES_MAX).contains(&days) { Ok(()) } else { Err(BadHours::BadDates { what, dates: self }) }
    }
}

/// Dates on which another week holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Season {
    pub dates: Dates,
    pub weekly: WeeklyHours,
}

/// Dates on which it is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Closure {
    pub dates: Dates,
    /// What callers are told, for example "summer holidays".
    pub name: Option<Name>,
}

/// The rules of opening. Where several speak of a date, the later one of these holds: the week, a season, a
/// public holiday, a closure.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Hours {
    pub weekly: WeeklyHours,
    #[serde(default)]
    pub seasons: Vec<Season>,
    #[serde(default)]
    pub closures: Vec<Closure>,
    /// Closed on these public holidays.
    pub holidays: Option<HolidayCalendar>,
}

impl From<WeeklyHours> for Hours {
    fn from(weekly: WeeklyHours) -> Self {
        Self { weekly, ..Self::default() }
    }
}

static CLOSED: DayHours = DayHours(Vec::new());

impl Hours {
    pub fn check(&self) -> Result<(), BadHours> {
        if self.seasons.len() > SEASONS_MAX || self.closures.len() > CLOSURES_MAX {
            return Err(BadHours::TooManyDates);
        }
        self.seasons.iter().try_for_each(|season| season.dates.check("a season"))?;
        self.closures.iter().try_for_each(|closure| closure.dates.check("a closure"))?;
        let mut dates: Vec<Dates> = self.seasons.iter().map(|season| season.dates).collect();
        dates.sort_unstable();
        if let Some(pair) = dates.windows(2).find(|pair| pair[1].first <= pair[0].last) {
            return Err(BadHours::OverlappingSeasons { one: pair[0], other: pair[1] });
        }
        let weeks = || [&self.weekly].into_iter().chain(self.seasons.iter().map(|season| &season.weekly));
        if weeks().all(|week| *week == WeeklyHours::default()) { Err(BadHours::NeverOpen) } else { Ok(()) }
    }

    pub fn on(&self, date: NaiveDate) -> &DayHours {
        if self.closing_on(date).is_some() { &CLOSED } else { self.usual_on(date) }
    }

    fn closing_on(&self, date: NaiveDate) -> Option<Closing<'_>> {
        let closures = self.closures.iter().filter(|closure| closure.dates.contains(date));
        let closure = closures.max_by_key(|closure| closure.dates.last).map(Closing::Closure);
        closure.or_else(|| self.holidays.filter(|holidays| holidays.contains(date)).map(Closing::Holiday))
    }

    pub fn season_on(&self, date: NaiveDate) -> Option<&Season> {
        self.seasons.iter().find(|season| season.dates.contains(date))
    }

    /// The hours of its weekday, in the season that it is in.
    pub fn usual_on(&self, date: NaiveDate) -> &DayHours {
        self.season_on(date).map_or(&self.weekly, |season| &season.weekly).on(date.weekday())
    }
}

/// What closes it on a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closing<'a> {
    /// Of several closures, the one that ends last.
    Closure(&'a Closure),
    Holiday(HolidayCalendar),
}

/// The hours, and the dates on which others hold, whatever the rules say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Schedule {
    pub hours: Hours,
    pub overrides: BTreeMap<NaiveDate, DayHours>,
}

impl Schedule {
    pub fn hours_on(&self, date: NaiveDate) -> &DayHours {
        self.overrides.get(&date).unwrap_or_else(|| self.hours.on(date))
    }

    /// What closes it, if that is a closure or a public holiday.
    pub fn closing_on(&self, date: NaiveDate) -> Option<Closing<'_>> {
        if self.overrides.contains_key(&date) { None } else { self.hours.closing_on(date) }
    }

    /// When it is open within a span of time: sorted and disjoint.
    pub fn open_within(&self, span: Interval, zone: Zone) -> Vec<Interval> {
        self.open_where(span, zone, |_| true)
    }

    /// The same, on the dates that a condition holds for.
    pub fn open_where(&self, span: Interval, zone: Zone, holds: impl Fn(NaiveDate) -> bool) -> Vec<Interval> {
        // A window ends at midnight at the latest, and a zone moves that by hours: one more day on each side
        // is enough.
        let (first, last) =
            (zone.date(span.start) - TimeDelta::days(1), zone.date(span.end) + TimeDelta::days(1));
        let days = first.iter_days().take_while(|date| *date <= last).filter(|date| holds(*date));
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
            windows
                .iter()
                .map(|(opens, closes)| Window { opens: time(opens), closes: time(closes) })
                .collect::<Vec<_>>(),
        )
    }

    fn open_hours(zone: &str, date: &str, windows: &[(&str, &str)]) -> Vec<(String, i64)> {
        let (zone, date): (Zone, NaiveDate) = (zone.parse().expect("a zone"), date.parse().expect("a date"));
        let schedule = Schedule {
            overrides: BTreeMap::from([(date, day(windows).expect("hours"))]),
            ..Schedule::default()
        };
        let noon: DateTime<Utc> = zone.instants(date.and_hms_opt(12, 0, 0).expect("noon")).first();
        let span = Interval::new(noon - TimeDelta::hours(30), noon + TimeDelta::hours(30));
        let shown = |open: Interval| {
            (open.start.format("%d %H:%M").to_string(), (open.end - open.start).num_minutes())
        };
        schedule.open_within(span, zone).into_iter().map(shown).collect()
    }

    #[test]
    fn windows_are_ordered_disjoint_and_not_empty() {
        assert_eq!(
            day(&[("14:00", "18:00"), ("09:00", "12:00")]).expect("hours").windows()[0].opens.to_string(),
            "09:00"
        );
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
        assert_eq!(
            open_hours("Australia/Lord_Howe", "2026-04-05", &whole),
            [("04 13:00".into(), 24 * 60 + 30)]
        );
        assert_eq!(open_hours("America/Bogota", "2026-11-01", &whole), [("01 05:00".into(), 24 * 60)]);
    }

    #[test]
    fn windows_meet_gaps_and_folds() {
        // Clocks jump from 02:00 to 03:00: half of this window does not exist.
        assert_eq!(
            open_hours("America/New_York", "2026-03-08", &[("02:30", "04:00")]),
            [("08 07:00".into(), 60)]
        );
        // All of this one does not.
        assert_eq!(open_hours("America/New_York", "2026-03-08", &[("02:10", "02:50")]), []);
        // The hour from 01:00 to 02:00 comes twice.
        assert_eq!(
            open_hours("America/New_York", "2026-11-01", &[("01:00", "02:00")]),
            [("01 05:00".into(), 120)]
        );
    }

    fn date(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn dates(first: &str, last: &str) -> Dates {
        Dates { first: date(first), last: date(last) }
    }

    fn every_day(windows: &[(&str, &str)]) -> WeeklyHours {
        let day = || day(windows).expect("hours");
        WeeklyHours {
            monday: day(),
            tuesday: day(),
            wednesday: day(),
            thursday: day(),
            friday: day(),
            saturday: day(),
            sunday: day(),
        }
    }

    #[test]
    fn seasons_holidays_closures_and_overrides_go_before_the_week_in_this_order() {
        let hours = Hours {
            weekly: every_day(&[("09:00", "17:00")]),
            seasons: vec![Season {
                dates: dates("2026-06-01", "2026-08-31"),
                weekly: every_day(&[("07:00", "13:00")]),
            }],
            closures: vec![Closure { dates: dates("2026-08-10", "2026-08-14"), name: None }],
            holidays: Some("CO".parse().expect("known")),
        };
        assert_eq!(hours.check(), Ok(()));
        let opens =
            |date: &str| hours.on(self::date(date)).windows().first().map(|window| window.opens.to_string());
        assert_eq!(opens("2026-05-31").as_deref(), Some("09:00"));
        assert_eq!(
            (opens("2026-06-02").as_deref(), opens("2026-08-31").as_deref()),
            (Some("07:00"), Some("07:00"))
        );
        // Independence of Colombia, and the summer holidays.
        assert_eq!((opens("2026-07-20"), opens("2026-08-10"), opens("2026-08-14")), (None, None, None));
        assert_eq!(opens("2026-09-01").as_deref(), Some("09:00"));
        let mut schedule = Schedule { hours, ..Schedule::default() };
        schedule.overrides.insert(date("2026-07-20"), day(&[("10:00", "11:00")]).expect("hours"));
        assert_eq!(schedule.hours_on(date("2026-07-20")).windows()[0].opens.to_string(), "10:00");
    }

    #[test]
    fn hours_that_contradict_themselves_are_refused() {
        let weekly = every_day(&[("09:00", "17:00")]);
        let season = |first, last| Season { dates: dates(first, last), weekly: weekly.clone() };
        let with = |seasons| Hours { weekly: weekly.clone(), seasons, ..Hours::default() }.check();
        assert!(matches!(
            with(vec![season("2026-06-02", "2026-06-01")]),
            Err(BadHours::BadDates { what: "a season", .. })
        ));
        assert!(matches!(with(vec![season("2026-06-01", "2036-06-01")]), Err(BadHours::BadDates { .. })));
        let overlapping = with(vec![season("2026-06-01", "2026-06-30"), season("2026-06-30", "2026-07-31")]);
        assert!(matches!(overlapping, Err(BadHours::OverlappingSeasons { .. })));
        assert_eq!(
            with(vec![season("2026-06-01", "2026-06-30"); SEASONS_MAX + 1]),
            Err(BadHours::TooManyDates)
        );
        assert_eq!(Hours::default().check(), Err(BadHours::NeverOpen));
        let summer_only = Hours { seasons: vec![season("2026-06-01", "2026-06-30")], ..Hours::default() };
        assert_eq!(summer_only.check(), Ok(()));
    }
}
