//! What was begun under the release before goes on under this one.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

use super::fixture::Release;
use crate::support::app::{Client, Reply, TestApp, tool_call};
use crate::support::until;

/// The business of the fixture under this release.
struct Business {
    release: Release,
    app: TestApp,
    client: Client,
}

impl Business {
    async fn upgraded() -> Self {
        let release = Release::before();
        let app = release.upgraded().await;
        let client = release.client(&app, "tenant_admin");
        Self { release, app, client }
    }

    fn path(&self, path: &str) -> String {
        format!("/api/v1/businesses/{}{path}", self.release.begun.business)
    }

    async fn get(&self, path: &str) -> Reply {
        self.client.get(&self.path(path)).await
    }

    async fn post(&self, path: &str, body: Value) -> Reply {
        self.client.post(&self.path(path), body).await
    }

    async fn items(&self, path: &str) -> Vec<Value> {
        self.get(path).await.expect(200).body["items"].as_array().expect("items").clone()
    }

    async fn comes_to(&self, appointment: &str, status: &str) {
        let path = format!("/appointments/{appointment}");
        until(|| async { self.get(&path).await.expect(200).body["status"] == status }).await;
    }

    /// A message of the voice platform, over the channel with a shared secret.
    async fn hear(&self, message: Value) -> Reply {
        let headers = [("x-vapi-secret", self.release.begun.voice_secret.as_str())];
        let body = json!({ "message": message }).to_string().into_bytes();
        self.app.client(None).send(Method::POST, "/webhooks/vapi", &headers, Some(body)).await
    }

    /// A tool call; what stands in the text of its result.
    async fn answer(&self, id: &str, tool: &str, arguments: Value) -> Value {
        let reply = self.hear(tool_call("call-7", id, tool, arguments)).await.expect(200);
        let result = &reply.body["results"][0];
        serde_json::from_str(result["result"].as_str().unwrap_or_else(|| panic!("no result in {result}")))
            .expect("JSON")
    }
}

fn somebody() -> Value {
    json!({ "name": "Mary Jackson", "phone": "+573009998877" })
}

#[tokio::test(flavor = "multi_thread")]
async fn bookings_that_were_begun_under_the_release_before_go_on() {
    let business = Business::upgraded().await;
    let begun = &business.release.begun;
    let booking = json!({ "slot_token": begun.slot_token, "attendee": somebody() });
    let booked = business.post("/appointments", booking.clone()).await.expect(201);
    business
        .post("/appointments", json!({ "hold_id": begun.hold, "attendee": somebody() }))
        .await
        .expect(201);
    business.comes_to(&begun.hold, "booked").await;
    let requested = format!("/appointments/{}", begun.requested_appointment);
    let etag = business.get(&requested).await.etag.expect("an etag");
    let approve = business.path(&format!("{requested}/approve"));
    business.client.post_with(&approve, &[("if-match", &etag)], Value::Null).await.expect(200);
    business.comes_to(&begun.requested_appointment, "booked").await;
    let accepted =
        business.post(&format!("/waitlist/{}/accept", begun.offered_entry), json!({})).await.expect(200);
    assert_eq!(accepted.body["waitlist_entry_id"], begun.offered_entry.as_str());
    business
        .post(&format!("/series/{}/cancel", begun.series), json!({ "reason": "moved away" }))
        .await
        .expect(200);
    let undone = business
        .post(&format!("/customers/{}/merge/undo", begun.merged_customer), json!({}))
        .await
        .expect(200);
    assert_eq!(undone.body["customer"]["id"], begun.merged_customer.as_str());

    business
        .post(&format!("/appointments/{}/cancel", booked.id()), json!({ "accept_fee": true }))
        .await
        .expect(200);
    business.post("/appointments", booking).await.expect(201);
    business.app.clock.set(business.release.answered_at + TimeDelta::hours(2));
    business.comes_to(&begun.lapsing_hold, "lapsed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_and_webhooks_that_were_begun_under_the_release_before_go_on() {
    let business = Business::upgraded().await;
    let begun = &business.release.begun;
    let cancelled = business
        .answer("t2", "cancel_appointment", json!({ "appointment_id": begun.disclosed_appointment }))
        .await;
    assert_eq!(cancelled["status"], "cancelled", "it was disclosed in the same call");
    let open = business
        .answer("t3", "check_availability", json!({ "service": "Oil change", "day": "tomorrow" }))
        .await;
    let chosen = json!({ "slot_token": open["slots"][0]["slot_token"], "name": "Mary Jackson" });
    assert_eq!(business.answer("t4", "book_appointment", chosen).await["status"], "booked");

    // What waited behind it has been kept and can be translated.
    let skip = format!("/deliveries/{}/skip", begun.parked_delivery);
    business.post(&skip, json!({ "reason": "its body is gone" })).await.expect(204);
    until(|| async { business.items("/deliveries?state=parked").await.is_empty() }).await;
    let ended =
        json!({ "type": "status-update", "status": "ended", "call": { "id": "call-7" }, "timestamp": 1 });
    business.hear(ended).await.expect(200);
    until(|| async { business.items("/deliveries?state=pending").await.is_empty() }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_of_the_release_before_keeps_its_numbers_until_it_is_removed() {
    let business = Business::upgraded().await;
    let numbers = json!([{ "kind": "phone_number", "value": "+576017654321" }]);
    let taken = json!({ "name": "Another", "authentication": "hmac", "numbers": numbers });
    business.post("/channels", taken.clone()).await.problem(409, "channel-address-taken");
    for channel in business.items("/channels").await {
        let path = format!("/channels/{}", channel["id"].as_str().expect("an id"));
        business.client.delete(&business.path(&path)).await.expect(204);
    }
    let hours = || tool_call("call-8", "t1", "get_business_hours", json!({}));
    business.hear(hours()).await.problem(401, "unauthorized");
    business.post("/channels", taken).await.expect(201);
    let secret = &business.release.begun.voice_secret;
    let channel = json!({ "name": "Again", "authentication": "secret", "secret": secret });
    let added = business.post("/channels", channel).await.expect(201);
    business.hear(hours()).await.expect(200);
    let position = added.position.expect("a position");
    assert_eq!(business.items(&format!("/channels?min_position={position}")).await.len(), 2);
}
