//! Waiting for a time to become free, over the API and by voice.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::app::{Garage, Reply, TestApp, tool_call};
use crate::support::process::morning;
use crate::support::until;

/// At nine tomorrow, and at no other time.
fn at_nine(garage: &Garage, number: usize) -> Value {
    json!({
        "service_id": garage.service, "first_date": "2026-11-24", "from_time": "09:00", "to_time": "10:00",
        "attendee": { "name": format!("Customer {number}"), "phone": format!("+57300{number:07}") },
    })
}

async fn join(garage: &Garage, number: usize) -> Reply {
    garage.post("/waitlist", at_nine(garage, number)).await.expect(201)
}

/// The entry once it has this status.
async fn comes_to(garage: &Garage, entry: &str, status: &str) -> Value {
    let path = format!("/waitlist/{entry}");
    until(|| async { garage.get(&path).await.expect(200).body["status"] == status }).await;
    garage.get(&path).await.expect(200).body
}

/// Somebody has nine o'clock tomorrow.
async fn taken(app: &TestApp) -> (Garage, String, String) {
    let garage = Garage::open(app, "Garage").await;
    let slot = garage.slots("tomorrow").await.remove(0);
    let booked = garage.book(&slot, 100).await.expect(201).id();
    (garage, slot, booked)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_that_becomes_free_is_offered_and_accepted_once() {
    let app = TestApp::start().await;
    let (garage, slot, booked) = taken(&app).await;
    let (path, key) = (garage.path("/waitlist"), [("idempotency-key", "key-1")]);
    let joined = garage.client.post_with(&path, &key, at_nine(&garage, 1)).await.expect(201);
    let repeated = garage.client.post_with(&path, &key, at_nine(&garage, 1)).await.expect(201);
    assert_eq!((repeated.body.clone(), repeated.replayed), (joined.body.clone(), true));
    assert_eq!(join(&garage, 1).await.id(), joined.id(), "the same entry");
    assert_eq!((&joined.body["status"], &joined.body["number"]), (&json!("waiting"), &json!(1)));
    assert_eq!((&joined.body["last_date"], &joined.body["open_slots"]), (&json!("2026-11-24"), &json!([])));
    let second = join(&garage, 2).await;
    let waiting = garage.get(&format!("/waitlist/{}", second.id())).await.expect(200).body;
    assert_eq!(
        (&waiting["number"], &waiting["name"], &waiting["zone"]),
        (&json!(2), &json!("Customer 2"), &json!("America/Bogota"))
    );
    garage
        .post(&format!("/waitlist/{}/accept", joined.id()), json!({}))
        .await
        .problem(409, "waitlist-entry-not-offered");

    garage.post(&format!("/appointments/{booked}/cancel"), json!({})).await.expect(200);
    let offered = comes_to(&garage, &joined.id(), "offered").await;
    let offer = &offered["offer"];
    assert_eq!(
        (&offer["start"], &offer["expires_at"]),
        (&json!("2026-11-24T09:00:00-05:00"), &json!("2026-11-23T08:30:00+00:00"))
    );
    garage.book(&slot, 3).await.problem(409, "agenda-time-taken");
    let hold = offer["appointment_id"].as_str().expect("an id");
    let attendee = json!({ "name": "Eve", "phone": "+573001112233" });
    let stolen = garage.post("/appointments", json!({ "hold_id": hold, "attendee": attendee })).await;
    stolen.problem(409, "appointment-held-for-waitlist");
    garage
        .client
        .delete(&garage.path(&format!("/holds/{hold}")))
        .await
        .problem(409, "appointment-held-for-waitlist");

    let accept = format!("/waitlist/{}/accept", joined.id());
    let accepted = garage.post(&accept, json!({})).await.expect(200);
    assert_eq!(
        (accepted.id().as_str(), &accepted.body["name"], &accepted.body["status"]),
        (hold, &json!("Customer 1"), &json!("booked"))
    );
    assert_eq!(accepted.body["waitlist_entry_id"], joined.id());
    assert_eq!(garage.post(&accept, json!({})).await.expect(200).body, accepted.body, "the same appointment");
    let entry = comes_to(&garage, &joined.id(), "accepted").await;
    assert_eq!((&entry["appointment_id"], entry.get("offer")), (&json!(hold), None));
    garage
        .post(&format!("/waitlist/{}/decline", joined.id()), json!({}))
        .await
        .problem(409, "waitlist-entry-already-accepted");
    garage
        .client
        .delete(&garage.path(&format!("/waitlist/{}", joined.id())))
        .await
        .problem(409, "waitlist-entry-already-accepted");
    let line = garage.get("/waitlist?status=waiting").await.expect(200).body;
    assert_eq!(
        (&line["items"][0]["id"], &line["items"][0]["number"], line["items"].as_array().map(Vec::len)),
        (&json!(second.id()), &json!(1), Some(1))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_that_is_declined_or_lapses_passes_on_and_leaving_ends_it() {
    let app = TestApp::start().await;
    let (garage, _, booked) = taken(&app).await;
    let [first, second, third] =
        [join(&garage, 1).await.id(), join(&garage, 2).await.id(), join(&garage, 3).await.id()];
    garage.post(&format!("/appointments/{booked}/cancel"), json!({})).await.expect(200);
    comes_to(&garage, &first, "offered").await;
    let declined = garage.post(&format!("/waitlist/{first}/decline"), json!({})).await.expect(200);
    assert_eq!(
        (&declined.body["status"], &declined.body["offers_not_taken"]),
        (&json!("waiting"), &json!(1))
    );
    garage.post(&format!("/waitlist/{first}/decline"), json!({})).await.expect(200);
    comes_to(&garage, &second, "offered").await;

    // A minute before the platform's clock says that it has lapsed, and at it.
    app.clock.set(morning() + TimeDelta::minutes(29));
    comes_to(&garage, &second, "offered").await;
    app.clock.set(morning() + TimeDelta::minutes(30));
    comes_to(&garage, &second, "waiting").await;
    let late = garage
        .post(&format!("/waitlist/{second}/accept"), json!({}))
        .await
        .problem(410, "waitlist-entry-offer-lapsed");
    assert!(late.body["open_slots"].as_array().is_some_and(|slots| !slots.is_empty()));
    comes_to(&garage, &third, "offered").await;
    let numbers = async || {
        let line = garage.get("/waitlist?status=waiting").await.expect(200).body;
        line["items"].as_array().into_iter().flatten().map(|item| item["id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(numbers().await, [json!(first), json!(second)]);

    garage.client.delete(&garage.path(&format!("/waitlist/{third}"))).await.expect(204);
    garage.client.delete(&garage.path(&format!("/waitlist/{third}"))).await.expect(204);
    comes_to(&garage, &third, "left").await;
    garage.post(&format!("/waitlist/{third}/accept"), json!({})).await.problem(410, "waitlist-entry-ended");
    // Nobody waits for what they have been offered before: it is open to all.
    until(|| async { garage.slots("tomorrow").await.len() == 8 }).await;

    // In pages, in the order of the line.
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page =
            garage.get(&format!("/waitlist?limit=1&service_id={}{cursor}", garage.service)).await.expect(200);
        seen.extend(page.body["items"].as_array().expect("items").iter().map(|item| item["id"].clone()));
        let Some(next) = page.body["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen, [json!(third), json!(first), json!(second)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_of_a_merged_customer_is_listed_with_the_survivor() {
    let app = TestApp::start().await;
    let (garage, _, booked) = taken(&app).await;
    let entry = join(&garage, 1).await;
    let merged = entry.body["customer_id"].as_str().expect("an id");
    let survivor =
        garage.post("/customers", json!({ "name": "Ada", "phone": "+573001112233" })).await.expect(201).id();
    let position = garage
        .post(&format!("/customers/{merged}/merge"), json!({ "into": survivor }))
        .await
        .expect(200)
        .position;
    let position = position.expect("a position");
    for id in [merged, &survivor] {
        let list =
            garage.get(&format!("/waitlist?customer_id={id}&min_position={position}")).await.expect(200).body;
        assert_eq!(
            (&list["items"][0]["id"], &list["items"][0]["customer_id"]),
            (&json!(entry.id()), &json!(survivor))
        );
    }
    garage.post(&format!("/appointments/{booked}/cancel"), json!({})).await.expect(200);
    comes_to(&garage, &entry.id(), "offered").await;
    let accepted = garage.post(&format!("/waitlist/{}/accept", entry.id()), json!({})).await.expect(200);
    assert_eq!(accepted.body["customer_id"], survivor);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_for_what_makes_no_sense() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let other = Garage::open(&app, "Other").await;
    let theirs = join(&other, 1).await.id();
    let before = app.events().await;
    let good = at_nine(&garage, 1);
    let with = |name: &str, value: Value| {
        let mut wish = good.clone();
        wish[name] = value;
        garage.post("/waitlist", wish)
    };
    for (name, value) in [
        ("last_date", json!("2026-11-23")),
        ("first_date", json!("2026-11-01")),
        ("last_date", json!("2028-01-01")),
        ("first_date", json!("2027-06-01")),
        ("to_time", json!("09:00")),
        ("duration_minutes", json!(45)),
        ("seats", json!(2)),
        ("resource_id", json!(other.resource)),
    ] {
        let mut wish = good.clone();
        wish[name] = value;
        if name == "first_date" {
            wish["last_date"] = wish["first_date"].clone();
        }
        garage.post("/waitlist", wish).await.problem(422, "waitlist-bad-wish");
    }
    with("first_date", json!("someday")).await.problem(400, "bad-request");
    with("from_time", json!("25:00")).await.problem(400, "bad-request");
    with("seats", json!(0)).await.problem(400, "bad-request");
    with("colour", json!("red")).await.problem(400, "bad-request");
    with("attendee", json!({ "name": "Ada" })).await.problem(422, "customer-unreachable");
    with("attendee", json!({})).await.problem(422, "invalid");
    with("service_id", json!(other.service)).await.problem(404, "service-not-found");
    for entry in [theirs.as_str(), "wle_01jz8k5f3xe8p9r2m4t6v7w8y9"] {
        garage.get(&format!("/waitlist/{entry}")).await.problem(404, "not-found");
        for answer in ["accept", "decline"] {
            garage
                .post(&format!("/waitlist/{entry}/{answer}"), json!({}))
                .await
                .problem(404, "waitlist-entry-not-found");
        }
        garage
            .client
            .delete(&garage.path(&format!("/waitlist/{entry}")))
            .await
            .problem(404, "waitlist-entry-not-found");
    }
    garage.get("/waitlist?status=happy").await.problem(400, "bad-request");
    garage.get("/waitlist?cursor=nonsense").await.problem(400, "bad-request");
    let details = |minutes: u32| json!({ "name": "Wash", "duration_minutes": 60, "waitlist_offer_minutes": minutes, "needs": [{ "any_of": [garage.resource] }] });
    for minutes in [0, 1441] {
        garage.post("/services", details(minutes)).await.problem(400, "bad-request");
    }
    assert_eq!(app.events().await, before, "something was stored");
    let service = garage.post("/services", details(5)).await.expect(201);
    assert_eq!(service.body["details"]["waitlist_offer_minutes"], 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_whom_nothing_suits_joins_by_voice() {
    let app = TestApp::start().await;
    let (garage, _, booked) = taken(&app).await;
    let wish = json!({ "day": "tomorrow", "part_of_day": "morning", "time": "9 am", "name": "Ada Lovelace" });
    let joined = garage.answer("c1", "t1", "join_waitlist", wish.clone()).await;
    assert_eq!(joined["status"], "waitlisted");
    // From nine in the morning on there is more, and that is told.
    assert_eq!(
        joined["message"],
        "Ada Lovelace is on the waitlist for Oil change, at number 1. When a time becomes free, it is kept for a while, and the business \
         gets in touch. Still open: Tuesday, November 24th at 10 in the morning or at 11 in the morning."
    );
    assert_eq!(joined["slots"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        garage.answer("c1", "t1", "join_waitlist", json!({ "name": "Eve" })).await,
        joined,
        "the first answer stands"
    );
    garage.post(&format!("/appointments/{booked}/cancel"), json!({})).await.expect(200);
    let entry = joined["entry_id"].as_str().expect("an id");
    let offered = comes_to(&garage, entry, "offered").await;
    assert_eq!(offered["offer"]["start"], "2026-11-24T09:00:00-05:00");
    assert!(offered["call_id"].as_str().is_some_and(|id| id.starts_with("call_")));
    let again = garage.answer("c2", "t1", "join_waitlist", wish).await;
    assert_eq!(
        (&again["status"], &again["message"]),
        (
            &json!("kept"),
            &json!(
                "Oil change on Tuesday, November 24th at 9 in the morning is being kept for Ada Lovelace, who only has to accept it. Still open: Tuesday, November 24th at 10 in the morning or at 11 in the morning."
            )
        )
    );
    let range = json!({ "day": "next monday", "last_day": "friday", "name": "Ada Lovelace" });
    let waits = garage.answer("c2", "t2", "join_waitlist", range).await;
    let entry = garage
        .get(&format!("/waitlist/{}", waits["entry_id"].as_str().expect("an id")))
        .await
        .expect(200)
        .body;
    assert_eq!((&entry["first_date"], &entry["last_date"]), (&json!("2026-11-30"), &json!("2026-12-04")));
    for (id, arguments, expected) in [
        ("t3", json!({ "day": "tomorrow" }), "name is missing"),
        ("t4", json!({ "day": "2020-01-01", "name": "Ada" }), "has passed"),
        ("t5", json!({ "last_day": "someday", "name": "Ada" }), "someday"),
    ] {
        let result = garage.tool("c2", id, "join_waitlist", arguments).await;
        assert!(result["error"].as_str().is_some_and(|error| error.contains(expected)), "{result}");
    }
    let far = garage.answer("c2", "t6", "join_waitlist", json!({ "day": "2027-10-01", "name": "Ada" })).await;
    assert_eq!((&far["status"], &far["slots"]), (&json!("refused"), &json!([])));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_that_is_kept_is_heard_of_accepted_and_declined_by_voice() {
    let app = TestApp::start().await;
    let (garage, _, booked) = taken(&app).await;
    let wish = json!({ "day": "tomorrow", "part_of_day": "morning", "time": "9 am", "name": "Ada Lovelace" });
    let joined = garage.answer("c1", "t1", "join_waitlist", wish.clone()).await;
    let entry = joined["entry_id"].as_str().expect("an id");
    let accept = json!({ "entry_id": entry });
    let early = garage.answer("c1", "t2", "accept_offer", accept.clone()).await;
    assert_eq!(early["status"], "refused", "nothing is offered yet: {early}");
    garage.post(&format!("/appointments/{booked}/cancel"), json!({})).await.expect(200);
    comes_to(&garage, entry, "offered").await;
    let unknown = garage.answer("c2", "t1", "accept_offer", accept.clone()).await;
    assert_eq!(unknown["status"], "refused", "this call does not know of it: {unknown}");
    let found = garage.answer("c2", "t2", "find_appointments", json!({})).await;
    assert_eq!((&found["status"], &found["offers"][0]["entry_id"]), (&json!("found"), &json!(entry)));
    let message = found["message"].as_str().expect("a message");
    assert!(message.contains("at 9 in the morning is being kept for Ada Lovelace"), "{message}");
    let accepted = garage.answer("c2", "t3", "accept_offer", accept.clone()).await;
    assert_eq!(accepted["status"], "booked", "{accepted}");
    assert_eq!(garage.answer("c2", "t4", "accept_offer", accept.clone()).await, accepted, "accepted once");
    let id = accepted["appointment_id"].as_str().expect("an id");
    assert_eq!(garage.get(&format!("/appointments/{id}")).await.expect(200).body["status"], "booked");
    let found = garage.answer("c2", "t5", "find_appointments", json!({})).await;
    assert_eq!((found["appointments"].as_array().map(Vec::len), found.get("offers")), (Some(1), None));

    // The next one does not want it.
    let joined = garage.answer("c3", "t1", "join_waitlist", wish).await;
    let entry = joined["entry_id"].as_str().expect("an id");
    garage.post(&format!("/appointments/{id}/cancel"), json!({})).await.expect(200);
    comes_to(&garage, entry, "offered").await;
    let gone = garage.answer("c2", "t6", "accept_offer", accept).await;
    assert_eq!(gone["status"], "refused", "what was accepted has been cancelled: {gone}");
    garage.answer("c3", "t2", "find_appointments", json!({})).await;
    let decline = json!({ "entry_id": entry });
    for id in ["t3", "t3 again"] {
        assert_eq!(garage.answer("c3", id, "decline_offer", decline.clone()).await["status"], "declined");
    }
    comes_to(&garage, entry, "waiting").await;
    let bad = garage.tool("c3", "t4", "decline_offer", json!({ "entry_id": "the first one" })).await;
    assert!(bad["error"].as_str().is_some_and(|error| error.contains("entry_id")), "{bad}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_knows_a_number_alone_hears_of_nothing_that_is_kept_for_it() {
    let app = TestApp::start().await;
    let (garage, _, booked) = taken(&app).await;
    let wish = json!({ "day": "tomorrow", "time": "9 am", "name": "Ada Lovelace" });
    let joined = garage.answer("c1", "t1", "join_waitlist", wish.clone()).await;
    let entry = joined["entry_id"].as_str().expect("an id");
    garage.post(&format!("/appointments/{booked}/cancel"), json!({})).await.expect(200);
    comes_to(&garage, entry, "offered").await;
    let join = async |call: &str, name: &str| {
        let mut arguments = wish.clone();
        arguments["name"] = json!(name);
        arguments["phone_number"] = json!("+573007654321");
        let mut message = tool_call(call, "t1", "join_waitlist", arguments);
        message["call"]["customer"]["number"] = json!("anonymous");
        let reply = garage.hook(message).await.expect(200);
        serde_json::from_str::<Value>(reply.body["results"][0]["result"].as_str().expect("a text"))
            .expect("JSON")
    };
    let stranger = join("c2", "Charles").await;
    assert_eq!(stranger["status"], "waitlisted", "{stranger}");
    let accept = json!({ "entry_id": entry });
    assert_eq!(garage.answer("c2", "t2", "accept_offer", accept).await["status"], "refused");
    assert_eq!(join("c3", "Ada").await["status"], "kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_familys_telephone_each_waits_under_their_own_name() {
    let app = TestApp::start().await;
    let (garage, ..) = taken(&app).await;
    let join = async |id: &str, name: &str| {
        let wish = json!({ "day": "tomorrow", "time": "9 am", "name": name });
        garage.answer("c1", id, "join_waitlist", wish).await["entry_id"].clone()
    };
    let (ada, leo) = (join("t1", "Ada Lovelace").await, join("t2", "Leo Lovelace").await);
    assert_ne!(ada, leo);
    assert_eq!((join("t3", "Ada").await, join("t4", "leo lovelace").await), (ada, leo.clone()));
    let entry = garage.get(&format!("/waitlist/{}", leo.as_str().expect("an id"))).await.expect(200).body;
    assert_eq!(entry["name"], "Leo Lovelace");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_for_a_day_on_which_it_is_closed() {
    let app = TestApp::start().await;
    let (garage, ..) = taken(&app).await;
    let closed = json!({ "windows": [] });
    garage.client.put(&garage.path("/date-overrides/2026-11-26"), closed).await.expect(200);
    let join = async |id: &str, day: &str, last_day: &str| {
        let wish = json!({ "day": day, "last_day": last_day, "name": "Ada Lovelace" });
        garage.answer("c1", id, "join_waitlist", wish).await
    };
    let refused = join("t1", "2026-11-26", "2026-11-26").await;
    assert_eq!(refused["status"], "refused", "{refused}");
    assert!(refused["message"].as_str().is_some_and(|said| said.contains("closed")), "{refused}");
    assert_eq!(join("t2", "2026-11-26", "2026-11-27").await["status"], "waitlisted");
    let wish = json!({
        "service_id": garage.service, "first_date": "2026-11-24", "from_time": "18:00", "to_time": "20:00",
        "attendee": { "name": "Ada", "phone": "+573001112233" },
    });
    garage.post("/waitlist", wish).await.problem(422, "waitlist-closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_is_nobodys_own_is_not_taken_for_the_callers() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let line = json!({ "name": "Line", "authentication": "secret", "numbers": [{ "kind": "phone_number", "value": "+576017654321" }] });
    garage.post("/channels", line).await.expect(201);
    let slot = garage.slots("tomorrow").await.remove(0);
    for (id, number) in [("1", "+576017654321"), ("2", "01 8000 123456"), ("3", "3333333333")] {
        for (tool, arguments) in [
            ("book_appointment", json!({ "slot_token": slot, "name": "Ada", "phone_number": number })),
            ("join_waitlist", json!({ "name": "Ada", "phone_number": number })),
            ("find_appointments", json!({ "name": "Ada", "phone_number": number })),
        ] {
            let result = garage.tool("c1", &format!("{tool}-{id}"), tool, arguments).await;
            assert!(result["error"].as_str().is_some_and(|error| error.contains("phone_number")), "{result}");
        }
    }
    let own = json!({ "slot_token": slot, "name": "Ada", "phone_number": "300 765 4322" });
    assert_eq!(garage.answer("c1", "4", "book_appointment", own).await["status"], "booked");
}
