//! Messages as Vapi sends them.
//!
//! The envelope is `{"message": {"type": …, "call": {…}, …}}`. Everything but the type may be missing, times
//! are ISO strings or milliseconds, tool calls come in five shapes, and new types appear: whatever is not
//! understood is taken in and acknowledged all the same.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use frontdesk_domain::conversations::call::CallReport;
use frontdesk_domain::conversations::inbound::{CallNews, Content, Inbound, InboundToolCall};
use frontdesk_domain::kernel::personal::Personal;
use frontdesk_domain::values::code::Code;
use frontdesk_domain::values::json::canonical;
use frontdesk_domain::values::sender::{ChannelAddressKind, ChannelNumber};
use frontdesk_domain::values::time::is_in_reach;
use serde_json::{Map, Value};

use crate::crypto::sha256_hex;
use crate::providers::json_path::text_at;
use crate::providers::provider::BadMessage;

const TYPE_NAME_MAX: usize = 100;
/// Ids of calls and tool calls are UUIDs, or a little longer.
const ID_BYTES_MAX: usize = 200;
/// A model calls a few tools at once. Each is a webhook of its own, with the body that it came in.
const TOOL_CALLS_MAX: usize = 32;
/// Of a phone number, or the id of one, or of an assistant.
const ADDRESS_BYTES_MAX: usize = 200;

/// The legacy form of a message with tool calls.
pub const FUNCTION_CALL: &str = "function-call";

/// What metrics tell apart.
pub const KNOWN_TYPES: &[&str] = &[
    "tool-calls",
    FUNCTION_CALL,
    "status-update",
    "end-of-call-report",
    "assistant-request",
    "transfer-destination-request",
];

/// Whether an assistant waits for what we answer to tool calls.
pub fn is_tool_call(message_type: &str) -> bool {
    matches!(message_type, "tool-calls" | FUNCTION_CALL)
}

pub fn no_message() -> BadMessage {
    BadMessage("the body should be {\"message\": {\"type\": \"…\", …}}".into())
}

/// The numbers and assistants by which a body names the business, the most telling first.
pub fn addresses(body: &[u8]) -> Vec<ChannelNumber> {
    let paths: [(ChannelAddressKind, &[&str]); 6] = [
        (ChannelAddressKind::PhoneNumber, &["message", "phoneNumber", "number"]),
        (ChannelAddressKind::PhoneNumber, &["message", "call", "phoneNumber", "number"]),
        (ChannelAddressKind::PhoneNumberId, &["message", "call", "phoneNumberId"]),
        (ChannelAddressKind::PhoneNumberId, &["message", "phoneNumber", "id"]),
        (ChannelAddressKind::AssistantId, &["message", "call", "assistantId"]),
        (ChannelAddressKind::AssistantId, &["message", "assistant", "id"]),
    ];
    let address = |(kind, path): (ChannelAddressKind, &[&str])| {
        let value = text_at(body, path).filter(|value| (1..=ADDRESS_BYTES_MAX).contains(&value.len()))?;
        Some(ChannelNumber { kind, value })
    };
    paths.into_iter().filter_map(address).collect()
}

/// A message, with what all of them have in common.
#[derive(Debug, Clone)]
pub struct Message {
    message_type: String,
    /// The platform's id of the call, if the message is about one.
    call_id: Option<String>,
    content: Value,
}

impl Message {
    pub fn parse(body: &[u8]) -> Result<Self, BadMessage> {
        let bad = |error: serde_json::Error| BadMessage(format!("the body is not JSON: {error}"));
        let mut body: Value = serde_json::from_slice(body).map_err(bad)?;
        let content = body.get_mut("message").map(Value::take).ok_or_else(no_message)?;
        let message_type = content.get("type").and_then(Value::as_str).filter(|name| is_type_name(name));
        let message_type = message_type.ok_or_else(no_message)?.to_owned();
        let call_id = content
            .pointer("/call/id")
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
            .map(str::to_owned);
        if call_id.as_ref().is_some_and(|id| id.len() > ID_BYTES_MAX) {
            return Err(BadMessage(format!("call.id: it has more than {ID_BYTES_MAX} bytes")));
        }
        let message = Self { message_type, call_id, content };
        let calls = message.tool_call_lists().map(<[Value]>::len).into_iter().max().unwrap_or_default();
        if is_tool_call(&message.message_type) && calls > TOOL_CALLS_MAX {
            let found = format!("a message holds at most {TOOL_CALLS_MAX} tool calls, this one {calls}");
            return Err(BadMessage(found));
        }
        Ok(message)
    }

