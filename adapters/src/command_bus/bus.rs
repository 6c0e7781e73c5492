//! The loop around a decision: queue, load, decide, commit; and again if something has moved.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use frontdesk_domain::kernel::decider::Decider;
use frontdesk_domain::kernel::ids::{BusinessId, IdempotentRequestId};
use frontdesk_domain::kernel::personal::{Personal, SubjectId};
use frontdesk_domain::kernel::recorded::{Position, Stream};
use frontdesk_domain::kernel::refusal::Refusal;
use frontdesk_domain::kernel::work::{Command, Failure, Unavailable, Work};
use frontdesk_domain::platform::idempotency::{IdempotentRequest, IdempotentRequestCommand, Reply};
use serde_json::{Value, json};
use uuid::Uuid;

use super::ahead::Ahead;
use super::budget;
use super::cache::{AggregateCache, Folded};
use super::context::{Clock, Context};
use super::environment::Environment;
use super::queue::{Queues, Turn};
use super::work::LogWork;
use crate::crypto::{DeploymentSecrets, Hasher};
use crate::event_log::{CommitError, EventLog, Moved, Outcome, ReadError};

/// How often a command is decided before it is given up. Each lost try means that somebody else's commit won.
const ATTEMPTS: u32 = 64;
/// From here on, tries are a little apart, so that processes do not keep step.
const PATIENT_ATTEMPTS: u32 = 4;

/// A command that was carried out.
#[derive(Debug, Clone)]
pub struct Executed<T> {
    pub output: T,
    /// The last position that it wrote, if it wrote anything.
    pub position: Option<Position>,
}

/// A request that was answered, now or before.
#[derive(Debug, Clone)]
pub struct Replied {
    pub status: u16,
    pub body: Value,
    pub position: Option<Position>,
    /// It had been answered before, and this is the answer of then.
    pub repeated: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// The answer is no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    #[error(transparent)]
    Commit(CommitError),
    #[error("too many wait for the same thing; nothing was done")]
    Crowded,
    #[error("others kept changing what this depends on; nothing was done")]
    Contended,
    #[error("it takes more computing than one request may use; nothing was done")]
    TooMuchWork,
}

/// An `Idempotency-Key` with what it was sent for.
#[derive(Debug, Clone)]
pub struct RequestKey {
    pub id: IdempotentRequestId,
    /// A digest of what was asked.
    pub fingerprint: String,
}

impl RequestKey {
    /// The key of one caller: two callers may use the same one.
    pub fn of(tenant: BusinessId, caller: &str, key: &str, fingerprint: String) -> Self {
        Self {
            id: IdempotentRequestId::derived(Some(tenant), &[caller.as_bytes(), key.as_bytes()]),
            fingerprint,
        }
    }
}

/// The command bus of a process. Clones share everything.
#[derive(Debug, Clone)]
pub struct Bus {
    environment: Environment,
    queues: Queues,
}

/// What is decided in each try.
trait Decision: Sync {
    type Output: Send;
    fn decide(&self, work: &LogWork<'_>) -> impl Future<Output = Result<Self::Output, Failure>> + Send;
}

impl Bus {
    pub fn new(log: EventLog, secrets: &DeploymentSecrets, clock: Arc<dyn Clock>) -> Self {
        Self { environment: Environment::new(log, secrets, clock), queues: Queues::default() }
    }

    pub fn log(&self) -> &EventLog {
        &self.environment.log
    }

    pub fn cache(&self) -> &AggregateCache {
        &self.environment.cache
    }

    /// What is decided and not written yet.
    pub fn ahead(&self) -> &Ahead {
        &self.environment.ahead
    }

    pub fn clock(&self) -> &dyn Clock {
        self.environment.clock.as_ref()
    }

    pub fn hasher(&self) -> &Hasher {
        &self.environment.hasher
    }

    /// Carries a command out.
    pub async fn execute<C: Command>(
        &self,
        context: &Context,
        command: &C,
    ) -> Result<Executed<C::Output>, BusError> {
        self.run(context, command, &Plain(command)).await
    }

    /// Decides a command and writes nothing: what would come of it.
    pub async fn preview<C: Command>(&self, context: &Context, command: &C) -> Result<C::Output, BusError> {
        Ok(self.run(context, command, &Preview(command)).await?.output)
    }

    /// Carries a command out under an idempotency key: what is replied, refusals included, is recorded with
    /// what it caused. `render` makes the reply.
    pub async fn execute_once<C: Command>(
        &self,
        context: &Context,
        command: &C,
        key: &RequestKey,
        render: impl Fn(Result<C::Output, Refusal>) -> (u16, Value) + Sync,
    ) -> Result<Replied, BusError> {
        let executed = self.run(context, command, &Once { command, key, render }).await?;
        let position = match executed.position {
            // Whoever missed the first reply wants to read what it caused, too.
            None => self
                .log()
                .position_of(Stream::of::<IdempotentRequest>(key.id))
                .await
                .map_err(|error| BusError::Commit(error.into()))?,
            some => some,
        };
        Ok(Replied { position, ..executed.output })
    }

