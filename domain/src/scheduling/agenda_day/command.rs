use chrono::{DateTime, Utc};

use super::event::Occupation;
use crate::kernel::ids::AppointmentId;

/// How much room the rules of a booking give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// How many appointments the resource takes at a time.
    pub appointments: u32,
    /// Seats of the class, if it is one.
    pub seats: u32,
}

#[derive(Debug, Clone, PartialEq)]
pub enum AgendaDayCommand {
    Hold {
        appointment_id: AppointmentId,
        occupation: Occupation,
        room: Room,
        expires_at: DateTime<Utc>,
        now: DateTime<Utc>,
    },
    Confirm {
        appointment_id: AppointmentId,
        now: DateTime<Utc>,
    },
    Book {
        appointment_id: AppointmentId,
        occupation: Occupation,
        room: Room,
        now: DateTime<Utc>,
    },
    Free {
        appointment_id: AppointmentId,
    },
    Lapse {
        appointment_id: AppointmentId,
        now: DateTime<Utc>,
    },
}
