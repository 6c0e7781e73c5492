//! Every operation of openapi.json, tried with every key that must not do it.

use std::collections::HashSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::app::{Client, Garage, Reply, TestApp};

/// Operations for everybody.
const PUBLIC: &[&str] = &["health"];
/// Operations that need a key, of whatever scope, and tell nothing of any business.
const HARMLESS: &[&str] = &["get_assistant_tools"];
/// Operations of a business that only read, but not for the scope tenant_read.
const AUDITS: &[&str] = &["get_appointment_history"];

#[derive(Debug)]
struct Operation {
    id: String,
    method: Method,
    path: String,
    required: Vec<(String, String)>,
    body: Option<Value>,
}

fn operations(document: &Value) -> Vec<Operation> {
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            let required = operation["parameters"].as_array().into_iter().flatten();
            let required = required.filter(|parameter| parameter["in"] == "query" && parameter["required"] == true);
            operations.push(Operation {
                id: operation["operationId"].as_str().expect("an id").to_owned(),
                method: method.to_uppercase().parse().expect("a method"),
                path: path.clone(),
                required: required.map(|parameter| (text(&parameter["name"]), text(&parameter["schema"]["format"]))).collect(),
                body: operation["requestBody"]["content"].as_object().map(|content| {
                    let schema = content.values().next().expect("a body")["schema"].clone();
                    example(document, &schema)
                }),
            });
        }
    }
    operations
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Something that a schema takes.
fn example(document: &Value, schema: &Value) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        return example(document, document.pointer(&reference[1..]).expect("a schema"));
    }
    if let Some(given) = [&schema["example"], &schema["enum"][0]].into_iter().find(|value| !value.is_null()) {
        return given.clone();
    }
    match schema["type"].as_str() {
        Some("object") => {
            let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            required
                .map(|name| (name.to_owned(), example(document, &schema["properties"][name])))
                .collect::<serde_json::Map<_, _>>()
                .into()
        }
        Some("array") => json!([example(document, &schema["items"])]),
        Some("integer" | "number") => json!(60),
        Some("boolean") => json!(false),
        _ if schema["format"] == "naive-date" => json!("2026-12-01"),
        _ if schema["format"] == "date-time" => json!("2026-12-01T10:00:00Z"),
        _ => json!("something"),
    }
}

/// The things of a business that paths name.
#[derive(Clone)]
struct Things {
    garage: Garage,
    appointment: String,
    series: String,
    hold: String,
    customer: String,
    contact_point: String,
    note: String,
    entry: String,
    time_off: String,
    key: String,
    delivery: String,
    operator_key: String,
    job: String,
}

impl Things {
    async fn make(app: &TestApp, name: &str) -> Self {
        let garage = Garage::open(app, name).await;
        let slots = garage.slots("tomorrow").await;
        let booked = garage.book(&slots[0], 1).await.expect(201);
        let hold = garage.post("/holds", json!({ "slot_token": slots[1], "seconds": 3600 })).await.expect(201);
        let customer = text(&booked.body["customer_id"]);
        let series = json!({ "slot_token": slots[2], "rule": "FREQ=WEEKLY;COUNT=2", "attendee": { "customer_id": customer } });
        let series = garage.post("/series", series).await.expect(201);
        let note = garage.post(&format!("/customers/{customer}/notes"), json!({ "text": "Customer 1 is kind" })).await.expect(201);
        let wish = json!({ "service_id": garage.service, "attendee": { "customer_id": customer }, "first_date": "2026-11-24" });
        let entry = garage.post("/waitlist", wish).await.expect(201);
        let known = garage.get(&format!("/customers/{customer}")).await.expect(200);
        let off = json!({ "start": "2026-12-24T00:00:00Z", "end": "2026-12-25T00:00:00Z" });
        let off = garage.post(&format!("/resources/{}/time-off", garage.resource), off).await.expect(201);
        let issued = garage.post("/api-keys", json!({ "name": "other", "scope": "auditor" })).await.expect(201);
        let operator_key = app.operator().post("/api/v1/operator-keys", json!({ "name": "other" })).await.expect(201);
        garage.post(&format!("/resources/{}/calendar-feed", garage.resource), json!({})).await.expect(201);
        garage.answer("call-1", "t1", "get_business_hours", json!({})).await;
        crate::support::until(|| async { !deliveries(&garage).await.is_empty() }).await;
        crate::support::until(|| async { job_about(app, &text(&hold.body["hold_id"])).await.is_some() }).await;
        Self {
            appointment: booked.id(),
            series: series.id(),
            contact_point: text(&known.body["contact_points"][0]["id"]),
            note: note.id(),
            entry: entry.id(),
            customer,
            hold: text(&hold.body["hold_id"]),
            time_off: off.id(),
            key: issued.id(),
            operator_key: operator_key.id(),
            delivery: deliveries(&garage).await.remove(0),
            job: job_about(app, &text(&hold.body["hold_id"])).await.expect("a job"),
            garage,
        }
    }

    fn value(&self, operation: &Operation, name: &str) -> String {
        match name {
            "business_id" => self.garage.business.clone(),
            "service_id" => self.garage.service.clone(),
            "resource_id" => self.garage.resource.clone(),
            "channel_id" => self.garage.channel.clone(),
            "appointment_id" => self.appointment.clone(),
            "series_id" => self.series.clone(),
            "hold_id" => self.hold.clone(),
            "entry_id" => self.entry.clone(),
            "customer_id" => self.customer.clone(),
            "contact_point_id" => self.contact_point.clone(),
            "note_id" => self.note.clone(),
            "time_off_id" => self.time_off.clone(),
            "delivery_id" => self.delivery.clone(),
            "job_id" => self.job.clone(),
            "key_id" if operation.path.contains("operator") => self.operator_key.clone(),
            "key_id" => self.key.clone(),
            "date" => "2026-12-24".into(),
            other => panic!("{} has a parameter {other} that this test does not know", operation.id),
        }
    }

