//! The OpenAPI document, and what follows from it.

use std::collections::BTreeSet;

use poem_openapi::{OpenApi, OpenApiService, Tags, Webhook};
use serde_json::{Map, Value, json};

use super::examples;
use super::limits;
use super::tag::Tag;

/// Parameters that mean the same wherever they are, and what is said of them where an operation says nothing
/// else.
const COMMON_PARAMETERS: &[(&str, &str)] = &[
    ("Idempotency-Key", "Under the same key the same request is carried out once, and gets the same reply."),
    ("If-Match", "The ETag of the version that you have read, or * for any."),
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
    limits::state(&mut document);
    open_public_operations(&mut document);
    require_versions(&mut document);
    add_examples(&mut document);
    examples::end_spans(&mut document);
    close_requests(&mut document);
    describe_locations(&mut document);
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

/// Says of what is made where it can be read, if it can be read by itself.
fn describe_locations(document: &mut Value) {
    let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) else { return };
    let collection = |path: &str| Some(path.strip_suffix('}')?.rsplit_once("/{")?.0.to_owned());
    let read = paths.iter().filter(|(_, operations)| operations.get("get").is_some());
    let collections: BTreeSet<String> = read.filter_map(|(path, _)| collection(path)).collect();
    for (path, operations) in paths.iter_mut().filter(|(path, _)| collections.contains(*path)) {
        let Some(made) = operations.pointer_mut("/post/responses/201").and_then(Value::as_object_mut) else {
            continue;
        };
        let header = json!({ "description": format!("Where it can be read: {path}/ and its id."), "schema": { "type": "string" } });
        if let Value::Object(headers) = made.entry("headers").or_insert_with(|| json!({})) {
            headers.insert("Location".to_owned(), header);
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

#[cfg(test)]
mod tests {
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
    fn what_can_be_read_by_itself_has_a_location_when_it_is_made() {
        let made = || json!({ "post": { "responses": { "201": { "description": "made" } } } });
        let mut document = json!({ "paths": {
            "/a": made(), "/a/{id}": { "get": {} },
            "/b": made(), "/b/{id}": { "delete": {} },
            "/c/{id}/d": made(),
        } });
        describe_locations(&mut document);
        let has = |path: &str| {
            document["paths"][path]["post"]["responses"]["201"]["headers"]["Location"].is_object()
        };
        assert_eq!([has("/a"), has("/b"), has("/c/{id}/d")], [true, false, false]);
    }
}
