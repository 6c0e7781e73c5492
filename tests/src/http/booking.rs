//! Appointments over the API.

use serde_json::json;

use crate::support::app::{Garage, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn an_appointment_is_booked_moved_and_cancelled() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let slots = garage.slots("tomorrow").await;
    assert_eq!(slots.len(), 8, "an hour each, from 9 to 17");

    let booked = garage.book(&slots[0], 1).await.expect(201);
    let path = format!("/appointments/{}", booked.id());
    assert_eq!(
        (booked.body["status"].as_str(), booked.body["start"].as_str()),
        (Some("booked"), Some("2026-11-24T09:00:00-05:00"))
    );
    assert_eq!(booked.etag.as_deref(), Some("\"1\""));
    let open_at = async |position: &Option<String>| {
        let position = position.as_deref().expect("a position");
        garage.slots(&format!("tomorrow&min_position={position}")).await.len()
    };
    assert_eq!(open_at(&booked.position).await, 7);

    let moved = garage
        .post(
            &format!("{path}/reschedule"),
            json!({ "slot_token": slots[3], "reason": "later suits better" }),
        )
        .await
        .expect(200);
    assert_eq!(moved.body["start"], "2026-11-24T12:00:00-05:00");
    let cancelled =
        garage.post(&format!("{path}/cancel"), json!({ "reason": "sold the bike" })).await.expect(200);
    assert_eq!(cancelled.body["status"], "cancelled");

    assert_eq!(open_at(&cancelled.position).await, 8, "all time is free again");
    let position = cancelled.position.expect("a position");
    let read = garage.get(&format!("{path}?min_position={position}")).await.expect(200);
    assert_eq!((read.body["status"].as_str(), read.body["version"].as_i64()), (Some("cancelled"), Some(3)));

    let history = garage.get(&format!("{path}/history")).await.expect(200);
    let types: Vec<&str> = history.body["events"]
        .as_array()
        .expect("events")
        .iter()
        .filter_map(|event| event["event_type"].as_str())
        .collect();
    for expected in [
        "AppointmentBooked",
        "AppointmentRescheduled",
        "AppointmentCancelled",
        "TimeBooked",
        "TimeFreed",
        "CustomerRegistered",
    ] {
        assert!(types.contains(&expected), "{expected} is not in {types:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_want_one_slot_one_gets_it_and_the_others_are_offered_other_slots() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let slot = garage.slots("tomorrow").await.remove(0);
    let replies = futures::future::join_all((0..40).map(|number| garage.book(&slot, number))).await;
    let (booked, refused): (Vec<_>, Vec<_>) = replies.into_iter().partition(|reply| reply.status == 201);
    assert_eq!((booked.len(), refused.len()), (1, 39));
    for refusal in refused {
        let refusal = refusal.problem(409, "agenda-time-taken");
        let offered = refusal.body["open_slots"].as_array().expect("slots");
        assert!(!offered.is_empty() && offered.iter().all(|offered| offered["slot_token"] != slot.as_str()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_keeps_its_slot_until_it_is_confirmed_released_or_expires() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let slots = garage.slots("tomorrow").await;
    let hold = async |slot: &str| garage.post("/holds", json!({ "slot_token": slot, "seconds": 60 })).await;
    let confirm = async |hold: &str, number: usize| {
        let attendee = json!({ "name": "Ada", "phone": format!("+57300{number:07}") });
        garage.post("/appointments", json!({ "hold_id": hold, "attendee": attendee })).await
    };
    let held =
        async |slot: &str| hold(slot).await.expect(201).body["hold_id"].as_str().expect("an id").to_owned();

    let confirmed = held(&slots[0]).await;
    garage.book(&slots[0], 1).await.problem(409, "agenda-time-taken");
    assert_eq!(confirm(&confirmed, 2).await.expect(201).id(), confirmed);
    confirm(&confirmed, 3).await.problem(409, "appointment-already-booked");

    let released = held(&slots[1]).await;
    garage.client.delete(&garage.path(&format!("/holds/{released}"))).await.expect(204);
    confirm(&released, 4).await.problem(410, "appointment-hold-released");
    garage.book(&slots[1], 5).await.expect(201);

    let expired = held(&slots[2]).await;
    app.clock.set(crate::support::process::morning() + chrono::TimeDelta::seconds(61));
    garage.book(&slots[2], 6).await.expect(201);
    confirm(&expired, 7).await.problem(410, "appointment-hold-expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn under_one_idempotency_key_a_request_is_carried_out_once() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let slots = garage.slots("tomorrow").await;
    let body = |slot: &str, name: &str| json!({ "slot_token": slot, "attendee": { "name": name, "phone": "+573001112233" } });
    let path = garage.path("/appointments");
    let key = [("idempotency-key", "key-1")];

    let send = || garage.client.post_with(&path, &key, body(&slots[0], "Ada"));
    let replies = futures::future::join_all((0..10).map(|_| send())).await;
    assert!(replies.iter().all(|reply| reply.status == 201 && reply.body == replies[0].body), "{replies:?}");
    assert_eq!(replies.iter().filter(|reply| !reply.replayed).count(), 1);
    garage.client.post_with(&path, &key, body(&slots[1], "Ada")).await.problem(422, "idempotency-key-reused");

    // A refusal is a reply as well, and stands after its reason has gone.
    let refused = [("idempotency-key", "key-2")];
    let refusal = garage
        .client
        .post_with(&path, &refused, body(&slots[0], "Bob"))
        .await
        .problem(409, "agenda-time-taken");
    garage.post(&format!("/appointments/{}/cancel", replies[0].id()), json!({})).await.expect(200);
    let repeated = garage
        .client
        .post_with(&path, &refused, body(&slots[0], "Bob"))
        .await
        .problem(409, "agenda-time-taken");
    assert_eq!(refusal.body, repeated.body);
    garage.book(&slots[0], 9).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_something_else_than_was_read_is_refused() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let slots = garage.slots("tomorrow").await;
    let booked = garage.book(&slots[0], 1).await.expect(201);
    let path = garage.path(&format!("/appointments/{}", booked.id()));
    let seen = [("if-match", "\"1\"")];
    garage
        .client
        .post_with(&format!("{path}/reschedule"), &seen, json!({ "slot_token": slots[1] }))
        .await
        .expect(200);
    garage.client.post_with(&format!("{path}/cancel"), &seen, json!({})).await.problem(412, "changed-since");
    garage.client.post_with(&format!("{path}/cancel"), &[("if-match", "\"2\"")], json!({})).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_come_in_pages_that_lose_and_repeat_nothing() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let mut position = None;
    for (number, slot) in garage.slots("tomorrow").await.iter().enumerate() {
        position = garage.book(slot, number).await.expect(201).position;
    }
    let position = position.expect("a position");
    let (mut starts, mut cursor) = (Vec::new(), String::new());
    loop {
        let page =
            garage.get(&format!("/appointments?limit=3&min_position={position}{cursor}")).await.expect(200);
        let items = page.body["items"].as_array().expect("items");
        assert!(items.len() <= 3);
        starts.extend(items.iter().map(|item| item["start"].as_str().expect("a start").to_owned()));
        let Some(next) = page.body["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert!(starts.is_sorted() && starts.len() == 8, "{starts:?}");
    garage.get("/resources?cursor=nonsense").await.problem(400, "bad-request");
    garage.get("/appointments?min_position=nonsense").await.problem(400, "bad-request");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_is_one_customer_however_often_they_book() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let slots = garage.slots("tomorrow").await;
    let replies = futures::future::join_all(slots.iter().map(|slot| garage.book(slot, 1))).await;
    let mut customers: Vec<String> =
        replies.into_iter().map(|reply| reply.expect(201).body["customer_id"].to_string()).collect();
    customers.dedup();
    assert_eq!(customers.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn time_off_and_retirement_end_offers_that_were_made() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let slots = garage.slots("tomorrow").await;
    let off = json!({ "start": "2026-11-24T14:00:00Z", "end": "2026-11-24T16:00:00Z" });
    garage.post(&format!("/resources/{}/time-off", garage.resource), off).await.expect(201);
    let refused = garage.book(&slots[0], 1).await.problem(409, "slot-no-longer-offered");
    assert_eq!(refused.body["open_slots"][0]["start"], "2026-11-24T11:00:00-05:00");
    garage.client.delete(&garage.path(&format!("/services/{}", garage.service))).await.expect(200);
    garage.book(&slots[4], 1).await.problem(410, "service-retired");
}
