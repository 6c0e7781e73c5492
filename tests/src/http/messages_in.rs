//! Messages and receipts of Twilio and WhatsApp, as these platforms send them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use reqwest::Method;
use serde_json::{Value, json};
use sha1::Sha1;
use sha2::Sha256;

use crate::support::app::{Client, Garage, Reply, TestApp};
use crate::support::until;

const SECRET: &str = "the-secret-of-the-platform";
const WHATSAPP: &str = "/webhooks/whatsapp";
const NUMBER: &str = "106540352242922";
const LINE: &str = "+14155550112";

/// A business with a channel of a platform, known by a number.
async fn channel(garage: &Garage, provider: &str, kind: &str, number: &str, secret: &str) -> Value {
    let numbers = json!([{ "kind": kind, "value": number }]);
    let channel = json!({
        "name": "Messages", "provider": provider, "authentication": "signature", "secret": secret, "numbers": numbers,
    });
    garage.post("/channels", channel).await.expect(201).body
}

async fn whatsapp(garage: &Garage) -> Value {
    channel(garage, "whatsapp", "phone_number_id", NUMBER, SECRET).await
}

/// What WhatsApp sends of one number.
fn body(number: &str, messages: Value, statuses: Value) -> Value {
    let value = json!({
        "messaging_product": "whatsapp", "metadata": { "display_phone_number": "1", "phone_number_id": number },
        "contacts": [{ "profile": { "name": "Sheena" }, "wa_id": "573001112233" }],
        "messages": messages, "statuses": statuses,
    });
    json!({ "object": "whatsapp_business_account", "entry": [{ "id": "w", "changes": [{ "field": "messages", "value": value }] }] })
}

fn text(id: &str, text: &str) -> Value {
    json!({ "from": "573001112233", "id": id, "timestamp": "1795510800", "type": "text", "text": { "body": text } })
}

fn status(id: &str, status: &str) -> Value {
    json!({ "id": id, "status": status, "timestamp": "1795510801", "recipient_id": "573001112233" })
}

async fn send(client: &Client, path: &str, secret: &str, body: &[u8]) -> Reply {
    let mac = <Hmac<Sha256> as Mac>::new_from_slice(secret.as_bytes()).expect("a key").chain_update(body);
    let signature = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
    let headers = [("x-hub-signature-256", signature.as_str()), ("content-type", "application/json")];
    client.send(Method::POST, path, &headers, Some(body.to_vec())).await
}

async fn send_json(client: &Client, body: &Value) -> Reply {
    send(client, WHATSAPP, SECRET, body.to_string().as_bytes()).await
}

/// A form as Twilio signs it.
async fn send_form(app: &TestApp, path: &str, token: &str, form: &[(&str, &str)]) -> Reply {
    let mut sorted = form.to_vec();
    sorted.sort_unstable();
    let signed: String = sorted.iter().flat_map(|(name, value)| [*name, *value]).collect();
    let mac = <Hmac<Sha1> as Mac>::new_from_slice(token.as_bytes()).expect("a key");
    let mac = mac.chain_update(format!("{}{path}{signed}", app.url));
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    let body =
        form.iter().map(|(name, value)| format!("{name}={}", value.replace('+', "%2B").replace(' ', "+")));
    let body = body.collect::<Vec<_>>().join("&");
    let headers =
        [("x-twilio-signature", signature.as_str()), ("content-type", "application/x-www-form-urlencoded")];
    app.client(None).send(Method::POST, path, &headers, Some(body.into())).await
}

async fn count(app: &TestApp, event_type: &str) -> i64 {
    sqlx::query_scalar("select count(*) from events where event_type = $1")
        .bind(event_type)
        .fetch_one(&app.database.pool)
        .await
        .expect("a count")
}

