//! Events as policies get them.

use chrono::{DateTime, TimeDelta, Utc};
use cqrs_es::Aggregate;
use serde_json::Value;
use uuid::Uuid;

use crate::booking::appointment::{BookedSlot, RuleVersions};
use crate::kernel::ids::{BusinessId, CommitId, EventId, ResourceId, ServiceId, StreamId};
use crate::kernel::metadata::{Actor, ActorKind, Metadata};
use crate::kernel::recorded::RecordedEvent;
use crate::values::interval::Interval;
use crate::values::time::Zone;

pub fn noon() -> DateTime<Utc> {
    "2026-11-24T12:00:00Z".parse().expect("an instant")
}

pub fn by() -> Actor {
    Actor::new(ActorKind::Staff, "key")
}

/// Half an hour from an instant.
pub fn slot(start: DateTime<Utc>) -> BookedSlot {
    BookedSlot::new(
        ServiceId::from_uuid(Uuid::from_u128(5)),
        vec![ResourceId::from_uuid(Uuid::from_u128(6))],
        Interval::starting(start, TimeDelta::minutes(30)),
        Zone::UTC,
        RuleVersions { business: 1, service: 1, resources: vec![1] },
    )
}

/// The seventh event of the log, of the stream 2.
pub fn recorded<A: Aggregate>(payload: Value) -> RecordedEvent {
    RecordedEvent {
        position: 7,
        tenant: BusinessId::from_uuid(Uuid::from_u128(1)),
        aggregate_type: A::TYPE.into(),
        aggregate_id: Uuid::from_u128(2),
        sequence: 1,
        event_id: EventId::from_uuid(Uuid::from_u128(3)),
        event_type: payload["type"].as_str().unwrap_or_default().to_owned(),
        payload,
        metadata: Metadata::default(),
        commit_id: CommitId::from_uuid(Uuid::from_u128(4)),
        last_in_commit: true,
        recorded_at: noon(),
    }
}
