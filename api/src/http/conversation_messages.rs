//! `/api/v1/businesses/{business_id}/conversations/{conversation_id}/messages`: what was written, and what became
//! of it.

use chrono::{DateTime, Utc};
use frontdesk_application::app::App;
use frontdesk_domain::conversations::outbound_message::{
    DeliveryStatus, Failure, FailureKind, Life, Offered, OutboundContent, SuppressionReason, Topic,
};
use frontdesk_domain::conversations::provider_message::{AnnouncedMedia, Choice, Reactor, ReceivedContent};
use frontdesk_domain::kernel::ids::{AppointmentId, BusinessId, ConversationId, WaitlistEntryId};
use frontdesk_domain::kernel::personal::Personal;
use frontdesk_domain::people::consent::Purpose;
use frontdesk_domain::values::code::Code;
use frontdesk_projections::conversations::Conversations;
use frontdesk_projections::conversations::messages::{
    self, AnyMessageId, Message, MessageRow, Named, Outbound,
};
use poem_openapi::param::{Path, Query};
use poem_openapi::types::Any;
use poem_openapi::{Enum, Object, OpenApi};
use serde_json::Value;

use super::caller::Caller;
use super::conversations::present;
use super::field::{Field, same};
use super::problem::ReadProblem;
use super::read::{List, Read, page};
use super::reply::Reply;
use super::shown::Shown;
use super::tag::Tag;

/// Who has written a message.
///
/// * `in`: the person;
/// * `out`: the business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case", rename = "MessageDirection")]
pub enum DirectionDto {
    In,
    Out,
}

/// What a message of the business is for.
///
/// * `service`: answers, and what follows from an appointment;
/// * `reminders`: that an appointment is near;
/// * `marketing`: everything that they did not ask for;
/// * `recording`: that a call is recorded;
/// * `assistant`: that an assistant and no person writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case", rename = "Purpose")]
pub enum PurposeDto {
    Service,
    Reminders,
    Marketing,
    Recording,
    Assistant,
}

/// How far a message of the business has come.
///
/// * `queued`: it waits to be sent;
/// * `sending`: it is being handed to the provider;
/// * `outcome_unknown`: nobody knows whether the provider has it;
/// * `accepted`: the provider has it;
/// * `sent`: the provider has sent it;
/// * `failed`: it was not delivered;
/// * `delivered`: it was delivered;
/// * `read`: it was read;
/// * `played`: it was listened to;
/// * `suppressed`: it is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case", rename = "MessageDeliveryStatus")]
pub enum DeliveryStatusDto {
    Queued,
    Sending,
    OutcomeUnknown,
    Accepted,
    Sent,
    Failed,
    Delivered,
    Read,
    Played,
    Suppressed,
}

impl DeliveryStatusDto {
    fn of(life: Life, reported: Option<DeliveryStatus>) -> Self {
        match (life, reported) {
            (Life::Suppressed, _) => Self::Suppressed,
            (_, Some(DeliveryStatus::Sent)) => Self::Sent,
            (_, Some(DeliveryStatus::Failed)) | (Life::Failed, None) => Self::Failed,
            (_, Some(DeliveryStatus::Delivered)) => Self::Delivered,
            (_, Some(DeliveryStatus::Read)) => Self::Read,
            (_, Some(DeliveryStatus::Played)) => Self::Played,
            (Life::Unknown | Life::Queued, None) => Self::Queued,
            (Life::Sending, None) => Self::Sending,
            (Life::OutcomeUnknown, None) => Self::OutcomeUnknown,
            (Life::Accepted, None) => Self::Accepted,
        }
    }
}

/// What the provider's error means.
///
/// * `rate_limited`: it takes no more for now;
/// * `unauthorized`: it does not take our credentials;
/// * `not_found`: the addressee is not there;
/// * `rejected`: what is sent cannot be;
/// * `opted_out`: they want no messages;
/// * `window_closed`: they have not written for too long;
/// * `unavailable`: it does not answer;
/// * `expired`: it was not delivered in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case", rename = "MessageFailureKind")]
pub enum FailureKindDto {
    RateLimited,
    Unauthorized,
    NotFound,
    Rejected,
    OptedOut,
    WindowClosed,
    Unavailable,
    Expired,
}

