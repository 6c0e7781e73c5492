//! What becomes of an appointment, over the API: approval, policies, coming and not coming.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::support::app::{Garage, Reply, TestApp};
use crate::support::until;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

/// The business's ordinary service, changed; what is open tomorrow.
async fn slots_under(garage: &Garage, change: Value) -> Vec<String> {
    let mut details = json!({ "name": "Oil change", "duration_minutes": 60, "step_minutes": 60, "needs": [{ "any_of": [garage.resource] }] });
    details.as_object_mut().expect("an object").extend(change.as_object().expect("an object").clone());
    let path = garage.path(&format!("/services/{}", garage.service));
    let changed = garage.client.put(&path, details).await.expect(200);
    garage.slots(&format!("tomorrow&min_position={}", changed.position.expect("a position"))).await
}

async fn act(garage: &Garage, appointment: &str, what: &str, body: Value) -> Reply {
    garage.post(&format!("/appointments/{appointment}/{what}"), body).await
}

async fn read(garage: &Garage, written: &Reply) -> Value {
    let position = written.position.as_deref().expect("a position");
    garage.get(&format!("/appointments/{}?min_position={position}", written.id())).await.expect(200).body
}

/// Until an appointment is in a status, as jobs bring it about.
async fn reaches(garage: &Garage, appointment: &str, status: &str) {
    until(|| async {
        garage.get(&format!("/appointments/{appointment}")).await.expect(200).body["status"] == status
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_takes_its_time_until_the_business_has_decided() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let slots = slots_under(&garage, json!({ "approval_within_minutes": 60 })).await;
    let requested = garage.book(&slots[0], 1).await.expect(201);
    assert_eq!(
        (&requested.body["status"], &requested.body["decide_by"]),
        (&json!("requested"), &json!("2026-11-23T09:00:00+00:00"))
    );
    garage.book(&slots[0], 2).await.problem(409, "agenda-time-taken");

    let approve = |tag: &'static str| {
        let (client, path) =
            (&garage.client, garage.path(&format!("/appointments/{}/approve", requested.id())));
        async move { client.post_with(&path, &[("if-match", tag)], Value::Null).await }
    };
    act(&garage, &requested.id(), "approve", Value::Null).await.problem(428, "precondition-required");
    let moved =
        act(&garage, &requested.id(), "reschedule", json!({ "slot_token": slots[1] })).await.expect(200);
    assert_eq!(moved.body["status"], "requested");
    approve("\"1\"").await.problem(412, "changed-since");
    let approved = approve("\"2\"").await.expect(200);
    assert_eq!((&approved.body["status"], &approved.body["decide_by"]), (&json!("booked"), &Value::Null));
    assert_eq!(read(&garage, &approved).await, approved.body, "the read model says the same");

    let (client, other) = (&garage.client, garage.book(&slots[0], 2).await.expect(201));
    let any = garage.path(&format!("/appointments/{}/approve", other.id()));
    let approved = client.post_with(&any, &[("if-match", "*")], Value::Null).await.expect(200);
    assert_eq!(approved.body["status"], "booked", "whatever version it has");

    let declined = garage.book(&slots[2], 3).await.expect(201);
    let declined = act(&garage, &declined.id(), "decline", json!({ "reason": "no parts" })).await.expect(200);
    assert_eq!(
        (&declined.body["status"], &declined.body["cancellation_reason"]),
        (&json!("declined"), &json!("no parts"))
    );
    assert_eq!(read(&garage, &declined).await, declined.body);
    act(&garage, &declined.id(), "cancel", json!({})).await.problem(409, "appointment-declined");
    garage.book(&slots[2], 4).await.expect(201);

    let forgotten = garage.book(&slots[3], 5).await.expect(201).id();
    app.clock.set(at("2026-11-23T09:00:00Z"));
    reaches(&garage, &forgotten, "expired").await;
    act(&garage, &forgotten, "decline", json!({})).await.problem(410, "appointment-request-expired");
    // Of eight two are booked; the requests that nobody has decided on are gone.
    until(|| async { garage.slots("tomorrow").await.len() == 6 }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancellation_is_held_to_the_policy_that_was_agreed_on() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let price = json!({ "amount": 4_000, "currency": "EUR" });
    let policy =
        |fee: Value| json!({ "price": price, "cancellation": { "minutes_before": 120, "fee": fee } });
    let slots = slots_under(&garage, policy(json!({ "percent": 50 }))).await;
    let (first, second) =
        (garage.book(&slots[0], 1).await.expect(201), garage.book(&slots[1], 2).await.expect(201));
    assert_eq!((&first.body["price"], &first.body["service_version"]), (&price, &json!(2)));
    // What the service says later is not what was agreed on.
    slots_under(&garage, policy(json!({ "percent": 100 }))).await;

    app.clock.set(at("2026-11-24T12:00:00Z"));
    let free = act(&garage, &second.id(), "cancel", json!({ "reason": "sold it" })).await.expect(200);
    assert_eq!((&free.body["status"], &free.body["fees"]), (&json!("cancelled"), &json!([])));
    app.clock.set(at("2026-11-24T13:00:00Z"));
    let refused = act(&garage, &first.id(), "cancel", json!({})).await.problem(409, "appointment-fee-due");
    assert!(refused.body["detail"].as_str().expect("a detail").contains("20.00 EUR"), "{}", refused.text);
    let cancelled = act(&garage, &first.id(), "cancel", json!({ "accept_fee": true })).await.expect(200);
    let fee = json!({ "reason": "late_cancellation", "fee": { "amount": 2_000, "currency": "EUR" } });
    assert_eq!(cancelled.body["fees"], json!([fee]));
    assert_eq!(read(&garage, &cancelled).await, cancelled.body);
    let history = garage.get(&format!("/appointments/{}/history", first.id())).await.expect(200);
    let events = history.body["events"].as_array().expect("events");
    let applied = &events.iter().find(|event| event["event_type"] == "AppointmentCancelled").expect("it")["data"]
        ["applied"];
    assert_eq!((&applied["service_version"], &applied["late"]), (&json!(2), &json!(true)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_the_business_may_do_it_does_with_a_reason() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let strict = json!({
        "minimum_notice_minutes": 1_440, "cancellation": { "minutes_before": 2_880 }, "reschedule": { "minutes_before": 2_880 },
    });
    let slots = slots_under(&garage, strict).await;
    let booked = garage.book(&slots[7], 1).await.expect(201);
    let refused =
        act(&garage, &booked.id(), "cancel", json!({})).await.problem(409, "appointment-too-late-to-cancel");
    assert!(
        refused.body["detail"].as_str().expect("a detail").contains("2026-11-22T16:00:00-05:00"),
        "{}",
        refused.text
    );
    let moving = json!({ "slot_token": slots[6], "accept_fee": true });
    act(&garage, &booked.id(), "reschedule", moving).await.problem(409, "appointment-too-late-to-reschedule");
    let moving = json!({ "slot_token": slots[6], "override_reason": "the lift is broken" });
    act(&garage, &booked.id(), "reschedule", moving).await.expect(200);
    let cancelled =
        act(&garage, &booked.id(), "cancel", json!({ "override_reason": "we are ill" })).await.expect(200);
    assert_eq!(cancelled.body["fees"], json!([]));

    // Today at seven in the evening, on short notice, after hours.
    let attendee = json!({ "name": "Ada", "phone": "+573001234567" });
    let chosen = |resources: Value, reason: Value| {
        let slot = json!({ "service_id": garage.service, "start": "2026-11-24T00:00:00Z", "resource_ids": resources });
        json!({ "slot": slot, "attendee": attendee, "override_reason": reason })
    };
    let mut without_reason = chosen(json!([garage.resource]), Value::Null);
    without_reason.as_object_mut().expect("an object").remove("override_reason");
    garage.post("/appointments", without_reason).await.problem(422, "invalid");
    let booked = garage
        .post("/appointments", chosen(json!([garage.resource]), json!("a good customer")))
        .await
        .expect(201);
    assert_eq!(booked.body["start"], "2026-11-23T19:00:00-05:00");
    let history = garage.get(&format!("/appointments/{}/history", booked.id())).await.expect(200);
    let events = history.body["events"].as_array().expect("events");
    let booking =
        &events.iter().find(|event| event["event_type"] == "AppointmentBooked").expect("it")["data"];
    assert_eq!(booking["overridden"]["rules"], json!(["minimum_notice", "hours"]));
    let mut again = chosen(json!([garage.resource]), json!("another"));
    again["attendee"] = json!({ "name": "Grace", "phone": "+573004445566" });
    let again = garage.post("/appointments", again).await;
    again.problem(409, "agenda-time-taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_does_not_come_too_often_is_booked_by_the_business_only() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let fee = json!({ "money": { "amount": 1_500, "currency": "EUR" } });
    let slots =
        slots_under(&garage, json!({ "no_show": { "fee": fee, "limit": 2 }, "complete_after_minutes": 60 }))
            .await;
    let (first, second) =
        (garage.book(&slots[0], 1).await.expect(201).id(), garage.book(&slots[1], 1).await.expect(201).id());
    let unattended = garage.book(&slots[2], 2).await.expect(201).id();
    act(&garage, &first, "no-show", json!({})).await.problem(409, "appointment-not-begun");
    app.clock.set(at("2026-11-24T15:30:00Z"));
    let missed = act(&garage, &first, "no-show", json!({ "reason": "did not call" })).await.expect(200);
    let owed = json!([{ "reason": "no_show", "fee": { "amount": 1_500, "currency": "EUR" } }]);
    assert_eq!((&missed.body["status"], &missed.body["fees"]), (&json!("no_show"), &owed));
    assert_eq!(read(&garage, &missed).await, missed.body);
    let waived = act(&garage, &second, "no-show", json!({ "override_reason": "a flood" })).await.expect(200);
    assert_eq!(waived.body["fees"], json!([]));

    let later = garage.slots("tomorrow").await;
    garage.book(&later[0], 1).await.problem(409, "attendance-too-many-no-shows");
    garage.book(&later[0], 3).await.expect(201);
    let attendee = json!({ "name": "Customer 1", "phone": "+573000000001" });
    let overridden = json!({ "slot_token": later[1], "attendee": attendee, "override_reason": "paid ahead" });
    garage.post("/appointments", overridden).await.expect(201);
    // Merged into another customer, what they have missed goes with them; and back.
    let customer = missed.body["customer_id"].as_str().expect("a customer");
    let other = garage.book(&later[2], 4).await.expect(201).body["customer_id"]
        .as_str()
        .expect("a customer")
        .to_owned();
    garage.post(&format!("/customers/{customer}/merge"), json!({ "into": other })).await.expect(200);
    garage.book(&later[3], 4).await.problem(409, "attendance-too-many-no-shows");
    // One of them was taken for a no-show by mistake.
    let completed = act(&garage, &first, "complete", Value::Null).await.expect(200);
    assert_eq!((&completed.body["status"], &completed.body["fees"]), (&json!("completed"), &json!([])));
    garage.book(&later[3], 4).await.expect(201);

    reaches(&garage, &unattended, "booked").await;
    app.clock.set(at("2026-11-24T18:00:00Z"));
    reaches(&garage, &unattended, "completed").await;
    let figures = garage.get(&format!("/customers/{other}/figures")).await;
    assert_eq!(
        (figures.body["completed"].as_i64(), figures.body["no_shows"].as_i64()),
        (Some(1), Some(1)),
        "{}",
        figures.text
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_business_asks_is_answered_before_it_is_booked() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let questions = json!([
        { "id": "make", "text": "Which make?", "answer": "choice", "options": ["Honda", "KTM"], "required": true },
        { "id": "year", "text": "From which year?", "answer": "number", "min": 1950, "max": 2030 },
        { "id": "towed", "text": "Does it have to be towed?", "answer": "yes_no" },
    ]);
    let slots = slots_under(&garage, json!({ "questions": questions })).await;
    let book = async |answers: Value| {
        let attendee = json!({ "name": "Ada", "phone": "+573001234567" });
        garage
            .post(
                "/appointments",
                json!({ "slot_token": slots[0], "attendee": attendee, "answers": answers }),
            )
            .await
    };
    let answer = |id: &str, answer: &str| json!({ "question_id": id, "answer": answer });
    let missing = book(json!([])).await.problem(422, "appointment-bad-answer");
    assert_eq!(missing.body["detail"], "answers: make is needed (Which make?)");
    let wrong = book(json!([answer("make", "BMW")])).await.problem(422, "appointment-bad-answer");
    assert_eq!(wrong.body["detail"], "answers: make must be one of: Honda, KTM (Which make?)");
    book(json!([answer("make", "ktm"), answer("year", "1800")])).await.problem(422, "appointment-bad-answer");
    book(json!([answer("make", "ktm"), answer("color", "red")]))
        .await
        .problem(422, "appointment-unknown-question");
    let booked = book(json!([answer("towed", "true"), answer("make", "ktm")])).await.expect(201);
    let answers = json!([
        { "question_id": "make", "question": "Which make?", "answer": "KTM" },
        { "question_id": "towed", "question": "Does it have to be towed?", "answer": "true" },
    ]);
    assert_eq!(booked.body["answers"], answers);
    assert_eq!(read(&garage, &booked).await, booked.body);

    let open = garage.answer("call-1", "t1", "check_availability", json!({ "day": "tomorrow" })).await;
    assert_eq!(
        (&open["questions"][0]["id"], &open["questions"][0]["answer"]),
        (&json!("make"), &json!(["Honda", "KTM"]))
    );
    let token = &open["slots"][0]["slot_token"];
    let asked =
        garage.tool("call-1", "t2", "book_appointment", json!({ "slot_token": token, "name": "Ben" })).await;
    assert_eq!(asked["error"], "answers.make: the answer is missing; ask the caller: Which make?");
    let arguments =
        json!({ "slot_token": token, "name": "Ben", "answers": { "make": "Honda", "year": 2020, "x": "y" } });
    let told = garage.answer("call-1", "t3", "book_appointment", arguments).await;
    assert_eq!(told["status"], "booked");
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_are_told_of_requests_fees_and_deadlines() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let fee = json!({ "money": { "amount": 1_000, "currency": "EUR" } });
    let policy = json!({
        "approval_within_minutes": 600, "cancellation": { "minutes_before": 2_880, "fee": fee }, "reschedule": { "minutes_before": 2_880 },
    });
    let slots = slots_under(&garage, policy).await;
    let told = garage
        .answer("call-1", "t1", "book_appointment", json!({ "slot_token": slots[0], "name": "Ada" }))
        .await;
    assert_eq!(told["status"], "requested");
    assert!(
        told["message"].as_str().expect("a message").ends_with("is requested. The business will confirm it."),
        "{told}"
    );
    let appointment = told["appointment_id"].as_str().expect("an appointment").to_owned();
    let path = garage.path(&format!("/appointments/{appointment}/approve"));
    garage.client.post_with(&path, &[("if-match", "\"1\"")], Value::Null).await.expect(200);

    let cancel = |accept: bool| json!({ "appointment_id": appointment, "accept_fee": accept });
    let moving = json!({ "appointment_id": appointment, "slot_token": slots[1] });
    let late = garage.answer("call-1", "t2", "reschedule_appointment", moving).await;
    assert_eq!(
        late["message"],
        "It is too late to move that appointment; only the business itself can do it now."
    );
    let due = garage.answer("call-1", "t3", "cancel_appointment", cancel(false)).await;
    let said = "This late there is a fee for it. It costs 10 EUR. If the caller accepts that, do it again with accept_fee.";
    assert_eq!((&due["status"], &due["message"]), (&json!("refused"), &json!(said)));
    let cancelled = garage.answer("call-1", "t4", "cancel_appointment", cancel(true)).await;
    assert_eq!(cancelled["status"], "cancelled");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_confirmed_twice_is_one_booking_and_nobody_elses() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let slots = garage.slots("tomorrow").await;
    let held = garage.post("/holds", json!({ "slot_token": slots[0] })).await.expect(201);
    let confirm = async |number: usize| {
        let attendee = json!({ "name": "Ada", "phone": format!("+57300{number:07}") });
        garage.post("/appointments", json!({ "hold_id": held.body["hold_id"], "attendee": attendee })).await
    };
    let (once, events) = (confirm(1).await.expect(201), app.events().await);
    let twice = confirm(1).await.expect(201);
    assert_eq!((once.body, events), (twice.body, app.events().await));
    confirm(2).await.problem(409, "appointment-already-booked");
}
