//! A unit of work in memory, to test commands without a log.
//!
//! It keeps folded aggregates and guards nothing: what two commands at once come to is tested with the bus.

use std::any::Any;
use std::collections::{BTreeMap, HashMap};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Attachment, Failure, Loaded, Mark, Unavailable, Work};
use crate::kernel::decider::Decider;
use crate::kernel::ids::{BusinessId, KeyedHash, StreamId};
use crate::kernel::metadata::{Actor, ActorKind};
use crate::kernel::personal::SubjectId;
use crate::kernel::recorded::Stream;
use crate::kernel::refusal::Refusal;

type Folded = (Arc<dyn Any + Send + Sync>, i64);
/// An event and its stream.
type Appended = (Stream, Arc<dyn Any + Send + Sync>);

/// More than any decision of a test loads. One that goes on without end fails.
const LOADS_MAX: usize = 100_000;

pub struct MemoryWork {
    actor: Actor,
    state: Mutex<State>,
}

#[derive(Clone, Default)]
struct State {
    streams: HashMap<Stream, Folded>,
    ids: u128,
    loads: usize,
    appended: Vec<Appended>,
    now: DateTime<Utc>,
}

impl Default for MemoryWork {
    fn default() -> Self {
        Self::by(ActorKind::System)
    }
}

/// What a decision comes to. It waits for nothing: everything is in memory.
pub fn ready<T>(decision: impl Future<Output = T>) -> T {
    match pin!(decision).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("it waits for nothing"),
    }
}

impl MemoryWork {
    pub fn by(kind: ActorKind) -> Self {
        Self { actor: Actor::new(kind, "test"), state: Mutex::default() }
    }

    /// What a commit comes to. As with the bus, nothing of a refused one is appended.
    pub fn commit<T>(&self, decision: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        let mark = self.mark();
        self.state().loads = 0;
        let done = ready(decision);
        if done.is_err() {
            self.rewind(mark);
        }
        done
    }

    pub fn set_now(&self, now: DateTime<Utc>) {
        self.state().now = now;
    }

    /// Every stream of an aggregate that has been appended to, in the order of the ids.
    pub fn all<A: Decider>(&self) -> BTreeMap<A::Id, Arc<A>> {
        let ids: Vec<A::Id> = self.ids_of::<A>();
        ids.into_iter().map(|id| (id, self.folded::<A>(id).state)).collect()
    }

    fn ids_of<A: Decider>(&self) -> Vec<A::Id> {
        let state = self.state();
        let streams = state.streams.keys().filter(|stream| stream.aggregate_type == A::TYPE);
        streams.map(|stream| A::Id::from_uuid(stream.id)).collect()
    }

    /// The events of an aggregate that were appended after so many events, in order.
    pub fn events_after<A: Decider>(&self, appended: usize) -> Vec<(A::Id, A::Event)> {
        let state = self.state();
        let of_type =
            state.appended[appended..].iter().filter(|(stream, _)| stream.aggregate_type == A::TYPE);
        let event = |(stream, event): &Appended| {
            let event: &A::Event = event.downcast_ref().expect("a stream has one type");
            (A::Id::from_uuid(stream.id), event.clone())
        };
        of_type.map(event).collect()
    }

    /// Appends events as they were recorded.
    pub fn given<A: Decider>(&self, id: A::Id, events: impl IntoIterator<Item = A::Event>) {
        let events: Vec<A::Event> = events.into_iter().collect();
        if events.is_empty() {
            return;
        }
        let Loaded { state, version } = self.folded::<A>(id);
        let (stream, version) = (Stream::of::<A>(id), version + events.len() as i64);
        let mut kept = self.state();
        kept.appended.extend(events.iter().cloned().map(|event| (stream, Arc::new(event) as _)));
        kept.streams.insert(stream, (Arc::new((*state).clone().fold(events)), version));
    }

    fn folded<A: Decider>(&self, id: A::Id) -> Loaded<A> {
        let mut kept = self.state();
        kept.loads += 1;
        assert!(kept.loads <= LOADS_MAX, "it loads without end");
        let folded = kept.streams.get(&Stream::of::<A>(id)).cloned();
        let (state, version) = folded.unwrap_or_else(|| (Arc::new(A::default()), 0));
        Loaded { state: state.downcast().expect("a stream has one type"), version }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Work for MemoryWork {
    fn tenant(&self) -> BusinessId {
        BusinessId::from_uuid(Uuid::from_u128(1))
    }

    fn actor(&self) -> &Actor {
        &self.actor
    }

    fn now(&self) -> DateTime<Utc> {
        self.state().now
    }

    fn new_id<I: StreamId>(&self) -> I {
        let mut state = self.state();
        state.ids += 1;
        I::from_uuid(Uuid::from_u128(1_000 + state.ids))
    }

    fn hash(&self, purpose: &str, value: &[u8]) -> KeyedHash {
        let mut hash = [0; 32];
        let name = Uuid::new_v5(&Uuid::new_v5(&Uuid::NAMESPACE_OID, purpose.as_bytes()), value);
        hash[..16].copy_from_slice(name.as_bytes());
        KeyedHash(hash)
    }

    fn sign(&self, purpose: &str, content: &[u8]) -> String {
        self.hash(purpose, content).to_string()
    }

    fn contend(&self, _: Uuid) {}

    fn about(&self, _: SubjectId) {}

    fn presume_new<A: Decider>(&self, _: A::Id) {}

    async fn preload(&self, _: &[Stream]) -> Result<(), Unavailable> {
        Ok(())
    }

    async fn load<A: Decider>(&self, id: A::Id) -> Result<Loaded<A>, Unavailable> {
        Ok(self.folded(id))
    }

    async fn peek<A: Decider>(&self, id: A::Id) -> Result<Loaded<A>, Unavailable> {
        Ok(self.folded(id))
    }

    async fn execute<A: Decider>(&self, id: A::Id, command: A::Command) -> Result<Arc<A>, Failure>
    where
        Refusal: From<A::Error>,
        A::Command: Send,
    {
        let events = self.folded::<A>(id).state.decide(command).map_err(Failure::refused)?;
        self.given::<A>(id, events);
        Ok(self.folded(id).state)
    }

    fn attach(&self, _: Attachment) {}

    fn appended(&self) -> usize {
        self.state().appended.len()
    }

    fn mark(&self) -> Mark {
        Mark(Box::new(self.state().clone()))
    }

    fn rewind(&self, mark: Mark) {
        if let Ok(state) = mark.0.downcast::<State>() {
            *self.state() = *state;
        }
    }
}
