//! The domain's own types in requests and replies.
//!
//! `Field<PhoneNumber>` is a string on the wire, described by its pattern in the OpenAPI document, and parsed
//! by the domain: what a handler gets is right, and what is wrong is refused with the domain's own words. Each
//! type has a [format](Format) of its own in the document, by which those words are found.

use std::borrow::Cow;
use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use frontdesk_domain::kernel::ids::{
    ApiKeyId, AppointmentId, BusinessId, CallId, ChannelId, CommitId, ContactPointId, ConversationId,
    CustomerId, EventId, IdError, JobId, MessageId, NoteId, ResourceId, SeriesId, ServiceId, StreamId,
    TimeOffId, WaitlistEntryId, WebhookId,
};
use frontdesk_domain::kernel::personal::Personal;
use frontdesk_domain::languages::Language;
use frontdesk_domain::values::email::Email;
use frontdesk_domain::values::holidays::HolidayCalendar;
use frontdesk_domain::values::money::Currency;
use frontdesk_domain::values::origin::Origin;
use frontdesk_domain::values::phone::{Country, PhoneNumber};
use frontdesk_domain::values::text::{NAME_CHARS_MAX, Name, Text};
use frontdesk_domain::values::time::{self, TimeOfDay, Zone};
use frontdesk_domain::values::whatsapp::WhatsappUserId;
use poem_openapi::registry::{MetaSchema, MetaSchemaRef, Registry};
use poem_openapi::types::{ParseError, ParseFromJSON, ParseFromParameter, ParseResult, ToJSON, Type};
use serde_json::Value;

/// A type of the domain that is a string on the wire.
pub trait FieldType: Sized + Send + Sync {
    /// Its format in the OpenAPI document.
    const FORMAT: &'static str;
    /// What it is called in messages.
    const NAME: &'static str;
    /// The name of its schema in the OpenAPI document, if it has one of its own.
    const SCHEMA: Option<&'static str> = None;

    fn parse(text: &str) -> Result<Self, String>;
    fn to_text(&self) -> String;
    /// Adds what is special about the string.
    fn describe(schema: &mut MetaSchema);
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field<T>(pub T);

impl<T> Field<T> {
    /// Said of somebody whom the command will know.
    pub fn personal(self) -> Personal<T> {
        Personal::in_command(self.0)
    }
}

impl<T: FieldType> fmt::Display for Field<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_text())
    }
}

fn schema<T: FieldType>() -> MetaSchema {
    let mut schema = MetaSchema::new_with_format("string", T::FORMAT);
    T::describe(&mut schema);
    schema
}

impl<T: FieldType> Type for Field<T> {
    const IS_REQUIRED: bool = true;
    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        T::FORMAT.into()
    }

    fn schema_ref() -> MetaSchemaRef {
        match T::SCHEMA {
            Some(name) => MetaSchemaRef::Reference(name.to_owned()),
            None => MetaSchemaRef::Inline(Box::new(schema::<T>())),
        }
    }

    fn register(registry: &mut Registry) {
        if let Some(name) = T::SCHEMA {
            registry.create_schema::<Self, _>(name.to_owned(), |_| schema::<T>());
        }
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(self.as_raw_value().into_iter())
    }
}

impl<T: FieldType> ParseFromJSON for Field<T> {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        match value.unwrap_or_default() {
            Value::String(text) => T::parse(&text).map(Self).map_err(ParseError::custom),
            other => Err(ParseError::expected_type(other)),
        }
    }
}

impl<T: FieldType> ParseFromParameter for Field<T> {
    fn parse_from_parameter(text: &str) -> ParseResult<Self> {
        T::parse(text).map(Self).map_err(ParseError::custom)
    }
}

impl<T: FieldType> ToJSON for Field<T> {
    fn to_json(&self) -> Option<Value> {
        Some(self.0.to_text().into())
    }
}

/// A format of texts in the OpenAPI document.
#[derive(Debug, Clone, Copy)]
pub struct Format {
    name: &'static str,
    /// What a text in it is.
    pub what: &'static str,
    /// What the domain says of a text.
    pub check: fn(&str) -> Result<(), String>,
}

