//! Requests, held against what the OpenAPI document says of their operation.
//!
//! `poem_openapi` stops at the first thing that is wrong and says so in the words of its types. It passes over
//! a query parameter that it does not know, and over the second of two. It takes numbers for texts, and a large
//! one becomes another text. So every [fault](Fault) is looked for and named before a handler runs, once it is
//! known who asks.

use std::collections::BTreeMap;
use std::sync::Arc;

use percent_encoding::percent_decode_str;
use poem::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use poem::{Endpoint, IntoResponse, Middleware, Request, Response};
use serde::Deserialize;
use serde_json::Value;

use super::addresses::Addresses;
use super::caller::authenticate_early;
use super::fault::{Fault, Part};
use super::json::{self, Read};
use super::nearest::unknown;
use super::problem::Problem;
use super::schema::{FAULTS_MAX, Schema, Schemas};

/// Headers of which a second one would be passed over.
const SINGLE_HEADERS: &[&str] = &["Authorization", CONTENT_TYPE, "Idempotency-Key", "If-Match"];
const CONTENT_TYPE: &str = "Content-Type";
const CONTENT_ENCODING: &str = "Content-Encoding";

/// What an operation takes.
#[derive(Debug)]
struct Operation {
    method: Method,
    needs_caller: bool,
    parameters: Vec<Parameter>,
    body: Option<Schema>,
}

#[derive(Debug)]
struct Parameter {
    part: Part,
    name: String,
    required: bool,
    schema: Schema,
}

impl Operation {
    fn of(method: &str, described: &Value) -> Option<Self> {
        let parameters = described["parameters"].as_array().into_iter().flatten();
        let content = described.pointer("/requestBody/content").and_then(Value::as_object);
        let body = content.and_then(|content| Some(&content.values().next()?["schema"]));
        Some(Self {
            method: method.to_uppercase().parse().ok()?,
            needs_caller: described["security"].as_array().is_some_and(|schemes| !schemes.is_empty()),
            parameters: parameters.filter_map(Parameter::of).collect(),
            body: body.and_then(|schema| Schema::deserialize(schema).ok()),
        })
    }

    fn in_part(&self, part: Part) -> impl Iterator<Item = &Parameter> + Clone {
        self.parameters.iter().filter(move |parameter| parameter.part == part)
    }
}

impl Parameter {
    fn of(described: &Value) -> Option<Self> {
        Some(Self {
            part: match described["in"].as_str()? {
                "path" => Part::Path,
                "query" => Part::Query,
                "header" => Part::Header,
                _ => return None,
            },
            name: described["name"].as_str()?.to_owned(),
            required: described["required"].as_bool().unwrap_or_default(),
            schema: Schema::deserialize(&described["schema"]).ok()?,
        })
    }

    fn fault(&self, text: Option<&str>, schemas: &Schemas) -> Option<Fault> {
        let detail = match text {
            Some(text) => schemas.fault_of_text(&self.schema, text)?,
            None if self.required => schemas.missing(&self.schema),
            None => return None,
        };
        Some(Fault::of(self.part, &self.name, detail))
    }
}

/// What all operations take.
#[derive(Debug)]
struct Operations {
    addresses: Addresses<Vec<Operation>>,
    schemas: Schemas,
}

/// A request to an operation.
struct Asked<'a> {
    operation: &'a Operation,
    schemas: &'a Schemas,
    pattern: &'a [String],
    uri: Uri,
    query: Vec<(String, String)>,
    content_type: Option<HeaderValue>,
    body: serde_json::Result<Read>,
}

