use chrono::{DateTime, Utc};

use crate::kernel::ids::AppointmentId;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoShowsCommand {
    Miss {
        appointment_id: AppointmentId,
        start: DateTime<Utc>,
    },
    /// The customer has come after all.
    Forgive {
        appointment_id: AppointmentId,
    },
}
