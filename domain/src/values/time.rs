//! Zones, times of day, and the way from a wall clock to an instant.
//!
//! Hours are rules on a wall clock. Appointments are instants. A wall-clock time can be missing (a *gap*,
//! when clocks go forward) or happen twice (a *fold*, when they go back). Each caller of [`Zone::instants`]
//! says which instant it wants.

use std::fmt;
use std::str::FromStr;

use chrono::{
    DateTime, Datelike, FixedOffset, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta,
    TimeZone, Timelike, Utc,
};
use chrono_tz::OffsetName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The edition of the IANA time zone database that this build carries, for example `2025b`.
pub const TZDB_VERSION: &str = chrono_tz::IANA_TZDB_VERSION;

/// The years in which the product takes part. An instant or a date outside of them is a mistake, and to
/// reckon with it overflows.
const YEARS: std::ops::RangeInclusive<i32> = 1970..=2199;

/// Why a text is no instant that the product takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadInstant {
    #[error("must be an instant with its offset like \"2026-11-24T15:00:00-05:00\"")]
    Unreadable,
    #[error("times must be from {} to {}", YEARS.start(), YEARS.end())]
    OutOfReach,
}

/// Why a text is no date that the product takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadDate {
    #[error("must be a date like \"2026-11-24\"")]
    Unreadable,
    #[error("dates must be from {} to {}", YEARS.start(), YEARS.end())]
    OutOfReach,
}

/// An instant as it comes from outside (RFC 3339).
pub fn instant(text: &str) -> Result<DateTime<Utc>, BadInstant> {
    let instant: DateTime<Utc> = text.parse().map_err(|_| BadInstant::Unreadable)?;
    if is_in_reach(instant) { Ok(instant) } else { Err(BadInstant::OutOfReach) }
}

/// A date as it comes from outside (RFC 3339, `full-date`). There is one way to write it.
pub fn date(text: &str) -> Result<NaiveDate, BadDate> {
    let date: NaiveDate = text.parse().map_err(|_| BadDate::Unreadable)?;
    if date.to_string() != text {
        return Err(BadDate::Unreadable);
    }
    if YEARS.contains(&date.year()) { Ok(date) } else { Err(BadDate::OutOfReach) }
}

/// Whether an instant lies in the years in which the product takes part.
pub fn is_in_reach(instant: DateTime<Utc>) -> bool {
    YEARS.contains(&instant.year())
}

/// The date, or the nearest one in the years in which the product takes part: what was stored before dates
/// were bounded.
pub fn in_reach(date: NaiveDate) -> NaiveDate {
    let edge = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap_or(date);
    date.clamp(edge(*YEARS.start(), 1, 1), edge(*YEARS.end(), 12, 31))
}

/// An IANA time zone, for example `America/Bogota`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone(chrono_tz::Tz);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a time zone of the IANA database; it should look like \"Europe/Berlin\" or \"America/Bogota\""
)]
pub struct UnknownZone(String);

/// The instants at which a wall clock shows a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instants {
    One(DateTime<Utc>),
    /// Clocks go back over it: the first and the second time.
    Two(DateTime<Utc>, DateTime<Utc>),
    /// Clocks go forward over it, at this instant.
    None(DateTime<Utc>),
}

impl Instants {
    /// The first instant at or after the wall-clock time.
    pub fn first(self) -> DateTime<Utc> {
        match self {
            Self::One(instant) | Self::Two(instant, _) | Self::None(instant) => instant,
        }
    }

    /// The last instant at which the clock shows the time. In a gap it is the jump.
    pub fn last(self) -> DateTime<Utc> {
        match self {
            Self::One(instant) | Self::Two(_, instant) | Self::None(instant) => instant,
        }
    }
}

impl Zone {
    pub const UTC: Self = Self(chrono_tz::Tz::UTC);

    pub fn all() -> impl Iterator<Item = Self> {
        chrono_tz::TZ_VARIANTS.iter().copied().map(Self)
    }

    /// What its clock is called at an instant, if it has a name: `EST`.
    pub fn abbreviation(self, instant: DateTime<Utc>) -> Option<String> {
        let offset = self.0.offset_from_utc_datetime(&instant.naive_utc());
        offset.abbreviation().filter(|name| name.starts_with(char::is_alphabetic)).map(str::to_owned)
    }

    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// What the wall clock shows.
    pub fn wall(self, instant: DateTime<Utc>) -> NaiveDateTime {
        instant.with_timezone(&self.0).naive_local()
    }

    pub fn date(self, instant: DateTime<Utc>) -> NaiveDate {
        self.wall(instant).date()
    }

    /// Seconds east of UTC.
    pub fn offset_seconds(self, instant: DateTime<Utc>) -> i32 {
        self.0.offset_from_utc_datetime(&instant.naive_utc()).fix().local_minus_utc()
    }

    /// The instant with this zone's offset, as people write it: `2026-11-24T15:00:00-05:00`.
    pub fn rfc3339(self, instant: DateTime<Utc>) -> String {
        self.local(instant).to_rfc3339_opts(chrono::SecondsFormat::Secs, false)
    }

