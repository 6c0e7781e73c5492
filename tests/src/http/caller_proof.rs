//! What a business asks of callers before it lets them hear of an appointment, or change it.

use serde_json::{Value, json};

use crate::support::app::{Garage, TestApp, tool_call};

const ADA: &str = "Ada Lovelace";

/// Has the business ask for this, and books Ada's appointment of tomorrow, November 24th, in a call.
async fn asking(app: &TestApp, proof: Value) -> (Garage, String) {
    let garage = Garage::open(app, "Garage").await;
    let mut profile = garage.get("").await.expect(200).body["profile"].clone();
    profile["caller_proof"] = proof;
    garage.client.put(&garage.path(""), profile).await.expect(200);
    let slot = garage.slots("tomorrow").await.remove(0);
    let book = json!({ "slot_token": slot, "name": ADA });
    let booked = garage.answer("call-1", "booking", "book_appointment", book).await;
    (garage, booked["appointment_id"].as_str().expect("an id").to_owned())
}

async fn find(garage: &Garage, call: &str, id: &str, arguments: Value) -> Value {
    garage.answer(call, id, "find_appointments", arguments).await
}

/// A tool call of somebody who calls from another number.
async fn elsewhere(garage: &Garage, call: &str, id: &str, tool: &str, arguments: Value) -> Value {
    let mut message = tool_call(call, id, tool, arguments);
    message["call"]["customer"]["number"] = json!("+573009998877");
    let reply = garage.hook(message).await.expect(200);
    let result = reply.body["results"][0]["result"].as_str().unwrap_or_else(|| panic!("{}", reply.text));
    serde_json::from_str(result).expect("JSON")
}

