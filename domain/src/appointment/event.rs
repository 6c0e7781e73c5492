use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::agenda_day::{Buffers, Occupation};
use crate::availability::Terms;
use crate::service::Limit;
use crate::shared::ids::{CallId, CustomerId, ResourceId, ServiceId, WaitlistEntryId};
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
    pub buffers: Buffers,
    /// Seats of a class.
    pub seats: Option<u32>,
    /// The limits that it counts towards.
    #[serde(default)]
    pub limits: Vec<Limit>,
    /// The rules that it was decided by.
    pub rules: RuleVersions,
}

impl BookedSlot {
    /// What another slot in its place is asked for with.
    pub fn terms(&self) -> Terms {
        let minutes = u32::try_from((self.time.end - self.time.start).num_minutes()).ok();
        Terms { duration_minutes: minutes, seats: self.seats.unwrap_or(1), with: None }
    }

    /// The time it takes of each resource.
    pub fn occupations(&self) -> impl Iterator<Item = Occupation> {
        self.resources.iter().map(|resource_id| Occupation {
            resource_id: *resource_id,
            service_id: self.service_id,
            appointment: self.time,
            buffers: self.buffers,
            seats: self.seats,
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
    Call {
        call_id: CallId,
    },
    /// An offer to somebody who waited for it.
    Waitlist {
        entry_id: WaitlistEntryId,
    },
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
