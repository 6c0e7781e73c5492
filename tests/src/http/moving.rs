//! Moving an appointment: what it takes itself is free for it, and it keeps its length.

use serde_json::{Value, json};

use crate::support::app::{Garage, Reply, TestApp};

/// Changes the service of a garage.
async fn change(garage: &Garage, changes: Value) {
    let path = format!("/services/{}", garage.service);
    let mut details = garage.get(&path).await.expect(200).body["details"].clone();
    details.as_object_mut().expect("an object").extend(changes.as_object().expect("changes").clone());
    garage.client.put(&garage.path(&path), details).await.expect(200);
}

/// The open slots of tomorrow, by their start.
async fn open(garage: &Garage, query: &str) -> Vec<(String, String)> {
    let reply = garage.get(&format!("/availability?day=tomorrow&limit=100&{query}")).await.expect(200);
    let slots = reply.body["slots"].as_array().expect("slots").iter();
    let text = |slot: &Value, key: &str| slot[key].as_str().expect("a text").to_owned();
    slots.map(|slot| (text(slot, "start")[11..16].to_owned(), text(slot, "slot_token"))).collect()
}

async fn book_at(garage: &Garage, start: &str, seats: u32) -> String {
    let found = open(garage, &format!("service_id={}&seats={seats}", garage.service)).await;
    let (_, token) = found.iter().find(|(open, _)| open == start).expect("it is open");
    garage.book(token, 1).await.expect(201).id()
}

async fn move_to(garage: &Garage, id: &str, body: Value) -> Reply {
    garage.post(&format!("/appointments/{id}/reschedule"), body).await
}

fn token(found: &[(String, String)], start: &str) -> Value {
    let slot = found.iter().find(|(open, _)| open == start);
    json!({ "slot_token": slot.unwrap_or_else(|| panic!("{start} is not open: {found:?}")).1 })
}