    async fn try_out(&self, operation: &Operation, client: &Client) -> Reply {
        let filled = |part: &str| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) => self.value(operation, name),
            None => part.to_owned(),
        };
        let path: Vec<String> = operation.path.split('/').map(filled).collect();
        let query: Vec<String> = operation
            .required
            .iter()
            .map(|(name, format)| {
                format!("{name}={}", if format == "date" { "2026-12-24".into() } else { self.value(operation, name) })
            })
            .collect();
        let path = format!("{}?{}", path.join("/"), query.join("&"));
        let body = operation.body.as_ref().map(|body| body.to_string().into());
        client.send(operation.method.clone(), &path, &[], body).await
    }
}

async fn deliveries(garage: &Garage) -> Vec<String> {
    let reply = garage.get("/deliveries").await.expect(200);
    reply.body["items"].as_array().into_iter().flatten().map(|item| text(&item["id"])).collect()
}

/// The job that ends a hold.
async fn job_about(app: &TestApp, hold: &str) -> Option<String> {
    let jobs = app.operator().get("/api/v1/jobs").await.expect(200);
    jobs.body["items"].as_array().into_iter().flatten().find(|job| job["key"] == hold).map(|job| text(&job["id"]))
}

async fn document(app: &TestApp) -> Value {
    app.client(None).get("/openapi.json").await.expect(200).body
}

#[tokio::test(flavor = "multi_thread")]
async fn no_operation_tells_or_changes_anything_without_a_key() {
    let app = TestApp::start().await;
    let things = Things::make(&app, "Garage").await;
    let before = app.events().await;
    let operations = operations(&document(&app).await);
    assert!(operations.len() >= 64, "{} operations", operations.len());
    for operation in operations.iter().filter(|operation| !PUBLIC.contains(&operation.id.as_str())) {
        for key in [None, Some("nonsense"), Some("fd_01jz8k5f3xe8p9r2m4t6v7w8y9_x")] {
            let reply = things.try_out(operation, &app.client(key)).await;
            assert_eq!(reply.status, 401, "{}: {}", operation.id, reply.text);
        }
    }
    assert_eq!(app.events().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_one_business_reads_and_writes_nothing_of_another() {
    let app = TestApp::start().await;
    let (own, other) = (Things::make(&app, "Own").await, Things::make(&app, "Other").await);
    let before = app.events().await;
    let private: HashSet<String> = [
        &other.garage.business,
        &other.appointment,
        &other.series,
        &other.customer,
        &other.contact_point,
        &other.note,
        &other.entry,
        &other.garage.service,
        &other.garage.resource,
    ]
    .into_iter()
    .map(|id| id.to_owned())
    .collect();
    for operation in operations(&document(&app).await) {
        if PUBLIC.contains(&operation.id.as_str()) || HARMLESS.contains(&operation.id.as_str()) {
            continue;
        }
        let reply = other.try_out(&operation, &own.garage.client).await;
        let is_list_of_own = operation.id == "list_businesses" && reply.status == 200;
        assert!(is_list_of_own || [403, 404].contains(&reply.status), "{} gave {}: {}", operation.id, reply.status, reply.text);
        assert!(!private.iter().any(|id| reply.text.contains(id.as_str())), "{} tells of the other: {}", operation.id, reply.text);
        // The other's things under its own name are not found either.
        let disguised =
            Things { garage: Garage { business: own.garage.business.clone(), ..other.garage.clone() }, ..other.clone() };
        if operation.path.matches('{').count() > 1 && !operation.path.contains("date-overrides") {
            let reply = disguised.try_out(&operation, &own.garage.client).await;
            assert!((400..500).contains(&reply.status), "{} gave {}: {}", operation.id, reply.status, reply.text);
            assert!(!reply.text.contains("Customer 1"), "{} tells of the other: {}", operation.id, reply.text);
        }
    }
    assert_eq!(app.events().await, before, "something was written");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_scope_does_what_it_is_for_and_no_more() {
    let app = TestApp::start().await;
    let things = Things::make(&app, "Garage").await;
    let key = async |scope: &str| {
        let issued = things.garage.post("/api-keys", json!({ "name": scope, "scope": scope })).await.expect(201);
        app.client(issued.body["key"].as_str())
    };
    let (reader, auditor) = (key("tenant_read").await, key("auditor").await);
    let before = app.events().await;
    for operation in operations(&document(&app).await) {
        let id = operation.id.as_str();
        if PUBLIC.contains(&id) || HARMLESS.contains(&id) {
            continue;
        }
        let (read, audit) = (things.try_out(&operation, &reader).await, things.try_out(&operation, &auditor).await);
        let is_operators =
            operation.path.contains("operator-keys") || operation.path.contains("/jobs") || id == "register_business";
        let expected = match (operation.method == Method::GET && !is_operators, AUDITS.contains(&id)) {
            (true, false) => (200, 200),
            (true, true) => (403, 200),
            (false, _) => (403, 403),
        };
        assert_eq!((read.status, audit.status), expected, "{id}: {} {}", read.text, audit.text);
    }
    assert_eq!(app.events().await, before, "something was written");

    let revoked = things.garage.post("/api-keys", json!({ "name": "revoked", "scope": "tenant_read" })).await.expect(201);
    let client = app.client(revoked.body["key"].as_str());
    client.get(&things.garage.path("")).await.expect(200);
    things.garage.client.delete(&things.garage.path(&format!("/api-keys/{}", revoked.id()))).await.expect(204);
    client.get(&things.garage.path("")).await.problem(401, "unauthorized");
}
