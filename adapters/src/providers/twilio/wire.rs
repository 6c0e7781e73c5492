//! What Twilio sends: forms
//! (<https://www.twilio.com/docs/messaging/guides/webhook-request>,
//! <https://www.twilio.com/docs/messaging/guides/track-outbound-message-status>,
//! <https://www.twilio.com/docs/voice/api/call-resource#statuscallback>).
//!
//! | it has | it is | identity |
//! |---|---|---|
//! | `CallSid`, and a `CallStatus` of a call that has begun | the status of a call | the call, `SequenceNumber` or else the status |
//! | `CallSid` | a call that comes in, and somebody waits for what to do with it | the call |
//! | `MessageStatus` that is not `received` | the status of a message of ours | the message and the status |
//! | `MessageSid` | a message | the message |
//!
//! Messages of WhatsApp come with `whatsapp:` before an address. An address may be a number or an account.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use frontdesk_domain::conversations::correspondent::Correspondent;
use frontdesk_domain::conversations::inbound::{
    Act, CallNews, Content, Inbound, InboundMessage, InboundReceipt,
};
use frontdesk_domain::conversations::outbound_message::{DeliveryStatus, Failure, FailureKind};
use frontdesk_domain::conversations::provider_message::{AnnouncedMedia, Choice, ReceivedContent};
use frontdesk_domain::kernel::personal::Personal;
use frontdesk_domain::languages::Keyword;
use frontdesk_domain::people::contact_address::ContactAddress;
use frontdesk_domain::values::code::Code;
use frontdesk_domain::values::json::canonical;
use frontdesk_domain::values::medium::Medium;
use frontdesk_domain::values::phone::PhoneNumber;
use frontdesk_domain::values::sender::{ChannelAddressKind, ChannelNumber};
use frontdesk_domain::values::text::Name;
use serde_json::{Map, Value};

use super::failures::failure;
use crate::crypto::sha256_hex;

/// What metrics tell apart.
pub const KNOWN_TYPES: &[&str] = &[MESSAGE, MESSAGE_STATUS, CALL, CALL_STATUS];
const MESSAGE: &str = "message";
const MESSAGE_STATUS: &str = "message-status";
const CALL: &str = "call";
const CALL_STATUS: &str = "call-status";
/// What in the address of a status says which message of ours it is about.
pub const OURS: &str = "message";
const WHATSAPP: &str = "whatsapp:";
/// Twilio sends at most ten files with a message.
const MEDIA_MAX: u32 = 10;
const ID_BYTES_MAX: usize = 200;

/// A form as it is kept: names and texts. Of a name that comes twice the last value counts.
pub struct Message(Map<String, Value>);

impl Message {
    pub fn of(form: Map<String, Value>) -> Self {
        Self(form)
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str().filter(|text| !text.is_empty())
    }

    fn id(&self, names: &[&str]) -> Option<String> {
        let id = names.iter().find_map(|name| self.get(name))?;
        (id.len() <= ID_BYTES_MAX).then(|| id.to_owned())
    }

    /// The business's number: where a message or call goes to, or where a message of ours came from.
    pub fn addresses(&self) -> Vec<ChannelNumber> {
        let is_ours = self.is_status() || self.get("Direction").is_some_and(|of| of.starts_with("outbound"));
        let address = self.get(if is_ours { "From" } else { "To" }).or_else(|| self.get("Called"));
        let number = address.map(|address| {
            let address = address.trim_start_matches(WHATSAPP);
            match PhoneNumber::parse(address, None) {
                Ok(number) => ChannelNumber { kind: ChannelAddressKind::PhoneNumber, value: number.into() },
                // A short code.
                Err(_) => {
                    ChannelNumber { kind: ChannelAddressKind::PhoneNumberId, value: address.to_owned() }
                }
            }
        });
        let service = self.get("MessagingServiceSid").map(str::to_owned);
        let service = service.map(|value| ChannelNumber { kind: ChannelAddressKind::PhoneNumberId, value });
        let is_bounded = |number: &ChannelNumber| number.value.len() <= ID_BYTES_MAX;
        number.into_iter().chain(service).filter(is_bounded).collect()
    }

