use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kernel::ids::BusinessId;
use crate::values::text::Name;

/// What a key may do.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Scope {
    /// Everything, in every business.
    Operator,
    /// Everything within one business.
    TenantAdmin,
    /// Reading within one business.
    TenantRead,
    /// Reading and the history of everything within one business.
    Auditor,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Issue {
    /// The business that it is for; none for an operator's.
    pub business_id: Option<BusinessId>,
    pub scope: Scope,
    pub name: Name,
    /// Keyed hash of the secret, in hexadecimal.
    pub secret_hash: String,
    pub expires_at: Option<DateTime<Utc>>,
}

#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, strum::IntoStaticStr, strum::VariantNames,
)]
#[serde(tag = "type")]
pub enum ApiKeyEvent {
    ApiKeyIssued { issue: Issue },
    ApiKeyRevoked {},
}

crate::domain_event!(ApiKeyEvent);
