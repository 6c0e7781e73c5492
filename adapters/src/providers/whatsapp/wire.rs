//! What WhatsApp sends (<https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components>).
//!
//! A body holds entries, these hold changes, and a change of the field `messages` holds messages and statuses, of
//! one number of the business. All of these are many. Each message and each status becomes a body of its own with
//! nothing else in it ([`singles`]): so it is kept, and so it is read again.
//!
//! A person is known by an account (a business-scoped user id), by a number (`wa_id`), or by both. The number may
//! be missing, and the account may stand where the number is expected.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use frontdesk_domain::conversations::correspondent::Correspondent;
use frontdesk_domain::conversations::inbound::{Act, Content, Inbound, InboundMessage, InboundReceipt};
use frontdesk_domain::conversations::outbound_message::{DeliveryStatus, Failure, FailureKind};
use frontdesk_domain::conversations::provider_message::{AnnouncedMedia, Choice, ReceivedContent};
use frontdesk_domain::kernel::personal::Personal;
use frontdesk_domain::people::contact_address::ContactAddress;
use frontdesk_domain::values::code::Code;
use frontdesk_domain::values::json::canonical;
use frontdesk_domain::values::medium::Medium;
use frontdesk_domain::values::sender::{ChannelAddressKind, ChannelNumber};
use frontdesk_domain::values::text::Name;
use frontdesk_domain::values::time::is_in_reach;
use frontdesk_domain::values::whatsapp::WhatsappUserId;
use serde_json::{Map, Value, json};

use super::failures::failure;
use crate::crypto::sha256_hex;
use crate::providers::provider::BadMessage;

/// What metrics tell apart.
pub const KNOWN_TYPES: &[&str] = &["message", "status"];
const MESSAGE: &str = "message";
const STATUS: &str = "status";
/// Of the names of messages, and of ids.
const NAME_BYTES_MAX: usize = 512;
/// Seconds of instants have at most so many digits for a long time; milliseconds have more.
const SECONDS_MAX: i64 = 100_000_000_000;
/// What comes with a file.
const MEDIA: [&str; 6] = ["image", "audio", "voice", "video", "document", "sticker"];

fn no_envelope() -> BadMessage {
    BadMessage("the body should be {\"object\": \"whatsapp_business_account\", \"entry\": […]}".into())
}

/// The body, message by message and status by status: each with the entry and the change that it stood in.
pub fn singles(body: &[u8]) -> Result<Vec<Value>, BadMessage> {
    let body = read(body)?;
    let mut singles = Vec::new();
    for (entry, change) in changes(&body)? {
        let single = |change: Value| json!({ "entry": [{ "id": entry.get("id"), "changes": [change] }] });
        singles.extend(parts(change).into_iter().map(single));
    }
    Ok(singles)
}

fn read(body: &[u8]) -> Result<Value, BadMessage> {
    let bad = |error: serde_json::Error| BadMessage(format!("the body is not JSON: {error}"));
    let mut body: Value = serde_json::from_slice(body).map_err(bad)?;
    without_nul(&mut body);
    Ok(body)
}

/// Each change, with the entry that it stands in.
fn changes(body: &Value) -> Result<impl Iterator<Item = (&Value, &Value)>, BadMessage> {
    let entries = body.get("entry").and_then(Value::as_array).ok_or_else(no_envelope)?;
    fn of(entry: &Value) -> &[Value] {
        entry.get("changes").and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }
    Ok(entries.iter().flat_map(move |entry| of(entry).iter().map(move |change| (entry, change))))
}

