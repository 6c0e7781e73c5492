use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kernel::ids::ChannelId;
use crate::languages::Language;
use crate::values::hours::{DayHours, Hours};
use crate::values::phone::{Country, PhoneNumber};
use crate::values::text::{Name, Note};
use crate::values::time::Zone;

/// What a business says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BusinessProfile {
    pub name: Name,
    pub zone: Zone,
    /// Where a number without a country code is dialled from.
    pub country: Option<Country>,
    pub address: Option<Note>,
    /// Whom a call is handed over to when a person is wanted.
    pub handover_number: Option<PhoneNumber>,
    /// What its callers are answered in. English for businesses from before there was a choice.
    #[serde(default)]
    pub language: Language,
}

impl BusinessProfile {
    /// Without what need not be known.
    pub fn new(name: Name, zone: Zone) -> Self {
        Self { name, zone, country: None, address: None, handover_number: None, language: Language::default() }
    }
}

/// A way by which callers reach a business: a voice assistant on a provider's platform.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Channel {
    pub id: ChannelId,
    pub name: Name,
    /// `vapi`.
    pub provider: String,
    pub authentication: Authentication,
    /// The numbers and assistants by which the provider's messages name this business.
    pub numbers: Vec<ChannelNumber>,
    /// The assistant to answer a provider that asks which one to use.
    pub assistant_id: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct ChannelNumber {
    pub kind: ChannelAddressKind,
    pub value: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ChannelAddressKind {
    /// In E.164.
    PhoneNumber,
    /// The provider's id of a phone number.
    PhoneNumberId,
    /// The provider's id of an assistant.
    AssistantId,
}

/// How the provider proves that a webhook is its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Authentication {
    /// A shared secret in `X-Vapi-Secret`, of which we keep a keyed hash.
    Secret { hash: String },
    /// A token in `Authorization: Bearer`, of which we keep a keyed hash.
    Bearer { hash: String },
    /// A signature over the raw body; the key is encrypted with the deployment's master key.
    Hmac { sealed_key: String, scheme: HmacScheme },
}

/// What goes into an HMAC signature and where it stands. Every part can be set on the provider's side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HmacScheme {
    pub algorithm: HmacAlgorithm,
    pub encoding: HmacEncoding,
    pub signature_header: String,
    /// What stands before the signature in its header, for example `sha256=`.
    pub signature_prefix: String,
    /// `None`: no timestamp is signed, and a captured request could be sent again; it would be taken for a repeat.
    pub timestamp_header: Option<String>,
    /// What is signed, with `{timestamp}` and `{body}` in it.
    pub payload_format: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HmacAlgorithm {
    Sha1,
    Sha256,
    Sha512,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HmacEncoding {
    Hex,
    Base64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, strum::IntoStaticStr)]
#[serde(tag = "type")]
pub enum BusinessEvent {
    BusinessRegistered { profile: BusinessProfile, hours: Hours },
    BusinessProfileChanged { profile: BusinessProfile },
    BusinessHoursChanged { hours: Hours },
    BusinessDateOverrideSet { date: NaiveDate, hours: DayHours, reason: Option<Note> },
    BusinessDateOverrideRemoved { date: NaiveDate },
    ChannelAdded { channel: Channel },
    ChannelRemoved { channel_id: ChannelId },
}

crate::domain_event!(BusinessEvent);
