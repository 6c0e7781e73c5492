//! The table `parked_events`: events that a reader could not take, and those of the same streams that wait
//! behind them. Every statement on it stands here.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use frontdesk_domain::kernel::recorded::{NotTaken, Position, RecordedEvent};
use sqlx::{PgConnection, PgExecutor, PgPool};
use uuid::Uuid;

use crate::checkpoints::Checkpoint;
use crate::page::{After, Page, PageRequest};

/// How many are tried again in one turn.
const RETRIED_AT_ONCE: i64 = 200;

/// A stream, by the type and the id of its aggregate.
pub type StreamName = (String, String);

/// An event that waits, and why.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ParkedRow {
    pub reader: String,
    pub version: i32,
    pub position: Position,
    pub tenant_id: Uuid,
    pub aggregate_type: String,
    pub aggregate_id: String,
    pub error: String,
    pub retries: i32,
    pub wanted: bool,
    pub parked_at: DateTime<Utc>,
    /// Of several readers at one position, which.
    reader_id: Uuid,
}

/// Parks events. One that is parked already was tried again in vain.
pub async fn park(
    transaction: &mut PgConnection,
    checkpoint: Checkpoint,
    build: &str,
    events: &[NotTaken],
) -> Result<(), sqlx::Error> {
    if events.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into parked_events as p (reader, version, position, tenant_id, aggregate_type, aggregate_id, error, tried_by)
         select $1, $2, e.*, $8 from unnest($3::bigint[], $4::uuid[], $5::text[], $6::text[], $7::text[]) as e
         on conflict (reader, version, position) do update
             set error = excluded.error, retries = p.retries + 1, wanted = false, tried_by = excluded.tried_by",
    )
    .bind(checkpoint.key())
    .bind(checkpoint.version)
    .bind(events.iter().map(|event| event.position).collect::<Vec<_>>())
    .bind(events.iter().map(|event| event.tenant_id).collect::<Vec<_>>())
    .bind(events.iter().map(|event| event.aggregate_type.as_str()).collect::<Vec<_>>())
    .bind(events.iter().map(|event| event.aggregate_id.as_str()).collect::<Vec<_>>())
    .bind(events.iter().map(|event| event.error.as_str()).collect::<Vec<_>>())
    .bind(build)
    .execute(transaction)
    .await
    .map(drop)
}

/// The streams among those of some events of which a reader has parked earlier ones.
pub async fn streams(
    transaction: &mut PgConnection,
    checkpoint: Checkpoint,
    events: &[Arc<RecordedEvent>],
) -> Result<HashSet<StreamName>, sqlx::Error> {
    let streams: Vec<StreamName> = sqlx::query_as(
        "select distinct aggregate_type, aggregate_id from parked_events
         where reader = $1 and version = $2
             and (aggregate_type, aggregate_id) in (select * from unnest($3::text[], $4::text[]))",
    )
    .bind(checkpoint.key())
    .bind(checkpoint.version)
    .bind(events.iter().map(|event| event.aggregate_type.as_str()).collect::<Vec<_>>())
    .bind(events.iter().map(|event| event.aggregate_id.to_string()).collect::<Vec<_>>())
    .fetch_all(transaction)
    .await?;
    Ok(streams.into_iter().collect())
}

/// What is to be tried again: whatever is parked of the streams of which somebody wants something, in order.
pub async fn wanted(
    transaction: &mut PgConnection,
    checkpoint: Checkpoint,
) -> Result<Vec<Position>, sqlx::Error> {
    sqlx::query_scalar(
        "select position from parked_events p where reader = $1 and version = $2 and exists (
             select from parked_events w where w.reader = p.reader and w.version = p.version and w.wanted
                 and w.aggregate_type = p.aggregate_type and w.aggregate_id = p.aggregate_id
         )
         order by position limit $3",
    )
    .bind(checkpoint.key())
    .bind(checkpoint.version)
    .bind(RETRIED_AT_ONCE)
    .fetch_all(transaction)
    .await
}

/// Forgets events that were taken after all.
pub async fn release(
    transaction: &mut PgConnection,
    checkpoint: Checkpoint,
    positions: &[Position],
) -> Result<(), sqlx::Error> {
    sqlx::query("delete from parked_events where reader = $1 and version = $2 and position = any ($3)")
        .bind(checkpoint.key())
        .bind(checkpoint.version)
        .bind(positions)
        .execute(transaction)
        .await
        .map(drop)
}

