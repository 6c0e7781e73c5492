//! What the document says of a value, and everything that is wrong with one.
//!
//! It knows the part of JSON Schema that stands in requests. Texts in a format of the domain are judged by the
//! domain ([`FORMATS`]). `null` is a value that no schema has: what is not said is left out.
//!
//! [`FORMATS`]: super::field::Format

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use regex::Regex;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::fault::{Fault, pointer};
use super::field::Format;
use super::nearest::unknown;

/// A request with more faults than that is of another kind altogether.
pub const FAULTS_MAX: usize = 50;
/// Of lists whose items differ, so many are compared. None takes more.
const UNIQUE_ITEMS_MAX: usize = 100;
/// So much of a text is said again.
const SHOWN_CHARS_MAX: usize = 60;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Object,
    Array,
    String,
    Integer,
    Boolean,
}

/// A schema of a request. One with a keyword that is not known here is an error in the tests.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Schema {
    #[serde(rename = "$ref")]
    reference: Option<String>,
    all_of: Vec<Schema>,
    #[serde(rename = "type")]
    kind: Option<Kind>,
    format: String,
    properties: BTreeMap<String, Schema>,
    required: BTreeSet<String>,
    additional_properties: Option<bool>,
    items: Option<Box<Schema>>,
    #[serde(rename = "enum")]
    values: Vec<String>,
    minimum: Option<f64>,
    maximum: Option<f64>,
    min_length: Option<usize>,
    max_length: Option<usize>,
    min_items: Option<usize>,
    max_items: Option<usize>,
    unique_items: bool,
    pattern: Option<String>,
    #[serde(skip)]
    matcher: OnceLock<Option<Regex>>,
    example: Option<Value>,
    title: Option<String>,
    description: Option<String>,
    default: Option<Value>,
}

/// The schemas of a document, by their names.
#[derive(Debug)]
pub struct Schemas(BTreeMap<String, Schema>);

impl Schemas {
    pub fn of(document: &Value) -> Self {
        let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
        let read = |(name, schema): (&String, &Value)| Some((name.clone(), Schema::read(schema)?));
        Self(schemas.into_iter().flatten().filter_map(read).collect())
    }

    /// Everything that is wrong with a body.
    pub fn faults(&self, schema: &Schema, body: &Value) -> Vec<Fault> {
        let mut faults = Vec::new();
        match body {
            Value::Null => faults.push(Fault::body("", self.missing(schema))),
            _ => self.check(schema, body, "", &mut faults),
        }
        faults
    }

    /// What is wrong with a parameter.
    pub fn fault_of_text(&self, schema: &Schema, text: &str) -> Option<String> {
        let read = match self.resolved(schema).kind {
            Some(Kind::Integer) => {
                text.parse::<i64>().map(Value::from).or_else(|_| text.parse::<u64>().map(Value::from)).ok()
            }
            Some(Kind::Boolean) => text.parse::<bool>().map(Value::from).ok(),
            _ => None,
        };
        let mut faults = Vec::new();
        self.check(schema, &read.unwrap_or_else(|| text.into()), "", &mut faults);
        faults.pop().map(|fault| fault.detail)
    }

    /// Says that a value is missing.
    pub fn missing(&self, schema: &Schema) -> String {
        format!("is missing; give {}", self.resolved(schema).wanted())
    }

    fn resolved<'a>(&'a self, schema: &'a Schema) -> &'a Schema {
        let name = schema.reference.as_deref().and_then(|path| path.strip_prefix("#/components/schemas/"));
        match name.and_then(|name| self.0.get(name)).or(schema.all_of.first()) {
            Some(schema) => self.resolved(schema),
            None => schema,
        }
    }

    fn check(&self, schema: &Schema, value: &Value, at: &str, faults: &mut Vec<Fault>) {
        if faults.len() >= FAULTS_MAX {
            return;
        }
        let schema = self.resolved(schema);
        let fault = match (schema.kind, value) {
            (Some(Kind::Object), Value::Object(fields)) => {
                return self.check_fields(schema, fields, at, faults);
            }
            (Some(Kind::Array), Value::Array(items)) => {
                // Of a list that is too long, no more than would be taken.
                for (index, item) in items.iter().take(schema.max_items.unwrap_or(usize::MAX)).enumerate() {
                    if let Some(wanted) = &schema.items {
                        self.check(wanted, item, &format!("{at}/{index}"), faults);
                    }
                }
                if schema.unique_items {
                    faults.extend(again(items, at));
                }
                schema.fault_of_length(items.len(), schema.min_items, schema.max_items)
            }
            (Some(Kind::String), Value::String(text)) => schema.fault_of_text(text),
            (Some(Kind::Integer), Value::Number(number)) if schema.has_in_range(number) => None,
            (Some(Kind::Boolean), Value::Bool(_)) | (None, _) => None,
            (Some(_), other) => Some(schema.other_than(other)),
        };
        faults.extend(fault.map(|detail| Fault::body(at, detail)));
    }

