//! What we answer, and the tools to paste into the platform.
//!
//! Answers to tool calls are always HTTP 200: any other status is ignored, and the model hears nothing. `result` and `error` are texts on one
//! line (<https://docs.vapi.ai/tools/custom-tools-troubleshooting>).

use frontdesk_domain::conversations::call::ToolAnswer;
use frontdesk_domain::conversations::tools::catalogue::Tool;
use frontdesk_domain::languages::{Language, Said};
use serde_json::{Value, json};

use super::wire::WireToolCall;

/// How long the platform waits for an answer to a tool call, and how often it asks again when it got none. Asking again is safe: the first
/// answer stands.
const TIMEOUT_SECONDS: u32 = 20;
const RETRIES_MAX: u32 = 2;

/// The answer to one tool call.
pub fn tool_result(call: &WireToolCall, answer: &ToolAnswer, language: Language) -> Value {
    let text = answer.text.known().cloned().unwrap_or_else(|| language.say(&Said::AnswerErased)).replace(['\n', '\r'], " ");
    let key = if answer.is_error { "error" } else { "result" };
    json!({ "toolCallId": call.id, "name": call.name, key: text })
}

/// The answer to a message with tool calls.
pub fn tool_results(results: Vec<Value>, is_legacy: bool) -> Value {
    match results.first() {
        // The legacy form has one call and wants one result.
        Some(first) if is_legacy => json!({ "result": first.get("result").or_else(|| first.get("error")), "results": results }),
        _ => json!({ "results": results }),
    }
}

/// The answer to a platform that asks which assistant takes a call.
pub fn assistant(assistant_id: Option<&str>, language: Language) -> Value {
    match assistant_id {
        Some(id) => json!({ "assistantId": id }),
        None => json!({ "error": language.say(&Said::NotSetUp) }),
    }
}

/// The answer to a platform that asks whom to hand a call over to.
pub fn transfer_destination(number: Option<&str>, language: Language) -> Value {
    match number {
        Some(number) => json!({
            "destination": { "type": "number", "number": number },
            "message": { "type": "request-start", "message": language.say(&Said::PuttingThrough) },
        }),
        None => json!({ "error": language.say(&Said::NobodyAvailable) }),
    }
}

/// The tools of an assistant that speaks a language, as the platform wants them. Without an address their calls go to the assistant's own server.
pub fn tool_definitions(server_url: Option<&str>, language: Language) -> Vec<Value> {
    let definition = |tool: Tool| {
        let mut definition = json!({
            "type": "function",
            "function": { "name": tool.name(), "description": tool.description(language), "parameters": tool.parameters(language) },
        });
        if let Some(url) = server_url {
            definition["server"] = json!({
                "url": url,
                "timeoutSeconds": TIMEOUT_SECONDS,
                "backoffPlan": { "type": "exponential", "maxRetries": RETRIES_MAX, "baseDelaySeconds": 1 },
            });
        }
        definition
    };
    Tool::all().map(definition).collect()
}

#[cfg(test)]
mod tests {
    use frontdesk_domain::kernel::personal::{Personal, SubjectId};

    use super::*;

    #[test]
    fn results_are_texts_on_one_line() {
        let call = WireToolCall { id: "t1".into(), name: "book_appointment".into(), arguments: Ok(json!({})) };
        let (subject, language) = (SubjectId(uuid::Uuid::nil()), Language::default());
        let answer = |is_error| ToolAnswer { text: Personal::new(subject, "one\ntwo".into()), is_error, discloses: vec![] };
        assert_eq!(
            tool_result(&call, &answer(false), language),
            json!({ "toolCallId": "t1", "name": "book_appointment", "result": "one two" })
        );
        assert_eq!(
            tool_result(&call, &answer(true), language),
            json!({ "toolCallId": "t1", "name": "book_appointment", "error": "one two" })
        );
        let legacy = tool_results(vec![tool_result(&call, &answer(false), language)], true);
        assert_eq!(legacy["result"], "one two");
    }
}
