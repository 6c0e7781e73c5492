use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::shared::ids::ResourceId;
use crate::shared::text::{Name, Note};

/// A service as it is offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ServiceDetails {
    pub name: Name,
    pub description: Option<Note>,
    pub duration_minutes: u32,
    /// Time kept free before and after each appointment.
    pub buffer_before_minutes: u32,
    pub buffer_after_minutes: u32,
    /// How long before its start it can be booked at the latest.
    pub minimum_notice_minutes: u32,
    /// How far ahead it can be booked.
    pub horizon_days: u32,
    /// Appointments start at multiples of this, on the business's wall clock, from midnight.
    pub step_minutes: u32,
    /// What it takes, all of it.
    pub needs: Vec<Need>,
}

/// One of these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Need {
    pub any_of: Vec<ResourceId>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, strum::IntoStaticStr)]
#[serde(tag = "type")]
pub enum ServiceEvent {
    ServiceAdded { details: ServiceDetails },
    ServiceChanged { details: ServiceDetails },
    ServiceRetired {},
}

crate::domain_event!(ServiceEvent);
