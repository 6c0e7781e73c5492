//! Taking in what people write, and what they do to what was written.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::consents::stop_or_start;
use super::correspondence::{current, open};
use crate::conversations::chapter::{Chapter, ChapterCommand, Charge};
use crate::conversations::correspondent::Correspondent;
use crate::conversations::outbound_message::{OutboundMessage, Topic};
use crate::conversations::provider_message::{
    Moment, ProviderMessage, ProviderMessageCommand, Reactor, ReceivedContent, ReceivedMessage,
};
use crate::kernel::ids::{ChannelId, ConversationId, OutboundMessageId, ProviderMessageId};
use crate::kernel::personal::{Personal, SubjectId};
use crate::kernel::work::{Command, Failure, Work};
use crate::languages::{self, Keyword};
use crate::people::consent::ConsentSource;
use crate::values::medium::Medium;
use crate::values::text::Name;

/// The stream of a message by its provider's name.
pub(crate) fn by_name(work: &impl Work, channel_id: ChannelId, name: &str) -> ProviderMessageId {
    ProviderMessageId::of(work.tenant(), channel_id, work.hash("provider_message", name.as_bytes()))
}

/// Takes a message in, into the conversation of whoever wrote it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ReceiveMessage {
    pub channel_id: ChannelId,
    pub medium: Medium,
    /// Their addresses, for which the provider vouches, the strongest first: an account before its number.
    pub from: Vec<Personal<Correspondent>>,
    pub profile_name: Option<Personal<Name>>,
    /// The provider's name of the message.
    pub name: Personal<String>,
    pub content: ReceivedContent,
    /// The provider's name of the message that it answers.
    pub reply_to: Option<Personal<String>>,
    /// When it was written, by the provider's clock.
    pub at: DateTime<Utc>,
    /// What the provider itself takes it for. It has acted on it.
    pub keyword: Option<Keyword>,
    /// Who answers, if the conversation begins with it.
    pub in_charge: Charge,
}

/// A message that was taken in, now or before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TakenIn {
    pub conversation_id: ConversationId,
    pub message_id: ProviderMessageId,
    pub is_new: bool,
}

impl Command for ReceiveMessage {
    const NAME: &'static str = "ReceiveMessage";
    /// `None` if all that it names is erased.
    type Output = Option<TakenIn>;

    async fn decide<W: Work>(&self, work: &W) -> Result<Option<TakenIn>, Failure> {
        let (Some(name), Some(sender)) = (self.name.known(), self.from.iter().find_map(Personal::known))
        else {
            return Ok(None);
        };
        let message_id = by_name(work, self.channel_id, name);
        if let Some(conversation_id) = work.load::<ProviderMessage>(message_id).await?.state.received_in {
            return Ok(Some(TakenIn { conversation_id, message_id, is_new: false }));
        }
        let opened = open(work, self.channel_id, self.medium, &self.from, &self.in_charge).await?;
        let here = current(work, opened).await?;
        let subject = SubjectId::of(here.id);
        let now = work.now();
        // A clock that runs ahead would keep the window open.
        let at = self.at.min(now);
        let text = self.content.text.as_ref().and_then(Personal::known);
        let keyword = self.keyword.or_else(|| text.and_then(|text| languages::keyword(self.medium, text)));
        if let Some(granted) = keyword.and_then(Keyword::starts) {
            let who = self.from.iter().filter_map(Personal::known);
            let source = ConsentSource::Message { message_id };
            let wording = text.map(String::as_str);
            stop_or_start(work, who, self.medium, granted, at, source, wording).await?;
        }
        let reply_to = self.reply_to.as_ref().and_then(Personal::known);
        let reply_to = reply_to.map(|name| by_name(work, self.channel_id, name));
        let answers = match reply_to {
            Some(reply_to) => ours(work, reply_to).await?,
            None => None,
        };
        let message = ReceivedMessage {
            conversation_id: here.id,
            channel_id: self.channel_id,
            medium: self.medium,
            from: Personal::new(subject, sender.clone()),
            profile_name: self.profile_name.as_ref().map(|name| name.about(subject)),
            name: self.name.about(subject),
            content: self.content.about(subject),
            reply_to,
            at,
        };
        work.execute::<ProviderMessage>(message_id, ProviderMessageCommand::Receive { message }).await?;
        let receive = ChapterCommand::Receive { message_id, at, now, answers, keyword };
        work.execute::<Chapter>(here.chapter_id, receive).await?;
        Ok(Some(TakenIn { conversation_id: here.id, message_id, is_new: true }))
    }
}

/// Which of ours a message is, and what that is about.
async fn ours(
    work: &impl Work,
    id: ProviderMessageId,
) -> Result<Option<(OutboundMessageId, Option<Topic>)>, Failure> {
    let Some(ours) = work.load::<ProviderMessage>(id).await?.state.sent_as else { return Ok(None) };
    let message = work.load::<OutboundMessage>(ours).await?.state;
    Ok(Some((ours, message.request().map_err(Failure::refused)?.topic)))
}

/// What is done to a message that was written.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Amendment {
    Edited {
        content: ReceivedContent,
    },
    Removed,
    /// `None`: the reaction is taken back.
    Reacted {
        emoji: Option<Personal<String>>,
    },
}

/// Records an edit, a removal or a reaction of the person. The message may still be to come.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AmendMessage {
    pub channel_id: ChannelId,
    pub medium: Medium,
    pub from: Vec<Personal<Correspondent>>,
    /// The provider's name of the message that it is about, and of the news itself.
    pub of: Personal<String>,
    pub name: Personal<String>,
    pub amendment: Amendment,
    pub at: DateTime<Utc>,
    pub in_charge: Charge,
}

impl Command for AmendMessage {
    const NAME: &'static str = "AmendMessage";
    type Output = ();

    async fn decide<W: Work>(&self, work: &W) -> Result<(), Failure> {
        let (Some(of), Some(name)) = (self.of.known(), self.name.known()) else { return Ok(()) };
        let id = open(work, self.channel_id, self.medium, &self.from, &self.in_charge).await?;
        let subject = SubjectId::of(id);
        let message_id = by_name(work, self.channel_id, name);
        let moment = Moment { at: self.at.min(work.now()), message_id };
        let command = match &self.amendment {
            Amendment::Edited { content } => {
                ProviderMessageCommand::Edit { content: content.about(subject), moment }
            }
            Amendment::Removed => ProviderMessageCommand::Remove { moment },
            Amendment::Reacted { emoji } => {
                let emoji = emoji.as_ref().map(|emoji| emoji.about(subject));
                ProviderMessageCommand::React { by: Reactor::Person, emoji, moment }
            }
        };
        work.execute::<ProviderMessage>(by_name(work, self.channel_id, of), command).await.map(drop)
    }
}
