//! `/api/v1/businesses/{business_id}/consents`: what people have agreed to and taken back, as evidence.

use chrono::{DateTime, Utc};
use frontdesk_application::app::App;
use frontdesk_domain::kernel::ids::{BusinessId, CallId, CustomerId, EventId};
use frontdesk_domain::kernel::personal::Personal;
use frontdesk_domain::people::consent::{ConsentChange, ConsentSource};
use frontdesk_domain::people::contact_address::ContactAddress;
use frontdesk_domain::values::code::Code;
use frontdesk_domain::values::email::Email;
use frontdesk_domain::values::phone::PhoneNumber;
use frontdesk_domain::values::whatsapp::WhatsappUserId;
use frontdesk_projections::consents::{self, ConsentRow, Consents, Filter};
use frontdesk_projections::customers::Customers;
use poem_openapi::param::{Path, Query};
use poem_openapi::{Enum, Object, OpenApi};

use super::caller::Caller;
use super::conversation_messages::PurposeDto;
use super::conversations::MediumDto;
use super::field::Field;
use super::problem::ReadProblem;
use super::read::{List, Read, page};
use super::reply::Reply;
use super::tag::Tag;

/// How it is known what somebody has agreed to or taken back.
///
/// * `message`: they wrote so;
/// * `call`: they said so in a call;
/// * `form`: they filled in a form;
/// * `staff`: somebody of the business was told;
/// * `provider`: the provider says so, as it refuses to send;
/// * `import`: it was recorded elsewhere before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case", rename = "ConsentSource")]
pub enum SourceDto {
    Message,
    Call,
    Form,
    Staff,
    Provider,
    Import,
}

/// Something that somebody has agreed to or taken back.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "Consent", skip_serializing_if_is_none)]
pub struct ConsentOut {
    /// The event in the log by which it was recorded.
    pub id: Field<EventId>,
    /// The address that it was said by; not there once the person is erased.
    pub address: Option<String>,
    /// By what they are reached.
    pub medium: MediumDto,
    /// What for.
    pub purposes: Vec<PurposeDto>,
    /// Whether they have agreed; else they have taken it back.
    pub granted: bool,
    /// When they said it. Of what was said for one purpose, the latest counts.
    pub at: DateTime<Utc>,
    pub source: SourceDto,
    /// The id of the message in which they said it.
    pub message_id: Option<String>,
    /// The call in which they said it.
    pub call_id: Option<Field<CallId>>,
    /// The code with which the provider says so.
    pub code: Option<String>,
    /// The version of the text that they agreed to.
    pub text_version: Option<String>,
    /// That text, or what they wrote; not there once the person is erased.
    pub wording: Option<String>,
    /// In whose name it was said, if that is known.
    pub customer_id: Option<Field<CustomerId>>,
    /// What kind of caller has recorded it: staff, operator, assistant, provider or system.
    pub actor_kind: String,
    /// Who has recorded it: the id of an API key, a call or a process.
    pub actor_id: String,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
}

impl ConsentOut {
    fn of(row: ConsentRow) -> Self {
        let id = Field(row.id());
        let ConsentRow { granted, recorded_at, change, .. } = row;
        let ConsentChange { address, medium, purposes, at, source, text_version, wording, customer_id, by } =
            change.0;
        let (source, message_id, call_id, code) = match source {
            ConsentSource::Message { message_id } => {
                (SourceDto::Message, Some(message_id.to_string()), None, None)
            }
            ConsentSource::Call { call_id } => (SourceDto::Call, None, Some(Field(call_id)), None),
            ConsentSource::Form {} => (SourceDto::Form, None, None, None),
            ConsentSource::Staff {} => (SourceDto::Staff, None, None, None),
            ConsentSource::Provider { code } => (SourceDto::Provider, None, None, code.map(Code::into)),
            ConsentSource::Import {} => (SourceDto::Import, None, None, None),
        };
        Self {
            id,
            address: address.known().map(|address| address.as_str().to_owned()),
            medium: medium.into(),
            purposes: purposes.into_iter().map(PurposeDto::from).collect(),
            granted,
            at,
            source,
            message_id,
            call_id,
            code,
            text_version: text_version.map(Code::into),
            wording: wording.and_then(Personal::into_known).map(String::from),
            customer_id: customer_id.map(Field),
            actor_kind: <&'static str>::from(by.kind).to_owned(),
            actor_id: by.id,
            recorded_at,
        }
    }
}

page!(ConsentPage of ConsentOut);

pub struct ConsentsApi(pub App);

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Customers")]
impl ConsentsApi {
    /// List consents
    ///
    /// All that people have agreed to and taken back, word by word; what was recorded last comes first.
    /// Nothing is ever taken out.
    #[allow(clippy::too_many_arguments)]
    #[oai(path = "/businesses/:business_id/consents", method = "get", operation_id = "list_consents")]
    async fn list(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        /// What was said by this number, in E.164.
        phone: Query<Option<Field<PhoneNumber>>>,
        /// What was said by this WhatsApp user id.
        whatsapp_user_id: Query<Option<Field<WhatsappUserId>>>,
        /// What was said by this email address.
        email: Query<Option<Field<Email>>>,
        /// What was said in the name of this customer, or by an address that is theirs now.
        customer_id: Query<Option<Field<CustomerId>>>,
        cursor: Query<Option<String>>,
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))] limit: Query<Option<u16>>,
        min_position: Query<Option<String>>,
    ) -> Result<Reply<ConsentPage>, ReadProblem> {
        let tenant = caller.may_read(business_id.0.0)?;
        let list = List::of("consents", tenant, &cursor, *limit);
        let phone = phone.0.map(|phone| ContactAddress::Phone(phone.0));
        let whatsapp = whatsapp_user_id.0.map(|id| ContactAddress::Whatsapp(id.0));
        let email = email.0.map(|email| ContactAddress::Email(email.0));
        let addresses = [phone, whatsapp, email].into_iter().flatten().collect();
        let filter = Filter { addresses, customer_id: customer_id.as_ref().map(|id| id.0) };
        let read = Read::of(&self.0, &Consents).and(&Customers).at(&min_position);
        let page = read.page(list, |page| consents::list(&self.0.pool, tenant, &filter, page)).await?;
        Ok(page.map(ConsentOut::of).into())
    }
}
