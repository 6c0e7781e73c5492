use serde::{Deserialize, Serialize};

use super::command::ConversationClaimCommand;
use super::error::ConversationClaimError;
use super::event::ConversationClaimEvent;
use crate::kernel::ids::{ConversationClaimId, ConversationId};

/// Where it leads, if anywhere.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationClaim {
    pub conversation_id: Option<ConversationId>,
}

impl ConversationClaim {
    pub fn decide(
        &self,
        command: ConversationClaimCommand,
    ) -> Result<Vec<ConversationClaimEvent>, ConversationClaimError> {
        match command {
            ConversationClaimCommand::Claim { conversation_id } => match self.conversation_id {
                Some(present) if present != conversation_id => {
                    Err(ConversationClaimError::Taken { conversation_id: present })
                }
                Some(_) => Ok(vec![]),
                None => Ok(vec![ConversationClaimEvent::ConversationClaimed { conversation_id }]),
            },
            ConversationClaimCommand::Move { from, to } if self.conversation_id == Some(from) => {
                Ok(vec![ConversationClaimEvent::ConversationClaimMoved { from, to }])
            }
            ConversationClaimCommand::Move { .. } => Ok(vec![]),
        }
    }

    pub fn evolve(&mut self, event: ConversationClaimEvent) {
        self.conversation_id = Some(match event {
            ConversationClaimEvent::ConversationClaimed { conversation_id } => conversation_id,
            ConversationClaimEvent::ConversationClaimMoved { from: _, to } => to,
        });
    }
}

crate::aggregate!(
    ConversationClaim,
    "conversation_claim",
    ConversationClaimId,
    ConversationClaimCommand,
    ConversationClaimEvent,
    ConversationClaimError
);
