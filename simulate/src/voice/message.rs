//! What the platform says: webhooks about a call.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

/// A call on the platform.
#[derive(Debug, Clone)]
pub struct Call {
    /// The platform's id of it.
    pub id: String,
    phone: String,
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

/// The two forms in which the platform sends arguments. A repeat may have the other form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArgumentForm {
    Object,
    Text,
}

impl Call {
    /// Different numbers below this one are different callers.
    pub const CALLERS: u64 = 70_000;

    /// A call of the caller with this number.
    pub fn new(caller: u64) -> Self {
        // Fiction has the phone numbers 555-0100 to 555-0199 of each area to itself.
        let area = caller / 100 % 700 + 201;
        Self { id: Uuid::new_v4().to_string(), phone: format!("+1{area}55501{:02}", caller % 100) }
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

    pub fn tool_call(&self, call: &ToolCall, form: ArgumentForm) -> String {
        let arguments = match form {
            ArgumentForm::Object => call.arguments.clone(),
            ArgumentForm::Text => call.arguments.to_string().into(),
        };
        let function = json!({ "name": call.tool, "arguments": arguments });
        let list = json!([{ "id": call.id, "type": "function", "function": function }]);
        self.message("tool-calls", Utc::now(), json!({ "toolCallList": list }))
    }

    pub fn status_update(&self, status: &str, sent_at: DateTime<Utc>) -> String {
        let ended_reason = (status == "ended").then_some("customer-ended-call");
        self.message("status-update", sent_at, json!({ "status": status, "endedReason": ended_reason }))
    }

    pub fn end_of_call_report(&self, started_at: DateTime<Utc>, ended_at: DateTime<Utc>) -> String {
        let transcript = "AI: Good day, how can I help?\n\
                          User: I would like an appointment.\n\
                          AI: Thank you for calling.";
        let report = json!({
            "endedReason": "customer-ended-call",
            "startedAt": started_at,
            "endedAt": ended_at,
            "analysis": { "summary": "The caller asked about an appointment." },
            "artifact": { "transcript": transcript },
        });
        self.message("end-of-call-report", ended_at, report)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn callers_have_different_numbers_that_belong_to_fiction() {
        let numbers: HashSet<_> = (0..Call::CALLERS).map(|caller| Call::new(caller).phone).collect();
        assert_eq!(numbers.len() as u64, Call::CALLERS);
        for number in numbers {
            let national = number.strip_prefix("+1").expect("a number of North America");
            assert_eq!((national.len(), &national[3..8]), (10, "55501"), "{number}");
        }
    }
}
