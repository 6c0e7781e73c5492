use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::shared::ids::{AppointmentId, ResourceId};
use crate::shared::interval::Interval;

/// The time that an appointment takes of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Occupation {
    pub resource_id: ResourceId,
    /// The appointment itself.
    pub appointment: Interval,
    pub buffer_before_minutes: u32,
    pub buffer_after_minutes: u32,
}

impl Occupation {
    /// With its buffers: nothing else may be in here.
    pub fn padded(&self) -> Interval {
        let minutes = |minutes: u32| TimeDelta::minutes(minutes.into());
        self.appointment.padded(minutes(self.buffer_before_minutes), minutes(self.buffer_after_minutes))
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, strum::IntoStaticStr)]
#[serde(tag = "type")]
pub enum AgendaDayEvent {
    /// Kept for somebody who is making up their mind.
    TimeHeld {
        appointment_id: AppointmentId,
        occupation: Occupation,
        expires_at: DateTime<Utc>,
    },
    /// A hold became a booking.
    HoldConfirmed {
        appointment_id: AppointmentId,
    },
    /// A hold ran out: its time has come, or somebody else wanted the time.
    HoldLapsed {
        appointment_id: AppointmentId,
    },
    TimeBooked {
        appointment_id: AppointmentId,
        occupation: Occupation,
    },
    /// Released, cancelled or moved elsewhere.
    TimeFreed {
        appointment_id: AppointmentId,
    },
}

crate::domain_event!(AgendaDayEvent);
