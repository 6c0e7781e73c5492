use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::conversations::correspondent::Correspondent;
use crate::conversations::outbound_message::DeliveryReport;
use crate::kernel::ids::{ChannelId, ConversationId, OutboundMessageId, ProviderMessageId};
use crate::kernel::personal::{Personal, SubjectId};
use crate::values::code::Code;
use crate::values::medium::Medium;
use crate::values::text::Name;

/// When something was said of a message, and what says so. Of two at one moment the greater name counts:
/// providers count in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Moment {
    pub at: DateTime<Utc>,
    pub message_id: ProviderMessageId,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reactor {
    Person,
    Business,
}

/// A button or a line of a list that was chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Choice {
    /// What we called it when we offered it.
    pub id: Personal<String>,
    pub title: Option<Personal<String>>,
}

/// A picture, a recording, a document that came with a message. It is still with the provider.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AnnouncedMedia {
    /// `image`, `audio`, `video`, `document`, `sticker`.
    pub kind: Code,
    pub mime_type: Option<Code>,
    /// By what the provider gives it out: an id or an address.
    pub reference: Personal<String>,
    pub sha256: Option<Code>,
    pub bytes: Option<u64>,
    pub file_name: Option<Personal<String>>,
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReceivedContent {
    /// The provider's name for this kind of message.
    pub kind: Code,
    /// The text, or what stands below a picture.
    pub text: Option<Personal<String>>,
    pub media: Vec<AnnouncedMedia>,
    pub choice: Option<Choice>,
    /// A place, a card, a form, an order: as the provider writes it.
    pub data: Option<Personal<Value>>,
}

impl ReceivedContent {
    pub fn of_text(text: impl Into<String>) -> Self {
        let text = Some(Personal::in_command(text.into()));
        Self { kind: Code::of("text"), text, media: vec![], choice: None, data: None }
    }

    /// The same, now known to be about this person.
    pub fn about(&self, subject: SubjectId) -> Self {
        let text = |text: &Option<Personal<String>>| text.as_ref().map(|text| text.about(subject));
        let media = |media: &AnnouncedMedia| AnnouncedMedia {
            reference: media.reference.about(subject),
            file_name: text(&media.file_name),
            ..media.clone()
        };
        let choice = |choice: &Choice| Choice { id: choice.id.about(subject), title: text(&choice.title) };
        Self {
            kind: self.kind.clone(),
            text: text(&self.text),
            media: self.media.iter().map(media).collect(),
            choice: self.choice.as_ref().map(choice),
            data: self.data.as_ref().map(|data| data.about(subject)),
        }
    }
}

/// A message as it came in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReceivedMessage {
    pub conversation_id: ConversationId,
    pub channel_id: ChannelId,
    pub medium: Medium,
    pub from: Personal<Correspondent>,
    /// What they call themselves there.
    pub profile_name: Option<Personal<Name>>,
    /// The provider's name of the message.
    pub name: Personal<String>,
    pub content: ReceivedContent,
    /// The message that it names as the one it answers.
    pub reply_to: Option<ProviderMessageId>,
    /// When it was written.
    pub at: DateTime<Utc>,
}

#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, strum::IntoStaticStr, strum::VariantNames,
)]
#[serde(tag = "type")]
pub enum ProviderMessageEvent {
    MessageReceived { message: ReceivedMessage },
    MessageIdentified { message_id: OutboundMessageId },
    ReceiptArrivedEarly { report: DeliveryReport },
    MessageEdited { content: ReceivedContent, moment: Moment },
    MessageRemoved { moment: Moment },
    ReactionChanged { by: Reactor, emoji: Option<Personal<String>>, moment: Moment },
}

crate::domain_event!(ProviderMessageEvent);
