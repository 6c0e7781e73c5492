use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kernel::ids::{AppointmentId, ServiceId};
use crate::values::interval::Interval;

/// An appointment of the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Entry {
    pub service_id: ServiceId,
    pub time: Interval,
}

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