    /// The instant with this zone's offset.
    pub fn local(self, instant: DateTime<Utc>) -> DateTime<FixedOffset> {
        instant.with_timezone(&self.0).fixed_offset()
    }

    pub fn instants(self, wall: NaiveDateTime) -> Instants {
        match self.0.from_local_datetime(&wall) {
            MappedLocalTime::Single(instant) => Instants::One(instant.to_utc()),
            MappedLocalTime::Ambiguous(one, other) => {
                let (one, other) = (one.to_utc(), other.to_utc());
                Instants::Two(one.min(other), one.max(other))
            }
            MappedLocalTime::None => Instants::None(self.jump_over(wall)),
        }
    }

    /// The first instant of a date.
    pub fn midnight(self, date: NaiveDate) -> DateTime<Utc> {
        self.instants(TimeOfDay::START.on(date)).first()
    }

    /// The instant at which the clock jumps over a time that it never shows.
    fn jump_over(self, wall: NaiveDateTime) -> DateTime<Utc> {
        // No offset is larger than a day (Pacific/Apia left out a whole one), so the jump lies between these
        // two.
        let (mut before, mut after) =
            (wall.and_utc() - TimeDelta::hours(48), wall.and_utc() + TimeDelta::hours(48));
        while after - before > TimeDelta::seconds(1) {
            let middle = before + (after - before) / 2;
            if self.wall(middle) < wall { before = middle } else { after = middle }
        }
        // Rules change on whole seconds.
        after.with_nanosecond(0).unwrap_or(after)
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Zone {
    type Err = UnknownZone;

    fn from_str(text: &str) -> Result<Self, UnknownZone> {
        text.parse().map(Self).map_err(|_| UnknownZone(text.chars().take(64).collect()))
    }
}

impl TryFrom<String> for Zone {
    type Error = UnknownZone;

    fn try_from(text: String) -> Result<Self, UnknownZone> {
        text.parse()
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.name().to_owned()
    }
}

impl JsonSchema for Zone {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Zone".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "description": "An IANA time zone, for example America/Bogota." })
    }
}

/// A time on a wall clock in whole minutes, from `00:00` to `24:00`, the end of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeOfDay(u16);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a time of day; it should look like \"09:30\", from \"00:00\" to \"24:00\"")]
pub struct BadTimeOfDay(String);

impl TimeOfDay {
    pub const START: Self = Self(0);
    pub const END: Self = Self(24 * 60);

    pub fn from_minutes(minutes: u16) -> Option<Self> {
        (minutes <= Self::END.0).then_some(Self(minutes))
    }

    pub fn minutes(self) -> u16 {
        self.0
    }

