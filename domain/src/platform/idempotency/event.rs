use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::kernel::personal::Personal;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    pub body: Personal<Value>,
}

#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, strum::IntoStaticStr, strum::VariantNames,
)]
#[serde(tag = "type")]
#[schemars(rename = "RequestEvent")]
pub enum IdempotentRequestEvent {
    /// `fingerprint` is a digest of what was asked, whatever the order of its keys.
    RequestAnswered { fingerprint: String, reply: Reply },
}

crate::domain_event!(IdempotentRequestEvent);
