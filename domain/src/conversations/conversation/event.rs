use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::conversations::correspondent::{Correspondent, CorrespondentKind};
use crate::kernel::ids::{ChannelId, ContactPointId, ConversationClaimId, ConversationId};
use crate::kernel::personal::Personal;
use crate::values::medium::Medium;

/// An address of the person on this channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KnownAs {
    pub claim_id: ConversationClaimId,
    pub kind: CorrespondentKind,
    /// Whose customer's it may be, and what they have agreed to. A visitor of the web chat has none.
    pub contact_point_id: Option<ContactPointId>,
    pub correspondent: Personal<Correspondent>,
}

#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, strum::IntoStaticStr, strum::VariantNames,
)]
#[serde(tag = "type")]
pub enum ConversationEvent {
    ConversationBegun { channel_id: ChannelId, medium: Medium, known_as: Vec<KnownAs> },
    CorrespondentAdded { known_as: KnownAs },
    CorrespondentPassedOn { claim_id: ConversationClaimId, to: ConversationId },
    ChapterOpened { number: u32 },
    ConversationJoined { into: ConversationId },
}

crate::domain_event!(ConversationEvent);