    /// The message in our words: one for each tool call in it, or one.
    pub fn into_inbound(self) -> Vec<Inbound> {
        let is_tool_call = is_tool_call(&self.message_type);
        let parts =
            if is_tool_call { self.tool_call_parts() } else { vec![(self.identity(), self.meaning())] };
        let caller = self.text("/call/customer/number").or_else(|| self.text("/customer/number"));
        let caller = caller.map(str::to_owned);
        let sent_at = self.content.get("timestamp").and_then(instant);
        let wire = Arc::new(self.content);
        let inbound = |(identity, content)| Inbound {
            message_type: self.message_type.clone(),
            identity,
            // Parked, it holds nothing of its call back.
            provider_call_id: self.call_id.clone().filter(|_| !matches!(content, Content::Unanswerable)),
            conversation_key: None,
            to: None,
            caller: caller.clone(),
            sent_at,
            is_awaited: is_tool_call || is_awaited(&content),
            content,
            wire: wire.clone(),
        };
        parts.into_iter().map(inbound).collect()
    }

    fn text(&self, pointer: &str) -> Option<&str> {
        self.content.pointer(pointer)?.as_str().filter(|text| !text.is_empty())
    }

    /// Its lists of tool calls, and of tools with their calls. A list may stand there empty beside the other.
    fn tool_call_lists(&self) -> [&[Value]; 2] {
        let list =
            |name: &str| self.content.get(name).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let calls = match list("toolCallList") {
            [] => list("toolCalls"),
            calls => calls,
        };
        [calls, list("toolWithToolCallList")]
    }

    /// Each tool call, with its identity. Those without an id are one part, before the others.
    fn tool_call_parts(&self) -> Vec<(Vec<String>, Content)> {
        let is_legacy = self.content.get("functionCall").is_some();
        let has_no_id = |(call, _): &ListedCall<'_>| call.and_then(call_id).is_none();
        let mut parts = vec![];
        if !is_legacy && self.listed_calls().iter().any(has_no_id) {
            parts.push((self.identity(), Content::Unanswerable));
        }
        let part = |call| (tool_call_identity(&call), Content::ToolCall(call));
        parts.extend(self.tool_calls().into_iter().map(part));
        if parts.is_empty() {
            parts.push((self.identity(), Content::Unknown { reason: "there is no tool call in it" }));
        }
        parts
    }