/// Tries to do something with an appointment that this call may not change.
async fn is_refused(garage: &Garage, call: &str, id: &str, tool: &str, arguments: Value) {
    let answer = garage.answer(call, id, tool, arguments).await;
    assert_eq!(answer["status"], "refused", "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_number_is_enough_unless_the_business_asks_for_more() {
    let app = TestApp::start().await;
    let (garage, id) = asking(&app, json!({})).await;
    let found = find(&garage, "call-2", "1", json!({})).await;
    assert_eq!(found["appointments"][0]["appointment_id"], json!(id));
    let (garage, id) = asking(&app, json!({ "to_hear": "name" })).await;
    let asked = garage.tool("call-2", "1", "find_appointments", json!({})).await;
    assert!(asked["error"].as_str().is_some_and(|error| error.contains("name")), "{asked}");
    let found = find(&garage, "call-2", "2", json!({ "name": "Charles" })).await;
    assert_eq!(found["status"], "none_found");
    let cancel = json!({ "appointment_id": id });
    is_refused(&garage, "call-2", "3", "cancel_appointment", cancel.clone()).await;
    let found = find(&garage, "call-2", "4", json!({ "name": "ada lovelace" })).await;
    assert_eq!(found["appointments"][0]["appointment_id"], json!(id));
    let cancelled = garage.answer("call-2", "5", "cancel_appointment", cancel).await;
    assert_eq!(cancelled["status"], "cancelled");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_appointment_that_may_be_heard_of_comes_without_its_id_until_it_may_be_changed() {
    let app = TestApp::start().await;
    let (garage, id) = asking(&app, json!({ "to_change": "name_and_day" })).await;
    for (call, arguments, missing) in [
        ("1", json!({}), json!(["name", "day"])),
        ("2", json!({ "name": ADA }), json!(["day"])),
        // Several days are a guess, and another day is none.
        ("3", json!({ "name": ADA, "day": "this week" }), json!(["day"])),
        ("4", json!({ "name": ADA, "day": "wednesday" }), json!(["day"])),
        ("5", json!({ "name": "Charles", "day": "tomorrow" }), json!(["name", "day"])),
    ] {
        let found = find(&garage, "call-2", call, arguments).await;
        assert_eq!(found["status"], "found", "{found}");
        assert_eq!(found["appointments"][0]["to_change_ask_for"], missing);
        assert!(!found.to_string().contains(&id), "{found}");
    }
    let cancel = json!({ "appointment_id": id });
    is_refused(&garage, "call-2", "6", "cancel_appointment", cancel.clone()).await;
    let found = find(&garage, "call-2", "7", json!({ "name": "Ada", "day": "tomorrow" })).await;
    assert_eq!(found["appointments"][0]["appointment_id"], json!(id));
    assert_eq!(garage.answer("call-2", "8", "cancel_appointment", cancel).await["status"], "cancelled");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_only_the_people_of_the_business_do_it_no_caller_gets_at_it() {
    let app = TestApp::start().await;
    let (garage, id) = asking(&app, json!({ "to_change": "staff" })).await;
    let found = find(&garage, "call-2", "1", json!({ "name": ADA, "day": "tomorrow" })).await;
    assert!(found["message"].as_str().expect("a message").contains("Only the people"), "{found}");
    assert!(!found.to_string().contains(&id), "{found}");

    let (garage, id) = asking(&app, json!({ "to_hear": "staff" })).await;
    let found = find(&garage, "call-2", "1", json!({ "name": ADA, "day": "tomorrow" })).await;
    assert_eq!((&found["status"], &found["appointments"]), (&json!("refused"), &json!([])));
    let move_it = json!({ "appointment_id": id, "slot_token": garage.slots("tomorrow").await[0] });
    is_refused(&garage, "call-2", "2", "reschedule_appointment", move_it).await;
    // Whoever booked it in this call may still change it.
    let cancel = json!({ "appointment_id": id });
    assert_eq!(garage.answer("call-1", "3", "cancel_appointment", cancel).await["status"], "cancelled");

    let mut profile = garage.get("").await.expect(200).body["profile"].clone();
    assert_eq!(profile["caller_proof"], json!({ "to_hear": "staff", "to_change": "number" }));
    profile["caller_proof"] = json!({ "to_hear": "password" });
    garage.client.put(&garage.path(""), profile).await.problem(400, "bad-request");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booking_that_exists_already_gives_nothing_away_that_has_to_be_proved() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let path = format!("/services/{}", garage.service);
    let mut details = garage.get(&path).await.expect(200).body["details"].clone();
    details["seats"] = json!(5);
    garage.client.put(&garage.path(&path), details).await.expect(200);
    let mut profile = garage.get("").await.expect(200).body["profile"].clone();
    profile["caller_proof"] = json!({ "to_change": "staff" });
    garage.client.put(&garage.path(""), profile).await.expect(200);
    let slot = garage.slots("tomorrow").await.remove(0);
    let book = json!({ "slot_token": slot, "name": ADA, "phone_number": "+573007654321" });
    let booked = elsewhere(&garage, "call-1", "1", "book_appointment", book.clone()).await;
    let id = booked["appointment_id"].as_str().expect("an id");
    let again = elsewhere(&garage, "call-2", "1", "book_appointment", book).await;
    assert_eq!((&again["status"], again.get("appointment_id")), (&json!("booked"), None), "{again}");
    is_refused(&garage, "call-2", "2", "cancel_appointment", json!({ "appointment_id": id })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_can_be_asked_for_where_only_staff_changes_anything() {
    let app = TestApp::start().await;
    let (garage, _) = asking(&app, json!({ "to_hear": "name_and_day", "to_change": "staff" })).await;
    let found = find(&garage, "call-2", "1", json!({ "name": ADA, "day": "tomorrow" })).await;
    assert_eq!(found["status"], "found", "{found}");
    let found = find(&garage, "call-2", "2", json!({ "name": ADA, "day": "friday" })).await;
    assert_eq!(found["status"], "none_found", "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_three_wrong_proofs_in_a_call_a_person_takes_over() {
    let app = TestApp::start().await;
    let (garage, id) = asking(&app, json!({ "to_hear": "name_and_day" })).await;
    let right = || json!({ "name": ADA, "day": "tomorrow" });
    for (at, wrong) in [
        json!({ "name": "Charles", "day": "tomorrow" }),
        // Nobody has this number: it is no way to guess for nothing.
        json!({ "phone_number": "+573009998877", "name": ADA, "day": "tomorrow" }),
    ]
    .into_iter()
    .enumerate()
    {
        let found = find(&garage, "call-2", &format!("wrong-{at}"), wrong.clone()).await;
        assert_eq!(found["status"], "none_found", "{found}");
        // Asked again under its id, it counts once.
        find(&garage, "call-2", &format!("wrong-{at}"), wrong).await;
    }
    let found = find(&garage, "call-2", "right", right()).await;
    assert_eq!(found["appointments"][0]["appointment_id"], json!(id));
    let found = find(&garage, "call-2", "wrong-3", json!({ "name": ADA, "day": "friday" })).await;
    let is_told = |answer: &Value| answer["message"].as_str().is_some_and(|said| said.contains("takes over"));
    assert!(found["status"] == "refused" && is_told(&found), "{found}");
    for (tool, arguments) in [
        ("find_appointments", right()),
        ("find_appointments", json!({})),
        ("cancel_appointment", json!({ "appointment_id": id })),
        (
            "reschedule_appointment",
            json!({ "appointment_id": id, "slot_token": garage.slots("tomorrow").await[1] }),
        ),
    ] {
        let answer = garage.answer("call-2", &format!("{tool} {arguments}"), tool, arguments).await;
        assert!(answer["status"] == "refused" && is_told(&answer), "{answer}");
    }
    let refused = garage
        .tool("call-2", "search", "check_availability", json!({ "appointment_id": id, "day": "tomorrow" }))
        .await;
    assert!(refused["error"].as_str().is_some_and(|error| error.contains("takes over")), "{refused}");
    // A new appointment is nobody's secret, and another call begins anew.
    let book = json!({ "slot_token": garage.slots("tomorrow").await[2], "name": "Charles" });
    assert_eq!(garage.answer("call-2", "book", "book_appointment", book).await["status"], "booked");
    let found = find(&garage, "call-3", "1", right()).await;
    assert_eq!(found["appointments"][0]["appointment_id"], json!(id));
}

/// Each call has three tries. All of them together have nine.
#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_not_tried_in_one_call_after_the_other_until_it_fits() {
    let app = TestApp::start().await;
    let (garage, id) = asking(&app, json!({})).await;
    let named = |name: &str| json!({ "phone_number": "+573007654321", "name": name });
    let ask = async |call: &str, id: &str, name: &str| {
        elsewhere(&garage, call, id, "find_appointments", named(name)).await
    };
    for guess in 0..8 {
        let (call, name) = (format!("call-{}", 2 + guess / 2), format!("Guess{guess}"));
        // The same again within a call is no other guess.
        for id in ["1", "2", "3"] {
            let found = ask(&call, &format!("{id} {name}"), &name).await;
            assert_eq!(found["status"], "none_found", "{found}");
        }
    }
    let found = ask("call-20", "1", ADA).await;
    assert_eq!(found["appointments"][0]["appointment_id"], json!(id), "{found}");
    // Of three at once one is the ninth.
    let (one, two, three) =
        tokio::join!(ask("call-21", "1", "Eva"), ask("call-22", "1", "Mia"), ask("call-23", "1", "Zoe"));
    let count = [one, two, three].iter().filter(|found| found["status"] == "none_found").count();
    assert_eq!(count, 1);
    let refused = ask("call-24", "1", ADA).await;
    assert_eq!(refused["status"], "refused", "{refused}");
    // Whoever calls from the number proves nothing by words.
    let found = find(&garage, "call-25", "1", json!({})).await;
    assert_eq!(found["appointments"][0]["appointment_id"], json!(id));
    // Where a name is asked for to change it, it is still heard of, and the people of the business change it.
    let mut profile = garage.get("").await.expect(200).body["profile"].clone();
    profile["caller_proof"] = json!({ "to_change": "name" });
    garage.client.put(&garage.path(""), profile).await.expect(200);
    let found = find(&garage, "call-26", "1", json!({ "name": ADA })).await;
    let appointment = &found["appointments"][0];
    assert!(appointment.is_object() && appointment.get("appointment_id").is_none(), "{found}");
    assert!(found["message"].as_str().is_some_and(|said| said.contains("people of the business")), "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_hear_of_no_appointment_does_not_hear_of_one_by_booking_over_it() {
    let app = TestApp::start().await;
    let (garage, _) = asking(&app, json!({ "to_hear": "staff" })).await;
    let bay = garage.post("/resources", json!({ "name": "Bay" })).await.expect(201).id();
    let mut details = json!({
        "name": "Wash", "duration_minutes": 90, "step_minutes": 30, "needs": [{ "any_of": [bay] }],
        "overlap": "forbidden",
    });
    let service = garage.post("/services", details.clone()).await.expect(201).id();
    let wash = Garage { service: service.clone(), ..garage.clone() };
    let book = json!({ "slot_token": wash.slots("tomorrow").await[0], "name": ADA });
    let refused = garage.answer("call-2", "1", "book_appointment", book.clone()).await;
    let message = refused["message"].as_str().expect("a message");
    assert!(refused["status"] == "refused" && !message.contains("another appointment"), "{refused}");
    assert!(message.starts_with("That time has just been taken. Still open:"), "{refused}");
    let search = json!({ "day": "tomorrow", "service": "Wash" });
    let open = garage.answer("call-2", "search", "check_availability", search).await;
    let is_it = |slot: &Value| slot["time"] == open["slots"][0]["time"];
    assert!(!refused["slots"].as_array().expect("slots").iter().any(is_it), "{refused} {open}");

    details["overlap"] = "asked".into();
    garage.client.put(&garage.path(&format!("/services/{service}")), details).await.expect(200);
    let booked = garage.answer("call-2", "2", "book_appointment", book).await;
    assert_eq!(booked["status"], "booked", "{booked}");
    // What was booked in the same call is no secret.
    let book = json!({ "slot_token": garage.slots("tomorrow").await[0], "name": ADA });
    let refused = garage.answer("call-2", "3", "book_appointment", book).await;
    assert!(
        refused["message"].as_str().is_some_and(|said| said.contains("another appointment")),
        "{refused}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_not_tried_by_booking_until_it_fits() {
    let app = TestApp::start().await;
    let (garage, id) = asking(&app, json!({ "to_hear": "name" })).await;
    let other = garage.post("/resources", json!({ "name": "Luis" })).await.expect(201).id();
    let details = json!({
        "name": "Wash", "duration_minutes": 30, "needs": [{ "any_of": [garage.resource, other] }],
    });
    let service = garage.post("/services", details).await.expect(201).id();
    let wash = Garage { service, ..garage.clone() };
    let slot = wash.slots("tomorrow").await.remove(0);
    let book = |name: &str| json!({ "slot_token": slot, "name": name, "phone_number": "+573007654321" });
    for (at, name) in ["Charles Babbage", ADA].into_iter().enumerate() {
        let answer =
            elsewhere(&garage, &format!("call-{}", at + 2), "1", "book_appointment", book(name)).await;
        let message = answer["message"].as_str().expect("a message");
        assert!(!message.contains("another appointment"), "{answer}");
        assert!(!answer.to_string().contains(&id), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_name_without_appointments_is_no_wrong_proof_whatever_its_day() {
    let app = TestApp::start().await;
    let (garage, id) = asking(&app, json!({ "to_hear": "name_and_day" })).await;
    let cancel = json!({});
    garage.client.post(&garage.path(&format!("/appointments/{id}/cancel")), cancel).await.expect(200);
    for at in 0..4 {
        let say = json!({ "name": ADA, "day": "tomorrow" });
        let found = find(&garage, "call-2", &at.to_string(), say).await;
        assert_eq!(found["status"], "none_found", "{found}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_holds_a_time_finds_it_open() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let open = async |query: String| {
        let path = format!("/availability?day=tomorrow&limit=100&{query}");
        garage.get(&path).await.expect(200).body["slots"].as_array().expect("slots").len()
    };
    let all = open(format!("service_id={}", garage.service)).await;
    let slot = garage.slots("tomorrow").await.remove(0);
    let held = garage.post("/holds", json!({ "slot_token": slot })).await.expect(201);
    let hold = held.body["hold_id"].as_str().expect("an id");
    assert_eq!(open(format!("service_id={}", garage.service)).await, all - 1);
    assert_eq!(open(format!("moving={hold}")).await, all);
}
