//! `/api/v1/businesses/{business_id}/conversations`: how the business's conversations stand, and who answers.

use chrono::{DateTime, Utc};
use frontdesk_application::app::App;
use frontdesk_domain::conversations::chapter::{
    Charge, ChargeKind, HandoverReason, Label, Situation, Status, StatusKind,
};
use frontdesk_domain::conversations::commands::charge::{ChargeConversation, Charged, Charging};
use frontdesk_domain::conversations::conversation::KnownAs;
use frontdesk_domain::conversations::correspondent::{Correspondent, CorrespondentKind};
use frontdesk_domain::kernel::ids::{BusinessId, ChannelId, ConversationId};
use frontdesk_domain::kernel::personal::Personal;
use frontdesk_domain::values::medium::Medium;
use frontdesk_domain::values::text::Note;
use frontdesk_projections::conversations::{self, ConversationRow, Conversations, Filter};
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Enum, Object, OpenApi};

use super::caller::Caller;
use super::fault::Fault;
use super::field::{Field, same};
use super::problem::{Problem, ReadProblem};
use super::read::{List, Read, page};
use super::reply::{Out, Reply};
use super::tag::Tag;
use super::write::{Write, seen_version};

/// By what a business and a person reach each other.
///
/// * `sms`: text messages of the telephone network;
/// * `whatsapp`: WhatsApp;
/// * `web_chat`: the chat on the business's own pages;
/// * `email`: email;
/// * `voice`: calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case", rename = "Medium")]
pub enum MediumDto {
    Sms,
    Whatsapp,
    WebChat,
    Email,
    Voice,
}

/// How far a conversation is.
///
/// * `open`: somebody is to look after it;
/// * `snoozed`: put aside until a moment, or until they write again;
/// * `resolved`: done with, until they write again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case", rename = "ConversationStatus")]
pub enum StatusDto {
    Open,
    Snoozed,
    Resolved,
}

/// Who answers.
///
/// * `assistant`: the AI assistant;
/// * `anybody`: whoever of the business has time;
/// * `team`: a team of the business;
/// * `person`: somebody of the business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case", rename = "InChargeKind")]
pub enum ChargeKindDto {
    Assistant,
    Anybody,
    Team,
    Person,
}

/// Why a conversation is handed over.
///
/// * `asked`: they want a person;
/// * `not_understood`: they were not understood;
/// * `upset`: they are upset;
/// * `sensitive`: it is not for a machine, as a complaint, health or money;
/// * `limit_reached`: the assistant has used up what it may;
/// * `assistant_unavailable`: the assistant cannot answer now;
/// * `lead`: somebody who is likely to buy;
/// * `other`: something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case", rename = "HandoverReason")]
pub enum ReasonDto {
    Asked,
    NotUnderstood,
    Upset,
    Sensitive,
    LimitReached,
    AssistantUnavailable,
    Lead,
    Other,
}

/// By what somebody is known on a channel.
///
/// * `phone`: a phone number;
/// * `whatsapp_number`: a wa_id of WhatsApp, which is a number and may get a new owner;
/// * `whatsapp_user`: a business-scoped user id of WhatsApp, which is an account;
/// * `email`: an email address;
/// * `visitor`: a visitor of the web chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case", rename = "CorrespondentKind")]
pub enum CorrespondentKindDto {
    Phone,
    WhatsappNumber,
    WhatsappUser,
    Email,
    Visitor,
}

same! {
    MediumDto = Medium { Sms, Whatsapp, WebChat, Email, Voice }
    StatusDto = StatusKind { Open, Snoozed, Resolved }
    ChargeKindDto = ChargeKind { Assistant, Anybody, Team, Person }
    ReasonDto = HandoverReason {
        Asked, NotUnderstood, Upset, Sensitive, LimitReached, AssistantUnavailable, Lead, Other
    }
    CorrespondentKindDto = CorrespondentKind { Phone, WhatsappNumber, WhatsappUser, Email, Visitor }
}

/// Who answers.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "InCharge", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct ChargeDto {
    /// Who it is.
    pub kind: ChargeKindDto,
    /// What the business calls the team or the person; of nobody else.
    pub name: Option<Field<Label>>,
}

