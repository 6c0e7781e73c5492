//! The way from a request that changes something to its reply.

use frontdesk_adapters::command_bus::bus::RequestKey;
use frontdesk_adapters::crypto::sha256_hex;
use frontdesk_application::app::App;
use frontdesk_domain::kernel::ids::BusinessId;
use frontdesk_domain::kernel::refusal::Refusal;
use frontdesk_domain::kernel::work::Command;
use frontdesk_domain::values::json::canonical;
use poem::http::StatusCode;
use poem_openapi::types::{ParseError, ParseFromJSON, ToJSON, Type};
use serde_json::Value;

use super::caller::Caller;
use super::fault::Fault;
use super::field::{Etag, etag};
use super::problem::{Problem, ProblemBody};
use super::reply::{Done, Out, Reply};

/// A command that a caller gives.
pub struct Write<'a> {
    caller: &'a Caller,
    tenant: BusinessId,
    once: Option<Once<'a>>,
}

/// A request under an `Idempotency-Key`.
struct Once<'a> {
    key: &'a str,
    /// What is asked: a key stands for one request only.
    fingerprint: String,
}

impl<'a> Write<'a> {
    pub fn by(caller: &'a Caller, tenant: BusinessId) -> Self {
        Self { caller, tenant, once: None }
    }

    pub fn tenant(&self) -> BusinessId {
        self.tenant
    }

    /// Under an `Idempotency-Key`, if there is one, the request is carried out once. Operation and content
    /// tell requests under one key apart.
    pub fn once(
        self,
        idempotency_key: &'a Option<String>,
        operation: &str,
        content: impl Into<Value>,
    ) -> Self {
        let once = idempotency_key.as_deref().map(|key| {
            let request = format!("{operation}\n{}", canonical(&content.into()));
            Once { key, fingerprint: sha256_hex(request.as_bytes()) }
        });
        Self { once, ..self }
    }

    /// Carries the command out and shows its outcome.
    pub async fn run<C: Command, T: Out, const STATUS: u16>(
        self,
        app: &App,
        command: &C,
        show: impl Fn(C::Output) -> T + Sync,
    ) -> Result<Reply<T, STATUS>, Problem> {
        let context = app.context(self.tenant, self.caller.actor());
        let Some(Once { key, fingerprint }) = self.once else {
            let executed = app.bus.execute(&context, command).await?;
            return Ok(Reply::new(show(executed.output)).at(app, executed.position));
        };
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
        let reply = Reply::new(body).at(app, replied.position);
        Ok(if replied.repeated { reply.replayed() } else { reply })
    }

    /// What would come of a command. Nothing is written, under no key either.
    pub async fn preview<C: Command>(&self, app: &App, command: &C) -> Result<C::Output, Problem> {
        Ok(app.bus.preview(&app.context(self.tenant, self.caller.actor()), command).await?)
    }

    /// Carries a command out that has nothing to show.
    pub async fn run_silently<C: Command>(self, app: &App, command: &C) -> Result<Done, Problem> {
        let executed = app.bus.execute(&app.context(self.tenant, self.caller.actor()), command).await?;
        Ok(Done::of(app, executed))
    }
}

/// A recorded reply that is no longer one: the person it was about has been erased, or its form is gone.
fn unreadable<T: Type>(_: ParseError<T>) -> Problem {
    Problem::new(StatusCode::GONE, "reply-gone", "this request was carried out; its reply is no longer kept")
}

/// The version in `If-Match`, if one is named: `*` is whatever is there, and what is not there is not found.
pub fn seen_version(if_match: &Option<String>) -> Result<Option<i64>, Problem> {
    match if_match.as_deref().map(etag).transpose() {
        Ok(None | Some(Etag::Any)) => Ok(None),
        Ok(Some(Etag::Version(version))) => Ok(Some(version)),
        Ok(Some(Etag::Weak)) => Err(Problem::weak_tag()),
        Err(detail) => Err(Problem::bad_request(Fault::header("If-Match", detail))),
    }
}
