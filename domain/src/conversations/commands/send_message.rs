//! Sending a message: what is checked before it waits to be sent, and again before it goes out.

use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::consents::must_be_wanted;
use super::correspondence::{current, open};
use crate::conversations::chapter::{Chapter, ChapterCommand, Charge, Question};
use crate::conversations::correspondent::Correspondent;
use crate::conversations::outbound_message::{
    OutboundContent, OutboundMessage, OutboundMessageCommand, OutboundMessageError, OutboundRequest,
    SuppressionReason, Topic,
};
use crate::kernel::ids::{ChannelId, ConversationId, OutboundMessageId, ProviderMessageId};
use crate::kernel::metadata::ActorKind;
use crate::kernel::personal::{Personal, SubjectId};
use crate::kernel::refusal::Refusal;
use crate::kernel::work::{Command, Failure, Work};
use crate::people::consent::{ConsentError, Purpose};
use crate::values::medium::Medium;

/// For so long after somebody has written on WhatsApp they can be sent any text (error 131047).
const WINDOW_HOURS: i64 = 24;

/// To whom a message goes.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Destination {
    Conversation {
        conversation_id: ConversationId,
    },
    /// Somebody who may not have written yet.
    Correspondent {
        channel_id: ChannelId,
        medium: Medium,
        to: Personal<Correspondent>,
        in_charge: Charge,
    },
}

/// Sends a message. What people and assistants may not send is refused. What follows from a policy and may
/// not be sent is suppressed, and the reason recorded.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SendMessage {
    /// That of the job that is there to send it. Without it, it gets a new one.
    pub message_id: Option<OutboundMessageId>,
    pub to: Destination,
    pub purpose: Purpose,
    pub content: OutboundContent,
    pub topic: Option<Topic>,
    /// Until when an answer to it is one, if it asks something about its topic.
    pub asks_until: Option<DateTime<Utc>>,
    pub reply_to: Option<ProviderMessageId>,
}

/// A message that waits to be sent, or does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SentMessage {
    pub id: OutboundMessageId,
    pub conversation_id: ConversationId,
    pub suppressed: Option<SuppressionReason>,
}

/// Whether a message may go out now.
pub(crate) enum Allowed {
    Yes,
    No(SuppressionReason, Refusal),
}

pub(crate) async fn allowed(work: &impl Work, request: &OutboundRequest) -> Result<Allowed, Failure> {
    let here = current(work, request.conversation_id).await?;
    let wrote_at = here.situation.wrote_at;
    if let Err(unwanted) = must_be_wanted(work, &here.open, request.purpose, wrote_at).await? {
        let reason = match unwanted {
            ConsentError::OptedOut { .. } => SuppressionReason::OptedOut,
            ConsentError::NotAgreed { .. } | ConsentError::NoPurpose | ConsentError::NotYet => {
                SuppressionReason::NotAgreed
            }
        };
        return Ok(Allowed::No(reason, unwanted.into()));
    }
    let is_open = wrote_at.is_some_and(|at| work.now() < at + TimeDelta::hours(WINDOW_HOURS));
    if here.open.medium == Medium::Whatsapp && !request.content.is_template() && !is_open {
        let refusal = OutboundMessageError::WindowClosed.into();
        return Ok(Allowed::No(SuppressionReason::WindowClosed, refusal));
    }
    Ok(Allowed::Yes)
}

impl Command for SendMessage {
    const NAME: &'static str = "SendMessage";
    type Output = SentMessage;

    async fn decide<W: Work>(&self, work: &W) -> Result<SentMessage, Failure> {
        let id = self.message_id.unwrap_or_else(|| work.new_id());
        let known = work.load::<OutboundMessage>(id).await?.state;
        if let Ok(request) = known.request() {
            let (conversation_id, suppressed) = (request.conversation_id, known.suppressed);
            return Ok(SentMessage { id, conversation_id, suppressed });
        }
        let conversation_id = match &self.to {
            Destination::Conversation { conversation_id } => *conversation_id,
            Destination::Correspondent { channel_id, medium, to, in_charge } => {
                open(work, *channel_id, *medium, std::slice::from_ref(to), in_charge).await?
            }
        };
        let here = current(work, conversation_id).await?;
        let subject = SubjectId::of(here.id);
        self.content.must_fit(here.open.medium).map_err(Failure::refused)?;
        let addressee = here.open.addressee().filter(|known| known.correspondent.known().is_some());
        let addressee = addressee.ok_or_else(|| Failure::refused(OutboundMessageError::NoAddress))?;
        let by = work.actor().clone();
        let request = OutboundRequest {
            conversation_id: here.id,
            channel_id: here.open.channel_id,
            medium: here.open.medium,
            to: addressee.correspondent.clone(),
            purpose: self.purpose,
            content: self.content.about(subject),
            topic: self.topic,
            reply_to: self.reply_to,
            by: by.clone(),
            at: work.now(),
        };
        let suppressed = match allowed(work, &request).await? {
            Allowed::Yes => None,
            Allowed::No(reason, _) if by.kind == ActorKind::System => Some(reason),
            Allowed::No(_, refusal) => return Err(Failure::Refused(refusal)),
        };
        work.about(subject);
        if let Some(reason) = suppressed {
            let suppress = OutboundMessageCommand::Suppress { request, reason };
            work.execute::<OutboundMessage>(id, suppress).await?;
        } else {
            work.execute::<OutboundMessage>(id, OutboundMessageCommand::Queue { request }).await?;
            let asks = self.topic.zip(self.asks_until);
            let question = asks.map(|(topic, open_until)| Question { message_id: id, topic, open_until });
            let queue = ChapterCommand::Queue { message_id: id, by, question };
            work.execute::<Chapter>(here.chapter_id, queue).await?;
        }
        Ok(SentMessage { id, conversation_id: here.id, suppressed })
    }
}
