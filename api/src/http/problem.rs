//! Errors over HTTP: RFC 9457 problem+json, made in this one place.
//!
//! A refusal is an answer: its `type` is stable, its `detail` says what is wrong and what would be right, and
//! a refused time comes with the slots that are open. A failure says whether anything was done and when to
//! try again; its causes are logged, once, here, and never shown.

use std::any::Any;
use std::error::Error as _;

use frontdesk_adapters::command_bus::BusError;
use frontdesk_adapters::event_log::appender::AppendError;
use frontdesk_adapters::event_log::{CommitError, ReadError as LogReadError};
use frontdesk_application::access::AccessError;
use frontdesk_application::inbound::error::ReceiveError;
use frontdesk_application::reads::ReadError;
use frontdesk_application::reads::open_slots::BadDay;
use frontdesk_domain::kernel::chain::{Chain, panic_message};
use frontdesk_domain::kernel::refusal::{Class, Refusal};
use frontdesk_projections::directory::DirectoryError;
use poem::error::{MethodNotAllowedError, NotFoundError};
use poem::http::{HeaderValue, StatusCode, header};
use poem::{IntoResponse, Response};
use poem_openapi::error::{AuthorizationError, ParseParamError, ParsePathError, ParseRequestPayloadError};
use poem_openapi::registry::{MetaHeader, MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::{ToJSON, Type};
use poem_openapi::{ApiResponse, Object};

use super::conflict::ConflictOut;
use super::fault::Fault;
use super::open_slot::OpenSlotOut;
use super::problem_type;

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "Problem", skip_serializing_if_is_none)]
pub struct ProblemBody {
    /// The kind of problem: stable, for programs.
    #[oai(rename = "type")]
    pub kind: String,
    /// The kind of problem in words.
    pub title: String,
    /// The status of the reply.
    pub status: u16,
    /// What is wrong this time, and what would be right.
    pub detail: String,
    /// What can be booked instead, where a time was refused.
    pub open_slots: Option<Vec<OpenSlotOut>>,
    /// Which appointments of a series cannot be had, where one was refused.
    pub conflicts: Option<Vec<ConflictOut>>,
    /// Everything that is wrong with the request, where that is known by its place.
    pub errors: Option<Vec<Fault>>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    pub body: Box<ProblemBody>,
    retry_after_seconds: Option<u16>,
}

impl Problem {
    pub fn new(status: StatusCode, kind: &str, detail: impl Into<String>) -> Self {
        let title = kind.replace('-', " ");
        let kind = problem_type::of(kind);
        let body = ProblemBody {
            kind,
            title,
            status: status.as_u16(),
            detail: detail.into(),
            open_slots: None,
            conflicts: None,
            errors: None,
        };
        Self { body: Box::new(body), retry_after_seconds: None }
    }

    /// A request with these faults. The detail has the first.
    pub fn faulty(status: StatusCode, kind: &str, faults: Vec<Fault>) -> Self {
        let detail = match faults.as_slice() {
            [] => String::new(),
            [fault] => fault.to_string(),
            [first, others @ ..] => format!("{first} (and {} more, in errors)", others.len()),
        };
        let mut problem = Self::new(status, kind, detail);
        problem.body.errors = Some(faults);
        problem
    }

    /// What cannot be understood.
    pub fn bad_request(fault: Fault) -> Self {
        Self::faulty(StatusCode::BAD_REQUEST, "bad-request", vec![fault])
    }