/// How the deliveries of a business ended, once none is open.
async fn settled(garage: &Garage, count: usize) -> Vec<String> {
    let states = async || {
        let list = garage.get("/deliveries?limit=200").await.expect(200).body;
        let items = list["items"].as_array().expect("items").clone();
        items.iter().map(|item| item["state"].as_str().expect("a state").to_owned()).collect::<Vec<_>>()
    };
    let is_settled =
        |states: &[String]| states.len() == count && !states.iter().any(|state| state == "pending");
    until(async || is_settled(&states().await)).await;
    let mut states = states().await;
    states.sort_unstable();
    states
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_comes_in_any_number_of_ways_is_one_message() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    whatsapp(&garage).await;
    let nobody = app.client(None);
    let batch = body(NUMBER, json!([text("a", "hola"), text("b", "a las 3"), text("a", "hola")]), json!([]));
    for body in [&batch, &batch, &body(NUMBER, json!([text("b", "a las 3")]), json!([]))] {
        send_json(&nobody, body).await.expect(200);
    }
    // The same again with its keys in another order.
    let other = batch.to_string().replace("\"contacts\"", "\"contacts\" ");
    send(&nobody, WHATSAPP, SECRET, other.as_bytes()).await.expect(200);
    assert_eq!(settled(&garage, 2).await, ["translated", "translated"]);
    for (event_type, expected) in
        [("ConversationBegun", 1), ("ChapterBegun", 1), ("MessageReceived", 2), ("MessageTakenIn", 2)]
    {
        assert_eq!(count(&app, event_type).await, expected, "{event_type}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_order_they_come_in_the_end_is_the_same() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    whatsapp(&garage).await;
    let nobody = app.client(None);
    let mut random = rand::rngs::StdRng::seed_from_u64(20_261_126);
    for round in 0..20 {
        let id = |name: &str| format!("{name}{round}");
        let react = json!({ "from": "573001112233", "id": id("r"), "timestamp": "1795510802", "type": "reaction",
            "reaction": { "message_id": id("m"), "emoji": "👍" } });
        let revoke = json!({ "from": "573001112233", "id": id("d"), "timestamp": "1795510803", "type": "revoke",
            "revoke": { "original_message_id": id("m") } });
        let mut bodies = vec![
            body(NUMBER, json!([text(&id("m"), "hola")]), json!([])),
            body(NUMBER, json!([react]), json!([])),
            body(NUMBER, json!([revoke]), json!([])),
            body(NUMBER, json!([]), json!([status(&id("s"), "read")])),
            body(NUMBER, json!([]), json!([status(&id("s"), "delivered")])),
        ];
        bodies.extend(bodies.clone());
        bodies.shuffle(&mut random);
        for body in bodies {
            send_json(&nobody, &body).await.expect(200);
        }
    }
    let states = settled(&garage, 100).await;
    assert!(states.iter().all(|state| state == "translated"), "{states:?}");
    for (event_type, expected) in
        [("MessageReceived", 20), ("MessageTakenIn", 20), ("MessageRemoved", 20), ("ReactionChanged", 20)]
    {
        assert_eq!(count(&app, event_type).await, expected, "{event_type}");
    }
    assert_eq!(count(&app, "ConversationBegun").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_for_several_businesses_is_taken_by_those_who_vouch_for_it() {
    let app = TestApp::start().await;
    let (garage, other) = (Garage::open(&app, "Garage").await, Garage::open(&app, "Other").await);
    whatsapp(&garage).await;
    channel(&other, "whatsapp", "phone_number_id", "222", SECRET).await;
    let third = Garage::open(&app, "Third").await;
    channel(&third, "whatsapp", "phone_number_id", "333", "a-secret-of-another-app").await;
    let mut batch = body(NUMBER, json!([text("a", "one")]), json!([]));
    for (number, id) in [("222", "b"), ("333", "c"), ("nobody's", "d")] {
        let entry = body(number, json!([text(id, "more")]), json!([]))["entry"][0].clone();
        batch["entry"].as_array_mut().expect("entries").push(entry);
    }
    // Half of an entry is nothing, and takes nothing from the others.
    batch["entry"].as_array_mut().expect("entries").push(json!({ "changes": [null, { "value": 7 }] }));
    send_json(&app.client(None), &batch).await.expect(200);
    assert_eq!(settled(&garage, 1).await, ["translated"]);
    assert_eq!(settled(&other, 1).await, ["translated"]);
    assert_eq!(settled(&third, 0).await, [""; 0], "its secret has not signed it");
    assert_eq!(count(&app, "ConversationBegun").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_the_platforms_is_refused_and_what_says_too_little_is_parked() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let made = whatsapp(&garage).await;
    let nobody = app.client(None);
    let good = body(NUMBER, json!([text("a", "hola")]), json!([])).to_string();
    send(&nobody, WHATSAPP, "another secret", good.as_bytes()).await.problem(401, "unauthorized");
    nobody.send(Method::POST, WHATSAPP, &[], Some(good.clone().into())).await.problem(401, "unauthorized");
    let changed = good.replace("hola", "holá");
    let mac = <Hmac<Sha256> as Mac>::new_from_slice(SECRET.as_bytes()).expect("a key").chain_update(&good);
    let signature = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
    let headers = [("x-hub-signature-256", signature.as_str())];
    nobody.send(Method::POST, WHATSAPP, &headers, Some(changed.into())).await.problem(401, "unauthorized");
    let large = body(NUMBER, json!([text("a", &"x".repeat(5 << 20))]), json!([])).to_string();
    send(&nobody, WHATSAPP, SECRET, large.as_bytes()).await.expect(413);
    // By the address of its channel, a body is read; it has to be one.
    let path =
        made["webhook_url"].as_str().expect("an address").strip_prefix(&app.url).expect("ours").to_owned();
    for odd in [&b"\xff\xfe"[..], b"", b"[]", b"{\"entry\":7}"] {
        send(&nobody, &path, SECRET, odd).await.problem(400, "bad-request");
    }
    assert_eq!(settled(&garage, 0).await, [""; 0]);
    let nameless =
        json!({ "from": "573001112233", "timestamp": "1795510800", "type": "text", "text": { "body": "x" } });
    send_json(&nobody, &body(NUMBER, json!([nameless, text("b", "hola")]), json!([]))).await.expect(200);
    assert_eq!(settled(&garage, 2).await, ["parked", "translated"]);
    let list = garage.get("/deliveries?state=parked").await.expect(200).body;
    assert_eq!(list["items"][0]["reason"], "a message in it has no id");
    // No text and no number stands in clear in the log.
    let clear: i64 = sqlx::query_scalar(
        "select count(*) from events where payload::text ~ 'hola|573001112233|Sheena' or metadata::text ~ 'hola|573001112233'",
    )
    .fetch_one(&app.database.pool)
    .await
    .expect("a count");
    assert_eq!(clear, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_of_a_channel_proves_that_it_is_ours() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let made = whatsapp(&garage).await;
    let path =
        made["webhook_url"].as_str().expect("an address").strip_prefix(&app.url).expect("ours").to_owned();
    let token = made["verify_token"].as_str().expect("a token");
    let ask = async |token: &str| {
        let query = format!("&hub.mode=subscribe&hub.verify_token={token}&hub.challenge=1158201444");
        app.client(None).get(&format!("{path}{query}")).await
    };
    let shown = ask(token).await.expect(200);
    assert_eq!(
        (shown.text.as_str(), shown.header("content-type")),
        ("1158201444", Some("text/plain; charset=utf-8"))
    );
    ask("another").await.problem(401, "unauthorized");
    ask("").await.problem(401, "unauthorized");
    app.client(None).get("/webhooks/twilio").await.expect(405);
    app.client(None).get("/webhooks/whatsapp/sms").await.expect(404);
    let listed = garage.get("/channels").await.expect(200).body;
    assert_eq!(listed["items"][1]["verify_token"], made["verify_token"]);
    assert_eq!(listed["items"][0].get("verify_token"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn twilio_sends_messages_receipts_and_calls_to_addresses_of_their_own() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let token = "an-auth-token-of-twilio";
    channel(&garage, "twilio", "phone_number", LINE, token).await;
    let sms = [("MessageSid", "SM1"), ("From", "+14155550111"), ("To", LINE), ("Body", "is tuesday free")];
    for _ in 0..2 {
        let reply = send_form(&app, "/webhooks/twilio/sms", token, &sms).await.expect(200);
        assert_eq!(reply.header("content-type"), Some("text/xml; charset=utf-8"));
        assert!(reply.text.ends_with("<Response></Response>"), "{}", reply.text);
    }
    let stop = [
        ("MessageSid", "SM2"),
        ("From", "+14155550111"),
        ("To", LINE),
        ("Body", "STOP"),
        ("OptOutType", "STOP"),
    ];
    send_form(&app, "/webhooks/twilio/sms", token, &stop).await.expect(200);
    for status in ["delivered", "sent", "delivered"] {
        let form = [("MessageSid", "SM9"), ("MessageStatus", status), ("To", "+14155550111"), ("From", LINE)];
        send_form(&app, "/webhooks/twilio/status", token, &form).await.expect(200);
    }
    let call = [("CallSid", "CA1"), ("From", "+14155550111"), ("To", LINE), ("CallStatus", "ringing")];
    let reply = send_form(&app, "/webhooks/twilio/voice", token, &call).await.expect(200);
    assert!(reply.text.contains("<Dial>+573001234567</Dial>"), "{}", reply.text);
    let ended = [
        ("CallSid", "CA1"),
        ("From", "+14155550111"),
        ("To", LINE),
        ("CallStatus", "no-answer"),
        ("CallbackSource", "call-progress-events"),
        ("SequenceNumber", "3"),
    ];
    send_form(&app, "/webhooks/twilio/status", token, &ended).await.expect(200);
    let states = settled(&garage, 6).await;
    assert_eq!(states.iter().filter(|state| *state == "translated").count(), 5, "{states:?}");
    for (event_type, expected) in [
        ("ConversationBegun", 1),
        ("MessageTakenIn", 2),
        ("ConsentWithdrawn", 1),
        ("ReceiptArrivedEarly", 2),
        ("CallEnded", 1),
    ] {
        assert_eq!(count(&app, event_type).await, expected, "{event_type}");
    }
    send_form(&app, "/webhooks/twilio/sms", "another token", &sms).await.problem(401, "unauthorized");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_signs_is_made_with_the_platforms_secret() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let channel = json!({ "name": "Messages", "provider": "whatsapp", "authentication": "signature" });
    let refused = garage.post("/channels", channel.clone()).await.expect(422);
    assert_eq!(refused.body["errors"][0]["pointer"], "/secret");
    let mut bearer = channel;
    (bearer["authentication"], bearer["secret"]) = ("bearer".into(), SECRET.into());
    let refused = garage.post("/channels", bearer).await.expect(422);
    assert_eq!(refused.body["errors"][0]["detail"], "must be one of signature with whatsapp");
}
