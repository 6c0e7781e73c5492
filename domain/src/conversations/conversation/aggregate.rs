use serde::{Deserialize, Serialize};

use super::command::ConversationCommand;
use super::error::{ADDRESSES_MAX, ConversationError};
use super::event::{ConversationEvent, KnownAs};
use crate::conversations::correspondent::CorrespondentKind;
use crate::kernel::ids::{ChannelId, ConversationId};
use crate::values::medium::Medium;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum Conversation {
    #[default]
    Unknown,
    Open(Open),
    /// It stands for another one.
    Joined {
        into: ConversationId,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Open {
    pub channel_id: ChannelId,
    pub medium: Medium,
    /// In the order in which they came.
    pub known_as: Vec<KnownAs>,
    /// The number of the current chapter.
    pub chapter: u32,
}

impl Open {
    /// Where messages go: the kind that comes first, and of that the latest.
    pub fn addressee(&self) -> Option<&KnownAs> {
        self.known_as.iter().rev().min_by_key(|known| known.kind)
    }

    /// The accounts that it is known by. A number without one may be anybody's.
    pub fn accounts(&self) -> impl Iterator<Item = &KnownAs> {
        self.known_as.iter().filter(|known| known.kind == CorrespondentKind::WhatsappUser)
    }
}

impl Conversation {
    pub fn open(&self) -> Result<&Open, ConversationError> {
        match self {
            Self::Unknown => Err(ConversationError::NotFound),
            Self::Open(open) => Ok(open),
            Self::Joined { into } => Err(ConversationError::Joined { into: *into }),
        }
    }

    pub fn decide(&self, command: ConversationCommand) -> Result<Vec<ConversationEvent>, ConversationError> {
        match command {
            ConversationCommand::Begin { channel_id, medium, known_as } => match self {
                Self::Unknown => {
                    Ok(vec![ConversationEvent::ConversationBegun { channel_id, medium, known_as }])
                }
                Self::Open(_) | Self::Joined { .. } => Err(ConversationError::AlreadyBegun),
            },
            ConversationCommand::Add { known_as } => {
                let present = &self.open()?.known_as;
                if present.iter().any(|known| known.claim_id == known_as.claim_id) {
                    return Ok(vec![]);
                }
                if present.len() >= ADDRESSES_MAX {
                    return Err(ConversationError::TooManyAddresses);
                }
                Ok(vec![ConversationEvent::CorrespondentAdded { known_as }])
            }
            ConversationCommand::PassOn { claim_id, to } => {
                let is_known = self.open()?.known_as.iter().any(|known| known.claim_id == claim_id);
                let event = ConversationEvent::CorrespondentPassedOn { claim_id, to };
                Ok(if is_known { vec![event] } else { vec![] })
            }
            ConversationCommand::OpenChapter { number } => {
                let event = ConversationEvent::ChapterOpened { number };
                Ok(if number > self.open()?.chapter { vec![event] } else { vec![] })
            }
            ConversationCommand::Join { into } => {
                self.open()?;
                Ok(vec![ConversationEvent::ConversationJoined { into }])
            }
        }
    }

    pub fn evolve(&mut self, event: ConversationEvent) {
        match (&mut *self, event) {
            (_, ConversationEvent::ConversationBegun { channel_id, medium, known_as }) => {
                *self = Self::Open(Open { channel_id, medium, known_as, chapter: 1 });
            }
            (Self::Open(open), ConversationEvent::CorrespondentAdded { known_as }) => {
                open.known_as.push(known_as);
            }
            (Self::Open(open), ConversationEvent::CorrespondentPassedOn { claim_id, to: _ }) => {
                open.known_as.retain(|known| known.claim_id != claim_id);
            }
            (Self::Open(open), ConversationEvent::ChapterOpened { number }) => open.chapter = number,
            (_, ConversationEvent::ConversationJoined { into }) => *self = Self::Joined { into },
            (
                Self::Unknown | Self::Joined { .. },
                ConversationEvent::CorrespondentAdded { .. }
                | ConversationEvent::CorrespondentPassedOn { .. }
                | ConversationEvent::ChapterOpened { .. },
            ) => {}
        }
    }
}

crate::aggregate!(
    Conversation,
    "conversation",
    ConversationId,
    ConversationCommand,
    ConversationEvent,
    ConversationError
);
