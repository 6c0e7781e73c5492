//! What the voice platform sends.

use std::io::Read;

use chrono::{DateTime, TimeDelta, Utc};
use frontdesk_domain::integrations::webhook::WebhookEvent;
use frontdesk_domain::kernel::ids::{StreamId, WebhookId};
use frontdesk_domain::kernel::personal::SubjectId;
use rand::seq::SliceRandom;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::app::{Garage, TestApp, tool_call};
use crate::support::process::morning;
use crate::support::{until, within};

const CALLER: &str = "+573007654321";

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_books_finds_moves_and_cancels() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let open = garage
        .answer("c1", "t1", "check_availability", json!({ "day": "tomorrow", "part_of_day": "afternoon" }))
        .await;
    assert_eq!(open["slots"][0]["time"], "Tuesday, November 24th at noon");
    let token = |index: usize| open["slots"][index]["slot_token"].clone();
    let booked = garage
        .answer("c1", "t2", "book_appointment", json!({ "slot_token": token(0), "name": "Ada Lovelace" }))
        .await;
    assert_eq!(
        (&booked["status"], &booked["start"]),
        (&json!("booked"), &json!("2026-11-24T12:00:00-05:00"))
    );
    let moved = json!({ "appointment_id": booked["appointment_id"], "slot_token": token(2) });
    assert_eq!(garage.answer("c1", "t3", "reschedule_appointment", moved).await["status"], "rescheduled");

    // In another call, an appointment must be found before it can be cancelled.
    let cancel = json!({ "appointment_id": booked["appointment_id"] });
    assert_eq!(garage.answer("c2", "t1", "cancel_appointment", cancel.clone()).await["status"], "refused");
    let found = garage.answer("c2", "t2", "find_appointments", json!({})).await;
    assert_eq!(
        found["appointments"],
        json!([{ "appointment_id": booked["appointment_id"], "service": "Oil change", "time": "Tuesday, November 24th at 2 in the afternoon" }])
    );
    assert_eq!(garage.answer("c2", "t3", "cancel_appointment", cancel).await["status"], "cancelled");
    assert_eq!(garage.answer("c2", "t4", "find_appointments", json!({})).await["status"], "none_found");

    let message =
        garage.answer("c2", "t5", "take_message", json!({ "message": "Call me about the invoice" })).await;
    assert_eq!(message["status"], "taken");
    until(|| async { garage.get("/messages").await.body["items"][0]["text"] == "Call me about the invoice" })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_elses_appointments_are_told_to_those_who_know_the_name() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    garage.book(&garage.slots("tomorrow").await[0], 1).await.expect(201);
    let ask = async |id: &str, arguments: Value| {
        garage.answer("c1", id, "find_appointments", arguments).await["status"].clone()
    };
    assert_eq!(ask("t1", json!({ "phone_number": "300 0000001", "name": "Customer 1" })).await, "found");
    assert_eq!(ask("t2", json!({ "phone_number": "300 0000001", "name": "Somebody" })).await, "none_found");
    assert_eq!(
        garage.tool("c1", "t3", "find_appointments", json!({ "phone_number": "+573000000001" })).await["error"],
        "name is missing; ask the caller for it"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_familys_telephone_each_finds_what_is_booked_for_them() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    garage.book(&garage.slots("tomorrow").await[0], 1).await.expect(201);
    let asked = json!({ "day": "tomorrow", "part_of_day": "afternoon" });
    let open = garage.answer("c1", "t1", "check_availability", asked).await;
    let phone = "+573000000001";
    let byron =
        json!({ "slot_token": open["slots"][0]["slot_token"], "name": "Byron King", "phone_number": phone });
    assert_eq!(garage.answer("c1", "t2", "book_appointment", byron).await["status"], "booked");
    let names = async |id: &str, name: &str| {
        let arguments = json!({ "phone_number": phone, "name": name });
        let found = garage.answer("c1", id, "find_appointments", arguments).await;
        let appointments = found["appointments"].as_array().expect("appointments").clone();
        appointments.iter().map(|found| found["name"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(names("t3", "byron king").await, ["Byron King"]);
    assert_eq!(names("t4", "Customer 1").await, ["Customer 1", "Byron King"]);
    assert!(names("t5", "Somebody").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_tool_call_gets_the_first_answer_whatever_comes_with_it() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let slots = garage.slots("tomorrow").await;
    let book = |slot: &str| {
        garage.tool("c1", "t1", "book_appointment", json!({ "slot_token": slot, "name": "Ada" }))
    };
    let answers = futures::future::join_all((0..8).map(|index| book(&slots[index % 4]))).await;
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    until(|| async { garage.slots("tomorrow").await.len() == 7 }).await;
    // The same id in another call is another tool call.
    let other =
        garage.tool("c2", "t1", "book_appointment", json!({ "slot_token": slots[5], "name": "Ada" })).await;
    assert_ne!(other["result"], answers[0]["result"]);
}

/// Somebody sets a business up and tries it at once: what was listed before is not what is there now.
#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_was_added_a_moment_ago_is_offered() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let retire = async |service: &str| {
        garage.client.delete(&garage.path(&format!("/services/{service}"))).await.expect(200);
    };
    retire(&garage.service).await;
    for number in 0..10 {
        let listed = garage.tool("c1", &format!("none-{number}"), "get_services", json!({})).await;
        assert!(listed.to_string().contains("no services"), "{listed}");
        let wash =
            json!({ "name": "Wash", "duration_minutes": 30, "needs": [{ "any_of": [garage.resource] }] });
        let wash = garage.post("/services", wash).await.expect(201).id();
        let message = tool_call("c1", &format!("one-{number}"), "get_services", json!({}));
        let body = json!({ "message": message }).to_string();
        let told = garage.hook_at_once(morning(), body.as_bytes()).await.expect(200);
        assert!(told.text.contains("Wash"), "{}", told.text);
        retire(&wash).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_model_gets_wrong_is_explained_to_it() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    for (id, tool, arguments, expected) in [
        ("t1", "book_appointment", json!({ "name": "Ada" }), "slot_token is missing"),
        (
            "t2",
            "book_appointment",
            json!({ "slot_token": "x", "name": "Ada" }),
            "slot_token: copy it exactly",
        ),
        ("t3", "book_appointment", json!("{\"name\":"), "not JSON"),
        ("t4", "check_availability", json!({ "day": "someday" }), "day: "),
        ("t5", "check_availability", json!({ "service": "tattoo" }), "Oil change"),
        ("t6", "order_pizza", json!({}), "check_availability"),
        ("t7", "cancel_appointment", json!({ "appointment_id": "5" }), "apt_"),
        ("t8", "take_message", json!({}), "message is missing"),
        ("t9", "check_availability", json!({ "from": "14:00", "to": "16:00" }), "use appointment_id, day,"),
        ("t10", "check_availability", json!({ "wished_time": "3 pm" }), "\"wished_time\" is no argument"),
        ("t11", "check_availability", json!({ "Day": "someday" }), "day: "),
        ("t12", "check_availability", json!({ "datetime": "someday" }), "day: "),
    ] {
        let result = garage.tool("c1", id, tool, arguments).await;
        let error = result["error"].as_str().unwrap_or_else(|| panic!("{tool}: {result}"));
        assert!(error.contains(expected), "{tool}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_models_write_is_taken_in_every_form() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let path = format!("/services/{}", garage.service);
    let mut details = garage.get(&path).await.expect(200).body["details"].clone();
    details["questions"] = json!([
        { "id": "km", "text": "How many kilometres?", "answer": "number", "min": 0, "max": 500_000 },
        { "id": "first", "text": "Is it your first visit?", "answer": "yes_no" },
        { "id": "brand", "text": "Which brand?", "answer": "choice", "options": ["Honda", "Citroën"] },
    ]);
    garage.client.put(&garage.path(&path), details).await.expect(200);
    let slots = garage.slots("tomorrow").await;
    let arguments = |slot: &str, answers: Value| json!({ "slot_token": slot, "name": "Ada", "email": "null", "answers": answers });
    let list = json!([{ "question_id": "km", "answer": "12,000" }, { "id": "first", "value": "yes" }, { "question": "brand", "answer": "citroen" }]);
    let object = json!({ "km": 12000.0, "first": "Sí", "brand": "Citroën" });
    let written = [
        arguments(&slots[0], object.clone()),
        arguments(&slots[1], json!(object.to_string())),
        arguments(&slots[2], list),
        json!(arguments(&slots[3], object.clone()).to_string()),
        json!(format!("```json\n{}\n```", arguments(&format!("`{}`", slots[4]), object.clone()))),
        json!(json!(arguments(&slots[5], object).to_string()).to_string()),
    ];
    for (number, arguments) in written.into_iter().enumerate() {
        let booked = garage.answer("c1", &format!("t{number}"), "book_appointment", arguments).await;
        assert_eq!(booked["status"], "booked", "{number}: {booked}");
        let id = booked["appointment_id"].as_str().expect("an id");
        let answers = garage.get(&format!("/appointments/{id}")).await.expect(200).body["answers"].clone();
        let answers: Vec<_> =
            answers.as_array().expect("a list").iter().map(|one| one["answer"].clone()).collect();
        assert_eq!(answers, ["12000", "true", "Citroën"], "{number}");
    }
    let any = json!({ "service": "any", "day": null, "part_of_day": "null", "time": "" });
    assert_eq!(garage.answer("c1", "any", "check_availability", any).await["status"], "open");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_call_without_an_id_is_answered_and_parked_and_holds_nothing_back() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let mut message = tool_call("c1", "t1", "get_business_hours", json!({}));
    message["toolCallList"][0].as_object_mut().expect("an object").remove("id");
    let results = garage.hook(message).await.expect(200).body["results"].clone();
    assert!(results[0]["error"].as_str().is_some_and(|error| error.contains("no id")), "{results}");
    until(|| async {
        garage.get("/deliveries?state=parked").await.body["items"]
            .as_array()
            .is_some_and(|parked| parked.len() == 1)
    })
    .await;
    let report =
        json!({ "type": "end-of-call-report", "call": { "id": "c1" }, "endedReason": "customer-ended-call" });
    garage.hook(report).await.expect(200);
    until(|| async { garage.get("/deliveries?state=pending").await.body["items"] == json!([]) }).await;
    let parked = garage.get("/deliveries?state=parked").await.body["items"].clone();
    assert_eq!(parked.as_array().map(Vec::len), Some(1), "{parked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_the_name_of_a_tool_that_does_not_exist_nor_a_sentence_of_the_platforms_stands_in_clear() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let told = garage.tool("c1", "t1", "ask_lovelace", json!({ "day": "after knee-surgery" })).await;
    assert!(told["error"].as_str().is_some_and(|error| error.contains("ask_lovelace")), "{told}");
    let call = json!({ "id": "c1", "customer": { "number": CALLER } });
    for message in [
        json!({ "type": "status-update", "status": "Lovelace waits", "call": call, "timestamp": 1_790_000_000_001_u64 }),
        json!({ "type": "status-update", "status": "ended", "endedReason": "Lovelace hung up", "call": call }),
    ] {
        garage.hook(message).await.expect(200);
    }
    let recorded = async || -> String {
        let everything = "select string_agg(payload::text || metadata::text, '') from events";
        sqlx::query_scalar(everything).fetch_one(&app.database.pool).await.expect("events")
    };
    until(|| async { recorded().await.contains("CallEnded") }).await;
    let recorded = recorded().await;
    for secret in ["ovelace", "knee-surgery"] {
        assert!(!recorded.contains(secret), "{secret:?} stands in clear");
    }
    for kept in [r#""tool":"unknown""#, r#""status":"other""#, r#""reason":"other""#] {
        assert!(recorded.contains(kept), "{kept}");
    }
}

/// One of each kind, as the platform's documents and captures show them.
fn messages() -> Vec<Value> {
    let call = json!({ "id": "c9", "customer": { "number": CALLER } });
    vec![
        tool_call("c9", "t1", "get_business_hours", json!({})),
        json!({ "type": "tool-calls", "call": call, "toolCallList": [{ "id": "t2", "name": "get_business_hours", "parameters": {} }] }),
        json!({ "type": "tool-calls", "call": call, "toolCalls": [{ "id": "t3", "type": "function", "function": { "name": "get_business_hours", "arguments": "{}" } }] }),
        json!({ "type": "tool-calls", "toolWithToolCallList": [{ "name": "get_business_hours", "toolCall": { "id": "t4", "parameters": {} } }] }),
        json!({ "type": "function-call", "call": call, "functionCall": { "name": "get_business_hours", "parameters": {} } }),
        json!({ "type": "status-update", "status": "in-progress", "call": call, "timestamp": 1_790_000_000_001.5 }),
        json!({ "type": "status-update", "status": "ended", "endedReason": "customer-ended-call", "call": call, "timestamp": 1_790_000_060_000_u64 }),
        json!({ "type": "status-update", "status": "ended", "call": {} }),
        json!({ "type": "end-of-call-report", "endedReason": "customer-ended-call", "call": call, "artifact": { "transcript": "AI: Hello" } }),
        json!({ "type": "assistant-request", "call": { "id": "c10", "customer": { "number": CALLER } } }),
        json!({ "type": "transfer-destination-request", "call": call }),
        json!({ "type": "knowledge-base-request", "call": call, "messages": [] }),
        json!({ "type": "conversation-update", "call": call, "messages": [{ "role": "user", "content": "hello" }] }),
        json!({ "type": "transcript", "transcript": "hello", "role": "user" }),
        json!({ "type": "speech-update", "status": "started", "call": call }),
        json!({ "type": "hang", "call": call }),
        json!({ "type": "something-new", "anything": [1, 2] }),
    ]
}

fn with_secrets(mut message: Value) -> Value {
    message["phoneNumber"] =
        json!({ "number": "+573001230000", "twilioAuthToken": "SECRET-1", "serverUrlSecret": "SECRET-2" });
    message["assistant"] = json!({
        "model": { "messages": [{ "role": "system", "content": "SECRET-3" }], "tools": [{ "server": { "url": "https://x/?k=SECRET-4", "secret": "SECRET-5" } }] },
        "monitor": { "controlUrl": "https://SECRET-6", "listenUrl": "wss://SECRET-7" },
    });
    message
}

/// The text of a message, its keys in any order.
fn shuffled(value: &Value) -> String {
    match value {
        Value::Object(object) => {
            let mut entries: Vec<String> = object
                .iter()
                .map(|(key, value)| format!("{}:{}", Value::from(key.as_str()), shuffled(value)))
                .collect();
            entries.shuffle(&mut rand::rng());
            format!("{{{}}}", entries.join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(shuffled).collect::<Vec<_>>().join(",")),
        plain => plain.to_string(),
    }
}

/// Each of them twice, in any order but one: that a call goes on is no news once it has ended.
fn in_some_order(messages: &[Value]) -> Vec<&Value> {
    let mut sent: Vec<&Value> = messages.iter().chain(messages).collect();
    sent.shuffle(&mut rand::rng());
    let goes_on = |message: &Value| message["status"] == "in-progress";
    let ends = |message: &Value| message["endedReason"].is_string();
    let place =
        |is: &dyn Fn(&Value) -> bool| sent.iter().position(|message| is(message)).expect("it is sent");
    let (going_on, ending) = (place(&goes_on), place(&ends));
    sent.swap(going_on.min(ending), going_on);
    sent
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_message_is_taken_in_once_however_often_it_comes() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let messages: Vec<Value> = messages().into_iter().map(with_secrets).collect();
    for message in in_some_order(&messages) {
        let body = shuffled(&json!({ "message": message }));
        garage.hook_at(morning(), body.as_bytes()).await.expect(200);
    }
    let stream = async || {
        let batch = app.log().read_after(0, 100_000, None).await.expect("readable").expect("events");
        batch.events
    };
    let received: Vec<_> =
        stream().await.into_iter().filter(|event| event.event_type == "WebhookReceived").collect();
    assert_eq!(received.len(), messages.len());

    // Every body can be read, and no secret stands in any.
    for event in &received {
        let Ok(WebhookEvent::WebhookReceived { receipt }) = event.decode() else { panic!("a receipt") };
        let id = WebhookId::from_uuid(event.aggregate_id);
        let body = app
            .log()
            .attachment(event.tenant, id.uuid(), SubjectId(receipt.body_subject))
            .await
            .expect("readable")
            .expect("a body");
        let mut text = String::new();
        flate2::read::DeflateDecoder::new(body.as_slice()).read_to_string(&mut text).expect("a text");
        assert!(text.contains(&receipt.message_type) && text.contains("+573001230000"), "{text}");
        assert!(!text.contains("SECRET"), "{text}");
    }
    for event in stream().await {
        assert!(!format!("{event:?}").contains("SECRET"), "{event:?}");
        assert!(!format!("{:?}", app.log().command_of(&event).await.expect("readable")).contains("SECRET"));
    }

    // What the platform does not wait for is translated in time.
    let states = async || -> Vec<String> {
        let reply = garage.get("/deliveries?limit=100").await.expect(200);
        reply.body["items"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|item| item["state"].as_str().expect("a state").to_owned())
            .collect()
    };
    until(|| async {
        let states = states().await;
        states.len() == messages.len() && !states.iter().any(|state| state == "pending")
    })
    .await;
    assert!(!states().await.iter().any(|state| state == "parked"));
    let types: Vec<String> = stream()
        .await
        .into_iter()
        .filter(|event| event.aggregate_type == "call")
        .map(|event| event.event_type.clone())
        .collect();
    for expected in ["CallProgressed", "CallEnded", "CallReported"] {
        assert_eq!(types.iter().filter(|found| *found == expected).count(), 1, "{expected} in {types:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_platform_is_told_who_answers_and_whom_to_hand_over_to() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let call = json!({ "id": "c1", "customer": { "number": CALLER } });
    assert_eq!(
        garage.hook(json!({ "type": "assistant-request", "call": call })).await.body,
        json!({ "assistantId": "assistant-1" })
    );
    let transfer = garage.hook(json!({ "type": "transfer-destination-request", "call": call })).await;
    assert_eq!(transfer.body["destination"], json!({ "type": "number", "number": "+573001234567" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assistant_is_told_who_calls_if_the_business_wants_it() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let slot = garage.slots("tomorrow").await[0].clone();
    garage
        .answer("c1", "t1", "book_appointment", json!({ "slot_token": slot, "name": "Ada Lovelace" }))
        .await;
    let asked = async |call: &str, number: &str| {
        let call = json!({ "id": call, "customer": { "number": number } });
        garage.hook(json!({ "type": "assistant-request", "call": call })).await.expect(200).body
    };
    assert_eq!(asked("c2", CALLER).await, json!({ "assistantId": "assistant-1" }), "unless it says so");

    let business = garage.client.get(&garage.path("")).await.expect(200).body;
    let mut profile = business["profile"].clone();
    assert_eq!(profile["recognise_callers"], false);
    profile["recognise_callers"] = true.into();
    garage.client.put(&garage.path(""), profile).await.expect(200);
    // A platform does not wait: what is not known in 50 ms is left out, and this machine may be busy.
    let told = within(async {
        loop {
            let told = asked("c3", CALLER).await["assistantOverrides"]["variableValues"].clone();
            if told["next_appointment"].is_string() {
                break told;
            }
        }
    })
    .await;
    assert_eq!(
        told,
        json!({
            "language": "en",
            "caller_name": "Ada Lovelace",
            "next_appointment": "Oil change, Tuesday, November 24th at 9 in the morning",
        })
    );
    for nobody in ["anonymous", "+573009998877"] {
        let told = asked(nobody, nobody).await["assistantOverrides"]["variableValues"].clone();
        assert_eq!(told, json!({ "language": "en" }), "{nobody}");
    }
    // What a caller has to prove is not told before they have.
    for (number, proof) in [("c4", "name"), ("c5", "staff")] {
        let mut profile = garage.get("").await.expect(200).body["profile"].clone();
        profile["caller_proof"] = json!({ "to_hear": proof });
        garage.client.put(&garage.path(""), profile).await.expect(200);
        let told = asked(number, CALLER).await["assistantOverrides"]["variableValues"].clone();
        assert_eq!(told.get("next_appointment"), None, "{told}");
        assert_eq!(told.get("caller_name").is_none(), proof == "name", "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_is_found_by_its_secret_its_token_or_the_number_that_was_called() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let add = async |body: Value| garage.post("/channels", body).await.expect(201);
    add(json!({ "name": "Secret", "authentication": "secret", "secret": "a-shared-secret-of-ours" })).await;
    add(json!({ "name": "Bearer", "authentication": "bearer", "secret": "a-bearer-token-of-ours" })).await;
    let numbers = json!([{ "kind": "phone_number", "value": "+57 601 7654321" }]);
    let signed = add(json!({ "name": "Signed", "authentication": "hmac", "numbers": numbers })).await;

    let send = async |headers: &[(&str, &str)], body: &str| {
        app.client(None).send(Method::POST, "/webhooks/vapi", headers, Some(body.into())).await
    };
    let body = json!({ "message": tool_call("c1", "t1", "get_business_hours", json!({})) }).to_string();
    send(&[("x-vapi-secret", "a-shared-secret-of-ours")], &body).await.expect(200);
    send(&[("authorization", "Bearer a-bearer-token-of-ours")], &body).await.expect(200);
    send(&[("authorization", "Bearer a-shared-secret-of-ours")], &body).await.problem(401, "unauthorized");

    let mut message = tool_call("c1", "t2", "get_business_hours", json!({}));
    message["phoneNumber"] = json!({ "number": "+576017654321" });
    let body = json!({ "message": message }).to_string();
    let now = morning().timestamp().to_string();
    let signature =
        crate::support::app::signature(signed.body["secret"].as_str().expect("a key"), &now, body.as_bytes());
    send(&[("x-signature", &signature), ("x-timestamp", &now)], &body).await.expect(200);

    // A number belongs to one channel, and is free again when that is removed.
    let other = Garage::open(&app, "Other").await;
    let taken = json!({ "name": "Taken", "authentication": "hmac", "numbers": numbers });
    other.post("/channels", taken.clone()).await.problem(409, "channel-address-taken");
    garage.client.delete(&garage.path(&format!("/channels/{}", signed.id()))).await.expect(204);
    send(&[("x-signature", &signature), ("x-timestamp", &now)], &body).await.problem(401, "unauthorized");
    other.post("/channels", taken).await.expect(201);
}

/// A body of four megabytes that names a thousand tool calls and a number of a megabyte used to become a
/// thousand copies of that number, before anybody had asked for the secret.
#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_nobody_vouches_for_is_not_made_into_messages() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let calls: Vec<Value> = (0..33).map(|id| json!({ "id": id, "name": "get_business_hours" })).collect();
    let mut message = json!({ "type": "tool-calls", "call": { "id": "c1" }, "toolCallList": calls });
    let refused = garage.hook(message.clone()).await;
    refused.problem(400, "bad-request");
    message["phoneNumber"] = json!({ "number": "7".repeat(1 << 20) });
    let body = json!({ "message": message }).to_string();
    let anonymous = app.client(None).send(Method::POST, "/webhooks/vapi", &[], Some(body.into())).await;
    anonymous.problem(401, "unauthorized");
    message["toolCallList"].as_array_mut().expect("a list").pop();
    let answered = garage.hook(message).await.expect(200);
    assert_eq!(answered.body["results"].as_array().map(Vec::len), Some(32));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_cannot_be_translated_holds_back_its_own_call_only() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    // Nobody translates as long as the checkpoint is somebody else's.
    let mut busy = app.database.pool.begin().await.expect("a transaction");
    sqlx::query("select from checkpoints where name = 'intake' for update")
        .fetch_one(&mut *busy)
        .await
        .expect("the checkpoint");
    let status = |call: &str, status: &str, at: u64| json!({ "type": "status-update", "status": status, "call": { "id": call }, "timestamp": at });
    garage.hook(status("c1", "queued", 1)).await.expect(200);
    // Its body is lost before anybody has looked at it.
    sqlx::query("delete from webhook_bodies").execute(&app.database.pool).await.expect("deleted");
    garage.hook(status("c1", "ringing", 2)).await.expect(200);
    garage.hook(status("c1", "ended", 3)).await.expect(200);
    garage.hook(status("c2", "ended", 4)).await.expect(200);
    busy.rollback().await.expect("let go");
    let states = async || -> Vec<String> {
        let reply = garage.get("/deliveries").await.expect(200);
        reply.body["items"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|item| item["state"].as_str().expect("a state").to_owned())
            .collect()
    };
    until(|| async { states().await == ["parked", "parked", "parked", "translated"] }).await;
    let items = garage.get("/deliveries?state=parked").await.body["items"].clone();
    let id = |index: usize| items[index]["id"].as_str().expect("an id").to_owned();
    assert!(items[0]["reason"].as_str().is_some_and(|reason| reason.contains("no longer kept")), "{items}");

    garage.post(&format!("/deliveries/{}/retry", id(1)), json!({})).await.problem(409, "delivery-behind");
    garage.post(&format!("/deliveries/{}/retry", id(0)), json!({})).await.expect(204);
    // It is pending until it has been tried again, and cannot be skipped meanwhile.
    let skip = format!("/deliveries/{}/skip", id(0));
    until(|| async { garage.post(&skip, json!({ "reason": "its body is gone" })).await.status == 204 }).await;
    until(|| async { states().await == ["skipped", "translated", "translated", "translated"] }).await;
    let held: i64 = sqlx::query_scalar("select count(*) from held_deliveries")
        .fetch_one(&app.database.pool)
        .await
        .expect("a count");
    assert_eq!(held, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_body_of_a_webhook_is_kept_for_thirty_days_by_the_clock_that_took_it_in() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    garage
        .hook(json!({ "type": "status-update", "status": "queued", "call": { "id": "c1" } }))
        .await
        .expect(200);
    let bodies = async || -> i64 {
        let bodies = sqlx::query_scalar("select count(*) from webhook_bodies").fetch_one(&app.database.pool);
        bodies.await.expect("a count")
    };
    let looked_through = async |at: DateTime<Utc>| {
        app.clock.set(at);
        let done =
            "select exists (select from cron_jobs where name = 'remove_expired_bodies' and due_at = $1)
                        and not exists (select from jobs where policy = 'remove_expired_bodies')";
        until(|| async {
            sqlx::query_scalar(done).bind(at).fetch_one(&app.database.pool).await.expect("an answer")
        })
        .await;
    };
    looked_through(morning() + TimeDelta::days(30) - TimeDelta::minutes(10)).await;
    assert_eq!(bodies().await, 1);
    looked_through(morning() + TimeDelta::days(30) + TimeDelta::minutes(10)).await;
    assert_eq!(bodies().await, 0);
}
