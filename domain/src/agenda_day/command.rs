use chrono::{DateTime, Utc};

use super::event::Occupation;
use crate::shared::ids::AppointmentId;

#[derive(Debug, Clone, PartialEq)]
pub enum AgendaDayCommand {
    Hold { appointment_id: AppointmentId, occupation: Occupation, expires_at: DateTime<Utc>, now: DateTime<Utc> },
    Confirm { appointment_id: AppointmentId, now: DateTime<Utc> },
    Book { appointment_id: AppointmentId, occupation: Occupation, now: DateTime<Utc> },
    Free { appointment_id: AppointmentId },
    Lapse { appointment_id: AppointmentId, now: DateTime<Utc> },
}
