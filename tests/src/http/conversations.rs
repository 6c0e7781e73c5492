//! Conversations and their messages, as people of the business see them.

use chrono::{DateTime, TimeDelta, Utc};
use frontdesk_domain::conversations::commands::receive_status::{Handing, RecordHanding};
use frontdesk_domain::conversations::commands::send_message::{Destination, SendMessage};
use frontdesk_domain::conversations::outbound_message::{
    Failure, FailureKind, MessageText, OutboundContent, Topic,
};
use frontdesk_domain::kernel::ids::{AppointmentId, OutboundMessageId, ProviderMessageId, StreamId};
use frontdesk_domain::kernel::metadata::{Actor, ActorKind};
use frontdesk_domain::kernel::personal::Personal;
use frontdesk_domain::kernel::work::Command;
use frontdesk_domain::people::consent::Purpose;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::app::{Garage, Reply, TestApp};
use crate::support::process::morning;
use crate::support::until;
use crate::support::whatsapp::Whatsapp;

const ADA: &str = "573001112233";
const GRACE: &str = "573004445566";

fn at(minutes_before: i64) -> DateTime<Utc> {
    morning() - TimeDelta::minutes(minutes_before)
}

async fn whatsapp(garage: &Garage, number: &str) -> Whatsapp {
    Whatsapp::open(&garage.client, &garage.business, number).await
}

fn texts(list: &Value, pointer: &str) -> Vec<String> {
    let text = |item: &Value| item.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    list["items"].as_array().expect("items").iter().map(text).collect()
}

async fn listed(garage: &Garage, query: &str) -> Vec<String> {
    let list = garage.get(&format!("/conversations?{query}")).await.expect(200);
    texts(&list.body, "/id")
}

async fn messages(garage: &Garage, conversation: &str) -> Value {
    garage.get(&format!("/conversations/{conversation}/messages")).await.expect(200).body
}

/// Waits until the messages of a conversation say all of this, the newest first.
async fn until_said(garage: &Garage, conversation: &str, said: &[&str]) {
    until(|| async { texts(&messages(garage, conversation).await, "/content/text") == said }).await;
}

/// Sends a request that changes a conversation, of which a version was read.
async fn change(garage: &Garage, conversation: &str, act: &str, seen: &str, body: Option<Value>) -> Reply {
    let path = garage.path(&format!("/conversations/{conversation}/{act}"));
    let body = body.map(|body| body.to_string().into());
    let method = if act.starts_with("labels/") { Method::DELETE } else { Method::POST };
    garage.client.send(method, &path, &[("if-match", seen)], body).await
}

/// Carries out what no request leads to yet, on behalf of staff, and waits until it can be read.
async fn run<C: Command>(app: &TestApp, garage: &Garage, command: &C) -> C::Output {
    let tenant = garage.business.parse().expect("an id");
    let context = app.process.app.context(tenant, Actor::new(ActorKind::Staff, "key_of_ana"));
    let executed = app.process.app.bus.execute(&context, command).await.expect("carried out");
    if let Some(position) = executed.position {
        let position = app.process.app.positions.token(position);
        garage.get(&format!("/conversations?min_position={position}")).await.expect(200);
    }
    executed.output
}

async fn send(
    app: &TestApp,
    garage: &Garage,
    conversation: &str,
    text: &str,
    reply_to: Option<ProviderMessageId>,
) -> OutboundMessageId {
    let command = SendMessage {
        message_id: None,
        to: Destination::Conversation { conversation_id: conversation.parse().expect("an id") },
        purpose: Purpose::Service,
        content: OutboundContent::of_text(MessageText::parse(text).expect("a text")),
        topic: Some(Topic::Appointment { appointment_id: AppointmentId::from_uuid(Uuid::nil()) }),
        asks_until: None,
        reply_to,
    };
    run(app, garage, &command).await.id
}