/// No text of PostgreSQL can hold NUL, and none of a person does.
fn without_nul(value: &mut Value) {
    match value {
        Value::String(text) => text.retain(|letter| letter != '\0'),
        Value::Array(items) => items.iter_mut().for_each(without_nul),
        Value::Object(fields) => fields.values_mut().for_each(without_nul),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A change, with one message or one status each; whole, if it has none. What they share is copied for each of
/// them, so a single has no more of the people than those whom it is about.
fn parts(change: &Value) -> Vec<Value> {
    let value = change.get("value").and_then(Value::as_object);
    let list =
        |name: &str| value.and_then(|value| value.get(name)?.as_array()).map_or(&[][..], Vec::as_slice);
    let lists = [("messages", list("messages")), ("statuses", list("statuses"))];
    let is_shared =
        |(name, _): &(&String, &Value)| !["messages", "statuses", "contacts"].contains(&name.as_str());
    let fields = value.into_iter().flatten().filter(is_shared);
    let shared: Map<String, Value> = fields.map(|(name, value)| (name.clone(), value.clone())).collect();
    let contacts = list("contacts");
    let part = |(name, item): (&str, &Value)| {
        let mut value = shared.clone();
        let about = contacts.iter().filter(|contact| contacts.len() == 1 || is_about(item, contact));
        value.insert("contacts".to_owned(), about.cloned().collect());
        value.insert(name.to_owned(), json!([item]));
        json!({ "field": change.get("field"), "value": value })
    };
    let parts: Vec<Value> = lists
        .into_iter()
        .flat_map(|(name, items)| items.iter().map(move |item| (name, item)))
        .map(part)
        .collect();
    if parts.is_empty() { vec![change.clone()] } else { parts }
}

/// Whether somebody has written a message, or is who a status is about.
fn is_about(item: &Value, contact: &Value) -> bool {
    let is_same = |of_contact: &str, of_item: &str| {
        let id = contact.get(of_contact).and_then(Value::as_str);
        id.is_some() && id == item.get(of_item).and_then(Value::as_str)
    };
    is_same("user_id", "from_user_id")
        || is_same("wa_id", "from")
        || is_same("user_id", "recipient_user_id")
        || is_same("wa_id", "recipient_id")
}

/// The numbers of the business that a body is for, and its accounts. Nobody has vouched for it: nothing of it is
/// copied but these.
pub fn addresses(body: &[u8]) -> Vec<ChannelNumber> {
    let Ok(body) = read(body) else { return vec![] };
    let changes = changes(&body).into_iter().flatten();
    let mut addresses: Vec<ChannelNumber> =
        changes.filter_map(|(entry, change)| address(entry, change)).collect();
    addresses.sort_unstable();
    addresses.dedup();
    addresses
}

/// The number of the business that a change is for; its account, if it is for none of its numbers.
fn address(entry: &Value, change: &Value) -> Option<ChannelNumber> {
    let text = |value: Option<&Value>| {
        let text = value?.as_str()?;
        (1..=NAME_BYTES_MAX).contains(&text.len()).then(|| text.to_owned())
    };
    let number = text(change.pointer("/value/metadata/phone_number_id"));
    let number = number.map(|value| ChannelNumber { kind: ChannelAddressKind::PhoneNumberId, value });
    let account =
        || Some(ChannelNumber { kind: ChannelAddressKind::AccountId, value: text(entry.get("id"))? });
    number.or_else(account)
}

/// A single in our words.
pub fn inbound(single: Value) -> Inbound {
    let field = single.pointer("/entry/0/changes/0/field").and_then(Value::as_str).unwrap_or_default();
    let value = single.pointer("/entry/0/changes/0/value").and_then(Value::as_object);
    let part = |list: &str| value.and_then(|value| value.get(list)?.as_array()?.first());
    // What is for no number is for nobody.
    let nobody = || ChannelNumber { kind: ChannelAddressKind::AccountId, value: String::new() };
    let (entry, change) = (single.pointer("/entry/0"), single.pointer("/entry/0/changes/0"));
    let to = entry.zip(change).and_then(|(entry, change)| address(entry, change)).unwrap_or_else(nobody);
    let number = to.value.clone();
    let (message_type, part, content) = match (part("messages"), part("statuses")) {
        (Some(message), _) => (MESSAGE, Some(message), message_content(message, value)),
        (None, Some(status)) => (STATUS, Some(status), status_content(status)),
        (None, None) => (field, None, Content::Unknown { reason: "it changes nothing here" }),
    };
    let name = part.and_then(|part| named(part, "id"));
    let identity = match name.filter(|_| !matches!(content, Content::Unreadable { .. })) {
        Some(name) if message_type == STATUS => {
            let status = part.and_then(|part| part.get("status")?.as_str()).unwrap_or_default();
            vec![STATUS.to_owned(), number, name, status.to_owned()]
        }
        Some(name) => vec![MESSAGE.to_owned(), number, name],
        None => vec![Code::of(message_type).as_str().to_owned(), sha256_hex(canonical(&single).as_bytes())],
    };
    let sent_at = part.and_then(|part| instant(part.get("timestamp")?));
    let ordering = part.and_then(|part| {
        let parts = ["from_user_id", "from", "recipient_user_id", "recipient_id"];
        parts.iter().find_map(|name| named(part, name))
    });
    Inbound {
        message_type: Code::of(message_type).as_str().to_owned(),
        identity,
        provider_call_id: None,
        // Parked, it holds nothing of theirs back.
        conversation_key: ordering.filter(|_| !matches!(content, Content::Unreadable { .. })),
        to: Some(to),
        caller: None,
        sent_at,
        is_awaited: false,
        content,
        wire: Arc::new(single),
    }
}

fn named(part: &Value, name: &str) -> Option<String> {
    let text = part.get(name)?.as_str()?;
    (1..=NAME_BYTES_MAX).contains(&text.len()).then(|| text.to_owned())
}

/// In seconds; some gateways count milliseconds.
fn instant(value: &Value) -> Option<DateTime<Utc>> {
    let number = value.as_i64().or_else(|| value.as_str()?.parse().ok())?;
    let instant = if number.abs() < SECONDS_MAX {
        DateTime::from_timestamp(number, 0)
    } else {
        DateTime::from_timestamp_millis(number)
    };
    instant.filter(|instant| is_in_reach(*instant))
}

fn message_content(message: &Value, value: Option<&Map<String, Value>>) -> Content {
    let Some(name) = named(message, "id") else {
        return Content::Unreadable { reason: "a message in it has no id" };
    };
    if message.get("group_id").is_some() {
        return Content::Unknown { reason: "it was written to a group" };
    }
    let kind = message.get("type").and_then(Value::as_str).unwrap_or_default();
    if matches!(kind, "system" | "request_welcome") {
        return Content::Unknown { reason: "nobody has written it" };
    }
    let contact = contact(message, value);
    let from = correspondents(message, contact);
    if from.is_empty() {
        return Content::Unreadable { reason: "a message in it does not say who has written it" };
    }
    let text = |path: &str| message.pointer(path).and_then(Value::as_str).filter(|text| !text.is_empty());
    let act = match kind {
        "reaction" => text("/reaction/message_id")
            .map(|to| Act::Reacted { to: to.to_owned(), emoji: text("/reaction/emoji").map(str::to_owned) }),
        "revoke" => text("/revoke/original_message_id").map(|of| Act::Removed { of: of.to_owned() }),
        "edit" => text("/edit/original_message_id")
            .zip(message.pointer("/edit/message"))
            .map(|(of, edited)| Act::Edited { of: of.to_owned(), content: received(edited) }),
        _ => Some(Act::Written {
            content: received(message),
            reply_to: text("/context/id").map(str::to_owned),
        }),
    };
    let Some(act) = act else {
        return Content::Unreadable { reason: "it does not say which message it is about" };
    };
    let profile_name = contact.and_then(|contact| contact.pointer("/profile/name")?.as_str());
    Content::Message(InboundMessage {
        medium: Medium::Whatsapp,
        from,
        profile_name: profile_name.and_then(|name| Name::parse(name).ok()),
        name,
        act,
        keyword: None,
    })
}

/// What a body says of whoever has written a message.
fn contact<'v>(message: &Value, value: Option<&'v Map<String, Value>>) -> Option<&'v Value> {
    let contacts = value.and_then(|value| value.get("contacts")?.as_array())?;
    let is_known = |name: &str| message.get(name).and_then(Value::as_str).is_some_and(is_user_id);
    // Where a message does not say it, the only contact has written it.
    let only =
        || contacts.first().filter(|_| contacts.len() == 1 && !is_known("from_user_id") && !is_known("from"));
    contacts.iter().find(|contact| is_about(message, contact)).or_else(only)
}