    fn is_status(&self) -> bool {
        self.get("MessageStatus").is_some_and(|status| status != "received")
    }

    /// Whether it is about a call that is under way or over.
    fn is_call_status(&self) -> bool {
        let waits = matches!(self.get("CallStatus"), None | Some("ringing" | "queued" | "initiated"));
        self.get("CallbackSource").is_some() || self.get("RecordingSid").is_some() || !waits
    }

    pub fn into_inbound(self) -> Inbound {
        let (message_type, content) = if self.get("CallSid").is_some() {
            if self.is_call_status() {
                (CALL_STATUS, self.call_news())
            } else {
                (CALL, Content::TransferRequest)
            }
        } else if self.is_status() {
            (MESSAGE_STATUS, self.receipt())
        } else {
            (MESSAGE, self.message())
        };
        let (call, message) = (self.id(&["CallSid"]), self.id(&["MessageSid", "SmsMessageSid", "SmsSid"]));
        let told = |name: &str| self.get(name).unwrap_or_default().to_owned();
        let identity = match (message_type, &call, &message) {
            (CALL, Some(call), _) => Some(vec![call.clone()]),
            (CALL_STATUS, Some(call), _) => {
                let step = self.get("SequenceNumber").or_else(|| self.get("RecordingSid"));
                Some(vec![call.clone(), told("CallStatus"), step.unwrap_or_default().to_owned()])
            }
            (MESSAGE_STATUS, _, Some(message)) => Some(vec![message.clone(), told("MessageStatus")]),
            (MESSAGE, _, Some(message)) => Some(vec![message.clone()]),
            _ => None,
        };
        let (to, caller) = (self.addresses().into_iter().next(), self.get("From").map(str::to_owned));
        let key = if message_type == MESSAGE_STATUS { told("To") } else { told("From") };
        let sent_at = self.get("Timestamp").and_then(|text| DateTime::parse_from_rfc2822(text).ok());
        let wire = Value::Object(self.0);
        let identity = identity.unwrap_or_else(|| vec![sha256_hex(canonical(&wire).as_bytes())]);
        Inbound {
            message_type: message_type.into(),
            identity: std::iter::once(message_type.to_owned()).chain(identity).collect(),
            provider_call_id: call,
            // Parked, it holds nothing of theirs back.
            conversation_key: Some(key)
                .filter(|key| !key.is_empty() && !matches!(content, Content::Unreadable { .. })),
            to,
            caller,
            sent_at: sent_at.map(|at| at.with_timezone(&Utc)),
            is_awaited: message_type == CALL,
            content,
            wire: Arc::new(wire),
        }
    }

    fn call_news(&self) -> Content {
        let Some(status) = self.get("CallStatus") else {
            return Content::Unknown { reason: "it does not say how the call stands" };
        };
        Content::CallNews(match status {
            "completed" | "busy" | "failed" | "no-answer" | "canceled" => {
                CallNews::Ended { reason: Some(Code::of(status)) }
            }
            status => CallNews::Progressed { status: Code::of(status) },
        })
    }

    fn receipt(&self) -> Content {
        let Some(name) = self.id(&["MessageSid", "SmsSid"]) else {
            return Content::Unreadable { reason: "it does not say of which message it is the status" };
        };
        let status = match self.get("MessageStatus").unwrap_or_default() {
            "sent" => DeliveryStatus::Sent,
            "delivered" => DeliveryStatus::Delivered,
            "read" => DeliveryStatus::Read,
            "failed" | "undelivered" | "canceled" => DeliveryStatus::Failed,
            _ => return Content::Unknown { reason: "the message is still on its way to the network" },
        };
        let code = self.get("ErrorCode").and_then(|code| code.parse().ok());
        let unsaid = Failure { kind: FailureKind::Rejected, code: None };
        let failure = (status == DeliveryStatus::Failed).then(|| code.map_or(unsaid, failure));
        let ours = self.get(OURS).and_then(|ours| ours.parse().ok());
        Content::Receipt(InboundReceipt { name, ours, status, failure })
    }

