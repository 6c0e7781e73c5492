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

use crate::event_log::StreamEvents;

const AGGREGATES_MAX: u64 = 100_000;

/// An aggregate of whatever type, at a version.
#[derive(Debug, Clone)]
pub struct Folded {
    pub version: i64,
    pub state: Arc<dyn Any + Send + Sync>,
    /// When its last event was decided.
    pub decided_at: Option<DateTime<Utc>>,
    /// Who wrote it last; nobody yet, at version 0.
    pub tenant: Option<BusinessId>,
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
        Self {
            version: self.version + events as i64,
            state: Arc::new(state),
            decided_at: Some(decided_at),
            tenant: Some(tenant),
            advance: self.advance,
        }
    }

    pub fn state<A: Decider>(&self) -> Arc<A> {
        // A stream is only ever folded into the aggregate that its type names.
        self.state.clone().downcast().unwrap_or_default()
    }
}

fn advance<A: Decider>(folded: &Folded, news: &StreamEvents) -> Result<Folded, Unreadable> {
    let decoded: Vec<A::Event> = news.events.iter().map(RecordedEvent::decode).collect::<Result<_, _>>()?;
    let last = news.events.last();
    Ok(Folded {
        version: news.version,
        state: Arc::new(A::clone(&folded.state::<A>()).fold(decoded)),
        decided_at: last.and_then(|event| event.metadata.instant(DECIDED_AT)).or(folded.decided_at),
        tenant: last.map(|event| event.tenant).or(folded.tenant),
        advance: advance::<A>,
    })
}

/// The aggregates that this process has folded lately.
#[derive(Debug, Clone)]
pub struct AggregateCache {
    entries: Cache<Stream, Folded>,
}

impl Default for AggregateCache {
    fn default() -> Self {
        Self { entries: Cache::new(AGGREGATES_MAX) }
    }
}

impl AggregateCache {
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
