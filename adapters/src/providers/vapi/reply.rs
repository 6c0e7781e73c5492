//! What we answer, and the tools to paste into the platform.
//!
//! Answers to tool calls are always HTTP 200: any other status is ignored, and the model hears nothing.
//! `result` and `error` are texts on one line (<https://docs.vapi.ai/tools/custom-tools-troubleshooting>).

use std::collections::BTreeMap;

use frontdesk_domain::conversations::inbound::{Answer, Content, Inbound};
use frontdesk_domain::conversations::tools::catalogue::Tool;
use frontdesk_domain::languages::{Language, Said};
use frontdesk_domain::values::phone::PhoneNumber;
use serde_json::{Value, json};

use super::wire::{FUNCTION_CALL, is_tool_call};

/// How long the platform waits for an answer to a tool call, and how often it asks again when it got none.
/// Asking again is safe: the first answer stands.
const TIMEOUT_SECONDS: u32 = 20;
const RETRIES_MAX: u32 = 2;

/// The reply to a message. Of one with several tool calls, all results together.
pub fn reply(answered: &[(Inbound, Answer)], language: Language) -> Value {
    let Some((inbound, answer)) = answered.first() else { return json!({}) };
    match answer {
        Answer::ToolResult { .. } => {
            tool_results(answered.iter().filter_map(tool_result).collect(), is_legacy(inbound))
        }
        Answer::Received if is_tool_call(&inbound.message_type) => tool_results(vec![], false),
        Answer::Received => json!({}),
        Answer::Assistant { assistant_id, variables } => {
            assistant(assistant_id.as_deref(), variables, language)
        }
        Answer::Transfer { number } => {
            transfer_destination(number.as_ref().map(PhoneNumber::as_str), language)
        }
        Answer::NoKnowledge => json!({ "documents": [] }),
    }
}

fn is_legacy(inbound: &Inbound) -> bool {
    inbound.message_type == FUNCTION_CALL
}

fn tool_result((inbound, answer): &(Inbound, Answer)) -> Option<Value> {
    let Answer::ToolResult { text, is_error } = answer else { return None };
    let key = if *is_error { "error" } else { "result" };
    let text = text.replace(['\n', '\r'], " ");
    match &inbound.content {
        Content::ToolCall(call) => Some(json!({ "toolCallId": call.id, "name": call.name, key: text })),
        Content::Unanswerable => Some(json!({ "toolCallId": null, key: text })),
        _ => None,
    }
}

/// The answer to a message with tool calls.
fn tool_results(results: Vec<Value>, is_legacy: bool) -> Value {
    match results.first() {
        // The legacy form has one call and wants one result.
        Some(first) if is_legacy => {
            json!({ "result": first.get("result").or_else(|| first.get("error")), "results": results })
        }
        _ => json!({ "results": results }),
    }
}

/// The answer to a platform that asks which assistant takes a call.
fn assistant(
    assistant_id: Option<&str>,
    variables: &BTreeMap<&'static str, String>,
    language: Language,
) -> Value {
    match assistant_id {
        Some(id) if variables.is_empty() => json!({ "assistantId": id }),
        Some(id) => json!({ "assistantId": id, "assistantOverrides": { "variableValues": variables } }),
        None => json!({ "error": language.say(&Said::NotSetUp) }),
    }
}

/// The answer to a platform that asks whom to hand a call over to.
fn transfer_destination(number: Option<&str>, language: Language) -> Value {
    match number {
        Some(number) => json!({
            "destination": { "type": "number", "number": number },
            "message": { "type": "request-start", "message": language.say(&Said::PuttingThrough) },
        }),
        None => json!({ "error": language.say(&Said::NobodyAvailable) }),
    }
}

/// The tools of an assistant that speaks a language, as the platform wants them. Without an address their
/// calls go to the assistant's own server.
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
    use super::super::wire::Message;
    use super::*;

    fn inbound(content: Value) -> Vec<Inbound> {
        Message::parse(json!({ "message": content }).to_string().as_bytes())
            .expect("a message")
            .into_inbound()
    }

    fn replied(content: Value, answer: Answer) -> Value {
        let answered: Vec<_> =
            inbound(content).into_iter().map(|inbound| (inbound, answer.clone())).collect();
        reply(&answered, Language::default())
    }

    #[test]
    fn results_are_texts_on_one_line() {
        let calls = json!({ "type": "tool-calls", "toolCallList": [{ "id": "t1", "name": "book_appointment" }, { "id": "t2", "name": "x" }] });
        let result = |is_error| Answer::ToolResult { text: "one\ntwo".into(), is_error };
        assert_eq!(
            replied(calls.clone(), result(false)),
            json!({ "results": [
                { "toolCallId": "t1", "name": "book_appointment", "result": "one two" },
                { "toolCallId": "t2", "name": "x", "result": "one two" },
            ] })
        );
        assert_eq!(replied(calls, result(true))["results"][0]["error"], "one two");
        let legacy = json!({ "type": "function-call", "functionCall": { "name": "book_appointment" } });
        assert_eq!(replied(legacy.clone(), result(false))["result"], "one two");
        assert_eq!(replied(legacy, result(true))["result"], "one two");
    }

    #[test]
    fn who_asks_is_told_and_the_rest_is_acknowledged() {
        let check = |message_type: &str, answer: Answer, expected: Value| {
            assert_eq!(replied(json!({ "type": message_type }), answer), expected, "{message_type}");
        };
        check("hang", Answer::Received, json!({}));
        check("tool-calls", Answer::Received, json!({ "results": [] }));
        check("knowledge-base-request", Answer::NoKnowledge, json!({ "documents": [] }));
        let assistant_id = Some("assistant-1".to_owned());
        check(
            "assistant-request",
            Answer::Assistant { assistant_id, variables: BTreeMap::new() },
            json!({ "assistantId": "assistant-1" }),
        );
        let unset = replied(
            json!({ "type": "assistant-request" }),
            Answer::Assistant { assistant_id: None, variables: BTreeMap::new() },
        );
        let nobody =
            replied(json!({ "type": "transfer-destination-request" }), Answer::Transfer { number: None });
        assert!(unset["error"].is_string() && nobody["error"].is_string(), "{unset} {nobody}");
        let number = PhoneNumber::parse("+573001234567", None).ok();
        let transfer =
            replied(json!({ "type": "transfer-destination-request" }), Answer::Transfer { number });
        assert_eq!(transfer["destination"], json!({ "type": "number", "number": "+573001234567" }));
    }
}
