use chrono::NaiveDate;

use super::event::{ResourceDetails, TimeOff};
use crate::kernel::ids::TimeOffId;
use crate::values::hours::DayHours;

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
