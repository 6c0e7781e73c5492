//! What follows the log once in a deployment: read models, policies, the translator of webhooks. One trait,
//! one runner.
//!
//! Each turn is one transaction: it takes the checkpoint's row `for update skip locked`, hands the reader the
//! next whole commits, and moves the checkpoint. So what a reader writes is always exactly the log up to its
//! checkpoint. One process runs a reader at a time. A process that hangs or dies can write nothing more,
//! because its row is gone or its transaction is.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use frontdesk_domain::kernel::chain::Chain;
use frontdesk_domain::kernel::recorded::{Position, RecordedEvent, Unreadable};
use futures::future::BoxFuture;
use sqlx::{PgConnection, PgPool};
use tokio::sync::{Notify, Semaphore, watch};
use tokio_util::sync::CancellationToken;

use crate::checkpoints::Checkpoint;

/// How long another process may hold the checkpoint before we ask again.
const BUSY_PAUSE: Duration = Duration::from_millis(200);

/// What takes in events of the log, in order.
pub trait Reader: Send + Sync {
    /// Its name, unique among all readers. It never changes: the checkpoint carries it.
    fn name(&self) -> &'static str;

    /// Each version has a checkpoint of its own.
    fn version(&self) -> i32;

    fn start(&self) -> Start {
        Start::Beginning
    }

    /// The aggregates whose events it wants.
    fn aggregates(&self) -> &'static [&'static str];

    fn pace(&self) -> Pace {
        Pace::USUAL
    }

    /// Takes in the events of whole commits, all of them or none: it runs inside the transaction that moves
    /// its checkpoint. What it does outside of that transaction may be done again.
    fn take<'a>(
        &'a self,
        transaction: &'a mut PgConnection,
        events: &'a [RecordedEvent],
    ) -> BoxFuture<'a, Result<(), ReaderError>>;

    fn checkpoint(&self) -> Checkpoint {
        Checkpoint { name: self.name(), version: self.version() }
    }
}

/// A reader that fills tables of its own, in a schema that carries its version.
pub trait ReadModel: Reader {
    /// Its tables, `if not exists`, with `{schema}` for the name of its schema.
    fn tables(&self) -> &'static str;

    fn schema(&self) -> String {
        format!("{}_v{}", self.name(), self.version())
    }
}

/// Where a reader begins that has never run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// At the first event. Its checkpoint comes with its tables.
    Beginning,
    /// After the last event, when it is first run: what happened before is not its business.
    Head,
}

/// How fast a reader goes.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// How many events a batch holds, more or less: whole commits only.
    pub batch_events: i64,
    /// A turn that found less than a whole batch is followed by the next after this time at the earliest:
    /// what is written meanwhile goes into one transaction. Whoever waits for it shortens that.
    pub rest: Duration,
    /// After the first failure in a row, the second, and so on; the last for all that follow.
    pub retry_pauses: [Duration; 4],
    /// Whether it takes turns with the other readers of its process: what is written wakes all of them, and
    /// callers need the processors, too. A reader that mostly waits for something else takes none, so that it
    /// keeps nobody from theirs.
    pub takes_turns: bool,
}

impl Pace {
    /// Of a reader that writes to its tables and does nothing else.
    pub const USUAL: Self = Self {
        batch_events: 1_000,
        rest: Duration::from_millis(50),
        retry_pauses: [
            Duration::from_millis(100),
            Duration::from_millis(500),
            Duration::from_secs(2),
            Duration::from_secs(5),
        ],
        takes_turns: true,
    };

