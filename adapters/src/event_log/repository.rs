//! `cqrs_es`'s view of the log, for its framework and its tools.
//!
//! A stream is loaded by `postgres_es`, over the view `stream_events` (whose metadata say which tenant and
//! event a row is, for decryption), then decrypted and upcast. Appending goes through our appender:
//! `postgres_es` would insert one event a statement, without expectations on other streams, and report any
//! unique violation as a conflict. Snapshots are refused, because the framework applies events twice on their
//! way into one; whole-log streams come from [`super::subscribe`].

use std::time::Duration;

use cqrs_es::Aggregate;
use cqrs_es::persist::{
    PersistedEventRepository, PersistenceError, ReplayStream, SerializedEvent, SerializedSnapshot,
};
use frontdesk_domain::kernel::ids::{BusinessId, CommitId, EventId, StreamId};
use frontdesk_domain::kernel::metadata::Metadata;
use frontdesk_domain::kernel::personal::SubjectId;
use frontdesk_domain::kernel::recorded::{RecordedEvent, Stream};
use postgres_es::PostgresEventRepository;
use serde_json::Value;
use sqlx::types::Json;
use tokio::time::Instant;
use uuid::Uuid;

use super::append::Expectation;
use super::appender::Priority;
use super::rows::StoredEvent;
use super::{CommitError, Draft, DraftEvent, EventLog, Moved, Outcome, ReadError, StreamEvents};

const DEADLINE: Duration = Duration::from_secs(10);
const STREAM_FEED: usize = 200;
const PAGE: i64 = 500;

/// The streams of one tenant, as `cqrs_es` wants them.
pub struct CqrsRepository {
    log: EventLog,
    tenant: BusinessId,
    streams: PostgresEventRepository,
}

impl std::fmt::Debug for CqrsRepository {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CqrsRepository({})", self.tenant)
    }
}

#[derive(Debug, thiserror::Error)]
enum Unsupported {
    #[error("snapshots are not kept: use PersistedEventStore::new_event_store")]
    Snapshots,
    #[error("{0:?} does not name a stream: ids are UUIDs")]
    NotAUuid(String),
    #[error("an event of another tenant stands in this stream")]
    OtherTenant,
}

impl CqrsRepository {
    pub fn new(log: EventLog, tenant: BusinessId) -> Self {
        let streams =
            PostgresEventRepository::new(log.pool().clone()).with_tables("stream_events", "no_snapshots");
        Self { log, tenant, streams }
    }

    async fn decode(&self, events: Vec<SerializedEvent>) -> Result<Vec<SerializedEvent>, PersistenceError> {
        let rows = events
            .into_iter()
            .map(stored)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|e| PersistenceError::DeserializationError(Box::new(e)))?;
        if rows.iter().any(|row| row.tenant_id != self.tenant.uuid()) {
            return Err(PersistenceError::UnknownError(Box::new(Unsupported::OtherTenant)));
        }
        let events = self.log.decode(rows).await.map_err(read_error)?;
        Ok(events.into_iter().map(serialized).collect())
    }

    /// A page of all events of one aggregate type after a position, and where the next page begins.
    async fn page(
        &self,
        aggregate_type: &str,
        after: i64,
    ) -> Result<Option<(Vec<RecordedEvent>, i64)>, ReadError> {
        let rows: Vec<StoredEvent> = sqlx::query_as(
            "select * from events where position > $1 and tenant_id = $2 and aggregate_type = $3 order by position limit $4",
        )
        .bind(after)
        .bind(self.tenant.uuid())
        .bind(aggregate_type)
        .bind(PAGE)
        .fetch_all(self.log.pool())
        .await?;
        let Some(last) = rows.last().map(|row| row.position) else { return Ok(None) };
        Ok(Some((self.log.decode(rows).await?, last)))
    }
}

fn serialized(event: RecordedEvent) -> SerializedEvent {
    // Both conversions are of values that we wrote: a map of strings, and a number that began as a usize.
    let metadata = serde_json::to_value(&event.metadata).unwrap_or_default();
    let sequence = usize::try_from(event.sequence).unwrap_or_default();
    let id = event.aggregate_id.to_string();
    SerializedEvent::new(
        id,
        sequence,
        event.aggregate_type,
        event.event_type,
        "1".into(),
        event.payload,
        metadata,
    )
}

/// A row of `stream_events`, whose metadata carry what `postgres_es` does not load.
fn stored(event: SerializedEvent) -> Result<StoredEvent, serde_json::Error> {
    #[derive(serde::Deserialize)]
    struct Row {
        row: Rest,
        metadata: Box<serde_json::value::RawValue>,
    }
    #[derive(serde::Deserialize)]
    struct Rest {
        position: i64,
        tenant_id: Uuid,
        event_id: Uuid,
        commit_id: Uuid,
        last_in_commit: bool,
        recorded_at: chrono::DateTime<chrono::Utc>,
    }
    let Row { row, metadata } = serde_json::from_str(&event.metadata.to_string())?;
    Ok(StoredEvent {
        position: row.position,
        tenant_id: row.tenant_id,
        aggregate_type: event.aggregate_type,
        aggregate_id: event.aggregate_id,
        sequence: event.sequence as i64,
        event_id: row.event_id,
        event_type: event.event_type,
        event_version: event.event_version,
        payload: Json(serde_json::value::to_raw_value(&event.payload)?),
        metadata: Json(metadata),
        commit_id: row.commit_id,
        last_in_commit: row.last_in_commit,
        recorded_at: row.recorded_at,
    })
}

