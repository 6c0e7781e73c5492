use crate::kernel::ids::ConversationId;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConversationClaimCommand {
    Claim {
        conversation_id: ConversationId,
    },
    /// With a conversation that turns out to be another one's, or with a number that has a new owner.
    Move {
        from: ConversationId,
        to: ConversationId,
    },
}
