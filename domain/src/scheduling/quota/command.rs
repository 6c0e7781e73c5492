use chrono::{DateTime, Utc};

use super::event::Share;
use crate::kernel::ids::AppointmentId;
use crate::scheduling::service::Limit;

#[derive(Debug, Clone, PartialEq)]
pub enum QuotaCommand {
    /// Takes a part if the limit leaves it.
    Take {
        appointment_id: AppointmentId,
        share: Share,
        limit: Limit,
        now: DateTime<Utc>,
    },
    Release {
        appointment_id: AppointmentId,
    },
}
