//! Runs one reader of the log.
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
use frontdesk_domain::kernel::recorded::{Batch, NotTaken, Position, RecordedEvent};
use futures::FutureExt;
use sqlx::{Connection, PgConnection, PgPool};
use tokio::sync::{Notify, Semaphore, watch};
use tokio_util::sync::CancellationToken;

use crate::checkpoints::{Checkpoint, Locked};
use crate::edition::Edition;
use crate::parked::{self, StreamName};
use crate::reached::Reached;
use crate::reader::{EventSource, Pace, Reader, ReaderError, in_time};

/// How long another process may hold the checkpoint before we ask again.
pub(crate) const BUSY_PAUSE: Duration = Duration::from_millis(200);
/// After so many failures in a row a batch is taken event by event, and what cannot be taken is parked.
const PATIENCE: usize = 3;
/// How many events such a batch holds.
const SINGLE_BATCH_EVENTS: i64 = 100;

/// How a turn goes about its batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Care {
    /// All at once. What fails fails all.
    Whole,
    /// Event by event, so that one that fails can be parked.
    Single,
}

/// Runs one reader until it is stopped; not while a group does.
pub struct Runner {
    pub(crate) reader: Arc<dyn Reader>,
    source: Arc<dyn EventSource>,
    pool: PgPool,
    reached: watch::Sender<Position>,
    wanted: Arc<Notify>,
    turns: Arc<Semaphore>,
    /// Whether a group runs it as long as it keeps up.
    is_grouped: bool,
    /// Whether it runs by itself.
    is_alone: watch::Sender<bool>,
    /// Which build this is: what another one could not take, this one may.
    build: &'static str,
    /// Whom to tell that a turn has failed, and why.
    failed: Box<dyn Fn(String) + Send + Sync>,
}

impl fmt::Debug for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Runner({})", self.reader.name())
    }
}

