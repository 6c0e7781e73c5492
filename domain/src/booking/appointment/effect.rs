//! What an event of an appointment means for those who follow appointments.
//!
//! Policies and read models match on an [`Effect`] and not on the events: each event says here, once, what it
//! means.

use chrono::{DateTime, Utc};

use super::event::{AppointmentEvent, Attendee, BookedSlot};
use crate::kernel::metadata::Actor;

/// What an event means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effect<'e> {
    pub time: TimeEffect<'e>,
    pub customer: CustomerEffect<'e>,
    /// A hold waits to be confirmed.
    pub confirmation: Wait<'e>,
    /// A request waits for the business's decision.
    pub decision: Wait<'e>,
}

/// What an event means for the time of the resources.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TimeEffect<'e> {
    Took,
    /// The time of this slot is free, and another one is taken.
    Moved {
        from: &'e BookedSlot,
    },
    Freed,
    Unchanged,
}

/// What an event means for the customer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum CustomerEffect<'e> {
    /// Approved or still to be approved.
    Booked {
        slot: &'e BookedSlot,
        attendee: &'e Attendee,
    },
    Moved {
        to: &'e BookedSlot,
    },
    /// Cancelled or declined by somebody, or expired.
    CalledOff {
        by: Option<&'e Actor>,
    },
    Attended,
    Missed,
    Unchanged,
}

/// What an event means for a wait that has a deadline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Wait<'e> {
    Began { until: DateTime<Utc>, slot: &'e BookedSlot },
    Ended,
    Unchanged,
}

/// The base of all effects.
const NONE: Effect<'static> = Effect {
    time: TimeEffect::Unchanged,
    customer: CustomerEffect::Unchanged,
    confirmation: Wait::Unchanged,
    decision: Wait::Unchanged,
};

impl AppointmentEvent {
    pub fn effect(&self) -> Effect<'_> {
        match self {
            Self::AppointmentHeld { slot, expires_at, source: _, by: _ } => Effect {
                time: TimeEffect::Took,
                confirmation: Wait::Began { until: *expires_at, slot },
                ..NONE
            },
            Self::HoldReleased { by: _ } | Self::HoldLapsed {} => {
                Effect { time: TimeEffect::Freed, confirmation: Wait::Ended, ..NONE }
            }
            Self::AppointmentRequested { slot, attendee, decide_by, .. } => Effect {
                time: TimeEffect::Took,
                customer: CustomerEffect::Booked { slot, attendee },
                confirmation: Wait::Ended,
                decision: Wait::Began { until: *decide_by, slot },
            },
            Self::RequestApproved { by: _ } => Effect { decision: Wait::Ended, ..NONE },
            Self::RequestDeclined { by, reason: _ }
            | Self::AppointmentCancelled { by, reason: _, applied: _ } => called_off(Some(by)),
            Self::RequestExpired {} => called_off(None),
            Self::AppointmentBooked { slot, attendee, .. } => Effect {
                time: TimeEffect::Took,
                customer: CustomerEffect::Booked { slot, attendee },
                confirmation: Wait::Ended,
                ..NONE
            },
            Self::AppointmentRescheduled { from, to, decide_by, .. } => Effect {
                time: TimeEffect::Moved { from },
                customer: CustomerEffect::Moved { to },
                decision: decide_by.map_or(Wait::Ended, |until| Wait::Began { until, slot: to }),
                ..NONE
            },
            Self::CustomerCheckedIn { by: _ } => NONE,
            Self::AppointmentCompleted { by: _ } => Effect { customer: CustomerEffect::Attended, ..NONE },
            Self::NoShowRecorded { .. } => Effect { customer: CustomerEffect::Missed, ..NONE },
        }
    }
}

fn called_off(by: Option<&Actor>) -> Effect<'_> {
    Effect {
        time: TimeEffect::Freed,
        customer: CustomerEffect::CalledOff { by },
        decision: Wait::Ended,
        ..NONE
    }
}
