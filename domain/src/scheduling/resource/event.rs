use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kernel::ids::TimeOffId;
use crate::kernel::personal::Personal;
use crate::values::hours::{Dates, DayHours, Hours};
use crate::values::interval::Interval;
use crate::values::text::{Name, Note};
use crate::values::time::Zone;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ResourceDetails {
    pub name: Name,
    /// Where its hours are read; the business's zone unless it has its own.
    pub zone: Option<Zone>,
    /// Its own hours, within those of the business; without any it follows the business.
    pub hours: Option<Hours>,
    /// Its own hours hold even when the business is closed.
    pub ignores_business_hours: bool,
    /// Where it is on some dates: its hours are read there then.
    #[serde(default)]
    pub stays: Vec<Stay>,
    /// How many appointments it takes at a time.
    #[serde(default = "one")]
    pub capacity: u32,
}

impl ResourceDetails {
    /// One that is booked whenever the business is open, for one appointment at a time.
    pub fn new(name: Name) -> Self {
        Self { name, zone: None, hours: None, ignores_business_hours: false, stays: vec![], capacity: 1 }
    }
}

fn one() -> u32 {
    1
}

/// Some dates in another zone, as they are counted there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Stay {
    pub dates: Dates,
    pub zone: Zone,
}

/// A period in which it cannot be booked. Why is somebody's own affair.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TimeOff {
    pub id: TimeOffId,
    pub period: Interval,
    pub reason: Option<Personal<Note>>,
}

#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, strum::IntoStaticStr, strum::VariantNames,
)]
#[serde(tag = "type")]
pub enum ResourceEvent {
    ResourceAdded { details: ResourceDetails },
    ResourceChanged { details: ResourceDetails },
    ResourceRetired {},
    ResourceDateOverrideSet { date: NaiveDate, hours: DayHours },
    ResourceDateOverrideRemoved { date: NaiveDate },
    TimeOffAdded { time_off: TimeOff },
    TimeOffRemoved { time_off_id: TimeOffId },
}

crate::domain_event!(ResourceEvent);
