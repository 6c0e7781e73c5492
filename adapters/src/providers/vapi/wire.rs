//! Messages as Vapi sends them.
//!
//! The envelope is `{"message": {"type": …, "call": {…}, …}}`. Everything but the type may be missing, times are ISO strings or milliseconds,
//! tool calls come in five shapes, and new types appear: whatever is not understood is taken in and acknowledged all the same.

use chrono::{DateTime, Utc};
use frontdesk_domain::conversations::call::CallReport;
use frontdesk_domain::conversations::commands::translate_webhook::CallNews;
use frontdesk_domain::kernel::personal::{Personal, SubjectId};
use frontdesk_domain::scheduling::business::{ChannelAddressKind, ChannelNumber};
use frontdesk_domain::values::phone::PhoneNumber;
use serde_json::{Map, Value};

use crate::crypto::sha256_hex;

const TYPE_NAME_MAX: usize = 100;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadMessage {
    #[error("the body is not JSON: {0}")]
    NotJson(String),
    #[error("the body should be {{\"message\": {{\"type\": \"…\", …}}}}")]
    NoMessage,
}

/// A message, with what all of them have in common.
#[derive(Debug, Clone)]
pub struct Message {
    pub message_type: String,
    /// The platform's id of the call, if the message is about one.
    pub call_id: Option<String>,
    /// Who calls, as the network says.
    pub caller: Option<PhoneNumber>,
    pub sent_at: Option<DateTime<Utc>>,
    content: Value,
}

/// A tool call. The arguments are an object, or the reason why they are not.
#[derive(Debug, Clone, PartialEq)]
pub struct WireToolCall {
    /// As it must stand in the answer.
    pub id: String,
    pub name: String,
    pub arguments: Result<Value, String>,
}

