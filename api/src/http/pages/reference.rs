//! The reference of the API: the OpenAPI document, for people.
//!
//! It is written once, without a script. `api/pages/try.js` makes a form of an operation when somebody wants to
//! try it.

use std::fmt::Write;

use serde_json::{Map, Value};

use super::html::{Content, Place, Text};
use super::markdown;

/// How deep an example goes into parts of parts.
const EXAMPLE_DEPTH_MAX: u8 = 8;

/// A document, and what is written of it so far.
struct Reference<'a> {
    document: &'a Value,
    html: String,
    places: Vec<Place>,
}

pub fn page(document: &Value) -> Content {
    let mut reference = Reference { document, html: String::new(), places: Vec::new() };
    reference.introduction();
    for tag in list(&document["tags"]) {
        reference.group(tag);
    }
    reference.schemas();
    let Reference { html, places, .. } = reference;
    Content { title: "API reference".to_owned(), html, places }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn map(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

/// The name of the schema that a reference leads to.
fn referred(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix("#/components/schemas/")
}

impl Reference<'_> {
    fn place(&mut self, level: u8, anchor: &str, name: &str, text: &str) {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        self.places.push(Place { anchor: anchor.to_owned(), name: name.to_owned(), level, text });
    }

    /// Adds to the page. Writing to a text does not fail.
    fn add(&mut self, html: std::fmt::Arguments<'_>) {
        let _ = self.html.write_fmt(html);
    }

    fn introduction(&mut self) {
        let information = &self.document["info"];
        self.place(1, "api-reference", "API reference", text(information, "description"));
        let described = markdown::description(text(information, "description"));
        self.add(format_args!(
            "<h1 id=\"api-reference\">API reference</h1>\n<div class=\"lead\">{described}</div>\n\
             <p>Version {}. For programs: <a href=\"/openapi.json\">openapi.json</a>, an OpenAPI document.</p>\n\
             <p id=\"key\" hidden><label for=\"api-key\">API key for trying things out</label> \
             <input id=\"api-key\" type=\"text\" autocomplete=\"off\" spellcheck=\"false\" placeholder=\"fd_…\"> \
             <span>It stays on this page.</span></p>\n",
            Text(text(information, "version")),
        ));
    }

    /// All operations under a tag.
    fn group(&mut self, tag: &Value) {
        let (name, description) = (text(tag, "name"), text(tag, "description"));
        let anchor = format!("group-{name}");
        self.place(2, &anchor, name, description);
        self.add(format_args!(
            "<h2 id=\"{}\">{}</h2>\n<p>{}</p>\n",
            Text(&anchor),
            Text(name),
            markdown::description(description)
        ));
        let document = self.document;
        for (path, operations) in map(&document["paths"]) {
            for (method, operation) in map(operations) {
                if list(&operation["tags"]).iter().any(|tag| tag.as_str() == Some(name)) {
                    self.operation(method, path, operation);
                }
            }
        }
    }

    fn operation(&mut self, method: &str, path: &str, operation: &Value) {
        let (id, summary, description) =
            (text(operation, "operationId"), text(operation, "summary"), text(operation, "description"));
        self.place(3, id, summary, &format!("{method} {path} {id} {description}"));
        self.add(format_args!(
            "<details class=\"operation\" id=\"{id}\" data-method=\"{method}\" data-path=\"{path}\"{open}>\n\
             <summary><h3>{summary}</h3> <span class=\"address\"><span class=\"method {lower}\">{method}</span> \
             <code>{shown}</code></span></summary>\n",
            id = Text(id),
            method = method.to_uppercase(),
            lower = Text(method),
            path = Text(path),
            open = if list(&operation["security"]).is_empty() { " data-public" } else { "" },
            summary = Text(summary),
            shown = Text(path),
        ));
        if !description.is_empty() {
            self.add(format_args!("<div>{}</div>\n", markdown::description(description)));
        }
        self.parameters(list(&operation["parameters"]));
        self.body(&operation["requestBody"]);
        self.replies(&operation["responses"]);
        self.html.push_str("</details>\n");
    }

    fn parameters(&mut self, parameters: &[Value]) {
        if parameters.is_empty() {
            return;
        }
        self.html.push_str("<h4>Parameters</h4>\n<div class=\"table\" tabindex=\"0\"><table>\n<tbody>\n");
        for parameter in parameters {
            let required = parameter["required"].as_bool().unwrap_or_default();
            self.add(format_args!(
                "<tr data-in=\"{place}\" data-name=\"{name}\"{mark}><th scope=\"row\"><code>{name}</code>{star}</th>\
                 <td>{place}</td><td>{shape}</td><td>{described}</td></tr>\n",
                place = Text(text(parameter, "in")),
                name = Text(text(parameter, "name")),
                mark = if required { " data-required" } else { "" },
                star = required_mark(required),
                shape = shape(&parameter["schema"]),
                described = markdown::description(text(parameter, "description")),
            ));
        }
        self.html.push_str("</tbody></table></div>\n");
    }

    fn body(&mut self, body: &Value) {
        let Some((kind, content)) = map(&body["content"]).next() else { return };
        self.add(format_args!("<h4>Body</h4>\n<p>{}, {}</p>\n", Text(kind), shape(&content["schema"])));
        let example = self.example(content);
        self.add(format_args!(
            "<pre class=\"example\" tabindex=\"0\"><code>{}</code></pre>\n",
            Text(&format!("{example:#}"))
        ));
    }

    /// What the document has as an example, or else one of all that is required.
    fn example(&self, content: &Value) -> Value {
        let named = || map(&content["examples"]).find_map(|(_, example)| example.get("value"));
        content.get("example").or_else(named).cloned().unwrap_or_else(|| self.least(&content["schema"], 0))
    }

    fn least(&self, schema: &Value, depth: u8) -> Value {
        if let Some(given) = ["example", "default", "const"].iter().find_map(|name| schema.get(name)) {
            return given.clone();
        }
        if let Some(first) = list(&schema["examples"]).first().or_else(|| list(&schema["enum"]).first()) {
            return first.clone();
        }
        if depth == EXAMPLE_DEPTH_MAX {
            return Value::Null;
        }
        if let Some(name) = referred(schema) {
            return self.least(&self.document["components"]["schemas"][name], depth + 1);
        }
        if let Some(part) = ["allOf", "oneOf", "anyOf"].iter().find_map(|name| list(&schema[name]).first()) {
            return self.least(part, depth + 1);
        }
        match text(schema, "type") {
            "object" => {
                let required = list(&schema["required"]).iter().filter_map(Value::as_str);
                let fields = required
                    .map(|name| (name.to_owned(), self.least(&schema["properties"][name], depth + 1)));
                Value::Object(fields.collect::<Map<_, _>>())
            }
            "array" => Value::Array(vec![self.least(&schema["items"], depth + 1)]),
            "integer" | "number" => schema.get("minimum").cloned().unwrap_or(1.into()),
            "boolean" => false.into(),
            _ => "".into(),
        }
    }

    fn replies(&mut self, replies: &Value) {
        self.html.push_str("<h4>Replies</h4>\n<div class=\"table\" tabindex=\"0\"><table>\n<tbody>\n");
        for (status, reply) in map(replies) {
            let shape = map(&reply["content"]).next().map(|(_, content)| shape(&content["schema"]));
            self.add(format_args!(
                "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td></tr>\n",
                Text(status),
                markdown::description(text(reply, "description")),
                shape.unwrap_or_default(),
            ));
        }
        self.html.push_str("</tbody></table></div>\n");
    }

    fn schemas(&mut self) {
        self.place(2, "schemas", "Schemas", "");
        self.html.push_str("<h2 id=\"schemas\">Schemas</h2>\n");
        let document = self.document;
        for (name, schema) in map(&document["components"]["schemas"]) {
            let description = text(schema, "description");
            self.add(format_args!(
                "<section id=\"schema-{name}\"><h3>{name}</h3>\n<div>{described}</div>\n",
                name = Text(name),
                described = markdown::description(description),
            ));
            if schema.get("properties").is_some() {
                self.fields(schema);
            } else {
                self.add(format_args!("<p>{}</p>\n", shape(schema)));
            }
            self.html.push_str("</section>\n");
        }
    }

    fn fields(&mut self, schema: &Value) {
        let required = list(&schema["required"]);
        self.html.push_str("<div class=\"table\" tabindex=\"0\"><table>\n<tbody>\n");
        for (name, field) in map(&schema["properties"]) {
            self.add(format_args!(
                "<tr><th scope=\"row\"><code>{}</code>{}</th><td>{}</td><td>{}</td></tr>\n",
                Text(name),
                required_mark(required.iter().any(|required| required == name)),
                shape(field),
                markdown::description(text(field, "description")),
            ));
        }
        self.html.push_str("</tbody></table></div>\n");
    }
}

fn required_mark(required: bool) -> &'static str {
    if required { " <span class=\"required\">required</span>" } else { "" }
}

