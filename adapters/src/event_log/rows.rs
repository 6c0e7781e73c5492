//! Stored rows, as they come from the table.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::value::RawValue;
use sqlx::PgPool;
use uuid::Uuid;

use frontdesk_domain::kernel::recorded::{Position, Stream};

/// A row of `events`. Its payload is still encrypted, and of whatever version it was written in.
#[derive(Debug, Clone, Deserialize, sqlx::FromRow)]
pub struct StoredEvent {
    pub position: Position,
    pub tenant_id: Uuid,
    pub aggregate_type: String,
    pub aggregate_id: String,
    pub sequence: i64,
    pub event_id: Uuid,
    pub event_type: String,
    pub event_version: String,
    pub payload: sqlx::types::Json<Box<RawValue>>,
    pub metadata: sqlx::types::Json<Box<RawValue>>,
    pub commit_id: Uuid,
    pub last_in_commit: bool,
    pub recorded_at: DateTime<Utc>,
}

/// The events of several streams after a version each, in one round trip, stream by stream in order.
pub async fn load(pool: &PgPool, streams: &[(Stream, i64)]) -> Result<Vec<StoredEvent>, sqlx::Error> {
    let types: Vec<&str> = streams.iter().map(|(stream, _)| stream.aggregate_type).collect();
    let ids: Vec<String> = streams.iter().map(|(stream, _)| stream.id.to_string()).collect();
    let versions: Vec<i64> = streams.iter().map(|(_, version)| *version).collect();
    sqlx::query_as(
        "select e.* from unnest($1::text[], $2::text[], $3::bigint[]) as s (type, id, version)
         join events e on e.aggregate_type = s.type and e.aggregate_id = s.id and e.sequence > s.version
         order by e.aggregate_type, e.aggregate_id, e.sequence",
    )
    .bind(types)
    .bind(ids)
    .bind(versions)
    .fetch_all(pool)
    .await
}

/// The current versions of several streams, in their order.
pub async fn versions(pool: &PgPool, streams: &[Stream]) -> Result<Vec<i64>, sqlx::Error> {
    let types: Vec<&str> = streams.iter().map(|stream| stream.aggregate_type).collect();
    let ids: Vec<String> = streams.iter().map(|stream| stream.id.to_string()).collect();
    sqlx::query_scalar(
        "select coalesce((
             select e.sequence from events e where e.aggregate_type = s.type and e.aggregate_id = s.id order by e.sequence desc limit 1
         ), 0)
         from unnest($1::text[], $2::text[]) with ordinality as s (type, id, n)
         order by s.n",
    )
    .bind(types)
    .bind(ids)
    .fetch_all(pool)
    .await
}
