//! Every operation of openapi.json, tried with every key that must not do it, and with the one that may.
//!
//! Each is tried with a request that is right, so that a refusal is about the key and about nothing else.

pub mod operation;
pub mod things;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde_json::json;

use self::operation::Operation;
use self::things::Things;
use crate::support::app::{Garage, TestApp};

/// Operations for everybody.
const PUBLIC: &[&str] = &["health"];
/// Operations that need a key, of whatever scope, and tell nothing of any business.
const HARMLESS: &[&str] = &["get_assistant_tools"];
/// Operations of a business that only read, but not for the scope tenant_read.
const AUDITS: &[&str] = &["get_appointment_history"];
/// What is refused to the right key, too, because of how things stand. That is looked at last.
const NOT_NOW: &[(&str, &str)] = &[
    ("check_in", "appointment-too-early-to-check-in"),
    ("complete_appointment", "appointment-not-begun"),
    ("record_no_show", "appointment-not-begun"),
    ("decline_appointment", "appointment-already-booked"),
    ("accept_waitlist_offer", "waitlist-entry-not-offered"),
    ("decline_waitlist_offer", "waitlist-entry-not-offered"),
    ("retry_delivery", "delivery-not-parked"),
    ("skip_delivery", "delivery-not-parked"),
    ("retry_job", "job-not-dead"),
    ("discard_job", "job-not-dead"),
];

/// The operations that not everybody may do.
async fn operations(app: &TestApp) -> Vec<Operation> {
    let document = app.client(None).get("/openapi.json").await.expect(200).body;
    let mut operations = Operation::all(&document);
    operations.retain(|operation| !PUBLIC.contains(&operation.id.as_str()));
    operations
}

