//! A client that knows nothing but openapi.json, and what it has been answered.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::{Map, Value};

use crate::support::app::{Client, Reply, TestApp};

/// Where the reply of an operation names what it has made, and the parameter that stands for such a thing.
const MADE: &[(&str, &str, &str)] = &[
    ("register_business", "/id", "business_id"),
    ("issue_api_key", "/id", "key_id"),
    ("issue_operator_key", "/id", "key_id"),
    ("add_resource", "/id", "resource_id"),
    ("add_time_off", "/id", "time_off_id"),
    ("add_service", "/id", "service_id"),
    ("hold_slot", "/hold_id", "hold_id"),
    ("book_appointment", "/id", "appointment_id"),
    ("book_series", "/id", "series_id"),
    ("book_series", "/occurrences/0/appointment/id", "appointment_id"),
    ("register_customer", "/id", "customer_id"),
    ("add_contact_point", "/contact_points/0/id", "contact_point_id"),
    ("write_note", "/id", "note_id"),
    ("join_waitlist", "/id", "entry_id"),
    ("add_channel", "/id", "channel_id"),
    ("list_conversations", "/items/0/id", "conversation_id"),
    ("list_deliveries", "/items/0/id", "delivery_id"),
    ("list_jobs", "/items/0/id", "job_id"),
];
/// In the examples, a second customer: whoever has booked.
const OTHER_CUSTOMER: &str = "cus_01jz8k5f3xe8p9r2m4t6v7w8ya";

pub struct Documented {
    document: Value,
    operator: Client,
    /// With the key that was issued.
    client: Client,
    /// What stands for each id of the examples.
    ids: BTreeMap<String, Value>,
    /// What stands for the slot token of the examples.
    slot_token: Value,
    etag: Option<String>,
    sent: BTreeSet<String>,
}

impl Documented {
    pub async fn of(app: &TestApp) -> Self {
        Self {
            document: app.client(None).get("/openapi.json").await.expect(200).body,
            operator: app.operator(),
            client: app.operator(),
            ids: BTreeMap::new(),
            slot_token: Value::Null,
            etag: None,
            sent: BTreeSet::new(),
        }
    }

    /// The operations whose examples have not been sent.
    pub fn left(&self) -> Vec<&str> {
        let ids = self.operations().filter_map(|(_, _, operation)| operation["operationId"].as_str());
        ids.filter(|id| !self.sent.contains(*id)).collect()
    }

    /// The client with the key that was issued, and the business.
    pub fn business(&self) -> (&Client, &str) {
        let business = self.ids.get(&self.stand_in("business_id")).and_then(Value::as_str);
        (&self.client, business.expect("a business"))
    }

    /// Sends the example of an operation, and remembers what the reply names.
    pub async fn send(&mut self, id: &str, app: &TestApp) -> Reply {
        let (path, method, operation) = self
            .operations()
            .find(|(_, _, operation)| operation["operationId"] == id)
            .unwrap_or_else(|| panic!("there is no operation {id}"));
        let address = self.address(path, operation);
        let content = operation.pointer("/requestBody/content").and_then(Value::as_object);
        let body = content.map(|content| {
            let example = content.values().find_map(|media_type| media_type.get("example"));
            self.real(example.unwrap_or_else(|| panic!("{id} has no example")).clone())
        });
        let client = match operation["description"].as_str() {
            Some(description) if description.starts_with("For operators.") => &self.operator,
            _ => &self.client,
        };
        let reply = if method == "get" {
            client.get(&address).await
        } else {
            let etag = self.etag.as_deref().filter(|_| needs_version(operation));
            let headers: Vec<_> = etag.iter().map(|etag| ("if-match", *etag)).collect();
            let method: Method = method.to_uppercase().parse().expect("a method");
            client.send(method, &address, &headers, body.map(|body| body.to_string().into())).await
        };
        assert!((200..300).contains(&reply.status), "{id} at {address}: {}", reply.text);
        self.learn(id, &reply, app);
        reply
    }

