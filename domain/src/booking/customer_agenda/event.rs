use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::aggregate::Entry;
use crate::kernel::ids::AppointmentId;

#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, strum::IntoStaticStr, strum::VariantNames,
)]
#[serde(tag = "type")]
pub enum CustomerAgendaEvent {
    /// Booked, or moved to another time.
    AppointmentEntered {
        appointment_id: AppointmentId,
        entry: Entry,
        /// When. Appointments that were over by then are forgotten.
        at: DateTime<Utc>,
    },
    /// It takes no time any more.
    AppointmentStruck { appointment_id: AppointmentId },
}

crate::domain_event!(CustomerAgendaEvent);