impl Message {
    pub fn parse(body: &[u8]) -> Result<Self, BadMessage> {
        let mut body: Value = serde_json::from_slice(body).map_err(|error| BadMessage::NotJson(error.to_string()))?;
        let content = body.get_mut("message").map(Value::take).ok_or(BadMessage::NoMessage)?;
        let message_type =
            content.get("type").and_then(Value::as_str).filter(|name| is_type_name(name)).ok_or(BadMessage::NoMessage)?.to_owned();
        let text = |pointer: &str| content.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty());
        let caller = text("/call/customer/number").or_else(|| text("/customer/number"));
        Ok(Self {
            message_type,
            call_id: text("/call/id").map(str::to_owned),
            caller: caller.and_then(|number| PhoneNumber::parse(number, None).ok()),
            sent_at: content.get("timestamp").and_then(instant),
            content,
        })
    }

    /// The message without its envelope.
    pub fn content(&self) -> &Value {
        &self.content
    }

    fn text(&self, pointer: &str) -> Option<&str> {
        self.content.pointer(pointer)?.as_str().filter(|text| !text.is_empty())
    }

    /// The numbers and assistants by which it names the business, the most telling first.
    pub fn addresses(&self) -> Vec<ChannelNumber> {
        [
            (ChannelAddressKind::PhoneNumber, "/phoneNumber/number"),
            (ChannelAddressKind::PhoneNumber, "/call/phoneNumber/number"),
            (ChannelAddressKind::PhoneNumberId, "/call/phoneNumberId"),
            (ChannelAddressKind::PhoneNumberId, "/phoneNumber/id"),
            (ChannelAddressKind::AssistantId, "/call/assistantId"),
            (ChannelAddressKind::AssistantId, "/assistant/id"),
        ]
        .into_iter()
        .filter_map(|(kind, pointer)| Some(ChannelNumber { kind, value: self.text(pointer)?.to_owned() }))
        .collect()
    }

    /// Whether an assistant waits for what we answer to tool calls.
    pub fn is_tool_call(&self) -> bool {
        matches!(self.message_type.as_str(), "tool-calls" | "function-call")
    }

    /// The tool calls, each once. Platforms repeat them within one message in several lists.
    pub fn tool_calls(&self) -> Vec<WireToolCall> {
        if let Some(call) = self.content.get("functionCall").and_then(Value::as_object) {
            // The legacy form has no id: the same call of the same function is the same.
            let id = format!("function-call-{}", &sha256_hex(canonical(&self.content["functionCall"]).as_bytes())[..16]);
            return vec![WireToolCall { id, name: name_of(call, None), arguments: arguments_of(call) }];
        }
        let list = |name: &str| self.content.get(name).and_then(Value::as_array).filter(|list| !list.is_empty());
        let plain = list("toolCallList").or_else(|| list("toolCalls"));
        let calls: Vec<_> = match plain {
            Some(calls) => calls.iter().filter_map(|call| tool_call(call.as_object()?, None)).collect(),
            None => list("toolWithToolCallList")
                .into_iter()
                .flatten()
                .filter_map(|tool| tool_call(tool.get("toolCall")?.as_object()?, tool.as_object()))
                .collect(),
        };
        let mut seen = std::collections::HashSet::new();
        calls.into_iter().filter(|call| seen.insert(call.id.clone())).collect()
    }

    /// What makes this the same delivery as another one, type by type:
    ///
    /// | type | identity |
    /// |---|---|
    /// | `tool-calls`, `function-call` | one delivery for each tool call: the call and the tool call's id |
    /// | `status-update` | the call, the status, when it was sent |
    /// | `end-of-call-report`, `assistant-request` | the call |
    /// | every other, and all without a call id | the call, if there is one, and a digest of the message with its keys in order |
    ///
    /// The type itself is always a part of it. It is never a hash of the body: when a platform repeats a message, its keys may come in
    /// another order.
    pub fn identity(&self) -> Vec<String> {
        let mut identity = vec![self.message_type.clone()];
        match (self.message_type.as_str(), &self.call_id) {
            ("status-update", Some(call)) => {
                let status = self.text("/status").unwrap_or_default().to_owned();
                let sent = self.content.get("timestamp").map(canonical).unwrap_or_default();
                identity.extend([call.clone(), status, sent]);
            }
            ("end-of-call-report" | "assistant-request", Some(call)) => identity.push(call.clone()),
            (_, call) => {
                identity.extend(call.clone());
                identity.push(sha256_hex(canonical(&self.content).as_bytes()));
            }
        }
        identity
    }

    /// The identity of the delivery of one of its tool calls. A tool call's id is only unique within its call.
    pub fn tool_call_identity(&self, tool_call_id: &str) -> Vec<String> {
        vec!["tool-calls".into(), self.call_key(), tool_call_id.into()]
    }

    /// The platform's id of the call; without one, the whole message has to tell.
    pub fn call_key(&self) -> String {
        self.call_id.clone().unwrap_or_else(|| sha256_hex(canonical(&self.content).as_bytes()))
    }

    /// What it says of its call; `None` if it changes nothing.
    pub fn news(&self, subject: SubjectId) -> Option<CallNews> {
        let personal = |pointers: &[&str]| {
            let text = pointers.iter().find_map(|pointer| self.text(pointer))?;
            Some(Personal::new(subject, text.to_owned()))
        };
        let owned = |pointer: &str| self.text(pointer).map(str::to_owned);
        self.call_id.as_ref()?;
        match self.message_type.as_str() {
            "status-update" => match self.text("/status")? {
                "ended" => Some(CallNews::Ended { reason: owned("/endedReason") }),
                status => Some(CallNews::Progressed { status: status.to_owned() }),
            },
            "end-of-call-report" => Some(CallNews::Reported {
                report: CallReport {
                    ended_reason: owned("/endedReason"),
                    started_at: self.content.get("startedAt").and_then(instant),
                    ended_at: self.content.get("endedAt").and_then(instant),
                    summary: personal(&["/analysis/summary", "/summary"]),
                    transcript: personal(&["/artifact/transcript", "/transcript"]),
                },
            }),
            _ => None,
        }
    }
}

/// A type that nobody has heard of is taken in, too, as long as it can be one: `assistant.speechStarted`.
fn is_type_name(name: &str) -> bool {
    (1..=TYPE_NAME_MAX).contains(&name.len()) && name.chars().all(|letter| letter.is_ascii_graphic())
}

