use chrono::{DateTime, Utc};

use super::event::Entry;
use crate::kernel::ids::AppointmentId;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CustomerAgendaCommand {
    Enter { appointment_id: AppointmentId, entry: Entry, now: DateTime<Utc> },
    Strike { appointment_id: AppointmentId },
}
