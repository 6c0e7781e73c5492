use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kernel::ids::ConversationId;

#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, strum::IntoStaticStr, strum::VariantNames,
)]
#[serde(tag = "type")]
pub enum ConversationClaimEvent {
    ConversationClaimed { conversation_id: ConversationId },
    ConversationClaimMoved { from: ConversationId, to: ConversationId },
}

crate::domain_event!(ConversationClaimEvent);
