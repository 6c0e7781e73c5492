//! What a caller is told of open times by voice: those that suit, or why there are none and what there is
//! instead.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::support::app::{Garage, TestApp, tool_call};
use crate::support::process::morning;

async fn change(garage: &Garage, changes: Value) {
    let path = format!("/services/{}", garage.service);
    let mut details = garage.get(&path).await.expect(200).body["details"].clone();
    details.as_object_mut().expect("an object").extend(changes.as_object().expect("changes").clone());
    garage.client.put(&garage.path(&path), details).await.expect(200);
}

/// Asks under ids of its own.
struct Caller<'a> {
    garage: &'a Garage,
    call: &'static str,
    asked: std::cell::Cell<usize>,
}

impl<'a> Caller<'a> {
    fn of(garage: &'a Garage, call: &'static str) -> Self {
        Self { garage, call, asked: std::cell::Cell::new(0) }
    }

    async fn tool(&self, tool: &str, arguments: Value) -> Value {
        self.asked.set(self.asked.get() + 1);
        self.garage.answer(self.call, &format!("t{}", self.asked.get()), tool, arguments).await
    }

    async fn check(&self, arguments: Value) -> Value {
        self.tool("check_availability", arguments).await
    }
}

/// What a search at another time than in the morning comes to.
async fn found_at(garage: &Garage, now: DateTime<Utc>, arguments: Value) -> Value {
    let call = tool_call("c1", &arguments.to_string(), "check_availability", arguments);
    let body = json!({ "message": call }).to_string();
    let result = garage.hook_at(now, body.as_bytes()).await.expect(200).body["results"][0].clone();
    result["result"].as_str().map_or(result.clone(), |text| serde_json::from_str(text).expect("JSON"))
}

fn times(answer: &Value) -> Vec<&str> {
    answer["slots"]
        .as_array()
        .expect("slots")
        .iter()
        .map(|slot| slot["time"].as_str().expect("a time"))
        .collect()
}

