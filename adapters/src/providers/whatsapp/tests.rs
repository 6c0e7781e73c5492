//! What comes in is understood whatever its shape, once, and none of it is lost.

use frontdesk_domain::conversations::correspondent::{Correspondent, CorrespondentKind};
use frontdesk_domain::conversations::inbound::{Act, Content, Inbound, InboundMessage};
use frontdesk_domain::conversations::outbound_message::{DeliveryStatus, FailureKind};
use frontdesk_domain::values::sender::{ChannelAddressKind, ChannelNumber};
use serde_json::{Value, json};

use super::*;

const NUMBER: &str = "106540352242922";

fn change(value: Value) -> Value {
    json!({ "field": "messages", "value": value })
}

/// A change with these messages and statuses, written by somebody with a number and an account.
fn with(messages: Value, statuses: Value) -> Value {
    change(json!({
        "messaging_product": "whatsapp",
        "metadata": { "display_phone_number": "15550783881", "phone_number_id": NUMBER },
        "contacts": [{ "profile": { "name": "Sheena" }, "wa_id": "16505551234", "user_id": "US.42" }],
        "messages": messages,
        "statuses": statuses,
    }))
}

fn body(changes: &[Value]) -> Vec<u8> {
    let entry = json!({ "id": "waba-1", "changes": changes });
    json!({ "object": "whatsapp_business_account", "entry": [entry] }).to_string().into_bytes()
}

fn inbound_of(body: &[u8]) -> Vec<Inbound> {
    wire::singles(body).expect("JSON").into_iter().map(wire::inbound).collect()
}

fn message(mut parts: Value) -> Value {
    let common = json!({ "from": "16505551234", "id": "wamid.1", "timestamp": "1749416383" });
    for (name, value) in common.as_object().expect("an object") {
        parts.as_object_mut().expect("an object").entry(name).or_insert_with(|| value.clone());
    }
    parts
}

fn read(parts: Value) -> InboundMessage {
    let found = inbound_of(&body(&[with(json!([message(parts)]), json!([]))])).remove(0);
    match found.content {
        Content::Message(message) => message,
        other => panic!("{other:?}"),
    }
}

