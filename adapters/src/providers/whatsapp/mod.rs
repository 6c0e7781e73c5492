//! The WhatsApp Cloud API (<https://developers.facebook.com/docs/whatsapp/cloud-api>).
//!
//! * [`wire`]: what it sends, each message and each status by itself;
//! * [`signature`]: the proof that it has sent it;
//! * [`failures`]: what its error codes mean.
//!
//! Before it sends anything, it asks the address for proof with a token that it was told
//! ([`challenge`](Provider::challenge)).

mod failures;
mod signature;
#[cfg(test)]
mod tests;
mod wire;

use frontdesk_domain::conversations::inbound::{Answer, Inbound};
use frontdesk_domain::languages::Language;
use frontdesk_domain::values::sender::{Authentication, AuthenticationKind, ChannelNumber};
use serde_json::{Value, json};
use subtle::ConstantTimeEq;

use crate::crypto::Hasher;
use crate::providers::form;
use crate::providers::provider::{BadMessage, Means, NotAuthentic, Provider, Request, WireReply};

/// Batches of messages are said to have up to 3 MB.
const BODY_BYTES_MAX: usize = 3 << 20;

#[derive(Debug)]
pub struct WhatsApp;

impl Provider for WhatsApp {
    fn name(&self) -> &'static str {
        "whatsapp"
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
        Ok(wire::singles(request.body)?.into_iter().map(wire::inbound).collect())
    }

    fn kept(&self, inbound: &Inbound) -> Vec<u8> {
        inbound.wire.to_string().into_bytes()
    }

    fn restore(&self, kept: &[u8]) -> Result<Inbound, BadMessage> {
        let single = wire::singles(kept)?.into_iter().next();
        single.map(wire::inbound).ok_or_else(|| BadMessage("there is nothing in it".into()))
    }

    fn authentications(&self) -> &'static [AuthenticationKind] {
        &[AuthenticationKind::Signature]
    }

    fn secret_hash(&self, hasher: &Hasher, secret: &str) -> String {
        hasher.hash("whatsapp-secret", secret.as_bytes()).to_string()
    }

    fn presented(&self, _: &Request<'_>, _: &Hasher) -> Vec<String> {
        vec![]
    }

    fn verify(
        &self,
        authentication: &Authentication,
        request: &Request<'_>,
        means: &Means<'_>,
    ) -> Result<(), NotAuthentic> {
        let keys = means.signing_keys(authentication)?;
        signature::verify(&keys, request.body, request.headers.get("x-hub-signature-256"))
    }

    fn challenge(&self, query: &str, token: &str) -> Option<Result<String, NotAuthentic>> {
        let query = form::parse(query.as_bytes()).unwrap_or_default();
        let get = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let given = get("hub.verify_token").unwrap_or_default();
        let is_right = bool::from(given.as_bytes().ct_eq(token.as_bytes()));
        let challenge = get("hub.challenge").filter(|_| get("hub.mode") == Some("subscribe") && is_right);
        Some(challenge.map(str::to_owned).ok_or(if given.is_empty() {
            NotAuthentic::Missing
        } else {
            NotAuthentic::Wrong
        }))
    }

    fn reply(&self, _: &[(Inbound, Answer)], _: Language) -> WireReply {
        WireReply::json(&json!({}))
    }

    fn tool_definitions(&self, _: Option<&str>, _: Language) -> Vec<Value> {
        vec![]
    }
}