async fn block(garage: &Garage, from: &str, to: &str) {
    let off = json!({ "start": from, "end": to });
    garage.post(&format!("/resources/{}/time-off", garage.resource), off).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_nearest_times_of_the_same_part_of_the_day_are_told_and_that_there_are_more() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let caller = Caller::of(&garage, "c1");
    let many = caller.check(json!({ "day": "tomorrow" })).await;
    assert!(many["message"].as_str().is_some_and(|said| said.ends_with("There are more.")), "{many}");
    assert_eq!(times(&many).len(), 3);
    let last = caller.check(json!({ "day": "tomorrow", "part_of_day": "morning" })).await;
    assert!(last["message"].as_str().is_some_and(|said| !said.contains("more")), "{last}");

    let exact = caller.check(json!({ "day": "tomorrow at 2 pm" })).await;
    let at =
        |hours: [&str; 3]| hours.map(|hour| format!("Tuesday, November 24th at {hour} in the afternoon"));
    assert_eq!(times(&exact), at(["2", "3", "1"]));
    let any_day = caller.check(json!({ "time": "2 pm" })).await;
    assert!(times(&any_day).iter().all(|time| time.contains("at 2 in the afternoon")), "{any_day}");

    block(&garage, "2026-11-24T12:00:00-05:00", "2026-11-24T17:00:00-05:00").await;
    let none = caller.check(json!({ "day": "tomorrow afternoon" })).await;
    assert_eq!((&none["status"], &none["reason"]), (&json!("none_open"), &json!("closed")));
    assert!(times(&none)[0].starts_with("Wednesday, November 25th at noon"), "{none}");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_said_why_no_time_is_open() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let caller = Caller::of(&garage, "c1");
    let why = async |arguments: Value, reason: &str, said: &str| {
        let answer = caller.check(arguments.clone()).await;
        assert_eq!(answer["reason"], reason, "{arguments}: {answer}");
        assert!(answer["message"].as_str().is_some_and(|message| message.contains(said)), "{answer}");
        answer
    };
    let far =
        why(json!({ "day": "2027-03-01" }), "too_far", "can be booked up to Friday, January 22nd").await;
    assert_eq!(times(&far).len(), 3, "what can be had instead");
    for slot in garage.slots("tomorrow").await.iter().enumerate() {
        garage.book(slot.1, slot.0 + 1).await.expect(201);
    }
    why(json!({ "day": "tomorrow" }), "full", "is fully booked then").await;
    change(&garage, json!({ "minimum_notice_minutes": 3 * 24 * 60 })).await;
    why(json!({ "day": "the day after tomorrow" }), "too_soon", "The earliest").await;
    let limits = json!([{ "of": "service", "per": "week", "bookings": 1 }]);
    change(&garage, json!({ "minimum_notice_minutes": 0, "limits": limits })).await;
    garage.book(&garage.slots("2026-12-07").await[0], 99).await.expect(201);
    why(json!({ "day": "2026-12-08" }), "limit_reached", "No more appointments").await;
    change(&garage, json!({ "limits": [] })).await;
    block(&garage, "2026-11-25T00:00:00-05:00", "2026-12-30T00:00:00-05:00").await;
    let later = why(json!({ "day": "friday" }), "closed", "Nobody who does Oil change is there").await;
    assert!(times(&later)[0].starts_with("Wednesday, December 30th"), "{later}");
    block(&garage, "2026-11-23T00:00:00-05:00", "2026-11-24T00:00:00-05:00").await;
    let next = caller.check(json!({})).await;
    assert!(times(&next)[0].starts_with("Wednesday, December 30th"), "{next}");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_whom_for_how_many_and_how_long_are_arguments() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let second = garage.post("/resources", json!({ "name": "José Pérez" })).await.expect(201).id();
    change(
        &garage,
        json!({ "needs": [{ "any_of": [garage.resource, second] }], "other_durations": [120], "seats": 4 }),
    )
    .await;
    let caller = Caller::of(&garage, "c1");
    let open = caller
        .check(json!({ "day": "tomorrow", "with": "jose", "duration_minutes": "120", "seats": 3 }))
        .await;
    assert_eq!(open["durations_minutes"], json!([60, 120]));
    assert_eq!((&open["seats_max"], &open["with"]), (&json!(4), &json!(["Ana", "José Pérez"])));
    let token = open["slots"][0]["slot_token"].clone();
    let booked = caller.tool("book_appointment", json!({ "slot_token": token, "name": "Ada" })).await;
    let id = booked["appointment_id"].as_str().expect("an id");
    let appointment = garage.get(&format!("/appointments/{id}")).await.expect(200).body;
    assert_eq!(appointment["resource_ids"], json!([second]));
    assert_eq!(appointment["end"], "2026-11-24T11:00:00-05:00");
    for (arguments, said) in [
        (json!({ "with": "Pedro" }), "Ana or José Pérez"),
        (json!({ "duration_minutes": 45 }), "60 or 120"),
        (json!({ "duration_minutes": "long" }), "whole number"),
        (json!({ "seats": 9 }), "4"),
    ] {
        let asked = format!("{arguments}");
        let result = garage.tool("c2", &asked, "check_availability", arguments).await;
        assert!(result["error"].as_str().is_some_and(|error| error.contains(said)), "{asked}: {result}");
    }
    let mut profile = garage.get("").await.expect(200).body["profile"].clone();
    profile["language"] = "es".into();
    garage.client.put(&garage.path(""), profile).await.expect(200);
    for (arguments, said) in [
        (json!({ "duration_minutes": 45 }), "duration_minutes: se ofrece con 60 o 120 minutos, no con 45"),
        (json!({ "seats": 9 }), "seats: se pueden reservar de 1 a 4"),
    ] {
        let result = garage.tool("c3", said, "check_availability", arguments).await;
        assert!(result["error"].as_str().is_some_and(|error| error.starts_with(said)), "{result}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_closed_is_not_said_to_be() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let now = morning() + TimeDelta::hours(8);
    app.clock.set(now);
    block(&garage, "2026-11-25T09:00:00-05:00", "2026-11-25T11:00:00-05:00").await;
    for (arguments, reason, said) in [
        (
            json!({ "day": "tomorrow", "time": "16:30" }),
            "closed",
            "There is not enough time left for Oil change then.",
        ),
        (
            json!({ "day": "wednesday", "time": "9:00" }),
            "closed",
            "Nobody who does Oil change is there then.",
        ),
        (json!({ "day": "wednesday", "time": "19:00" }), "closed", "It is closed for Oil change then."),
        (json!({ "day": "today", "time": "9:00" }), "passed", "That time has passed."),
    ] {
        let none = found_at(&garage, now, arguments).await;
        assert_eq!(none["reason"], reason, "{none}");
        assert!(none["message"].as_str().is_some_and(|message| message.starts_with(said)), "{none}");
    }
    for (day, said) in [("last friday", "Friday, November 20th"), ("yesterday", "Sunday, November 22nd")] {
        let over = found_at(&garage, now, json!({ "day": day })).await;
        let error = over["error"].as_str().unwrap_or_else(|| panic!("{over}"));
        assert!(error.contains(said) && error.contains("has passed"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_hour_that_comes_twice_the_first_is_offered_first_and_one_that_clocks_skip_is_named() {
    let now = "2026-10-31T16:00:00Z".parse().expect("an instant");
    let app = TestApp::builder().at(now).start().await;
    let garage = Garage::open(&app, "Garage").await;
    let mut profile = garage.get("").await.expect(200).body["profile"].clone();
    profile["zone"] = "America/New_York".into();
    garage.client.put(&garage.path(""), profile).await.expect(200);
    let always = json!([{ "opens": "00:00", "closes": "24:00" }]);
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let hours: serde_json::Map<String, Value> =
        days.iter().map(|name| ((*name).to_owned(), always.clone())).collect();
    garage.client.put(&garage.path("/hours"), json!(hours)).await.expect(200);
    change(
        &garage,
        json!({ "duration_minutes": 30, "step_minutes": 30, "horizon": { "kind": "days", "days": 365 } }),
    )
    .await;
    let twice = found_at(&garage, now, json!({ "day": "tomorrow", "time": "1:30 am" })).await;
    assert_eq!(
        times(&twice)[..2],
        [
            "Sunday, November 1st at 1:30 in the morning before the clocks go back",
            "Sunday, November 1st at 1:30 in the morning after the clocks go back"
        ]
    );
    let skipped = found_at(&garage, now, json!({ "day": "2027-03-14", "time": "2:30 am" })).await;
    assert!(
        skipped["message"].as_str().is_some_and(|said| said.starts_with("That time does not exist")),
        "{skipped}"
    );
    // A program's 10:00 is plain, though 22:00 is open, too.
    let path = format!("/availability?service_id={}&day=tomorrow&time=10:00&limit=1", garage.service);
    let slots = garage.get(&path).await.expect(200).body["slots"].clone();
    assert_eq!(slots[0]["start"], "2026-11-01T10:00:00-05:00");
    let far = found_at(&garage, now, json!({ "day": "2027-10-01" })).await;
    assert!(times(&far)[0].starts_with("Friday, October 1st, 2027 at"), "{far}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_appointment_is_moved_by_voice_over_its_own_time() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    change(&garage, json!({ "step_minutes": 15 })).await;
    let caller = Caller::of(&garage, "c1");
    let open = caller.check(json!({ "day": "tomorrow", "time": "11:30" })).await;
    let at = |answer: &Value, start: &str| -> Value {
        let slots = answer["slots"].as_array().expect("slots");
        let slot = slots.iter().find(|slot| slot["time"].as_str().is_some_and(|time| time.contains(start)));
        slot.unwrap_or_else(|| panic!("no {start} in {answer}"))["slot_token"].clone()
    };
    let book = json!({ "slot_token": at(&open, "11:30"), "name": "Ada" });
    let booked = caller.tool("book_appointment", book).await["appointment_id"].clone();
    change(&garage, json!({ "duration_minutes": 30 })).await;
    let later = caller.check(json!({ "day": "tomorrow", "time": "11:45", "appointment_id": booked })).await;
    let moved = json!({ "appointment_id": booked, "slot_token": at(&later, "11:45") });
    assert_eq!(caller.tool("reschedule_appointment", moved).await["status"], "rescheduled");
    let id = booked.as_str().expect("an id");
    let appointment = garage.get(&format!("/appointments/{id}")).await.expect(200).body;
    assert_eq!(
        (&appointment["start"], &appointment["end"]),
        (&json!("2026-11-24T11:45:00-05:00"), &json!("2026-11-24T12:45:00-05:00"))
    );
    // Whoever has not heard of it in their call cannot look from where it is.
    let refused = garage.tool("c2", "t1", "check_availability", json!({ "appointment_id": booked })).await;
    assert!(refused["error"].as_str().is_some_and(|error| error.contains("find_appointments")), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_offers_nothing_that_would_be_refused_again() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    change(&garage, json!({ "limits": [{ "of": "customer", "per": "day", "bookings": 1 }] })).await;
    let caller = Caller::of(&garage, "c1");
    let open = caller.check(json!({ "day": "tomorrow" })).await;
    let book = async |slot: usize| {
        let arguments = json!({ "slot_token": open["slots"][slot]["slot_token"], "name": "Ada" });
        caller.tool("book_appointment", arguments).await
    };
    assert_eq!(book(0).await["status"], "booked");
    let refused = book(1).await;
    assert_eq!(refused["status"], "refused");
    assert!(times(&refused)[0].starts_with("Wednesday, November 25th"), "{refused}");
    let appointment = garage.get("/appointments").await.expect(200).body["items"][0]["id"].clone();
    let other = json!({ "slot_token": open["slots"][2]["slot_token"], "appointment_id": appointment });
    assert_eq!(
        caller.tool("reschedule_appointment", other).await["status"],
        "rescheduled",
        "its own share is free"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_users_of_the_running_binary_came_upon() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let caller = Caller::of(&garage, "c1");
    // A time outside the hours is not answered as if it were open.
    let closed = caller.check(json!({ "day": "tomorrow", "time": "7 pm" })).await;
    assert_eq!((&closed["status"], &closed["reason"]), (&json!("none_open"), &json!("closed")), "{closed}");
    assert_eq!(times(&closed)[0], "Tuesday, November 24th at 4 in the afternoon", "the nearest");
    // Another name of an argument is not ignored.
    let alias = caller.check(json!({ "date": "tomorrow", "start_time": "2 pm" })).await;
    assert_eq!(times(&alias)[0], "Tuesday, November 24th at 2 in the afternoon");
    assert!(alias["message"].as_str().is_some_and(|said| said.ends_with("There are more.")), "{alias}");
    // Initials are a name, too.
    let book = async |slot: usize, name: &str| {
        let arguments = json!({ "slot_token": alias["slots"][slot]["slot_token"], "name": name });
        caller.tool("book_appointment", arguments).await
    };
    let first = book(0, "J P").await["appointment_id"].clone();
    assert_eq!(book(0, "j. p.").await["appointment_id"], first);

    // Whoever is moved stays with the same person, unless they want another one.
    let second = garage.post("/resources", json!({ "name": "Emma Jones" })).await.expect(201).id();
    change(&garage, json!({ "needs": [{ "any_of": [garage.resource, second] }] })).await;
    let with = caller.check(json!({ "day": "wednesday", "with": "Dr. Jones" })).await;
    let arguments = json!({ "slot_token": with["slots"][0]["slot_token"], "name": "Grace Hopper" });
    let id = caller.tool("book_appointment", arguments).await["appointment_id"].clone();
    for (with, who) in
        [(Value::Null, &second), (json!("it doesn't matter"), &second), (json!("Ana"), &garage.resource)]
    {
        let open = caller.check(json!({ "day": "thursday", "appointment_id": id, "with": with })).await;
        let moved = json!({ "appointment_id": id, "slot_token": open["slots"][2]["slot_token"] });
        assert_eq!(caller.tool("reschedule_appointment", moved).await["status"], "rescheduled");
        let path = format!("/appointments/{}", id.as_str().expect("an id"));
        assert_eq!(garage.get(&path).await.expect(200).body["resource_ids"], json!([who]), "{with}");
    }
}