impl Format {
    /// The format of this name, if it is one of the domain's.
    pub fn of(name: &str) -> Option<&'static Self> {
        [IDS, VALUES, TEXTS, OTHERS].into_iter().flatten().find(|format| format.name == name)
    }

    const fn by<T: FieldType>() -> Self {
        Self { name: T::FORMAT, what: T::NAME, check: |text| T::parse(text).map(|_| ()) }
    }
}

const TEXTS: &[Format] = &[
    Format::by::<DateTime<Utc>>(),
    Format::by::<NaiveDate>(),
    Format::by::<Name>(),
    // However long: how much of it is taken is in the schema.
    Format::by::<Text<{ usize::MAX }>>(),
];

/// What is no type of the domain: [the same wherever it is](super::limits).
const OTHERS: &[Format] = &[
    Format { name: "etag", what: "an ETag", check: |text| etag(text).map(|_| ()) },
    Format { name: "cursor", what: "a cursor", check: |text| token(text, BAD_CURSOR) },
    Format { name: "position", what: "a Frontdesk-Position", check: position },
    Format { name: "slot-token", what: "a slot_token", check: |text| token(text, BAD_SLOT_TOKEN) },
    Format { name: "header-name", what: "the name of a header", check: header_name },
    Format { name: "header-name-or-none", what: "the name of a header", check: header_name_or_none },
    Format { name: "payload-format", what: "a text", check: payload_format },
];

pub const BAD_CURSOR: &str = "is not a cursor of this list; copy next_cursor from the page before";
pub const BAD_SLOT_TOKEN: &str =
    "was not issued here for this business, or has been altered; take one from the open slots";
const BAD_POSITION: &str =
    "this is not a position token; copy it from the Frontdesk-Position header of a reply";

/// An epoch, a number of 64 bits and a signature.
pub const POSITION_LENGTH: usize = 54;

/// What a precondition asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Etag {
    /// `*`: whatever is there.
    Any,
    Version(i64),
    /// It is compared strongly (RFC 9110, section 13.1.1), and so it matches nothing.
    Weak,
}

pub fn etag(text: &str) -> Result<Etag, String> {
    let quoted = |text: &str| text.strip_prefix('"')?.strip_suffix('"')?.parse().ok();
    match text.trim() {
        "*" => Ok(Etag::Any),
        text if text.starts_with("W/") => Ok(Etag::Weak),
        text => quoted(text)
            .map(Etag::Version)
            .ok_or_else(|| "must be the ETag of what you have read, like \"3\"".to_owned()),
    }
}

/// Base64url, as our tokens are written.
fn token(text: &str, otherwise: &str) -> Result<(), String> {
    let is_token = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if is_token && !text.is_empty() { Ok(()) } else { Err(otherwise.to_owned()) }
}

fn position(text: &str) -> Result<(), String> {
    let text = if text.len() == POSITION_LENGTH { text } else { "" };
    token(text, BAD_POSITION)
}

fn header_name(text: &str) -> Result<(), String> {
    let name = poem::http::HeaderName::from_bytes(text.as_bytes());
    name.map(|_| ()).map_err(|_| "must be the name of an HTTP header".to_owned())
}

fn header_name_or_none(text: &str) -> Result<(), String> {
    if text.is_empty() { Ok(()) } else { header_name(text) }
}

fn payload_format(text: &str) -> Result<(), String> {
    if text.contains("{body}") { Ok(()) } else { Err("must contain {body}".to_owned()) }
}

/// An enum of the API and the domain's, which say the same.
macro_rules! same {
    ($($dto:ident = $domain:ident { $($variant:ident),* })*) => {$(
        impl From<$dto> for $domain {
            fn from(dto: $dto) -> Self {
                match dto { $($dto::$variant => Self::$variant),* }
            }
        }

        impl From<$domain> for $dto {
            fn from(value: $domain) -> Self {
                match value { $($domain::$variant => Self::$variant),* }
            }
        }
    )*};
}