impl Asked<'_> {
    /// What is wrong with the names that a request gives, and with its headers.
    fn faults_of_names(&self, headers: &HeaderMap) -> Vec<Fault> {
        let mut faults = Vec::new();
        for name in SINGLE_HEADERS {
            let values = headers.get_all(*name);
            if let Some(detail) = given_again(values.iter().count()) {
                faults.push(Fault::header(name, detail));
            } else if values.iter().any(|value| value.to_str().is_err()) {
                // It would be taken for one that is not there.
                faults.push(Fault::header(name, "must be of printable ASCII characters"));
            }
        }
        if self.operation.body.is_some() {
            faults.extend(fault_of_coding(headers));
        }
        for parameter in self.operation.in_part(Part::Header) {
            let text = headers.get(&parameter.name).and_then(|value| value.to_str().ok());
            faults.extend(text.and_then(|text| parameter.fault(Some(text), self.schemas)));
        }
        let mut counts = BTreeMap::<&str, usize>::new();
        for (name, _) in &self.query {
            *counts.entry(name).or_default() += 1;
        }
        let known = self.operation.in_part(Part::Query).map(|parameter| parameter.name.as_str());
        let wrong = counts.into_iter().filter_map(|(name, count)| {
            let detail = match known.clone().any(|known| known == name) {
                true => given_again(count)?,
                false => unknown(name, known.clone()),
            };
            Some(Fault::query(name, detail))
        });
        faults.extend(wrong.take(FAULTS_MAX));
        faults
    }

    /// What is wrong with what stands in the path, in the query and in the body.
    fn faults_of_values(&self) -> Vec<Fault> {
        let path: Vec<&str> = self.uri.path().split('/').collect();
        let in_path = |name: &str| {
            let place = self.pattern.iter().position(|part| part[..] == format!("{{{name}}}"))?;
            Some(percent_decode_str(path.get(place)?).decode_utf8_lossy())
        };
        let in_query = |name: &str| self.query.iter().find(|(other, _)| other == name);
        let mut faults = Vec::new();
        for parameter in self.operation.in_part(Part::Path) {
            faults.extend(parameter.fault(in_path(&parameter.name).as_deref(), self.schemas));
        }
        for parameter in self.operation.in_part(Part::Query) {
            let text = in_query(&parameter.name).map(|(_, text)| text.as_str());
            faults.extend(parameter.fault(text, self.schemas));
        }
        if let Some(schema) = &self.operation.body {
            match self.fault_of_content_type() {
                Some(fault) => faults.push(fault),
                None => faults.extend(self.faults_of_body(schema)),
            }
        }
        faults
    }

    fn fault_of_content_type(&self) -> Option<Fault> {
        let detail = match self.content_type.as_ref().map(|value| value.to_str().unwrap_or_default()) {
            Some(kind) if is_json(kind) => return None,
            Some(kind) => format!("{kind:?} is not taken here; send application/json"),
            None => "is missing; send application/json".to_owned(),
        };
        Some(Fault::header(CONTENT_TYPE, detail))
    }

    fn faults_of_body(&self, schema: &Schema) -> Vec<Fault> {
        match &self.body {
            Ok(Read { value, faults, .. }) => [faults.clone(), self.schemas.faults(schema, value)].concat(),
            Err(error) => vec![Fault::body("", format_args!("is not JSON: {error}"))],
        }
    }
}

/// What would be read as something else, or not at all.
fn fault_of_coding(headers: &HeaderMap) -> Option<Fault> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(coding) = text(CONTENT_ENCODING).filter(|coding| !coding.eq_ignore_ascii_case("identity")) {
        let detail = format!("{coding:?} is not taken here; send the body as it is");
        return Some(Fault::header(CONTENT_ENCODING, detail));
    }
    let charset = text(CONTENT_TYPE).and_then(charset)?;
    let detail = format!("charset {charset:?} is not taken here; send UTF-8");
    (!charset.eq_ignore_ascii_case("utf-8")).then(|| Fault::header(CONTENT_TYPE, detail))
}

/// `application/json`, and no other form of JSON: `application/problem+json` is about something else.
fn is_json(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default();
    kind.trim().eq_ignore_ascii_case("application/json")
}

/// Reads a body. Where there is none, nothing is wrong with it yet.
fn read(body: &[u8]) -> serde_json::Result<Read> {
    if body.is_empty() { Ok(Read::default()) } else { json::read(body, FAULTS_MAX) }
}

/// The charset of a media type, as in `application/json; charset=utf-8`.
fn charset(kind: &str) -> Option<&str> {
    let mut parameters = kind.split(';').skip(1).filter_map(|parameter| parameter.trim().split_once('='));
    let (_, charset) = parameters.find(|(name, _)| name.eq_ignore_ascii_case("charset"))?;
    Some(charset.trim_matches('"'))
}

