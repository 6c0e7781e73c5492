//! What a provider can do: the words between its folder and everybody else.

use chrono::{DateTime, Utc};
use frontdesk_domain::conversations::inbound::{Answer, Inbound};
use frontdesk_domain::languages::Language;
use frontdesk_domain::values::sender::{Authentication, AuthenticationKind, ChannelNumber};
use serde_json::Value;

use crate::crypto::{Hasher, SealingKey};

/// What a channel's key is sealed for.
pub const KEY_PLACE: &[u8] = b"channel";

/// A platform that sends webhooks.
pub trait Provider: std::fmt::Debug + Send + Sync {
    /// Its name, in the log and in addresses.
    fn name(&self) -> &'static str;

    /// Further addresses of its webhooks, below its own: some platforms are told one for each kind of message.
    fn parts(&self) -> &'static [&'static str] {
        &[]
    }

    /// What one of its webhooks may hold at most.
    fn body_bytes_max(&self) -> usize;

    /// The types of messages that metrics tell apart: what somebody else makes up must not become a label.
    fn known_types(&self) -> &'static [&'static str];

    /// The numbers and assistants by which a webhook names the business, the most telling first. Nobody has
    /// vouched for it yet: no more of it is read than that.
    fn addresses(&self, request: &Request<'_>) -> Vec<ChannelNumber>;

    /// The messages in a webhook, in order.
    fn parse(&self, request: &Request<'_>) -> Result<Vec<Inbound>, BadMessage>;

    /// What is kept of a message for a while: the message without the secrets in it. It is the same for all
    /// that share a wire.
    fn kept(&self, inbound: &Inbound) -> Vec<u8>;

    /// The message again, of what was kept of it, by this release or an earlier one.
    fn restore(&self, kept: &[u8]) -> Result<Inbound, BadMessage>;

    /// How its platform can prove that a webhook is its own. A channel is made with one of these.
    fn authentications(&self) -> &'static [AuthenticationKind];

    /// What a channel keeps of a secret or token.
    fn secret_hash(&self, hasher: &Hasher, secret: &str) -> String;

    /// The secrets that a request presents, as channels keep them. They lead to a channel; whether it takes
    /// the request, [`verify`](Self::verify) says.
    fn presented(&self, request: &Request<'_>, hasher: &Hasher) -> Vec<String>;

    /// Whether a channel takes a request for the platform's own.
    fn verify(
        &self,
        authentication: &Authentication,
        request: &Request<'_>,
        means: &Means<'_>,
    ) -> Result<(), NotAuthentic>;

    /// Whether the platform asks so.
    fn asks_for_a_token(&self) -> bool {
        self.challenge("", "-").is_some()
    }

    /// What is answered to a platform that asks, before it sends anything, whether the address knows a token.
    /// `None`: it does not ask.
    fn challenge(&self, _query: &str, _token: &str) -> Option<Result<String, NotAuthentic>> {
        None
    }

    /// The reply to a webhook whose messages were answered so.
    fn reply(&self, answered: &[(Inbound, Answer)], language: Language) -> WireReply;

    /// The tools of an assistant that speaks a language, as the platform wants them. Without an address their
    /// calls go to the assistant's own server.
    fn tool_definitions(&self, server_url: Option<&str>, language: Language) -> Vec<Value>;
}

/// What the headers of a request say.
pub trait Headers: std::fmt::Debug + Sync {
    fn get(&self, name: &str) -> Option<&str>;
}

/// A webhook as it came.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    pub headers: &'a dyn Headers,
    /// The address that was called, as the platform was told it, with its query.
    pub url: &'a str,
    pub body: &'a [u8],
}

/// With what it is found out whether a request is genuine.
#[derive(Debug)]
pub struct Means<'a> {
    pub hasher: &'a Hasher,
    pub sealing: &'a SealingKey,
    pub now: DateTime<Utc>,
}

impl Means<'_> {
    /// The keys that a channel's platform signs with: two, while they are changed.
    pub fn signing_keys(&self, authentication: &Authentication) -> Result<Vec<Vec<u8>>, NotAuthentic> {
        let Authentication::Signature { sealed_keys } = authentication else {
            return Err(NotAuthentic::Wrong);
        };
        Ok(sealed_keys.iter().filter_map(|key| self.sealing.open_text(KEY_PLACE, key).ok()).collect())
    }
}

/// A reply in a provider's own form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WireReply {
    pub content_type: &'static str,
    pub body: Vec<u8>,
}

impl WireReply {
    pub fn json(value: &Value) -> Self {
        Self { content_type: "application/json; charset=utf-8", body: value.to_string().into_bytes() }
    }
}

/// Why a request is not taken for a provider's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAuthentic {
    #[error("the webhook carries no secret, token or signature that is known here")]
    Missing,
    #[error("the webhook's secret or signature is wrong")]
    Wrong,
    #[error(
        "the webhook's timestamp is missing, unreadable or more than {tolerance_seconds} seconds from now"
    )]
    Stale { tolerance_seconds: i64 },
}

/// What should have come instead of a body that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadMessage(pub String);