#[tokio::test(flavor = "multi_thread")]
async fn conversations_are_listed_by_their_last_message_and_found_by_how_they_stand() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let (first, second) = (whatsapp(&garage, "1").await, whatsapp(&garage, "2").await);
    let grace = second.begin(GRACE).await;
    app.clock.set(morning() + TimeDelta::minutes(1));
    let ada = first.begin(ADA).await;
    assert_eq!(listed(&garage, "").await.len(), 2);
    // Whoever wrote last is first.
    app.clock.set(morning() + TimeDelta::minutes(3));
    second.text(GRACE, "wamid.2", morning() + TimeDelta::minutes(2), "Still there?").await;
    until(|| async { listed(&garage, "").await == [grace.clone(), ada.clone()] }).await;
    first.text(ADA, "wamid.3", morning() + TimeDelta::minutes(3), "Are you open?").await;
    until(|| async { listed(&garage, "").await == [ada.clone(), grace.clone()] }).await;

    let shown = garage.get(&format!("/conversations/{ada}")).await.expect(200);
    assert_eq!(shown.etag.as_deref(), Some("\"3\""), "its chapter has begun, and two messages came");
    let expected = json!({
        "id": ada,
        "version": 3,
        "channel_id": first.channel,
        "medium": "whatsapp",
        "known_as": [{ "kind": "whatsapp_number", "address": ADA }],
        "profile_name": format!("Person {ADA}"),
        "last_message_at": (morning() + TimeDelta::minutes(3)).to_rfc3339(),
        "situation": {
            "status": "open",
            "in_charge": { "kind": "anybody" },
            "labels": [],
            "wrote_at": shown.body["last_message_at"],
            "unanswered": 2,
            "unanswered_since": shown.body["situation"]["unanswered_since"],
        },
    });
    assert_eq!(shown.body, expected);
    assert!(shown.body["situation"]["unanswered_since"].is_string());

    change(&garage, &ada, "labels", "*", Some(json!({ "label": "brakes" }))).await.expect(200);
    change(&garage, &ada, "assign", "*", Some(json!({ "to": { "kind": "assistant" } }))).await.expect(200);
    change(&garage, &grace, "resolve", "*", None).await.expect(200);
    for (query, expected) in [
        ("label=brakes", std::slice::from_ref(&ada)),
        ("label=tyres", &[]),
        ("status=open", std::slice::from_ref(&ada)),
        ("status=resolved", std::slice::from_ref(&grace)),
        ("status=snoozed", &[]),
        ("in_charge=assistant", std::slice::from_ref(&ada)),
        ("in_charge=anybody", std::slice::from_ref(&grace)),
        (&format!("channel_id={}", second.channel), std::slice::from_ref(&grace)),
        (&format!("channel_id={}&label=brakes", second.channel), &[]),
    ] {
        assert_eq!(listed(&garage, query).await, expected, "{query}");
    }

    // Page by page.
    let page = garage.get("/conversations?limit=1").await.expect(200).body;
    assert_eq!(texts(&page, "/id"), std::slice::from_ref(&ada));
    let cursor = page["next_cursor"].as_str().expect("a cursor").to_owned();
    let page = garage.get(&format!("/conversations?limit=1&cursor={cursor}")).await.expect(200).body;
    assert_eq!((texts(&page, "/id"), page.get("next_cursor")), (vec![grace.clone()], None));

    // Another business sees nothing of it.
    let other = Garage::open(&app, "Other").await;
    assert_eq!(listed(&other, "").await, [""; 0]);
    for path in ["", "/messages"] {
        other.get(&format!("/conversations/{ada}{path}")).await.problem(404, "not-found");
    }
    change(&other, &ada, "resolve", "*", None).await.problem(404, "conversation-not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_changes_a_conversation_has_seen_it_as_it_is() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let id = whatsapp(&garage, "1").await.begin(ADA).await;
    let shown = async || garage.get(&format!("/conversations/{id}")).await.expect(200);
    let mut seen = shown().await.etag.expect("a tag");
    let until_when = (morning() + TimeDelta::days(1)).to_rfc3339();
    let person = json!({ "kind": "person", "name": "ana" });
    let team = json!({ "kind": "team", "name": "Workshop" });
    let odd = "follow up / é";
    for (act, body, pointer, expected) in [
        ("assign", Some(json!({ "to": person })), "/in_charge", person),
        (
            "hand-over",
            Some(json!({ "to": team, "reason": "sensitive", "brief": "Brakes" })),
            "/in_charge",
            team,
        ),
        ("snooze", Some(json!({ "until": until_when })), "/snoozed_until", json!(until_when)),
        ("reopen", None, "/status", json!("open")),
        ("labels", Some(json!({ "label": odd })), "/labels", json!([odd])),
        ("labels/follow%20up%20%2F%20%C3%A9", None, "/labels", json!([])),
        ("resolve", None, "/unanswered", json!(0)),
    ] {
        let before = app.events().await;
        change(&garage, &id, act, "\"1\"", body.clone()).await.problem(412, "changed-since");
        assert_eq!(app.events().await, before);
        let changed = change(&garage, &id, act, &seen, body).await.expect(200);
        assert_eq!(changed.body["situation"].pointer(pointer), Some(&expected), "{act}: {}", changed.text);
        assert!(app.events().await > before, "{act} does something");
        seen = changed.etag.clone().expect("a tag");
        let shown = shown().await;
        assert_eq!(
            (shown.etag.as_ref(), &shown.body["situation"]),
            (Some(&seen), &changed.body["situation"])
        );
    }
    // What is so already is no change.
    let before = app.events().await;
    let again = change(&garage, &id, "resolve", &seen, None).await.expect(200);
    assert_eq!((again.etag, app.events().await), (Some(seen), before));

    for (act, body, place) in [
        ("assign", json!({ "to": { "kind": "team" } }), "/to/name"),
        ("assign", json!({ "to": { "kind": "assistant", "name": "ana" } }), "/to/name"),
        ("hand-over", json!({ "to": { "kind": "person" }, "reason": "asked" }), "/to/name"),
        ("labels", json!({ "label": "x".repeat(61) }), "/label"),
    ] {
        let refused = change(&garage, &id, act, "*", Some(body)).await;
        assert!(matches!(refused.status, 400 | 422) && refused.text.contains(place), "{}", refused.text);
    }
    let past = json!({ "until": at(1) });
    let refused = change(&garage, &id, "snooze", "*", Some(past)).await;
    refused.problem(422, "conversation-snooze-out-of-range");
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_shown_with_all_that_was_done_to_them() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let whatsapp = whatsapp(&garage, "1").await;
    let id = whatsapp.begin(ADA).await;
    let hello = texts(&messages(&garage, &id).await, "/id").remove(0);
    app.clock.set(morning() + TimeDelta::minutes(9));
    let later = |minutes| morning() + TimeDelta::minutes(minutes);
    let ours = send(&app, &garage, &id, "Good morning", Some(hello.parse().expect("an id"))).await;
    let delivery = async || {
        let shown = messages(&garage, &id).await;
        let items = shown["items"].as_array().expect("items").clone();
        items.into_iter().find(|item| item["id"] == ours.to_string()).expect("the message")
    };
    let shown = delivery().await;
    let expected = json!({
        "id": ours.to_string(),
        "conversation_id": id,
        "direction": "out",
        "at": shown["at"],
        "content": { "kind": "text", "text": "Good morning", "media": [], "choices": [] },
        "reply_to": hello,
        "reactions": [],
        "purpose": "service",
        "appointment_id": AppointmentId::from_uuid(Uuid::nil()).to_string(),
        "actor_kind": "staff",
        "actor_id": "key_of_ana",
        "delivery": { "status": "queued" },
    });
    assert_eq!(shown, expected);

    // Taken back for a while, and tried again.
    let hand = async |handing| {
        run(&app, &garage, &RecordHanding { message_id: ours, handing }).await;
        delivery().await["delivery"].clone()
    };
    assert_eq!(hand(Handing::Begun).await, json!({ "status": "sending" }));
    let failure = Failure { kind: FailureKind::RateLimited, code: None };
    let deferred = hand(Handing::Deferred { until: later(9), failure }).await;
    assert_eq!(deferred, json!({ "status": "queued", "failure": { "kind": "rate_limited" } }));
    hand(Handing::Begun).await;
    // A reaction that comes before anybody knows that the message is ours.
    let reaction = json!({ "type": "reaction", "reaction": { "message_id": "wamid.ours", "emoji": "👍" } });
    whatsapp.message(ADA, "wamid.r1", later(3), reaction).await;
    let status = |status: &str| {
        json!({ "statuses": [{
            "id": "wamid.ours", "status": status, "timestamp": later(2).timestamp().to_string(),
            "recipient_id": ADA, "biz_opaque_callback_data": ours.to_string(),
        }] })
    };
    whatsapp.tell(status("read")).await;
    whatsapp.tell(status("delivered")).await;
    until(|| async {
        let shown = delivery().await;
        shown["delivery"] == json!({ "status": "read" }) && shown["reactions"][0]["emoji"] == "👍"
    })
    .await;

    // What they write, edit, remove and answer.
    let reply = json!({ "context": { "id": "wamid.ours" }, "text": { "body": "At three?" } });
    whatsapp.message(ADA, "wamid.a1", later(4), reply).await;
    whatsapp.text(ADA, "wamid.a2", later(5), "A secret").await;
    let picture = json!({
        "type": "image",
        "image": { "id": "media-1", "mime_type": "image/jpeg", "caption": "My motorcycle" },
    });
    whatsapp.message(ADA, "wamid.a3", later(6), picture).await;
    let edited = json!({ "type": "text", "text": { "body": "At four?" } });
    let edit = json!({ "type": "edit", "edit": { "original_message_id": "wamid.a1", "message": edited } });
    whatsapp.message(ADA, "wamid.e1", later(7), edit).await;
    let revoke = json!({ "type": "revoke", "revoke": { "original_message_id": "wamid.a2" } });
    whatsapp.message(ADA, "wamid.e2", later(8), revoke).await;
    let gone = json!({ "type": "reaction", "reaction": { "message_id": "wamid.ours" } });
    whatsapp.message(ADA, "wamid.r2", later(8), gone).await;
    // Ours is of minute nine.
    until_said(&garage, &id, &["Good morning", "My motorcycle", "", "At four?", "Hello"]).await;
    until(|| async { delivery().await["reactions"] == json!([]) }).await;
    let shown = messages(&garage, &id).await;
    assert!(!shown.to_string().contains("secret"));
    assert_eq!(
        shown["items"][1]["content"]["media"],
        json!([{ "kind": "image", "mime_type": "image/jpeg" }])
    );
    assert_eq!(
        (&shown["items"][2]["content"], shown["items"][2]["removed_at"].is_string()),
        (&Value::Null, true)
    );
    let answer = &shown["items"][3];
    assert_eq!((answer["edited_at"].is_string(), &answer["direction"]), (true, &json!("in")));
    assert_eq!(answer["reply_to"], ours.to_string());

    // Page by page, each once and in order.
    let mut paged = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/conversations/{id}/messages?limit=2{cursor}");
        let page = garage.get(&path).await.expect(200).body;
        paged.extend(texts(&page, "/id"));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(paged, texts(&shown, "/id"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_that_is_joined_into_another_one_is_shown_as_that_one() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let whatsapp = whatsapp(&garage, "1").await;
    let by_number = whatsapp.begin(ADA).await;
    let account = "CO.13491208655302741918";
    app.clock.set(at(-9));
    whatsapp.text(account, "wamid.1", at(-1), "Hello again").await;
    until(|| async { listed(&garage, "").await.len() == 2 }).await;
    let by_account = listed(&garage, "").await.into_iter().find(|id| *id != by_number).expect("another");
    let both = json!({ "from_user_id": account, "text": { "body": "It is me" } });
    whatsapp.message(ADA, "wamid.2", at(-2), both).await;
    until_said(&garage, &by_account, &["It is me", "Hello again", "Hello"]).await;
    assert_eq!(listed(&garage, "").await, std::slice::from_ref(&by_account));
    let [shown, asked] = [&by_account, &by_number].map(|id| garage.path(&format!("/conversations/{id}")));
    let (shown, asked) =
        (garage.client.get(&shown).await.expect(200), garage.client.get(&asked).await.expect(200));
    assert_eq!((&asked.body, &asked.etag), (&shown.body, &shown.etag));
    assert_eq!(shown.body["known_as"].as_array().map(Vec::len), Some(2));
    assert_eq!(messages(&garage, &by_number).await, messages(&garage, &by_account).await);
    let changed = change(&garage, &by_number, "resolve", &asked.etag.expect("a tag"), None).await.expect(200);
    assert_eq!(changed.id(), by_account);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_agree_to_and_take_back_is_listed_as_they_said_it() {
    let app = TestApp::start().await;
    let (garage, other) = (Garage::open(&app, "Garage").await, Garage::open(&app, "Other").await);
    let whatsapp = whatsapp(&garage, "1").await;
    let id = whatsapp.begin(ADA).await;
    app.clock.set(at(-9));
    whatsapp.text(ADA, "wamid.1", at(-1), "STOP").await;
    let consents = async |query: &str| garage.get(&format!("/consents?{query}")).await.expect(200).body;
    until(|| async { texts(&consents("").await, "/wording") == ["STOP"] }).await;
    whatsapp.text(GRACE, "wamid.2", at(-2), "stop").await;
    whatsapp.text(ADA, "wamid.3", at(-3), "START").await;
    until(|| async { texts(&consents("").await, "/wording").len() == 3 }).await;
    until_said(&garage, &id, &["START", "STOP", "Hello"]).await;
    let adas = consents(&format!("whatsapp_user_id={ADA}")).await;
    assert_eq!(texts(&adas, "/wording"), ["START", "STOP"]);
    let stop = &adas["items"][1];
    let expected = json!({
        "id": stop["id"],
        "address": ADA,
        "medium": "whatsapp",
        "purposes": ["service", "reminders", "marketing"],
        "granted": false,
        "at": at(-1).to_rfc3339(),
        "source": "message",
        "message_id": texts(&messages(&garage, &id).await, "/id")[1],
        "wording": "STOP",
        "actor_kind": stop["actor_kind"],
        "actor_id": stop["actor_id"],
        "recorded_at": stop["recorded_at"],
    });
    assert_eq!(stop, &expected);
    assert_eq!(adas["items"][0]["granted"], true);
    let page = consents("limit=2").await;
    let cursor = page["next_cursor"].as_str().expect("a cursor");
    assert_eq!(texts(&consents(&format!("limit=2&cursor={cursor}")).await, "/wording"), ["STOP"]);

    // Of a customer, what was said by their addresses.
    let attendee = json!({ "name": "Ada", "whatsapp_user_ids": [ADA] });
    let customer = garage.post("/customers", attendee).await.expect(201).id();
    let theirs = consents(&format!("customer_id={customer}")).await;
    assert_eq!(theirs["items"], adas["items"]);
    assert_eq!(consents("phone=%2B573001112233").await["items"], json!([]));
    assert_eq!(other.get("/consents").await.expect(200).body["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn conversations_that_are_built_anew_are_the_same() {
    let app = TestApp::start().await;
    let (garage, operator) = (Garage::open(&app, "Garage").await, app.operator());
    let whatsapp = whatsapp(&garage, "1").await;
    let ids = [whatsapp.begin(ADA).await];
    whatsapp.text(GRACE, "wamid.1", morning(), "Hello").await;
    until(|| async { listed(&garage, "").await.len() == 2 }).await;
    let ours = send(&app, &garage, &ids[0], "Good morning", None).await;
    run(&app, &garage, &RecordHanding { message_id: ours, handing: Handing::Begun }).await;
    let name = Personal::in_command("wamid.ours".to_owned());
    run(&app, &garage, &RecordHanding { message_id: ours, handing: Handing::Accepted { name } }).await;
    let reaction = json!({ "type": "reaction", "reaction": { "message_id": "wamid.ours", "emoji": "👍" } });
    whatsapp.message(ADA, "wamid.r1", morning(), reaction).await;
    until(|| async { messages(&garage, &ids[0]).await.to_string().contains("👍") }).await;
    change(&garage, &ids[0], "labels", "*", Some(json!({ "label": "vip" }))).await.expect(200);
    let all = async || {
        let list = garage.get("/conversations").await.expect(200).body;
        (list, messages(&garage, &ids[0]).await)
    };
    let before = all().await;

    let changes = "/api/v1/projections/conversations/changes";
    operator.post(changes, json!({ "change": "rebuild" })).await.expect(201);
    until(|| async {
        let editions = operator.get("/api/v1/projections").await.expect(200).body;
        let mut editions = editions["items"].as_array().expect("items").iter();
        editions
            .any(|item| item["name"] == "conversations" && item["edition"] == "next" && item["behind"] == 0)
    })
    .await;
    let table = |schema: &str, table: &str| {
        format!("select coalesce(json_agg(t order by id)::text, '') from {schema}.{table} t")
    };
    for name in ["conversations", "messages"] {
        let mut rows = Vec::new();
        for schema in ["conversations_v1", "conversations_v1_next"] {
            let read: String =
                sqlx::query_scalar(&table(schema, name)).fetch_one(&app.database.pool).await.expect("rows");
            rows.push(read);
        }
        assert!(rows[0].len() > 100);
        assert_eq!(rows[0], rows[1], "{name}");
    }
    operator.post(changes, json!({ "change": "switch" })).await.expect(201);
    assert_eq!(all().await, before);
}
