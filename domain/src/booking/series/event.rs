use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::rule::RecurrenceRule;
use crate::booking::appointment::Source;
use crate::kernel::ids::{AppointmentId, CustomerId, ServiceId};
use crate::kernel::metadata::Actor;
use crate::kernel::refusal::Conflict;
use crate::values::time::LocalTime;

/// An appointment of a series, as it was booked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Occurrence {
    /// Its place among what the rule gives, from 1.
    pub number: u16,
    pub appointment_id: AppointmentId,
    pub local_start: LocalTime,
}

#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, strum::IntoStaticStr, strum::VariantNames,
)]
#[serde(tag = "type")]
pub enum SeriesEvent {
    SeriesBooked {
        service_id: ServiceId,
        rule: RecurrenceRule,
        /// The dates that the rule gives and that were not wanted.
        without: Vec<NaiveDate>,
        /// From when the rule counts: the first appointment, whether or not it was booked.
        local_start: LocalTime,
        customer_id: CustomerId,
        occurrences: Vec<Occurrence>,
        /// What the rule gives, too, and could not be booked.
        skipped: Vec<Conflict>,
        source: Source,
        by: Actor,
    },
    /// Several of its appointments were moved together.
    SeriesRescheduled {
        appointment_ids: Vec<AppointmentId>,
        /// By so much on the wall clock.
        shift_minutes: i64,
        by: Actor,
    },
    /// Several of its appointments were cancelled together.
    SeriesCancelled { appointment_ids: Vec<AppointmentId>, by: Actor },
}

crate::domain_event!(SeriesEvent);