fn is_user_id(text: &str) -> bool {
    text.parse::<WhatsappUserId>().is_ok()
}

/// By what a writer is known: the account before its number.
fn correspondents(message: &Value, contact: Option<&Value>) -> Vec<Correspondent> {
    let places =
        [(Some(message), "from_user_id"), (contact, "user_id"), (Some(message), "from"), (contact, "wa_id")];
    let ids = places.into_iter().filter_map(|(of, name)| of?.get(name)?.as_str()?.parse().ok());
    let mut found: Vec<Correspondent> = Vec::new();
    for id in ids {
        let correspondent = Correspondent::Address(ContactAddress::Whatsapp(id));
        if !found.contains(&correspondent) {
            found.push(correspondent);
        }
    }
    // An account that stands where the number is expected comes first all the same.
    found.sort_by_key(|correspondent| std::cmp::Reverse(correspondent.kind()));
    found
}

/// What a message says.
fn received(message: &Value) -> ReceivedContent {
    let kind = message.get("type").and_then(Value::as_str).unwrap_or_default();
    let part = message.get(kind);
    let text = |path: &str| {
        let text = message.pointer(path)?.as_str().filter(|text| !text.is_empty())?;
        Some(Personal::in_command(text.to_owned()))
    };
    let choice = |id: &str, title: &str| Some(Choice { id: text(id)?, title: text(title) });
    let media = part.filter(|_| MEDIA.contains(&kind)).and_then(|part| announced(kind, part));
    let is_read = matches!(kind, "text" | "button") || media.is_some();
    let choice = choice("/button/payload", "/button/text")
        .or_else(|| choice("/interactive/button_reply/id", "/interactive/button_reply/title"))
        .or_else(|| choice("/interactive/list_reply/id", "/interactive/list_reply/title"));
    let texts = [
        "/text/body",
        "/button/text",
        "/interactive/button_reply/title",
        "/interactive/list_reply/title",
        "/image/caption",
        "/video/caption",
        "/document/caption",
    ];
    ReceivedContent {
        kind: Code::of(kind),
        text: texts.iter().find_map(|path| text(path)),
        media: media.into_iter().collect(),
        data: part.filter(|_| !is_read && choice.is_none()).map(|part| Personal::in_command(part.clone())),
        choice,
    }
}