fn written(parts: Value) -> (Option<String>, Value) {
    match read(parts).act {
        Act::Written { content, .. } => {
            let text = content.text.as_ref().and_then(|text| text.known().cloned());
            (text, serde_json::to_value(content).expect("JSON"))
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_kind_of_message_says_what_it_says() {
    for (parts, expected) in [
        (json!({ "type": "text", "text": { "body": "hola" } }), Some("hola")),
        (json!({ "type": "image", "image": { "id": "m1", "caption": "my bike" } }), Some("my bike")),
        (json!({ "type": "button", "button": { "payload": "yes-1", "text": "Yes" } }), Some("Yes")),
        (
            json!({ "type": "interactive", "interactive": { "type": "list_reply", "list_reply": { "id": "2", "title": "Ten" } } }),
            Some("Ten"),
        ),
        (json!({ "type": "text", "text": { "body": "ho\0la" } }), Some("hola")),
        (json!({ "type": "location", "location": { "latitude": 4.6, "longitude": -74.1 } }), None),
        (json!({ "type": "unsupported", "errors": [{ "code": 131_051 }] }), None),
        (json!({ "type": "of tomorrow" }), None),
        (json!({}), None),
    ] {
        assert_eq!(written(parts.clone()).0.as_deref(), expected, "{parts}");
    }
    let (_, voice) = written(json!({
        "type": "voice", "voice": { "id": "m2", "mime_type": "audio/ogg; codecs=opus", "sha256": "3q2+7w==" }
    }));
    assert_eq!(
        (&voice["media"][0]["kind"], &voice["media"][0]["mime_type"], &voice["media"][0]["sha256"]),
        (&json!("audio"), &json!("audio/ogg"), &json!("deadbeef"))
    );
    let (_, chosen) = written(json!({ "type": "button", "button": { "payload": "yes-1", "text": "Yes" } }));
    assert!(chosen["choice"]["id"].to_string().contains("yes-1"), "{chosen}");
    let (_, form) = written(json!({
        "type": "interactive", "interactive": { "type": "nfm_reply", "nfm_reply": { "response_json": "{\"a\":1}" } }
    }));
    assert!(form["data"].to_string().contains("response_json"), "{form}");
}

#[test]
fn what_is_done_to_a_message_names_it() {
    for (parts, expected) in [
        (
            json!({ "type": "reaction", "reaction": { "message_id": "wamid.0", "emoji": "👍" } }),
            Act::Reacted { to: "wamid.0".into(), emoji: Some("👍".into()) },
        ),
        (
            json!({ "type": "reaction", "reaction": { "message_id": "wamid.0", "emoji": "" } }),
            Act::Reacted { to: "wamid.0".into(), emoji: None },
        ),
        (
            json!({ "type": "revoke", "revoke": { "original_message_id": "wamid.0" } }),
            Act::Removed { of: "wamid.0".into() },
        ),
    ] {
        assert_eq!(read(parts).act, expected);
    }
    let edited = read(json!({ "type": "edit", "edit": {
        "original_message_id": "wamid.0", "message": { "type": "text", "text": { "body": "better" } } } }));
    assert!(matches!(edited.act, Act::Edited { of, content } if of == "wamid.0"
        && content.text.as_ref().and_then(|text| text.known()).is_some_and(|text| text == "better")));
}

#[test]
fn people_are_known_by_an_account_a_number_or_both() {
    let kinds = |of: &[Correspondent]| of.iter().map(Correspondent::kind).collect::<Vec<_>>();
    let (user, number) = (CorrespondentKind::WhatsappUser, CorrespondentKind::WhatsappNumber);
    let text = json!({ "body": "hi" });
    for (parts, expected) in [
        (json!({ "type": "text", "text": text }), vec![user, number]),
        (json!({ "type": "text", "text": text, "from_user_id": "US.42" }), vec![user, number]),
        // Somebody of whom the contacts say nothing.
        (json!({ "type": "text", "text": text, "from": "573001112233" }), vec![number]),
        (json!({ "type": "text", "text": text, "from": "US.1", "from_user_id": "US.1" }), vec![user]),
    ] {
        let read = read(parts.clone());
        assert_eq!(kinds(&read.from), expected, "{parts}");
    }
    assert_eq!(
        read(json!({ "type": "text", "text": text })).profile_name.map(String::from).as_deref(),
        Some("Sheena")
    );
    // Where it does not say so itself, the only contact has written it.
    assert_eq!(
        kinds(&read(json!({ "type": "text", "text": text, "from": "<NUMBER>" })).from),
        [user, number]
    );
    let nobody = json!([{ "profile": { "name": "Sheena" }, "wa_id": "bla" }]);
    for (from, id, contacts) in [
        (json!("bla"), "wamid.1", nobody.clone()),
        (json!(null), "wamid.1", nobody),
        (json!(null), "wamid.1", json!([{ "wa_id": "573001112233" }, { "wa_id": "573001112234" }])),
        (json!("16505551234"), "", json!([])),
    ] {
        let parts = json!({ "type": "text", "text": text, "from": from, "id": id });
        let value =
            json!({ "metadata": { "phone_number_id": NUMBER }, "contacts": contacts, "messages": [parts] });
        let mut found = inbound_of(&body(&[change(value)]));
        assert!(matches!(found.remove(0).content, Content::Unreadable { .. }), "{from} {id}");
    }
}

#[test]
fn a_body_is_each_of_its_messages_and_statuses_once_and_again_from_what_is_kept() {
    let status = |id: &str, status: &str| json!({ "id": id, "status": status, "timestamp": "1749416384", "recipient_id": "16505551234" });
    let messages =
        json!([message(json!({ "id": "a" })), message(json!({ "id": "b" })), message(json!({ "id": "a" }))]);
    let other = json!({ "field": "account_update", "value": { "event": "DISABLED_UPDATE" } });
    let body = body(&[with(messages, json!([status("x", "sent"), status("x", "read")])), other]);
    let found = inbound_of(&body);
    let identities: Vec<String> = found.iter().map(|inbound| inbound.identity.join(" ")).collect();
    let whole = |parts: &str| parts.replace('N', NUMBER);
    assert_eq!(
        identities[..5],
        ["message N a", "message N b", "message N a", "status N x sent", "status N x read"].map(whole)
    );
    let to = ChannelNumber { kind: ChannelAddressKind::PhoneNumberId, value: NUMBER.into() };
    assert!(found[..5].iter().all(|inbound| inbound.to.as_ref() == Some(&to)));
    assert!(found[..5].iter().all(|inbound| inbound.conversation_key.as_deref() == Some("16505551234")));
    let account = ChannelNumber { kind: ChannelAddressKind::AccountId, value: "waba-1".into() };
    assert_eq!(found[5].to, Some(account.clone()));
    assert_eq!(wire::addresses(&body), [to, account]);
    for inbound in &found {
        let restored = WhatsApp.restore(&WhatsApp.kept(inbound)).expect("restored");
        assert_eq!((restored.identity, restored.sent_at), (inbound.identity.clone(), inbound.sent_at));
        assert_eq!(format!("{:?}", restored.content), format!("{:?}", inbound.content));
    }
}

/// What is made of a body grows as the body does: not with its messages times the people in it.
#[test]
fn a_body_with_many_messages_is_not_copied_for_each_of_them() {
    let number = |at: u32| format!("57300{at:07}");
    let contacts: Vec<Value> = (0..1_000).map(|at| json!({ "wa_id": number(at) })).collect();
    let messages: Vec<Value> =
        (0..1_000).map(|at| json!({ "from": number(at), "id": at.to_string(), "type": "text" })).collect();
    let value =
        json!({ "metadata": { "phone_number_id": NUMBER }, "contacts": contacts, "messages": messages });
    let body = body(&[change(value)]);
    let singles = wire::singles(&body).expect("JSON");
    let bytes: usize = singles.iter().map(|single| single.to_string().len()).sum();
    assert!(singles.len() == 1_000 && bytes < 5 * body.len(), "{bytes} of {}", body.len());
    assert_eq!(
        singles[7].pointer("/entry/0/changes/0/value/contacts"),
        Some(&json!([{ "wa_id": number(7) }]))
    );
}

#[test]
fn a_status_says_what_became_of_a_message() {
    let ours = "out_01jz8k5f3xe8p9r2m4t6v7w8y9";
    let receipt = |parts: Value| {
        let found = inbound_of(&body(&[with(json!([]), json!([parts]))])).remove(0);
        match found.content {
            Content::Receipt(receipt) => receipt,
            other => panic!("{other:?}"),
        }
    };
    let read = receipt(json!({ "id": "x", "status": "read", "biz_opaque_callback_data": ours }));
    assert_eq!(
        (read.status, read.ours.map(|ours| ours.to_string()).as_deref()),
        (DeliveryStatus::Read, Some(ours))
    );
    let strange =
        receipt(json!({ "id": "x", "status": "delivered", "biz_opaque_callback_data": "somebody's" }));
    assert_eq!(strange.ours, None);
    for (errors, kind) in
        [(json!([{ "code": 131_047 }]), FailureKind::WindowClosed), (json!([]), FailureKind::Rejected)]
    {
        let failed = receipt(json!({ "id": "x", "status": "failed", "errors": errors }));
        assert_eq!(failed.failure.map(|failure| failure.kind), Some(kind));
    }
    let found =
        inbound_of(&body(&[with(json!([]), json!([{ "id": "x", "status": "of tomorrow" }]))])).remove(0);
    assert!(matches!(found.content, Content::Unknown { .. }));
}

#[test]
fn instants_are_seconds_or_milliseconds_or_nothing() {
    for (timestamp, expected) in [
        (json!("1749416383"), Some(1_749_416_383)),
        (json!(1_749_416_383), Some(1_749_416_383)),
        (json!("1749416383000"), Some(1_749_416_383)),
        (json!("asdf"), None),
        (json!("99999999999999999999"), None),
        (json!(i64::MAX), None),
    ] {
        let parts = message(json!({ "type": "text", "text": { "body": "hi" }, "timestamp": timestamp }));
        let found = inbound_of(&body(&[with(json!([parts]), json!([]))])).remove(0);
        assert_eq!(found.sent_at.map(|at| at.timestamp()), expected, "{timestamp}");
        assert!(matches!(found.content, Content::Message(_)));
    }
}

#[test]
fn a_platform_is_shown_that_the_address_knows_its_token() {
    let asked = |query: &str| WhatsApp.challenge(query, "token").expect("it asks");
    let query = |mode: &str, token: &str| {
        format!("channel=chn_1&hub.mode={mode}&hub.verify_token={token}&hub.challenge=1158201444")
    };
    assert_eq!(asked(&query("subscribe", "token")), Ok("1158201444".into()));
    assert_eq!(asked(&query("subscribe", "other")), Err(NotAuthentic::Wrong));
    assert_eq!(asked(&query("unsubscribe", "token")), Err(NotAuthentic::Wrong));
    assert_eq!(asked(""), Err(NotAuthentic::Missing));
}

#[test]
fn whatever_comes_is_read_or_refused_in_a_sentence() {
    for odd in
        ["", "[]", "{}", "null", "{\"entry\":{}}", "\u{feff}{}", "{\"entry\":[1,null,{\"changes\":[7]}]}"]
    {
        match wire::singles(odd.as_bytes()) {
            Ok(singles) => singles.into_iter().for_each(|single| drop(wire::inbound(single))),
            Err(error) => assert!(error.to_string().starts_with("the body"), "{odd}: {error}"),
        }
    }
}
