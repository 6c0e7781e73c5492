use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::command::AppointmentCommand;
use super::error::AppointmentError;
use super::event::{AppointmentEvent, Attendee, BookedSlot, Source};
use crate::shared::ids::AppointmentId;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum Appointment {
    #[default]
    Unknown,
    Held {
        slot: BookedSlot,
        source: Source,
        expires_at: DateTime<Utc>,
    },
    Released {
        slot: BookedSlot,
        source: Source,
    },
    /// A hold that ran out.
    Lapsed {
        slot: BookedSlot,
        source: Source,
    },
    Booked(Booking),
    Cancelled(Booking),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Booking {
    pub slot: BookedSlot,
    pub attendee: Attendee,
    pub source: Source,
}

impl Appointment {
    pub fn booked(&self) -> Result<&Booking, AppointmentError> {
        match self {
            Self::Booked(booking) => Ok(booking),
            Self::Cancelled(_) => Err(AppointmentError::Cancelled),
            Self::Unknown | Self::Held { .. } | Self::Released { .. } | Self::Lapsed { .. } => Err(AppointmentError::NotFound),
        }
    }

    /// The slot of a hold, whether or not it has expired.
    pub fn held(&self) -> Result<&BookedSlot, AppointmentError> {
        match self {
            Self::Held { slot, .. } => Ok(slot),
            Self::Unknown => Err(AppointmentError::HoldNotFound),
            Self::Released { .. } => Err(AppointmentError::HoldReleased),
            Self::Lapsed { .. } => Err(AppointmentError::HoldExpired),
            Self::Booked(_) | Self::Cancelled(_) => Err(AppointmentError::AlreadyBooked),
        }
    }

    /// The slot of a hold that anybody may confirm or release who knows it. One that the waitlist offers is for whom it is offered to.
    pub fn freely_held(&self) -> Result<&BookedSlot, AppointmentError> {
        match self {
            Self::Held { source: Source::Waitlist { .. }, .. } => Err(AppointmentError::HeldForWaitlist),
            _ => self.held(),
        }
    }

    /// What it took before it ended without having taken place.
    pub fn given_up(&self) -> Option<&BookedSlot> {
        match self {
            Self::Released { slot, source: _ } | Self::Lapsed { slot, source: _ } => Some(slot),
            Self::Cancelled(booking) => Some(&booking.slot),
            Self::Unknown | Self::Held { .. } | Self::Booked(_) => None,
        }
    }

    pub fn decide(&self, command: AppointmentCommand) -> Result<Vec<AppointmentEvent>, AppointmentError> {
        match command {
            AppointmentCommand::Hold { slot, expires_at, source, by } => {
                self.must_be_new()?;
                Ok(vec![AppointmentEvent::AppointmentHeld { slot, expires_at, source, by }])
            }
            AppointmentCommand::Book { slot, attendee, source, by } => {
                self.must_be_new()?;
                Ok(vec![AppointmentEvent::AppointmentBooked { slot, attendee, source, by }])
            }
            AppointmentCommand::Confirm { attendee, source, by, now } => match self {
                Self::Held { expires_at, .. } if *expires_at <= now => Err(AppointmentError::HoldExpired),
                _ => Ok(vec![AppointmentEvent::AppointmentBooked { slot: self.held()?.clone(), attendee, source, by }]),
            },
            AppointmentCommand::Release { by } => match self {
                Self::Released { .. } | Self::Lapsed { .. } => Ok(vec![]),
                _ => self.held().map(|_| vec![AppointmentEvent::HoldReleased { by }]),
            },
            AppointmentCommand::Lapse { now } => Ok(match self {
                Self::Held { expires_at, .. } if *expires_at <= now => vec![AppointmentEvent::HoldLapsed {}],
                _ => vec![],
            }),
            AppointmentCommand::Reschedule { to, reason, by, now } => {
                let from = &self.not_begun(now)?.slot;
                let same = from.time == to.time && from.resources == to.resources && from.service_id == to.service_id;
                Ok(if same {
                    vec![]
                } else {
                    vec![AppointmentEvent::AppointmentRescheduled { from: from.clone(), to, reason, by }]
                })
            }
            AppointmentCommand::Cancel { reason, by, now } => match self {
                Self::Cancelled(_) => Ok(vec![]),
                _ => self.not_begun(now).map(|_| vec![AppointmentEvent::AppointmentCancelled { reason, by }]),
            },
        }
    }

    fn must_be_new(&self) -> Result<(), AppointmentError> {
        if *self == Self::Unknown { Ok(()) } else { Err(AppointmentError::AlreadyBooked) }
    }

    fn not_begun(&self, now: DateTime<Utc>) -> Result<&Booking, AppointmentError> {
        let booking = self.booked()?;
        if booking.slot.time.start <= now { Err(AppointmentError::AlreadyBegun) } else { Ok(booking) }
    }

    pub fn evolve(&mut self, event: AppointmentEvent) {
        *self = match (std::mem::take(self), event) {
            (_, AppointmentEvent::AppointmentHeld { slot, expires_at, source, by: _ }) => Self::Held { slot, source, expires_at },
            (Self::Held { slot, source, expires_at: _ }, AppointmentEvent::HoldReleased { by: _ }) => {
                Self::Released { slot, source }
            }
            (Self::Held { slot, source, expires_at: _ }, AppointmentEvent::HoldLapsed {}) => Self::Lapsed { slot, source },
            (_, AppointmentEvent::AppointmentBooked { slot, attendee, source, by: _ }) => {
                Self::Booked(Booking { slot, attendee, source })
            }
            (Self::Booked(booking), AppointmentEvent::AppointmentRescheduled { from: _, to, reason: _, by: _ }) => {
                Self::Booked(Booking { slot: to, ..booking })
            }
            (Self::Booked(booking), AppointmentEvent::AppointmentCancelled { reason: _, by: _ }) => Self::Cancelled(booking),
            // Only what is held is released or lapses, and only what is booked is moved or cancelled.
            (
                state,
                AppointmentEvent::HoldReleased { .. }
                | AppointmentEvent::HoldLapsed {}
                | AppointmentEvent::AppointmentRescheduled { .. }
                | AppointmentEvent::AppointmentCancelled { .. },
            ) => state,
        };
    }
}

crate::aggregate!(Appointment, "appointment", AppointmentId, AppointmentCommand, AppointmentEvent, AppointmentError);