impl ChargeDto {
    fn of(charge: Charge) -> Self {
        let kind = ChargeKind::from(&charge).into();
        let name = match charge {
            Charge::Team { name } | Charge::Person { handle: name } => Some(Field(name)),
            Charge::Assistant | Charge::Anybody => None,
        };
        Self { kind, name }
    }

    fn read(self) -> Result<Charge, Problem> {
        let name = self.name.map(|name| name.0);
        Ok(match (self.kind, name) {
            (ChargeKindDto::Assistant, None) => Charge::Assistant,
            (ChargeKindDto::Anybody, None) => Charge::Anybody,
            (ChargeKindDto::Team, Some(name)) => Charge::Team { name },
            (ChargeKindDto::Person, Some(handle)) => Charge::Person { handle },
            (ChargeKindDto::Assistant | ChargeKindDto::Anybody, Some(_)) => {
                let detail = "only a team or a person has a name; leave it out";
                return Err(Problem::invalid(Fault::body("/to/name", detail)));
            }
            (ChargeKindDto::Team | ChargeKindDto::Person, None) => {
                let detail = "is missing; give the name of the team or person";
                return Err(Problem::invalid(Fault::body("/to/name", detail)));
            }
        })
    }
}

/// Puts somebody in charge.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "AssignConversation", deny_unknown_fields)]
pub struct AssignIn {
    pub to: ChargeDto,
}

/// Hands a conversation over.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "HandOverConversation", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct HandOverIn {
    pub to: ChargeDto,
    pub reason: ReasonDto,
    /// What whoever takes over should know. Kept encrypted.
    pub brief: Option<Field<Note>>,
}

/// Puts a conversation aside.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "SnoozeConversation", deny_unknown_fields)]
pub struct SnoozeIn {
    /// A moment that is still to come, within 366 days.
    pub until: Field<DateTime<Utc>>,
}

/// Something that a conversation is to be found by.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "NewLabel", deny_unknown_fields)]
pub struct LabelIn {
    /// What the business calls a kind of conversation. Nothing about a person: it is not encrypted.
    pub label: Field<Label>,
}

/// How a conversation stands.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "ConversationSituation", skip_serializing_if_is_none)]
pub struct SituationOut {
    pub status: StatusDto,
    /// Until when it is put aside, if it is.
    pub snoozed_until: Option<DateTime<Utc>>,
    pub in_charge: ChargeDto,
    /// What the business has labelled it with, in the order of the alphabet.
    pub labels: Vec<Field<Label>>,
    /// When they last wrote.
    pub wrote_at: Option<DateTime<Utc>>,
    /// How many messages of theirs nobody has answered.
    pub unanswered: u32,
    /// Since when the first of those waits.
    pub unanswered_since: Option<DateTime<Utc>>,
}

impl SituationOut {
    fn of(situation: Situation) -> Self {
        let snoozed_until = match situation.status {
            Status::Snoozed { until } => Some(until),
            Status::Open | Status::Resolved => None,
        };
        Self {
            status: StatusKind::from(situation.status).into(),
            snoozed_until,
            in_charge: ChargeDto::of(situation.in_charge),
            labels: situation.labels.into_iter().map(Field).collect(),
            wrote_at: situation.wrote_at,
            unanswered: situation.turn.as_ref().map_or(0, |turn| turn.messages),
            unanswered_since: situation.turn.map(|turn| turn.began_at),
        }
    }
}

/// By what the person is known on the channel.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "Correspondent", skip_serializing_if_is_none)]
pub struct CorrespondentOut {
    pub kind: CorrespondentKindDto,
    /// The address, or the id of the visitor; not there once they are erased.
    pub address: Option<String>,
}

impl CorrespondentOut {
    fn of(known_as: KnownAs) -> Self {
        let address = known_as.correspondent.into_known().map(|correspondent| match correspondent {
            Correspondent::Address(address) => address.as_str().to_owned(),
            Correspondent::Visitor(id) => id.to_string(),
        });
        Self { kind: known_as.kind.into(), address }
    }
}

