//! What is asked again is done once, whatever it is asked under; and two appointments of one person at one
//! time.

use serde_json::{Value, json};

use crate::support::app::{Garage, Reply, TestApp};

/// A second mechanic, so that the service can be had twice at a time.
async fn with_two_mechanics(garage: &Garage) {
    let second = garage.post("/resources", json!({ "name": "Bo" })).await.expect(201).id();
    let path = format!("/services/{}", garage.service);
    let mut details = garage.get(&path).await.expect(200).body["details"].clone();
    details["needs"] = json!([{ "any_of": [garage.resource, second] }]);
    garage.client.put(&garage.path(&path), details).await.expect(200);
}

async fn booked(garage: &Garage) -> usize {
    garage.get("/appointments?status=booked").await.expect(200).body["items"]
        .as_array()
        .expect("a list")
        .len()
}

async fn book(garage: &Garage, slot: &str, name: &str, more: Value) -> Reply {
    let attendee = json!({ "name": name, "phone": "+573001112233" });
    let mut body = json!({ "slot_token": slot, "attendee": attendee });
    body.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
    garage.post("/appointments", body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booking_that_a_model_asks_for_again_is_the_one_that_there_is() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    for (call, mechanics) in [("c1", 1), ("c2", 2)] {
        if mechanics == 2 {
            with_two_mechanics(&garage).await;
        }
        let slot = garage.slots("tomorrow").await[mechanics].clone();
        let ask = async |id: &str, name: &str| {
            let arguments = json!({ "slot_token": slot, "name": name });
            garage.answer(call, id, "book_appointment", arguments).await
        };
        let first = ask("t1", "Ada Lovelace").await;
        assert_eq!(first["status"], "booked");
        let again = ask("t2", "ada  lovelace").await;
        assert_eq!(
            (&again["status"], &again["appointment_id"]),
            (&first["status"], &first["appointment_id"])
        );
        assert_eq!(booked(&garage).await, mechanics, "one of each call");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_booked_again_over_http_is_one_booking_even_at_once() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    with_two_mechanics(&garage).await;
    let slots = garage.slots("tomorrow").await;
    let replies =
        futures::future::join_all((0..12).map(|_| book(&garage, &slots[0], "Ada", json!({})))).await;
    let first = replies[0].clone().expect(201).id();
    for reply in replies {
        assert_eq!(reply.expect(201).id(), first);
    }
    assert_eq!(booked(&garage).await, 1);
    // Once it is cancelled it can be booked anew.
    garage.post(&format!("/appointments/{first}/cancel"), json!({})).await.expect(200);
    assert_ne!(book(&garage, &slots[0], "Ada", json!({})).await.expect(201).id(), first);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_is_asked_before_there_are_two_appointments_at_one_time() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    with_two_mechanics(&garage).await;
    let details = json!({
        "name": "Wash", "duration_minutes": 90, "step_minutes": 30, "needs": [{ "any_of": [garage.post("/resources", json!({ "name": "Bay" })).await.expect(201).id()] }],
    });
    let service = garage.post("/services", details.clone()).await.expect(201).id();
    let wash = Garage { service: service.clone(), ..garage.clone() };
    let (slots, washes) = (garage.slots("tomorrow").await, wash.slots("tomorrow").await);
    let ada = book(&garage, &slots[0], "Ada", json!({})).await.expect(201).id();
    // A child on their mother's phone is somebody else.
    book(&garage, &slots[0], "Byron", json!({})).await.expect(201);
    let refused = book(&garage, &washes[0], "Ada", json!({})).await.problem(409, "customer-overlaps");
    assert!(
        refused.body["detail"].as_str().is_some_and(|detail| detail.contains("2026-11-24T09:00:00-05:00"))
    );
    let second = book(&garage, &washes[0], "Ada", json!({ "accept_overlap": true })).await.expect(201).id();

    // What was cancelled or moved away is in the way no more.
    garage.post(&format!("/appointments/{second}/cancel"), json!({})).await.expect(200);
    let later = json!({ "slot_token": garage.slots("tomorrow").await[4] });
    garage.post(&format!("/appointments/{ada}/reschedule"), later).await.expect(200);
    let third = book(&garage, &washes[0], "Ada", json!({})).await.expect(201).id();
    garage.post(&format!("/appointments/{third}/cancel"), json!({})).await.expect(200);
    let late = washes.last().expect("a slot");
    book(&garage, late, "Ada", json!({})).await.expect(201);

    // A hold and a series are held to it, too; a service may allow it or forbid it.
    let taken = garage.slots("tomorrow").await;
    let hold = json!({ "slot_token": taken.last().expect("a slot") });
    let hold = garage.post("/holds", hold).await.expect(201).body["hold_id"].clone();
    let attendee = json!({ "name": "Ada", "phone": "+573001112233" });
    let mut confirm = json!({ "hold_id": hold, "attendee": attendee });
    garage.post("/appointments", confirm.clone()).await.problem(409, "customer-overlaps");
    let series = json!({ "slot_token": taken.last().expect("a slot"), "rule": "FREQ=DAILY;COUNT=2", "attendee": attendee });
    let conflicts =
        garage.post("/series", series).await.problem(409, "series-conflicts").body["conflicts"].clone();
    assert_eq!(conflicts[0]["type"], "/docs/problems#customer-overlaps", "{conflicts}");
    confirm["accept_overlap"] = true.into();
    garage.post("/appointments", confirm).await.expect(201);
    for (overlap, accept, status) in [("forbidden", true, 409), ("allowed", false, 201)] {
        let mut details = details.clone();
        details["overlap"] = overlap.into();
        details["needs"] = garage.get(&format!("/services/{service}")).await.body["details"]["needs"].clone();
        garage.client.put(&garage.path(&format!("/services/{service}")), details).await.expect(200);
        let free = wash.slots("2026-11-27").await;
        let other = Garage { service: garage.service.clone(), ..garage.clone() }.slots("2026-11-27").await;
        let name = format!("Grace {overlap}");
        book(&garage, &other[0], &name, json!({})).await.expect(201);
        book(&garage, &free[0], &name, json!({ "accept_overlap": accept })).await.expect(status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_a_cancellation_a_message_and_a_wish_that_are_asked_again_are_done_once() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    with_two_mechanics(&garage).await;
    let slots = garage.slots("tomorrow").await;
    let arguments = json!({ "slot_token": slots[0], "name": "Ada" });
    let booked = garage.answer("c1", "t1", "book_appointment", arguments).await;
    let appointment = booked["appointment_id"].clone();

    let again = async |tool: &str, arguments: Value, status: &str| {
        let first = garage.answer("c1", &format!("{tool} 1"), tool, arguments.clone()).await;
        assert_eq!(first["status"], status, "{first}");
        let second = garage.answer("c1", &format!("{tool} 2"), tool, arguments).await;
        assert_eq!(second, first);
    };
    again(
        "reschedule_appointment",
        json!({ "appointment_id": appointment, "slot_token": slots[3] }),
        "rescheduled",
    )
    .await;
    again("cancel_appointment", json!({ "appointment_id": appointment }), "cancelled").await;
    again("take_message", json!({ "message": "Call me back", "name": "Ada" }), "taken").await;
    // Of a day on which nothing becomes free meanwhile.
    again("join_waitlist", json!({ "name": "Ada", "day": "2026-12-07" }), "waitlisted").await;
    let other = json!({ "message": "Call me back", "name": "Grace" });
    garage.answer("c1", "t9", "take_message", other).await;

    let messages = garage.get("/messages").await.expect(200).body["items"].clone();
    assert_eq!(messages.as_array().map(Vec::len), Some(2), "{messages}");
    let waiting = garage.get("/waitlist").await.expect(200).body["items"].clone();
    assert_eq!(waiting.as_array().map(Vec::len), Some(1), "{waiting}");
    let path = format!("/appointments/{}/history", appointment.as_str().expect("an id"));
    let history = garage.get(&path).await.expect(200).body["events"].clone();
    let times = |kind: &str| {
        let events = history.as_array().expect("a list").iter();
        events.filter(|event| event["event_type"] == kind).count()
    };
    for kind in ["AppointmentBooked", "AppointmentRescheduled", "AppointmentCancelled"] {
        assert_eq!(times(kind), 1, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_differs_is_another_booking_and_no_answer_tells_a_stranger_of_it() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    with_two_mechanics(&garage).await;
    let slots = garage.slots("tomorrow").await;
    let attendee = json!({ "name": "Ada Lovelace", "phone": "+573001112233", "email": "ada@example.com" });
    let body = json!({ "slot_token": slots[0], "attendee": attendee });
    let first = garage.post("/appointments", body.clone()).await.expect(201).id();

    // A note that is new is not dropped in silence.
    let mut noted = body.clone();
    noted["note"] = "Allergic to latex".into();
    garage.post("/appointments", noted).await.problem(409, "customer-overlaps");

    // Somebody who knows the email address and the name, and calls from another number.
    let stranger = json!({ "slot_token": slots[0], "name": "Ada Lovelace", "email": "ada@example.com" });
    let told = garage.answer("c1", "t1", "book_appointment", stranger).await;
    assert_eq!(told["status"], "booked");
    assert_ne!(told["appointment_id"], json!(first));
    let cancel = json!({ "appointment_id": first });
    assert_eq!(garage.answer("c1", "t2", "cancel_appointment", cancel).await["status"], "refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_somebody_else_at_the_same_time_and_moves_are_held_to_it_too() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    with_two_mechanics(&garage).await;
    let path =
        |with: &str| format!("/availability?service_id={}&day=tomorrow&resource_id={with}", garage.service);
    let details = garage.get(&format!("/services/{}", garage.service)).await.body["details"].clone();
    let with = async |index: usize, slot: usize| {
        let id = details["needs"][0]["any_of"][index].as_str().expect("an id").to_owned();
        garage.get(&path(&id)).await.expect(200).body["slots"][slot]["slot_token"]
            .as_str()
            .expect("a token")
            .to_owned()
    };
    let (ana, bo) = (with(0, 0).await, with(1, 0).await);
    let first = book(&garage, &ana, "Ada", json!({})).await.expect(201).id();
    assert_eq!(book(&garage, &ana, "Ada", json!({})).await.expect(201).id(), first);
    book(&garage, &bo, "Ada", json!({})).await.problem(409, "customer-overlaps");
    let both = json!({ "accept_overlap": true });
    let second = book(&garage, &bo, "Ada", both.clone()).await.expect(201).id();
    assert_ne!(second, first);
    assert_eq!(book(&garage, &bo, "Ada", both).await.expect(201).id(), second);

    garage.post(&format!("/appointments/{second}/cancel"), json!({})).await.expect(200);
    let third = book(&garage, &with(0, 1).await, "Ada", json!({})).await.expect(201).id();
    let onto = json!({ "slot_token": bo });
    let reschedule = format!("/appointments/{third}/reschedule");
    garage.post(&reschedule, onto).await.problem(409, "customer-overlaps");
    garage.post(&reschedule, json!({ "slot_token": bo, "accept_overlap": true })).await.expect(200);
}
