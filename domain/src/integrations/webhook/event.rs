use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::kernel::ids::{CallId, ChannelId};

/// What is kept for good of a webhook. Its body is kept elsewhere, encrypted, until its retention ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Receipt {
    /// The name of the provider that sent it.
    pub provider: String,
    /// The provider's name for this kind of message.
    pub message_type: String,
    pub channel_id: ChannelId,
    pub call_id: Option<CallId>,
    /// SHA-256 of the body as it came, in hexadecimal.
    pub body_sha256: String,
    pub body_bytes: u64,
    /// Whose key the body is encrypted with.
    pub body_subject: Uuid,
}

#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, strum::IntoStaticStr, strum::VariantNames,
)]
#[serde(tag = "type")]
#[schemars(rename = "DeliveryEvent")]
pub enum WebhookEvent {
    WebhookReceived {
        receipt: Receipt,
    },
    DeliveryTranslated {},
    DeliveryIgnored {
        reason: String,
    },
    /// It cannot be translated as things are. `behind` names an earlier delivery of the same conversation
    /// that must go first.
    DeliveryParked {
        error: String,
        behind: Option<Uuid>,
    },
    DeliveryRetryRequested {},
    DeliverySkipped {
        reason: String,
    },
}

crate::domain_event!(WebhookEvent);
