use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kernel::ids::AppointmentId;

/// What one appointment takes of a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Share {
    pub minutes: u32,
    /// Of a hold: until then.
    pub held_until: Option<DateTime<Utc>>,
}

#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, strum::IntoStaticStr, strum::VariantNames,
)]
#[serde(tag = "type")]
pub enum QuotaEvent {
    QuotaTaken {
        appointment_id: AppointmentId,
        share: Share,
    },
    /// Cancelled, moved elsewhere, or a hold that ran out.
    QuotaReleased {
        appointment_id: AppointmentId,
    },
}

crate::domain_event!(QuotaEvent);
