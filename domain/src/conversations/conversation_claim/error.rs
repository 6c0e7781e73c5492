use crate::kernel::ids::ConversationId;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum ConversationClaimError {
    #[error("that address leads to another conversation, {conversation_id}")]
    Taken { conversation_id: ConversationId },
}

crate::refuses!(ConversationClaimError, "conversation-claim", { Self::Taken { .. } => Conflict });