pub(super) use same;

macro_rules! id_fields {
    ($($id:ty = $schema:literal, $format:literal, $description:literal;)*) => {
        const IDS: &[Format] = &[$(Format::by::<$id>()),*];

        $(impl FieldType for $id {
            const FORMAT: &'static str = $format;
            const NAME: &'static str = "an id";
            const SCHEMA: Option<&'static str> = Some($schema);

            fn parse(text: &str) -> Result<Self, String> {
                text.parse().map_err(|error: IdError| error.to_string())
            }

            fn to_text(&self) -> String {
                self.to_string()
            }

            fn describe(schema: &mut MetaSchema) {
                schema.description = Some($description);
                schema.pattern = Some(format!("^{}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$", Self::PREFIX));
                schema.example = Some(format!("{}_01jz8k5f3xe8p9r2m4t6v7w8y9", Self::PREFIX).into());
            }
        })*
    };
}

id_fields! {
    ApiKeyId = "ApiKeyId", "api-key-id", "The id of an API key. It is the part of the key that is no secret.";
    AppointmentId = "AppointmentId", "appointment-id", "The id of an appointment, or of the hold that it was booked from.";
    BusinessId = "BusinessId", "business-id", "The id of a business.";
    CallId = "CallId", "call-id", "The id of a call.";
    ChannelId = "ChannelId", "channel-id", "The id of a channel of a business.";
    CommitId = "CommitId", "commit-id", "The id of what was written to the log in one step.";
    ContactPointId = "ContactPointId", "contact-point-id", "The id of an address of a customer.";
    ConversationId = "ConversationId", "conversation-id", "The id of a conversation.";
    CustomerId = "CustomerId", "customer-id", "The id of a customer.";
    WebhookId = "DeliveryId", "delivery-id", "The id of a webhook that was taken in.";
    JobId = "JobId", "job-id", "The id of a job.";
    EventId = "EventId", "event-id", "The id of an event in the log.";
    MessageId = "MessageId", "message-id", "The id of a message that a caller has left.";
    NoteId = "NoteId", "note-id", "The id of a note about a customer.";
    ResourceId = "ResourceId", "resource-id", "The id of a resource: somebody who works, or something that is used.";
    SeriesId = "SeriesId", "series-id", "The id of a series of appointments.";
    ServiceId = "ServiceId", "service-id", "The id of a service.";
    TimeOffId = "TimeOffId", "time-off-id", "The id of time off of a resource.";
    WaitlistEntryId = "WaitlistEntryId", "waitlist-entry-id", "The id of an entry of the waitlist.";
}

macro_rules! field_types {
    ($($type:ty = $format:literal, $name:literal, $parse:expr, |$schema:ident| $describe:block;)*) => {
        const VALUES: &[Format] = &[$(Format::by::<$type>()),*];

        $(impl FieldType for $type {
            const FORMAT: &'static str = $format;
            const NAME: &'static str = $name;

            fn parse(text: &str) -> Result<Self, String> {
                let parse: fn(&str) -> Result<$type, String> = $parse;
                parse(text)
            }

            fn to_text(&self) -> String {
                self.clone().into()
            }

            fn describe($schema: &mut MetaSchema) $describe
        })*
    };
}

