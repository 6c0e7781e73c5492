//! Twilio: messages by SMS and WhatsApp, and calls (<https://www.twilio.com/docs>).
//!
//! * [`wire`]: the forms that it sends;
//! * [`signature`]: the proof that it has sent them;
//! * [`failures`]: what its error codes mean.

mod failures;
mod signature;
#[cfg(test)]
mod tests;
mod wire;

use frontdesk_domain::conversations::inbound::{Answer, Inbound};
use frontdesk_domain::languages::{Language, Said};
use frontdesk_domain::values::sender::{Authentication, AuthenticationKind, ChannelNumber};
use serde_json::{Map, Value};

use self::signature::Signed;
use self::wire::{Message, OURS};
use crate::crypto::Hasher;
use crate::providers::form;
use crate::providers::provider::{BadMessage, Means, NotAuthentic, Provider, Request, WireReply};

/// A message has 1,600 characters and ten addresses of files at most.
const BODY_BYTES_MAX: usize = 256 << 10;
/// The account says nothing that its numbers do not.
const REMOVED: [&str; 1] = ["AccountSid"];

#[derive(Debug)]
pub struct Twilio;

/// The form of a request. Twilio sends other bodies only where nothing comes down to us.
fn message(request: &Request<'_>) -> Result<Message, BadMessage> {
    let content_type = request.headers.get("content-type").unwrap_or_default();
    if !content_type.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded") {
        return Err(BadMessage("the body should be application/x-www-form-urlencoded".into()));
    }
    let mut form: Map<String, Value> = Map::new();
    // An address of ours says which message its status is about.
    let query = request.url.split_once('?').map(|(_, query)| query).unwrap_or_default();
    form.extend(form::parse(query.as_bytes())?.into_iter().filter(|(name, _)| name == OURS).map(texts));
    form.extend(form::parse(request.body)?.into_iter().filter(|(name, _)| name != OURS).map(texts));
    Ok(Message::of(form))
}

fn texts((name, value): (String, String)) -> (String, Value) {
    (name, Value::String(value))
}

impl Provider for Twilio {
    fn name(&self) -> &'static str {
        "twilio"
    }

    fn parts(&self) -> &'static [&'static str] {
        &["sms", "voice", "status"]
    }

    fn body_bytes_max(&self) -> usize {
        BODY_BYTES_MAX
    }

    fn known_types(&self) -> &'static [&'static str] {
        wire::KNOWN_TYPES
    }

    fn addresses(&self, request: &Request<'_>) -> Vec<ChannelNumber> {
        message(request).map(|message| message.addresses()).unwrap_or_default()
    }

    fn parse(&self, request: &Request<'_>) -> Result<Vec<Inbound>, BadMessage> {
        Ok(vec![message(request)?.into_inbound()])
    }

    fn kept(&self, inbound: &Inbound) -> Vec<u8> {
        let mut form = inbound.wire.as_object().cloned().unwrap_or_default();
        form.retain(|name, _| !REMOVED.contains(&name.as_str()));
        Value::Object(form).to_string().into_bytes()
    }

    fn restore(&self, kept: &[u8]) -> Result<Inbound, BadMessage> {
        let form = serde_json::from_slice(kept).map_err(|error| BadMessage(error.to_string()))?;
        Ok(Message::of(form).into_inbound())
    }

    fn authentications(&self) -> &'static [AuthenticationKind] {
        &[AuthenticationKind::Signature]
    }

    fn secret_hash(&self, hasher: &Hasher, secret: &str) -> String {
        hasher.hash("twilio-secret", secret.as_bytes()).to_string()
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
        let tokens = means.signing_keys(authentication)?;
        let content_type = request.headers.get("content-type").unwrap_or_default();
        let form;
        let signed = if content_type.starts_with("application/json") {
            Signed::Body(request.body)
        } else {
            form = form::parse(request.body).map_err(|_| NotAuthentic::Wrong)?;
            Signed::Form(&form)
        };
        signature::verify(&tokens, request.url, signed, request.headers.get("x-twilio-signature"))
    }

    fn reply(&self, answered: &[(Inbound, Answer)], language: Language) -> WireReply {
        let verb = answered.iter().find_map(|(_, answer)| match answer {
            Answer::Transfer { number: Some(number) } => Some(format!("<Dial>{}</Dial>", number.as_str())),
            Answer::Transfer { number: None } => {
                let said = escaped(&language.say(&Said::NobodyAvailable));
                Some(format!("<Say language=\"{}\">{said}</Say>", language.tag()))
            }
            _ => None,
        });
        let content = verb.unwrap_or_default();
        let body = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response>{content}</Response>");
        WireReply { content_type: "text/xml; charset=utf-8", body: body.into_bytes() }
    }

    fn tool_definitions(&self, _: Option<&str>, _: Language) -> Vec<Value> {
        vec![]
    }
}

/// As text within XML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
