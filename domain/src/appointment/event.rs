use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::agenda_day::Occupation;
use crate::shared::ids::{CallId, CustomerId, ResourceId, ServiceId};
use crate::shared::interval::Interval;
use crate::shared::metadata::Actor;
use crate::shared::personal::Personal;
use crate::shared::text::{Name, Note};
use crate::shared::time::LocalTime;

/// What was agreed: which service, when, with what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BookedSlot {
    pub service_id: ServiceId,
    /// One for each need of the service, in order.
    pub resources: Vec<ResourceId>,
    pub time: Interval,
    /// The start as people saw it on the business's wall clock.
    pub local_start: LocalTime,
    pub buffer_before_minutes: u32,
    pub buffer_after_minutes: u32,
    /// The rules that it was decided by.
    pub rules: RuleVersions,
}

impl BookedSlot {
    /// The time it takes of each resource.
    pub fn occupations(&self) -> impl Iterator<Item = Occupation> {
        self.resources.iter().map(|resource_id| Occupation {
            resource_id: *resource_id,
            appointment: self.time,
            buffer_before_minutes: self.buffer_before_minutes,
            buffer_after_minutes: self.buffer_after_minutes,
        })
    }
}

/// The versions of the streams that hold the rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RuleVersions {
    pub business: i64,
    pub service: i64,
    pub resources: Vec<i64>,
}

/// Whom it is for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Attendee {
    pub customer_id: CustomerId,
    pub name: Personal<Name>,
    pub note: Option<Personal<Note>>,
}

/// By which way it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Source {
    Api,
    Call { call_id: CallId },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, strum::IntoStaticStr)]
#[serde(tag = "type")]
pub enum AppointmentEvent {
    AppointmentHeld { slot: BookedSlot, expires_at: DateTime<Utc>, source: Source, by: Actor },
    HoldReleased { by: Actor },
    HoldLapsed {},
    AppointmentBooked { slot: BookedSlot, attendee: Attendee, source: Source, by: Actor },
    AppointmentRescheduled { from: BookedSlot, to: BookedSlot, reason: Option<Personal<Note>>, by: Actor },
    AppointmentCancelled { reason: Option<Personal<Note>>, by: Actor },
}

crate::domain_event!(AppointmentEvent);
