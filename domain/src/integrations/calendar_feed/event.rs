use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kernel::ids::ResourceId;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FeedIssue {
    pub resource_id: ResourceId,
    /// Keyed hash of the secret in the address, in hexadecimal.
    pub secret_hash: String,
    /// Customers are named in it; otherwise it only says that a time is booked.
    pub names_customers: bool,
}

#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, strum::IntoStaticStr, strum::VariantNames,
)]
#[serde(tag = "type")]
pub enum CalendarFeedEvent {
    /// An address that was issued before leads nowhere from then on.
    CalendarFeedIssued {
        issue: FeedIssue,
    },
    CalendarFeedRevoked {},
}

crate::domain_event!(CalendarFeedEvent);