fn given_again(count: usize) -> Option<String> {
    (count > 1).then(|| format!("is given {count} times; give it once"))
}

/// A request with these faults is refused. The first one decides how.
fn refusal(mut faults: Vec<Fault>) -> Problem {
    faults.sort_by_key(|fault| fault.part);
    let first = faults.first().map(|fault| (fault.part, fault.parameter.as_deref()));
    let (status, kind) = match first {
        Some((Part::Path, _)) => (StatusCode::NOT_FOUND, "not-found"),
        Some((Part::Header, Some(CONTENT_TYPE | CONTENT_ENCODING))) => {
            (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type")
        }
        _ => (StatusCode::BAD_REQUEST, "bad-request"),
    };
    Problem::faulty(status, kind, faults)
}

/// Refuses requests with all their faults.
#[derive(Debug, Clone)]
pub struct Check(Arc<Operations>);

impl Check {
    pub fn of(document: &Value) -> Self {
        let paths = document["paths"].as_object().into_iter().flatten();
        let operations = paths.map(|(path, operations)| {
            let operations = operations.as_object().into_iter().flatten();
            let read = operations.filter_map(|(method, described)| Operation::of(method, described));
            (path.clone(), read.collect())
        });
        Self(Arc::new(Operations { addresses: operations.collect(), schemas: Schemas::of(document) }))
    }
}

impl<E: Endpoint> Middleware<E> for Check {
    type Output = Checked<E>;

    fn transform(&self, endpoint: E) -> Checked<E> {
        Checked { endpoint, operations: self.0.clone() }
    }
}

pub struct Checked<E> {
    endpoint: E,
    operations: Arc<Operations>,
}

impl<E: Endpoint> Endpoint for Checked<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let uri = request.uri().clone();
        let asked = self.operations.addresses.find(uri.path()).and_then(|(pattern, operations)| {
            Some((pattern, operations.iter().find(|operation| operation.method == request.method())?))
        });
        let Some((pattern, operation)) = asked else {
            return self.endpoint.call(request).await.map(IntoResponse::into_response);
        };
        // Strangers have nothing of theirs read.
        if operation.needs_caller {
            authenticate_early(&mut request).await?;
        }
        // It is in memory already, and is not copied.
        let body = request.take_body().into_bytes().await?;
        let asked = Asked {
            operation,
            pattern,
            schemas: &self.operations.schemas,
            query: request.params().unwrap_or_default(),
            content_type: request.headers().get(CONTENT_TYPE).cloned(),
            uri,
            body: if operation.body.is_some() { read(&body) } else { Ok(Read::default()) },
        };
        match &asked.body {
            // Handlers know whole numbers in one form.
            Ok(Read { value, is_rewritten: true, .. }) => request.set_body(value.to_string()),
            _ => request.set_body(body),
        }
        let mut faults = asked.faults_of_names(request.headers());
        faults.extend(asked.faults_of_values());
        match faults.is_empty() {
            true => self.endpoint.call(request).await.map(IntoResponse::into_response),
            false => Ok(refusal(faults).into_response()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;

    /// Whatever an operation takes is checked: no parameter, schema or format of a request is passed over.
    #[tokio::test]
    async fn all_that_the_document_says_of_requests_is_known() {
        let document: Value = serde_json::from_str(&crate::http::document()).expect("a document");
        let schemas = Schemas::of(&document);
        let described = document["paths"].as_object().expect("paths").values().filter_map(Value::as_object);
        let mut seen = BTreeSet::new();
        for (method, described) in described.flatten() {
            let id = described["operationId"].as_str().expect("an id");
            let operation = Operation::of(method, described).expect("an operation");
            let parameters = described["parameters"].as_array().map_or(0, Vec::len);
            assert_eq!(operation.parameters.len(), parameters, "{id}");
            assert_eq!(operation.body.is_some(), described.get("requestBody").is_some(), "{id}");
            let parts = operation.parameters.iter().map(|parameter| &parameter.schema).chain(&operation.body);
            for schema in parts {
                assert_eq!(schemas.gaps(schema, id, &mut seen), [""; 0]);
            }
        }
        assert!(seen.len() > 40, "{seen:?}");
    }

    #[track_caller]
    fn check(
        path: &str,
        headers: &[(&'static str, &'static str)],
        body: &str,
        status: u16,
        expected: &[&str],
    ) {
        let id = |name: &str| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "integer", "format": "uint16" } });
        let query = |name: &str| json!({ "name": name, "in": "query", "required": name == "from", "schema": { "type": "boolean" } });
        let key = json!({ "name": "Idempotency-Key", "in": "header", "schema": { "type": "string", "maxLength": 3 } });
        let content = json!({ "application/json": { "schema": { "type": "object", "required": ["name"], "properties": { "name": { "type": "boolean" } } } } });
        let document = json!({ "paths": { "/a/{a_id}/b/{b_id}": { "post": {
            "parameters": [id("a_id"), id("b_id"), query("from"), query("to"), key],
            "requestBody": { "content": content },
        } } } });
        let Check(operations) = Check::of(&document);
        let uri: Uri = path.parse().expect("a path");
        let (pattern, there) = operations.addresses.find(uri.path()).expect("an address");
        let mut given = HeaderMap::new();
        for (name, value) in headers {
            given.append(*name, HeaderValue::from_static(value));
        }
        let request = Request::builder().uri(uri.clone()).finish();
        let asked = Asked {
            operation: &there[0],
            schemas: &operations.schemas,
            pattern,
            query: request.params().expect("a query"),
            content_type: given.get(CONTENT_TYPE).cloned(),
            uri,
            body: read(body.as_bytes()),
        };
        let mut faults = asked.faults_of_names(&given);
        faults.extend(asked.faults_of_values());
        let problem = refusal(faults);
        assert_eq!(problem.body.status, status, "{:?}", problem.body);
        let faults = problem.body.errors.unwrap_or_default();
        let faults: Vec<String> =
            faults.iter().map(|fault| format!("{:?} {fault}", fault.part).to_lowercase()).collect();
        assert_eq!(faults, expected);
    }

    const JSON: (&str, &str) = ("content-type", "application/json");

    #[test]
    fn the_faults_of_all_parts_are_named_and_the_first_decides() {
        check(
            "/a/x/b/2?to=soon&to=later&form=1",
            &[JSON, ("idempotency-key", "long"), ("if-match", "\"1\""), ("if-match", "\"2\"")],
            "{}",
            404,
            &[
                "path a_id: must be a whole number from 0 to 65535, not \"x\"",
                "query form: is unknown; did you mean \"from\"?",
                "query to: is given 2 times; give it once",
                "query from: is missing; give true or false",
                "query to: must be true or false, not \"soon\"",
                "header if-match: is given 2 times; give it once",
                "header idempotency-key: must be a text of at most 3 characters, has 4",
                "body /name: is missing; give true or false",
            ],
        );
        check(
            "/a/1/b/%32?from=true&page=1",
            &[JSON],
            r#"{"name":true}"#,
            400,
            &["query page: is unknown; these are known: from, to"],
        );
        check(
            "/a/1/b/2?from=true",
            &[JSON],
            "{\n\"name\":}",
            400,
            &["body the body: is not json: expected value at line 2 column 8"],
        );
        check(
            "/a/1/b/2?from=true",
            &[JSON],
            "",
            400,
            &["body the body: is missing; give an object with name"],
        );
        check(
            "/a/1/b/2?from=true",
            &[],
            "{}",
            415,
            &["header content-type: is missing; send application/json"],
        );
        check(
            "/a/1/b/2?from=true",
            &[("content-type", "text/plain")],
            "{}",
            415,
            &["header content-type: \"text/plain\" is not taken here; send application/json"],
        );
        check(
            "/a/1/b/2?from=true",
            &[("content-type", "application/json; Charset=\"latin1\"")],
            r#"{"name":true}"#,
            415,
            &["header content-type: charset \"latin1\" is not taken here; send utf-8"],
        );
        check(
            "/a/1/b/2?from=true",
            &[JSON, ("content-encoding", "gzip")],
            r#"{"name":true}"#,
            415,
            &["header content-encoding: \"gzip\" is not taken here; send the body as it is"],
        );
    }
}