    /// What can be understood, and makes no sense.
    pub fn invalid(fault: Fault) -> Self {
        Self::faulty(StatusCode::UNPROCESSABLE_ENTITY, "invalid", vec![fault])
    }

    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", detail)
    }

    pub fn precondition_required() -> Self {
        let fault = Fault::header("If-Match", "is needed here; send the ETag of what you have read");
        Self::faulty(StatusCode::PRECONDITION_REQUIRED, "precondition-required", vec![fault])
    }

    /// A weak tag in `If-Match` matches nothing (RFC 9110, section 13.1.1).
    pub fn weak_tag() -> Self {
        let fault = Fault::header("If-Match", "is weak, and matches nothing; send the ETag without W/");
        Self::faulty(StatusCode::PRECONDITION_FAILED, "weak-tag", vec![fault])
    }

    pub fn unauthorized(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", detail)
    }

    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", detail)
    }

    pub fn unavailable(kind: &str, detail: impl Into<String>, retry_after_seconds: u16) -> Self {
        Self {
            retry_after_seconds: Some(retry_after_seconds),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, kind, detail)
        }
    }

    /// Something that should not happen. What it is goes to the log only.
    pub fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error = %Chain(error), "a request failed");
        Self::logged()
    }

    /// A handler that has panicked.
    pub fn panicked(panic: Box<dyn Any + Send>) -> Self {
        tracing::error!(error = panic_message(panic.as_ref()), "a request failed");
        metrics::counter!("frontdesk_task_failures_total", "task" => "request").increment(1);
        Self::logged()
    }

    fn logged() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "something went wrong here; it has been logged",
        )
    }

    pub fn refused(refusal: &Refusal) -> Self {
        let status = match refusal.class {
            Class::NotFound => StatusCode::NOT_FOUND,
            Class::Conflict => StatusCode::CONFLICT,
            Class::Gone => StatusCode::GONE,
            Class::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            Class::Forbidden => StatusCode::FORBIDDEN,
            Class::Changed => StatusCode::PRECONDITION_FAILED,
        };
        let mut problem = Self::new(status, &refusal.slug, &refusal.detail);
        problem.body.open_slots = refusal.open.as_deref().map(OpenSlotOut::of_open);
        problem.body.conflicts =
            (!refusal.conflicts.is_empty()).then(|| refusal.conflicts.iter().map(ConflictOut::of).collect());
        problem
    }

    /// A problem that was told before, word for word.
    pub fn repeated(body: ProblemBody) -> Self {
        Self { body: Box::new(body), retry_after_seconds: None }
    }

    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.body.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Whatever poem says when a request does not get to its handler, or does not get through it.
    pub fn of(error: poem::Error) -> Self {
        // What check::Check finds no fault in.
        if let Some(error) = error.downcast_ref::<ParseRequestPayloadError>() {
            return Self::bad_request(Fault::body("", in_plain_words(&error.reason)));
        }
        if let Some(error) = error.downcast_ref::<ParsePathError>() {
            return Self::not_found(in_plain_words(&error.reason));
        }
        if let Some(error) = error.downcast_ref::<ParseParamError>() {
            return Self::bad_request(Fault::query(error.name, in_plain_words(&error.reason)));
        }
        if error.is::<AuthorizationError>() {
            return Self::unauthorized("send an API key: Authorization: Bearer fd_…");
        }
        if error.is::<NotFoundError>() {
            return Self::not_found("there is nothing at this address; /docs shows what there is");
        }
        if error.is::<MethodNotAllowedError>() {
            return Self::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method-not-allowed",
                "this address does not take that method",
            );
        }
        let status = error.status();
        if status.is_server_error() {
            tracing::error!(error = %error, cause = error.source().map(tracing::field::display), "a request failed");
            return Self::logged();
        }
        Self::new(status, "bad-request", error.to_string())
    }
}

/// A reason without the names of our types: `failed to parse "zone": …  (occurred while parsing
/// "BusinessProfile")`.
fn in_plain_words(reason: &str) -> &str {
    let reason = reason.split(" (occurred while parsing").next().unwrap_or(reason);
    reason
        .strip_prefix("failed to parse \"")
        .and_then(|rest| rest.split_once("\": "))
        .map_or(reason, |(_, rest)| rest)
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self::invalid(fault)
    }
}