    fn message(&self) -> Content {
        let Some(name) = self.id(&["MessageSid", "SmsMessageSid", "SmsSid"]) else {
            return Content::Unreadable { reason: "the message has no id" };
        };
        let is_prefixed = |name: &&str| self.get(name).is_some_and(|text| text.starts_with(WHATSAPP));
        let is_whatsapp =
            ["From", "To", "ExternalUserId"].iter().any(is_prefixed) || self.get("WaId").is_some();
        let medium = if is_whatsapp { Medium::Whatsapp } else { Medium::Sms };
        let from = self.from(medium);
        if from.is_empty() {
            return Content::Unreadable { reason: "nobody can be answered at what it says it is from" };
        }
        let keyword = match self.get("OptOutType") {
            Some("STOP") => Some(Keyword::Stop),
            Some("START") => Some(Keyword::Start),
            Some("HELP") => Some(Keyword::Help),
            _ => None,
        };
        Content::Message(InboundMessage {
            medium,
            from,
            profile_name: self.get("ProfileName").and_then(|name| Name::parse(name).ok()),
            name,
            act: Act::Written {
                content: self.content(medium),
                reply_to: self.id(&["OriginalRepliedMessageSid"]),
            },
            keyword,
        })
    }

    /// By what the writer is known: an account before a number.
    fn from(&self, medium: Medium) -> Vec<Correspondent> {
        let mut found: Vec<Correspondent> = Vec::new();
        let written = ["ExternalUserId", "From", "WaId"].iter().filter_map(|name| self.get(name));
        for address in written.map(|address| address.trim_start_matches(WHATSAPP)) {
            let address = match medium {
                Medium::Whatsapp => address.parse().ok().map(ContactAddress::Whatsapp),
                _ => PhoneNumber::parse(address, None).ok().map(ContactAddress::Phone),
            };
            let correspondent = address.map(Correspondent::Address);
            found.extend(correspondent.filter(|correspondent| !found.contains(correspondent)));
        }
        found.sort_by_key(|correspondent| std::cmp::Reverse(correspondent.kind()));
        found
    }

    fn content(&self, medium: Medium) -> ReceivedContent {
        let personal = |name: &str| Some(Personal::in_command(self.get(name)?.to_owned()));
        // On SMS it is what somebody else has put there.
        let choice = (medium == Medium::Whatsapp).then(|| {
            let id = personal("ButtonPayload").or_else(|| personal("ButtonText"))?;
            Some(Choice { id, title: personal("ButtonText") })
        });
        let count = self.get("NumMedia").and_then(|count| count.parse().ok()).unwrap_or(0_u32);
        let media: Vec<AnnouncedMedia> = (0..count.min(MEDIA_MAX)).filter_map(|at| self.media(at)).collect();
        let kind = if media.is_empty() { "text" } else { "media" };
        let choice = choice.flatten();
        ReceivedContent { kind: Code::of(kind), text: personal("Body"), media, choice, data: None }
    }

    fn media(&self, at: u32) -> Option<AnnouncedMedia> {
        let mime_type = self.get(&format!("MediaContentType{at}"));
        let kind = mime_type
            .and_then(|of| of.split('/').next())
            .filter(|of| ["image", "audio", "video"].contains(of));
        Some(AnnouncedMedia {
            kind: Code::of(kind.unwrap_or("document")),
            mime_type: mime_type.map(Code::of),
            reference: Personal::in_command(self.get(&format!("MediaUrl{at}"))?.to_owned()),
            sha256: None,
            bytes: None,
            file_name: None,
        })
    }
}
