//! `/api/v1/businesses`: businesses, their hours and their channels.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use frontdesk_adapters::crypto::random_secret;
use frontdesk_adapters::providers::vapi;
use frontdesk_application::app::App;
use frontdesk_domain::kernel::ids::{BusinessId, ChannelId, StreamId};
use frontdesk_domain::languages::Language;
use frontdesk_domain::scheduling::business::{
    Authentication, Business, BusinessProfile, Channel, ChannelAddressKind, ChannelNumber, HmacAlgorithm, HmacEncoding, HmacScheme,
    Registered,
};
use frontdesk_domain::scheduling::commands::businesses::{
    AddChannel, BusinessView, ChangeBusinessHours, ChangeBusinessProfile, RegisterBusiness, RemoveBusinessDateOverride,
    RemoveChannel, SetBusinessDateOverride,
};
use frontdesk_domain::values::phone::{Country, PhoneNumber};
use frontdesk_domain::values::text::{Name, Note};
use frontdesk_domain::values::time::Zone;
use frontdesk_projections::directory::{self, Directory, Entry};
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::types::ToJSON;
use poem_openapi::{Enum, Object, OpenApi};
use uuid::Uuid;

use super::caller::Caller;
use super::field::Field;
use super::hours::{DateOverrideDto, HoursDto, day, overrides_out};
use super::problem::{Problem, ReadProblem};
use super::read::{List, Read, page};
use super::reply::{Created, Done, Out, Reply};
use super::tag::Tag;
use super::write::{Write, seen_version};

/// What a business says of itself.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "BusinessProfile", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct ProfileIn {
    pub name: Field<Name>,
    /// An IANA time zone.
    pub zone: Field<Zone>,
    /// ISO 3166-1 alpha-2: where numbers without a country code are dialled from.
    pub country: Option<Field<Country>>,
    pub address: Option<Field<Note>>,
    /// Whom calls are handed over to when a person is wanted.
    pub handover_number: Option<Field<PhoneNumber>>,
    /// What callers are answered in, in BCP 47: en or es; en, if it is left out.
    #[oai(default = "english")]
    pub language: Field<Language>,
}

fn english() -> Field<Language> {
    Field(Language::default())
}

impl ProfileIn {
    fn read(self) -> BusinessProfile {
        BusinessProfile {
            name: self.name.0,
            zone: self.zone.0,
            country: self.country.map(|country| country.0),
            address: self.address.map(|address| address.0),
            handover_number: self.handover_number.map(|number| number.0),
            language: self.language.0,
        }
    }

    fn of(profile: &BusinessProfile) -> Self {
        Self {
            name: Field(profile.name.clone()),
            zone: Field(profile.zone),
            country: profile.country.map(Field),
            address: profile.address.clone().map(Field),
            handover_number: profile.handover_number.clone().map(Field),
            language: Field(profile.language),
        }
    }
}

/// A new business.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "NewBusiness", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct BusinessIn {
    pub profile: ProfileIn,
    /// Closed all week, if it is left out.
    pub hours: Option<HoursDto>,
}

#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "Business")]
pub struct BusinessOut {
    pub id: Field<BusinessId>,
    pub version: i64,
    pub profile: ProfileIn,
    pub hours: HoursDto,
    /// By ISO date.
    pub date_overrides: BTreeMap<String, DateOverrideDto>,
}

impl Out for BusinessOut {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
}

impl BusinessOut {
    fn new(id: BusinessId, version: i64, business: &Registered) -> Self {
        Self {
            id: Field(id),
            version,
            profile: ProfileIn::of(&business.profile),
            hours: (&business.schedule.hours).into(),
            date_overrides: overrides_out(&business.schedule),
        }
    }

    fn of(view: BusinessView) -> Self {
        Self::new(view.id, view.version, &view.business)
    }

    fn of_entry(entry: &Entry<Business>) -> Option<Self> {
        let business = entry.state.registered().ok()?;
        Some(Self::new(BusinessId::from_uuid(entry.id), entry.version, business))
    }
}

page!(BusinessPage of BusinessOut);

