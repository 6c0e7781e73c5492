use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kernel::metadata::Actor;
use crate::kernel::recorded::Position;

/// Which job it was, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Origin")]
pub struct JobOrigin {
    /// The policy that wanted it.
    pub policy: String,
    /// The name of the job.
    pub job: String,
    /// The event that it follows from, and its place among the jobs that follow from it.
    pub position: Position,
    pub number: u32,
}

#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, strum::IntoStaticStr, strum::VariantNames,
)]
#[serde(tag = "type")]
#[schemars(rename = "EffectEvent")]
pub enum JobOutcomeEvent {
    EffectApplied {
        origin: JobOrigin,
    },
    /// When the job came to it, what it was for had been settled in another way.
    EffectUnneeded {
        origin: JobOrigin,
    },
    /// A person decided that it should not be done any more.
    EffectDiscarded {
        origin: JobOrigin,
        reason: String,
        by: Actor,
    },
}

crate::domain_event!(JobOutcomeEvent);