impl From<BusError> for Problem {
    fn from(error: BusError) -> Self {
        match error {
            BusError::Refused(refusal) => Self::refused(&refusal),
            BusError::Crowded | BusError::Contended => Self::unavailable("busy", error.to_string(), 1),
            BusError::TooMuchWork => {
                tracing::error!("a command was ended because it used too much processor time");
                Self::unavailable("busy", error.to_string(), 30)
            }
            BusError::Commit(CommitError::Append(error)) => error.into(),
            BusError::Commit(CommitError::Read(error)) => error.into(),
            BusError::Commit(CommitError::Erased(error)) => {
                Self::new(StatusCode::GONE, "person-erased", error.to_string())
            }
            BusError::Commit(CommitError::KeyContention) => {
                Self::unavailable("busy", "others were faster; nothing was done", 1)
            }
            BusError::Unavailable(error) => {
                tracing::error!(error = %Chain(&error), "the log cannot be read");
                Self::unavailable("unavailable", "the database cannot be reached; nothing was done", 2)
            }
        }
    }
}

impl From<AppendError> for Problem {
    fn from(error: AppendError) -> Self {
        match &error {
            AppendError::Overloaded => Self::unavailable("busy", error.to_string(), 1),
            AppendError::Unavailable(_) | AppendError::Stopping => {
                Self::unavailable("unavailable", error.to_string(), 2)
            }
            AppendError::OutcomeUnknown(_) => {
                let detail = "the database stopped answering; it may or may not have been done. Repeat the request with the same Idempotency-Key to find out";
                Self::unavailable("outcome-unknown", detail, 2)
            }
            AppendError::TooLarge => Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", error.to_string()),
            AppendError::Rejected(_) => Self::internal(&error),
        }
    }
}

impl From<LogReadError> for Problem {
    fn from(error: LogReadError) -> Self {
        match &error {
            LogReadError::Database(cause) => cause.into(),
            LogReadError::Unreadable(_) | LogReadError::Key(_) => Self::internal(&error),
        }
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Refused(refusal) => Self::refused(&refusal),
            ReadError::Position(error) => Self::bad_request(Fault::query("min_position", error)),
            ReadError::Behind => Self::unavailable("read-model-behind", error.to_string(), 1),
            ReadError::Log(error) => error.into(),
            ReadError::Directory(error) => error.into(),
            ReadError::Database(error) => error.into(),
        }
    }
}

impl From<AccessError> for Problem {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Unknown => Self::unauthorized(error.to_string()),
            AccessError::Read(error) => error.into(),
        }
    }
}

impl From<ReceiveError> for Problem {
    fn from(error: ReceiveError) -> Self {
        match error {
            ReceiveError::BadChannel(error) => Self::bad_request(Fault::query("channel", error)),
            ReceiveError::BadMessage(error) => Self::bad_request(Fault::body("", error)),
            ReceiveError::NotAuthentic(_) => Self::unauthorized(error.to_string()),
            ReceiveError::Read(error) => error.into(),
            ReceiveError::Bus(error) => error.into(),
        }
    }
}

impl From<BadDay> for Problem {
    fn from(error: BadDay) -> Self {
        match error {
            BadDay::TooFar => Self::bad_request(Fault::query("day", error)),
            BadDay::Period(_) | BadDay::Passed(_) => Self::invalid(Fault::query("day", error)),
        }
    }
}

impl From<DirectoryError> for Problem {
    fn from(error: DirectoryError) -> Self {
        match &error {
            DirectoryError::Database(cause) => cause.into(),
            DirectoryError::Entry(_) => Self::internal(&error),
        }
    }
}

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        (&error).into()
    }
}