    fn operations(&self) -> impl Iterator<Item = (&str, &str, &Value)> {
        let paths = self.document["paths"].as_object().into_iter().flatten();
        paths.flat_map(|(path, operations)| {
            let operations = operations.as_object().into_iter().flatten();
            operations.map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
        })
    }

    /// An address with all that must stand in it, and what the document gives an example of.
    fn address(&self, path: &str, operation: &Value) -> String {
        let mut path = path.to_owned();
        let mut query = Vec::new();
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let name = parameter["name"].as_str().expect("a name");
            let value = || self.text(parameter).unwrap_or_else(|| panic!("{path}: {name} has no example"));
            match parameter["in"].as_str() {
                Some("path") => path = path.replace(&format!("{{{name}}}"), &value()),
                Some("query") if parameter["required"] == true || parameter.get("example").is_some() => {
                    query.push(format!("{name}={}", value()));
                }
                _ => {}
            }
        }
        if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) }
    }

    /// The example of a parameter, as it is sent.
    fn text(&self, parameter: &Value) -> Option<String> {
        let example = self.example(parameter)?;
        self.real(example.clone()).as_str().map(str::to_owned)
    }

    fn example<'a>(&'a self, parameter: &'a Value) -> Option<&'a Value> {
        let schema = &parameter["schema"];
        let reference = schema.get("$ref").or_else(|| schema.pointer("/allOf/0/$ref"));
        let schema = match reference.and_then(Value::as_str) {
            Some(reference) => self.document.pointer(reference.trim_start_matches('#'))?,
            None => schema,
        };
        parameter.get("example").or_else(|| schema.get("example"))
    }

    /// An example with the real ids and tokens.
    fn real(&self, example: Value) -> Value {
        match example {
            Value::String(text) => self.ids.get(&text).cloned().unwrap_or(Value::String(text)),
            Value::Array(items) => items.into_iter().map(|item| self.real(item)).collect(),
            Value::Object(fields) => {
                let real = |(name, value): (String, Value)| match name.as_str() {
                    "slot_token" => (name, self.slot_token.clone()),
                    _ => (name, self.real(value)),
                };
                fields.into_iter().map(real).collect::<Map<_, _>>().into()
            }
            other => other,
        }
    }

    fn learn(&mut self, id: &str, reply: &Reply, app: &TestApp) {
        self.sent.insert(id.to_owned());
        for (_, pointer, parameter) in MADE.iter().filter(|(operation, _, _)| *operation == id) {
            let made = reply.body.pointer(pointer).unwrap_or_else(|| panic!("{id}: {}", reply.text)).clone();
            self.ids.insert(self.stand_in(parameter), made);
        }
        if let Some(token) = reply.body.pointer("/slots/0/slot_token") {
            self.slot_token = token.clone();
        }
        if id == "book_appointment" {
            self.ids.insert(OTHER_CUSTOMER.to_owned(), reply.body["customer_id"].clone());
        }
        if let Some(etag) = &reply.etag {
            self.etag = Some(etag.clone());
        }
        if id == "issue_api_key" {
            self.client = app.client(reply.body["key"].as_str());
        }
    }

    /// What stands for a parameter of this name in all examples.
    fn stand_in(&self, name: &str) -> String {
        let mut parameters =
            self.operations().flat_map(|(_, _, operation)| operation["parameters"].as_array()).flatten();
        let parameter = parameters.find(|parameter| parameter["name"] == name).expect("a parameter");
        self.example(parameter).and_then(Value::as_str).expect("an example").to_owned()
    }
}

fn needs_version(operation: &Value) -> bool {
    let mut parameters = operation["parameters"].as_array().into_iter().flatten();
    parameters.any(|parameter| parameter["name"] == "If-Match" && parameter["required"] == true)
}