    fn check_fields(&self, schema: &Schema, fields: &Map<String, Value>, at: &str, faults: &mut Vec<Fault>) {
        for (name, wanted) in &schema.properties {
            let at = pointer(at, name);
            match fields.get(name) {
                None if schema.required.contains(name) => {
                    faults.push(Fault::body(at, self.missing(wanted)));
                }
                None => {}
                Some(Value::Null) if !schema.required.contains(name) => {
                    let wanted = self.resolved(wanted).wanted();
                    faults.push(Fault::body(
                        at,
                        format_args!("must not be null; leave it out, or give {wanted}"),
                    ));
                }
                Some(value) => self.check(wanted, value, &at, faults),
            }
        }
        if schema.additional_properties == Some(false) {
            let known = schema.properties.keys().map(String::as_str);
            let others = fields.keys().filter(|name| !schema.properties.contains_key(*name));
            faults.extend(
                others
                    .take(FAULTS_MAX.saturating_sub(faults.len()))
                    .map(|name| Fault::body(pointer(at, name), unknown(name, known.clone()))),
            );
        }
    }
}

impl Schema {
    fn read(described: &Value) -> Option<Self> {
        let mut schema = Self::deserialize(described).ok()?;
        // The document names what has a default, too: replies always show it.
        let has_default =
            |name: &String| schema.properties.get(name).is_some_and(|part| part.default.is_some());
        schema.required.retain(|name| !has_default(name));
        Some(schema)
    }

    fn other_than(&self, value: &Value) -> String {
        format!("must be {}, not {}", self.wanted(), shown(value))
    }

    /// What would be right.
    fn wanted(&self) -> String {
        if !self.values.is_empty() {
            return format!("one of {}", self.values.join(", "));
        }
        let like = match &self.example {
            Some(example) => format!(" like {example}"),
            None => String::new(),
        };
        match self.kind {
            Some(Kind::String) => {
                let what = Format::of(&self.format).map_or("a text", |format| format.what);
                format!("{what}{}{like}", between(self.min_length, self.max_length, "characters"))
            }
            Some(Kind::Integer) => self.wanted_number(),
            Some(Kind::Boolean) => "true or false".to_owned(),
            Some(Kind::Array) => format!("a list{}", between(self.min_items, self.max_items, "items")),
            Some(Kind::Object) if self.required.is_empty() => "an object".to_owned(),
            Some(Kind::Object) => {
                let required: Vec<&str> = self.required.iter().map(String::as_str).collect();
                format!("an object with {}", required.join(", "))
            }
            None => "a value".to_owned(),
        }
    }

    fn wanted_number(&self) -> String {
        match self.range() {
            (Some(least), Some(most)) => format!("a whole number from {least} to {most}"),
            (Some(least), None) => format!("a whole number from {least} on"),
            (None, Some(most)) => format!("a whole number up to {most}"),
            (None, None) => "a whole number".to_owned(),
        }
    }

    /// The smallest and the largest number, where they are not those of 64 bits.
    fn range(&self) -> (Option<i128>, Option<i128>) {
        let (least, most) = match self.format.as_str() {
            "int32" => (Some(i32::MIN.into()), Some(i32::MAX.into())),
            "uint16" => (Some(0), Some(u16::MAX.into())),
            "uint32" => (Some(0), Some(u32::MAX.into())),
            "uint64" => (Some(0), None),
            _ => (None, None),
        };
        let bound = |bound: Option<f64>| bound.map(|bound| bound as i128);
        (bound(self.minimum).or(least), bound(self.maximum).or(most))
    }

    fn has_in_range(&self, number: &serde_json::Number) -> bool {
        let number = number.as_i64().map(i128::from).or(number.as_u64().map(i128::from));
        let (least, most) = self.range();
        number.is_some_and(|number| {
            least.is_none_or(|least| number >= least) && most.is_none_or(|most| number <= most)
        })
    }

    fn fault_of_text(&self, text: &str) -> Option<String> {
        let format = Format::of(&self.format);
        if let Some(Err(detail)) = format.map(|format| (format.check)(text)) {
            return Some(detail);
        }
        if !self.values.is_empty() && format.is_none() {
            let is_one = self.values.iter().any(|value| value == text);
            return (!is_one).then(|| self.other_than(&text.into()));
        }
        // The domain takes spaces off.
        let text = if format.is_some() { text.trim() } else { text };
        let length = text.chars().count();
        self.fault_of_length(length, self.min_length, self.max_length).or_else(|| {
            let pattern = self.pattern.as_deref().filter(|_| format.is_none())?;
            let matcher = self.matcher.get_or_init(|| Regex::new(pattern).ok());
            let matches = matcher.as_ref().is_some_and(|matcher| matcher.is_match(text));
            (!matches).then(|| format!("must match {pattern}, and {} does not", shown(&text.into())))
        })
    }