/// How many events an edition has parked.
pub(crate) async fn count(
    transaction: &mut PgConnection,
    checkpoint: Checkpoint,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("select count(*) from parked_events where reader = $1 and version = $2")
        .bind(checkpoint.key())
        .bind(checkpoint.version)
        .fetch_one(transaction)
        .await
}

/// Forgets all that an edition has parked.
pub(crate) async fn forget(
    transaction: &mut PgConnection,
    checkpoint: Checkpoint,
) -> Result<(), sqlx::Error> {
    sqlx::query("delete from parked_events where reader = $1 and version = $2")
        .bind(checkpoint.key())
        .bind(checkpoint.version)
        .execute(transaction)
        .await
        .map(drop)
}

/// Gives what one edition has parked to another, which has parked nothing.
pub(crate) async fn rename(
    transaction: &mut PgConnection,
    from: Checkpoint,
    to: Checkpoint,
) -> Result<(), sqlx::Error> {
    sqlx::query("update parked_events set reader = $3 where reader = $1 and version = $2")
        .bind(from.key())
        .bind(from.version)
        .bind(to.key())
        .execute(transaction)
        .await
        .map(drop)
}

/// Has nothing tried again of the streams of some events.
pub async fn give_up(
    transaction: &mut PgConnection,
    checkpoint: Checkpoint,
    events: &[NotTaken],
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update parked_events set wanted = false
         where reader = $1 and version = $2 and wanted
             and (aggregate_type, aggregate_id) in (select * from unnest($3::text[], $4::text[]))",
    )
    .bind(checkpoint.key())
    .bind(checkpoint.version)
    .bind(events.iter().map(|event| event.aggregate_type.as_str()).collect::<Vec<_>>())
    .bind(events.iter().map(|event| event.aggregate_id.as_str()).collect::<Vec<_>>())
    .execute(transaction)
    .await
    .map(drop)
}

/// Has parked events tried again: all, those of a reader, or one of them with those of its stream. Returns how
/// many.
pub async fn want(
    executor: impl PgExecutor<'_>,
    reader: Option<&str>,
    position: Option<Position>,
) -> Result<u64, sqlx::Error> {
    let wanted = sqlx::query(
        "update parked_events p set wanted = true
         where ($1::text is null or reader = $1) and ($2::bigint is null or exists (
             select from parked_events w where w.reader = p.reader and w.version = p.version and w.position = $2
                 and w.aggregate_type = p.aggregate_type and w.aggregate_id = p.aggregate_id
         ))",
    );
    Ok(wanted.bind(reader).bind(position).execute(executor).await?.rows_affected())
}

/// Has tried again by this build what another one could not take. Returns how many.
pub async fn want_of_others(executor: impl PgExecutor<'_>, build: &str) -> Result<u64, sqlx::Error> {
    let wanted = sqlx::query("update parked_events set wanted = true where tried_by <> $1 and not wanted");
    Ok(wanted.bind(build).execute(executor).await?.rows_affected())
}

/// In the order of the log.
pub async fn list(
    pool: &PgPool,
    reader: Option<&str>,
    request: PageRequest,
) -> Result<Page<ParkedRow>, sqlx::Error> {
    let rows = sqlx::query_as(
        "select *, md5(reader || version)::uuid as reader_id from parked_events
         where ($1::text is null or reader = $1)
             and ($2::bigint is null or (position, md5(reader || version)::uuid) > ($2, $3))
         order by position, md5(reader || version)::uuid limit $4",
    )
    .bind(reader)
    .bind(request.after.map(|after| after.key))
    .bind(request.after.map(|after| after.id))
    .bind(request.rows())
    .fetch_all(pool)
    .await?;
    Ok(request.page(rows, |last: &ParkedRow| After { key: last.position, id: last.reader_id }))
}

/// How many events each edition has parked, by [`Checkpoint::key`] and version.
pub async fn counts(executor: impl PgExecutor<'_>) -> Result<HashMap<(String, i32), i64>, sqlx::Error> {
    let rows: Vec<(String, i32, i64)> =
        sqlx::query_as("select reader, version, count(*) from parked_events group by reader, version")
            .fetch_all(executor)
            .await?;
    Ok(rows.into_iter().map(|(key, version, events)| ((key, version), events)).collect())
}
