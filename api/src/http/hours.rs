//! Opening hours in requests and replies.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use frontdesk_domain::values::holidays::HolidayCalendar;
use frontdesk_domain::values::hours::{
    Closure, Dates, DayHours, Hours, Schedule, Season, WeeklyHours, Window,
};
use frontdesk_domain::values::text::Name;
use frontdesk_domain::values::time::TimeOfDay;
use poem_openapi::Object;

use super::fault::{Fault, each, within};
use super::field::Field;

/// Open from one time of day to a later one; "24:00" is the end of the day.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "Window", deny_unknown_fields)]
pub struct WindowDto {
    /// From this time of day.
    pub opens: Field<TimeOfDay>,
    /// Until this later one. 24:00 is the end of the day.
    pub closes: Field<TimeOfDay>,
}

/// The windows of each day of the week; a day without any is closed.
#[derive(Debug, Clone, Default, PartialEq, Object)]
#[oai(rename = "WeeklyHours", deny_unknown_fields)]
pub struct WeeklyHoursDto {
    /// The windows of a Monday; it is closed without any.
    #[oai(default, validator(max_items = 12))]
    pub monday: Vec<WindowDto>,
    /// The windows of a Tuesday; it is closed without any.
    #[oai(default, validator(max_items = 12))]
    pub tuesday: Vec<WindowDto>,
    /// The windows of a Wednesday; it is closed without any.
    #[oai(default, validator(max_items = 12))]
    pub wednesday: Vec<WindowDto>,
    /// The windows of a Thursday; it is closed without any.
    #[oai(default, validator(max_items = 12))]
    pub thursday: Vec<WindowDto>,
    /// The windows of a Friday; it is closed without any.
    #[oai(default, validator(max_items = 12))]
    pub friday: Vec<WindowDto>,
    /// The windows of a Saturday; it is closed without any.
    #[oai(default, validator(max_items = 12))]
    pub saturday: Vec<WindowDto>,
    /// The windows of a Sunday; it is closed without any.
    #[oai(default, validator(max_items = 12))]
    pub sunday: Vec<WindowDto>,
}

/// When it is open. Where several speak of a date, the later one of these holds: the week, a season, a public
/// holiday, a closure; and above all of them the override of a date.
#[derive(Debug, Clone, Default, PartialEq, Object)]
#[oai(rename = "Hours", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct HoursDto {
    /// The windows of a Monday; it is closed without any.
    #[oai(default, validator(max_items = 12))]
    pub monday: Vec<WindowDto>,
    /// The windows of a Tuesday; it is closed without any.
    #[oai(default, validator(max_items = 12))]
    pub tuesday: Vec<WindowDto>,
    /// The windows of a Wednesday; it is closed without any.
    #[oai(default, validator(max_items = 12))]
    pub wednesday: Vec<WindowDto>,
    /// The windows of a Thursday; it is closed without any.
    #[oai(default, validator(max_items = 12))]
    pub thursday: Vec<WindowDto>,
    /// The windows of a Friday; it is closed without any.
    #[oai(default, validator(max_items = 12))]
    pub friday: Vec<WindowDto>,
    /// The windows of a Saturday; it is closed without any.
    #[oai(default, validator(max_items = 12))]
    pub saturday: Vec<WindowDto>,
    /// The windows of a Sunday; it is closed without any.
    #[oai(default, validator(max_items = 12))]
    pub sunday: Vec<WindowDto>,
    /// Dates on which another week holds.
    #[oai(default, validator(max_items = 50))]
    pub seasons: Vec<SeasonDto>,
    /// Dates on which it is closed.
    #[oai(default, validator(max_items = 200))]
    pub closures: Vec<ClosureDto>,
    /// Closed on the public holidays that all of this country keeps: an ISO 3166-1 code.
    pub public_holidays: Option<Field<HolidayCalendar>>,
}

/// Another week from a date to another, both included.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "Season", deny_unknown_fields)]
pub struct SeasonDto {
    /// Its first date.
    pub first: Field<NaiveDate>,
    /// Its last date.
    pub last: Field<NaiveDate>,
    /// The week that holds on these dates.
    pub hours: WeeklyHoursDto,
}

