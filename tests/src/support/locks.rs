//! Holding up every writer.

use sqlx::{PgConnection, PgPool};

use super::database::TestDatabase;
use super::until;

/// The lock that `append_events` takes.
const LOG: i64 = 4_066_220_153;

/// Nobody writes to the log until this is let go.
#[derive(Debug)]
pub struct HeldLog {
    connection: PgConnection,
    pool: PgPool,
}

impl HeldLog {
    pub async fn of(database: &TestDatabase) -> Self {
        let mut connection = database.as_owner().await;
        sqlx::query("select pg_advisory_lock($1)").bind(LOG).execute(&mut connection).await.expect("a lock");
        Self { connection, pool: database.pool.clone() }
    }

    /// Waits until this many calls wait for the log.
    pub async fn until_waiting(&self, calls: i64) {
        until_waiting(&self.pool, calls).await;
    }

    pub async fn let_go(mut self) {
        sqlx::query("select pg_advisory_unlock($1)")
            .bind(LOG)
            .execute(&mut self.connection)
            .await
            .expect("unlocked");
    }
}

/// Waits until this many calls wait for whoever has the log.
pub async fn until_waiting(pool: &PgPool, calls: i64) {
    until(|| async {
        let waiting: i64 = sqlx::query_scalar(
            "select count(*) from pg_locks l join pg_database d on d.oid = l.database
             where d.datname = current_database() and l.locktype = 'advisory' and not l.granted",
        )
        .fetch_one(pool)
        .await
        .expect("locks");
        waiting >= calls
    })
    .await;
}