impl PersistedEventRepository for CqrsRepository {
    async fn get_events<A: Aggregate>(
        &self,
        aggregate_id: &str,
    ) -> Result<Vec<SerializedEvent>, PersistenceError> {
        self.decode(self.streams.get_events::<A>(aggregate_id).await?).await
    }

    async fn get_last_events<A: Aggregate>(
        &self,
        aggregate_id: &str,
        last: usize,
    ) -> Result<Vec<SerializedEvent>, PersistenceError> {
        self.decode(self.streams.get_last_events::<A>(aggregate_id, last).await?).await
    }

    async fn get_snapshot<A: Aggregate>(
        &self,
        _: &str,
    ) -> Result<Option<SerializedSnapshot>, PersistenceError> {
        Ok(None)
    }

    async fn persist<A: Aggregate>(
        &self,
        events: &[SerializedEvent],
        snapshot: Option<(String, Value, usize)>,
    ) -> Result<(), PersistenceError> {
        if snapshot.is_some() {
            return Err(PersistenceError::UnknownError(Box::new(Unsupported::Snapshots)));
        }
        let Some(first) = events.first() else { return Ok(()) };
        let id = first.aggregate_id.parse().map_err(|_| {
            PersistenceError::UnknownError(Box::new(Unsupported::NotAUuid(first.aggregate_id.clone())))
        })?;
        let stream = Stream { aggregate_type: A::TYPE, id };
        let version = first.sequence as i64 - 1;
        let draft_event = |event: &SerializedEvent| -> Result<DraftEvent, serde_json::Error> {
            Ok(DraftEvent {
                stream,
                sequence: event.sequence as i64,
                id: EventId::from_uuid(Uuid::now_v7()),
                event_type: event.event_type.clone(),
                event_version: event.event_version.clone(),
                payload: event.payload.clone(),
                metadata: serde_json::from_value::<Metadata>(event.metadata.clone())?,
            })
        };
        let mut draft = Draft {
            id: CommitId::from_uuid(Uuid::now_v7()),
            tenant: self.tenant,
            expectations: vec![Expectation { stream, version }],
            events: events.iter().map(draft_event).collect::<Result<_, _>>()?,
            command: Value::Null,
            command_subject: SubjectId(id),
            attachments: Vec::new(),
        };
        let mut committed = self.log.commit(&draft, Priority::Normal, Instant::now() + DEADLINE).await;
        if let Ok(Outcome::Moved(moved)) = &committed
            && let [Moved { from, events: StreamEvents { version: stored, events }, .. }] = moved.as_slice()
            && events.is_empty()
            && stored > from
        {
            // The last events of the stream are upcast to nothing, so the framework could not count them.
            draft.expectations[0].version = *stored;
            draft.events.iter_mut().for_each(|event| event.sequence += stored - from);
            committed = self.log.commit(&draft, Priority::Normal, Instant::now() + DEADLINE).await;
        }
        match committed {
            Ok(Outcome::Committed(_)) => Ok(()),
            Ok(Outcome::Moved(_)) => Err(PersistenceError::OptimisticLockError),
            Err(CommitError::Append(error)) => Err(PersistenceError::ConnectionError(Box::new(error))),
            Err(error) => Err(PersistenceError::UnknownError(Box::new(error))),
        }
    }

    async fn stream_events<A: Aggregate>(
        &self,
        aggregate_id: &str,
    ) -> Result<ReplayStream, PersistenceError> {
        let events = self.get_events::<A>(aggregate_id).await?;
        let (mut feed, stream) = ReplayStream::new(events.len().max(1));
        for event in events {
            feed.push(Ok(event)).await?;
        }
        Ok(stream)
    }

    /// In the order of the log. A read that fails ends the stream with its error.
    async fn stream_all_events<A: Aggregate>(&self) -> Result<ReplayStream, PersistenceError> {
        let (mut feed, stream) = ReplayStream::new(STREAM_FEED);
        let reader = Self::new(self.log.clone(), self.tenant);
        tokio::spawn(async move {
            let mut after = 0;
            loop {
                let events = match reader.page(A::TYPE, after).await {
                    Ok(Some((events, last))) => {
                        after = last;
                        events
                    }
                    Ok(None) => return,
                    Err(error) => return drop(feed.push(Err(read_error(error))).await),
                };
                for event in events {
                    if feed.push(Ok(serialized(event))).await.is_err() {
                        return;
                    }
                }
            }
        });
        Ok(stream)
    }
}

fn read_error(error: ReadError) -> PersistenceError {
    match error {
        ReadError::Database(_) => PersistenceError::ConnectionError(Box::new(error)),
        ReadError::Unreadable(_) | ReadError::Key(_) => {
            PersistenceError::DeserializationError(Box::new(error))
        }
    }
}