    async fn run<C: Command, D: Decision>(
        &self,
        context: &Context,
        command: &C,
        decision: &D,
    ) -> Result<Executed<D::Output>, BusError> {
        let recorded = json!({ "name": C::NAME, "command": command });
        let mut contended = command.contended(context.tenant);
        let count_conflict = || {
            metrics::counter!("frontdesk_command_conflicts_total", "command" => C::NAME).increment(1);
        };
        let mut turn = None;
        let mut lost = 0;
        while lost < ATTEMPTS {
            // Whoever has lost often keeps the others of this process away until it has its answer.
            let is_patient = lost < PATIENT_ATTEMPTS;
            turn = match turn.or_else(|| self.queues.now(&contended)) {
                None if !is_patient => Some(self.turn(context, &contended).await?),
                turn => turn,
            };
            let work = LogWork::new(&self.environment, context, lost);
            let decided = budget::within(budget::PROCESSOR_TIME_MAX, decision.decide(&work)).await;
            let found: Vec<Uuid> =
                work.contends().into_iter().filter(|key| !contended.contains(key)).collect();
            if !found.is_empty() {
                contended.extend(found);
                turn = None;
            }
            let output = match decided.map_err(|_| BusError::TooMuchWork)? {
                Ok(output) => output,
                Err(Failure::Refused(refusal)) => {
                    turn = turn.filter(|_| !is_patient);
                    if self.confirm(context, &work).await? {
                        return Err(BusError::Refused(refusal));
                    }
                    lost += 1;
                    continue;
                }
                Err(Failure::Unavailable(error)) => return Err(BusError::Unavailable(error)),
            };
            if turn.is_none() && work.appends_where_contended() {
                // Others are in line for it. Whoever is refused need not wait to hear so; this one must, and
                // is then decided again, on what it has loaded by now.
                turn = Some(self.turn(context, &contended).await?);
                continue;
            }
            let Some(draft) = work.draft(recorded.clone()) else {
                turn = turn.filter(|_| !is_patient);
                if self.confirm(context, &work).await? {
                    return Ok(Executed { output, position: None });
                }
                lost += 1;
                continue;
            };
            let prepared =
                self.log().prepare(&draft, work.rests_on(), context.priority, context.deadline).await;
            let prepared = prepared.map_err(BusError::Commit)?;
            let submitted = self.environment.ahead.submit(prepared, &draft.expectations, work.written());
            let Some(submitted) = submitted else {
                count_conflict();
                lost += 1;
                step_aside(lost).await;
                continue;
            };
            // Whoever is next decides on this.
            turn = turn.filter(|_| !is_patient);
            match submitted.outcome().await.map_err(BusError::Commit)? {
                Some(Outcome::Committed(accepted)) => {
                    return Ok(Executed { output, position: Some(accepted.last_position) });
                }
                None => lost += 1,
                Some(Outcome::Moved(moved)) => {
                    count_conflict();
                    self.catch_up(moved)?;
                    lost += 1;
                    step_aside(lost).await;
                }
            }
        }
        Err(BusError::Contended)
    }

    async fn turn(&self, context: &Context, contended: &[Uuid]) -> Result<Turn, BusError> {
        self.queues.wait(contended, context.deadline).await.map_err(|_| BusError::Crowded)
    }

    /// Whether what a decision rests on is written, and still so. What has moved is forgotten.
    async fn confirm(&self, context: &Context, work: &LogWork<'_>) -> Result<bool, BusError> {
        if !work.may_be_stale() {
            return Ok(true);
        }
        for ticket in work.rests_on() {
            let is_written = tokio::time::timeout_at(context.deadline, ticket.is_written()).await;
            if !is_written.map_err(|_| BusError::Crowded)? {
                return Ok(false);
            }
        }
        let expectations = work.expectations();
        let streams: Vec<Stream> = expectations.iter().map(|expectation| expectation.stream).collect();
        if streams.is_empty() {
            return Ok(true);
        }
        let versions = self.log().versions(&streams).await.map_err(|error| BusError::Commit(error.into()))?;
        let mut current = true;
        for (expectation, version) in expectations.iter().zip(versions) {
            if expectation.version != version {
                self.cache().forget_older(expectation.stream.aggregate_type, expectation.stream.id, version);
                current = false;
            }
        }
        Ok(current)
    }