field_types! {
    Zone = "zone", "an IANA time zone", |text| text.parse().map_err(|error| format!("{error}")), |schema| {
        schema.description = Some("The IANA name of a time zone.");
        schema.example = Some("America/Bogota".into());
    };
    Language = "language", "a language", |text| text.parse().map_err(|error| format!("{error}")), |schema| {
        schema.description = Some("A language by its BCP 47 tag.");
        schema.enum_items = Language::all().map(|language| language.tag().into()).collect();
        schema.example = Some("es".into());
    };
    Country = "country", "a country code", |text| text.parse().map_err(|error| format!("{error}")), |schema| {
        schema.description = Some("A country by its ISO 3166-1 alpha-2 code.");
        schema.pattern = Some("^[A-Z]{2}$".into());
        schema.example = Some("CO".into());
    };
    Currency = "currency", "a currency code", |text| text.parse().map_err(|error| format!("{error}")), |schema| {
        schema.description = Some("A currency by its ISO 4217 code.");
        schema.pattern = Some("^[A-Z]{3}$".into());
        schema.example = Some("EUR".into());
    };
    HolidayCalendar = "holiday-calendar", "a country code", |text| text.parse().map_err(|error| format!("{error}")), |schema| {
        schema.description = Some("The public holidays that all of a country keeps, by its ISO 3166-1 alpha-2 code.");
        schema.pattern = Some("^[A-Z]{2}$".into());
        schema.example = Some("CO".into());
    };
    TimeOfDay = "time-of-day", "a time of day", |text| text.parse().map_err(|error| format!("{error}")), |schema| {
        schema.description = Some("A time of day on a wall clock, in hours and minutes. 24:00 is the end of the day.");
        schema.pattern = Some("^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$".into());
        schema.example = Some("09:30".into());
    };
    PhoneNumber = "phone-number", "a phone number", |text| PhoneNumber::parse(text, None).map_err(|error| error.to_string()), |schema| {
        schema.description = Some("A phone number in E.164: a plus sign, the country code and the number.");
        schema.pattern = Some("^\\s*\\+".into());
        schema.example = Some("+573001234567".into());
    };
    Email = "email", "an email address", |text| text.parse().map_err(|error| format!("{error}")), |schema| {
        schema.description = Some("An email address.");
        schema.example = Some("ada@example.com".into());
    };
    Origin = "origin", "an origin", |text| text.parse().map_err(|error| format!("{error}")), |schema| {
        schema.description = Some("The origin of a page, as browsers send it: scheme, host and port, without a path.");
        schema.pattern = Some(r"^https?://[a-z0-9._:\[\]-]+$".into());
        schema.example = Some("https://www.example.com".into());
    };
    WhatsappUserId = "whatsapp-user-id", "a WhatsApp user id", |text| text.parse().map_err(|error| format!("{error}")), |schema| {
        schema.description = Some("What WhatsApp calls a person: a wa_id of digits, or a business-scoped user id.");
        schema.pattern = Some("^\\s*(\\+?[1-9][0-9]{6,14}|[A-Za-z]{2}\\.(ENT\\.)?[A-Za-z0-9]{1,128})\\s*$".into());
        schema.example = Some("US.13491208655302741918".into());
    };
}

impl FieldType for DateTime<Utc> {
    const FORMAT: &'static str = "date-time";
    const NAME: &'static str = "an instant with its offset";

    fn parse(text: &str) -> Result<Self, String> {
        time::instant(text).map_err(|error| error.to_string())
    }

    fn to_text(&self) -> String {
        // With "+00:00": the fingerprints of requests are made of it.
        self.to_rfc3339()
    }

    fn describe(schema: &mut MetaSchema) {
        schema.example = Some("2026-11-24T15:00:00-05:00".into());
    }
}

impl FieldType for NaiveDate {
    const FORMAT: &'static str = "date";
    const NAME: &'static str = "a date";

    fn parse(text: &str) -> Result<Self, String> {
        time::date(text).map_err(|error| error.to_string())
    }

    fn to_text(&self) -> String {
        self.to_string()
    }

    fn describe(schema: &mut MetaSchema) {
        schema.example = Some("2026-11-24".into());
    }
}

impl<const MAX: usize> FieldType for Text<MAX> {
    const FORMAT: &'static str = if MAX == NAME_CHARS_MAX { "name" } else { "text" };
    const NAME: &'static str = "a text";

    fn parse(text: &str) -> Result<Self, String> {
        Self::parse(text).map_err(|error| error.to_string())
    }

    fn to_text(&self) -> String {
        self.as_str().to_owned()
    }

    fn describe(schema: &mut MetaSchema) {
        schema.min_length = Some(1);
        schema.max_length = Some(MAX);
        // Something to see.
        schema.pattern = Some("\\S".into());
    }
}
