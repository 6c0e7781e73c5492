//! Stored rows, as they come from the table.

use chrono::{DateTime, Utc};
use frontdesk_domain::kernel::ids::{BusinessId, StreamId};
use frontdesk_domain::kernel::recorded::{Position, Stream};
use serde::Deserialize;
use serde_json::value::RawValue;
use sqlx::PgPool;
use uuid::Uuid;

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

/// The columns of an event for whoever goes on from it. The command of a commit is as large as all its events
/// together, and only who asks how they came about wants it: where it is not small, it stays in the database.
pub const COLUMNS: &str = "position, tenant_id, aggregate_type, aggregate_id, sequence, event_id, event_type, event_version, payload, \
    case when pg_column_size(metadata) < 2048 then metadata else (
        select coalesce(json_object_agg(said.key, said.value), '{}') from json_each(metadata) said where said.key <> 'command'
    ) end as metadata, \
    commit_id, last_in_commit, recorded_at";

/// The events of several streams after a version each, in one round trip, stream by stream in order.
pub async fn load(pool: &PgPool, streams: &[(Stream, i64)]) -> Result<Vec<StoredEvent>, sqlx::Error> {
    let types: Vec<&str> = streams.iter().map(|(stream, _)| stream.aggregate_type).collect();
    let ids: Vec<String> = streams.iter().map(|(stream, _)| stream.id.to_string()).collect();
    let versions: Vec<i64> = streams.iter().map(|(_, version)| *version).collect();
    sqlx::query_as(&format!(
        "select {COLUMNS} from unnest($1::text[], $2::text[], $3::bigint[]) as s (type, id, version)
         join events e on e.aggregate_type = s.type and e.aggregate_id = s.id and e.sequence > s.version
         order by e.aggregate_type, e.aggregate_id, e.sequence"
    ))
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

/// Where the last event of a stream stands.
pub async fn position_of(pool: &PgPool, stream: Stream) -> Result<Option<Position>, sqlx::Error> {
    sqlx::query_scalar("select position from events where aggregate_type = $1 and aggregate_id = $2 order by sequence desc limit 1")
        .bind(stream.aggregate_type)
        .bind(stream.id.to_string())
        .fetch_optional(pool)
        .await
}

/// The whole commits that a stream of this tenant has events in, in the order of the log.
pub async fn commits_of(
    pool: &PgPool,
    tenant: BusinessId,
    stream: Stream,
) -> Result<Vec<StoredEvent>, sqlx::Error> {
    // A commit stands in one piece: from after the end of the one before it to the next end.
    sqlx::query_as(
        "with spans as (
             select distinct
                 coalesce((select p.position from events p where p.position < own.position and p.last_in_commit
                           order by p.position desc limit 1), 0) as after,
                 (select n.position from events n where n.position >= own.position and n.last_in_commit
                  order by n.position limit 1) as through
             from events own
             where own.aggregate_type = $1 and own.aggregate_id = $2 and own.tenant_id = $3
         )
         select e.* from spans join events e on e.position > spans.after and e.position <= spans.through order by e.position",
    )
    .bind(stream.aggregate_type)
    .bind(stream.id.to_string())
    .bind(tenant.uuid())
    .fetch_all(pool)
    .await
}
