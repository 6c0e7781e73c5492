//! What follows the log once in a deployment: read models, policies, the translator of webhooks. One trait,
//! one runner.
//!
//! Each turn is one transaction: it takes the checkpoint's row `for update skip locked`, hands the reader the
//! next whole commits, and moves the checkpoint. So what a reader writes is always exactly the log up to its
//! checkpoint. One process runs a reader at a time. A process that hangs or dies can write nothing more,
//! because its row is gone or its transaction is.
//!
//! An event that a reader does not take is tried a few times, then parked with its error, together with what
//! follows it in its stream. Everything else goes on.

use std::collections::HashSet;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use frontdesk_domain::kernel::chain::{Chain, panic_message};
use frontdesk_domain::kernel::recorded::{Batch, NotTaken, Position, RecordedEvent, Unreadable};
use futures::FutureExt;
use futures::future::BoxFuture;
use sqlx::{Connection, PgConnection, PgPool};
use tokio::sync::{Notify, Semaphore, watch};
use tokio_util::sync::CancellationToken;

use crate::checkpoints::{Checkpoint, Locked};
use crate::parked::{self, StreamName};

/// How long another process may hold the checkpoint before we ask again.
const BUSY_PAUSE: Duration = Duration::from_millis(200);
/// After so many failures in a row a batch is taken event by event, and what cannot be taken is parked.
const PATIENCE: usize = 3;
/// How many events such a batch holds.
const SINGLE_BATCH_EVENTS: i64 = 100;

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
    #[error("{0}")]
    Panicked(String),
    #[error("the reader's checkpoint does not exist: run `frontdesk migrate`")]
    NoCheckpoint,
}

impl ReaderError {
    fn unreadable(events: &[NotTaken]) -> Self {
        let first = events.first().map(|event| event.error.clone()).unwrap_or_default();
        Self::Source(first.into())
    }

    /// Whether it is the event's fault: it would fail tomorrow as it does today.
    fn is_of_the_event(&self) -> bool {
        match self {
            Self::Unreadable(_) | Self::Row(_) | Self::Panicked(_) => true,
            // Data exceptions, and violated constraints.
            Self::Database(sqlx::Error::Database(error)) => {
                error.code().is_some_and(|code| code.starts_with("22") || code.starts_with("23"))
            }
            Self::Database(error) => {
                matches!(
                    error,
                    sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::Encode(_)
                )
            }
            Self::Source(_) | Self::Effect(_) | Self::NoCheckpoint => false,
        }
    }
}

