//! Typed ids with visible prefixes: `apt_01k9…` is an appointment and nothing else.
//!
//! The text form is a [TypeID](https://github.com/jetify-com/typeid/tree/main/spec): a prefix, an underscore
//! and the 128 bits of the UUID in 26 characters of Crockford's base 32. In the log a stream is named by the
//! plain UUID.
//!
//! A new thing gets a version 7 UUID. A thing with a natural key gets a version 5 UUID over its tenant and
//! that key, so two processes agree on its stream. A phone number or an address is first hashed with a secret
//! ([`KeyedHash`]), because an id carries no personal data.

use std::fmt;
use std::hash::Hash;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The namespace of every version 5 id of the product.
const NAMESPACE: Uuid = Uuid::from_u128(0x6f1d_4c1e_62a3_4f0b_9a53_0c8e_5b1f_77d2);

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// What names a stream of events.
pub trait StreamId:
    Copy + Eq + Ord + Hash + fmt::Debug + fmt::Display + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// What stands before the underscore.
    const PREFIX: &'static str;

    fn uuid(self) -> Uuid;
    fn from_uuid(uuid: Uuid) -> Self;
}

/// Why a text is not an id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected an id like {prefix}_01jz8k5f3xe8p9r2m4t6v7w8y9, got {got:?}")]
pub struct IdError {
    prefix: &'static str,
    got: String,
}

/// A keyed hash (HMAC-SHA-256) of personal data to look up: a phone number, an email address, a secret.
///
/// It cannot be computed without the deployment's master key. So a list of all phone numbers reveals no
/// stream.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyedHash(pub [u8; 32]);

impl fmt::Debug for KeyedHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyedHash({self})")
    }
}

impl fmt::Display for KeyedHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

fn encode(uuid: Uuid) -> String {
    let bits = uuid.as_u128();
    (0..26).rev().map(|digit| ALPHABET[(bits >> (5 * digit)) as usize & 31] as char).collect()
}

fn decode(text: &str) -> Option<Uuid> {
    let digits = text.as_bytes();
    // 26 digits are 130 bits: the first may only carry three.
    if digits.len() != 26 || digits[0] > b'7' {
        return None;
    }
    digits
        .iter()
        .try_fold(0_u128, |bits, digit| {
            let value = ALPHABET.iter().position(|letter| letter == digit)?;
            Some(bits << 5 | value as u128)
        })
        .map(Uuid::from_u128)
}

fn derive(prefix: &str, tenant: Option<BusinessId>, parts: &[&[u8]]) -> Uuid {
    let mut name = prefix.as_bytes().to_vec();
    name.extend_from_slice(tenant.map_or(Uuid::nil(), BusinessId::uuid).as_bytes());
    for part in parts {
        // The length goes first, so that ("ab", "c") and ("a", "bc") differ.
        name.extend_from_slice(&(part.len() as u64).to_be_bytes());
        name.extend_from_slice(part);
    }
    Uuid::new_v5(&NAMESPACE, &name)
}

macro_rules! typed_ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// The id of the one stream for this natural key within a tenant (`None`: within the deployment).
            pub fn derived(tenant: Option<BusinessId>, parts: &[&[u8]]) -> Self {
                Self(derive($prefix, tenant, parts))
            }
        }

        impl StreamId for $name {
            const PREFIX: &'static str = $prefix;

            fn uuid(self) -> Uuid { self.0 }
            fn from_uuid(uuid: Uuid) -> Self { Self(uuid) }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "_{}"), encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { fmt::Display::fmt(self, f) }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                text.strip_prefix(concat!($prefix, "_")).and_then(decode).map(Self)
                    .ok_or_else(|| IdError { prefix: $prefix, got: text.chars().take(64).collect() })
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> { stringify!($name).into() }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "type": "string",
                    "pattern": concat!("^", $prefix, "_[0-7][0-9a-hjkmnp-tv-z]{25}$"),
                })
            }
        }
    )*};
}

