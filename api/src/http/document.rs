//! The OpenAPI document, and what follows from it.

use std::collections::BTreeSet;
use std::sync::Arc;

use frontdesk_adapters::providers::ALL;
use poem::error::MethodNotAllowedError;
use poem::http::{HeaderValue, header};
use poem::{Endpoint, IntoResponse, Middleware, Request, Response};
use poem_openapi::{OpenApi, OpenApiService, Tags, Webhook};
use serde_json::{Map, Value};

use super::examples;
use super::problem::Problem;
use super::tag::Tag;

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
    ("date", "A date in the business's zone."),
    ("limit", "How many at most."),
    ("min_position", "Wait until this write is visible: Frontdesk-Position of its reply."),
];

/// Operations that are carried out only if it is said which version was read.
const NEED_VERSION: &[&str] = &["approve_appointment"];

/// Where schemas are, in references to them.
const SCHEMAS: &str = "#/components/schemas/";

/// The document of a service, its keys in order and a line each, so that a change shows as what it is.
pub fn of<T: OpenApi, W: Webhook>(service: &OpenApiService<T, W>) -> Value {
    let mut document: Value = serde_json::from_str(&service.spec()).unwrap_or_default();
    order_groups(&mut document);
    describe_parameters(&mut document);
    open_public_operations(&mut document);
    require_versions(&mut document);
    add_examples(&mut document);
    close_requests(&mut document);
    lift_annotations(&mut document);
    name_dates(&mut document);
    document
}

pub fn text(document: &Value) -> String {
    format!("{document:#}\n")
}

/// Says what the common parameters mean, and of ids what they name.
fn describe_parameters(document: &mut Value) {
    let schemas = document.pointer("/components/schemas").cloned().unwrap_or_default();
    for parameter in operations_mut(document).flat_map(parameters_mut) {
        let name = parameter["name"].as_str();
        let common = COMMON_PARAMETERS.iter().find(|(common, _)| name == Some(common));
        let reference = parameter.get("schema").and_then(|schema| schema["$ref"].as_str());
        let schema = reference.and_then(|path| path.strip_prefix(SCHEMAS));
        let description = match (common, schema) {
            (Some((_, description)), _) => (*description).into(),
            (None, Some(schema)) => schemas[schema]["description"].clone(),
            (None, None) => continue,
        };
        parameter.entry("description").or_insert(description);
    }
}

/// Puts the groups into the order of a first use.
fn order_groups(document: &mut Value) {
    let place = |group: &Value| Tag::IN_ORDER.iter().position(|tag| group["name"] == tag.name());
    if let Some(groups) = document["tags"].as_array_mut() {
        groups.sort_by_key(place);
    }
}

/// Says of operations that need no key that they need none.
fn open_public_operations(document: &mut Value) {
    for operation in operations_mut(document).filter_map(Value::as_object_mut) {
        operation.entry("security").or_insert_with(|| Value::Array(Vec::new()));
    }
}

/// Says which operations need `If-Match`, and what they answer without it.
fn require_versions(document: &mut Value) {
    let needs = |operation: &&mut Value| {
        operation["operationId"].as_str().is_some_and(|id| NEED_VERSION.contains(&id))
    };
    for operation in operations_mut(document).filter(needs) {
        for parameter in parameters_mut(operation).filter(|parameter| parameter["name"] == "If-Match") {
            parameter.insert("required".into(), true.into());
        }
        let mut without = operation["responses"]["412"].clone();
        without["description"] = "If-Match is missing.".into();
        operation["responses"]["428"] = without;
    }
}

/// Says what each operation can be tried with.
fn add_examples(document: &mut Value) {
    for operation in operations_mut(document) {
        let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
        let content = operation.pointer_mut("/requestBody/content").and_then(Value::as_object_mut);
        if let (Some(content), Some(example)) = (content, examples::body(&id)) {
            content.values_mut().for_each(|media_type| media_type["example"] = example.clone());
        }
        for parameter in parameters_mut(operation) {
            let name = parameter["name"].as_str().unwrap_or_default();
            if let Some(example) = examples::parameter(&id, name) {
                parameter.insert("example".into(), example.into());
            }
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

/// Says that dates are dates. `poem_openapi` has another word for those that are not bounded: what was stored
/// before there were bounds can still be read and removed.
fn name_dates(value: &mut Value) {
    match value {
        Value::Object(object) => {
            if let Some(format) = object.get_mut("format").filter(|format| *format == "naive-date") {
                *format = "date".into();
            }
            object.values_mut().for_each(name_dates);
        }
        Value::Array(items) => items.iter_mut().for_each(name_dates),
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

fn operations_mut(document: &mut Value) -> impl Iterator<Item = &mut Value> {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    paths.into_iter().flat_map(Map::values_mut).filter_map(Value::as_object_mut).flat_map(Map::values_mut)
}

fn parameters_mut(operation: &mut Value) -> impl Iterator<Item = &mut Map<String, Value>> {
    let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
    parameters.into_iter().flatten().filter_map(Value::as_object_mut)
}

/// The names of the schemas that a value refers to.
fn references(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            let name = object.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix(SCHEMAS));
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

    #[tokio::test]
    async fn everything_that_a_reader_meets_is_described() {
        let document: Value = serde_json::from_str(&crate::http::document()).expect("a document");
        let schemas = document["components"]["schemas"].as_object().expect("schemas");
        let is_described = |value: &Value| {
            let name = value["$ref"].as_str().and_then(|path| path.strip_prefix(SCHEMAS));
            let said = &name.and_then(|name| schemas.get(name)).unwrap_or(value)["description"];
            said.as_str().is_some_and(|said| !said.is_empty())
        };
        let mut met: Vec<(String, &Value)> = Vec::new();
        for (name, schema) in schemas {
            met.push((name.clone(), schema));
            let properties = schema["properties"].as_object().into_iter().flatten();
            met.extend(properties.map(|(property, value)| (format!("{name}.{property}"), value)));
        }
        for operation in operations(&document) {
            met.push((operation["operationId"].to_string(), operation));
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            met.extend(parameters.map(|parameter| {
                (format!("{} of {}", parameter["name"], operation["operationId"]), parameter)
            }));
        }
        met.extend(
            document["tags"].as_array().into_iter().flatten().map(|tag| (tag["name"].to_string(), tag)),
        );
        let without: Vec<&String> =
            met.iter().filter(|(_, value)| !is_described(value)).map(|(name, _)| name).collect();
        assert!(met.len() > 1_000 && without.is_empty(), "{} of {}: {without:?}", without.len(), met.len());
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
