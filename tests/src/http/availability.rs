//! What services need, and when they are open, over the API.

use serde_json::{Value, json};

use crate::support::app::{Garage, TestApp};

/// A service with these details besides a name, and what is open tomorrow: start, seats left and token of
/// each slot.
async fn open(garage: &Garage, mut details: Value, asked: &str) -> Vec<(String, Option<i64>, String)> {
    details["name"] = json!("Service");
    let added = garage.post("/services", details).await.expect(201);
    slots(garage, &added.id(), &format!("{asked}&min_position={}", added.position.expect("a position"))).await
}

async fn slots(garage: &Garage, service: &str, asked: &str) -> Vec<(String, Option<i64>, String)> {
    let reply = garage
        .get(&format!("/availability?service_id={service}&day=tomorrow&limit=100{asked}"))
        .await
        .expect(200);
    let text = |slot: &Value, field: &str| slot[field].as_str().expect(field).to_owned();
    let slot = |slot: &Value| {
        (text(slot, "start")[11..16].to_owned(), slot["seats_left"].as_i64(), text(slot, "slot_token"))
    };
    reply.body["slots"].as_array().expect("slots").iter().map(slot).collect()
}

fn starts(slots: &[(String, Option<i64>, String)]) -> Vec<&str> {
    slots.iter().map(|(start, ..)| start.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mechanic_and_a_bay_are_booked_together_with_buffers() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let bay = garage.post("/resources", json!({ "name": "Bay 1" })).await.expect(201).id();
    let details = json!({
        "name": "Inspection", "duration_minutes": 60, "other_durations": [120], "step_minutes": 60,
        "buffer_after_minutes": 30, "needs": [{ "any_of": [garage.resource] }, { "any_of": [bay] }],
    });
    let added = garage.post("/services", details.clone()).await.expect(201);
    assert_eq!(added.body["details"]["needs"].as_array().map(Vec::len), Some(2));
    let (service, position) = (added.id(), added.position.expect("a position"));
    let long = slots(&garage, &service, &format!("&duration_minutes=120&min_position={position}")).await;
    assert_eq!(starts(&long), ["09:00", "10:00", "11:00", "12:00", "13:00", "14:00", "15:00"]);
    let booked = garage.book(&long[1].2, 1).await.expect(201);
    assert_eq!(booked.body["end"], "2026-11-24T12:00:00-05:00");
    assert_eq!(booked.body["resource_ids"], json!([garage.resource, bay]));
    let position = booked.position.expect("a position");
    // From 10:00 to 12:00, and half an hour after it; who comes before needs half an hour, too.
    let short = slots(&garage, &service, &format!("&min_position={position}")).await;
    assert_eq!(starts(&short), ["13:00", "14:00", "15:00", "16:00"]);
    // The mechanic's other service knows of it; the bay can be used by whoever needs only that.
    assert_eq!(
        starts(&slots(&garage, &garage.service, "").await),
        ["09:00", "13:00", "14:00", "15:00", "16:00"]
    );
    garage
        .get(&format!("/availability?service_id={service}&day=tomorrow&duration_minutes=90"))
        .await
        .problem(422, "invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn classes_say_how_many_seats_are_left_and_limits_close_the_day() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Studio").await;
    let class = json!({ "duration_minutes": 60, "step_minutes": 60, "seats": 4, "needs": [{ "any_of": [garage.resource] }] });
    let seats = open(&garage, class, "&seats=3").await;
    let booked = garage.book(&seats[0].2, 1).await.expect(201);
    let (service, position) = (
        booked.body["service_id"].as_str().expect("a service").to_owned(),
        booked.position.expect("a position"),
    );
    let one = slots(&garage, &service, &format!("&min_position={position}")).await;
    assert_eq!((one[0].0.as_str(), one[0].1, one[1].1), ("09:00", Some(1), None));
    assert_eq!(starts(&slots(&garage, &service, "&seats=2").await)[0], "10:00");
    garage
        .get(&format!("/availability?service_id={service}&day=tomorrow&seats=5"))
        .await
        .problem(422, "invalid");

    let limit = json!([{ "of": "service", "per": "day", "bookings": 1 }]);
    let limited = json!({ "duration_minutes": 60, "step_minutes": 60, "limits": limit, "needs": [{ "any_of": [garage.resource] }] });
    let limited = open(&garage, limited, "").await;
    assert_eq!(limited.len(), 7);
    let booked = garage.book(&limited[0].2, 2).await.expect(201);
    garage.book(&limited[1].2, 3).await.problem(409, "quota-limit-reached");
    let (service, position) = (
        booked.body["service_id"].as_str().expect("a service").to_owned(),
        booked.position.expect("a position"),
    );
    assert_eq!(slots(&garage, &service, &format!("&min_position={position}")).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn seasons_closures_and_public_holidays_are_kept() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let day = json!([{ "opens": "09:00", "closes": "10:00" }]);
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let mut hours: serde_json::Map<String, Value> =
        days.iter().map(|name| ((*name).to_owned(), day.clone())).collect();
    hours.insert("public_holidays".into(), json!("CO"));
    hours.insert(
        "closures".into(),
        json!([{ "first": "2026-12-24", "last": "2026-12-26", "name": "Christmas" }]),
    );
    hours.insert("seasons".into(), json!([{ "first": "2026-12-15", "last": "2026-12-31", "hours": { "tuesday": [{ "opens": "12:00", "closes": "13:00" }], "friday": day } }]));
    let changed = garage.client.put(&garage.path("/hours"), Value::Object(hours.clone())).await.expect(200);
    assert_eq!(changed.body["hours"]["public_holidays"], "CO");
    let position = changed.position.expect("a position");
    let service = &garage.service;
    let found = garage
        .get(&format!(
            "/availability?service_id={service}&from=2026-12-07T00:00:00Z&to=2027-01-03T00:00:00Z&limit=100&min_position={position}"
        ))
        .await
        .expect(200);
    let starts: Vec<&str> = found.body["slots"]
        .as_array()
        .expect("slots")
        .iter()
        .filter_map(|slot| slot["start"].as_str())
        .collect();
    // The 8th is a public holiday; from the 15th on only Tuesdays and Fridays; the 25th is within the
    // closure, and New Year a holiday.
    let mornings =
        ["07", "09", "10", "11", "12", "13", "14"].map(|day| format!("2026-12-{day}T09:00:00-05:00"));
    let season = ["15T12", "18T09", "22T12", "29T12"].map(|time| format!("2026-12-{time}:00:00-05:00"));
    let after = ["2027-01-02T09:00:00-05:00".to_owned()];
    assert_eq!(starts, mornings.iter().chain(&season).chain(&after).map(String::as_str).collect::<Vec<_>>());

    hours.insert("public_holidays".into(), json!("XX"));
    garage.client.put(&garage.path("/hours"), Value::Object(hours)).await.problem(400, "bad-request");
    garage.client.put(&garage.path("/hours"), json!({})).await.problem(422, "business-bad-hours");
}