    fn fault_of_length(&self, length: usize, min: Option<usize>, max: Option<usize>) -> Option<String> {
        let fits = min.is_none_or(|min| length >= min) && max.is_none_or(|max| length <= max);
        (!fits).then(|| format!("must be {}, has {length}", self.wanted()))
    }
}

/// The first item that is in a list already.
fn again(items: &[Value], at: &str) -> Option<Fault> {
    let is_again = |index: &usize| items[..*index].contains(&items[*index]);
    let index = (1..items.len().min(UNIQUE_ITEMS_MAX)).find(is_again)?;
    Some(Fault::body(format_args!("{at}/{index}"), "is in the list already"))
}

fn between(min: Option<usize>, max: Option<usize>, of: &str) -> String {
    match (min, max) {
        (Some(min), Some(max)) => format!(" of {min} to {max} {of}"),
        (Some(min), None) => format!(" of {min} or more {of}"),
        (None, Some(max)) => format!(" of at most {max} {of}"),
        (None, None) => String::new(),
    }
}

/// A value, as it is said.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => match text.char_indices().nth(SHOWN_CHARS_MAX) {
            Some((end, _)) => format!("{:?}", format!("{}…", &text[..end])),
            None => format!("{text:?}"),
        },
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    impl Schemas {
        /// What in a schema is not looked at: references that lead nowhere, and formats that nobody knows.
        pub fn gaps(&self, schema: &Schema, at: &str, seen: &mut BTreeSet<String>) -> Vec<String> {
            if let Some(reference) = &schema.reference {
                if std::ptr::eq(self.resolved(schema), schema) {
                    return vec![format!("{at}: {reference}")];
                }
                if !seen.insert(reference.clone()) {
                    return Vec::new();
                }
            }
            let schema = self.resolved(schema);
            let is_known = schema.format.is_empty()
                || schema.kind != Some(Kind::String)
                || Format::of(&schema.format).is_some();
            let mut gaps: Vec<String> =
                (!is_known).then(|| format!("{at}: {}", schema.format)).into_iter().collect();
            for (name, part) in &schema.properties {
                gaps.extend(self.gaps(part, &pointer(at, name), seen));
            }
            if let Some(part) = &schema.items {
                gaps.extend(self.gaps(part, &pointer(at, "0"), seen));
            }
            gaps
        }
    }

    fn schemas() -> Schemas {
        Schemas::of(&json!({ "components": { "schemas": {
            "Service": {
                "type": "object",
                "required": ["name", "needs"],
                "properties": {
                    "name": { "type": "string", "format": "name", "minLength": 1, "maxLength": 120 },
                    "needs": { "type": "array", "minItems": 1, "items": { "$ref": "#/components/schemas/Need" } },
                    "price": { "allOf": [{ "$ref": "#/components/schemas/Money" }], "description": "What it costs." },
                    "zone": { "type": "string", "format": "zone", "example": "America/Bogota" },
                    "first": { "type": "string", "format": "date", "example": "2026-11-24" },
                    "code": { "type": "string", "pattern": "^[a-z]+$", "maxLength": 5 },
                    "shared": { "type": "boolean", "default": false },
                    "a/b~c": { "type": "boolean" },
                },
                "additionalProperties": false,
            },
            "Need": {
                "type": "object",
                "required": ["any_of"],
                "properties": { "any_of": { "type": "array", "maxItems": 2, "items": { "type": "integer", "format": "uint16" } } },
                "additionalProperties": false,
            },
            "Money": {
                "type": "object",
                "required": ["amount", "kind", "taxed"],
                "properties": {
                    "taxed": { "type": "boolean", "default": true },
                    "amount": { "type": "integer", "format": "uint64", "maximum": 1e12 },
                    "kind": { "type": "string", "enum": ["net", "gross"] },
                },
                "additionalProperties": false,
            },
        } } }))
    }

    fn schema(value: Value) -> Schema {
        Schema::deserialize(value).expect("a schema")
    }

    #[track_caller]
    fn check(body: Value, expected: &[&str]) {
        let service = schema(json!({ "$ref": "#/components/schemas/Service" }));
        let faults: Vec<String> = schemas().faults(&service, &body).iter().map(Fault::to_string).collect();
        assert_eq!(faults, expected, "{body}");
    }

    #[test]
    fn what_is_right_has_no_fault() {
        check(json!({ "name": "Cut", "needs": [{ "any_of": [1, 65535] }] }), &[]);
        check(json!({ "name": " Cut ", "needs": [{ "any_of": [] }], "shared": true, "code": "a" }), &[]);
        check(
            json!({ "name": "Cut", "needs": [{ "any_of": [] }], "price": { "amount": 1000000000000_u64, "kind": "net" } }),
            &[],
        );
    }

    #[test]
    fn everything_that_is_wrong_is_named_at_its_place() {
        check(json!(null), &["the body: is missing; give an object with name, needs"]);
        check(json!([]), &["the body: must be an object with name, needs, not a list"]);
        check(
            json!({}),
            &[
                "/name: is missing; give a text of 1 to 120 characters",
                "/needs: is missing; give a list of 1 or more items",
            ],
        );
        check(
            json!({ "name": null, "needs": [null], "price": null, "zone": null, "shared": null }),
            &[
                "/name: must be a text of 1 to 120 characters, not null",
                "/needs/0: must be an object with any_of, not null",
                "/price: must not be null; leave it out, or give an object with amount, kind",
                "/shared: must not be null; leave it out, or give true or false",
                "/zone: must not be null; leave it out, or give an IANA time zone like \"America/Bogota\"",
            ],
        );
        check(
            json!({ "name": 7, "needs": [], "price": { "amount": -1, "kind": "brutto", "tax": 1 } }),
            &[
                "/name: must be a text of 1 to 120 characters, not 7",
                "/needs: must be a list of 1 or more items, has 0",
                "/price/amount: must be a whole number from 0 to 1000000000000, not -1",
                "/price/kind: must be one of net, gross, not \"brutto\"",
                "/price/tax: is unknown; did you mean \"taxed\"?",
            ],
        );
        check(
            json!({ "name": "\u{200b}", "needs": [{ "any_of": [1, 70_000, "2"] }, { "anyof": [] }], "nmae": "Cut" }),
            &[
                "/name: must not be empty",
                "/needs/0/any_of/1: must be a whole number from 0 to 65535, not 70000",
                "/needs/0/any_of: must be a list of at most 2 items, has 3",
                "/needs/1/any_of: is missing; give a list of at most 2 items",
                "/needs/1/anyof: is unknown; did you mean \"any_of\"?",
                "/nmae: is unknown; did you mean \"name\"?",
            ],
        );
        check(
            json!({ "name": "Cut", "needs": [{ "any_of": [1.5] }], "code": "A1", "first": "24.11.2026", "a/b~c": 1 }),
            &[
                "/a~1b~0c: must be true or false, not 1",
                "/code: must match ^[a-z]+$, and \"A1\" does not",
                "/first: must be a date like \"2026-11-24\"",
                "/needs/0/any_of/0: must be a whole number from 0 to 65535, not 1.5",
            ],
        );
    }

    #[test]
    fn a_missing_text_is_asked_for_with_an_example() {
        let zone = schema(json!({ "type": "string", "format": "zone", "example": "America/Bogota" }));
        assert_eq!(schemas().missing(&zone), "is missing; give an IANA time zone like \"America/Bogota\"");
    }

    #[test]
    fn parameters_are_read_as_poem_openapi_reads_them() {
        let limit =
            schema(json!({ "type": "integer", "format": "uint16", "minimum": 1.0, "maximum": 200.0 }));
        let fault = |text| schemas().fault_of_text(&limit, text);
        assert_eq!([fault("1"), fault("+200")], [None, None]);
        for text in ["0", "201", "", "x", " 5", "1.0", "99999999999999999999"] {
            assert!(
                fault(text)
                    .is_some_and(|detail| detail.starts_with("must be a whole number from 1 to 200, not ")),
                "{text}"
            );
        }
        let flag = schema(json!({ "type": "boolean" }));
        assert_eq!(schemas().fault_of_text(&flag, "true"), None);
        assert_eq!(
            schemas().fault_of_text(&flag, "yes").as_deref(),
            Some("must be true or false, not \"yes\"")
        );
    }

    #[test]
    fn a_body_of_another_kind_is_not_answered_with_a_book() {
        let body = json!({ "name": "Cut", "needs": vec![json!({ "any_of": ["x".repeat(100)] }); 1_000] });
        let service = schema(json!({ "$ref": "#/components/schemas/Service" }));
        let faults = schemas().faults(&service, &body);
        assert_eq!(faults.len(), FAULTS_MAX);
        assert!(faults.iter().all(|fault| fault.detail.chars().count() < 150));
    }
}
