//! Vapi, the voice platform (<https://docs.vapi.ai/server-url/events>).
//!
//! * [`wire`]: its messages, in all the shapes that it sends them in, and what makes two deliveries the same
//!   one;
//! * [`webhook`]: the proof that a message is from it;
//! * [`redact`]: what is taken out of a message before it is stored;
//! * [`reply`]: what we answer, and the tools to paste into the platform.

mod redact;
mod reply;
mod webhook;
mod wire;

use frontdesk_domain::conversations::inbound::{Answer, Inbound};
use frontdesk_domain::languages::Language;
use frontdesk_domain::values::sender::{Authentication, AuthenticationKind, ChannelNumber};
use serde_json::{Value, json};

use self::wire::Message;
use crate::crypto::Hasher;
use crate::providers::provider::{BadMessage, Means, NotAuthentic, Provider, Request, WireReply};

/// The platform sends the whole conversation again and again; an end-of-call report of a long call stays
/// below this.
const BODY_BYTES_MAX: usize = 4 << 20;

#[derive(Debug)]
pub struct Vapi;

impl Provider for Vapi {
    fn name(&self) -> &'static str {
        "vapi"
    }

    fn body_bytes_max(&self) -> usize {
        BODY_BYTES_MAX
    }

    fn known_types(&self) -> &'static [&'static str] {
        wire::KNOWN_TYPES
    }

    fn addresses(&self, request: &Request<'_>) -> Vec<ChannelNumber> {
        wire::addresses(request.body)
    }

    fn parse(&self, request: &Request<'_>) -> Result<Vec<Inbound>, BadMessage> {
        Message::parse(request.body).map(Message::into_inbound)
    }

    fn kept(&self, inbound: &Inbound) -> Vec<u8> {
        let content = redact::redacted(Value::clone(&inbound.wire));
        json!({ "message": content }).to_string().into_bytes()
    }

    fn restore(&self, kept: &[u8]) -> Result<Inbound, BadMessage> {
        Message::parse(kept)?.into_inbound().into_iter().next().ok_or_else(wire::no_message)
    }

    fn authentications(&self) -> &'static [AuthenticationKind] {
        &[AuthenticationKind::Secret, AuthenticationKind::Bearer, AuthenticationKind::Hmac]
    }

    fn secret_hash(&self, hasher: &Hasher, secret: &str) -> String {
        webhook::secret_hash(hasher, secret)
    }

    fn presented(&self, request: &Request<'_>, hasher: &Hasher) -> Vec<String> {
        webhook::presented(request.headers, hasher).into_iter().map(webhook::Presented::into_hash).collect()
    }

    fn verify(
        &self,
        authentication: &Authentication,
        request: &Request<'_>,
        means: &Means<'_>,
    ) -> Result<(), NotAuthentic> {
        webhook::verify(authentication, request, means)
    }

    fn reply(&self, answered: &[(Inbound, Answer)], language: Language) -> WireReply {
        WireReply::json(&reply::reply(answered, language))
    }

    fn tool_definitions(&self, server_url: Option<&str>, language: Language) -> Vec<Value> {
        reply::tool_definitions(server_url, language)
    }
}