    /// The tool calls of the list that has any, with the tools that stand around them.
    fn listed_calls(&self) -> Vec<ListedCall<'_>> {
        let [plain, with_tools] = self.tool_call_lists();
        let object = Value::as_object;
        match plain {
            [] => with_tools
                .iter()
                .map(|tool| (tool.get("toolCall").and_then(object), tool.as_object()))
                .collect(),
            calls => calls.iter().map(|call| (call.as_object(), None)).collect(),
        }
    }

    /// The tool calls, each once. Platforms repeat them within one message in several lists.
    fn tool_calls(&self) -> Vec<InboundToolCall> {
        let call_key = self.call_key();
        if let Some(call) = self.content.get("functionCall").and_then(Value::as_object) {
            // The legacy form has no id: the same call of the same function is the same.
            let id = format!(
                "function-call-{}",
                &sha256_hex(canonical(&self.content["functionCall"]).as_bytes())[..16]
            );
            return vec![InboundToolCall {
                call_key,
                id,
                name: name_of(call, None),
                arguments: arguments_of(call),
            }];
        }
        let calls = self.listed_calls().into_iter();
        let calls = calls.filter_map(|(call, tool)| tool_call(&call_key, call?, tool));
        let mut seen = HashSet::new();
        calls.filter(|call| seen.insert(call.id.clone())).collect()
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
    /// The type itself is always a part of it. It is never a hash of the body: when a platform repeats a
    /// message, its keys may come in another order.
    fn identity(&self) -> Vec<String> {
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

    /// The platform's id of the call; without one, the whole message has to tell.
    fn call_key(&self) -> String {
        self.call_id.clone().unwrap_or_else(|| sha256_hex(canonical(&self.content).as_bytes()))
    }

    fn meaning(&self) -> Content {
        match self.message_type.as_str() {
            "assistant-request" => Content::AssistantRequest,
            "transfer-destination-request" => Content::TransferRequest,
            "knowledge-base-request" => Content::KnowledgeRequest,
            _ => {
                self.news().map_or(Content::Unknown { reason: "it changes nothing here" }, Content::CallNews)
            }
        }
    }

    /// What it says of its call; `None` if it changes nothing.
    fn news(&self) -> Option<CallNews> {
        let code = |pointer: &str| self.text(pointer).map(Code::of);
        let personal = |pointers: &[&str]| {
            let text = pointers.iter().find_map(|pointer| self.text(pointer));
            text.map(|text| Personal::in_command(text.to_owned()))
        };
        self.call_id.as_ref()?;
        match self.message_type.as_str() {
            "status-update" => match self.text("/status")? {
                "ended" => Some(CallNews::Ended { reason: code("/endedReason") }),
                status => Some(CallNews::Progressed { status: Code::of(status) }),
            },
            "end-of-call-report" => Some(CallNews::Reported {
                report: CallReport {
                    ended_reason: code("/endedReason"),
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

/// A tool call, and the tool that it stands in, if they are objects.
type ListedCall<'a> = (Option<&'a Map<String, Value>>, Option<&'a Map<String, Value>>);

/// A tool call's id is only unique within its call. A legacy `function-call` is a tool call like any other.
fn tool_call_identity(call: &InboundToolCall) -> Vec<String> {
    vec!["tool-calls".into(), call.call_key.clone(), call.id.clone()]
}

fn is_awaited(content: &Content) -> bool {
    match content {
        Content::ToolCall(_)
        | Content::AssistantRequest
        | Content::TransferRequest
        | Content::KnowledgeRequest
        | Content::Unanswerable => true,
        Content::CallNews(_)
        | Content::Message(_)
        | Content::Receipt(_)
        | Content::Unreadable { .. }
        | Content::Unknown { .. } => false,
    }
}

/// A type that nobody has heard of is taken in, too, as long as it can be one: `assistant.speechStarted`.
fn is_type_name(name: &str) -> bool {
    (1..=TYPE_NAME_MAX).contains(&name.len()) && name.chars().all(|letter| letter.is_ascii_graphic())
}

fn tool_call(
    call_key: &str,
    call: &Map<String, Value>,
    parent: Option<&Map<String, Value>>,
) -> Option<InboundToolCall> {
    let (id, call_key, arguments) = (call_id(call)?, call_key.to_owned(), arguments_of(call));
    Some(InboundToolCall { call_key, id, name: name_of(call, parent), arguments })
}

/// The platform's id of a tool call.
fn call_id(call: &Map<String, Value>) -> Option<String> {
    let id = match call.get("id")? {
        Value::String(id) => id.clone(),
        Value::Number(id) => id.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    (1..=ID_BYTES_MAX).contains(&id.len()).then_some(id)
}

fn name_of(call: &Map<String, Value>, parent: Option<&Map<String, Value>>) -> String {
    let function = |of: &Map<String, Value>| {
        of.get("function")
            .and_then(|function| function.get("name"))
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let own = |of: &Map<String, Value>| of.get("name").and_then(Value::as_str).map(str::to_owned);
    function(call)
        .or_else(|| own(call))
        .or_else(|| parent.and_then(own))
        .or_else(|| parent.and_then(function))
        .unwrap_or_default()
}

fn arguments_of(call: &Map<String, Value>) -> Value {
    let arguments = call
        .get("function")
        .and_then(|function| function.get("arguments").or_else(|| function.get("parameters")))
        .or_else(|| call.get("arguments"))
        .or_else(|| call.get("parameters"));
    arguments.cloned().unwrap_or_default()
}

/// ISO 8601, or milliseconds since 1970, whole or not.
fn instant(value: &Value) -> Option<DateTime<Utc>> {
    let instant = match value {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => {
            let milliseconds = number.as_f64().filter(|ms| (0.0..=253_402_300_799_999.0).contains(ms))?;
            DateTime::from_timestamp_millis(milliseconds as i64)
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    instant.filter(|instant| is_in_reach(*instant))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn message(content: Value) -> Message {
        Message::parse(json!({ "message": content }).to_string().as_bytes()).expect("a message")
    }

    /// What there is of a message with one part.
    fn inbound(content: Value) -> Inbound {
        let mut parts = message(content).into_inbound();
        assert_eq!(parts.len(), 1);
        parts.remove(0)
    }

    fn tool_calls(content: Value) -> Vec<InboundToolCall> {
        let call = |inbound: Inbound| match inbound.content {
            Content::ToolCall(call) => call,
            other => panic!("a tool call, not {other:?}"),
        };
        message(content).into_inbound().into_iter().map(call).collect()
    }

    #[test]
    fn tool_calls_are_understood_in_every_shape() {
        let expected = |arguments: Value| {
            let (call_key, name) = ("c1".into(), "book_appointment".into());
            vec![InboundToolCall { call_key, id: "t1".into(), name, arguments }]
        };
        let of_call = |mut content: Value| {
            content["call"] = json!({ "id": "c1" });
            content
        };
        let arguments = json!({ "name": "Ada" });
        let function = |arguments: Value| json!({ "id": "t1", "type": "function", "function": { "name": "book_appointment", "arguments": arguments } });
        for content in [
            json!({ "type": "tool-calls", "toolCallList": [{ "id": "t1", "name": "book_appointment", "parameters": arguments }] }),
            json!({ "type": "tool-calls", "toolCallList": [{ "id": "t1", "name": "book_appointment", "arguments": arguments }] }),
            json!({ "type": "tool-calls", "toolCalls": [function(arguments.clone())] }),
            json!({ "type": "tool-calls", "toolCallList": [function(arguments.clone())], "toolCalls": [function(arguments.clone())] }),
            json!({ "type": "tool-calls", "toolWithToolCallList": [{ "name": "book_appointment", "toolCall": { "id": "t1", "parameters": arguments } }] }),
            json!({ "type": "tool-calls", "toolWithToolCallList": [{
                "function": { "name": "book_appointment", "parameters": { "type": "object" } }, "toolCall": function(arguments.clone()) }] }),
        ] {
            assert_eq!(tool_calls(of_call(content.clone())), expected(arguments.clone()), "{content}");
        }
        // What a model has written is read where arguments are.
        let broken = json!("{\"name\":");
        let content = json!({ "type": "tool-calls", "toolCallList": [function(broken.clone())] });
        assert_eq!(tool_calls(of_call(content)), expected(broken));
    }

    #[test]
    fn each_tool_call_is_a_delivery_of_its_own_and_none_is_one_too() {
        let call = |id: &str| json!({ "id": id, "name": "get_business_hours" });
        let two = json!({ "type": "tool-calls", "call": { "id": "c1" }, "toolCallList": [call("t1"), call("t2"), call("t1")] });
        let parts = message(two).into_inbound();
        let identities: Vec<_> = parts.iter().map(|part| part.identity.clone()).collect();
        assert_eq!(identities, [["tool-calls", "c1", "t1"], ["tool-calls", "c1", "t2"]]);
        assert!(parts.iter().all(|part| part.is_awaited));
        let none = inbound(json!({ "type": "tool-calls", "call": { "id": "c1" }, "toolCallList": [] }));
        assert!(matches!(none.content, Content::Unknown { .. }) && none.is_awaited);
        assert_eq!(none.identity[..2], ["tool-calls", "c1"]);
        for without in [
            json!({ "name": "x" }),
            json!({ "id": null, "name": "x" }),
            json!({ "id": "", "name": "x" }),
            json!("x"),
        ] {
            let mixed = json!({ "type": "tool-calls", "call": { "id": "c1" }, "toolCallList": [call("t1"), without] });
            let parts = message(mixed).into_inbound();
            assert!(matches!(parts[0].content, Content::Unanswerable), "{without}");
            assert!(matches!(parts[1].content, Content::ToolCall(_)) && parts.len() == 2, "{without}");
        }
    }

    #[test]
    fn the_legacy_form_gets_the_same_id_each_time() {
        let one = json!({ "type": "function-call", "call": { "id": "c1" },
                          "functionCall": { "name": "take_message", "parameters": { "a": 1, "b": 2 } } });
        let other = json!({ "functionCall": { "parameters": { "b": 2, "a": 1 }, "name": "take_message" },
                            "call": { "id": "c1" }, "type": "function-call" });
        let (one, other) = (inbound(one), inbound(other));
        assert_eq!(one.identity, other.identity);
        assert!(matches!(one.content, Content::ToolCall(call) if call.name == "take_message"));
    }

    #[test]
    fn repeats_have_one_identity_and_different_messages_have_two() {
        let check = |one: Value, other: Value, same: bool| {
            assert_eq!(inbound(one).identity == inbound(other).identity, same)
        };
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
        check(
            json!({ "type": "voice-input", "input": "x" }),
            json!({ "type": "voice-request", "input": "x" }),
            false,
        );
    }

    #[test]
    fn times_are_read_in_all_three_ways() {
        let expected: DateTime<Utc> = "2025-06-10T09:07:00.647Z".parse().expect("an instant");
        for sent in
            [json!("2025-06-10T09:07:00.647Z"), json!(1_749_546_420_647_u64), json!(1_749_546_420_647.001)]
        {
            assert_eq!(inbound(json!({ "type": "hang", "timestamp": sent })).sent_at, Some(expected));
        }
        let of_another_age = [json!("+262142-12-31T23:59:59Z"), json!(7_258_118_400_000_u64)];
        for sent in [json!(null), json!("soon"), json!(1e300), json!(-1)].into_iter().chain(of_another_age) {
            assert_eq!(inbound(json!({ "type": "hang", "timestamp": sent })).sent_at, None);
        }
    }

    #[test]
    fn a_call_is_followed_by_the_message_and_not_by_its_stale_copy_of_the_call() {
        let ended = inbound(
            json!({ "type": "status-update", "status": "ended", "endedReason": "hangup", "call": { "id": "c1", "status": "ringing" } }),
        );
        assert!(
            matches!(ended.content, Content::CallNews(CallNews::Ended { reason: Some(reason) }) if reason.as_str() == "hangup")
        );
        for nothing in [
            json!({ "type": "status-update", "status": "ended", "call": {} }),
            json!({ "type": "speech-update", "call": { "id": "c1" } }),
        ] {
            assert!(matches!(inbound(nothing).content, Content::Unknown { .. }));
        }
    }

    #[test]
    fn a_body_says_whose_it_is_before_it_is_read() {
        let body = json!({ "message": {
            "phoneNumber": { "id": "p1", "number": "+573001112233" }, "assistant": { "id": "x".repeat(201) },
            "call": { "assistantId": "a1", "phoneNumberId": "", "phoneNumber": "none" },
        } });
        let found = addresses(body.to_string().as_bytes());
        let found: Vec<_> = found.iter().map(|address| (address.kind, address.value.as_str())).collect();
        let expected = [
            (ChannelAddressKind::PhoneNumber, "+573001112233"),
            (ChannelAddressKind::PhoneNumberId, "p1"),
            (ChannelAddressKind::AssistantId, "a1"),
        ];
        assert_eq!(found, expected);
        assert_eq!(addresses(b"not JSON"), []);
    }

    #[test]
    fn a_message_holds_a_few_tool_calls_with_short_ids() {
        let of = |calls: usize, call_id: &str| {
            let list: Vec<Value> = (0..calls).map(|id| json!({ "id": id, "name": "f" })).collect();
            let content = json!({ "type": "tool-calls", "call": { "id": call_id }, "toolCallList": list });
            Message::parse(json!({ "message": content }).to_string().as_bytes())
        };
        assert_eq!(of(TOOL_CALLS_MAX, "c1").expect("a message").into_inbound().len(), TOOL_CALLS_MAX);
        let refused = |message: Result<Message, BadMessage>| message.expect_err("too much").to_string();
        assert_eq!(refused(of(33, "c1")), "a message holds at most 32 tool calls, this one 33");
        assert_eq!(refused(of(1, &"c".repeat(201))), "call.id: it has more than 200 bytes");
        let long = json!({ "type": "tool-calls", "toolCallList": [{ "id": "t".repeat(201), "name": "f" }] });
        assert!(matches!(inbound(long).content, Content::Unanswerable));
    }

    #[test]
    fn what_is_not_a_message_says_what_one_looks_like() {
        assert!(Message::parse(b"{").is_err_and(|error| error.0.contains("not JSON")));
        for body in [
            "{}",
            "[]",
            "1",
            r#"{"message":{}}"#,
            r#"{"message":{"type":1}}"#,
            r#"{"message":{"type":"a\u0000b"}}"#,
        ] {
            assert_eq!(Message::parse(body.as_bytes()).err(), Some(no_message()), "{body}");
        }
    }
}