/// How a turn goes about its batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Care {
    /// All at once. What fails fails all.
    Whole,
    /// Event by event, so that one that fails can be parked.
    Single,
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

    /// The events at some positions, in order.
    fn read_at<'a>(
        &'a self,
        positions: &'a [Position],
    ) -> BoxFuture<'a, Result<Batch, Box<dyn std::error::Error + Send + Sync>>>;

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
    /// Whom to tell that a turn has failed, and why.
    failed: Box<dyn Fn(String) + Send + Sync>,
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
            failed: Box::new(|_| {}),
        }
    }

    /// With others, as many at once as there are permits, if the reader's pace says that it takes turns.
    pub fn taking_turns(self, turns: Arc<Semaphore>) -> Self {
        Self { turns, ..self }
    }

    /// With somebody who is told when a turn has failed, and why.
    pub fn telling(self, failed: impl Fn(String) + Send + Sync + 'static) -> Self {
        Self { failed: Box::new(failed), ..self }
    }

    pub fn reached(&self) -> Reached {
        Reached { position: self.reached.subscribe(), wanted: self.wanted.clone() }
    }

    pub async fn run(&self, stop: CancellationToken) {
        let mut failures = 0;
        while !stop.is_cancelled() {
            let care = if failures < PATIENCE { Care::Whole } else { Care::Single };
            let pause = match self.turn(care).await {
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
        (self.failed)(Chain(error).to_string());
        metrics::counter!("frontdesk_projection_failures_total", "projection" => self.reader.name())
            .increment(1);
    }

    /// Takes the reader to the end of the log, for tests and for rebuilding. An error ends it.
    pub async fn drain(&self) -> Result<Position, ReaderError> {
        loop {
            match self.turn(Care::Whole).await? {
                Turn::Moved { .. } => {}
                Turn::AtTheEnd(position) => return Ok(position),
                Turn::Busy => tokio::time::sleep(BUSY_PAUSE).await,
            }
        }
    }

    async fn turn(&self, care: Care) -> Result<Turn, ReaderError> {
        let (reader, pace) = (self.reader.as_ref(), self.reader.pace());
        let _permit = if pace.takes_turns { Some(self.turns.acquire().await) } else { None };
        let started = Instant::now();
        let mut transaction = self.pool.begin().await?;
        let Some(Locked { position: after, parks, retries }) =
            lock(&mut transaction, reader.checkpoint()).await?
        else {
            return Ok(Turn::Busy);
        };
        if retries {
            self.retry_parked(&mut transaction).await?;
            transaction.commit().await?;
            return Ok(Turn::Moved { to: after, far: true });
        }
        let limit = match care {
            Care::Whole => pace.batch_events,
            Care::Single => pace.batch_events.min(SINGLE_BATCH_EVENTS),
        };
        let batch =
            self.source.read_after(after, limit, reader.aggregates()).await.map_err(ReaderError::Source)?;
        let Some(Batch { events, unreadable, through }) = batch else {
            self.reached.send_replace(after);
            return Ok(Turn::AtTheEnd(after));
        };
        let count = events.len();
        match care {
            Care::Whole if !unreadable.is_empty() => return Err(ReaderError::unreadable(&unreadable)),
            Care::Whole if !parks => self.take(&mut transaction, &events).await?,
            Care::Whole | Care::Single => {
                let held = if parks {
                    parked::streams(&mut transaction, reader.checkpoint(), &events).await?
                } else {
                    HashSet::new()
                };
                let not_taken = self.take_what_goes(&mut transaction, care, events, unreadable, held).await?;
                parked::park(&mut transaction, reader.checkpoint(), &not_taken).await?;
                self.report_parked(&not_taken);
            }
        }
        reader.checkpoint().advance(&mut transaction, through).await?;
        transaction.commit().await?;
        self.reached.send_replace(through);
        metrics::counter!("frontdesk_projected_events_total", "projection" => reader.name())
            .increment(count as u64);
        metrics::histogram!("frontdesk_projection_seconds", "projection" => reader.name())
            .record(started.elapsed().as_secs_f64());
        Ok(Turn::Moved { to: through, far: through - after >= limit / 2 })
    }

    /// Lets the reader take events. A panic is an error like any other.
    async fn take(
        &self,
        transaction: &mut PgConnection,
        events: &[RecordedEvent],
    ) -> Result<(), ReaderError> {
        if events.is_empty() {
            return Ok(());
        }
        let taken = AssertUnwindSafe(self.reader.take(transaction, events)).catch_unwind().await;
        taken.unwrap_or_else(|panic| Err(ReaderError::Panicked(panic_message(panic.as_ref()))))
    }

    /// Takes what can be taken, in order. Returns the rest: what cannot be read, what the reader does not
    /// take, and whatever stands behind such an event in its stream.
    async fn take_what_goes(
        &self,
        transaction: &mut PgConnection,
        care: Care,
        events: Vec<RecordedEvent>,
        unreadable: Vec<NotTaken>,
        mut held: HashSet<StreamName>,
    ) -> Result<Vec<NotTaken>, ReaderError> {
        let mut unreadable = unreadable.into_iter().peekable();
        let (mut not_taken, mut free) = (Vec::new(), Vec::new());
        for stored in events.chunk_by(|one, next| one.position == next.position) {
            let (first, name) = (&stored[0], name_of(&stored[0]));
            while let Some(event) = unreadable.next_if(|event| event.position < first.position) {
                held.insert((event.aggregate_type.clone(), event.aggregate_id.clone()));
                not_taken.push(event);
            }
            if held.contains(&name) {
                not_taken.push(first.not_taken("it waits behind an event of its stream that was not taken"));
            } else if care == Care::Whole {
                free.extend_from_slice(stored);
            } else if let Err(error) = self.try_alone(transaction, stored).await? {
                held.insert(name);
                not_taken.push(first.not_taken(error));
            }
        }
        not_taken.extend(unreadable);
        self.take(transaction, &free).await?;
        Ok(not_taken)
    }

    /// Takes one stored event in a savepoint. What is wrong with it comes back; whatever else fails is an
    /// error.
    async fn try_alone(
        &self,
        transaction: &mut PgConnection,
        stored: &[RecordedEvent],
    ) -> Result<Result<(), String>, ReaderError> {
        let mut savepoint = transaction.begin().await?;
        match self.take(&mut savepoint, stored).await {
            Ok(()) => Ok(Ok(savepoint.commit().await?)),
            Err(error) if error.is_of_the_event() => {
                savepoint.rollback().await?;
                Ok(Err(Chain(&error).to_string()))
            }
            Err(error) => Err(error),
        }
    }

    /// Tries again what somebody wants to be tried again, and what waits behind it.
    async fn retry_parked(&self, transaction: &mut PgConnection) -> Result<(), ReaderError> {
        let checkpoint = self.reader.checkpoint();
        let wanted = parked::wanted(transaction, checkpoint).await?;
        let Batch { events, unreadable, .. } =
            self.source.read_at(&wanted).await.map_err(ReaderError::Source)?;
        let not_taken =
            self.take_what_goes(transaction, Care::Single, events, unreadable, HashSet::new()).await?;
        let still: HashSet<Position> = not_taken.iter().map(|event| event.position).collect();
        let taken: Vec<Position> = wanted.into_iter().filter(|position| !still.contains(position)).collect();
        parked::release(transaction, checkpoint, &taken).await?;
        parked::park(transaction, checkpoint, &not_taken).await?;
        self.report_parked(&not_taken);
        tracing::info!(
            projection = self.reader.name(),
            taken = taken.len(),
            "parked events were tried again"
        );
        Ok(())
    }

    fn report_parked(&self, not_taken: &[NotTaken]) {
        for event in not_taken {
            let NotTaken { position, error, .. } = event;
            tracing::error!(
                projection = self.reader.name(),
                position,
                error,
                "an event was parked; the reader goes on"
            );
        }
        if let Some(first) = not_taken.first() {
            (self.failed)(format!("the event at position {} was parked: {}", first.position, first.error));
        }
    }
}

fn name_of(event: &RecordedEvent) -> StreamName {
    (event.aggregate_type.clone(), event.aggregate_id.to_string())
}

/// Where the checkpoint stands, locked; `None` if another process holds it.
async fn lock(transaction: &mut PgConnection, checkpoint: Checkpoint) -> Result<Option<Locked>, ReaderError> {
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