/// A way by which the platform's messages name this business.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "ChannelNumber", deny_unknown_fields)]
pub struct NumberDto {
    pub kind: NumberKind,
    #[oai(validator(min_length = 1, max_length = 200))]
    pub value: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case", rename = "ChannelNumberKind")]
pub enum NumberKind {
    /// In E.164.
    PhoneNumber,
    /// The platform's id of a phone number.
    PhoneNumberId,
    /// The platform's id of an assistant.
    AssistantId,
}

impl From<NumberKind> for ChannelAddressKind {
    fn from(kind: NumberKind) -> Self {
        match kind {
            NumberKind::PhoneNumber => Self::PhoneNumber,
            NumberKind::PhoneNumberId => Self::PhoneNumberId,
            NumberKind::AssistantId => Self::AssistantId,
        }
    }
}

impl From<ChannelAddressKind> for NumberKind {
    fn from(kind: ChannelAddressKind) -> Self {
        match kind {
            ChannelAddressKind::PhoneNumber => Self::PhoneNumber,
            ChannelAddressKind::PhoneNumberId => Self::PhoneNumberId,
            ChannelAddressKind::AssistantId => Self::AssistantId,
        }
    }
}

impl NumberDto {
    fn read(self) -> Result<ChannelNumber, Problem> {
        let value = match self.kind {
            NumberKind::PhoneNumber => {
                PhoneNumber::parse(&self.value, None).map_err(|error| Problem::invalid(format!("numbers: {error}")))?.into()
            }
            NumberKind::PhoneNumberId | NumberKind::AssistantId => self.value,
        };
        Ok(ChannelNumber { kind: self.kind.into(), value })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case", rename = "ChannelAuthentication")]
pub enum Scheme {
    /// A shared secret in X-Vapi-Secret.
    Secret,
    /// A token in Authorization: Bearer.
    Bearer,
    /// A signature over the raw body.
    Hmac,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case", rename = "HmacAlgorithm")]
pub enum Algorithm {
    Sha1,
    Sha256,
    Sha512,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case", rename = "HmacEncoding")]
pub enum Encoding {
    Hex,
    Base64,
}

/// What is signed and where the signature stands; the defaults are the platform's own.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "Hmac", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct HmacIn {
    #[oai(default = "Algorithm::default")]
    pub algorithm: Algorithm,
    #[oai(default = "Encoding::default")]
    pub encoding: Encoding,
    #[oai(default = "default_signature_header", validator(min_length = 1, max_length = 100))]
    pub signature_header: String,
    #[oai(default, validator(max_length = 50))]
    pub signature_prefix: String,
    /// Set to an empty text if no timestamp is signed.
    #[oai(default = "default_timestamp_header", validator(max_length = 100))]
    pub timestamp_header: String,
    /// With {timestamp} and {body} in it.
    #[oai(default = "default_payload_format", validator(min_length = 6, max_length = 200))]
    pub payload_format: String,
}

#[allow(clippy::derivable_impls)]
impl Default for Algorithm {
    fn default() -> Self {
        Self::Sha256
    }
}

#[allow(clippy::derivable_impls)]
impl Default for Encoding {
    fn default() -> Self {
        Self::Hex
    }
}

fn default_signature_header() -> String {
    "x-signature".into()
}

fn default_timestamp_header() -> String {
    "x-timestamp".into()
}

fn default_payload_format() -> String {
    "{timestamp}.{body}".into()
}

impl Default for HmacIn {
    fn default() -> Self {
        Self {
            algorithm: Algorithm::Sha256,
            encoding: Encoding::Hex,
            signature_header: default_signature_header(),
            signature_prefix: String::new(),
            timestamp_header: default_timestamp_header(),
            payload_format: default_payload_format(),
        }
    }
}

impl HmacIn {
    fn read(self) -> Result<HmacScheme, Problem> {
        for (field, wanted) in [("body", true), ("timestamp", !self.timestamp_header.is_empty())] {
            if wanted && !self.payload_format.contains(&format!("{{{field}}}")) {
                return Err(Problem::invalid(format!("hmac.payload_format: it must contain {{{field}}}")));
            }
        }
        let is_header = |name: &str| poem::http::HeaderName::from_bytes(name.as_bytes()).is_ok();
        if !is_header(&self.signature_header) || !(self.timestamp_header.is_empty() || is_header(&self.timestamp_header)) {
            return Err(Problem::invalid("hmac: signature_header and timestamp_header must be names of HTTP headers"));
        }
        Ok(HmacScheme {
            algorithm: match self.algorithm {
                Algorithm::Sha1 => HmacAlgorithm::Sha1,
                Algorithm::Sha256 => HmacAlgorithm::Sha256,
                Algorithm::Sha512 => HmacAlgorithm::Sha512,
            },
            encoding: match self.encoding {
                Encoding::Hex => HmacEncoding::Hex,
                Encoding::Base64 => HmacEncoding::Base64,
            },
            signature_header: self.signature_header.to_lowercase(),
            signature_prefix: self.signature_prefix,
            timestamp_header: (!self.timestamp_header.is_empty()).then(|| self.timestamp_header.to_lowercase()),
            payload_format: self.payload_format,
        })
    }
}

/// A new voice channel.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "NewChannel", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct ChannelIn {
    pub name: Field<Name>,
    pub authentication: Scheme,
    /// The secret, token or key that the platform proves itself with. Without one, we make one and show it once.
    #[oai(validator(min_length = 16, max_length = 200))]
    pub secret: Option<String>,
    /// For the authentication hmac.
    pub hmac: Option<HmacIn>,
    /// With hmac, the platform's messages are known by these; otherwise the secret says whose they are.
    #[oai(default, validator(max_items = 50))]
    pub numbers: Vec<NumberDto>,
    /// The assistant to answer a platform that asks which one to use.
    #[oai(validator(max_length = 200))]
    pub assistant_id: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "Channel", skip_serializing_if_is_none)]
pub struct ChannelOut {
    pub id: Field<ChannelId>,
    pub name: Field<Name>,
    pub authentication: Scheme,
    pub numbers: Vec<NumberDto>,
    pub assistant_id: Option<String>,
    /// Where the platform sends its messages.
    pub webhook_url: String,
    /// Shown once, when the channel is made.
    pub secret: Option<String>,
}

impl Out for ChannelOut {}

impl ChannelOut {
    fn of(app: &App, channel: &Channel, secret: Option<String>) -> Self {
        let authentication = match channel.authentication {
            Authentication::Secret { .. } => Scheme::Secret,
            Authentication::Bearer { .. } => Scheme::Bearer,
            Authentication::Hmac { .. } => Scheme::Hmac,
        };
        Self {
            id: Field(channel.id),
            name: Field(channel.name.clone()),
            authentication,
            numbers: channel
                .numbers
                .iter()
                .map(|number| NumberDto { kind: number.kind.into(), value: number.value.clone() })
                .collect(),
            assistant_id: channel.assistant_id.clone(),
            webhook_url: webhook_url(app, channel.id),
            secret,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "ChannelList")]
pub struct ChannelList {
    pub items: Vec<ChannelOut>,
}

impl Out for ChannelList {}

/// Where the platform sends a channel's messages.
pub fn webhook_url(app: &App, channel_id: ChannelId) -> String {
    format!("{}/webhooks/vapi?channel={channel_id}", app.public_url)
}

pub struct BusinessesApi(pub App);

/// The business in a path, as the read model has it.
pub async fn entry(app: &App, tenant: BusinessId) -> Result<Entry<Business>, Problem> {
    let found = app.positions.find(&Directory, || directory::find::<Business>(&app.pool, tenant, tenant.uuid())).await?;
    found.ok_or_else(|| Problem::not_found("there is no such business, or not for this key"))
}

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Businesses")]
impl BusinessesApi {
    /// Register a business
    ///
    /// For operators. The business is the tenant that everything else belongs to.
    #[oai(path = "/businesses", method = "post", operation_id = "register_business")]
    async fn register(
        &self,
        caller: Caller,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] idempotency_key: Header<Option<String>>,
        body: Json<BusinessIn>,
    ) -> Result<Created<BusinessOut>, Problem> {
        caller.must_operate()?;
        // Under a key the same business is meant each time, so the key names it.
        let tenant = match &*idempotency_key {
            Some(key) => BusinessId::derived(None, &[caller.actor().id.as_bytes(), key.as_bytes()]),
            None => BusinessId::from_uuid(Uuid::now_v7()),
        };
        let write = Write::by(&caller, tenant).once(&idempotency_key, "register_business", body.to_json());
        let command = RegisterBusiness { hours: body.0.hours.unwrap_or_default().read()?, profile: body.0.profile.read() };
        write.run(&self.0, &command, BusinessOut::of).await
    }

