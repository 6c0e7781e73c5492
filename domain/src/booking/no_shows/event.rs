use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kernel::ids::AppointmentId;

#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, strum::IntoStaticStr, strum::VariantNames,
)]
#[serde(tag = "type")]
#[schemars(rename = "AttendanceEvent")]
pub enum NoShowsEvent {
    AppointmentMissed { appointment_id: AppointmentId, start: DateTime<Utc> },
    MissForgiven { appointment_id: AppointmentId },
}

crate::domain_event!(NoShowsEvent);
