//! What the platform says: webhooks about a call.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

/// A call on the platform.
#[derive(Debug, Clone)]
pub struct Call {
    /// The platform's id of it.
    pub id: String,
    /// Who calls, as the network says; `None` if it says nothing.
    caller_id: Option<String>,
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
        Self { id: Self::new_id(), tool, arguments }
    }

    /// The same under another id, as a model sends it that has forgotten the first answer.
    pub fn again(&self) -> Self {
        Self { id: Self::new_id(), ..self.clone() }
    }

    fn new_id() -> String {
        format!("call_{}", Uuid::new_v4().simple())
    }
}

/// Something that was said in a call.
#[derive(Debug, Clone)]
pub struct Turn {
    pub speaker: Speaker,
    pub said_at: DateTime<Utc>,
    pub text: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    Caller,
    Assistant,
}

/// Stands first in every conversation.
const PROMPT: &str = "You are the receptionist of this business, on the phone. Be brief and friendly. Find out \
                      what the caller wants, then use your tools: look for open times before you offer any, \
                      offer at most three, and book only what the caller has agreed to. Say dates and times \
                      in words. If a tool tells you that something cannot be done, say why, and offer what \
                      it offers instead. If you cannot help, take a message.";

/// The two forms in which the platform sends arguments. A repeat may have the other form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArgumentForm {
    Object,
    Text,
}

impl Call {
    /// Different numbers below this one are different callers.
    pub const CALLERS: u64 = 49_900;

    /// A call of the caller with this number.
    pub fn new(caller: u64) -> Self {
        Self::showing(Some(Self::phone(caller)))
    }

    /// A call that the network shows like this.
    pub fn showing(caller_id: Option<String>) -> Self {
        Self { id: Uuid::new_v4().to_string(), caller_id }
    }

    /// The phone number of a caller. Fiction has 555-0100 to 555-0199 of each area to itself; areas from 700
    /// on are also toll-free ones, from which nobody calls.
    pub fn phone(caller: u64) -> String {
        let area = caller / 100 % 499 + 201;
        format!("+1{area}55501{:02}", caller % 100)
    }

    fn message(&self, message_type: &str, sent_at: DateTime<Utc>, rest: Value) -> String {
        let mut message = json!({
            "type": message_type,
            "timestamp": sent_at.timestamp_millis(),
            "call": { "id": self.id, "type": "inboundPhoneCall", "customer": {} },
        });
        if let Some(caller_id) = &self.caller_id {
            message["call"]["customer"]["number"] = json!(caller_id);
        }
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

    /// All that has been said so far, once in each of the platform's two forms.
    pub fn conversation_update(&self, turns: &[Turn], sent_at: DateTime<Utc>) -> String {
        let begun_at = turns.first().map_or(sent_at, |turn| turn.said_at);
        let mut messages = vec![json!({
            "role": "system",
            "message": PROMPT,
            "time": begun_at.timestamp_millis(),
            "secondsFromStart": 0,
        })];
        let mut formatted = vec![json!({ "role": "system", "content": PROMPT })];
        for Turn { speaker, said_at, text } in turns {
            let (role, formatted_role) = match speaker {
                Speaker::Caller => ("user", "user"),
                Speaker::Assistant => ("bot", "assistant"),
            };
            messages.push(json!({
                "role": role,
                "message": text,
                "time": said_at.timestamp_millis(),
                "secondsFromStart": (*said_at - begun_at).as_seconds_f64(),
            }));
            formatted.push(json!({ "role": formatted_role, "content": text }));
        }
        let rest = json!({ "messages": messages, "messagesOpenAIFormatted": formatted });
        self.message("conversation-update", sent_at, rest)
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
    fn a_conversation_is_told_from_its_begin_in_both_forms() {
        let turn = |seconds, speaker, text| Turn {
            speaker,
            said_at: DateTime::UNIX_EPOCH + chrono::TimeDelta::seconds(seconds),
            text,
        };
        let turns = [turn(3, Speaker::Caller, "A haircut, please."), turn(5, Speaker::Assistant, "When?")];
        let body = Call::new(1).conversation_update(&turns, Utc::now());
        let body: Value = serde_json::from_str(&body).expect("JSON");
        let of = |list: &str, field: &str| {
            let list = body["message"][list].as_array().expect("a list");
            list.iter().map(|message| message[field].clone()).collect::<Vec<_>>()
        };
        assert_eq!(of("messages", "role"), ["system", "user", "bot"]);
        assert_eq!(of("messages", "secondsFromStart"), [json!(0), json!(0.0), json!(2.0)]);
        assert_eq!(of("messagesOpenAIFormatted", "role"), ["system", "user", "assistant"]);
        assert_eq!(of("messages", "message"), of("messagesOpenAIFormatted", "content"));
    }

    #[test]
    fn callers_have_different_numbers_that_belong_to_fiction() {
        let numbers: HashSet<_> = (0..Call::CALLERS).map(Call::phone).collect();
        assert_eq!(numbers.len() as u64, Call::CALLERS);
        for number in numbers {
            let national = number.strip_prefix("+1").expect("a number of North America");
            assert_eq!((national.len(), &national[3..8]), (10, "55501"), "{number}");
            assert!(("201".."700").contains(&&national[..3]), "{number}");
        }
    }

    #[test]
    fn a_call_shows_what_the_network_shows() {
        let customer = |caller_id: Option<&str>| {
            let body = Call::showing(caller_id.map(str::to_owned)).status_update("ringing", Utc::now());
            let body: Value = serde_json::from_str(&body).expect("JSON");
            body["message"]["call"]["customer"].clone()
        };
        assert_eq!(customer(Some("anonymous")), json!({ "number": "anonymous" }));
        assert_eq!(customer(None), json!({}));
    }
}