/// Why a message is not sent.
///
/// * `opted_out`: they want no messages for this purpose;
/// * `not_agreed`: messages for this purpose need an agreement;
/// * `window_closed`: they have not written for 24 hours, and it is no template;
/// * `no_longer_needed`: what it was about has changed;
/// * `taken_back`: whoever wanted it took it back;
/// * `erased`: who it was for is erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case", rename = "SuppressionReason")]
pub enum SuppressionDto {
    OptedOut,
    NotAgreed,
    WindowClosed,
    NoLongerNeeded,
    TakenBack,
    Erased,
}

/// Who has reacted to a message.
///
/// * `person`: the person;
/// * `business`: the business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case", rename = "Reactor")]
pub enum ReactorDto {
    Person,
    Business,
}

same! {
    PurposeDto = Purpose { Service, Reminders, Marketing, Recording, Assistant }
    FailureKindDto = FailureKind {
        RateLimited, Unauthorized, NotFound, Rejected, OptedOut, WindowClosed, Unavailable, Expired
    }
    SuppressionDto = SuppressionReason {
        OptedOut, NotAgreed, WindowClosed, NoLongerNeeded, TakenBack, Erased
    }
    ReactorDto = Reactor { Person, Business }
}

/// A picture, a recording, a document that belongs to a message.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "MessageMedia", skip_serializing_if_is_none)]
pub struct MediaOut {
    /// What it is: image, audio, video, document or sticker.
    pub kind: String,
    /// Its media type, if the provider has told it.
    pub mime_type: Option<String>,
    /// How large it is, if the provider has told it.
    pub bytes: Option<u64>,
    /// What the file is called; not there once the person is erased.
    pub file_name: Option<String>,
    /// Where what the business sends is; not there once the person is erased.
    pub link: Option<String>,
}

/// An answer that a message offers, or the one that was chosen.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "MessageChoice", skip_serializing_if_is_none)]
pub struct ChoiceOut {
    /// What it is called between the business and the provider; not there once the person is erased.
    pub id: Option<String>,
    /// What the person sees; not there once they are erased.
    pub title: Option<String>,
    /// What stands below it.
    pub description: Option<String>,
}

/// A text that the platform has approved.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "MessageTemplate")]
pub struct TemplateOut {
    /// What the platform calls it.
    pub name: String,
    /// In which language.
    pub language: String,
    /// What stands in its gaps; empty texts once the person is erased.
    pub parameters: Vec<String>,
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "MessageContent", skip_serializing_if_is_none)]
pub struct ContentOut {
    /// Of what came in, the provider's name for this kind of message; else text, choices, template or media.
    pub kind: String,
    /// The text, or what stands below a picture; not there once the person is erased.
    pub text: Option<String>,
    /// What belongs to it. What came in is still with the provider.
    pub media: Vec<MediaOut>,
    /// What the person has chosen of what was offered.
    pub choice: Option<ChoiceOut>,
    /// What the business offers to choose from.
    pub choices: Vec<ChoiceOut>,
    /// What the business sends instead of a text of its own.
    pub template: Option<TemplateOut>,
    /// A place, a card, a form, an order: as the provider writes it.
    pub data: Option<Shown<Any<Value>>>,
}

fn said<T: Into<String>>(text: Option<Personal<T>>) -> Option<String> {
    text.and_then(Personal::into_known).map(Into::into)
}

impl ContentOut {
    fn empty(kind: &str) -> Self {
        let (media, choices) = (vec![], vec![]);
        Self { kind: kind.to_owned(), text: None, media, choice: None, choices, template: None, data: None }
    }

    fn received(content: ReceivedContent) -> Self {
        let media = |media: AnnouncedMedia| MediaOut {
            kind: media.kind.into(),
            mime_type: media.mime_type.map(Code::into),
            bytes: media.bytes,
            file_name: said(media.file_name),
            link: None,
        };
        let choice = |choice: Choice| ChoiceOut {
            id: choice.id.into_known(),
            title: said(choice.title),
            description: None,
        };
        Self {
            text: said(content.text),
            media: content.media.into_iter().map(media).collect(),
            choice: content.choice.map(choice),
            data: content.data.and_then(Personal::into_known).map(Shown::of),
            ..Self::empty(content.kind.as_str())
        }
    }