fn tool_call(call: &Map<String, Value>, parent: Option<&Map<String, Value>>) -> Option<WireToolCall> {
    let id = match call.get("id")? {
        Value::String(id) => id.clone(),
        Value::Number(id) => id.to_string(),
        _ => return None,
    };
    Some(WireToolCall { id, name: name_of(call, parent), arguments: arguments_of(call) })
}

fn name_of(call: &Map<String, Value>, parent: Option<&Map<String, Value>>) -> String {
    let function = |of: &Map<String, Value>| {
        of.get("function").and_then(|function| function.get("name")).and_then(Value::as_str).map(str::to_owned)
    };
    let own = |of: &Map<String, Value>| of.get("name").and_then(Value::as_str).map(str::to_owned);
    function(call).or_else(|| own(call)).or_else(|| parent.and_then(own)).or_else(|| parent.and_then(function)).unwrap_or_default()
}

fn arguments_of(call: &Map<String, Value>) -> Result<Value, String> {
    let arguments = call
        .get("function")
        .and_then(|function| function.get("arguments"))
        .or_else(|| call.get("arguments"))
        .or_else(|| call.get("parameters"));
    match arguments {
        None | Some(Value::Null) => Ok(Value::Object(Map::new())),
        Some(Value::String(text)) if text.trim().is_empty() => Ok(Value::Object(Map::new())),
        Some(Value::String(text)) => serde_json::from_str(text).map_err(|error| format!("the arguments are not JSON: {error}")),
        Some(arguments) => Ok(arguments.clone()),
    }
}

