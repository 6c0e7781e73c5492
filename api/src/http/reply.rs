//! Replies to requests that went well, and the way from a command to one.

use frontdesk_adapters::command_bus::Executed;
use frontdesk_adapters::command_bus::bus::RequestKey;
use frontdesk_adapters::crypto::sha256_hex;
use frontdesk_application::app::App;
use frontdesk_domain::kernel::ids::BusinessId;
use frontdesk_domain::kernel::recorded::Position;
use frontdesk_domain::kernel::refusal::Refusal;
use frontdesk_domain::kernel::work::Command;
use frontdesk_domain::values::json::canonical;
use poem::http::{HeaderName, HeaderValue, StatusCode, header};
use poem::{IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::payload::{Json, Payload};
use poem_openapi::registry::{MetaHeader, MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::{ParseFromJSON, ToJSON, Type};
use serde_json::Value;

use super::caller::Caller;
use super::problem::{Problem, ProblemBody};

/// The place in the log that a write has reached; reads take it as `min_position`.
pub const POSITION: HeaderName = HeaderName::from_static("frontdesk-position");
/// Set when the reply is that of an earlier request under the same Idempotency-Key.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Something that a reply shows.
pub trait Out: ToJSON + ParseFromJSON + Type + Send + Sync {
    /// The version of its stream, for `ETag` and `If-Match`.
    fn version(&self) -> Option<i64> {
        None
    }
}

/// A reply with a body.
#[derive(Debug)]
pub struct Reply<T, const STATUS: u16 = 200> {
    body: T,
    position: Option<String>,
    replayed: bool,
}

/// It is there now.
pub type Created<T> = Reply<T, 201>;

impl<T: Out, const STATUS: u16> Reply<T, STATUS> {
    pub fn new(body: T) -> Self {
        Self { body, position: None, replayed: false }
    }

    fn at(self, app: &App, position: Option<Position>) -> Self {
        Self { position: position.map(|position| app.positions.token(position)), ..self }
    }
}

impl<T: Out, const STATUS: u16> IntoResponse for Reply<T, STATUS> {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(STATUS).unwrap_or(StatusCode::OK);
        let version = self.body.version();
        let mut response = Json(self.body).into_response();
        response.set_status(status);
        let headers = response.headers_mut();
        let mut set = |name: HeaderName, text: Option<String>| {
            if let Some(value) = text.and_then(|text| HeaderValue::from_str(&text).ok()) {
                headers.insert(name, value);
            }
        };
        set(POSITION, self.position);
        set(header::ETAG, version.map(|version| format!("\"{version}\"")));
        set(REPLAYED, self.replayed.then(|| "true".to_owned()));
        response
    }
}

fn header_meta(name: &HeaderName, description: &str) -> MetaHeader {
    let description = Some(description.to_owned());
    MetaHeader { name: name.as_str().to_owned(), description, required: false, deprecated: false, schema: String::schema_ref() }
}

fn position_meta() -> MetaHeader {
    header_meta(&POSITION, "Where this write stands in the log. Reads take it as min_position.")
}

impl<T: Out, const STATUS: u16> ApiResponse for Reply<T, STATUS> {
    fn meta() -> MetaResponses {
        let headers = vec![
            position_meta(),
            header_meta(&header::ETAG, "The version, for If-Match."),
            header_meta(&REPLAYED, "true when this is the reply to an earlier request under the same Idempotency-Key."),
        ];
        let content = vec![MetaMediaType { content_type: Json::<T>::CONTENT_TYPE, schema: T::schema_ref() }];
        let description = if STATUS == 201 { "It is there now." } else { "It went well." };
        MetaResponses { responses: vec![MetaResponse { description, status: Some(STATUS), status_range: None, content, headers }] }
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

/// A reply that says nothing but that it is done.
#[derive(Debug)]
pub struct Done {
    position: Option<String>,
}

impl Done {
    /// Of what does not stand in the log.
    pub fn unrecorded() -> Self {
        Self { position: None }
    }

    pub fn of<T>(app: &App, executed: Executed<T>) -> Self {
        Self { position: executed.position.map(|position| app.positions.token(position)) }
    }
}

impl IntoResponse for Done {
    fn into_response(self) -> Response {
        let response = Response::builder().status(StatusCode::NO_CONTENT);
        match self.position {
            Some(position) => response.header(POSITION, position).finish(),
            None => response.finish(),
        }
    }
}

impl ApiResponse for Done {
    fn meta() -> MetaResponses {
        let response = MetaResponse {
            description: "It is done.",
            status: Some(204),
            status_range: None,
            content: vec![],
            headers: vec![position_meta()],
        };
        MetaResponses { responses: vec![response] }
    }

    fn register(_: &mut Registry) {}
}

/// The version in `If-Match`.
pub fn seen_version(if_match: Option<&str>) -> Result<Option<i64>, Problem> {
    let bad = || Problem::bad_request("If-Match: send the ETag of what you have read, like \"3\"");
    match if_match.map(str::trim) {
        None | Some("*") => Ok(None),
        Some(tag) => {
            let number = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).ok_or_else(bad)?;
            number.parse().map(Some).map_err(|_| bad())
        }
    }
}

/// A write that somebody asked for.
pub struct Write<'a> {
    pub caller: &'a Caller,
    pub tenant: BusinessId,
    pub idempotency_key: Option<&'a str>,
    /// What is asked, for the comparison of requests under one key.
    pub operation: &'static str,
    pub body: Value,
}

impl<'a> Write<'a> {
    /// A request that does no harm when it is repeated.
    pub fn plain(caller: &'a Caller, tenant: BusinessId) -> Self {
        Self { caller, tenant, idempotency_key: None, operation: "", body: Value::Null }
    }
}

impl Write<'_> {
    /// Carries a command out and shows its outcome. Under an `Idempotency-Key`, once.
    pub async fn run<C: Command, T: Out, const STATUS: u16>(
        self,
        app: &App,
        command: &C,
        show: impl Fn(C::Output) -> T + Sync,
    ) -> Result<Reply<T, STATUS>, Problem> {
        let context = app.context(self.tenant, self.caller.actor());
        let Some(key) = self.idempotency_key else {
            let executed = app.bus.execute(&context, command).await?;
            return Ok(Reply::new(show(executed.output)).at(app, executed.position));
        };
        let fingerprint = sha256_hex(format!("{}\n{}", self.operation, canonical(&self.body)).as_bytes());
        let key = RequestKey::of(self.tenant, &context.actor.id, key, fingerprint);
        let render = |result: Result<C::Output, Refusal>| match result {
            Ok(output) => (STATUS, show(output).to_json().unwrap_or_default()),
            Err(refusal) => {
                let problem = Problem::refused(&refusal);
                (problem.body.status, problem.body.to_json().unwrap_or_default())
            }
        };
        let replied = app.bus.execute_once(&context, command, &key, render).await?;
        if replied.status != STATUS {
            let body = ProblemBody::parse_from_json(Some(replied.body)).map_err(unreadable)?;
            return Err(Problem::repeated(body));
        }
        let body = T::parse_from_json(Some(replied.body)).map_err(unreadable)?;
        Ok(Reply { replayed: replied.repeated, ..Reply::new(body).at(app, replied.position) })
    }

    /// Carries a command out that has nothing to show.
    pub async fn run_silently<C: Command>(self, app: &App, command: &C) -> Result<Done, Problem> {
        let executed = app.bus.execute(&app.context(self.tenant, self.caller.actor()), command).await?;
        Ok(Done::of(app, executed))
    }
}

/// A recorded reply that is no longer one: the person it was about has been erased, or its form is gone.
fn unreadable<T: Type>(_: poem_openapi::types::ParseError<T>) -> Problem {
    Problem::new(StatusCode::GONE, "reply-gone", "this request was carried out; its reply is no longer kept")
}