typed_ids! {
    /// A business: the tenant that everything else belongs to.
    BusinessId = "biz";
    /// What a business offers.
    ServiceId = "svc";
    /// Who or what is booked: a person, a room, a bay.
    ResourceId = "res";
    /// The time of one resource on one UTC day.
    AgendaDayId = "day";
    /// What is used of a limit in one period.
    QuotaId = "quo";
    /// An appointment, from the hold that began it.
    AppointmentId = "apt";
    /// A series of appointments.
    SeriesId = "ser";
    /// The waitlist of a business.
    WaitlistId = "wtl";
    /// A customer's entry on the waitlist.
    WaitlistEntryId = "wle";
    /// Somebody the business serves.
    CustomerId = "cus";
    /// The appointments that a customer has missed.
    NoShowsId = "att";
    /// When a customer has appointments.
    CustomerAgendaId = "cag";
    /// What was wrongly said to be somebody's.
    WrongProofsId = "wrp";
    /// A phone number, WhatsApp user id or email address that belongs to one customer.
    ContactPointId = "ctp";
    /// A note about a customer.
    NoteId = "nte";
    /// A channel of a business: a voice assistant with its numbers and its secret.
    ChannelId = "chn";
    /// The roster of a business's channels.
    ChannelRosterId = "chr";
    /// A channel's phone number, assistant or secret. A webhook finds its business by it.
    ChannelAddressId = "cha";
    /// The address of a resource's calendar.
    CalendarFeedId = "cal";
    /// A call.
    CallId = "call";
    /// A webhook as it was taken in.
    WebhookId = "dlv";
    /// A message that somebody left for the business.
    MessageId = "msg";
    /// What is said between a business and a person on one channel.
    ConversationId = "cnv";
    /// A stretch of a conversation.
    ChapterId = "chp";
    /// An address of a person on a channel, which leads to one conversation.
    ConversationClaimId = "cnc";
    /// Somebody who uses the chat on a business's pages.
    VisitorId = "vst";
    /// A message by the name that its provider gave it.
    ProviderMessageId = "pms";
    /// A message that the business sends.
    OutboundMessageId = "out";
    /// To what the person behind an address has agreed.
    ConsentId = "cst";
    /// A period in which a resource cannot be booked.
    TimeOffId = "off";
    /// An API key.
    ApiKeyId = "key";
    /// A request under an idempotency key.
    IdempotentRequestId = "req";
    /// A command as it was given.
    CommandId = "cmd";
    /// A set of events written together.
    CommitId = "cmt";
    /// One event.
    EventId = "evt";
    /// A job that follows from an event. Stored names say `effect_id`.
    JobId = "eff";
}

impl AgendaDayId {
    /// The agenda of a resource on a UTC day, counted in days since 1970-01-01.
    pub fn of(tenant: BusinessId, resource: ResourceId, utc_day: i32) -> Self {
        Self::derived(Some(tenant), &[resource.uuid().as_bytes(), &utc_day.to_be_bytes()])
    }
}

impl WaitlistId {
    /// A business has one, for all of its services.
    pub fn of(tenant: BusinessId) -> Self {
        Self::derived(Some(tenant), &[])
    }
}

impl NoShowsId {
    /// A customer has one.
    pub fn of(tenant: BusinessId, customer: CustomerId) -> Self {
        Self::derived(Some(tenant), &[customer.uuid().as_bytes()])
    }
}

impl CustomerAgendaId {
    /// A customer has one.
    pub fn of(tenant: BusinessId, customer: CustomerId) -> Self {
        Self::derived(Some(tenant), &[customer.uuid().as_bytes()])
    }
}

impl WrongProofsId {
    /// A customer has one.
    pub fn of(tenant: BusinessId, customer: CustomerId) -> Self {
        Self::derived(Some(tenant), &[customer.uuid().as_bytes()])
    }
}

impl ContactPointId {
    /// The claim on an address; the hash is of its normal form (E.164, lower-case email).
    pub fn of(tenant: BusinessId, address: KeyedHash) -> Self {
        Self::derived(Some(tenant), &[&address.0])
    }
}

impl ChannelRosterId {
    /// A business has one.
    pub fn of(tenant: BusinessId) -> Self {
        Self::derived(Some(tenant), &[])
    }
}

impl ChannelAddressId {
    /// The claim on an address or secret. It is unique in the whole deployment, because it tells tenants
    /// apart.
    pub fn of(provider: &str, address: KeyedHash) -> Self {
        Self::derived(None, &[provider.as_bytes(), &address.0])
    }
}

impl CalendarFeedId {
    /// A resource has one.
    pub fn of(tenant: BusinessId, resource: ResourceId) -> Self {
        Self::derived(Some(tenant), &[resource.uuid().as_bytes()])
    }
}

impl CallId {
    pub fn of(tenant: BusinessId, provider: &str, provider_call_id: &str) -> Self {
        Self::derived(Some(tenant), &[provider.as_bytes(), provider_call_id.as_bytes()])
    }
}