/// ISO 8601, or milliseconds since 1970, whole or not.
fn instant(value: &Value) -> Option<DateTime<Utc>> {
    match value {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => {
            let milliseconds = number.as_f64().filter(|ms| (0.0..=253_402_300_799_999.0).contains(ms))?;
            DateTime::from_timestamp_millis(milliseconds as i64)
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The same text for the same value, in whatever order its keys came.
pub fn canonical(value: &Value) -> String {
    match value {
        Value::Object(object) => {
            let mut entries: Vec<_> = object.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            let entries: Vec<_> =
                entries.into_iter().map(|(key, value)| format!("{}:{}", Value::from(key.as_str()), canonical(value))).collect();
            format!("{{{}}}", entries.join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn message(content: Value) -> Message {
        Message::parse(json!({ "message": content }).to_string().as_bytes()).expect("a message")
    }

    #[test]
    fn tool_calls_are_understood_in_every_shape() {
        let expected =
            |arguments: Value| vec![WireToolCall { id: "t1".into(), name: "book_appointment".into(), arguments: Ok(arguments) }];
        let arguments = json!({ "name": "Ada" });
        let function = |arguments: Value| json!({ "id": "t1", "type": "function", "function": { "name": "book_appointment", "arguments": arguments } });
        for content in [
            json!({ "type": "tool-calls", "toolCallList": [{ "id": "t1", "name": "book_appointment", "parameters": arguments }] }),
            json!({ "type": "tool-calls", "toolCallList": [{ "id": "t1", "name": "book_appointment", "arguments": arguments }] }),
            json!({ "type": "tool-calls", "toolCalls": [function(arguments.clone())] }),
            json!({ "type": "tool-calls", "toolCallList": [function(arguments.clone())], "toolCalls": [function(arguments.clone())] }),
            json!({ "type": "tool-calls", "toolCallList": [function(json!(arguments.to_string()))] }),
            json!({ "type": "tool-calls", "toolWithToolCallList": [{ "name": "book_appointment", "toolCall": { "id": "t1", "parameters": arguments } }] }),
            json!({ "type": "tool-calls", "toolWithToolCallList": [{
                "function": { "name": "book_appointment", "parameters": { "type": "object" } }, "toolCall": function(arguments.clone()) }] }),
        ] {
            assert_eq!(message(content.clone()).tool_calls(), expected(arguments.clone()), "{content}");
        }
        for nothing in [json!(null), json!(""), json!({})] {
            assert_eq!(
                message(json!({ "type": "tool-calls", "toolCallList": [function(nothing)] })).tool_calls(),
                expected(json!({}))
            );
        }
        let broken = message(json!({ "type": "tool-calls", "toolCallList": [function(json!("{\"name\":"))] }));
        assert!(broken.tool_calls()[0].arguments.as_ref().is_err_and(|reason| reason.contains("not JSON")));
    }

    #[test]
    fn the_legacy_form_gets_the_same_id_each_time() {
        let one = message(
            json!({ "type": "function-call", "functionCall": { "name": "take_message", "parameters": { "a": 1, "b": 2 } } }),
        );
        let other = message(
            json!({ "functionCall": { "parameters": { "b": 2, "a": 1 }, "name": "take_message" }, "type": "function-call" }),
        );
        assert_eq!(one.tool_calls(), other.tool_calls());
        assert_eq!((one.tool_calls()[0].name.as_str(), one.is_tool_call()), ("take_message", true));
    }

    #[test]
    fn repeats_have_one_identity_and_different_messages_have_two() {
        let check = |one: Value, other: Value, same: bool| assert_eq!(message(one).identity() == message(other).identity(), same);
        let status = |call: &str, status: &str, sent: u64| json!({ "type": "status-update", "call": { "id": call }, "status": status, "timestamp": sent });
        check(
            status("c1", "ended", 1),
            json!({ "status": "ended", "timestamp": 1, "call": { "id": "c1", "x": 1 }, "type": "status-update" }),
            true,
        );
        check(status("c1", "ended", 1), status("c2", "ended", 1), false);
        check(status("c1", "in-progress", 1), status("c1", "ended", 1), false);
        check(status("c1", "in-progress", 1), status("c1", "in-progress", 2), false);
        let report = |reason: &str| json!({ "type": "end-of-call-report", "call": { "id": "c1" }, "endedReason": reason });
        check(report("hangup"), report("other"), true);
        let hang = |a: u8, b: u8| json!({ "type": "hang", "call": { "id": "c1" }, "a": a, "b": b });
        check(hang(1, 2), json!({ "b": 2, "a": 1, "call": { "id": "c1" }, "type": "hang" }), true);
        check(hang(1, 2), hang(1, 3), false);
        check(json!({ "type": "voice-input", "input": "x" }), json!({ "type": "voice-request", "input": "x" }), false);
    }

    #[test]
    fn times_are_read_in_all_three_ways() {
        let expected: DateTime<Utc> = "2025-06-10T09:07:00.647Z".parse().expect("an instant");
        for sent in [json!("2025-06-10T09:07:00.647Z"), json!(1_749_546_420_647_u64), json!(1_749_546_420_647.001)] {
            assert_eq!(message(json!({ "type": "hang", "timestamp": sent })).sent_at, Some(expected));
        }
        for sent in [json!(null), json!("soon"), json!(1e300), json!(-1)] {
            assert_eq!(message(json!({ "type": "hang", "timestamp": sent })).sent_at, None);
        }
    }

    #[test]
    fn a_call_is_followed_by_the_message_and_not_by_its_stale_copy_of_the_call() {
        let subject = SubjectId(uuid::Uuid::nil());
        let ended = message(
            json!({ "type": "status-update", "status": "ended", "endedReason": "hangup", "call": { "id": "c1", "status": "ringing" } }),
        );
        assert!(matches!(ended.news(subject), Some(CallNews::Ended { reason: Some(reason) }) if reason == "hangup"));
        let without_call = message(json!({ "type": "status-update", "status": "ended", "call": {} }));
        assert!(without_call.news(subject).is_none());
        assert!(message(json!({ "type": "speech-update", "call": { "id": "c1" } })).news(subject).is_none());
    }

    #[test]
    fn what_is_not_a_message_says_what_one_looks_like() {
        assert!(matches!(Message::parse(b"{"), Err(BadMessage::NotJson(_))));
        for body in ["{}", "[]", "1", r#"{"message":{}}"#, r#"{"message":{"type":1}}"#, r#"{"message":{"type":"a\u0000b"}}"#] {
            assert_eq!(Message::parse(body.as_bytes()).err(), Some(BadMessage::NoMessage), "{body}");
        }
    }
}