    fn sent(content: OutboundContent) -> Self {
        let choice = |option: Offered| ChoiceOut {
            id: Some(option.id.into()),
            title: said(Some(option.title)),
            description: said(option.description),
        };
        match content {
            OutboundContent::Text { text } => Self { text: said(Some(text)), ..Self::empty("text") },
            OutboundContent::Choices { text, options } => {
                let choices = options.into_iter().map(choice).collect();
                Self { text: said(Some(text)), choices, ..Self::empty("choices") }
            }
            OutboundContent::Template { name, language, parameters } => {
                let parameters = parameters.into_iter().map(|text| text.into_known().unwrap_or_default());
                let parameters = parameters.collect();
                let template = TemplateOut { name: name.into(), language: language.into(), parameters };
                Self { template: Some(template), ..Self::empty("template") }
            }
            OutboundContent::Media { media, link, caption } => {
                let (mime_type, bytes, file_name, link) = (None, None, None, link.into_known());
                let kind = <&'static str>::from(media).to_owned();
                let media = vec![MediaOut { kind, mime_type, bytes, file_name, link }];
                Self { text: said(caption), media, ..Self::empty("media") }
            }
        }
    }
}

/// A reaction to a message.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "MessageReaction", skip_serializing_if_is_none)]
pub struct ReactionOut {
    pub by: ReactorDto,
    /// The emoji; not there once the person is erased.
    pub emoji: Option<String>,
    /// When they reacted.
    pub at: DateTime<Utc>,
}

fn reactions(named: &Named) -> Vec<ReactionOut> {
    let shown = named.reactions.iter().filter_map(|(by, reaction)| {
        let emoji = reaction.emoji.as_ref()?.known().cloned();
        Some(ReactionOut { by: (*by).into(), emoji, at: reaction.at })
    });
    shown.collect()
}

/// Why the provider has not delivered a message.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "MessageFailure", skip_serializing_if_is_none)]
pub struct FailureOut {
    pub kind: FailureKindDto,
    /// The provider's own code.
    pub code: Option<String>,
}

impl FailureOut {
    fn of(failure: Failure) -> Self {
        Self { kind: failure.kind.into(), code: failure.code.map(Code::into) }
    }
}

/// What became of a message of the business.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "MessageDelivery", skip_serializing_if_is_none)]
pub struct DeliveryOut {
    pub status: DeliveryStatusDto,
    /// Why it has failed, or why it waits to be sent again.
    pub failure: Option<FailureOut>,
    /// Why it is not sent.
    pub suppressed: Option<SuppressionDto>,
}

impl DeliveryOut {
    fn of(outbound: &Outbound) -> Self {
        let status = DeliveryStatusDto::of(outbound.message.life, outbound.message.delivery());
        let is_off = matches!(
            status,
            DeliveryStatusDto::Queued | DeliveryStatusDto::Sending | DeliveryStatusDto::Failed
        );
        let failure = outbound.failure.clone().filter(|_| is_off).map(FailureOut::of);
        let suppressed = outbound.message.suppressed.map(SuppressionDto::from);
        Self { status, failure, suppressed }
    }
}

