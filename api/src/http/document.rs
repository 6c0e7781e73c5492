//! The OpenAPI document, and what follows from it.

use std::collections::BTreeSet;
use std::sync::Arc;

use frontdesk_adapters::providers::ALL;
use poem::error::MethodNotAllowedError;
use poem::http::{HeaderValue, header};
use poem::{Endpoint, IntoResponse, Middleware, Request, Response};
use poem_openapi::{OpenApi, OpenApiService, Webhook};
use serde_json::{Map, Value};

use super::problem::Problem;

/// Addresses that are not the API's and not in the document, beside those of webhooks.
const OTHER_ADDRESSES: &[(&str, &str)] = &[
    ("/openapi.json", "GET"),
    ("/readyz", "GET"),
    ("/metrics", "GET"),
    ("/docs/problems", "GET"),
    ("/calendars/{address}", "GET"),
];

/// Parameters that mean the same wherever they are, and what is said of them where an operation says nothing
/// else.
const COMMON_PARAMETERS: &[(&str, &str)] = &[
    ("Idempotency-Key", "Under the same key the same request is carried out once, and gets the same reply."),
    ("If-Match", "The ETag of the version that you have read."),
    ("cursor", "next_cursor of the page before."),
    ("limit", "How many at most."),
    ("min_position", "Wait until this write is visible: Frontdesk-Position of its reply."),
];

/// The document of a service, its keys in order and a line each, so that a change shows as what it is.
pub fn of<T: OpenApi, W: Webhook>(service: &OpenApiService<T, W>) -> Value {
    let mut document: Value = serde_json::from_str(&service.spec()).unwrap_or_default();
    describe_parameters(&mut document);
    close_requests(&mut document);
    lift_annotations(&mut document);
    document
}

pub fn text(document: &Value) -> String {
    format!("{document:#}\n")
}

/// Says what the common parameters mean.
fn describe_parameters(document: &mut Value) {
    let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) else { return };
    let operations = paths.values_mut().filter_map(Value::as_object_mut).flat_map(Map::values_mut);
    let parameters =
        operations.filter_map(|operation| operation.get_mut("parameters")?.as_array_mut()).flatten();
    for parameter in parameters.filter_map(Value::as_object_mut) {
        let name = parameter["name"].as_str();
        if let Some((_, description)) = COMMON_PARAMETERS.iter().find(|(common, _)| name == Some(common)) {
            parameter.entry("description").or_insert((*description).into());
        }
    }
}

/// Says of everything that a request can hold that it takes no other fields; `poem_openapi` refuses them, but
/// does not say so.
fn close_requests(document: &mut Value) {
    let mut open: Vec<String> = Vec::new();
    for operation in operations(document) {
        references(&operation["requestBody"], &mut open);
    }
    let Some(schemas) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) else {
        return;
    };
    let mut closed = BTreeSet::new();
    while let Some(name) = open.pop() {
        if !closed.insert(name.clone()) {
            continue;
        }
        let Some(schema) = schemas.get_mut(&name).and_then(Value::as_object_mut) else { continue };
        references(&Value::Object(schema.clone()), &mut open);
        if schema.get("type").and_then(Value::as_str) == Some("object") {
            schema.entry("additionalProperties").or_insert(false.into());
        }
    }
}

