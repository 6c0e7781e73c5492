//! An event of the log: decrypted, upcast, with its position and its times.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use cqrs_es::Aggregate;
use serde_json::Value;
use uuid::Uuid;

use crate::kernel::decider::Decider;
use crate::kernel::ids::{BusinessId, CommitId, EventId, StreamId};
use crate::kernel::metadata::Metadata;

/// A position in the log. Positions begin at 1, have no gaps, and follow the order in which commits became
/// visible.
pub type Position = i64;

/// The stream of one aggregate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stream {
    pub aggregate_type: &'static str,
    pub id: Uuid,
}

impl Stream {
    pub fn of<A: Decider>(id: A::Id) -> Self {
        Self { aggregate_type: A::TYPE, id: id.uuid() }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct RecordedEvent {
    pub position: Position,
    pub tenant: BusinessId,
    pub aggregate_type: String,
    pub aggregate_id: Uuid,
    /// The place in its stream, from 1: the stream's version after this event.
    pub sequence: i64,
    pub event_id: EventId,
    pub event_type: String,
    pub payload: Value,
    pub metadata: Metadata,
    pub commit_id: CommitId,
    pub last_in_commit: bool,
    pub recorded_at: DateTime<Utc>,
}

/// A stored event that cannot be read, with its position.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the event at position {position} ({event_type}) cannot be read: {reason}")]
pub struct Unreadable {
    pub position: Position,
    pub event_type: String,
    pub reason: String,
}

/// An event that a reader did not take, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotTaken {
    pub position: Position,
    pub tenant_id: Uuid,
    pub aggregate_type: String,
    pub aggregate_id: String,
    pub error: String,
}

/// A stretch of the log that ends with a commit.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// The events, or those of the wanted aggregates, in order. Several readers may take the same ones.
    pub events: Vec<Arc<RecordedEvent>>,
    /// Those that cannot be read, in order.
    pub unreadable: Vec<NotTaken>,
    /// The next batch begins after this position.
    pub through: Position,
    /// There was more than it holds.
    pub more: bool,
}

impl RecordedEvent {
    pub fn not_taken(&self, error: impl Into<String>) -> NotTaken {
        NotTaken {
            position: self.position,
            tenant_id: self.tenant.uuid(),
            aggregate_type: self.aggregate_type.clone(),
            aggregate_id: self.aggregate_id.to_string(),
            error: error.into(),
        }
    }

    pub fn is<A: Aggregate>(&self) -> bool {
        self.aggregate_type == A::TYPE
    }

    /// The event, if it is one of this aggregate.
    pub fn event<A: Aggregate>(&self) -> Result<Option<A::Event>, Unreadable> {
        if self.is::<A>() { self.decode().map(Some) } else { Ok(None) }
    }

    /// The event, of an aggregate that the caller knows.
    pub fn decode<E: serde::de::DeserializeOwned>(&self) -> Result<E, Unreadable> {
        serde::Deserialize::deserialize(&self.payload).map_err(|error: serde_json::Error| Unreadable {
            position: self.position,
            event_type: self.event_type.clone(),
            reason: error.to_string(),
        })
    }
}
