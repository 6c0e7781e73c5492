//! The table `checkpoints`: how far each reader of the log has come. Every statement on it stands here.

use std::collections::HashMap;

use frontdesk_domain::kernel::recorded::Position;
use sqlx::{PgConnection, PgExecutor};

/// The row of a reader, in one of its versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Checkpoint {
    pub name: &'static str,
    pub version: i32,
}

/// A checkpoint as its holder finds it.
#[derive(Debug, Clone, Copy)]
pub struct Locked {
    pub position: Position,
    /// Whether events are parked.
    pub parks: bool,
    /// Whether somebody wants some of these to be tried again.
    pub retries: bool,
}

impl Checkpoint {
    /// Makes the row. What is there stays.
    pub async fn create(self, executor: impl PgExecutor<'_>, position: Position) -> Result<(), sqlx::Error> {
        sqlx::query(
            "insert into checkpoints (name, version, position) values ($1, $2, $3) on conflict do nothing",
        )
        .bind(self.name)
        .bind(self.version)
        .bind(position)
        .execute(executor)
        .await
        .map(drop)
    }

    /// How far the reader has come, whichever process runs it; `None` if there is no such row.
    pub async fn position(self, executor: impl PgExecutor<'_>) -> Result<Option<Position>, sqlx::Error> {
        sqlx::query_scalar("select position from checkpoints where name = $1 and version = $2")
            .bind(self.name)
            .bind(self.version)
            .fetch_optional(executor)
            .await
    }

    /// Locks the row until the transaction ends; `None` if there is no such row, or if another process holds
    /// it.
    pub async fn lock(self, transaction: &mut PgConnection) -> Result<Option<Locked>, sqlx::Error> {
        Ok(lock_all(transaction, &[self]).await?.remove(&self))
    }

    /// Moves the locked row.
    pub async fn advance(
        self,
        transaction: &mut PgConnection,
        position: Position,
    ) -> Result<(), sqlx::Error> {
        advance_all(transaction, &[self], position).await
    }
}

/// Locks rows until the transaction ends. Missing are those that do not exist, and those that another process
/// holds.
pub async fn lock_all(
    transaction: &mut PgConnection,
    checkpoints: &[Checkpoint],
) -> Result<HashMap<Checkpoint, Locked>, sqlx::Error> {
    let (names, versions) = columns(checkpoints);
    let rows: Vec<(i64, Position, bool, bool)> = sqlx::query_as(
        // What a crash of the database takes back it takes back together with the checkpoint, and it is
        // done again.
        "select w.place, c.position,
             exists (select from parked_events p where p.reader = c.name and p.version = c.version),
             exists (select from parked_events p where p.reader = c.name and p.version = c.version and p.wanted)
         from unnest($1::text[], $2::integer[]) with ordinality as w (name, version, place)
         join checkpoints c on c.name = w.name and c.version = w.version
         cross join set_config('synchronous_commit', 'off', true)
         for update of c skip locked",
    )
    .bind(names)
    .bind(versions)
    .fetch_all(transaction)
    .await?;
    let of_place = |(place, position, parks, retries)| {
        let checkpoint = usize::try_from(place).ok().and_then(|place| checkpoints.get(place - 1))?;
        Some((*checkpoint, Locked { position, parks, retries }))
    };
    Ok(rows.into_iter().filter_map(of_place).collect())
}

/// Moves locked rows.
pub async fn advance_all(
    transaction: &mut PgConnection,
    checkpoints: &[Checkpoint],
    position: Position,
) -> Result<(), sqlx::Error> {
    let (names, versions) = columns(checkpoints);
    sqlx::query(
        "update checkpoints c set position = $3, updated_at = now()
         from unnest($1::text[], $2::integer[]) as moved (name, version)
         where c.name = moved.name and c.version = moved.version",
    )
    .bind(names)
    .bind(versions)
    .bind(position)
    .execute(transaction)
    .await
    .map(drop)
}

fn columns(checkpoints: &[Checkpoint]) -> (Vec<&'static str>, Vec<i32>) {
    checkpoints.iter().map(|checkpoint| (checkpoint.name, checkpoint.version)).unzip()
}

/// How far each reader has come, in the order of their names; of several versions, the furthest.
pub async fn positions(executor: impl PgExecutor<'_>) -> Result<Vec<(String, Position)>, sqlx::Error> {
    sqlx::query_as("select name, max(position) from checkpoints group by name order by name")
        .fetch_all(executor)
        .await
}
