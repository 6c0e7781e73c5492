//! Taking secrets out of a message before it is stored.
//!
//! Vapi's webhooks carry the business's own secrets: telephony credentials, the secrets of its servers,
//! addresses by which a live call can be listened to and controlled, presigned addresses of recordings, and
//! the whole system prompt. None of them is ours to keep.

use serde_json::{Map, Value};

const REMOVED: &str = "[removed]";

/// Parts of names, in lower case, whose values are secrets.
const SECRET_NAMES: &[&str] = &[
    "secret",
    "password",
    "authtoken",
    "apikey",
    "api_key",
    "accesstoken",
    "privatekey",
    "credential",
    "accountsid",
    "authorization",
    "systemprompt",
];
/// Addresses that let whoever has them do something.
const CAPABILITY_NAMES: &[&str] =
    &["controlurl", "listenurl", "webcallurl", "callurl", "serverurl", "presigned"];

/// The message with every secret replaced.
pub fn redacted(mut message: Value) -> Value {
    redact(&mut message);
    message
}

fn redact(value: &mut Value) {
    match value {
        Value::Object(object) => {
            remove_system_prompt(object);
            for (name, value) in object {
                if is_secret(name) && !value.is_null() {
                    *value = REMOVED.into();
                } else if name == "server" {
                    redact_server(value);
                } else {
                    redact(value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(redact),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn is_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    SECRET_NAMES.iter().chain(CAPABILITY_NAMES).any(|part| name.contains(part))
}

/// Where the platform sends its webhooks: the address may carry a key, the headers usually do.
fn redact_server(server: &mut Value) {
    if let Some(server) = server.as_object_mut() {
        for (_, value) in server.iter_mut().filter(|(name, _)| *name != "timeoutSeconds") {
            *value = REMOVED.into();
        }
    } else {
        redact(server);
    }
}

fn remove_system_prompt(object: &mut Map<String, Value>) {
    if object.get("role").and_then(Value::as_str) == Some("system") {
        for name in ["content", "message"] {
            if let Some(text) = object.get_mut(name) {
                *text = REMOVED.into();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn no_secret_stays_and_nothing_else_goes() {
        let message = json!({
            "type": "status-update",
            "phoneNumber": { "number": "+15550100", "twilioAuthToken": "S1", "twilioAccountSid": "S2", "serverUrlSecret": "S3" },
            "call": {
                "id": "c1",
                "monitor": { "controlUrl": "https://S4", "listenUrl": "wss://S5" },
                "webCallUrl": "https://S6",
                "squad": { "members": [{ "assistant": { "model": { "tools": [
                    { "server": { "url": "https://x/?key=S7", "secret": "S8", "headers": { "X-Key": "S9" }, "timeoutSeconds": 20 } }
                ], "messages": [{ "role": "system", "content": "S10" }, { "role": "user", "content": "hello" }] } } }] },
            },
            "artifact": { "messages": [{ "role": "system", "message": "S11" }], "presignedUrls": { "mono": "https://S12" },
                          "recordingUrl": "https://storage/recording.wav" },
            "costs": [{ "completionTokens": 57 }],
            "credential": { "apiKey": "S13" },
        });
        let clean = redacted(message);
        let text = clean.to_string();
        for number in 1..=13 {
            assert!(!text.contains(&format!("S{number}")), "S{number} is still in {text}");
        }
        for kept in ["+15550100", "c1", "hello", "https://storage/recording.wav", "57", "timeoutSeconds"] {
            assert!(text.contains(kept), "{kept} has gone from {text}");
        }
    }
}
