//! Feeds a read model from the log; and policies, which schedule jobs instead of filling tables.
//!
//! Each batch is one transaction: it takes the checkpoint's row `for update skip locked`, hands the projector the next whole commits, and
//! moves the checkpoint. So a read model is always exactly the log up to its checkpoint; only one process runs it at a time; and one that
//! hangs or dies can write nothing more, because its row is gone or its transaction is.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use frontdesk_domain::kernel::chain::Chain;
use frontdesk_domain::kernel::recorded::{Position, RecordedEvent, Unreadable};
use futures::future::BoxFuture;
use sqlx::{PgConnection, PgPool};
use tokio::sync::{Notify, Semaphore, watch};
use tokio_util::sync::CancellationToken;

/// How many events a batch holds, more or less: whole commits only.
const BATCH_EVENTS: i64 = 1_000;
/// A turn that found less than a whole batch is followed by the next after this time at the earliest: what is written meanwhile goes
/// into one transaction. Whoever waits for it shortens that.
const PACE: Duration = Duration::from_millis(50);
/// How long another process may hold the checkpoint before we ask again.
const BUSY_PAUSE: Duration = Duration::from_millis(200);
const RETRY_PAUSES: [Duration; 4] =
    [Duration::from_millis(100), Duration::from_millis(500), Duration::from_secs(2), Duration::from_secs(5)];

/// A read model, or a policy.
pub trait Projector: Send + Sync {
    fn name(&self) -> &'static str;
    fn version(&self) -> i32;
    /// Its tables, `if not exists`, with `{schema}` for the name of its schema.
    fn tables(&self) -> &'static str;
    /// The aggregates whose events it wants.
    fn aggregates(&self) -> &'static [&'static str];
    /// Takes in events in order. All of them or none: it runs inside the transaction that moves its checkpoint.
    fn project<'a>(
        &'a self,
        connection: &'a mut PgConnection,
        events: &'a [RecordedEvent],
    ) -> BoxFuture<'a, Result<(), ProjectionError>>;

    fn schema(&self) -> String {
        format!("{}_v{}", self.name(), self.version())
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ProjectionError {
    #[error("the read model's tables cannot be written")]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    #[error("a row of the read model cannot be read")]
    Row(#[from] serde_json::Error),
    #[error("the log cannot be read")]
    Source(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the read model's checkpoint does not exist: run `frontdesk migrate`")]
    NoCheckpoint,
}

/// A stretch of the log that ends with a commit.
#[derive(Debug)]
pub struct Batch {
    pub events: Vec<RecordedEvent>,
    pub through: Position,
}

/// Where events come from.
pub trait EventSource: Send + Sync + fmt::Debug {
    /// What comes after a position, of these aggregates; `None` at the end of the log.
    fn read_after<'a>(
        &'a self,
        after: Position,
        limit: i64,
        aggregates: &'a [&'static str],
    ) -> BoxFuture<'a, Result<Option<Batch>, Box<dyn std::error::Error + Send + Sync>>>;

    /// Returns when there may be more after a position, at the latest after a while.
    fn beyond(&self, position: Position) -> BoxFuture<'_, ()>;
}

/// Runs one read model until it is stopped.
pub struct Runner {
    projector: Arc<dyn Projector>,
    source: Arc<dyn EventSource>,
    pool: PgPool,
    reached: watch::Sender<Position>,
    wanted: Arc<Notify>,
    turns: Arc<Semaphore>,
}

/// How far this process has taken a read model; 0 while another process does.
#[derive(Debug, Clone)]
pub struct Reached {
    position: watch::Receiver<Position>,
    wanted: Arc<Notify>,
}

impl fmt::Debug for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Runner({})", self.projector.name())
    }
}

/// What a turn has done.
#[derive(Debug, PartialEq, Eq)]
enum Turn {
    Moved {
        to: Position,
        /// By about as much as a batch holds, so that there is likely more.
        far: bool,
    },
    AtTheEnd(Position),
    /// Another process has the checkpoint.
    Busy,
}

impl Runner {
    pub fn new(projector: Arc<dyn Projector>, source: Arc<dyn EventSource>, pool: PgPool) -> Self {
        Self { projector, source, pool, reached: watch::channel(0).0, wanted: Arc::default(), turns: Arc::new(Semaphore::new(1)) }
    }

    /// With others, as many at once as there are permits: what is written wakes all of them, and callers need the processors, too.
    pub fn taking_turns(self, turns: Arc<Semaphore>) -> Self {
        Self { turns, ..self }
    }

    pub fn reached(&self) -> Reached {
        Reached { position: self.reached.subscribe(), wanted: self.wanted.clone() }
    }

