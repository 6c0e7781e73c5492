use super::event::KnownAs;
use crate::kernel::ids::{ChannelId, ConversationClaimId, ConversationId};
use crate::values::medium::Medium;

#[derive(Debug, Clone, PartialEq)]
pub enum ConversationCommand {
    Begin {
        channel_id: ChannelId,
        medium: Medium,
        known_as: Vec<KnownAs>,
    },
    /// Their address, too.
    Add {
        known_as: KnownAs,
    },
    /// The address is another person's now.
    PassOn {
        claim_id: ConversationClaimId,
        to: ConversationId,
    },
    OpenChapter {
        number: u32,
    },
    Join {
        into: ConversationId,
    },
}