/// `allOf` of a schema and of what is said about it, which generators cannot read, becomes `allOf` of the
/// schema, with the rest beside it.
fn lift_annotations(value: &mut Value) {
    match value {
        Value::Object(object) => {
            if let Some(Value::Array(parts)) = object.get_mut("allOf") {
                let is_schema = |part: &Value| part.get("$ref").or_else(|| part.get("type")).is_some();
                let (schemas, annotations): (Vec<Value>, Vec<Value>) =
                    std::mem::take(parts).into_iter().partition(is_schema);
                *parts = schemas;
                for (name, value) in
                    annotations.into_iter().filter_map(|part| part.as_object().cloned()).flatten()
                {
                    object.entry(name).or_insert(value);
                }
            }
            object.values_mut().for_each(lift_annotations);
        }
        Value::Array(items) => items.iter_mut().for_each(lift_annotations),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn operations(document: &Value) -> impl Iterator<Item = &Value> {
    document["paths"]
        .as_object()
        .into_iter()
        .flat_map(Map::values)
        .filter_map(Value::as_object)
        .flat_map(Map::values)
}

/// The names of the schemas that a value refers to.
fn references(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            let name = object
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(|path| path.strip_prefix("#/components/schemas/"));
            names.extend(name.map(str::to_owned));
            object.values().for_each(|value| references(value, names));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// What there is at addresses, found by their patterns.
#[derive(Debug)]
pub struct Addresses<T>(Vec<(Vec<String>, T)>);

impl<T> FromIterator<(String, T)> for Addresses<T> {
    fn from_iter<I: IntoIterator<Item = (String, T)>>(patterns: I) -> Self {
        let segments = |pattern: String| pattern.split('/').map(str::to_owned).collect();
        Self(patterns.into_iter().map(|(pattern, there)| (segments(pattern), there)).collect())
    }
}

impl<T> Addresses<T> {
    /// The pattern of a path and what is there.
    pub fn find(&self, path: &str) -> Option<(&[String], &T)> {
        let segments: Vec<&str> = path.split('/').collect();
        // From the end: all begin alike.
        let is_at = |pattern: &[String]| {
            pattern.len() == segments.len()
                && pattern
                    .iter()
                    .zip(&segments)
                    .rev()
                    .all(|(wanted, got)| wanted == got || wanted.starts_with('{'))
        };
        self.0.iter().find(|(pattern, _)| is_at(pattern)).map(|(pattern, there)| (pattern.as_slice(), there))
    }
}

/// Says which methods an address takes when it is asked with another one (RFC 9110, section 15.5.6).
#[derive(Clone)]
pub struct Methods(Arc<Addresses<String>>);

impl Methods {
    pub fn of(document: &Value) -> Self {
        let paths = document["paths"].as_object().into_iter().flatten().map(|(path, operations)| {
            let methods: Vec<String> = operations
                .as_object()
                .into_iter()
                .flat_map(Map::keys)
                .map(|method| method.to_uppercase())
                .collect();
            (path.clone(), methods.join(", "))
        });
        let others = OTHER_ADDRESSES.iter().map(|(path, method)| ((*path).to_owned(), (*method).to_owned()));
        let webhooks =
            ALL.iter().map(|provider| (format!("/webhooks/{}", provider.name()), "POST".to_owned()));
        Self(Arc::new(paths.chain(others).chain(webhooks).collect()))
    }

    fn allowed(&self, path: &str) -> Option<&str> {
        self.0.find(path).map(|(_, methods)| methods.as_str())
    }
}

impl<E: Endpoint> Middleware<E> for Methods {
    type Output = WithMethods<E>;

    fn transform(&self, endpoint: E) -> WithMethods<E> {
        WithMethods { endpoint, methods: self.clone() }
    }
}

pub struct WithMethods<E> {
    endpoint: E,
    methods: Methods,
}

impl<E: Endpoint> Endpoint for WithMethods<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let path = request.uri().path().to_owned();
        match self.endpoint.call(request).await {
            Err(error) if error.is::<MethodNotAllowedError>() => {
                let mut response = Problem::of(error).into_response();
                if let Some(allowed) =
                    self.methods.allowed(&path).and_then(|methods| HeaderValue::from_str(methods).ok())
                {
                    response.headers_mut().insert(header::ALLOW, allowed);
                }
                Ok(response)
            }
            result => result.map(IntoResponse::into_response),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn requests_are_closed_down_to_their_parts_and_replies_are_not() {
        let reference = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
        let mut document = json!({
            "paths": { "/a": { "post": { "requestBody": { "schema": reference("In") }, "responses": { "schema": reference("Out") } } } },
            "components": { "schemas": {
                "In": { "type": "object", "properties": { "part": reference("Part") } },
                "Part": { "type": "object" },
                "Out": { "type": "object" },
            } },
        });
        close_requests(&mut document);
        let closed =
            |name: &str| document["components"]["schemas"][name].get("additionalProperties").is_some();
        assert!(closed("In") && closed("Part") && !closed("Out"));
    }

    #[test]
    fn a_common_parameter_is_described_unless_its_operation_does_so() {
        let parameters = json!([{ "name": "limit" }, { "name": "limit", "description": "20 at most" }, { "name": "other" }]);
        let mut document = json!({ "paths": { "/a": { "get": { "parameters": parameters } } } });
        describe_parameters(&mut document);
        let parameters =
            document.pointer("/paths/~1a/get/parameters").and_then(Value::as_array).expect("parameters");
        let described: Vec<_> =
            parameters.iter().map(|parameter| parameter["description"].as_str()).collect();
        assert_eq!(described, [Some("How many at most."), Some("20 at most"), None]);
    }

    #[test]
    fn what_is_said_about_a_schema_stands_beside_it() {
        let mut schema =
            json!({ "allOf": [{ "$ref": "#/x" }, { "default": 1, "description": "a" }], "default": 1 });
        lift_annotations(&mut schema);
        assert_eq!(schema, json!({ "allOf": [{ "$ref": "#/x" }], "default": 1, "description": "a" }));
    }

    #[test]
    fn an_address_is_known_by_its_pattern() {
        let methods = Methods::of(&json!({ "paths": { "/a/{id}/b": { "get": {}, "put": {} } } }));
        assert_eq!(methods.allowed("/a/1/b"), Some("GET, PUT"));
        assert_eq!(methods.allowed("/readyz"), Some("GET"));
        assert_eq!(methods.allowed("/a/1"), None);
    }
}
