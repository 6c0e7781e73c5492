//! What a change of the offer does to appointments that are booked already.

use serde_json::{Value, json};

use crate::support::app::{Garage, TestApp};

/// Tomorrow's first and fourth time, booked.
async fn booked(garage: &Garage) -> [String; 2] {
    let slots = garage.slots("tomorrow").await;
    [garage.book(&slots[0], 1).await.expect(201).id(), garage.book(&slots[3], 2).await.expect(201).id()]
}

/// The appointments that a reply names, and why.
fn named(body: &Value) -> Vec<(String, Value)> {
    let affected = &body["affected"];
    let appointments = affected["appointments"].as_array().expect("appointments");
    assert_eq!(affected["total"], appointments.len());
    assert_eq!(affected["complete"], true);
    let named = |entry: &Value| {
        (entry["appointment"]["id"].as_str().expect("an id").to_owned(), entry["reasons"].clone())
    };
    appointments.iter().map(named).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn time_off_names_the_appointments_in_it_before_and_after() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let [first, second] = booked(&garage).await;
    let events = app.events().await;
    let path = garage.path(&format!("/resources/{}/time-off", garage.resource));
    let period = json!({ "start": "2026-11-24T08:00:00-05:00", "end": "2026-11-24T09:30:00-05:00" });
    let why = json!(["time_off"]);
    let key = [("idempotency-key", "a-day-off")];

    let would =
        garage.client.post_with(&format!("{path}?dry_run=true"), &key, period.clone()).await.expect(201);
    assert_eq!(would.body["affected"]["dry_run"], true);
    assert_eq!(named(&would.body), [(first.clone(), why.clone())]);
    assert_eq!(app.events().await, events, "a dry run writes nothing");
    assert_eq!(would.position, None);

    for _ in 0..2 {
        let added = garage.client.post_with(&path, &key, period.clone()).await.expect(201);
        assert_eq!(added.body["affected"]["dry_run"], false);
        assert_eq!(named(&added.body), [(first.clone(), why.clone())]);
    }
    let all_day = json!({ "start": "2026-11-24T00:00:00-05:00", "end": "2026-11-25T00:00:00-05:00" });
    let added = garage.client.post(&path, all_day).await.expect(201);
    assert_eq!(named(&added.body), [(second.clone(), why.clone())], "the first one had its reason before");

    // What is cancelled needs nobody any more.
    garage.post(&format!("/appointments/{first}/cancel"), json!({})).await.expect(200);
    let path = garage.path(&format!("/resources/{}?dry_run=true", garage.resource));
    let would = garage.client.delete(&path).await.expect(200);
    assert_eq!((&would.body["retired"], would.etag), (&json!(true), None), "there is no such version");
    assert_eq!(named(&would.body), [(second, json!(["resource_retired"]))]);
    let path = garage.path(&format!("/resources/{}", garage.resource));
    assert_eq!(garage.client.get(&path).await.expect(200).body["retired"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn closures_hours_zones_and_services_name_whom_they_concern() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let [first, second] = booked(&garage).await;
    let of = |ids: &[&String], why: &[&str]| {
        ids.iter().map(|id| (String::clone(id), json!(why))).collect::<Vec<_>>()
    };
    let put =
        async |path: &str, body: Value| garage.client.put(&garage.path(path), body).await.expect(200).body;

    let closed = put("/date-overrides/2026-11-24?dry_run=true", json!({ "windows": [] })).await;
    assert_eq!(named(&closed), of(&[&first, &second], &["closed"]));
    let elsewhere = put("/date-overrides/2026-11-25", json!({ "windows": [] })).await;
    assert_eq!(named(&elsewhere), []);
    let morning = json!({ "windows": [{ "opens": "09:00", "closes": "10:30" }] });
    let path = format!("/resources/{}/date-overrides/2026-11-24?dry_run=true", garage.resource);
    assert_eq!(named(&put(&path, morning).await), of(&[&second], &["closed"]));

    let mut hours = garage.get("").await.expect(200).body["hours"].clone();
    assert_eq!(named(&put("/hours?dry_run=true", hours.clone()).await), []);
    hours["tuesday"] = json!([{ "opens": "11:00", "closes": "18:00" }]);
    assert_eq!(named(&put("/hours", hours).await), of(&[&first], &["closed"]));

    let path = garage.path(&format!("/services/{}", garage.service));
    let would = garage.client.delete(&format!("{path}?dry_run=true")).await.expect(200).body;
    assert_eq!(named(&would), of(&[&first, &second], &["service_retired"]));

    // A refused change is refused, dry or not.
    let bad = json!({ "name": "Garage", "zone": "Mars/Olympus" });
    garage.client.put(&garage.path("?dry_run=true"), bad).await.problem(400, "bad-request");

    let mut profile = garage.get("").await.expect(200).body["profile"].clone();
    profile["zone"] = json!("America/Lima");
    assert_eq!(named(&put("?dry_run=true", profile.clone()).await), [], "the clocks are the same there");
    profile["zone"] = json!("Europe/Madrid");
    let moved = named(&put("", profile).await);
    assert_eq!(moved.iter().map(|(id, _)| id).collect::<Vec<_>>(), [&first, &second]);
    assert!(moved.iter().all(|(_, why)| why.as_array().expect("reasons").contains(&json!("other_clock"))));
}

#[tokio::test(flavor = "multi_thread")]
async fn less_room_names_those_who_came_last() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let path = format!("/resources/{}", garage.resource);
    let mut details = garage.get(&path).await.expect(200).body["details"].clone();
    details["capacity"] = json!(2);
    garage.client.put(&garage.path(&path), details.clone()).await.expect(200);
    let slot = garage.slots("tomorrow").await.remove(0);
    garage.book(&slot, 1).await.expect(201);
    let last = garage.book(&slot, 2).await.expect(201).id();
    details["capacity"] = json!(1);
    let would = garage.client.put(&garage.path(&format!("{path}?dry_run=true")), details).await.expect(200);
    assert_eq!(named(&would.body), [(last, json!(["no_room"]))]);
    let slots = garage.slots("tomorrow").await;
    assert_ne!(slots.len(), 0, "nothing has changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_hears_the_zone_that_was_agreed_on() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let slot = garage.slots("tomorrow").await.remove(0);
    let arguments = json!({ "slot_token": slot, "name": "Ada Lovelace" });
    let booked = garage.answer("call-1", "tool-1", "book_appointment", arguments).await;
    assert!(!booked["message"].as_str().expect("a message").contains("Bogota"), "{booked}");
    let mut profile = garage.get("").await.expect(200).body["profile"].clone();
    profile["zone"] = json!("Europe/Madrid");
    garage.client.put(&garage.path(""), profile).await.expect(200);
    let found = garage.answer("call-1", "tool-2", "find_appointments", json!({})).await;
    let message = found["message"].as_str().expect("a message");
    assert!(message.contains("at 9 in the morning, Bogota time"), "{message}");
    let cancel = json!({ "appointment_id": booked["appointment_id"] });
    let cancelled = garage.answer("call-1", "tool-3", "cancel_appointment", cancel).await;
    assert!(cancelled["message"].as_str().expect("a message").contains("Bogota time"), "{cancelled}");
}
