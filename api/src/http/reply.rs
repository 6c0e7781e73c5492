//! Replies to requests that went well.

use frontdesk_adapters::command_bus::Executed;
use frontdesk_application::app::App;
use frontdesk_domain::kernel::recorded::Position;
use poem::http::{HeaderName, HeaderValue, StatusCode, header};
use poem::{IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::payload::{Json, Payload};
use poem_openapi::registry::{MetaHeader, MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::{ParseFromJSON, ToJSON, Type};

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
    /// Of what is shown and not there.
    imagined: bool,
}

/// It is there now.
pub type Created<T> = Reply<T, 201>;

impl<T: Out, const STATUS: u16> Reply<T, STATUS> {
    pub fn new(body: T) -> Self {
        Self { body, position: None, replayed: false, imagined: false }
    }

    /// Of something that would come about: there is no version to go on from.
    pub fn imagined(body: T) -> Self {
        Self { imagined: true, ..Self::new(body) }
    }

    pub fn map(self, change: impl FnOnce(T) -> T) -> Self {
        Self { body: change(self.body), ..self }
    }

    /// Of a write that has reached a position.
    pub fn at(self, app: &App, position: Option<Position>) -> Self {
        Self { position: position.map(|position| app.positions.token(position)), ..self }
    }

    pub fn is_replayed(&self) -> bool {
        self.replayed
    }

    /// As it was given to an earlier request under the same `Idempotency-Key`.
    pub fn replayed(self) -> Self {
        Self { replayed: true, ..self }
    }
}

impl<T: Out, const STATUS: u16> IntoResponse for Reply<T, STATUS> {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(STATUS).unwrap_or(StatusCode::OK);
        let version = self.body.version().filter(|_| !self.imagined);
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
    MetaHeader {
        name: name.as_str().to_owned(),
        description,
        required: false,
        deprecated: false,
        schema: String::schema_ref(),
    }
}

fn position_meta() -> MetaHeader {
    header_meta(&POSITION, "Where this write stands in the log. Reads take it as min_position.")
}

impl<T: Out, const STATUS: u16> ApiResponse for Reply<T, STATUS> {
    fn meta() -> MetaResponses {
        let headers = vec![
            position_meta(),
            header_meta(&header::ETAG, "The version, for If-Match."),
            header_meta(
                &REPLAYED,
                "true when this is the reply to an earlier request under the same Idempotency-Key.",
            ),
        ];
        let content = vec![MetaMediaType { content_type: Json::<T>::CONTENT_TYPE, schema: T::schema_ref() }];
        let description = if STATUS == 201 { "It is there now." } else { "It went well." };
        MetaResponses {
            responses: vec![MetaResponse {
                description,
                status: Some(STATUS),
                status_range: None,
                content,
                headers,
            }],
        }
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

/// A reply that clients may keep and ask for again: its version says all that is in it, and nothing in it is
/// about a person. Where it is of the version that `If-None-Match` names, it is not sent again.
#[derive(Debug)]
pub struct Kept<T>(pub Reply<T>);

impl<T: Out> IntoResponse for Kept<T> {
    fn into_response(self) -> Response {
        self.0.into_response().with_header(header::CACHE_CONTROL, "private, no-cache").into_response()
    }
}

impl<T: Out> ApiResponse for Kept<T> {
    fn meta() -> MetaResponses {
        let mut meta = Reply::<T>::meta();
        meta.responses.push(MetaResponse {
            description: "It is as If-None-Match has it.",
            status: Some(304),
            status_range: None,
            content: vec![],
            headers: vec![header_meta(&header::ETAG, "The version, for If-Match.")],
        });
        meta
    }

    fn register(registry: &mut Registry) {
        Reply::<T>::register(registry);
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
