use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, strum::IntoStaticStr, strum::VariantNames,
)]
#[serde(tag = "type")]
pub enum WrongProofsEvent {
    WrongProofGiven { at: DateTime<Utc> },
}

crate::domain_event!(WrongProofsEvent);