fn is_harmless(operation: &Operation) -> bool {
    HARMLESS.contains(&operation.id.as_str())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_operation_tells_or_changes_anything_without_a_key() {
    let app = TestApp::start().await;
    let things = Things::make(&app, "Garage").await;
    let before = app.events().await;
    for operation in operations(&app).await {
        for key in [None, Some("nonsense"), Some("fd_01jz8k5f3xe8p9r2m4t6v7w8y9_x")] {
            let reply = things.try_out(&operation, &app.client(key)).await;
            assert_eq!(reply.status, 401, "{}: {}", operation.id, reply.text);
        }
    }
    assert_eq!(app.events().await, before);
}

/// Were a request wrong, the refusals of the other tests would prove nothing.
#[tokio::test(flavor = "multi_thread")]
async fn with_the_right_key_every_operation_is_carried_out_or_refused_for_how_things_stand() {
    let app = TestApp::start().await;
    let things = Things::make(&app, "Garage").await;
    let not_now: BTreeMap<&str, &str> = NOT_NOW.iter().copied().collect();
    // What ends something comes last, and of that the parts before the whole.
    let (mut ending, ordinary): (Vec<_>, Vec<_>) =
        operations(&app).await.into_iter().partition(Operation::ends_something);
    ending.sort_by_key(|operation| Reverse(operation.path.matches('/').count()));
    for operation in ordinary.into_iter().chain(ending) {
        let client = if operation.is_operators() { app.operator() } else { things.garage.client.clone() };
        let reply = things.try_out(&operation, &client).await;
        match not_now.get(operation.id.as_str()) {
            None => assert!(
                (200..300).contains(&reply.status),
                "{} gave {}: {}",
                operation.id,
                reply.status,
                reply.text
            ),
            Some(kind) => drop(reply.problem(409, kind)),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_one_business_reads_and_writes_nothing_of_another() {
    let app = TestApp::start().await;
    let (own, other) = (Things::make(&app, "Own").await, Things::make(&app, "Other").await);
    let before = app.events().await;
    let client = &own.garage.client;
    for operation in operations(&app).await.into_iter().filter(|operation| !is_harmless(operation)) {
        let reply = other.try_out(&operation, client).await;
        let expected = match operation.id.as_str() {
            "list_businesses" => 200,
            _ if operation.is_of_a_business() => 404,
            _ => 403,
        };
        assert_eq!(reply.status, expected, "{}: {}", operation.id, reply.text);
        assert!(
            !other.private().iter().any(|id| reply.text.contains(id)),
            "{} tells of the other: {}",
            operation.id,
            reply.text
        );
    }
    assert_eq!(app.events().await, before, "something was written");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_business_has_is_not_found_at_ones_own() {
    let app = TestApp::start().await;
    let (own, other) = (Things::make(&app, "Own").await, Things::make(&app, "Other").await);
    let before = app.events().await;
    let client = &own.garage.client;
    // Under the name of one's own business; and a body of things of the other's, for times of one's own.
    let disguised = Garage { business: own.garage.business.clone(), ..other.garage.clone() };
    let disguised = Things { garage: disguised, ..other.clone() };
    let smuggled = Things { slots: own.slots.clone(), ..other.clone() };
    let tells =
        |text: &str, asked: &str| other.private().iter().any(|id| text.contains(id) && !asked.contains(id));
    for operation in operations(&app).await.iter().filter(|operation| operation.is_of_a_business()) {
        let id = &operation.id;
        if operation.names_something() {
            let address = disguised.address(operation);
            let reply = own.send_to(operation, client, &address).await;
            assert_eq!(reply.status, 404, "{id} in the address: {}", reply.text);
            assert!(!tells(&reply.text, &address), "{id} tells of the other: {}", reply.text);
        }
        if smuggled.body(operation) != own.body(operation) {
            let reply = smuggled.send_to(operation, client, &own.address(operation)).await;
            assert_eq!(reply.status, 404, "{id} in the body: {}", reply.text);
            assert!(!tells(&reply.text, ""), "{id} tells of the other: {}", reply.text);
        }
        for query in operation.queries.iter().filter(|query| query.names_something() && !query.required) {
            let address =
                format!("{}&{}={}", own.address(operation), query.name, other.value(operation, &query.name));
            let reply = own.send_to(operation, client, &address).await;
            let is_empty = reply.status == 200 && reply.body["items"] == json!([]);
            assert!(
                is_empty || reply.status == 422,
                "{id} by {} gave {}: {}",
                query.name,
                reply.status,
                reply.text
            );
            assert!(!tells(&reply.text, &address), "{id} tells of the other: {}", reply.text);
        }
    }
    assert_eq!(app.events().await, before, "something was written");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_scope_does_what_it_is_for_and_no_more() {
    let app = TestApp::start().await;
    let things = Things::make(&app, "Garage").await;
    let key = async |scope: &str| {
        let issued =
            things.garage.post("/api-keys", json!({ "name": scope, "scope": scope })).await.expect(201);
        app.client(issued.body["key"].as_str())
    };
    let (reader, auditor) = (key("tenant_read").await, key("auditor").await);
    let before = app.events().await;
    for operation in operations(&app).await.into_iter().filter(|operation| !is_harmless(operation)) {
        let (read, audit) =
            (things.try_out(&operation, &reader).await, things.try_out(&operation, &auditor).await);
        let expected =
            match (operation.reads() && !operation.is_operators(), AUDITS.contains(&operation.id.as_str())) {
                (true, false) => (200, 200),
                (true, true) => (403, 200),
                (false, _) => (403, 403),
            };
        assert_eq!((read.status, audit.status), expected, "{}: {} {}", operation.id, read.text, audit.text);
    }
    assert_eq!(app.events().await, before, "something was written");

    let revoked = things
        .garage
        .post("/api-keys", json!({ "name": "revoked", "scope": "tenant_read" }))
        .await
        .expect(201);
    let client = app.client(revoked.body["key"].as_str());
    client.get(&things.garage.path("")).await.expect(200);
    things
        .garage
        .client
        .delete(&things.garage.path(&format!("/api-keys/{}", revoked.id())))
        .await
        .expect(204);
    client.get(&things.garage.path("")).await.problem(401, "unauthorized");
}
