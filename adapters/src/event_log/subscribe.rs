//! Reading the log in order.
//!
//! Positions are dense and become visible in order, so "everything after my checkpoint, by position" is a
//! complete subscription: it never misses, repeats or reorders an event, whatever writers do. A hole between
//! two positions can only mean that somebody has altered the log, and stops the reader.
//!
//! Notifications only wake readers early. What they might miss, polling finds.

use std::sync::Arc;
use std::time::Duration;

use frontdesk_domain::kernel::chain::Chain;
use frontdesk_domain::kernel::ids::{BusinessId, StreamId};
use frontdesk_domain::kernel::recorded::{Batch, NotTaken, Position};
use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::watch;
use uuid::Uuid;

use super::rows::{COLUMNS, StoredEvent};
use super::{EventLog, ReadError};
use crate::supervisor::Supervisor;

const CHANNEL: &str = "frontdesk_log";
/// How long a reader sleeps at most when nobody wakes it.
pub const POLL_INTERVAL: Duration = Duration::from_millis(250);
/// Notifications go out no faster than this; each takes a lock that is global to the database cluster.
const NOTIFY_INTERVAL: Duration = Duration::from_millis(5);
const HEADERS_MAX: i64 = 2_000;
/// How far a look ahead goes, in positions.
const AHEAD_MAX: i64 = 20_000;
/// What a batch holds at most, as it is stored; a commit that holds more comes alone. In memory, decrypted
/// and decoded, it is some times as much.
const BATCH_BYTES_MAX: i64 = 2 << 20;
const RECONNECT_PAUSE: Duration = Duration::from_millis(500);

/// An event's place in its stream.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Header {
    pub position: Position,
    pub tenant_id: Uuid,
    pub aggregate_type: String,
    pub aggregate_id: String,
    pub sequence: i64,
}

/// How far a batch reaches.
struct Reach {
    through: Position,
    /// There was more than it holds.
    more: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum SubscribeError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("the log has a hole after position {after}: its events have been altered")]
    Hole { after: Position },
}

impl From<sqlx::Error> for SubscribeError {
    fn from(error: sqlx::Error) -> Self {
        Self::Read(error.into())
    }
}

impl EventLog {
    /// What comes after a position: about `limit` events, and fewer if they are large; whole commits, `None` at
    /// the end of the log. A command that is not small is left out.
    ///
    /// With `types`, only events of these aggregates are loaded; the batch still says how far it reaches.
    pub async fn read_after(
        &self,
        after: Position,
        limit: i64,
        types: Option<&[&str]>,
    ) -> Result<Option<Batch>, SubscribeError> {
        let Some(Reach { through, more }) = self.reach(after, limit, types).await? else { return Ok(None) };
        let rows: Vec<StoredEvent> = sqlx::query_as(&format!(
            "select {COLUMNS} from events
             where position > $1 and position <= $2 and ($3::text[] is null or aggregate_type = any ($3))
             order by position"
        ))
        .bind(after)
        .bind(through)
        .bind(types)
        .fetch_all(self.pool())
        .await?;
        Ok(Some(Batch { more, ..self.batch(rows, through).await? }))
    }

    /// The events at some positions.
    pub async fn read_at(&self, positions: &[Position]) -> Result<Batch, SubscribeError> {
        let select = format!("select {COLUMNS} from events where position = any ($1) order by position");
        let rows: Vec<StoredEvent> = sqlx::query_as(&select).bind(positions).fetch_all(self.pool()).await?;
        Ok(self.batch(rows, positions.last().copied().unwrap_or_default()).await?)
    }

    async fn batch(&self, rows: Vec<StoredEvent>, through: Position) -> Result<Batch, ReadError> {
        let (mut events, mut unreadable) = (Vec::with_capacity(rows.len()), Vec::new());
        for (row, decoded) in self.decode_each(rows).await? {
            match decoded {
                Ok(decoded) => events.extend(decoded.into_iter().map(Arc::new)),
                Err(error) => unreadable.push(NotTaken {
                    position: row.position,
                    tenant_id: row.tenant_id,
                    aggregate_type: row.aggregate_type,
                    aggregate_id: row.aggregate_id,
                    error: error.to_string(),
                }),
            }
        }
        Ok(Batch { events, unreadable, through, more: false })
    }