/// What a turn has done.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    Moved {
        to: Position,
        /// There is more, or it moved by about as much as a batch holds, so that there is likely more.
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
            is_grouped: false,
            is_alone: watch::channel(true).0,
            build: "",
            failed: Box::new(|_| {}),
        }
    }

    /// Of a build. What another one has parked is told apart by it.
    pub fn of_build(self, build: &'static str) -> Self {
        Self { build, ..self }
    }

    /// With others, as many at once as there are permits, if the reader's pace says that it shares turns.
    pub fn taking_turns(self, turns: Arc<Semaphore>) -> Self {
        Self { turns, ..self }
    }

    /// With somebody who is told when a turn has failed, and why.
    pub fn telling(self, failed: impl Fn(String) + Send + Sync + 'static) -> Self {
        Self { failed: Box::new(failed), ..self }
    }

    /// In a group that runs it; `wanted` wakes the group.
    pub(crate) fn grouped(self, wanted: Arc<Notify>) -> Self {
        self.is_alone.send_replace(false);
        Self { is_grouped: true, wanted, ..self }
    }

    pub fn reached(&self) -> Reached {
        Reached { position: self.reached.subscribe(), wanted: self.wanted.clone() }
    }

    pub(crate) fn reach(&self, position: Position) {
        self.reached.send_replace(position);
    }

    pub fn name(&self) -> &'static str {
        self.reader.name()
    }

    pub(crate) fn checkpoint(&self) -> Checkpoint {
        self.reader.checkpoint()
    }

    /// Whether it runs by itself, and not in a group.
    pub fn is_alone(&self) -> bool {
        *self.is_alone.borrow()
    }

    /// Whether it fills an edition that will be gone one day.
    fn is_passing(&self) -> bool {
        self.checkpoint().edition != Edition::Serving
    }

    /// It leaves its group until it has caught up.
    pub(crate) fn leave_group(&self) {
        self.is_alone.send_replace(true);
    }

    /// It leaves its group because of an error.
    pub(crate) fn fail_in_group(&self, error: &ReaderError) {
        self.report(error, 1);
        self.leave_group();
    }

    /// Until it is stopped, or the edition that it fills is gone.
    pub async fn run(&self, stop: CancellationToken) {
        let mut is_alone = self.is_alone.subscribe();
        let mut is_there = true;
        while is_there && !stop.is_cancelled() {
            let alone = async { is_alone.wait_for(|is_alone| *is_alone).await.is_ok() };
            if stop.run_until_cancelled(alone).await == Some(true) {
                is_there = self.run_alone(&stop).await;
            }
        }
    }

    /// Until it is stopped, has caught up with its group, or what it fills is gone. False if it is gone.
    async fn run_alone(&self, stop: &CancellationToken) -> bool {
        let mut failures = 0;
        while !stop.is_cancelled() {
            let care = if failures < PATIENCE { Care::Whole } else { Care::Single };
            let pause = match self.turn(care).await {
                Ok(Turn::Moved { far: true, .. }) => {
                    failures = 0;
                    continue;
                }
                // Perhaps its group, in a turn that it has just left.
                Ok(Turn::Busy) => BUSY_PAUSE,
                Ok(_) if self.is_grouped => {
                    self.is_alone.send_replace(false);
                    return true;
                }
                Ok(Turn::Moved { to: position, .. } | Turn::AtTheEnd(position)) => {
                    failures = 0;
                    let more = rest(self.reader.pace(), &self.wanted, self.source.as_ref(), position);
                    stop.run_until_cancelled(more).await;
                    continue;
                }
                Err(ReaderError::NoCheckpoint) if self.is_passing() => return false,
                Err(error) => {
                    failures += 1;
                    self.report(&error, failures);
                    self.reader.pace().retry_pause(failures)
                }
            };
            stop.run_until_cancelled(tokio::time::sleep(pause)).await;
        }
        true
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
        in_time(self.take_turn(care)).await
    }

    async fn take_turn(&self, care: Care) -> Result<Turn, ReaderError> {
        let (reader, pace) = (self.reader.as_ref(), self.reader.pace());
        let _permit = if pace.shares_turns { Some(self.turns.acquire().await) } else { None };
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
        let Some(Batch { events, unreadable, through, more }) = batch else {
            self.reach(after);
            return Ok(Turn::AtTheEnd(after));
        };
        self.take_batch(&mut transaction, care, parks, events, unreadable).await?;
        reader.checkpoint().advance(&mut transaction, through).await?;
        transaction.commit().await?;
        self.reach(through);
        Ok(Turn::Moved { to: through, far: more || through - after >= limit / 2 })
    }

    /// Takes a batch, and parks what cannot be taken of it.
    pub(crate) async fn take_batch(
        &self,
        transaction: &mut PgConnection,
        care: Care,
        parks: bool,
        events: Vec<Arc<RecordedEvent>>,
        unreadable: Vec<NotTaken>,
    ) -> Result<(), ReaderError> {
        let (started, count) = (Instant::now(), events.len());
        match care {
            Care::Whole if !unreadable.is_empty() => return Err(ReaderError::unreadable(&unreadable)),
            Care::Whole if !parks => self.take(transaction, &events).await?,
            Care::Whole | Care::Single => {
                let held = if parks {
                    parked::streams(transaction, self.checkpoint(), &events).await?
                } else {
                    HashSet::new()
                };
                let not_taken = self.take_what_goes(transaction, care, events, unreadable, held).await?;
                parked::park(transaction, self.checkpoint(), self.build, &not_taken).await?;
                self.report_parked(&not_taken);
            }
        }
        metrics::counter!("frontdesk_projected_events_total", "projection" => self.reader.name())
            .increment(count as u64);
        metrics::histogram!("frontdesk_projection_seconds", "projection" => self.reader.name())
            .record(started.elapsed().as_secs_f64());
        Ok(())
    }

    /// Lets the reader take events. A panic is an error like any other.
    async fn take(
        &self,
        transaction: &mut PgConnection,
        events: &[Arc<RecordedEvent>],
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
        events: Vec<Arc<RecordedEvent>>,
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
        stored: &[Arc<RecordedEvent>],
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
        parked::park(transaction, checkpoint, self.build, &not_taken).await?;
        parked::give_up(transaction, checkpoint, &not_taken).await?;
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

/// Waits until there is more after a position: for as long as it rests, unless somebody waits for it.
pub(crate) async fn rest(pace: Pace, wanted: &Notify, source: &dyn EventSource, position: Position) {
    let _ = tokio::time::timeout(pace.rest, wanted.notified()).await;
    source.beyond(position).await;
}