    /// The wall-clock reading on a date; `24:00` is midnight at its end.
    pub fn on(self, date: NaiveDate) -> NaiveDateTime {
        date.and_time(NaiveTime::MIN) + TimeDelta::minutes(self.0.into())
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl FromStr for TimeOfDay {
    type Err = BadTimeOfDay;

    fn from_str(text: &str) -> Result<Self, BadTimeOfDay> {
        let two_digits = |part: &str| {
            (part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse::<u16>().ok())?
        };
        text.split_once(':')
            .and_then(|(hours, minutes)| Some((two_digits(hours)?, two_digits(minutes)?)))
            .filter(|(_, minutes)| *minutes < 60)
            .and_then(|(hours, minutes)| Self::from_minutes(hours * 60 + minutes))
            .ok_or_else(|| BadTimeOfDay(text.chars().take(32).collect()))
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = BadTimeOfDay;

    fn try_from(text: String) -> Result<Self, BadTimeOfDay> {
        text.parse()
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> Self {
        time.to_string()
    }
}

impl JsonSchema for TimeOfDay {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "TimeOfDay".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$" })
    }
}

/// Minutes since local midnight.
pub fn minute_of_day(wall: NaiveDateTime) -> u32 {
    wall.hour() * 60 + wall.minute()
}

/// An appointment's instant as the people concerned saw it when it was made, so that a later change of rules
/// can be recognised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LocalTime {
    /// What the wall clock showed.
    pub wall: NaiveDateTime,
    pub zone: Zone,
    /// Seconds east of UTC; tells the two readings of a fold apart.
    pub offset_seconds: i32,
    /// The edition of the time zone database that said so.
    pub tzdb: String,
}

impl LocalTime {
    pub fn of(instant: DateTime<Utc>, zone: Zone) -> Self {
        Self {
            wall: zone.wall(instant),
            zone,
            offset_seconds: zone.offset_seconds(instant),
            tzdb: TZDB_VERSION.to_owned(),
        }
    }

    /// Whether the clock still shows this at the instant. If not, the zone's rules have changed.
    pub fn holds(&self, instant: DateTime<Utc>) -> bool {
        self.zone.wall(instant) == self.wall
    }

    /// As people saw it, with the offset of then.
    pub fn instant(&self) -> DateTime<FixedOffset> {
        let offset = FixedOffset::east_opt(self.offset_seconds).unwrap_or(Utc.fix());
        offset.from_local_datetime(&self.wall).single().unwrap_or_default()
    }
}

/// The Monday on or before a date.
pub fn week_start(date: NaiveDate) -> NaiveDate {
    date - TimeDelta::days(date.weekday().num_days_from_monday().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> Zone {
        name.parse().expect("a zone")
    }

    fn wall(text: &str) -> NaiveDateTime {
        text.parse().expect("a wall-clock time")
    }

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    #[test]
    fn instants_and_dates_from_outside_are_of_this_age() {
        assert_eq!(instant("2026-11-24T10:00:00-05:00"), instant("2026-11-24T15:00:00Z"));
        assert!(instant("1970-01-01T00:00:00Z").is_ok() && instant("2199-12-31T23:59:59Z").is_ok());
        for text in ["+262142-12-27T10:00:00Z", "-262143-01-01T00:00:00Z", "2200-01-01T00:00:00Z"] {
            assert_eq!(instant(text), Err(BadInstant::OutOfReach), "{text}");
        }
        for text in ["", "2026-11-24", "2026-11-24T15:00:00", "tomorrow"] {
            assert_eq!(instant(text), Err(BadInstant::Unreadable), "{text}");
        }
        assert_eq!(date("2028-02-29").map(|date| date.ordinal()), Ok(60));
        for text in ["+262142-12-31", "-4713-01-01", "1969-12-31", "2200-01-01"] {
            assert_eq!(date(text), Err(BadDate::OutOfReach), "{text}");
        }
        for text in ["", "2027-02-29", "2026-11-24T15:00:00Z"] {
            assert_eq!(date(text), Err(BadDate::Unreadable), "{text}");
        }
        assert_eq!(in_reach(NaiveDate::MAX).to_string(), "2199-12-31");
        assert_eq!(in_reach(NaiveDate::MIN).to_string(), "1970-01-01");
    }

    #[test]
    fn a_time_agreed_on_before_the_rules_changed_no_longer_holds() {
        // Booked in 2018 for December 2019, when São Paulo was to have summer time; in 2019 it gave it up.
        let sao_paulo = zone("America/Sao_Paulo");
        let agreed = LocalTime {
            wall: wall("2019-12-10T10:00:00"),
            zone: sao_paulo,
            offset_seconds: -2 * 3600,
            tzdb: "2018g".into(),
        };
        let instant = utc("2019-12-10T12:00:00Z");
        assert!(!agreed.holds(instant));
        assert_eq!(
            (agreed.instant().to_rfc3339().as_str(), sao_paulo.rfc3339(instant).as_str()),
            ("2019-12-10T10:00:00-02:00", "2019-12-10T09:00:00-03:00")
        );
        assert!(LocalTime::of(instant, sao_paulo).holds(instant));
    }

    #[test]
    fn a_gap_has_no_instant_but_the_jump() {
        for (name, missing, jump) in [
            ("America/New_York", "2026-03-08T02:30:00", "2026-03-08T07:00:00Z"),
            ("Europe/Berlin", "2026-03-29T02:00:00", "2026-03-29T01:00:00Z"),
            ("Australia/Lord_Howe", "2026-10-04T02:15:00", "2026-10-03T15:30:00Z"),
            // Samoa left out the whole of 2011-12-30.
            ("Pacific/Apia", "2011-12-30T12:00:00", "2011-12-30T10:00:00Z"),
        ] {
            assert_eq!(zone(name).instants(wall(missing)), Instants::None(utc(jump)), "{name}");
        }
    }

    #[test]
    fn a_fold_has_two_instants_in_order() {
        let both = zone("America/New_York").instants(wall("2026-11-01T01:30:00"));
        assert_eq!(both, Instants::Two(utc("2026-11-01T05:30:00Z"), utc("2026-11-01T06:30:00Z")));
        assert_eq!((both.first(), both.last()), (utc("2026-11-01T05:30:00Z"), utc("2026-11-01T06:30:00Z")));
    }

    #[test]
    fn times_of_day_parse_strictly_and_24_00_is_the_next_midnight() {
        for text in ["00:00", "09:05", "23:59", "24:00"] {
            assert_eq!(text.parse::<TimeOfDay>().expect(text).to_string(), text);
        }
        for text in ["", "9:00", "24:01", "12:60", "-1:00", "+1:00", "12:00:00", "noon"] {
            assert!(text.parse::<TimeOfDay>().is_err(), "{text}");
        }
        let date = NaiveDate::from_ymd_opt(2026, 12, 31).expect("a date");
        assert_eq!(TimeOfDay::END.on(date), wall("2027-01-01T00:00:00"));
    }

    #[test]
    fn an_unknown_zone_is_refused_with_an_example() {
        let error = "Mars/Olympus".parse::<Zone>().expect_err("no such zone");
        assert!(error.to_string().contains("Europe/Berlin"));
    }
}