    /// The end of the last whole commit among the next `limit` events that together are no larger than a
    /// batch; of the next commit, if it alone is longer or larger. Nothing before it may be missing.
    async fn reach(
        &self,
        after: Position,
        limit: i64,
        types: Option<&[&str]>,
    ) -> Result<Option<Reach>, SubscribeError> {
        // The stored size is known without a look at what is stored, and what is encrypted is not compressed.
        let (through, more, is_dense): (Option<Position>, bool, bool) = sqlx::query_as(
            "with page as (
                 select position, last_in_commit,
                        case when $3::text[] is null or aggregate_type = any ($3) then pg_column_size(payload) else 0 end as bytes
                 from events where position > $1 order by position limit $2
             ),
             next as (select position, last_in_commit, sum(bytes) over (order by position rows unbounded preceding) as bytes from page),
             reach as (
                 select count(*) as count, max(position) as last, coalesce(
                     max(position) filter (where last_in_commit and bytes <= $4),
                     (select min(position) from events where position > $1 and last_in_commit)
                 ) as through
                 from next
             )
             select through, coalesce(through < last, false) or count >= $2, coalesce(last = $1 + count, true) and coalesce(
                 through <= last or through - $1 = (select count(*) from events where position > $1 and position <= through), true
             )
             from reach",
        )
        .bind(after)
        .bind(limit)
        .bind(types)
        .bind(BATCH_BYTES_MAX)
        .fetch_one(self.pool())
        .await?;
        if !is_dense {
            return Err(SubscribeError::Hole { after });
        }
        Ok(through.map(|through| Reach { through, more }))
    }

    /// Where the first streams of an aggregate begin, within some positions after one, of which nothing is
    /// written but their first event; past those of some businesses.
    pub async fn untouched_after(
        &self,
        after: Position,
        aggregate_type: &str,
        past: &[BusinessId],
        limit: i64,
    ) -> Result<Vec<Position>, ReadError> {
        // A subquery for a value is looked up for each row; `not exists` may become a join with the whole log.
        let positions = sqlx::query_scalar(
            "select e.position from events e
             where e.position > $1 and e.position <= $1 + $5 and e.aggregate_type = $2 and e.sequence = 1 and e.tenant_id <> all ($3)
               and (
                   select later.position from events later
                   where later.aggregate_type = e.aggregate_type and later.aggregate_id = e.aggregate_id and later.sequence = 2
               ) is null
             order by e.position limit $4",
        );
        let past: Vec<Uuid> = past.iter().map(|business| business.uuid()).collect();
        let positions = positions.bind(after).bind(aggregate_type).bind(past).bind(limit).bind(AHEAD_MAX);
        Ok(positions.fetch_all(self.pool()).await?)
    }

    /// Which streams some of the next events stand in, without the events.
    pub async fn headers_after(&self, after: Position) -> Result<Vec<Header>, ReadError> {
        let headers = sqlx::query_as(
            "select position, tenant_id, aggregate_type, aggregate_id, sequence from events where position > $1 order by position limit $2",
        );
        Ok(headers.bind(after).bind(HEADERS_MAX).fetch_all(self.pool()).await?)
    }

    /// The position of the last event, 0 in an empty log.
    pub async fn head(&self) -> Result<Position, ReadError> {
        Ok(head(self.pool()).await?)
    }
}

/// The position of the last event, 0 in an empty log.
pub async fn head(pool: &PgPool) -> Result<Position, sqlx::Error> {
    sqlx::query_scalar("select coalesce(max(position), 0) from events").fetch_one(pool).await
}

/// Tells readers that the log has grown.
#[derive(Debug, Clone)]
pub struct Wakeups {
    heads: watch::Receiver<Position>,
}

impl Wakeups {
    /// Listens to this process's appender and to other processes, and tells them about ours.
    pub fn start(log: &EventLog, supervisor: &Supervisor) -> Self {
        let (sender, heads) = watch::channel(0);
        let sender = Arc::new(sender);
        supervisor.run("listener", (log.pool().clone(), sender.clone()), |(pool, sender), stop| async move {
            stop.run_until_cancelled(listen(pool, sender)).await.unwrap_or_default()
        });
        supervisor.run("announcer", (log.clone(), sender), |(log, sender), stop| async move {
            stop.run_until_cancelled(announce(log, sender)).await.unwrap_or_default()
        });
        Self { heads }
    }

    /// Returns when the log may have grown beyond a position, at the latest after [`POLL_INTERVAL`].
    pub async fn beyond(&mut self, position: Position) {
        let _ = tokio::time::timeout(POLL_INTERVAL, self.heads.wait_for(|head| *head > position)).await;
    }
}

fn raise(sender: &watch::Sender<Position>, head: Position) {
    sender.send_if_modified(|last| {
        let higher = head > *last;
        *last = head.max(*last);
        higher
    });
}

/// What other processes write.
async fn listen(pool: PgPool, sender: Arc<watch::Sender<Position>>) {
    loop {
        if let Err(error) = listen_once(&pool, &sender).await {
            tracing::debug!(error = %Chain(&error), "not listening for notifications; polling goes on");
        }
        tokio::time::sleep(RECONNECT_PAUSE).await;
    }
}

async fn listen_once(pool: &PgPool, sender: &watch::Sender<Position>) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    loop {
        let notification = listener.recv().await?;
        if let Ok(head) = notification.payload().parse() {
            raise(sender, head);
        }
    }
}

/// What this process writes: at once to its own readers, and after the commit, outside its transaction, to
/// others.
async fn announce(log: EventLog, sender: Arc<watch::Sender<Position>>) {
    let mut written = log.appender().head();
    while written.changed().await.is_ok() {
        let head = *written.borrow_and_update();
        raise(&sender, head);
        let notified = sqlx::query("select pg_notify($1, $2)")
            .bind(CHANNEL)
            .bind(head.to_string())
            .execute(log.pool())
            .await;
        if let Err(error) = notified {
            tracing::debug!(error = %Chain(&error), "others were not notified; they poll");
        }
        tokio::time::sleep(NOTIFY_INTERVAL).await;
    }
}
