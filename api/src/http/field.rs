//! The domain's own types in requests and replies.
//!
//! `Field<PhoneNumber>` is a string on the wire, described by its pattern in the OpenAPI document, and parsed
//! by the domain: what a handler gets is right, and what is wrong is refused with the domain's own words.

use std::borrow::Cow;
use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use frontdesk_domain::kernel::ids::{
    ApiKeyId, AppointmentId, BusinessId, CallId, ChannelId, CommitId, ContactPointId, CustomerId, EventId,
    IdError, JobId, MessageId, NoteId, ResourceId, SeriesId, ServiceId, StreamId, TimeOffId, WaitlistEntryId,
    WebhookId,
};
use frontdesk_domain::kernel::personal::Personal;
use frontdesk_domain::languages::Language;
use frontdesk_domain::values::email::Email;
use frontdesk_domain::values::holidays::HolidayCalendar;
use frontdesk_domain::values::money::Currency;
use frontdesk_domain::values::phone::{Country, PhoneNumber};
use frontdesk_domain::values::text::Text;
use frontdesk_domain::values::time::{self, TimeOfDay, Zone};
use frontdesk_domain::values::whatsapp::WhatsappUserId;
use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use poem_openapi::types::{ParseError, ParseFromJSON, ParseFromParameter, ParseResult, ToJSON, Type};
use serde_json::Value;

/// A type of the domain that is a string on the wire.
pub trait FieldType: Sized + Send + Sync {
    /// What it is called in messages.
    const NAME: &'static str;

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

impl<T: FieldType> Type for Field<T> {
    const IS_REQUIRED: bool = true;
    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        T::NAME.into()
    }

    fn schema_ref() -> MetaSchemaRef {
        let mut schema = MetaSchema::new("string");
        T::describe(&mut schema);
        MetaSchemaRef::Inline(Box::new(schema))
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
    ($($id:ty),*) => {$(
        impl FieldType for $id {
            const NAME: &'static str = <$id as StreamId>::PREFIX;

            fn parse(text: &str) -> Result<Self, String> {
                text.parse().map_err(|error: IdError| error.to_string())
            }

            fn to_text(&self) -> String {
                self.to_string()
            }

            fn describe(schema: &mut MetaSchema) {
                schema.pattern = Some(format!("^{}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$", Self::PREFIX));
                schema.example = Some(format!("{}_01jz8k5f3xe8p9r2m4t6v7w8y9", Self::PREFIX).into());
            }
        }
    )*};
}

id_fields!(
    ApiKeyId,
    AppointmentId,
    BusinessId,
    CallId,
    ChannelId,
    CommitId,
    ContactPointId,
    CustomerId,
    WebhookId,
    JobId,
    EventId,
    MessageId,
    NoteId,
    ResourceId,
    SeriesId,
    ServiceId,
    TimeOffId,
    WaitlistEntryId
);

macro_rules! field_types {
    ($($type:ty, $name:literal, $parse:expr, |$schema:ident| $describe:block;)*) => {$(
        impl FieldType for $type {
            const NAME: &'static str = $name;

            fn parse(text: &str) -> Result<Self, String> {
                let parse: fn(&str) -> Result<$type, String> = $parse;
                parse(text)
            }

            fn to_text(&self) -> String {
                self.clone().into()
            }

            fn describe($schema: &mut MetaSchema) $describe
        }
    )*};
}

field_types! {
    Zone, "zone", |text| text.parse().map_err(|error| format!("{error}")), |schema| {
        schema.example = Some("America/Bogota".into());
    };
    Language, "language", |text| text.parse().map_err(|error| format!("{error}")), |schema| {
        schema.example = Some("es".into());
    };
    Country, "country", |text| text.parse().map_err(|error| format!("{error}")), |schema| {
        schema.pattern = Some("^[A-Z]{2}$".into());
        schema.example = Some("CO".into());
    };
    Currency, "currency", |text| text.parse().map_err(|error| format!("{error}")), |schema| {
        schema.pattern = Some("^[A-Z]{3}$".into());
        schema.example = Some("EUR".into());
    };
    HolidayCalendar, "country with public holidays", |text| text.parse().map_err(|error| format!("{error}")), |schema| {
        schema.pattern = Some("^[A-Z]{2}$".into());
        schema.example = Some("CO".into());
    };
    TimeOfDay, "time of day", |text| text.parse().map_err(|error| format!("{error}")), |schema| {
        schema.pattern = Some("^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$".into());
        schema.example = Some("09:30".into());
    };
    PhoneNumber, "phone number", |text| PhoneNumber::parse(text, None).map_err(|error| error.to_string()), |schema| {
        schema.example = Some("+573001234567".into());
    };
    Email, "email", |text| text.parse().map_err(|error| format!("{error}")), |schema| {
        schema.format = Some("email");
        schema.example = Some("ada@example.com".into());
    };
    WhatsappUserId, "WhatsApp user id", |text| text.parse().map_err(|error| format!("{error}")), |schema| {
        schema.example = Some("US.13491208655302741918".into());
    };
}

impl FieldType for DateTime<Utc> {
    const NAME: &'static str = "instant";

    fn parse(text: &str) -> Result<Self, String> {
        time::instant(text).map_err(|error| error.to_string())
    }

    fn to_text(&self) -> String {
        // With "+00:00": the fingerprints of requests are made of it.
        self.to_rfc3339()
    }

    fn describe(schema: &mut MetaSchema) {
        schema.format = Some("date-time");
        schema.example = Some("2026-11-24T15:00:00Z".into());
    }
}

impl FieldType for NaiveDate {
    const NAME: &'static str = "date";

    fn parse(text: &str) -> Result<Self, String> {
        time::date(text).map_err(|error| error.to_string())
    }

    fn to_text(&self) -> String {
        self.to_string()
    }

    fn describe(schema: &mut MetaSchema) {
        schema.format = Some("date");
        schema.example = Some("2026-11-24".into());
    }
}

impl<const MAX: usize> FieldType for Text<MAX> {
    const NAME: &'static str = "text";

    fn parse(text: &str) -> Result<Self, String> {
        Self::parse(text).map_err(|error| error.to_string())
    }

    fn to_text(&self) -> String {
        self.as_str().to_owned()
    }

    fn describe(schema: &mut MetaSchema) {
        schema.min_length = Some(1);
        schema.max_length = Some(MAX);
    }
}