#[tokio::test(flavor = "multi_thread")]
async fn its_own_time_and_its_share_of_limits_are_free_for_it() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let limits = json!([{ "of": "service", "per": "day", "bookings": 1 }]);
    change(&garage, json!({ "step_minutes": 15, "limits": limits, "buffer_after_minutes": 30 })).await;
    let id = book_at(&garage, "11:30", 1).await;
    assert_eq!(open(&garage, &format!("service_id={}", garage.service)).await, [], "one a day");
    let found = open(&garage, &format!("moving={id}")).await;
    for start in ["11:15", "11:30", "11:45", "12:15", "09:00"] {
        token(&found, start);
    }
    let moved = move_to(&garage, &id, token(&found, "11:45")).await.expect(200);
    assert_eq!(moved.body["start"], "2026-11-24T11:45:00-05:00");
    // What is no appointment, or another's, cannot be moved.
    garage
        .get("/availability?moving=apt_00000000000000000000000001")
        .await
        .problem(404, "appointment-not-found");
    let other = Garage::open(&app, "Other").await;
    other.get(&format!("/availability?moving={id}")).await.problem(404, "appointment-not-found");
    garage.get("/availability").await.problem(400, "bad-request");
    garage.post(&format!("/appointments/{id}/cancel"), json!({})).await.expect(200);
    garage.get(&format!("/availability?moving={id}")).await.problem(422, "invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_takes_a_hold_or_a_chosen_slot_and_keeps_the_length() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let id = book_at(&garage, "11:00", 1).await;
    let free = open(&garage, &format!("service_id={}", garage.service)).await;
    let hold = garage.post("/holds", token(&free, "14:00")).await.expect(201).body["hold_id"].clone();
    let to_hold = json!({ "hold_id": hold });
    let moved = move_to(&garage, &id, to_hold.clone()).await.expect(200);
    assert_eq!(moved.body["start"], "2026-11-24T14:00:00-05:00");
    // Asked again, it is done.
    assert_eq!(move_to(&garage, &id, to_hold).await.expect(200).body["start"], moved.body["start"]);
    assert_eq!(
        garage.get(&format!("/appointments/{}", hold.as_str().expect("an id"))).await.body["status"],
        "released"
    );

    change(&garage, json!({ "duration_minutes": 30 })).await;
    let found = open(&garage, &format!("moving={id}")).await;
    let moved = move_to(&garage, &id, token(&found, "15:00")).await.expect(200);
    assert_eq!(
        (&moved.body["start"], &moved.body["end"]),
        (&json!("2026-11-24T15:00:00-05:00"), &json!("2026-11-24T16:00:00-05:00"))
    );
    let shorter = open(&garage, &format!("moving={id}&duration_minutes=30")).await;
    let moved = move_to(&garage, &id, token(&shorter, "15:00")).await.expect(200);
    assert_eq!(moved.body["end"], "2026-11-24T15:30:00-05:00");
    // A new booking is not offered for an hour any more.
    let hour = format!("/availability?service_id={}&duration_minutes=60", garage.service);
    garage.get(&hour).await.problem(422, "invalid");

    let slot = json!({ "service_id": garage.service, "start": "2026-11-24T20:00:00-05:00", "resource_ids": [garage.resource] });
    move_to(&garage, &id, json!({ "slot": slot })).await.problem(422, "invalid");
    let chosen = json!({ "slot": slot, "override_reason": "He works late" });
    assert_eq!(move_to(&garage, &id, chosen).await.expect(200).body["start"], "2026-11-24T20:00:00-05:00");
    move_to(&garage, &id, json!({})).await.problem(422, "invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn fewer_seats_and_new_rules_at_the_same_time_are_recorded() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    change(&garage, json!({ "seats": 3 })).await;
    let id = book_at(&garage, "11:00", 3).await;
    let left = async || {
        let reply = garage.get(&format!("/availability?day=tomorrow&service_id={}", garage.service)).await;
        let slots = reply.expect(200).body["slots"].clone();
        let at = |slot: &&Value| slot["start"] == "2026-11-24T11:00:00-05:00";
        slots.as_array().expect("slots").iter().find(at).map(|slot| slot["seats_left"].clone())
    };
    assert_eq!(left().await, None);
    let found = open(&garage, &format!("moving={id}&seats=1")).await;
    move_to(&garage, &id, token(&found, "11:00")).await.expect(200);
    assert_eq!(left().await, Some(json!(2)));
    let history = garage.get(&format!("/appointments/{id}/history")).await.expect(200).body["events"].clone();
    let to = history.as_array().expect("a list").iter().find_map(|event| event["data"].get("to"));
    assert_eq!(to.expect("a move")["seats"], 1);

    // A limit and a buffer that were added since are kept account of, and given back.
    let limits = json!([{ "of": "service", "per": "day", "bookings": 1 }]);
    change(&garage, json!({ "limits": limits, "buffer_after_minutes": 60 })).await;
    let found = open(&garage, &format!("moving={id}")).await;
    move_to(&garage, &id, token(&found, "11:00")).await.expect(200);
    assert_eq!(open(&garage, &format!("service_id={}", garage.service)).await, []);
    garage.post(&format!("/appointments/{id}/cancel"), json!({})).await.expect(200);
    assert!(left().await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_a_series_is_moved_over_its_own_time() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    change(&garage, json!({ "step_minutes": 30 })).await;
    let free = open(&garage, &format!("service_id={}", garage.service)).await;
    let mut body = token(&free, "10:30");
    body["rule"] = "FREQ=DAILY;COUNT=3".into();
    body["attendee"] = json!({ "name": "Ada", "phone": "+573001234567" });
    let series = garage.post("/series", body).await.expect(201).body;
    let id = series["occurrences"][0]["appointment"]["id"].as_str().expect("an id").to_owned();
    let found = open(&garage, &format!("moving={id}")).await;
    let mut all = token(&found, "11:00");
    move_to(&garage, &id, all.clone()).await.expect(200);
    all["scope"] = "all".into();
    all["appointment_id"] = id.into();
    let path = format!("/series/{}/reschedule", series["id"].as_str().expect("an id"));
    garage.post(&path, all).await.expect(200);
}