    /// Brings the cache up to what the log has sent along.
    fn catch_up(&self, moved: Vec<Moved>) -> Result<(), BusError> {
        for moved in moved {
            let Some((stream, folded)) = self.cache().find(&moved.aggregate_type, moved.id) else { continue };
            if folded.version == moved.from && moved.events.version > moved.from {
                self.cache().put(stream, folded.advanced(&moved.events).map_err(Unavailable::from)?);
            } else if folded.version <= moved.from {
                self.cache().forget(stream);
            }
        }
        Ok(())
    }

    /// An aggregate as this process knows it, if it does: what has been true of something that never changes.
    pub fn known<A: Decider>(&self, id: A::Id) -> Option<Arc<A>> {
        self.cache().get(Stream::of::<A>(id)).map(|folded| folded.state())
    }

    /// An aggregate as this process knows it, loaded if it does not. It may be a moment old.
    pub async fn current<A: Decider>(&self, id: A::Id) -> Result<Arc<A>, ReadError> {
        Ok(self.current_of::<A>(&[id]).await?.pop().unwrap_or_default())
    }

    /// An aggregate as the log has it. For a refusal that no command confirms: what another process has just
    /// written counts.
    pub async fn latest<A: Decider>(&self, id: A::Id) -> Result<Arc<A>, ReadError> {
        let stream = Stream::of::<A>(id);
        for version in self.log().versions(&[stream]).await? {
            self.cache().forget_older(stream.aggregate_type, stream.id, version);
        }
        self.current::<A>(id).await
    }

    /// Several as this process knows them, in their order. Those that it does not know take one query together.
    pub async fn current_of<A: Decider>(&self, ids: &[A::Id]) -> Result<Vec<Arc<A>>, ReadError> {
        let streams: Vec<Stream> = ids.iter().map(|id| Stream::of::<A>(*id)).collect();
        let mut known: HashMap<Stream, Folded> =
            streams.iter().filter_map(|stream| Some((*stream, self.cache().get(*stream)?))).collect();
        let missing: Vec<(Stream, i64)> =
            streams.iter().filter(|stream| !known.contains_key(stream)).map(|stream| (*stream, 0)).collect();
        if !missing.is_empty() {
            for (stream, events) in self.log().load(&missing).await? {
                let folded = Folded::empty::<A>().advanced(&events)?;
                self.cache().put(stream, folded.clone());
                known.insert(stream, folded);
            }
        }
        Ok(streams.iter().map(|stream| known.get(stream).map(Folded::state).unwrap_or_default()).collect())
    }
}

/// A pause for whoever has lost often.
async fn step_aside(lost: u32) {
    if lost > PATIENT_ATTEMPTS {
        tokio::time::sleep(Duration::from_micros(rand::random_range(0..4_000))).await;
    }
}

struct Plain<'c, C>(&'c C);

impl<C: Command> Decision for Plain<'_, C> {
    type Output = C::Output;

    async fn decide(&self, work: &LogWork<'_>) -> Result<C::Output, Failure> {
        self.0.decide(work).await
    }
}

struct Preview<'c, C>(&'c C);

impl<C: Command> Decision for Preview<'_, C> {
    type Output = C::Output;

    async fn decide(&self, work: &LogWork<'_>) -> Result<C::Output, Failure> {
        let mark = work.mark();
        let output = self.0.decide(work).await?;
        work.rewind(mark);
        Ok(output)
    }
}

struct Once<'c, C, R> {
    command: &'c C,
    key: &'c RequestKey,
    render: R,
}

impl<C: Command, R: Fn(Result<C::Output, Refusal>) -> (u16, Value) + Sync> Decision for Once<'_, C, R> {
    type Output = Replied;

    async fn decide(&self, work: &LogWork<'_>) -> Result<Replied, Failure> {
        // A key that was used before finds its stream moved by the commit, and the reply when it is decided
        // again.
        work.presume_new::<IdempotentRequest>(self.key.id);
        let request = work.load::<IdempotentRequest>(self.key.id).await?.state;
        if let Some(reply) = request.reply(&self.key.fingerprint).map_err(Failure::refused)? {
            let body = reply.body.known().cloned().unwrap_or(Value::Null);
            return Ok(Replied { status: reply.status, body, position: None, repeated: true });
        }
        let mark = work.mark();
        let result = match self.command.decide(work).await {
            Ok(output) => Ok(output),
            Err(Failure::Refused(refusal)) => {
                work.rewind(mark);
                Err(refusal)
            }
            Err(unavailable) => return Err(unavailable),
        };
        let (status, body) = (self.render)(result);
        let subject = SubjectId::OF_THE_COMMAND;
        let reply = Reply { status, body: Personal::new(subject, body.clone()) };
        work.execute::<IdempotentRequest>(
            self.key.id,
            IdempotentRequestCommand::Answer { fingerprint: self.key.fingerprint.clone(), reply },
        )
        .await?;
        Ok(Replied { status, body, position: None, repeated: false })
    }
}