    fn retry_pause(&self, failures: usize) -> Duration {
        self.retry_pauses[failures.min(self.retry_pauses.len()) - 1]
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ReaderError {
    #[error("the reader's tables cannot be written")]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    #[error("a row of the read model cannot be read")]
    Row(#[from] serde_json::Error),
    #[error("the log cannot be read")]
    Source(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("what follows from the events cannot be done")]
    Effect(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the reader's checkpoint does not exist: run `frontdesk migrate`")]
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

/// Runs one reader until it is stopped.
pub struct Runner {
    reader: Arc<dyn Reader>,
    source: Arc<dyn EventSource>,
    pool: PgPool,
    reached: watch::Sender<Position>,
    wanted: Arc<Notify>,
    turns: Arc<Semaphore>,
}

/// How far this process has taken a reader; 0 while another process does.
#[derive(Debug, Clone)]
pub struct Reached {
    position: watch::Receiver<Position>,
    wanted: Arc<Notify>,
}

impl fmt::Debug for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Runner({})", self.reader.name())
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
    pub fn new(reader: Arc<dyn Reader>, source: Arc<dyn EventSource>, pool: PgPool) -> Self {
        Self {
            reader,
            source,
            pool,
            reached: watch::channel(0).0,
            wanted: Arc::default(),
            turns: Arc::new(Semaphore::new(1)),
        }
    }

    /// With others, as many at once as there are permits, if the reader's pace says that it takes turns.
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
                        let _ = tokio::time::timeout(self.reader.pace().rest, self.wanted.notified()).await;
                        self.source.beyond(position).await;
                    };
                    stop.run_until_cancelled(more).await;
                    continue;
                }
                Ok(Turn::Busy) => BUSY_PAUSE,
                Err(error) => {
                    failures += 1;
                    self.report(&error, failures);
                    self.reader.pace().retry_pause(failures)
                }
            };
            stop.run_until_cancelled(tokio::time::sleep(pause)).await;
        }
    }

    fn report(&self, error: &ReaderError, failures: usize) {
        tracing::error!(
            projection = self.reader.name(),
            failures,
            error = %Chain(error),
            "a reader of the log cannot go on; it will try again"
        );
        metrics::counter!("frontdesk_projection_failures_total", "projection" => self.reader.name())
            .increment(1);
    }

    /// Takes the reader to the end of the log, for tests and for rebuilding. An error ends it.
    pub async fn drain(&self) -> Result<Position, ReaderError> {
        loop {
            match self.turn().await? {
                Turn::Moved { .. } => {}
                Turn::AtTheEnd(position) => return Ok(position),
                Turn::Busy => tokio::time::sleep(BUSY_PAUSE).await,
            }
        }
    }

    async fn turn(&self) -> Result<Turn, ReaderError> {
        let (reader, pace) = (self.reader.as_ref(), self.reader.pace());
        let _permit = if pace.takes_turns { Some(self.turns.acquire().await) } else { None };
        let started = Instant::now();
        let mut transaction = self.pool.begin().await?;
        let Some(after) = lock(&mut transaction, reader.checkpoint()).await? else { return Ok(Turn::Busy) };
        let batch = self
            .source
            .read_after(after, pace.batch_events, reader.aggregates())
            .await
            .map_err(ReaderError::Source)?;
        let Some(Batch { events, through }) = batch else {
            self.reached.send_replace(after);
            return Ok(Turn::AtTheEnd(after));
        };
        if !events.is_empty() {
            reader.take(&mut transaction, &events).await?;
        }
        reader.checkpoint().advance(&mut transaction, through).await?;
        transaction.commit().await?;
        self.reached.send_replace(through);
        metrics::counter!("frontdesk_projected_events_total", "projection" => reader.name())
            .increment(events.len() as u64);
        metrics::histogram!("frontdesk_projection_seconds", "projection" => reader.name())
            .record(started.elapsed().as_secs_f64());
        Ok(Turn::Moved { to: through, far: through - after >= pace.batch_events / 2 })
    }
}

/// Where the checkpoint stands, locked; `None` if another process holds it.
async fn lock(
    transaction: &mut PgConnection,
    checkpoint: Checkpoint,
) -> Result<Option<Position>, ReaderError> {
    let locked = checkpoint.lock(transaction).await?;
    if locked.is_none() && checkpoint.position(transaction).await?.is_none() {
        return Err(ReaderError::NoCheckpoint);
    }
    Ok(locked)
}

/// Waits until a reader has reached a position. False when it has not in time.
///
/// In the process that runs it the runner says so; in others the checkpoint is asked, a little less often
/// each time.
pub async fn wait_for(
    pool: &PgPool,
    reader: &dyn Reader,
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
        if reader.checkpoint().position(pool).await?.is_some_and(|checkpoint| checkpoint >= position) {
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
                let _ =
                    tokio::time::timeout_at(until, reached.wait_for(|reached| *reached >= position)).await;
            }
            None => tokio::time::sleep_until(until).await,
        }
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}
