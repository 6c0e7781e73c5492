//! What the benches of appending share: a commit like those of the product, and two ways to write it.

use std::sync::Arc;
use std::time::Duration;

use cqrs_es::persist::{PersistedEventRepository, SerializedEvent};
use frontdesk_adapters::event_log::append::{Commit, Expectation, NewEvent, Verdict};
use frontdesk_adapters::event_log::appender::{Appender, Priority};
use frontdesk_domain::kernel::ids::{BusinessId, CommitId, EventId, StreamId};
use frontdesk_domain::kernel::recorded::Stream;
use postgres_es::PostgresEventRepository;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgPool;
use uuid::Uuid;

/// The table of postgres-es's own documentation.
pub const STOCK_TABLE: &str = "create table stock_events (
    aggregate_type text not null, aggregate_id text not null, sequence bigint check (sequence >= 0) not null, event_type text not null,
    event_version text not null, payload json not null, metadata json not null, primary key (aggregate_type, aggregate_id, sequence))";

/// A stand-in for an aggregate: the stores under test only want its name.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
struct Account;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Opened;

#[derive(Debug, thiserror::Error)]
#[error("never")]
struct Never;

impl cqrs_es::DomainEvent for Opened {
    fn event_type(&self) -> String {
        "Opened".into()
    }

    fn event_version(&self) -> String {
        "1".into()
    }
}

impl cqrs_es::Aggregate for Account {
    const TYPE: &'static str = "account";
    type Command = ();
    type Event = Opened;
    type Error = Never;
    type Services = ();

    async fn handle(
        &mut self,
        (): (),
        (): &(),
        _: &cqrs_es::event_sink::EventSink<Self>,
    ) -> Result<(), Never> {
        Ok(())
    }

    fn apply(&mut self, _: Opened) {}
}

pub fn payload() -> serde_json::Value {
    json!({
        "type": "AppointmentBooked", "service": "svc_01h455vb4pex5vsknk084sn02q", "resource": "res_01h455vb4pex5vsknk084sn02q",
        "start": "2026-11-24T15:00:00Z", "end": "2026-11-24T15:30:00Z", "zone": "America/Bogota", "source": "voice", "note": "oil change",
    })
}

pub fn metadata() -> serde_json::Value {
    json!({
        "actor_kind": "assistant", "actor_id": "call_01h455vb4pex5vsknk084sn02q", "correlation_id": "01890a5d-ac96-774b-bcce-b302099a8057",
        "command_id": "01890a5d-ac96-774b-bcce-b302099a8057", "decided_at": "2026-11-22T15:00:00.000000Z", "app_version": "0.1.0",
    })
}

fn commit(events: usize) -> Commit {
    let stream = Stream { aggregate_type: "account", id: Uuid::now_v7() };
    let event = |sequence| NewEvent {
        stream,
        sequence,
        id: EventId::from_uuid(Uuid::now_v7()),
        event_type: "Opened".into(),
        event_version: "1".into(),
        payload: payload().to_string(),
        metadata: metadata().to_string(),
    };
    Commit {
        id: CommitId::from_uuid(Uuid::now_v7()),
        tenant: BusinessId::from_uuid(Uuid::from_u128(1)),
        expectations: vec![Expectation { stream, version: 0 }],
        events: (1..=events as i64).map(event).collect(),
        keys: vec![],
        attachments: vec![],
    }
}

#[derive(Clone)]
pub enum Variant {
    Stock(Arc<PostgresEventRepository>),
    Ours(Appender),
}

impl Variant {
    /// postgres-es's own way: a transaction for each commit, a statement for each event.
    pub fn stock(pool: PgPool) -> Self {
        Self::Stock(Arc::new(PostgresEventRepository::new(pool).with_tables("stock_events", "snapshots")))
    }

    pub async fn write(&self, events: usize) {
        match self {
            Self::Stock(repository) => {
                let id = Uuid::now_v7().to_string();
                let event = |n| {
                    SerializedEvent::new(
                        id.clone(),
                        n,
                        "account".into(),
                        "Opened".into(),
                        "1".into(),
                        payload(),
                        metadata(),
                    )
                };
                let events: Vec<_> = (1..=events).map(event).collect();
                repository.persist::<Account>(&events, None).await.expect("stock append");
            }
            Self::Ours(appender) => {
                let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
                let verdict =
                    appender.append(commit(events), Priority::Normal, deadline).await.expect("append");
                assert!(matches!(verdict, Verdict::Accepted(_)), "{verdict:?}");
            }
        }
    }
}