/// What a business and a person write to each other on a channel.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "Conversation", skip_serializing_if_is_none)]
pub struct ConversationOut {
    /// If the conversation that was asked for was joined into another one, that one's.
    pub id: Field<ConversationId>,
    /// How often something was written or decided in it. The ETag is made of it.
    pub version: i64,
    pub channel_id: Field<ChannelId>,
    pub medium: MediumDto,
    /// By what the person is known there, in the order in which it was learnt.
    pub known_as: Vec<CorrespondentOut>,
    /// What the person calls themselves there; not there once they are erased.
    pub profile_name: Option<String>,
    /// When the last message was written, whoever wrote it.
    pub last_message_at: Option<DateTime<Utc>>,
    pub situation: SituationOut,
}

impl Out for ConversationOut {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
}

impl ConversationOut {
    fn of_row(row: ConversationRow) -> Self {
        Self {
            id: Field(row.id),
            version: row.version,
            channel_id: Field(row.open.channel_id),
            medium: row.open.medium.into(),
            known_as: row.open.known_as.into_iter().map(CorrespondentOut::of).collect(),
            profile_name: row.profile_name.and_then(Personal::into_known).map(String::from),
            last_message_at: row.last_message_at,
            situation: SituationOut::of(row.situation),
        }
    }
}

/// How a conversation stands after a change.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "ChangedConversation", skip_serializing_if_is_none)]
pub struct ChangedOut {
    /// If the conversation that was named was joined into another one, that one's.
    pub id: Field<ConversationId>,
    /// How often something was written or decided in it. The ETag is made of it.
    pub version: i64,
    pub situation: SituationOut,
}

impl Out for ChangedOut {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
}

impl ChangedOut {
    fn of(charged: Charged) -> Self {
        let Charged { id, version, situation } = charged;
        Self { id: Field(id), version, situation: SituationOut::of(situation) }
    }
}

page!(ConversationPage of ConversationOut);

/// A conversation, or the one that stands for it, as of a position.
pub(super) async fn present(
    app: &App,
    tenant: BusinessId,
    id: ConversationId,
    min_position: &Option<String>,
) -> Result<ConversationRow, ReadProblem> {
    let read = Read::of(app, &Conversations).at(min_position);
    read.one("there is no such conversation", || conversations::find(&app.pool, tenant, id)).await
}

pub struct ConversationsApi(pub App);

