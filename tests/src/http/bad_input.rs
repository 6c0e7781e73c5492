//! What is wrong is refused with a problem that names it, and nothing is stored.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::app::{Garage, TestApp, signature, tool_call};
use crate::support::process::morning;
use crate::support::until;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_is_wrong_gets_in() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let other = Garage::open(&app, "Other").await;
    let slot = garage.slots("tomorrow").await.remove(0);
    let before = app.events().await;
    let attendee = json!({ "name": "Ada", "phone": "+573001112233" });
    let book = |body: Value| garage.post("/appointments", body);
    let raw = |body: &str| garage.client.send(Method::POST, "/api/v1/businesses", &[], Some(body.into()));

    raw("{").await.problem(400, "bad-request");
    raw("").await.problem(400, "bad-request");
    raw("\u{feff}{}").await.problem(400, "bad-request");
    raw(&format!("{{\"x\":\"{}\"}}", "x".repeat(300_000))).await.problem(413, "too-large");
    let no_type = garage
        .client
        .send(Method::POST, &garage.path("/appointments"), &[("content-type", "text/plain")], None)
        .await;
    no_type.problem(415, "unsupported-media-type");

    let unknown = book(json!({ "slot_token": slot, "attendee": attendee, "colour": "red" }))
        .await
        .problem(400, "bad-request");
    assert!(unknown.text.contains("colour"), "{}", unknown.text);
    book(json!({ "slot_token": slot, "attendee": { "name": 7, "phone": "+573001112233" } }))
        .await
        .problem(400, "bad-request");
    book(json!({ "slot_token": slot })).await.problem(400, "bad-request");
    book(json!({ "slot_token": slot, "attendee": { "name": "Ada", "phone": "12" } }))
        .await
        .problem(400, "bad-request");
    book(json!({ "slot_token": slot, "attendee": { "name": "A\u{0}da" } })).await.problem(400, "bad-request");
    book(json!({ "attendee": attendee })).await.problem(422, "invalid");

    let zone = json!({ "profile": { "name": "X", "zone": "Mars/Olympus" } });
    let refused = garage.client.post("/api/v1/businesses", zone.clone()).await;
    assert!(refused.status == 400 && refused.text.contains("Europe/Berlin"), "{}", refused.text);

    let forged = format!("{}{}", &slot[..slot.len() - 1], if slot.ends_with('A') { 'B' } else { 'A' });
    for token in [forged.as_str(), "nonsense", &other.slots("tomorrow").await[0]] {
        book(json!({ "slot_token": token, "attendee": attendee })).await.problem(422, "invalid");
    }
    garage
        .get("/availability?service_id=svc_01jz8k5f3xe8p9r2m4t6v7w8y9")
        .await
        .problem(404, "service-not-found");
    garage
        .get(&format!("/availability?service_id={}&day=someday", garage.service))
        .await
        .problem(400, "bad-request");
    garage
        .get(&format!("/availability?service_id={}&day=yesterday", garage.service))
        .await
        .problem(422, "invalid");
    garage
        .get(&format!("/availability?service_id={}&day=2020-01-01", garage.service))
        .await
        .problem(422, "invalid");
    garage
        .get(&format!(
            "/availability?service_id={}&from=2026-11-24T10:00:00Z&to=2026-11-24T09:00:00Z",
            garage.service
        ))
        .await
        .problem(422, "invalid");
    garage.get("/appointments/apt_01jz8k5f3xe8p9r2m4t6v7w8y9").await.problem(404, "not-found");
    garage.get("/appointments/nonsense").await.problem(404, "not-found");
    garage.get("/appointments?limit=1000").await.problem(400, "bad-request");
    garage
        .client
        .get(&format!("/api/v1/businesses/{}/appointments", other.business))
        .await
        .problem(404, "not-found");
    assert_eq!(app.events().await, before, "something was stored");

    // A token that has expired, and a time that has passed.
    app.clock.set(morning() + TimeDelta::hours(1));
    book(json!({ "slot_token": slot, "attendee": attendee })).await.problem(410, "slot-token-expired");
    app.clock.set(morning() + TimeDelta::days(2));
    let past =
        book(json!({ "slot_token": slot, "attendee": attendee })).await.problem(410, "slot-token-expired");
    assert!(past.body["open_slots"].as_array().is_some_and(|slots| !slots.is_empty()));
    assert_eq!(app.events().await, before, "something was stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_wrong_is_kept_of_customers() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let other = Garage::open(&app, "Other").await;
    let ada =
        garage.post("/customers", json!({ "name": "Ada", "phone": "+573001112233" })).await.expect(201).id();
    let theirs =
        other.post("/customers", json!({ "name": "Ben", "phone": "+573001112244" })).await.expect(201).id();
    let before = app.events().await;
    let post = async |path: &str, body: Value| garage.post(&format!("/customers/{ada}{path}"), body).await;

    for whatsapp in ["0573001112233", "573 001", "ada", "USA.1", "US.", "US.a b"] {
        let person = json!({ "name": "Eve", "whatsapp_user_ids": [whatsapp] });
        garage.post("/customers", person).await.problem(400, "bad-request");
        post("/contact-points", json!({ "kind": "whatsapp", "address": whatsapp }))
            .await
            .problem(400, "bad-request");
        garage
            .get(&format!("/customers?whatsapp_user_id={}", whatsapp.replace(' ', "%20")))
            .await
            .problem(400, "bad-request");
    }
    let many =
        json!({ "name": "Eve", "whatsapp_user_ids": ["US.1", "US.2", "US.3", "US.4", "US.5", "US.6"] });
    garage.post("/customers", many).await.problem(400, "bad-request");
    garage.post("/customers", json!({ "name": "Eve" })).await.problem(422, "customer-unreachable");
    for (kind, address) in [
        ("phone", "12"),
        ("phone", ""),
        ("email", "ada"),
        ("telex", "12345678"),
        ("phone", "ada@example.com"),
    ] {
        post("/contact-points", json!({ "kind": kind, "address": address }))
            .await
            .problem(400, "bad-request");
    }
    let endless = format!("{}@example.com", "a".repeat(400));
    post("/contact-points", json!({ "kind": "email", "address": endless })).await.problem(400, "bad-request");

    post("/merge", json!({})).await.problem(400, "bad-request");
    post("/merge", json!({ "into": "nonsense" })).await.problem(400, "bad-request");
    post("/merge", json!({ "into": garage.service })).await.problem(400, "bad-request");
    post("/merge", json!({ "into": ada })).await.problem(409, "customer-merged-into-itself");
    post("/merge", json!({ "into": "cus_01jz8k5f3xe8p9r2m4t6v7w8y9" }))
        .await
        .problem(404, "customer-not-found");
    post("/merge", json!({ "into": theirs })).await.problem(404, "customer-not-found");
    garage
        .post(&format!("/customers/{theirs}/merge"), json!({ "into": ada }))
        .await
        .problem(404, "customer-not-found");
    garage
        .post(&format!("/customers/{theirs}/notes"), json!({ "text": "x" }))
        .await
        .problem(404, "customer-not-found");
    post("/merge/undo", json!({})).await.problem(409, "customer-not-merged");
    post("/merge/undo", json!({ "reason": "" })).await.problem(400, "bad-request");

    post("/notes", json!({})).await.problem(400, "bad-request");
    post("/notes", json!({ "text": " " })).await.problem(400, "bad-request");
    post("/notes", json!({ "text": "x".repeat(2001) })).await.problem(400, "bad-request");
    post("/notes", json!({ "text": "x", "author": "me" })).await.problem(400, "bad-request");
    post("/notes/nte_01jz8k5f3xe8p9r2m4t6v7w8y9/redact", json!({}))
        .await
        .problem(404, "customer-note-not-found");
    for list in ["notes", "merges"] {
        garage.get(&format!("/customers/{ada}/{list}?cursor=nonsense")).await.problem(400, "bad-request");
        garage.get(&format!("/customers/{theirs}/{list}")).await.problem(404, "not-found");
    }
    garage.get(&format!("/customers/{theirs}/figures")).await.problem(404, "not-found");
    assert_eq!(app.events().await, before, "something was stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_is_not_the_platforms_own_is_refused() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let other = Garage::open(&app, "Other").await;
    let before = app.events().await;
    let body = json!({ "message": tool_call("c1", "t1", "get_business_hours", json!({})) }).to_string();
    let path = format!("/webhooks/vapi?channel={}", garage.channel);
    let now = morning().timestamp().to_string();
    let send = async |path: &str, headers: &[(&str, &str)]| {
        app.client(None).send(Method::POST, path, headers, Some(body.clone().into())).await
    };

    let right = signature(&garage.channel_key, &now, body.as_bytes());
    let others = signature(&other.channel_key, &now, body.as_bytes());
    let of_another_body = signature(&garage.channel_key, &now, b"{}");
    let old = (morning() - TimeDelta::minutes(6)).timestamp().to_string();
    let right_then = signature(&garage.channel_key, &old, body.as_bytes());
    send(&path, &[]).await.problem(401, "unauthorized");
    send("/webhooks/vapi", &[]).await.problem(401, "unauthorized");
    send(&path, &[("x-signature", &others), ("x-timestamp", &now)]).await.problem(401, "unauthorized");
    send(&path, &[("x-signature", &of_another_body), ("x-timestamp", &now)])
        .await
        .problem(401, "unauthorized");
    send(&path, &[("x-signature", &right)]).await.problem(401, "unauthorized");
    send(&path, &[("x-signature", &right_then), ("x-timestamp", &old)]).await.problem(401, "unauthorized");
    send(&path, &[("x-vapi-secret", &garage.channel_key)]).await.problem(401, "unauthorized");
    send("/webhooks/vapi?channel=chn_01jz8k5f3xe8p9r2m4t6v7w8y9", &[("x-signature", &right)])
        .await
        .problem(401, "unauthorized");
    send("/webhooks/vapi?channel=nonsense", &[]).await.problem(400, "bad-request");
    for bad in ["{", "[]", "{}", "{\"message\":{}}"] {
        garage.hook_at(morning(), bad.as_bytes()).await.problem(400, "bad-request");
    }
    let huge = format!("{{\"x\":\"{}\"}}", "x".repeat(5 << 20));
    garage.hook_at(morning(), huge.as_bytes()).await.problem(413, "too-large");
    assert_eq!(app.events().await, before, "something was stored");

    // Sent again word for word, it is known and changes nothing.
    send(&path, &[("x-signature", &right), ("x-timestamp", &now)]).await.expect(200);
    let after = app.events().await;
    send(&path, &[("x-signature", &right), ("x-timestamp", &now)]).await.expect(200);
    assert_eq!(app.events().await, after);
}

/// A header whose value could not be read used to count as one that is not there: the key did not keep a
/// booking from being made twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_header_that_cannot_be_read_is_refused_and_not_passed_over() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let before = app.events().await;
    for header in [("Idempotency-Key", "reservaci\u{f3}n-42"), ("If-Match", "\"1\u{201d}")] {
        let body = json!({ "name": "Ana" });
        let refused = garage.client.post_with(&garage.path("/resources"), &[header], body).await;
        let refused = refused.problem(400, "bad-request");
        assert!(refused.text.contains(header.0), "{}", refused.text);
    }
    assert_eq!(app.events().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_could_never_be_heard_is_refused() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let add = async |change: Value| {
        let mut channel = json!({ "name": "Voice", "authentication": "hmac" });
        channel.as_object_mut().expect("an object").extend(change.as_object().expect("an object").clone());
        garage.post("/channels", channel).await
    };
    for secret in [
        "trailing-space-secret ",
        " leading-space-secret",
        "\u{fc}n\u{ef}c\u{f6}d\u{e9}-secret-2",
        "a-line\nof-secrets-too",
    ] {
        for authentication in ["secret", "bearer"] {
            let channel = json!({ "authentication": authentication, "secret": secret });
            assert!(add(channel).await.problem(422, "invalid").text.contains("secret"));
        }
        add(json!({ "secret": secret })).await.expect(201);
    }
    add(json!({ "hmac": { "timestamp_header": "" } })).await.problem(422, "invalid");
    add(json!({ "hmac": { "timestamp_header": "", "payload_format": "{body}" } })).await.expect(201);
    add(json!({ "hmac": { "timestamp_header": "X-Signature" } })).await.problem(422, "invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn tools_are_given_out_for_channels_that_there_are() {
    let app = TestApp::start().await;
    let (garage, other) = (Garage::open(&app, "Garage").await, Garage::open(&app, "Other").await);
    let tools = async |garage: &Garage, channel: &str| {
        garage.client.get(&format!("/api/v1/assistant-tools?channel_id={channel}")).await
    };
    let channel = json!({ "name": "Voice", "authentication": "secret" });
    let channel = garage.post("/channels", channel).await.expect(201).id();
    tools(&garage, &channel).await.expect(200);
    tools(&other, &channel).await.problem(404, "not-found");
    garage.client.delete(&garage.path(&format!("/channels/{channel}"))).await.expect(204);
    until(|| async { tools(&garage, &channel).await.status == 404 }).await;
}

/// Instants at the end of what can be reckoned with used to be booked, and to end the reader that reckoned
/// with them.
#[tokio::test(flavor = "multi_thread")]
async fn instants_and_dates_of_another_age_are_refused_everywhere() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let before = app.events().await;
    let (late, early, date) = ("+262142-12-27T10:00:00Z", "-262143-01-01T00:00:00Z", "+262142-12-31");
    for start in [late, early, "2200-01-01T10:00:00Z", "2026-11-24T15:00:30Z", "2026-11-24T15:00:00.5Z"] {
        let slot = json!({ "service_id": garage.service, "start": start, "resource_ids": [garage.resource] });
        let attendee = json!({ "name": "Ada", "phone": "+573001112233" });
        let body = json!({ "slot": slot, "attendee": attendee, "override_reason": "a test" });
        let refused = garage.post("/appointments", body).await;
        assert!([400, 422].contains(&refused.status), "{start}: {}", refused.text);
        assert!(!refused.text.contains("premature"), "{}", refused.text);
    }
    let (resource, service) = (&garage.resource, &garage.service);
    for path in [
        format!("/availability?service_id={service}&from={late}"),
        format!("/availability?service_id={service}&from=2026-11-24T00:00:00Z&to={late}"),
        format!("/availability?service_id={service}&day={date}"),
        format!("/appointments?from={early}"),
        format!("/appointments?to={late}"),
        format!("/resources/{resource}/agenda?date={date}"),
        format!("/resources/{resource}/agenda?date=-262143-01-01"),
    ] {
        let path = path.replace('+', "%2B");
        garage.get(&path).await.problem(400, "bad-request");
    }
    let mut details = garage.get(&format!("/services/{service}")).await.expect(200).body;
    let details = details.as_object_mut().expect("an object");
    for derived in ["id", "version", "retired", "business_id"] {
        details.remove(derived);
    }
    let put = async |path: String, body: Value| garage.client.put(&garage.path(&path), body).await;
    let horizon = json!({ "kind": "dates", "first": date, "last": date });
    details.insert("horizon".into(), horizon);
    put(format!("/services/{service}"), json!(details)).await.problem(400, "bad-request");
    let windows = json!({ "windows": [] });
    let day = date.replace('+', "%2B");
    put(format!("/date-overrides/{day}"), windows).await.problem(404, "not-found");
    let time_off = json!({ "start": early, "end": "2026-11-24T15:00:00Z" });
    garage.post(&format!("/resources/{resource}/time-off"), time_off).await.problem(400, "bad-request");
    let wish = json!({ "service_id": service, "first_date": date, "attendee": { "name": "Ada", "phone": "+573001112233" } });
    garage.post("/waitlist", wish).await.problem(400, "bad-request");
    let key = json!({ "name": "Key", "scope": "tenant_read", "expires_at": late });
    garage.post("/api-keys", key).await.problem(400, "bad-request");
    assert_eq!(app.events().await, before);
    // The search of the service goes on.
    assert!(!garage.slots("tomorrow").await.is_empty());
}