    /// List businesses
    ///
    /// An operator sees all, a key of a business its own.
    #[oai(path = "/businesses", method = "get", operation_id = "list_businesses")]
    async fn list(
        &self,
        caller: Caller,
        cursor: Query<Option<String>>,
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))] limit: Query<Option<u16>>,
        min_position: Query<Option<String>>,
    ) -> Result<Reply<BusinessPage>, ReadProblem> {
        let list = List::of("businesses", caller.0.tenant, &cursor, *limit);
        let read = Read::of(&self.0, &Directory).at(&min_position);
        let page = read.page(list, |page| directory::list::<Business>(&self.0.pool, caller.0.tenant, page)).await?;
        Ok(page.filter_map(|entry| BusinessOut::of_entry(&entry)).into())
    }

    /// Get a business
    #[oai(path = "/businesses/:business_id", method = "get", operation_id = "get_business")]
    async fn get(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        min_position: Query<Option<String>>,
    ) -> Result<Reply<BusinessOut>, ReadProblem> {
        let tenant = caller.may_read(business_id.0.0)?;
        Read::of(&self.0, &Directory).at(&min_position).ready().await?;
        let entry = entry(&self.0, tenant).await?;
        let out = BusinessOut::of_entry(&entry).ok_or_else(|| Problem::not_found("there is no such business"))?;
        Ok(Reply::new(out))
    }

    /// Change a business's profile
    #[oai(path = "/businesses/:business_id", method = "put", operation_id = "change_business")]
    async fn change(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        body: Json<ProfileIn>,
    ) -> Result<Reply<BusinessOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let command = ChangeBusinessProfile { profile: body.0.read(), seen_version: seen_version(&if_match)? };
        Write::by(&caller, tenant).run(&self.0, &command, BusinessOut::of).await
    }

    /// Change a business's weekly hours
    #[oai(path = "/businesses/:business_id/hours", method = "put", operation_id = "change_business_hours")]
    async fn change_hours(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        body: Json<HoursDto>,
    ) -> Result<Reply<BusinessOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let command = ChangeBusinessHours { hours: body.0.read()?, seen_version: seen_version(&if_match)? };
        Write::by(&caller, tenant).run(&self.0, &command, BusinessOut::of).await
    }

    /// Set the hours of one date
    ///
    /// A holiday is a date without windows.
    #[oai(path = "/businesses/:business_id/date-overrides/:date", method = "put", operation_id = "set_business_date_override")]
    async fn set_date_override(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        date: Path<NaiveDate>,
        body: Json<DateOverrideDto>,
    ) -> Result<Reply<BusinessOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let command = SetBusinessDateOverride { date: *date, hours: day("windows", &body.windows)?, reason: None };
        Write::by(&caller, tenant).run(&self.0, &command, BusinessOut::of).await
    }

    /// Let a date have its weekday's hours again
    #[oai(
        path = "/businesses/:business_id/date-overrides/:date",
        method = "delete",
        operation_id = "remove_business_date_override"
    )]
    async fn remove_date_override(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        date: Path<NaiveDate>,
    ) -> Result<Reply<BusinessOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        Write::by(&caller, tenant).run(&self.0, &RemoveBusinessDateOverride { date: *date }, BusinessOut::of).await
    }

    /// Add a voice channel
    ///
    /// Tell the voice platform the webhook_url and the secret of the reply; the secret is shown once.
    #[oai(path = "/businesses/:business_id/channels", method = "post", operation_id = "add_channel")]
    async fn add_channel(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        body: Json<ChannelIn>,
    ) -> Result<Created<ChannelOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let ChannelIn { name, authentication, secret, hmac, numbers, assistant_id } = body.0;
        if hmac.is_some() && authentication != Scheme::Hmac {
            return Err(Problem::invalid("hmac: only the authentication hmac takes it"));
        }
        let secret = secret.unwrap_or_else(random_secret);
        let hash = vapi::webhook::secret_hash(self.0.bus.hasher(), &secret);
        let authentication = match authentication {
            Scheme::Secret => Authentication::Secret { hash },
            Scheme::Bearer => Authentication::Bearer { hash },
            Scheme::Hmac => Authentication::Hmac {
                sealed_key: self.0.keys.channels.seal_text(vapi::webhook::KEY_PLACE, secret.as_bytes()),
                scheme: hmac.unwrap_or_default().read()?,
            },
        };
        let numbers = numbers.into_iter().map(NumberDto::read).collect::<Result<_, _>>()?;
        let command = AddChannel { name: name.0, provider: vapi::NAME.into(), authentication, numbers, assistant_id };
        let show = |channel: Channel| ChannelOut::of(&self.0, &channel, Some(secret.clone()));
        Write::by(&caller, tenant).run(&self.0, &command, show).await
    }

    /// List a business's channels
    #[oai(path = "/businesses/:business_id/channels", method = "get", operation_id = "list_channels")]
    async fn list_channels(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        min_position: Query<Option<String>>,
    ) -> Result<Reply<ChannelList>, ReadProblem> {
        let tenant = caller.may_read(business_id.0.0)?;
        Read::of(&self.0, &Directory).at(&min_position).ready().await?;
        let entry = entry(&self.0, tenant).await?;
        let channels = entry.state.registered().map(|business| business.channels.clone()).unwrap_or_default();
        Ok(Reply::new(ChannelList { items: channels.iter().map(|channel| ChannelOut::of(&self.0, channel, None)).collect() }))
    }

    /// Remove a channel
    ///
    /// Its secret and numbers lead nowhere from then on.
    #[oai(path = "/businesses/:business_id/channels/:channel_id", method = "delete", operation_id = "remove_channel")]
    async fn remove_channel(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        channel_id: Path<Field<ChannelId>>,
    ) -> Result<Done, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        Write::by(&caller, tenant).run_silently(&self.0, &RemoveChannel { channel_id: channel_id.0.0 }).await
    }
}
