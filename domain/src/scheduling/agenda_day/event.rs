use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kernel::ids::{AppointmentId, ResourceId, ServiceId};
use crate::values::interval::{Interval, merged};

/// Time kept free around an appointment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Buffers {
    pub before_minutes: u32,
    pub after_minutes: u32,
    /// Between two appointments that both say so, the longer buffer is kept; else the one after the first and
    /// the one before the second, both.
    #[serde(default)]
    pub shared: bool,
}

impl Buffers {
    pub fn before(&self) -> TimeDelta {
        TimeDelta::minutes(self.before_minutes.into())
    }

    pub fn after(&self) -> TimeDelta {
        TimeDelta::minutes(self.after_minutes.into())
    }

    /// The least time between an appointment with these buffers and the next one.
    pub fn until(&self, next: &Self) -> TimeDelta {
        if self.shared && next.shared {
            self.after().max(next.before())
        } else {
            self.after() + next.before()
        }
    }
}

/// The time that an appointment takes of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Occupation {
    pub resource_id: ResourceId,
    pub service_id: ServiceId,
    /// The appointment itself.
    pub appointment: Interval,
    pub buffers: Buffers,
    /// How many seats it takes of a class; an appointment of its own otherwise.
    pub seats: Option<u32>,
}

impl Occupation {
    /// With its buffers.
    pub fn padded(&self) -> Interval {
        self.appointment.padded(self.buffers.before(), self.buffers.after())
    }

    /// Whether one resource cannot serve both.
    pub fn conflicts(&self, other: &Self) -> bool {
        self.appointment.start < other.appointment.end + other.buffers.until(&self.buffers)
            && other.appointment.start < self.appointment.end + self.buffers.until(&other.buffers)
    }

    /// Whether both are seats of the same class.
    pub fn same_class(&self, other: &Self) -> bool {
        self.seats.is_some()
            && other.seats.is_some()
            && self.service_id == other.service_id
            && self.appointment == other.appointment
    }
}

/// When a resource has as many overlapping appointments as it takes at a time, buffers included. A class
/// counts once.
pub fn full<'a>(taken: impl IntoIterator<Item = &'a Occupation>, capacity: u32) -> Vec<Interval> {
    let mut classes: BTreeMap<(ServiceId, Interval), Interval> = BTreeMap::new();
    let mut times: Vec<Interval> = Vec::new();
    for occupation in taken {
        let time = occupation.padded();
        if occupation.seats.is_none() {
            times.push(time);
        } else {
            // The buffers of its seats differ if the service has changed.
            let class = classes.entry((occupation.service_id, occupation.appointment)).or_insert(time);
            *class = Interval::new(class.start.min(time.start), class.end.max(time.end));
        }
    }
    times.extend(classes.into_values());
    let mut edges: Vec<(DateTime<Utc>, i64)> =
        times.iter().flat_map(|time| [(time.start, 1), (time.end, -1)]).collect();
    // One may begin where another ends: ends come first.
    edges.sort_unstable();
    let (mut overlapping, mut since) = (0, None);
    let mut full = Vec::new();
    for (at, change) in edges {
        overlapping += change;
        match since {
            None if overlapping >= i64::from(capacity) => since = Some(at),
            Some(start) if overlapping < i64::from(capacity) => {
                since = None;
                full.push(Interval::new(start, at));
            }
            None | Some(_) => {}
        }
    }
    merged(full)
}

#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, strum::IntoStaticStr, strum::VariantNames,
)]
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
