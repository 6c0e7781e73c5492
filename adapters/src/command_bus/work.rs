//! The unit of work: what a decision has loaded, and what it has decided.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use cqrs_es::DomainEvent;
use frontdesk_domain::kernel::decider::Decider;
use frontdesk_domain::kernel::ids::{BusinessId, CommitId, EventId, KeyedHash, StreamId};
use frontdesk_domain::kernel::metadata::Actor;
use frontdesk_domain::kernel::personal::SubjectId;
use frontdesk_domain::kernel::recorded::Stream;
use frontdesk_domain::kernel::refusal::Refusal;
use frontdesk_domain::kernel::work::{Attachment, Failure, Loaded, Mark, Unavailable, Work};
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::cache::Folded;
use super::context::Context;
use super::environment::Environment;
use crate::event_log::append::Expectation;
use crate::event_log::appender::Ticket;
use crate::event_log::{Draft, DraftAttachment, DraftEvent, ReadError, StreamEvents};

/// One try at a command.
#[derive(Debug)]
pub struct LogWork<'a> {
    environment: &'a Environment,
    context: &'a Context,
    attempt: u32,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Loaded, and not yet asked for as an aggregate.
    preloaded: HashMap<Stream, StreamEvents>,
    /// New, or taken for new: nothing has happened to it, so there is nothing to load.
    fresh: HashSet<Uuid>,
    /// As this work sees them: with what it has appended.
    seen: HashMap<Stream, Folded>,
    /// The versions that the decision rests on.
    expected: BTreeMap<Stream, i64>,
    /// The commits that have yet to write what was seen. The decision rests on all of it, also on what it
    /// does not guard: whoever was refused because of time that was never taken would not be told.
    unwritten: HashMap<CommitId, Ticket>,
    /// Whether any of these may be stale: it came from the cache, or something else was loaded later.
    may_be_stale: bool,
    /// Whether anything was loaded.
    has_loaded: bool,
    events: Vec<Appended>,
    attachments: Vec<Attachment>,
    subject: Option<SubjectId>,
    contends: Vec<Uuid>,
    /// The latest decision among what was loaded.
    latest: Option<DateTime<Utc>>,
    ids: u64,
}

#[derive(Debug)]
struct Appended {
    stream: Stream,
    sequence: i64,
    event_type: String,
    event_version: String,
    payload: Value,
    /// Whether others may want to append to the same stream at the same instant.
    contended: bool,
}

/// Where a work stood.
struct Snapshot {
    seen: HashMap<Stream, Folded>,
    events: usize,
    attachments: usize,
    subject: Option<SubjectId>,
}

