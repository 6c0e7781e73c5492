//! A wrong request is told everything that is wrong with it: where, and what would be right.

mod bodies;
mod parameters;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::app::{Garage, TestApp};

const BUSINESSES: &str = "/api/v1/businesses";

/// A wrong request.
struct Wrong {
    method: Method,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Option<String>,
}

impl Wrong {
    fn of(method: Method, path: &str, body: Option<String>) -> Self {
        Self { method, path: path.to_owned(), headers: Vec::new(), body }
    }

    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

fn get(path: &str) -> Wrong {
    Wrong::of(Method::GET, path, None)
}

fn post(path: &str, body: impl ToString) -> Wrong {
    Wrong::of(Method::POST, path, Some(body.to_string()))
}

fn put(path: &str, body: Value) -> Wrong {
    Wrong::of(Method::PUT, path, Some(body.to_string()))
}

/// A request, its status, and what it is told, a line each: `body /profile/zone: is missing; …`.
type Row = (Wrong, u16, &'static [&'static str]);

/// Sends wrong requests, and compares what each is told. Nothing is stored.
async fn check(app: &TestApp, garage: &Garage, table: Vec<Row>) {
    let before = app.events().await;
    let mut others = Vec::new();
    for (Wrong { method, path, headers, body }, status, expected) in table {
        let path = if path.starts_with(BUSINESSES) { path } else { garage.path(&path) };
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let reply =
            garage.client.send(method.clone(), &path, &headers, body.clone().map(String::into_bytes)).await;
        let told = told(&reply.body);
        let detail = reply.body["detail"].as_str().unwrap_or("no detail");
        let first = reply.body["errors"][0]["detail"].as_str().unwrap_or("no first");
        if reply.status != status || told != expected || !detail.contains(first) {
            others.push(format!("{method} {path} {body:?}: {} {detail}\n{told:#?}", reply.status));
        }
    }
    assert!(others.is_empty(), "{}", others.join("\n"));
    assert_eq!(app.events().await, before, "something was stored");
}

fn told(problem: &Value) -> Vec<String> {
    let text = |fault: &Value, field: &str| fault[field].as_str().unwrap_or_default().to_owned();
    let line = |fault: &Value| {
        let place = text(fault, "pointer") + &text(fault, "parameter");
        format!("{} {place}: {}", text(fault, "in"), text(fault, "detail"))
    };
    problem["errors"].as_array().into_iter().flatten().map(line).collect()
}

/// An object with some fields changed.
fn changed(mut object: Value, change: Value) -> Value {
    object.as_object_mut().expect("an object").extend(change.as_object().expect("an object").clone());
    object
}

fn service(change: Value) -> Value {
    let need = json!({ "any_of": ["res_01jz8k5f3xe8p9r2m4t6v7w8y9"] });
    changed(json!({ "name": "Wash", "duration_minutes": 30, "needs": [need] }), change)
}

/// A refusal that is kept under its key is read again, with or without faults.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_repeated_word_for_word() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let add = async |body: Value| {
        garage.client.post_with(&garage.path("/services"), &[("Idempotency-Key", "once")], body).await
    };
    let refused = service(json!({ "other_durations": [30] }));
    let first = add(refused.clone()).await.problem(422, "service-bad-durations");
    let again = add(refused).await.problem(422, "service-bad-durations");
    assert_eq!(first.body, again.body);
    // What could not be read has not used the key up.
    let wrong = add(json!({})).await.problem(400, "bad-request");
    assert_eq!(told(&wrong.body).len(), 3, "{}", wrong.text);
}

/// Under one key a request is put right until it is carried out.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_told_its_faults_has_not_used_its_key_up() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let add = async |change: Value| {
        let body = service(changed(json!({ "needs": [{ "any_of": [garage.resource] }] }), change));
        garage.client.post_with(&garage.path("/services"), &[("Idempotency-Key", "once")], body).await
    };
    for (change, status) in [
        (json!({ "duration_minutes": 0 }), 400),
        (json!({ "horizon": { "kind": "dates", "days": 3 } }), 422),
        (json!({ "no_show": { "limit_days": 90 } }), 422),
    ] {
        let refused = add(change).await.expect(status);
        assert_eq!(told(&refused.body).len(), 1, "{}", refused.text);
    }
    let made = add(json!({})).await.expect(201);
    let again = add(json!({})).await.expect(201);
    assert_eq!((made.replayed, again.replayed, &made.body), (false, true, &again.body));
    // From here on it stands for this request.
    add(json!({ "seats": 2 })).await.problem(422, "idempotency-key-reused");
}
