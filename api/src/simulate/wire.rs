//! What the platform says, and how it is answered.

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

/// A call on the platform.
#[derive(Debug, Clone)]
pub struct Call {
    /// The platform's id of it.
    pub id: String,
    pub phone: String,
}

/// A tool call within a call.
#[derive(Debug, Clone)]
pub struct ToolCall {
    pub id: String,
    pub tool: &'static str,
    pub arguments: Value,
}

impl ToolCall {
    pub fn new(tool: &'static str, arguments: Value) -> Self {
        Self { id: format!("call_{}", Uuid::new_v4().simple()), tool, arguments }
    }
}

/// The two forms in which the platform sends arguments. A repeat may come in the other one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Object,
    Text,
}

impl Call {
    /// A call of the caller with this number. Phone numbers are those that are kept free for fiction: 555-0100 to 555-0199 of an area.
    pub fn new(caller: u64) -> Self {
        let (area, line) = (caller / 100 % 700 + 201, caller % 100);
        Self { id: Uuid::new_v4().to_string(), phone: format!("+1{area}55501{line:02}") }
    }

    fn message(&self, message_type: &str, sent_at: DateTime<Utc>, rest: Value) -> String {
        let mut message = json!({
            "type": message_type,
            "timestamp": sent_at.timestamp_millis(),
            "call": { "id": self.id, "type": "inboundPhoneCall", "customer": { "number": self.phone } },
        });
        if let (Some(message), Value::Object(rest)) = (message.as_object_mut(), rest) {
            message.extend(rest);
        }
        json!({ "message": message }).to_string()
    }

    pub fn tool_call(&self, call: &ToolCall, form: Form) -> String {
        let arguments = match form {
            Form::Object => call.arguments.clone(),
            Form::Text => call.arguments.to_string().into(),
        };
        let function = json!({ "name": call.tool, "arguments": arguments });
        let list = json!([{ "id": call.id, "type": "function", "function": function }]);
        self.message("tool-calls", Utc::now(), json!({ "toolCallList": list }))
    }

    pub fn status(&self, status: &str, sent_at: DateTime<Utc>) -> String {
        let ended_reason = (status == "ended").then_some("customer-ended-call");
        self.message("status-update", sent_at, json!({ "status": status, "endedReason": ended_reason }))
    }

    pub fn report(&self, started_at: DateTime<Utc>, ended_at: DateTime<Utc>) -> String {
        let transcript = "AI: Good day, how can I help?\nUser: I would like an appointment.\nAI: Thank you for calling.";
        self.message(
            "end-of-call-report",
            ended_at,
            json!({
                "endedReason": "customer-ended-call",
                "startedAt": started_at,
                "endedAt": ended_at,
                "analysis": { "summary": "The caller asked about an appointment." },
                "artifact": { "transcript": transcript },
            }),
        )
    }
}

/// The answer to a tool call, word for word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub text: String,
    pub is_error: bool,
}

#[derive(Deserialize)]
struct Reply {
    results: Vec<ToolResult>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ToolResult {
    tool_call_id: String,
    name: String,
    result: Option<String>,
    error: Option<String>,
}

/// Reads a reply as strictly as the platform does: names and ids exact, the text on one line.
pub fn told(reply: &str, call: &ToolCall) -> anyhow::Result<Told> {
    let reply: Reply = serde_json::from_str(reply).with_context(|| format!("the reply to {} is not understood", call.tool))?;
    let Some(found) = reply.results.into_iter().find(|result| result.tool_call_id == call.id && result.name == call.tool) else {
        bail!("the reply to {} has no result for it", call.tool);
    };
    let (text, is_error) = match (found.result, found.error) {
        (Some(text), None) => (text, false),
        (None, Some(text)) => (text, true),
        _ => bail!("the reply to {} has neither a result nor an error, or both", call.tool),
    };
    if text.contains(['\n', '\r']) {
        bail!("the answer to {} is not on one line", call.tool);
    }
    Ok(Told { text, is_error })
}

/// What the text of an answer says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Answer {
    pub status: String,
    #[serde(default)]
    pub slots: Vec<OpenSlot>,
    pub appointment_id: Option<String>,
    pub start: Option<DateTime<Utc>>,
    pub message_id: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct OpenSlot {
    /// In words.
    pub time: String,
    pub slot_token: String,
}

#[cfg(test)]
mod tests {
    use frontdesk_domain::values::phone::PhoneNumber;

    use super::*;

    #[test]
    fn callers_have_numbers_that_can_be_dialled_and_differ() {
        let numbers: Vec<_> = (0..70_000).map(|caller| Call::new(caller).phone).collect();
        assert_eq!(numbers.iter().collect::<std::collections::HashSet<_>>().len(), numbers.len());
        for number in numbers.into_iter().step_by(701) {
            assert_eq!(PhoneNumber::parse(&number, None).expect(&number).as_str(), number);
        }
    }

    #[test]
    fn a_reply_is_read_as_strictly_as_the_platform_reads_it() {
        let call = ToolCall { id: "t1".into(), tool: "book_appointment", arguments: json!({}) };
        let reply = |result: Value| told(&json!({ "results": [result] }).to_string(), &call);
        let right = reply(json!({ "toolCallId": "t1", "name": "book_appointment", "result": "{\"status\":\"booked\"}" }));
        assert_eq!(right.expect("an answer"), Told { text: "{\"status\":\"booked\"}".into(), is_error: false });
        assert!(reply(json!({ "toolCallId": "t1", "name": "book_appointment", "error": "no" })).expect("an answer").is_error);
        for wrong in [
            json!({ "toolCallId": "t2", "name": "book_appointment", "result": "x" }),
            json!({ "toolCallId": "t1", "name": "other", "result": "x" }),
            json!({ "toolCallId": "t1", "name": "book_appointment", "result": {} }),
            json!({ "toolCallId": "t1", "name": "book_appointment", "result": "a\nb" }),
            json!({ "toolCallId": "t1", "name": "book_appointment" }),
        ] {
            assert!(reply(wrong.clone()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn answers_say_what_was_booked_and_what_is_open() {
        let text = r#"{"status":"booked","message":"…","appointment_id":"apt_1","start":"2026-11-24T15:00:00-05:00"}"#;
        let answer: Answer = serde_json::from_str(text).expect("an answer");
        assert_eq!(answer.start, "2026-11-24T20:00:00Z".parse().ok());
        let text = r#"{"status":"refused","message":"…","slots":[{"time":"Tuesday, November 24 at noon","slot_token":"x"}]}"#;
        assert_eq!(serde_json::from_str::<Answer>(text).expect("an answer").slots.len(), 1);
    }
}
