//! The table `checkpoints`: how far each reader of the log has come. Every statement on it stands here.

use std::collections::HashMap;
use std::time::Duration;

use frontdesk_domain::kernel::recorded::Position;
use sqlx::{PgConnection, PgExecutor};

use crate::edition::Edition;

/// The row of a reader, in one of its versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Checkpoint {
    pub name: &'static str,
    pub version: i32,
    pub edition: Edition,
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
    /// Of a reader that has one edition only, or of the one that serves.
    pub const fn of(name: &'static str, version: i32) -> Self {
        Self { name, version, edition: Edition::Serving }
    }

    /// What the tables call it.
    pub fn key(self) -> String {
        format!("{}{}", self.name, self.edition.suffix("."))
    }

    /// Makes the row. What is there stays.
    pub async fn create(self, connection: &mut PgConnection, position: Position) -> Result<(), sqlx::Error> {
        sqlx::query(
            "insert into checkpoints (name, version, position) values ($1, $2, $3) on conflict do nothing",
        )
        .bind(self.key())
        .bind(self.version)
        .bind(position)
        .execute(connection)
        .await
        .map(drop)
    }

    /// How far the reader has come, whichever process runs it; `None` if there is no such row.
    pub async fn position(self, executor: impl PgExecutor<'_>) -> Result<Option<Position>, sqlx::Error> {
        sqlx::query_scalar("select position from checkpoints where name = $1 and version = $2")
            .bind(self.key())
            .bind(self.version)
            .fetch_optional(executor)
            .await
    }

    /// Locks the row until the transaction ends; `None` if there is no such row, if another process holds it,
    /// or if it is paused.
    pub async fn lock(self, transaction: &mut PgConnection) -> Result<Option<Locked>, sqlx::Error> {
        Ok(lock_all(transaction, &[self]).await?.remove(&self))
    }

    /// Waits until nobody has the row, and locks it until the transaction ends; `None` if there is no such
    /// row.
    pub(crate) async fn lock_waiting(
        self,
        transaction: &mut PgConnection,
    ) -> Result<Option<Position>, sqlx::Error> {
        sqlx::query_scalar("select position from checkpoints where name = $1 and version = $2 for update")
            .bind(self.key())
            .bind(self.version)
            .fetch_optional(transaction)
            .await
    }

    /// Has its reader stand still, or go on. False if there is no such row.
    pub(crate) async fn pause(
        self,
        transaction: &mut PgConnection,
        paused: bool,
    ) -> Result<bool, sqlx::Error> {
        let update = sqlx::query("update checkpoints set paused = $3 where name = $1 and version = $2");
        let update = update.bind(self.key()).bind(self.version).bind(paused);
        Ok(update.execute(transaction).await?.rows_affected() > 0)
    }

    pub(crate) async fn delete(self, transaction: &mut PgConnection) -> Result<(), sqlx::Error> {
        sqlx::query("delete from checkpoints where name = $1 and version = $2")
            .bind(self.key())
            .bind(self.version)
            .execute(transaction)
            .await
            .map(drop)
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

/// Locks rows until the transaction ends. Missing are those that do not exist, that another process holds, or
/// that are paused.
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
         join checkpoints c on c.name = w.name and c.version = w.version and not c.paused
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

fn columns(checkpoints: &[Checkpoint]) -> (Vec<String>, Vec<i32>) {
    checkpoints.iter().map(|checkpoint| (checkpoint.key(), checkpoint.version)).unzip()
}

/// A row of the table.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct CheckpointRow {
    /// See [`Checkpoint::key`].
    #[sqlx(rename = "name")]
    pub key: String,
    pub version: i32,
    pub position: Position,
    pub paused: bool,
    /// Since it was made.
    seconds: f64,
}

impl CheckpointRow {
    /// The name of the reader, and which of its editions this is.
    pub fn reader(&self) -> (&str, Edition) {
        let edition =
            self.key.split_once('.').and_then(|(name, edition)| Some((name, edition.parse().ok()?)));
        edition.unwrap_or((&self.key, Edition::Serving))
    }

    pub fn is_of(&self, checkpoint: Checkpoint) -> bool {
        self.reader() == (checkpoint.name, checkpoint.edition) && self.version == checkpoint.version
    }

    pub fn age(&self) -> Duration {
        Duration::try_from_secs_f64(self.seconds).unwrap_or_default()
    }

    /// How long it takes for so many further events, if it goes on as it has since it was made.
    pub fn time_for(&self, events: Position) -> Option<Duration> {
        if self.position == 0 {
            return None;
        }
        Duration::try_from_secs_f64(self.seconds / self.position as f64 * events as f64).ok()
    }
}

/// All of them, in the order of their names and versions.
pub async fn list(executor: impl PgExecutor<'_>) -> Result<Vec<CheckpointRow>, sqlx::Error> {
    sqlx::query_as(
        "select name, version, position, paused, extract(epoch from now() - begun_at)::float8 as seconds
         from checkpoints order by name, version",
    )
    .fetch_all(executor)
    .await
}

/// Moves the row of one edition to another one's place, where there is none.
pub(crate) async fn rename(
    transaction: &mut PgConnection,
    from: Checkpoint,
    to: Checkpoint,
) -> Result<(), sqlx::Error> {
    sqlx::query("update checkpoints set name = $3 where name = $1 and version = $2")
        .bind(from.key())
        .bind(from.version)
        .bind(to.key())
        .execute(transaction)
        .await
        .map(drop)
}