impl From<&sqlx::Error> for Problem {
    fn from(error: &sqlx::Error) -> Self {
        tracing::error!(error = %Chain(error), "the database cannot be read");
        Self::unavailable("unavailable", "the database cannot be reached", 2)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status();
        let body = self.body.to_json().unwrap_or_default().to_string();
        let mut response =
            Response::builder().status(status).content_type("application/problem+json").body(body);
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after_seconds {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<Problem> for poem::Error {
    fn from(problem: Problem) -> Self {
        Self::from_response(problem.into_response())
    }
}

/// What can go wrong when something is read.
const READ_STATUSES: &[(u16, &str)] = &[
    (400, "A parameter cannot be understood."),
    (401, "The API key is missing, wrong, expired or revoked."),
    (403, "The key's scope does not allow it."),
    (404, "There is no such thing, or not for this key."),
    (405, "The address does not take this method."),
    (410, "It was there, and no longer is."),
    (422, "The parameters can be understood, but make no sense."),
    (500, "Something went wrong here."),
    (
        503,
        "The database cannot be reached, or what was asked for cannot be had in time. Try again after Retry-After.",
    ),
];

/// And when something is written.
const WRITE_STATUSES: &[(u16, &str)] = &[
    (400, "The body or a parameter cannot be understood."),
    (401, "The API key is missing, wrong, expired or revoked."),
    (403, "The key's scope does not allow it."),
    (404, "There is no such thing, or not for this key."),
    (405, "The address does not take this method."),
    (408, "The body did not come in time."),
    (409, "It cannot be done as things stand. A refused time comes with open slots."),
    (410, "It could have been done earlier: the token or hold has expired, or the thing is retired."),
    (412, "It has changed since the version in If-Match."),
    (413, "The body is too large."),
    (415, "The body is not application/json."),
    (422, "What was asked for makes no sense, or the Idempotency-Key was used for something else."),
    (500, "Something went wrong here."),
    (
        503,
        "Nothing was done, or it is not known whether it was (type outcome-unknown). Try again after Retry-After, with the same Idempotency-Key.",
    ),
];

fn meta(statuses: &[(u16, &'static str)]) -> MetaResponses {
    let response = |(status, description): &(u16, &'static str)| MetaResponse {
        description,
        status: Some(*status),
        status_range: None,
        content: vec![MetaMediaType {
            content_type: "application/problem+json",
            schema: ProblemBody::schema_ref(),
        }],
        headers: if *status == 503 {
            let description = Some("Seconds to wait before trying again.".to_owned());
            vec![MetaHeader {
                name: "Retry-After".into(),
                description,
                required: true,
                deprecated: false,
                schema: u16::schema_ref(),
            }]
        } else {
            vec![]
        },
    };
    MetaResponses { responses: statuses.iter().map(response).collect() }
}

impl ApiResponse for Problem {
    fn meta() -> MetaResponses {
        meta(WRITE_STATUSES)
    }

    fn register(registry: &mut Registry) {
        ProblemBody::register(registry);
    }
}

/// A problem of a request that only reads.
#[derive(Debug)]
pub struct ReadProblem(pub Problem);

impl<E: Into<Problem>> From<E> for ReadProblem {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl From<ReadProblem> for poem::Error {
    fn from(problem: ReadProblem) -> Self {
        problem.0.into()
    }
}

impl ApiResponse for ReadProblem {
    fn meta() -> MetaResponses {
        meta(READ_STATUSES)
    }

    fn register(registry: &mut Registry) {
        Problem::register(registry);
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    /// Every refusal of every aggregate has its paragraph: the slug is made of the aggregate's prefix and the
    /// error's name.
    #[test]
    fn every_refusal_is_documented() {
        let page = include_str!("../../../docs/problems.md");
        let domain = Path::new(env!("CARGO_MANIFEST_DIR")).join("../domain/src");
        let folders =
            |path| std::fs::read_dir(path).expect("a folder").flatten().filter(|entry| entry.path().is_dir());
        let mut found = 0;
        for folder in folders(domain).flat_map(|room| folders(room.path())) {
            let Ok(source) = std::fs::read_to_string(folder.path().join("error.rs")) else { continue };
            let Some((errors, refusals)) = source.split_once("crate::refuses!(") else { continue };
            let prefix = refusals.split('"').nth(1).expect("a prefix");
            for variant in
                errors.lines().filter_map(|line| line.strip_prefix("    ")?.split([',', ' ', '(']).next())
            {
                if variant.starts_with(char::is_uppercase) {
                    let kebab =
                        variant.chars().fold(String::new(), |text, letter| match letter.is_uppercase() {
                            true => format!("{text}-{}", letter.to_lowercase()),
                            false => format!("{text}{letter}"),
                        });
                    assert!(
                        page.contains(&format!("### {prefix}{kebab}\n")),
                        "docs/problems.md lacks {prefix}{kebab}"
                    );
                    found += 1;
                }
            }
        }
        assert!(found > 30, "{found} refusals found");
    }
}
