//! Opening hours in requests and replies.

use std::collections::BTreeMap;

use frontdesk_domain::shared::hours::{DayHours, Schedule, WeeklyHours, Window};
use frontdesk_domain::shared::time::TimeOfDay;
use poem_openapi::Object;

use super::field::Field;
use super::problem::Problem;

/// Open from one time of day to a later one; "24:00" is the end of the day.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "Window", deny_unknown_fields)]
pub struct WindowDto {
    pub opens: Field<TimeOfDay>,
    pub closes: Field<TimeOfDay>,
}

/// The windows of each day of the week; a day without any is closed.
#[derive(Debug, Clone, Default, PartialEq, Object)]
#[oai(rename = "WeeklyHours", deny_unknown_fields)]
pub struct WeeklyHoursDto {
    #[oai(default, validator(max_items = 12))]
    pub monday: Vec<WindowDto>,
    #[oai(default, validator(max_items = 12))]
    pub tuesday: Vec<WindowDto>,
    #[oai(default, validator(max_items = 12))]
    pub wednesday: Vec<WindowDto>,
    #[oai(default, validator(max_items = 12))]
    pub thursday: Vec<WindowDto>,
    #[oai(default, validator(max_items = 12))]
    pub friday: Vec<WindowDto>,
    #[oai(default, validator(max_items = 12))]
    pub saturday: Vec<WindowDto>,
    #[oai(default, validator(max_items = 12))]
    pub sunday: Vec<WindowDto>,
}

/// The hours of one date, whatever its weekday. No windows: closed.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "DateOverride", deny_unknown_fields)]
pub struct DateOverrideDto {
    #[oai(validator(max_items = 12))]
    pub windows: Vec<WindowDto>,
}

pub fn day(field: &str, windows: &[WindowDto]) -> Result<DayHours, Problem> {
    let windows: Vec<Window> = windows.iter().map(|window| Window { opens: window.opens.0, closes: window.closes.0 }).collect();
    DayHours::try_from(windows).map_err(|error| Problem::invalid(format!("{field}: {error}")))
}

pub fn day_out(hours: &DayHours) -> Vec<WindowDto> {
    hours.windows().iter().map(|window| WindowDto { opens: Field(window.opens), closes: Field(window.closes) }).collect()
}

impl WeeklyHoursDto {
    pub fn read(&self) -> Result<WeeklyHours, Problem> {
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
    schedule.overrides.iter().map(|(date, hours)| (date.to_string(), DateOverrideDto { windows: day_out(hours) })).collect()
}
