//! A unit of work in memory, to test commands without a log.
//!
//! It keeps folded aggregates and guards nothing: what two commands at once come to is tested with the bus.

use std::any::Any;
use std::collections::HashMap;
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

pub struct MemoryWork {
    actor: Actor,
    state: Mutex<State>,
}

#[derive(Clone, Default)]
struct State {
    streams: HashMap<Stream, Folded>,
    ids: u128,
    appended: usize,
}

impl Default for MemoryWork {
    fn default() -> Self {
        Self { actor: Actor::new(ActorKind::System, "test"), state: Mutex::default() }
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
    /// Appends events as they were recorded.
    pub fn given<A: Decider>(&self, id: A::Id, events: impl IntoIterator<Item = A::Event>) {
        let events: Vec<A::Event> = events.into_iter().collect();
        let Loaded { state, version } = self.folded::<A>(id);
        let (appended, state) = (events.len(), Arc::new((*state).clone().fold(events)));
        let mut kept = self.state();
        kept.appended += appended;
        kept.streams.insert(Stream::of::<A>(id), (state, version + appended as i64));
    }

    fn folded<A: Decider>(&self, id: A::Id) -> Loaded<A> {
        let folded = self.state().streams.get(&Stream::of::<A>(id)).cloned();
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
        DateTime::UNIX_EPOCH
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
        self.state().appended
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
