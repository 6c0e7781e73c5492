//! Folded aggregates, kept between commands.
//!
//! An entry may be stale: another process may have written. That is never wrong, only slower: a commit on a
//! stale version is refused by the log, which sends along what has happened since, and a refusal is confirmed
//! before a caller hears it.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

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

/// Longer than loading a stream may take.
const LOADING_MAX: Duration = Duration::from_secs(60);
const REACHED_MAX: u64 = 50_000;

/// An aggregate of whatever type, at a version.
#[derive(Debug, Clone)]
pub struct Folded {
    pub version: i64,
    pub state: Arc<dyn Any + Send + Sync>,
    /// When its last event was decided.
    pub decided_at: Option<DateTime<Utc>>,
    /// Who wrote it last; nobody yet, at version 0.
    pub tenant: Option<BusinessId>,
    weight: Weight,
    advance: fn(&Self, &StreamEvents) -> Result<Self, Unreadable>,
}

/// About how many bytes a state took at some version.
#[derive(Debug, Clone, Copy, Default)]
struct Weight {
    version: i64,
    bytes: u64,
}

impl Weight {
    /// That of a later version. It is weighed whenever the version has doubled, since that means to look at
    /// all of it.
    fn of<A: Decider>(self, state: &A, version: i64) -> Self {
        if version < self.version * 2 { self } else { Self { version, bytes: weight_of(state) } }
    }
}

impl Folded {
    /// Before anything has happened.
    pub fn empty<A: Decider>() -> Self {
        Self {
            version: 0,
            state: Arc::new(A::default()),
            decided_at: None,
            tenant: None,
            weight: Weight::default(),
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
            weight: self.weight.of(&state, version),
            state: Arc::new(state),
            decided_at: Some(decided_at),
            tenant: Some(tenant),
            advance: self.advance,
        }
    }

    /// About how many bytes it takes.
    pub fn weight(&self) -> u64 {
        self.weight.bytes + EVENT_BYTES * (self.version - self.weight.version).unsigned_abs()
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
        weight: folded.weight.of(&state, news.version),
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
    /// Versions that streams have reached of which nothing was kept then. Whoever was loading one meanwhile
    /// may have found it as it was before, and must not keep that: nobody would forget it.
    reached: Cache<Stream, i64>,
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
        let reached = Cache::builder().max_capacity(REACHED_MAX).time_to_live(LOADING_MAX).build();
        Self { entries: Cache::builder().max_capacity(bytes_max).weigher(weight).build(), reached }
    }

    pub fn get(&self, stream: Stream) -> Option<Folded> {
        self.entries.get(&stream)
    }

    /// Keeps an aggregate, unless a newer one is kept already.
    pub fn put(&self, stream: Stream, folded: Folded) {
        self.entries.entry(stream).and_compute_with(|present| match present {
            Some(present) if present.value().version >= folded.version => Op::Nop,
            _ => Op::Put(folded.clone()),
        });
        // Afterwards: what is reached from now on finds it.
        if self.reached.get(&stream).is_some_and(|reached| folded.version < reached) {
            self.forget(stream);
        }
    }

    pub fn forget(&self, stream: Stream) {
        self.entries.invalidate(&stream);
    }

    /// Forgets a stream that is known to have reached a version, if what is kept is older; else gives what is
    /// kept.
    pub fn forget_older(&self, aggregate_type: &str, id: uuid::Uuid, version: i64) -> Option<Folded> {
        let stream = stream_of(aggregate_type, id)?;
        if !self.entries.contains_key(&stream) {
            self.reached.entry(stream).and_upsert_with(|reached| {
                reached.map_or(version, |reached| version.max(reached.into_value()))
            });
        }
        let folded = self.entries.get(&stream)?;
        if folded.version < version {
            self.forget(stream);
            return None;
        }
        Some(folded)
    }

    /// The stream with this name, if it is kept.
    pub fn find(&self, aggregate_type: &str, id: uuid::Uuid) -> Option<(Stream, Folded)> {
        let stream = stream_of(aggregate_type, id)?;
        Some((stream, self.entries.get(&stream)?))
    }
}

fn stream_of(aggregate_type: &str, id: uuid::Uuid) -> Option<Stream> {
    let aggregate_type = frontdesk_domain::registry::aggregate_type(aggregate_type)?.name;
    Some(Stream { aggregate_type, id })
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
        answered_after(&Folded::empty::<IdempotentRequest>(), bytes)
    }

    /// The same after another event.
    fn answered_after(before: &Folded, bytes: usize) -> Folded {
        let reply = Reply { status: 200, body: Personal::in_command("x".repeat(bytes).into()) };
        let answered = IdempotentRequestEvent::RequestAnswered { fingerprint: "f".into(), reply };
        let state = IdempotentRequest::default().fold([answered]);
        let tenant = BusinessId::from_uuid(Uuid::nil());
        before.with(state, 1, DateTime::UNIX_EPOCH, tenant)
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
    fn what_was_loaded_before_a_stream_moved_is_not_kept_after_it() {
        let (cache, id) = (AggregateCache::default(), Uuid::new_v4());
        let stream = Stream::of::<IdempotentRequest>(IdempotentRequestId::from_uuid(id));
        let loaded = answered(1);
        // Meanwhile the follower hears of another event.
        assert!(cache.forget_older(stream.aggregate_type, id, 2).is_none());
        cache.put(stream, loaded.clone());
        assert!(cache.get(stream).is_none(), "nobody would ever forget it");
        cache.put(stream, answered_after(&loaded, 1));
        assert_eq!(cache.get(stream).map(|kept| kept.version), Some(2));
    }

    #[test]
    fn what_grows_event_by_event_is_weighed_again() {
        let mut folded = Folded::empty::<IdempotentRequest>();
        for version in 1..=8 {
            folded = answered_after(&folded, if version <= 2 { 10 } else { 100_000 });
        }
        assert!(folded.weight() > 50_000, "{} bytes", folded.weight());
    }

    #[test]
    fn what_is_kept_is_bounded_by_bytes_and_not_by_number() {
        let large = kept(100, 100_000);
        assert!((1..=10).contains(&large), "{large} large ones");
        assert_eq!(kept(1_000, 10), 1_000, "small ones");
    }
}