impl<'a> LogWork<'a> {
    pub(super) fn new(environment: &'a Environment, context: &'a Context, attempt: u32) -> Self {
        Self { environment, context, attempt, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An id that depends on the command and a number only, so that deciding it again gives the same one. It
    /// carries the command's time.
    fn derived_id(&self, purpose: &str, number: u64) -> Uuid {
        let command = self.context.command_id.uuid();
        let digest = Sha256::new()
            .chain_update(command)
            .chain_update(purpose)
            .chain_update(number.to_be_bytes())
            .finalize();
        let mut bytes = *command.as_bytes();
        bytes[6..].copy_from_slice(&digest[..10]);
        bytes[6] = bytes[6] & 0x0f | 0x70;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        Uuid::from_bytes(bytes)
    }

    /// The aggregate as this work sees it.
    async fn see<A: Decider>(&self, stream: Stream) -> Result<Folded, Unavailable> {
        tokio::task::consume_budget().await;
        let (seen, preloaded, fresh) = {
            let mut state = self.state();
            (
                state.seen.get(&stream).cloned(),
                state.preloaded.remove(&stream),
                state.fresh.contains(&stream.id),
            )
        };
        if let Some(folded) = seen {
            return Ok(folded);
        }
        // First of all: what ends meanwhile is in the cache by then.
        let ahead = self.environment.ahead.get(stream);
        let folded = if let Some((folded, ticket)) = ahead {
            let is_foreign = self.is_foreign::<A>(&folded);
            let mut state = self.state();
            state.may_be_stale = true;
            if !is_foreign {
                state.unwritten.insert(ticket.commit, ticket);
            }
            folded
        } else if let Some(events) = preloaded {
            self.fold::<A>(stream, &events)?
        } else if let Some(folded) = self.environment.cache.get(stream) {
            self.state().may_be_stale = true;
            folded
        } else if fresh {
            Folded::empty::<A>()
        } else {
            let mut loaded = self.query(&[(stream, 0)]).await?;
            self.fold::<A>(stream, &loaded.remove(&stream).unwrap_or_default())?
        };
        let mut state = self.state();
        state.latest = state.latest.max(folded.decided_at);
        state.seen.insert(stream, folded.clone());
        Ok(folded)
    }

    /// Loads streams as they are at one instant. What an earlier query has loaded may have moved by then.
    async fn query(&self, streams: &[(Stream, i64)]) -> Result<HashMap<Stream, StreamEvents>, Unavailable> {
        let loaded = self.environment.log.load(streams).await.map_err(unavailable)?;
        let mut state = self.state();
        state.may_be_stale |= state.has_loaded;
        state.has_loaded = true;
        Ok(loaded)
    }

    fn fold<A: Decider>(&self, stream: Stream, events: &StreamEvents) -> Result<Folded, Unavailable> {
        let folded = Folded::empty::<A>().advanced(events)?;
        self.environment.cache.put(stream, folded.clone());
        Ok(folded)
    }

    /// Somebody else's stream is, for this tenant, one on which nothing has happened.
    fn is_foreign<A: Decider>(&self, folded: &Folded) -> bool {
        !A::SHARED && folded.tenant.is_some_and(|tenant| tenant != self.context.tenant)
    }

    pub(super) fn expectations(&self) -> Vec<Expectation> {
        self.state()
            .expected
            .iter()
            .map(|(stream, version)| Expectation { stream: *stream, version: *version })
            .collect()
    }

    /// The commits that the decision rests on and that may not be written yet.
    pub(super) fn rests_on(&self) -> Vec<Ticket> {
        self.state().unwritten.values().cloned().collect()
    }

    pub(super) fn may_be_stale(&self) -> bool {
        self.state().may_be_stale
    }

    /// What else many want at once, as the decision has found out.
    pub(super) fn contends(&self) -> Vec<Uuid> {
        self.state().contends.clone()
    }

    /// Whether it appends to a stream that many want at once.
    pub(super) fn appends_where_contended(&self) -> bool {
        self.state().events.iter().any(|event| event.contended)
    }

    /// What is to be committed; nothing, if nothing was decided.
    pub(super) fn draft(&self, command: Value) -> Option<Draft> {
        let decided_at = self.now();
        let mut state = self.state();
        if state.events.is_empty() {
            return None;
        }
        let metadata = self.context.metadata(decided_at);
        let attempt = u64::from(self.attempt);
        let event_id = |place: u64| EventId::from_uuid(self.derived_id("event", attempt << 32 | place));
        let events = (0..).zip(state.events.drain(..)).map(|(place, event)| DraftEvent {
            stream: event.stream,
            sequence: event.sequence,
            id: event_id(place),
            event_type: event.event_type,
            event_version: event.event_version,
            payload: event.payload,
            metadata: metadata.clone(),
        });
        let events = events.collect();
        let attachments = state.attachments.iter().map(|attachment| DraftAttachment {
            of: attachment.of,
            subject: attachment.subject,
            content: attachment.content.clone(),
            expires_at: decided_at + attachment.kept_for,
        });
        let attachments = attachments.collect();
        let expectations =
            state.expected.iter().map(|(stream, version)| Expectation { stream: *stream, version: *version });
        Some(Draft {
            id: CommitId::from_uuid(self.derived_id("commit", attempt)),
            tenant: self.context.tenant,
            expectations: expectations.collect(),
            events,
            command,
            // A command that turned out to be about nobody is about itself.
            command_subject: state.subject.unwrap_or(SubjectId::of(self.context.command_id)),
            attachments,
        })
    }

    /// The aggregates as they are once the commit stands.
    pub(super) fn written(&self) -> Vec<(Stream, Folded)> {
        let state = self.state();
        let written = state.seen.iter().filter(|(stream, folded)| {
            state.expected.get(stream).is_some_and(|version| folded.version > *version)
        });
        written.map(|(stream, folded)| (*stream, folded.clone())).collect()
    }
}

fn unavailable(error: ReadError) -> Unavailable {
    match error {
        ReadError::Unreadable(unreadable) => Unavailable::Unreadable(unreadable),
        error @ (ReadError::Database(_) | ReadError::Key(_)) => Unavailable::Log(Arc::new(error)),
    }
}

impl Work for LogWork<'_> {
    fn tenant(&self) -> BusinessId {
        self.context.tenant
    }

    fn actor(&self) -> &Actor {
        &self.context.actor
    }

    fn now(&self) -> DateTime<Utc> {
        let now = self.environment.clock.now();
        self.state().latest.map_or(now, |latest| latest.max(now))
    }

    fn new_id<I: StreamId>(&self) -> I {
        let mut state = self.state();
        state.ids += 1;
        let id = self.derived_id("id", state.ids);
        state.fresh.insert(id);
        I::from_uuid(id)
    }

    fn presume_new<A: Decider>(&self, id: A::Id) {
        // Once: if it was wrong, the log has said so.
        if self.attempt == 0 {
            let mut state = self.state();
            state.fresh.insert(id.uuid());
            state.may_be_stale = true;
        }
    }

    fn hash(&self, purpose: &str, value: &[u8]) -> KeyedHash {
        self.environment.hasher.hash(purpose, value)
    }

    fn sign(&self, purpose: &str, content: &[u8]) -> String {
        self.environment.secrets.token_signer(purpose).sign(self.context.tenant.uuid().as_bytes(), content)
    }

    fn contend(&self, for_what: Uuid) {
        self.state().contends.push(for_what);
    }

    fn about(&self, subject: SubjectId) {
        self.state().subject = Some(subject);
    }

    async fn preload(&self, streams: &[Stream]) -> Result<(), Unavailable> {
        let missing: Vec<(Stream, i64)> = {
            let state = self.state();
            let known = |stream: &Stream| {
                let here = state.seen.contains_key(stream)
                    || state.preloaded.contains_key(stream)
                    || state.fresh.contains(&stream.id);
                here || self.environment.ahead.get(*stream).is_some()
                    || self.environment.cache.get(*stream).is_some()
            };
            streams.iter().filter(|stream| !known(stream)).map(|stream| (*stream, 0)).collect()
        };
        if !missing.is_empty() {
            let loaded = self.query(&missing).await?;
            self.state().preloaded.extend(loaded);
        }
        Ok(())
    }

    async fn load<A: Decider>(&self, id: A::Id) -> Result<Loaded<A>, Unavailable> {
        let stream = Stream::of::<A>(id);
        let folded = self.see::<A>(stream).await?;
        if self.is_foreign::<A>(&folded) {
            return Ok(Loaded { state: Arc::default(), version: 0 });
        }
        // The first time it is loaded: later versions have what this work itself appends.
        self.state().expected.entry(stream).or_insert(folded.version);
        Ok(Loaded { state: folded.state(), version: folded.version })
    }

    async fn peek<A: Decider>(&self, id: A::Id) -> Result<Loaded<A>, Unavailable> {
        let folded = self.see::<A>(Stream::of::<A>(id)).await?;
        if self.is_foreign::<A>(&folded) {
            return Ok(Loaded { state: Arc::default(), version: 0 });
        }
        Ok(Loaded { state: folded.state(), version: folded.version })
    }

    async fn execute<A: Decider>(&self, id: A::Id, command: A::Command) -> Result<Arc<A>, Failure>
    where
        Refusal: From<A::Error>,
        A::Command: Send,
    {
        let loaded = self.load::<A>(id).await?;
        let events = loaded.state.decide(command).map_err(Failure::refused)?;
        if events.is_empty() {
            return Ok(loaded.state);
        }
        let (stream, now) = (Stream::of::<A>(id), self.now());
        let mut state = self.state();
        for (sequence, event) in (loaded.version + 1..).zip(&events) {
            let payload = serde_json::to_value(event).map_err(|error| Unavailable::Log(Arc::new(error)))?;
            let (event_type, event_version) = (event.event_type(), event.event_version());
            let contended = A::CONTENDED;
            state.events.push(Appended { stream, sequence, event_type, event_version, payload, contended });
        }
        let count = events.len();
        let folded = A::clone(&loaded.state).fold(events);
        let result = Arc::new(folded.clone());
        if let Some(seen) = state.seen.get_mut(&stream) {
            *seen = seen.with(folded, count, now, self.context.tenant);
        }
        Ok(result)
    }

    fn attach(&self, attachment: Attachment) {
        self.state().attachments.push(attachment);
    }

    fn appended(&self) -> usize {
        self.state().events.len()
    }

    fn mark(&self) -> Mark {
        let state = self.state();
        Mark(Box::new(Snapshot {
            seen: state.seen.clone(),
            events: state.events.len(),
            attachments: state.attachments.len(),
            subject: state.subject,
        }))
    }

    fn rewind(&self, mark: Mark) {
        if let Ok(snapshot) = mark.0.downcast::<Snapshot>() {
            let mut state = self.state();
            state.seen = snapshot.seen;
            state.events.truncate(snapshot.events);
            state.attachments.truncate(snapshot.attachments);
            state.subject = snapshot.subject;
        }
    }
}