/// A message of a conversation.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "ConversationMessage", skip_serializing_if_is_none)]
pub struct MessageOut {
    /// Its id: it begins with pms_ if the person has written it, and with out_ if the business has.
    pub id: String,
    /// In which conversation it was written: this one, or one that was joined into it.
    pub conversation_id: Field<ConversationId>,
    pub direction: DirectionDto,
    /// When it was written. What came in is dated by the provider, in seconds.
    pub at: DateTime<Utc>,
    /// What it says, as it was last edited; not there once it is removed.
    pub content: Option<ContentOut>,
    /// The id of the message that it answers.
    pub reply_to: Option<String>,
    /// When it was last edited, if it was.
    pub edited_at: Option<DateTime<Utc>>,
    /// When it was removed, if it was.
    pub removed_at: Option<DateTime<Utc>>,
    /// Those that stand.
    pub reactions: Vec<ReactionOut>,
    /// Of a message of the business: what it is for.
    pub purpose: Option<PurposeDto>,
    /// Of a message of the business: the appointment that it is about.
    pub appointment_id: Option<Field<AppointmentId>>,
    /// Of a message of the business: the entry of the waitlist to which it offers a time.
    pub entry_id: Option<Field<WaitlistEntryId>>,
    /// Of a message of the business: on whose behalf it was written: operator, staff, assistant or system.
    pub actor_kind: Option<String>,
    /// Of a message of the business: who wrote it, as the id of an API key, a call or a process.
    pub actor_id: Option<String>,
    /// Of a message of the business: what became of it.
    pub delivery: Option<DeliveryOut>,
}

fn id(id: AnyMessageId) -> String {
    match id {
        AnyMessageId::Theirs(id) => id.to_string(),
        AnyMessageId::Ours(id) => id.to_string(),
    }
}

impl MessageOut {
    fn of(row: MessageRow) -> Option<Self> {
        let MessageRow { id: message_id, conversation_id, at, reply_to, message, named } = row;
        let reactions = reactions(&named);
        let Named { received: _, edited, removed_at, reactions: _ } = named;
        let edited_at = edited.as_ref().map(|edited| edited.at);
        let edited = edited.map(|edited| ContentOut::received(edited.content));
        let message_out = |direction, content| Self {
            id: id(message_id),
            conversation_id: Field(conversation_id),
            direction,
            at,
            content: Some(edited.unwrap_or(content)).filter(|_| removed_at.is_none()),
            reply_to: reply_to.map(id),
            edited_at,
            removed_at,
            reactions,
            purpose: None,
            appointment_id: None,
            entry_id: None,
            actor_kind: None,
            actor_id: None,
            delivery: None,
        };
        let outbound = match message {
            Message::Theirs(received) => {
                return Some(message_out(DirectionDto::In, ContentOut::received(received.content)));
            }
            Message::Ours(outbound) => outbound,
        };
        let delivery = Some(DeliveryOut::of(&outbound));
        let request = outbound.message.request().ok()?.clone();
        let (appointment_id, entry_id) = match request.topic {
            Some(Topic::Appointment { appointment_id }) => (Some(Field(appointment_id)), None),
            Some(Topic::Offer { entry_id }) => (None, Some(Field(entry_id))),
            None => (None, None),
        };
        Some(Self {
            purpose: Some(request.purpose.into()),
            appointment_id,
            entry_id,
            actor_kind: Some(<&'static str>::from(request.by.kind).to_owned()),
            actor_id: Some(request.by.id),
            delivery,
            ..message_out(DirectionDto::Out, ContentOut::sent(request.content))
        })
    }
}

page!(ConversationMessagePage of MessageOut);

pub struct ConversationMessagesApi(pub App);

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Conversations")]
impl ConversationMessagesApi {
    /// List the messages of a conversation
    ///
    /// The newest first, in and out; those of conversations that were joined into this one are among them.
    #[oai(
        path = "/businesses/:business_id/conversations/:conversation_id/messages",
        method = "get",
        operation_id = "list_conversation_messages"
    )]
    async fn list(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        conversation_id: Path<Field<ConversationId>>,
        cursor: Query<Option<String>>,
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))] limit: Query<Option<u16>>,
        min_position: Query<Option<String>>,
    ) -> Result<Reply<ConversationMessagePage>, ReadProblem> {
        let tenant = caller.may_read(business_id.0.0)?;
        let id = present(&self.0, tenant, conversation_id.0.0, &min_position).await?.id;
        let list = List::of("conversation-messages", tenant, &cursor, *limit);
        let read = Read::of(&self.0, &Conversations).at(&min_position);
        let page = read.page(list, |page| messages::list(&self.0.pool, tenant, id, page)).await?;
        Ok(page.filter_map(MessageOut::of).into())
    }
}