/// Closed from a date to another, both included.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "Closure", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct ClosureDto {
    /// Its first date.
    pub first: Field<NaiveDate>,
    /// Its last date.
    pub last: Field<NaiveDate>,
    /// What callers are told, for example "summer holidays".
    pub name: Option<Field<Name>>,
}

impl HoursDto {
    pub fn read(self) -> Result<Hours, Fault> {
        let weekly = WeeklyHoursDto {
            monday: self.monday,
            tuesday: self.tuesday,
            wednesday: self.wednesday,
            thursday: self.thursday,
            friday: self.friday,
            saturday: self.saturday,
            sunday: self.sunday,
        };
        let season = |season: SeasonDto| {
            Ok(Season {
                dates: Dates { first: season.first.0, last: season.last.0 },
                weekly: season.hours.read().map_err(within("/hours"))?,
            })
        };
        let closure = |closure: ClosureDto| Closure {
            dates: Dates { first: closure.first.0, last: closure.last.0 },
            name: closure.name.map(|name| name.0),
        };
        Ok(Hours {
            weekly: weekly.read()?,
            seasons: each("/seasons", self.seasons, season)?,
            closures: self.closures.into_iter().map(closure).collect(),
            holidays: self.public_holidays.map(|calendar| calendar.0),
        })
    }
}

impl From<&Hours> for HoursDto {
    fn from(hours: &Hours) -> Self {
        let WeeklyHoursDto { monday, tuesday, wednesday, thursday, friday, saturday, sunday } =
            (&hours.weekly).into();
        let season = |season: &Season| SeasonDto {
            first: Field(season.dates.first),
            last: Field(season.dates.last),
            hours: (&season.weekly).into(),
        };
        let closure = |closure: &Closure| ClosureDto {
            first: Field(closure.dates.first),
            last: Field(closure.dates.last),
            name: closure.name.clone().map(Field),
        };
        Self {
            monday,
            tuesday,
            wednesday,
            thursday,
            friday,
            saturday,
            sunday,
            seasons: hours.seasons.iter().map(season).collect(),
            closures: hours.closures.iter().map(closure).collect(),
            public_holidays: hours.holidays.map(Field),
        }
    }
}

/// The hours of one date, whatever its weekday. No windows: closed.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "DateOverride", deny_unknown_fields)]
pub struct DateOverrideDto {
    /// When it is open on that date.
    #[oai(validator(max_items = 12))]
    pub windows: Vec<WindowDto>,
}

/// The windows of a day, in the field of this name.
pub fn day(field: &str, windows: &[WindowDto]) -> Result<DayHours, Fault> {
    let windows: Vec<Window> =
        windows.iter().map(|window| Window { opens: window.opens.0, closes: window.closes.0 }).collect();
    DayHours::try_from(windows).map_err(|error| Fault::body(format!("/{field}"), error))
}

pub fn day_out(hours: &DayHours) -> Vec<WindowDto> {
    hours
        .windows()
        .iter()
        .map(|window| WindowDto { opens: Field(window.opens), closes: Field(window.closes) })
        .collect()
}

impl WeeklyHoursDto {
    pub fn read(&self) -> Result<WeeklyHours, Fault> {
        Ok(WeeklyHours {
            monday: day("monday", &self.monday)?,
            tuesday: day("tuesday", &self.tuesday)?,
            wednesday: day("wednesday", &self.wednesday)?,
            thursday: day("thursday", &self.thursday)?,
            friday: day("friday", &self.friday)?,
            saturday: day("saturday", &self.saturday)?,
            sunday: day("sunday", &self.sunday)?,
        })
    }
}

impl From<&WeeklyHours> for WeeklyHoursDto {
    fn from(hours: &WeeklyHours) -> Self {
        Self {
            monday: day_out(&hours.monday),
            tuesday: day_out(&hours.tuesday),
            wednesday: day_out(&hours.wednesday),
            thursday: day_out(&hours.thursday),
            friday: day_out(&hours.friday),
            saturday: day_out(&hours.saturday),
            sunday: day_out(&hours.sunday),
        }
    }
}

/// The dates of a schedule that have hours of their own.
pub fn overrides_out(schedule: &Schedule) -> BTreeMap<String, DateOverrideDto> {
    schedule
        .overrides
        .iter()
        .map(|(date, hours)| (date.to_string(), DateOverrideDto { windows: day_out(hours) }))
        .collect()
}
