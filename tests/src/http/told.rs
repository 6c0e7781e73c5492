//! What callers are told of opening hours and services.

use serde_json::{Value, json};

use crate::support::app::{Garage, TestApp};

fn message(answer: &Value) -> &str {
    answer["message"].as_str().unwrap_or_else(|| panic!("no message: {answer}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn opening_hours_are_told_as_they_are_today_and_in_the_coming_weeks() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let mut hours = garage.get("").await.expect(200).body["hours"].clone();
    hours["closures"] = json!([{ "first": "2026-11-23", "last": "2026-12-13", "name": "summer holidays" }]);
    garage.client.put(&garage.path("/hours"), hours.clone()).await.expect(200);
    let closed = garage.answer("c1", "t1", "get_business_hours", json!({})).await;
    assert_eq!(
        message(&closed),
        "Closed until Sunday, December 13th: summer holidays. From Monday, December 14th, Monday to Sunday: 9 in the morning to 5 in \
         the evening."
    );

    hours["closures"] = json!([{ "first": "2026-12-02", "last": "2026-12-02", "name": "inventory" }]);
    garage.client.put(&garage.path("/hours"), hours).await.expect(200);
    let week = garage.answer("c1", "t2", "get_business_hours", json!({ "day": "next week" })).await;
    assert_eq!(
        message(&week),
        "From Monday, November 30th to Tuesday, December 1st: 9 in the morning to 5 in the evening; Wednesday, December 2nd: closed \
         (inventory); from Thursday, December 3rd to Sunday, December 6th: 9 in the morning to 5 in the evening."
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn services_are_told_with_their_terms_and_the_address_of_the_business() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let mut profile = garage.get("").await.expect(200).body["profile"].clone();
    profile["address"] = json!("Calle 7 #10");
    garage.client.put(&garage.path(""), profile).await.expect(200);
    let path = format!("/services/{}", garage.service);
    let mut details = garage.get(&path).await.expect(200).body["details"].clone();
    details["price"] = json!({ "amount": 4_000, "currency": "EUR" });
    garage.client.put(&garage.path(&path), details.clone()).await.expect(200);
    let only = garage.answer("c1", "t1", "get_services", json!({})).await;
    assert_eq!(message(&only), "Oil change takes 1 hour and costs 40 EUR. The address is Calle 7 #10.");

    details["name"] = "Car wash".into();
    let added = garage.post("/services", details).await.expect(201);
    let position = added.position.expect("a position");
    garage.get(&format!("/services?min_position={position}")).await.expect(200);
    let both = garage.answer("c1", "t2", "get_services", json!({ "service": "all" })).await;
    assert_eq!(message(&both), "The services are Oil change and Car wash. The address is Calle 7 #10.");
    let one = garage.answer("c1", "t3", "get_services", json!({ "service": "a car wash, please" })).await;
    assert_eq!(message(&one), "Car wash takes 1 hour and costs 40 EUR.");
    let none = garage.tool("c1", "t4", "get_services", json!({ "service": "tattoo" })).await;
    let error = none["error"].as_str().expect("an error");
    assert!(error.contains("Oil change or Car wash"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_told_as_one_until_it_is_approved() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let path = format!("/services/{}", garage.service);
    let mut details = garage.get(&path).await.expect(200).body["details"].clone();
    details["approval_within_minutes"] = json!(60);
    garage.client.put(&garage.path(&path), details).await.expect(200);
    let slot = garage.slots("tomorrow").await.remove(0);
    let book = json!({ "slot_token": slot, "name": "Ada Lovelace" });
    let requested = garage.answer("c1", "t1", "book_appointment", book).await;
    let found = garage.answer("c1", "t2", "find_appointments", json!({})).await;
    assert_eq!(found["appointments"][0]["status"], "requested");
    let message = found["message"].as_str().expect("a message");
    assert!(message.contains("at 9 in the morning (still to be confirmed)"), "{message}");
    let id = requested["appointment_id"].as_str().expect("an id");
    let read = garage.get(&format!("/appointments/{id}")).await.expect(200).etag.expect("a tag");
    let approve = garage.path(&format!("/appointments/{id}/approve"));
    garage.client.post_with(&approve, &[("if-match", &read)], json!({})).await.expect(200);
    let found = garage.answer("c1", "t3", "find_appointments", json!({})).await;
    assert!(!found.to_string().contains("confirmed"), "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_wants_somebody_who_does_not_do_it_hears_who_does() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let asked = garage.tool("c1", "t1", "check_availability", json!({ "with": "Grace" })).await;
    assert!(asked["error"].as_str().is_some_and(|error| error.contains("Ana")), "{asked}");
    let open = garage.answer("c1", "t2", "check_availability", json!({ "with": "ana" })).await;
    assert_eq!((&open["status"], open.get("with")), (&json!("open"), None));
}
