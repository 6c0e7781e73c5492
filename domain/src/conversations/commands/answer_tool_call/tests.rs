use serde_json::{Value, json};
use uuid::Uuid;

use super::AnswerToolCall;
use crate::kernel::ids::{BusinessId, ResourceId, StreamId, WaitlistId};
use crate::kernel::work::Command;

const ID: &str = "00000000000000000000000001";

fn personal(value: Value) -> Value {
    json!({ "$personal": { "subject": Uuid::nil(), "value": value } })
}

fn person() -> Value {
    json!({ "name": personal(json!("Ada")), "phone": null, "email": null })
}

fn offer() -> Value {
    json!({
        "service_id": format!("svc_{ID}"),
        "start": "2026-11-24T10:00:00Z",
        "duration_minutes": 30,
        "seats": 1,
        "resources": [format!("res_{ID}")],
        "fixed": false,
        "expires_at": "2026-11-24T09:30:00Z",
    })
}

fn wish() -> Value {
    json!({
        "service_id": format!("svc_{ID}"),
        "terms": { "duration_minutes": null, "seats": 1, "with": null },
        "dates": { "first": "2026-11-24", "last": "2026-11-30" },
        "from_time": "00:00",
        "to_time": "24:00",
    })
}

/// A command as the log has it.
fn recorded(request: Value) -> AnswerToolCall {
    let receipt = json!({
        "provider": "vapi",
        "message_type": "tool-calls",
        "channel_id": format!("chn_{ID}"),
        "call_id": format!("call_{ID}"),
        "body_sha256": "00",
        "body_bytes": 12,
        "body_subject": Uuid::nil(),
    });
    let command = json!({
        "arrival": { "delivery_id": format!("dlv_{ID}"), "receipt": receipt },
        "call_id": format!("call_{ID}"),
        "start": { "provider": "vapi", "provider_call_id": "c1", "channel_id": format!("chn_{ID}"), "caller": null },
        "tool_call": { "id": "t1", "tool": "a_tool", "arguments": personal(json!({})) },
        "request": request,
    });
    serde_json::from_value(command).expect("a command")
}

fn request(command: &AnswerToolCall) -> Value {
    serde_json::to_value(&command.request).expect("JSON")
}

#[test]
fn a_request_with_a_person_and_no_source_is_still_read() {
    let source = json!({ "kind": "call", "call_id": format!("call_{ID}") });
    let who = json!({ "person": person() });
    let book = request(&recorded(json!({ "book": { "offer": offer(), "person": person(), "note": null } })));
    assert_eq!((&book["book"]["who"], &book["book"]["source"]), (&who, &source));
    let join = request(&recorded(json!({ "join_waitlist": { "wish": wish(), "person": person() } })));
    assert_eq!((&join["join_waitlist"]["who"], &join["join_waitlist"]["source"]), (&who, &source));
    let appointment_id = format!("apt_{ID}");
    recorded(json!({ "reschedule": { "appointment_id": appointment_id, "offer": offer(), "reason": null } }));
    recorded(json!({ "cancel": { "appointment_id": appointment_id, "reason": null, "accepts_fee": true } }));
    // The current form is read as it was written.
    for request_now in [book, join] {
        assert_eq!(request(&recorded(request_now.clone())), request_now);
    }
}

#[test]
fn a_tool_call_queues_where_its_command_queues() {
    let tenant = BusinessId::from_uuid(Uuid::from_u128(7));
    let join = recorded(json!({ "join_waitlist": { "wish": wish(), "person": person() } }));
    assert_eq!(join.contended(tenant), [WaitlistId::of(tenant).uuid()]);
    let book = recorded(json!({ "book": { "offer": offer(), "person": person(), "note": null } }));
    assert_eq!(book.contended(tenant), [ResourceId::from_uuid(Uuid::from_u128(1)).uuid()]);
}
