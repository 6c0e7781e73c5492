use chrono::NaiveDate;

use super::event::{ResourceDetails, TimeOff};
use crate::shared::hours::DayHours;
use crate::shared::ids::TimeOffId;

#[derive(Debug, Clone, PartialEq)]
pub enum ResourceCommand {
    Add { details: ResourceDetails },
    Change { details: ResourceDetails },
    Retire,
    SetDateOverride { date: NaiveDate, hours: DayHours },
    RemoveDateOverride { date: NaiveDate },
    AddTimeOff { time_off: TimeOff },
    RemoveTimeOff { time_off_id: TimeOffId },
}