impl ConversationsApi {
    async fn change(
        &self,
        caller: &Caller,
        tenant: BusinessId,
        conversation_id: ConversationId,
        if_match: &Option<String>,
        charging: Charging,
    ) -> Result<Reply<ChangedOut>, Problem> {
        let seen_version = seen_version(if_match)?;
        let command = ChargeConversation { conversation_id, charging, seen_version };
        Write::by(caller, tenant).run(&self.0, &command, ChangedOut::of).await
    }
}

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Conversations")]
impl ConversationsApi {
    /// List conversations
    ///
    /// First those in which something was written last. One that was joined into another one is not among
    /// them: its id stands for that one.
    #[allow(clippy::too_many_arguments)]
    #[oai(
        path = "/businesses/:business_id/conversations",
        method = "get",
        operation_id = "list_conversations"
    )]
    async fn list(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        /// Those in this status.
        status: Query<Option<StatusDto>>,
        /// Those that such a one is to answer.
        in_charge: Query<Option<ChargeKindDto>>,
        /// Those on this channel.
        channel_id: Query<Option<Field<ChannelId>>>,
        /// Those with this label.
        label: Query<Option<Field<Label>>>,
        cursor: Query<Option<String>>,
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))] limit: Query<Option<u16>>,
        min_position: Query<Option<String>>,
    ) -> Result<Reply<ConversationPage>, ReadProblem> {
        let tenant = caller.may_read(business_id.0.0)?;
        let list = List::of("conversations", tenant, &cursor, *limit);
        let filter = Filter {
            status: status.map(StatusKind::from),
            in_charge: in_charge.map(ChargeKind::from),
            channel_id: channel_id.as_ref().map(|id| id.0),
            label: label.0.map(|label| label.0),
        };
        let read = Read::of(&self.0, &Conversations).at(&min_position);
        let page = read.page(list, |page| conversations::list(&self.0.pool, tenant, &filter, page)).await?;
        Ok(page.map(ConversationOut::of_row).into())
    }

    /// Get a conversation
    ///
    /// One that was joined into another one is shown as that one.
    #[oai(
        path = "/businesses/:business_id/conversations/:conversation_id",
        method = "get",
        operation_id = "get_conversation"
    )]
    async fn get(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        conversation_id: Path<Field<ConversationId>>,
        min_position: Query<Option<String>>,
    ) -> Result<Reply<ConversationOut>, ReadProblem> {
        let tenant = caller.may_read(business_id.0.0)?;
        let row = present(&self.0, tenant, conversation_id.0.0, &min_position).await?;
        Ok(Reply::new(ConversationOut::of_row(row)))
    }

    /// Assign a conversation
    ///
    /// Puts somebody in charge. While people are, the assistant does not write.
    #[oai(
        path = "/businesses/:business_id/conversations/:conversation_id/assign",
        method = "post",
        operation_id = "assign_conversation"
    )]
    async fn assign(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        conversation_id: Path<Field<ConversationId>>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        body: Json<AssignIn>,
    ) -> Result<Reply<ChangedOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let charging = Charging::Assign { to: body.0.to.read()? };
        self.change(&caller, tenant, conversation_id.0.0, &if_match, charging).await
    }

    /// Hand a conversation over
    ///
    /// As assigning does, with a reason, and with what whoever takes over should know.
    #[oai(
        path = "/businesses/:business_id/conversations/:conversation_id/hand-over",
        method = "post",
        operation_id = "hand_over_conversation"
    )]
    async fn hand_over(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        conversation_id: Path<Field<ConversationId>>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        body: Json<HandOverIn>,
    ) -> Result<Reply<ChangedOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let HandOverIn { to, reason, brief } = body.0;
        let (to, brief) = (to.read()?, brief.map(Field::personal));
        let charging = Charging::HandOver { to, reason: reason.into(), brief };
        self.change(&caller, tenant, conversation_id.0.0, &if_match, charging).await
    }

    /// Put a conversation aside
    ///
    /// It is open again as soon as they write.
    #[oai(
        path = "/businesses/:business_id/conversations/:conversation_id/snooze",
        method = "post",
        operation_id = "snooze_conversation"
    )]
    async fn snooze(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        conversation_id: Path<Field<ConversationId>>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        body: Json<SnoozeIn>,
    ) -> Result<Reply<ChangedOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let charging = Charging::Snooze { until: body.0.until.0 };
        self.change(&caller, tenant, conversation_id.0.0, &if_match, charging).await
    }

    /// Resolve a conversation
    ///
    /// What they wrote counts as answered. It is open again as soon as they write.
    #[oai(
        path = "/businesses/:business_id/conversations/:conversation_id/resolve",
        method = "post",
        operation_id = "resolve_conversation"
    )]
    async fn resolve(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        conversation_id: Path<Field<ConversationId>>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
    ) -> Result<Reply<ChangedOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        self.change(&caller, tenant, conversation_id.0.0, &if_match, Charging::Resolve).await
    }

    /// Open a conversation again
    ///
    /// One that was resolved or put aside.
    #[oai(
        path = "/businesses/:business_id/conversations/:conversation_id/reopen",
        method = "post",
        operation_id = "reopen_conversation"
    )]
    async fn reopen(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        conversation_id: Path<Field<ConversationId>>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
    ) -> Result<Reply<ChangedOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        self.change(&caller, tenant, conversation_id.0.0, &if_match, Charging::Reopen).await
    }

    /// Label a conversation
    ///
    /// With one label of at most 50. A label that is there already changes nothing.
    #[oai(
        path = "/businesses/:business_id/conversations/:conversation_id/labels",
        method = "post",
        operation_id = "label_conversation"
    )]
    async fn add_label(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        conversation_id: Path<Field<ConversationId>>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        body: Json<LabelIn>,
    ) -> Result<Reply<ChangedOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let charging = Charging::AddLabel { label: body.0.label.0 };
        self.change(&caller, tenant, conversation_id.0.0, &if_match, charging).await
    }

    /// Take a label off a conversation
    ///
    /// A label that is not there changes nothing.
    #[oai(
        path = "/businesses/:business_id/conversations/:conversation_id/labels/:label",
        method = "delete",
        operation_id = "unlabel_conversation"
    )]
    async fn remove_label(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        conversation_id: Path<Field<ConversationId>>,
        /// The label.
        label: Path<Field<Label>>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
    ) -> Result<Reply<ChangedOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let charging = Charging::RemoveLabel { label: label.0.0 };
        self.change(&caller, tenant, conversation_id.0.0, &if_match, charging).await
    }
}
