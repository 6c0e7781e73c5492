//! How a tool call is answered, read as strictly as the platform reads it.

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::message::ToolCall;
use crate::promises::record::{Heard, Particulars};

/// The answer to a tool call, word for word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolReply {
    pub text: String,
    pub is_error: bool,
}

#[derive(Deserialize)]
struct Body {
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

impl ToolReply {
    /// Reads the reply to a tool call. The name and the id must be exact, and the text must be on one line.
    pub fn parse(body: &str, call: &ToolCall) -> anyhow::Result<Self> {
        let ToolCall { id, tool, .. } = call;
        let body: Body =
            serde_json::from_str(body).with_context(|| format!("the reply to {tool} is not understood"))?;
        let is_for_call = |result: &ToolResult| result.tool_call_id == *id && result.name == *tool;
        let Some(found) = body.results.into_iter().find(is_for_call) else {
            bail!("the reply to {tool} has no result for it");
        };
        let reply = match (found.result, found.error) {
            (Some(text), None) => Self { text, is_error: false },
            (None, Some(text)) => Self { text, is_error: true },
            _ => bail!("the reply to {tool} has neither a result nor an error, or both"),
        };
        if reply.text.contains(['\n', '\r']) {
            bail!("the answer to {tool} is not on one line");
        }
        Ok(reply)
    }

    /// What the text says.
    pub fn answer(&self, call: &ToolCall) -> anyhow::Result<Answer> {
        if self.is_error {
            bail!("{}: {}", call.tool, self.text);
        }
        let answer = serde_json::from_str(&self.text);
        answer.map_err(|error| anyhow::anyhow!("{}: the answer is not understood: {error}", call.tool))
    }
}

/// What the text of an answer says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Answer {
    pub status: String,
    /// A sentence for the caller.
    #[serde(default)]
    pub message: String,
    #[serde(default)]
    pub slots: Vec<SpokenSlot>,
    #[serde(default)]
    pub appointments: Vec<Heard>,
    pub appointment_id: Option<String>,
    pub start: Option<DateTime<Utc>>,
    pub message_id: Option<String>,
}

impl Answer {
    /// Whether the sentence names the service, and of a booking whose it is.
    pub fn names(&self, particulars: &Particulars) -> bool {
        let Particulars { person, service, .. } = particulars;
        self.message.contains(service) && (self.status != "booked" || self.message.contains(&person.name))
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SpokenSlot {
    /// In words.
    pub time: String,
    pub slot_token: String,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::promises::record::Person;

    fn parse(result: Value) -> anyhow::Result<ToolReply> {
        let call = ToolCall { id: "t1".into(), tool: "book_appointment", arguments: json!({}) };
        ToolReply::parse(&json!({ "results": [result] }).to_string(), &call)
    }

    #[test]
    fn a_reply_has_either_a_result_or_an_error() {
        let text = "{\"status\":\"booked\"}";
        let right = parse(json!({ "toolCallId": "t1", "name": "book_appointment", "result": text }));
        assert_eq!(right.expect("a reply"), ToolReply { text: text.into(), is_error: false });
        let error = parse(json!({ "toolCallId": "t1", "name": "book_appointment", "error": "no" }));
        assert!(error.expect("a reply").is_error);
    }

    #[test]
    fn a_reply_is_read_as_strictly_as_the_platform_reads_it() {
        for wrong in [
            json!({ "toolCallId": "t2", "name": "book_appointment", "result": "x" }),
            json!({ "toolCallId": "t1", "name": "other", "result": "x" }),
            json!({ "toolCallId": "t1", "name": "book_appointment", "result": {} }),
            json!({ "toolCallId": "t1", "name": "book_appointment", "result": "a\nb" }),
            json!({ "toolCallId": "t1", "name": "book_appointment" }),
        ] {
            assert!(parse(wrong.clone()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn answers_say_what_was_booked_and_what_is_open() {
        let answer = |text: &str| serde_json::from_str::<Answer>(text).expect("an answer");
        let booked = r#"{"status":"booked","message":"…","appointment_id":"apt_1",
            "start":"2026-11-24T15:00:00-05:00"}"#;
        assert_eq!(answer(booked).start, "2026-11-24T20:00:00Z".parse().ok());
        let refused = r#"{"status":"refused","message":"…",
            "slots":[{"time":"Tuesday, November 24 at noon","slot_token":"x"}]}"#;
        assert_eq!(answer(refused).slots.len(), 1);
        let found = r#"{"status":"found","message":"…","appointments":[
            {"appointment_id":"apt_1","service":"Haircut","time":"tomorrow at noon","name":"Ada Moreno"},
            {"appointment_id":"apt_2","service":"Massage","time":"tomorrow at one"}]}"#;
        let names: Vec<_> = answer(found).appointments.into_iter().map(|heard| heard.name).collect();
        assert_eq!(names, [Some("Ada Moreno".to_owned()), None]);
    }

    #[test]
    fn the_sentence_names_the_service_and_who_has_booked() {
        let person = Person { name: "Ada Moreno".into(), phone: "+12015550100".into() };
        let particulars = Particulars { person, service_id: "svc_1".into(), service: "Haircut".into() };
        let names = |status: &str, message: &str| {
            let (status, message) = (status.to_owned(), message.to_owned());
            Answer { status, message, ..Answer::default() }.names(&particulars)
        };
        assert!(names("booked", "Haircut is booked for Ada Moreno on Monday."));
        assert!(names("cancelled", "Haircut on Monday is cancelled."));
        assert!(!names("booked", "Haircut is booked for Leo Moreno on Monday."));
        assert!(!names("booked", "Massage is booked for Ada Moreno on Monday."));
        assert!(!names("rescheduled", "Massage is now on Monday."));
    }
}
