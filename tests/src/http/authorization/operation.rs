//! The operations of openapi.json.

use reqwest::Method;
use serde_json::Value;

#[derive(Debug)]
pub struct Operation {
    pub id: String,
    pub method: Method,
    pub path: String,
    pub queries: Vec<Query>,
    pub takes_body: bool,
    /// Whether it can be said which version was read.
    pub takes_version: bool,
    /// Whether it must be said.
    pub needs_version: bool,
}

#[derive(Debug)]
pub struct Query {
    pub name: String,
    pub required: bool,
}

impl Query {
    /// Whether it is the id of something that a business has; what a customer is called elsewhere is no such
    /// thing.
    pub fn names_something(&self) -> bool {
        self.name.ends_with("_id") && self.name != "whatsapp_user_id"
    }
}

impl Operation {
    pub fn all(document: &Value) -> Vec<Self> {
        let paths = document["paths"].as_object().expect("paths");
        let all: Vec<Self> = paths
            .iter()
            .flat_map(|(path, methods)| {
                let methods = methods.as_object().expect("methods");
                methods.iter().map(move |(method, operation)| Self::of(path, method, operation))
            })
            .collect();
        assert!(all.len() >= 64, "{} operations", all.len());
        all
    }

    fn of(path: &str, method: &str, operation: &Value) -> Self {
        // Open slots are of a service, or for an appointment that is moved.
        let is_one_of_two = |parameter: &Value| {
            operation["operationId"] == "find_open_slots" && parameter["name"] == "service_id"
        };
        let parameters = || operation["parameters"].as_array().into_iter().flatten();
        let version = || parameters().find(|parameter| parameter["name"] == "If-Match");
        let query = |parameter: &Value| Query {
            name: parameter["name"].as_str().expect("a name").to_owned(),
            required: parameter["required"] == true || is_one_of_two(parameter),
        };
        Self {
            id: operation["operationId"].as_str().expect("an id").to_owned(),
            method: method.to_uppercase().parse().expect("a method"),
            path: path.to_owned(),
            queries: parameters().filter(|parameter| parameter["in"] == "query").map(query).collect(),
            takes_body: operation["requestBody"].is_object(),
            takes_version: version().is_some(),
            needs_version: version().is_some_and(|parameter| parameter["required"] == true),
        }
    }

    pub fn reads(&self) -> bool {
        self.method == Method::GET
    }

    /// Whether it is about one business.
    pub fn is_of_a_business(&self) -> bool {
        self.path.contains("{business_id}")
    }

    /// Whether its address names something of a business, besides the business.
    pub fn names_something(&self) -> bool {
        self.path.matches("_id}").count() > 1
    }

    /// Whether it is for operators only.
    pub fn is_operators(&self) -> bool {
        let theirs = ["/operator-keys", "/jobs", "/parked-events", "/projection", "/queues"];
        theirs.iter().any(|part| self.path.contains(part)) || self.id == "register_business"
    }

    /// Whether it ends something: what it is about can be used no more.
    pub fn ends_something(&self) -> bool {
        self.method == Method::DELETE || self.id.starts_with("cancel_")
    }
}
