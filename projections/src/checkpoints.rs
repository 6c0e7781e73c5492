//! The table `checkpoints`: how far each reader of the log has come. Every statement on it stands here.

use frontdesk_domain::kernel::recorded::Position;
use sqlx::{PgConnection, PgExecutor};

/// The row of a reader, in one of its versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checkpoint {
    pub name: &'static str,
    pub version: i32,
}

/// A checkpoint as its holder finds it.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
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
        sqlx::query_as(
            // What a crash of the database takes back it takes back together with the checkpoint, and it is
            // done again.
            "select c.position,
                 exists (select from parked_events p where p.reader = c.name and p.version = c.version) as parks,
                 exists (select from parked_events p where p.reader = c.name and p.version = c.version and p.wanted) as retries
             from checkpoints c, set_config('synchronous_commit', 'off', true)
             where c.name = $1 and c.version = $2 for update of c skip locked",
        )
        .bind(self.name)
        .bind(self.version)
        .fetch_optional(transaction)
        .await
    }

    /// Moves the locked row.
    pub async fn advance(
        self,
        transaction: &mut PgConnection,
        position: Position,
    ) -> Result<(), sqlx::Error> {
        sqlx::query(
            "update checkpoints set position = $3, updated_at = now() where name = $1 and version = $2",
        )
        .bind(self.name)
        .bind(self.version)
        .bind(position)
        .execute(transaction)
        .await
        .map(drop)
    }
}

/// How far each reader has come, in the order of their names; of several versions, the furthest.
pub async fn positions(executor: impl PgExecutor<'_>) -> Result<Vec<(String, Position)>, sqlx::Error> {
    sqlx::query_as("select name, max(position) from checkpoints group by name order by name")
        .fetch_all(executor)
        .await
}
