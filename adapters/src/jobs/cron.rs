//! What is done again and again, at times that a cron pattern names (in UTC).
//!
//! Each occurrence is enqueued once in the whole deployment: the row of the schedule says which one was last,
//! and is locked while that is changed. After a stretch in which nothing ran only the latest occurrence is
//! made up for. Turning the clock back repeats nothing.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use croner::Cron as Pattern;
use croner::errors::CronError;
use frontdesk_domain::kernel::ids::JobId;
use frontdesk_domain::kernel::policy::{Queue, Retry};
use serde_json::Value;
use sqlx::{Connection, PgConnection};

use super::queue::{self, NewJob};

/// A schedule. The handler of its jobs has the same name as its policy.
#[derive(Clone)]
pub struct Cron {
    pub name: &'static str,
    pattern: Pattern,
    retry: Retry,
}

impl fmt::Debug for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cron({} {})", self.name, self.pattern.as_str())
    }
}

impl Cron {
    /// `pattern` has five fields: minute, hour, day of the month, month, day of the week.
    pub fn new(name: &'static str, pattern: &str, retry: Retry) -> Result<Self, CronError> {
        Ok(Self { name, pattern: Pattern::from_str(pattern)?, retry })
    }

    /// Enqueues the latest occurrence, if that has not been done. One that still runs is let finish first.
    pub async fn enqueue(
        &self,
        connection: &mut PgConnection,
        now: DateTime<Utc>,
    ) -> Result<(), sqlx::Error> {
        let mut transaction = connection.begin().await?;
        // A new schedule begins now: what it would have done before is not made up for.
        sqlx::query("insert into cron_jobs (name, due_at) values ($1, $2) on conflict do nothing")
            .bind(self.name)
            .bind(now)
            .execute(&mut *transaction)
            .await?;
        let last: Option<DateTime<Utc>> =
            sqlx::query_scalar("select due_at from cron_jobs where name = $1 for update skip locked")
                .bind(self.name)
                .fetch_optional(&mut *transaction)
                .await?;
        let latest = self.pattern.find_previous_occurrence(&now, true).ok();
        // Without the row: another process is at it.
        if let (Some(last), Some(due_at)) = (last, latest)
            && due_at > last
            && queue::schedule(&mut transaction, &[self.occurrence(due_at)], "jobs.state <> 'running'")
                .await?
                > 0
        {
            sqlx::query("update cron_jobs set due_at = $2 where name = $1")
                .bind(self.name)
                .bind(due_at)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await
    }

    fn occurrence(&self, due_at: DateTime<Utc>) -> NewJob {
        NewJob {
            policy: self.name,
            key: "cron".into(),
            effect_id: JobId::of_cron(self.name, due_at),
            name: self.name,
            tenant: None,
            payload: Value::Object(serde_json::Map::new()),
            version: 1,
            position: due_at.timestamp_micros(),
            number: 0,
            event_id: None,
            correlation: None,
            queue: Queue::Housekeeping,
            due_at,
            retry: self.retry,
        }
    }
}