/// What a value has to be, in a few words.
fn shape(schema: &Value) -> String {
    if let Some(name) = referred(schema) {
        return format!("<a href=\"#schema-{0}\">{0}</a>", Text(name));
    }
    for (name, word) in [("allOf", " and "), ("oneOf", " or "), ("anyOf", " or ")] {
        if let Some(parts) = schema[name].as_array() {
            return parts.iter().map(shape).collect::<Vec<_>>().join(word);
        }
    }
    if !list(&schema["enum"]).is_empty() {
        return coded(list(&schema["enum"]));
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        kind => kind.as_str().unwrap_or("any value").to_owned(),
    };
    let mut shape = match kind.as_str() {
        "array" => format!("list of {}", self::shape(&schema["items"])),
        "object" if schema["additionalProperties"].is_object() => {
            format!("object of {}", self::shape(&schema["additionalProperties"]))
        }
        _ => Text(&kind).to_string(),
    };
    if let Some(format) = schema["format"].as_str() {
        let _ = write!(shape, " ({})", Text(format));
    }
    shape + &limits(schema)
}

fn coded(values: &[Value]) -> String {
    let code = |value: &Value| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        format!("<code>{}</code>", Text(&text))
    };
    values.iter().map(code).collect::<Vec<_>>().join(" ")
}