    pub async fn run(self, stop: CancellationToken) {
        let mut failures = 0;
        while !stop.is_cancelled() {
            let pause = match self.turn().await {
                Ok(Turn::Moved { far: true, .. }) => {
                    failures = 0;
                    continue;
                }
                Ok(Turn::Moved { to: position, .. } | Turn::AtTheEnd(position)) => {
                    failures = 0;
                    let more = async {
                        let _ = tokio::time::timeout(PACE, self.wanted.notified()).await;
                        self.source.beyond(position).await;
                    };
                    stop.run_until_cancelled(more).await;
                    continue;
                }
                Ok(Turn::Busy) => BUSY_PAUSE,
                Err(error) => {
                    let pause = RETRY_PAUSES[RETRY_PAUSES.len().min(failures + 1) - 1];
                    failures += 1;
                    tracing::error!(
                        projection = self.projector.name(),
                        failures,
                        error = %Chain(&error),
                        "a reader of the log cannot go on; it will try again"
                    );
                    metrics::counter!("frontdesk_projection_failures_total", "projection" => self.projector.name()).increment(1);
                    pause
                }
            };
            stop.run_until_cancelled(tokio::time::sleep(pause)).await;
        }
    }

    /// Takes the read model to the end of the log, for tests and for rebuilding. An error ends it.
    pub async fn drain(&self) -> Result<Position, ProjectionError> {
        loop {
            match self.turn().await? {
                Turn::Moved { .. } => {}
                Turn::AtTheEnd(position) => return Ok(position),
                Turn::Busy => tokio::time::sleep(BUSY_PAUSE).await,
            }
        }
    }

    async fn turn(&self) -> Result<Turn, ProjectionError> {
        let _permit = self.turns.acquire().await;
        let started = Instant::now();
        let mut transaction = self.pool.begin().await?;
        let Some(after) = lock_checkpoint(&mut transaction, self.projector.as_ref()).await? else { return Ok(Turn::Busy) };
        let batch =
            self.source.read_after(after, BATCH_EVENTS, self.projector.aggregates()).await.map_err(ProjectionError::Source)?;
        let Some(Batch { events, through }) = batch else {
            self.reached.send_replace(after);
            return Ok(Turn::AtTheEnd(after));
        };
        if !events.is_empty() {
            self.projector.project(&mut transaction, &events).await?;
        }
        sqlx::query("update checkpoints set position = $3, updated_at = now() where name = $1 and version = $2")
            .bind(self.projector.name())
            .bind(self.projector.version())
            .bind(through)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        self.reached.send_replace(through);
        metrics::counter!("frontdesk_projected_events_total", "projection" => self.projector.name()).increment(events.len() as u64);
        metrics::histogram!("frontdesk_projection_seconds", "projection" => self.projector.name())
            .record(started.elapsed().as_secs_f64());
        Ok(Turn::Moved { to: through, far: through - after >= BATCH_EVENTS / 2 })
    }
}

/// The checkpoint, locked; `None` if another process holds it.
async fn lock_checkpoint(connection: &mut PgConnection, projector: &dyn Projector) -> Result<Option<Position>, ProjectionError> {
    let locked: Option<Position> = sqlx::query_scalar(
        // What a crash of the database takes back it takes back together with the checkpoint, and it is done again.
        "select position from checkpoints, set_config('synchronous_commit', 'off', true)
         where name = $1 and version = $2 for update of checkpoints skip locked",
    )
    .bind(projector.name())
    .bind(projector.version())
    .fetch_optional(&mut *connection)
    .await?;
    if locked.is_none() && checkpoint(connection, projector).await?.is_none() {
        return Err(ProjectionError::NoCheckpoint);
    }
    Ok(locked)
}

/// How far a read model has come, whoever runs it.
pub async fn checkpoint(executor: impl sqlx::PgExecutor<'_>, projector: &dyn Projector) -> Result<Option<Position>, sqlx::Error> {
    sqlx::query_scalar("select position from checkpoints where name = $1 and version = $2")
        .bind(projector.name())
        .bind(projector.version())
        .fetch_optional(executor)
        .await
}

/// Waits until a read model has reached a position. False when it has not in time.
///
/// In the process that runs it the runner says so; in others the checkpoint is asked, a little less often each time.
pub async fn wait_for(
    pool: &PgPool,
    projector: &dyn Projector,
    reached: Option<Reached>,
    position: Position,
    patience: Duration,
) -> Result<bool, sqlx::Error> {
    let deadline = tokio::time::Instant::now() + patience;
    let mut pause = Duration::from_millis(2);
    let mut reached = reached;
    loop {
        if reached.as_ref().is_some_and(|reached| *reached.position.borrow() >= position) {
            return Ok(true);
        }
        if checkpoint(pool, projector).await?.is_some_and(|checkpoint| checkpoint >= position) {
            return Ok(true);
        }
        let now = tokio::time::Instant::now();
        if now >= deadline {
            return Ok(false);
        }
        let until = deadline.min(now + pause);
        match &mut reached {
            Some(Reached { position: reached, wanted }) => {
                wanted.notify_one();
                let _ = tokio::time::timeout_at(until, reached.wait_for(|reached| *reached >= position)).await;
            }
            None => tokio::time::sleep_until(until).await,
        }
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}