fn announced(kind: &str, part: &Value) -> Option<AnnouncedMedia> {
    let text = |name: &str| part.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    Some(AnnouncedMedia {
        kind: Code::of(if kind == "voice" { "audio" } else { kind }),
        mime_type: text("mime_type").map(|of| Code::of(of.split(';').next().unwrap_or_default().trim())),
        reference: Personal::in_command(text("id")?.to_owned()),
        sha256: text("sha256").map(digest),
        bytes: part.get("file_size").and_then(Value::as_u64),
        file_name: text("filename").map(|name| Personal::in_command(name.to_owned())),
    })
}

/// In hexadecimal, as it is written elsewhere; WhatsApp writes Base64.
fn digest(text: &str) -> Code {
    Code::of(&STANDARD.decode(text).map_or_else(|_| text.to_owned(), hex::encode))
}

fn status_content(status: &Value) -> Content {
    let Some(name) = named(status, "id") else {
        return Content::Unreadable { reason: "a status in it does not say of which message" };
    };
    let status_of = match status.get("status").and_then(Value::as_str).unwrap_or_default() {
        "sent" => DeliveryStatus::Sent,
        "delivered" => DeliveryStatus::Delivered,
        "read" => DeliveryStatus::Read,
        "played" => DeliveryStatus::Played,
        "failed" => DeliveryStatus::Failed,
        _ => return Content::Unknown { reason: "the status says nothing of what became of the message" },
    };
    let code = status.pointer("/errors/0/code").and_then(Value::as_i64);
    let unsaid = Failure { kind: FailureKind::Rejected, code: None };
    let failure = (status_of == DeliveryStatus::Failed).then(|| code.map_or(unsaid, failure));
    let ours = status.get("biz_opaque_callback_data").and_then(Value::as_str);
    Content::Receipt(InboundReceipt {
        name,
        ours: ours.and_then(|ours| ours.parse().ok()),
        status: status_of,
        failure,
    })
}