/// A number as people write it: `200.0` is 200.
fn number(value: &Value) -> Option<String> {
    let text = value.is_number().then(|| value.to_string())?;
    Some(text.strip_suffix(".0").map(str::to_owned).unwrap_or(text))
}

/// How small or large a value may be, and what stands for it if it is left out.
fn limits(schema: &Value) -> String {
    let mut limits = String::new();
    for (least, most, unit) in [
        ("minimum", "maximum", ""),
        ("minLength", "maxLength", " characters"),
        ("minItems", "maxItems", " items"),
    ] {
        let _ = match (number(&schema[least]), number(&schema[most])) {
            (Some(least), Some(most)) => write!(limits, ", {least} to {most}{unit}"),
            (Some(least), None) => write!(limits, ", {least}{unit} or more"),
            (None, Some(most)) => write!(limits, ", {most}{unit} at most"),
            (None, None) => Ok(()),
        };
    }
    if let Some(value) = schema.get("default") {
        let _ = write!(limits, ", else <code>{}</code>", Text(&value.to_string()));
    }
    limits
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn every_operation_and_schema_of_the_document_is_on_the_page() {
        let document: Value = serde_json::from_str(&crate::http::document()).expect("a document");
        let content = page(&document);
        let count = |what: &str| content.html.matches(what).count();
        let operations: usize = map(&document["paths"]).map(|(_, operations)| map(operations).count()).sum();
        assert_eq!((count("<details class=\"operation\""), operations > 80), (operations, true));
        assert_eq!(count("<section id=\"schema-"), map(&document["components"]["schemas"]).count());
        for link in content.html.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(content.html.contains(&format!("id=\"{link}\"")), "nothing at #{link}");
        }
        for place in &content.places {
            assert!(
                content.html.contains(&format!("id=\"{}\"", place.anchor)),
                "nothing at #{}",
                place.anchor
            );
        }
    }

    #[test]
    fn a_shape_says_what_a_value_has_to_be() {
        for (schema, expected) in [
            (json!({ "$ref": "#/components/schemas/A" }), "<a href=\"#schema-A\">A</a>"),
            (
                json!({ "type": "array", "items": { "type": "string" }, "maxItems": 3 }),
                "list of string, 3 items at most",
            ),
            (
                json!({ "type": "integer", "format": "uint16", "minimum": 1.0, "maximum": 9.0, "default": 2 }),
                "integer (uint16), 1 to 9, else <code>2</code>",
            ),
            (json!({ "type": "string", "enum": ["a", "<b>"] }), "<code>a</code> <code>&lt;b&gt;</code>"),
            (json!({ "type": "object", "additionalProperties": { "type": "boolean" } }), "object of boolean"),
            (json!({ "type": ["string", "null"] }), "string or null"),
            (
                json!({ "anyOf": [{ "type": "string" }, { "$ref": "#/components/schemas/A" }] }),
                "string or <a href=\"#schema-A\">A</a>",
            ),
        ] {
            assert_eq!(shape(&schema), expected);
        }
    }

    #[test]
    fn an_example_is_that_of_the_document_or_all_that_is_required() {
        let part = json!({ "type": "object", "required": ["a", "b"], "properties": {
            "a": { "$ref": "#/components/schemas/Kind" }, "b": { "type": "array", "items": { "type": "integer", "minimum": 5 } }, "c": {},
        } });
        let document = json!({ "components": { "schemas": { "Kind": { "enum": ["x", "y"] }, "Part": part, "Self": { "type": "object", "required": ["a"], "properties": { "a": { "$ref": "#/components/schemas/Self" } } } } } });
        let reference = Reference { document: &document, html: String::new(), places: Vec::new() };
        let schema = |name: &str| json!({ "schema": { "$ref": format!("#/components/schemas/{name}") } });
        assert_eq!(reference.example(&schema("Part")), json!({ "a": "x", "b": [5] }));
        assert!(reference.example(&schema("Self")).is_object(), "it ends");
        let given = json!({ "examples": { "one": { "value": { "c": 1 } } }, "schema": {} });
        assert_eq!(reference.example(&given), json!({ "c": 1 }));
    }
}
