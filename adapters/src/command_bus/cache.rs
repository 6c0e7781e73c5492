//! Folded aggregates, kept between commands.
//!
//! An entry may be stale: another process may have written. That is never wrong, only slower: a commit on a
//! stale version is refused by the log, which sends along what has happened since, and a refusal is confirmed
//! before a caller hears it.

use std::any::Any;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use frontdesk_domain::kernel::decider::Decider;
use frontdesk_domain::kernel::ids::BusinessId;
use frontdesk_domain::kernel::metadata::DECIDED_AT;
use frontdesk_domain::kernel::recorded::{RecordedEvent, Stream, Unreadable};
use moka::ops::compute::Op;
use moka::sync::Cache;

use crate::cache::weight_of;
use crate::event_log::StreamEvents;

const BYTES_MAX: u64 = 64 << 20;
/// What an entry takes beside the state of its aggregate.
const ENTRY_BYTES: u64 = 256;
/// What an event adds to a state, before it is weighed again.
const EVENT_BYTES: u64 = 256;

/// An aggregate of whatever type, at a version.
#[derive(Debug, Clone)]
pub struct Folded {
    pub version: i64,
    pub state: Arc<dyn Any + Send + Sync>,
    /// When its last event was decided.
    pub decided_at: Option<DateTime<Utc>>,
    /// Who wrote it last; nobody yet, at version 0.
    pub tenant: Option<BusinessId>,
    /// About how many bytes its state takes.
    weight: u64,
    advance: fn(&Self, &StreamEvents) -> Result<Self, Unreadable>,
}

impl Folded {
    /// Before anything has happened.
    pub fn empty<A: Decider>() -> Self {
        Self {
            version: 0,
            state: Arc::new(A::default()),
            decided_at: None,
            tenant: None,
            weight: 0,
            advance: advance::<A>,
        }
    }

    /// After some more events.
    pub fn advanced(&self, news: &StreamEvents) -> Result<Self, Unreadable> {
        (self.advance)(self, news)
    }

    /// After events that are about to be written.
    pub fn with<A: Decider>(
        &self,
        state: A,
        events: usize,
        decided_at: DateTime<Utc>,
        tenant: BusinessId,
    ) -> Self {
        let version = self.version + events as i64;
        Self {
            version,
            weight: self.weight_with(&state, version),
            state: Arc::new(state),
            decided_at: Some(decided_at),
            tenant: Some(tenant),
            advance: self.advance,
        }
    }

    /// About how many bytes it takes.
    pub fn weight(&self) -> u64 {
        self.weight
    }

    /// It is weighed whenever its version has doubled, since that means to look at all of it.
    fn weight_with<A: Decider>(&self, state: &A, version: i64) -> u64 {
        if version >= self.version * 2 {
            return weight_of(state);
        }
        self.weight + EVENT_BYTES * (version - self.version).unsigned_abs()
    }

    pub fn state<A: Decider>(&self) -> Arc<A> {
        // A stream is only ever folded into the aggregate that its type names.
        self.state.clone().downcast().unwrap_or_default()
    }
}

fn advance<A: Decider>(folded: &Folded, news: &StreamEvents) -> Result<Folded, Unreadable> {
    let decoded: Vec<A::Event> = news.events.iter().map(RecordedEvent::decode).collect::<Result<_, _>>()?;
    let last = news.events.last();
    let state = A::clone(&folded.state::<A>()).fold(decoded);
    Ok(Folded {
        version: news.version,
        weight: folded.weight_with(&state, news.version),
        state: Arc::new(state),
        decided_at: last.and_then(|event| event.metadata.instant(DECIDED_AT)).or(folded.decided_at),
        tenant: last.map(|event| event.tenant).or(folded.tenant),
        advance: advance::<A>,
    })
}

/// The aggregates that this process has folded lately, as many as fit.
#[derive(Debug, Clone)]
pub struct AggregateCache {
    entries: Cache<Stream, Folded>,
}

impl Default for AggregateCache {
    fn default() -> Self {
        Self::of(BYTES_MAX)
    }
}

impl AggregateCache {
    fn of(bytes_max: u64) -> Self {
        let weight =
            |_: &Stream, folded: &Folded| u32::try_from(ENTRY_BYTES + folded.weight()).unwrap_or(u32::MAX);
        Self { entries: Cache::builder().max_capacity(bytes_max).weigher(weight).build() }
    }

    pub fn get(&self, stream: Stream) -> Option<Folded> {
        self.entries.get(&stream)
    }

    /// Keeps an aggregate, unless a newer one is kept already.
    pub fn put(&self, stream: Stream, folded: Folded) {
        self.entries.entry(stream).and_compute_with(|present| match present {
            Some(present) if present.value().version >= folded.version => Op::Nop,
            _ => Op::Put(folded),
        });
    }

    pub fn forget(&self, stream: Stream) {
        self.entries.invalidate(&stream);
    }

    /// Forgets a stream that is known to have reached a version, if what is kept is older; else gives what is
    /// kept.
    pub fn forget_older(&self, aggregate_type: &str, id: uuid::Uuid, version: i64) -> Option<Folded> {
        let (stream, folded) = self.find(aggregate_type, id)?;
        if folded.version < version {
            self.forget(stream);
            return None;
        }
        Some(folded)
    }

    /// The stream with this name, if it is kept.
    pub fn find(&self, aggregate_type: &str, id: uuid::Uuid) -> Option<(Stream, Folded)> {
        let stream =
            Stream { aggregate_type: frontdesk_domain::registry::aggregate_type(aggregate_type)?.name, id };
        Some((stream, self.entries.get(&stream)?))
    }
}

#[cfg(test)]
mod tests {
    use frontdesk_domain::kernel::ids::{IdempotentRequestId, StreamId};
    use frontdesk_domain::kernel::personal::Personal;
    use frontdesk_domain::platform::idempotency::{IdempotentRequest, IdempotentRequestEvent, Reply};
    use uuid::Uuid;

    use super::*;

    /// A request whose reply has so many bytes.
    fn answered(bytes: usize) -> Folded {
        let reply = Reply { status: 200, body: Personal::in_command("x".repeat(bytes).into()) };
        let answered = IdempotentRequestEvent::RequestAnswered { fingerprint: "f".into(), reply };
        let state = IdempotentRequest::default().fold([answered]);
        let tenant = BusinessId::from_uuid(Uuid::nil());
        Folded::empty::<IdempotentRequest>().with(state, 1, DateTime::UNIX_EPOCH, tenant)
    }

    /// How many of these are kept in a mebibyte.
    fn kept(count: usize, bytes: usize) -> u64 {
        let cache = AggregateCache::of(1 << 20);
        for _ in 0..count {
            let id = IdempotentRequestId::from_uuid(Uuid::new_v4());
            cache.put(Stream::of::<IdempotentRequest>(id), answered(bytes));
        }
        cache.entries.run_pending_tasks();
        assert!(cache.entries.weighted_size() <= 1 << 20);
        cache.entries.entry_count()
    }

    #[test]
    fn what_is_kept_is_bounded_by_bytes_and_not_by_number() {
        let large = kept(100, 100_000);
        assert!((1..=10).contains(&large), "{large} large ones");
        assert_eq!(kept(1_000, 10), 1_000, "small ones");
    }
}