impl ChapterId {
    /// Chapters are numbered from 1.
    pub fn of(tenant: BusinessId, conversation: ConversationId, number: u32) -> Self {
        Self::derived(Some(tenant), &[conversation.uuid().as_bytes(), &number.to_be_bytes()])
    }
}

impl ConversationClaimId {
    pub fn of(tenant: BusinessId, channel: ChannelId, correspondent: KeyedHash) -> Self {
        Self::derived(Some(tenant), &[channel.uuid().as_bytes(), &correspondent.0])
    }
}

impl ProviderMessageId {
    /// The provider's name of a message goes in hashed: WhatsApp's holds the person's number.
    pub fn of(tenant: BusinessId, channel: ChannelId, name: KeyedHash) -> Self {
        Self::derived(Some(tenant), &[channel.uuid().as_bytes(), &name.0])
    }
}

impl OutboundMessageId {
    /// The message that a job is there to send.
    pub fn of_job(job: JobId) -> Self {
        Self(job.uuid())
    }
}

impl ConsentId {
    /// An address has one.
    pub fn of(tenant: BusinessId, address: ContactPointId) -> Self {
        Self::derived(Some(tenant), &[address.uuid().as_bytes()])
    }
}

impl WebhookId {
    /// The stream of a webhook. A repeat of the webhook has the same identity.
    pub fn of(tenant: BusinessId, provider: &str, identity: &[&str]) -> Self {
        let mut parts = vec![provider.as_bytes()];
        parts.extend(identity.iter().map(|part| part.as_bytes()));
        Self::derived(Some(tenant), &parts)
    }
}

impl JobId {
    /// The job with this number among those that a policy made of an event. Positions come again after a
    /// restore from a backup, so the event's id is part of it.
    pub fn of(policy: &str, position: i64, event_id: EventId, number: u32) -> Self {
        Self::derived(
            None,
            &[policy.as_bytes(), &position.to_be_bytes(), event_id.uuid().as_bytes(), &number.to_be_bytes()],
        )
    }

    /// One occurrence of a schedule.
    pub fn of_cron(name: &str, due_at: DateTime<Utc>) -> Self {
        Self::derived(None, &[b"cron", name.as_bytes(), &due_at.timestamp_micros().to_be_bytes()])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_text_form_is_that_of_the_typeid_specification() {
        // From the specification's valid.json.
        for (uuid, text) in [
            ("00000000-0000-0000-0000-000000000000", "biz_00000000000000000000000000"),
            ("00000000-0000-0000-0000-000000000020", "biz_00000000000000000000000010"),
            ("ffffffff-ffff-ffff-ffff-ffffffffffff", "biz_7zzzzzzzzzzzzzzzzzzzzzzzzz"),
            ("01890a5d-ac96-774b-bcce-b302099a8057", "biz_01h455vb4pex5vsknk084sn02q"),
        ] {
            let id = BusinessId::from_uuid(uuid.parse().expect("a UUID"));
            assert_eq!(id.to_string(), text);
            assert_eq!(text.parse(), Ok(id));
        }
    }

    #[test]
    fn anything_else_is_refused_with_an_example() {
        for text in [
            "",
            "biz",
            "biz_",
            "svc_01h455vb4pex5vsknk084sn02q",
            "biz_81h455vb4pex5vsknk084sn02q",
            "biz_01H455VB4PEX5VSKNK084SN02Q",
        ] {
            let error = text.parse::<BusinessId>().expect_err(text);
            assert!(error.to_string().starts_with("expected an id like biz_"), "{error}");
        }
    }

    #[test]
    fn derived_ids_keep_tenants_kinds_and_parts_apart() {
        let tenant = BusinessId::from_uuid(Uuid::from_u128(1));
        let other = BusinessId::from_uuid(Uuid::from_u128(2));
        let id = CallId::of(tenant, "vapi", "c1");
        assert_eq!(id, CallId::of(tenant, "vapi", "c1"));
        assert_ne!(id, CallId::of(other, "vapi", "c1"));
        assert_ne!(id, CallId::of(tenant, "vap", "ic1"));
        assert_ne!(id.uuid(), WebhookId::of(tenant, "vapi", &["c1"]).uuid());
    }

    proptest! {
        #[test]
        fn every_id_survives_its_text_form(bits: u128) {
            let id = AppointmentId::from_uuid(Uuid::from_u128(bits));
            prop_assert_eq!(id.to_string().parse(), Ok(id));
        }
    }
}
