//! The task that gathers commits into batches.
//!
//! Each process has one. There is no timer: a lone caller waits for nobody, and the busier the process the
//! larger the batches. While a batch is being written the next one gathers, and goes out on a second
//! connection when it holds its share, so that the database finds it ready when the lock of `append_events`
//! comes free. That lock is taken once a batch and never held over a round trip.
//!
//! Every caller is told the truth about its own commit:
//!
//! * a batch that PostgreSQL refuses for its data is sent again commit by commit, and only the bad one fails;
//! * when the connection is lost the outcome is unknown, so the same events with the same ids are sent again:
//!   what was written is then refused as moved, found to be ours, and reported as
//!   [`Verdict::AlreadyApplied`];
//! * a commit whose deadline passes in the queue fails as [`AppendError::Overloaded`], and was not written;
//! * a commit that was sent and whose verdict could not be had in time fails as
//!   [`AppendError::OutcomeUnknown`], and only that.
//!
//! A commit may rest on others that are not written yet. It goes out in the same batch behind them, or in a
//! later one. When one of them is not written, it is not either, and is told that what it rests on has moved.

mod error;
mod fate;
mod line;
mod priority;
mod queue;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use frontdesk_domain::kernel::chain::panic_message;
use frontdesk_domain::kernel::recorded::Position;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use sqlx::postgres::PgConnectOptions;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior};

pub use self::error::{AppendError, COMMIT_BYTES_MAX, COMMIT_EVENTS_MAX};
use self::fate::Waiting;
pub use self::fate::{OnEnd, Ticket};
use self::line::Line;
pub use self::priority::Priority;
use self::queue::{Pending, QUEUE_BYTES_MAX, QUEUE_COMMITS_MAX, Queue, UnderWay};
use super::append::{Commit, Verdict};

/// One batch is made ready, or waits for the lock, while another one is written.
const LINES: usize = 2;
/// How often those who wait behind a call that takes long are looked through.
const EXPIRE_INTERVAL: Duration = Duration::from_millis(20);
const RESTART_PAUSE: Duration = Duration::from_millis(100);

/// A handle to the appender task; clones share it.
#[derive(Debug, Clone)]
pub struct Appender {
    voice: Entrance,
    normal: Entrance,
    head: watch::Receiver<Position>,
}

/// Where commits of one priority come into the queue.
#[derive(Debug, Clone)]
struct Entrance {
    queue: mpsc::Sender<Pending>,
    /// For their bytes.
    room: Arc<Semaphore>,
}

impl Entrance {
    fn new() -> (Self, mpsc::Receiver<Pending>) {
        let (queue, receiver) = mpsc::channel(QUEUE_COMMITS_MAX);
        (Self { queue, room: Arc::new(Semaphore::new(QUEUE_BYTES_MAX)) }, receiver)
    }
}

impl Appender {
    /// Starts the task. It ends, its queue written, when all handles are gone.
    pub fn start(options: PgConnectOptions) -> (Self, JoinHandle<()>) {
        let (voice, voice_queue) = Entrance::new();
        let (normal, normal_queue) = Entrance::new();
        let (head_sender, head) = watch::channel(0);
        let lines = move || {
            (0..LINES).map(|number| Line::new(number, options.clone(), head_sender.clone())).collect()
        };
        let task = async move {
            let mut queue = Queue::new([voice_queue, normal_queue]);
            // What waits in the queue is written after a restart; what was under way is told that it is
            // unknown.
            while let Err(panic) = AssertUnwindSafe(run(&mut queue, lines())).catch_unwind().await {
                tracing::error!(
                    reason = panic_message(panic.as_ref()),
                    "the appender has stopped; it starts again"
                );
                metrics::counter!("frontdesk_task_failures_total", "task" => "appender").increment(1);
                tokio::time::sleep(RESTART_PAUSE).await;
            }
        };
        (Self { voice, normal, head }, tokio::spawn(task))
    }

    /// Writes a commit and waits for its verdict.
    ///
    /// Dropping the future does not take the commit back.
    pub async fn append(
        &self,
        commit: Commit,
        priority: Priority,
        deadline: Instant,
    ) -> Result<Verdict, AppendError> {
        let place = self.place(&commit, priority, deadline).await?;
        place.hand_in(commit, Vec::new(), Box::new(|_| ())).verdict().await
    }

    /// Waits for a place in the queue, and for room for the bytes of a commit.
    pub async fn place(
        &self,
        commit: &Commit,
        priority: Priority,
        deadline: Instant,
    ) -> Result<QueuePlace<'_>, AppendError> {
        let bytes = commit.bytes();
        if commit.events.is_empty() || commit.events.len() > COMMIT_EVENTS_MAX || bytes > COMMIT_BYTES_MAX {
            return Err(AppendError::TooLarge);
        }
        let entrance = match priority {
            Priority::Voice => &self.voice,
            Priority::Normal => &self.normal,
        };
        let waiting = async {
            let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
            let room = entrance.room.clone().acquire_many_owned(bytes).await.ok();
            Ok(QueuePlace { permit: entrance.queue.reserve().await?, room, priority, deadline })
        };
        match tokio::time::timeout_at(deadline, waiting).await {
            Ok(Ok(place)) => Ok(place),
            Ok(Err(mpsc::error::SendError(()))) => Err(AppendError::Stopping),
            Err(_) => Err(AppendError::Overloaded),
        }
    }

    /// Whether its task takes commits.
    pub fn is_running(&self) -> bool {
        !self.voice.queue.is_closed()
    }

    /// The last position that this process has written; wakes whoever follows the log.
    pub fn head(&self) -> watch::Receiver<Position> {
        self.head.clone()
    }
}

/// A place in the queue.
#[derive(Debug)]
pub struct QueuePlace<'a> {
    permit: mpsc::Permit<'a, Pending>,
    room: Option<OwnedSemaphorePermit>,
    priority: Priority,
    deadline: Instant,
}

impl QueuePlace<'_> {
    /// Hands in the commit that it was waited for with. It rests on others; these were handed in before, and
    /// have no lower priority.
    ///
    /// Dropping what is returned does not take the commit back.
    pub fn hand_in(self, commit: Commit, rests_on: Vec<Ticket>, on_end: OnEnd) -> HandedIn {
        let Self { permit, room, priority, deadline } = self;
        let (waiting, ticket, verdict) = Waiting::new(commit.id, priority, on_end);
        permit.send(Pending { commit, rests_on, deadline, sent: false, waiting, _room: room });
        HandedIn { ticket, verdict }
    }
}

/// A commit that waits for its verdict.
#[derive(Debug)]
pub struct HandedIn {
    pub ticket: Ticket,
    verdict: oneshot::Receiver<Result<Verdict, AppendError>>,
}

impl HandedIn {
    pub async fn verdict(self) -> Result<Verdict, AppendError> {
        self.verdict
            .await
            .unwrap_or_else(|_| Err(AppendError::OutcomeUnknown(Arc::new(sqlx::Error::WorkerCrashed))))
    }
}

/// Hands batches to the lines that are free, until all handles are gone and everything is written.
async fn run(queue: &mut Queue, mut free: Vec<Line>) {
    let (mut calls, mut under_way) = (FuturesUnordered::new(), Vec::<UnderWay>::new());
    // After a restart nothing is.
    queue.held_up = false;
    let mut expiry = tokio::time::interval(EXPIRE_INTERVAL);
    expiry.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let commits = under_way.iter().map(UnderWay::commits).sum();
        tokio::select! {
            biased;
            Some(line) = calls.next() => {
                let line: Line = line;
                under_way.retain(|batch| batch.line != line.number);
                free.push(line);
                queue.held_up = false;
            }
            more = queue.gather(commits), if !free.is_empty() => {
                let Some(mut line) = free.pop().filter(|_| more) else { break };
                let (batch, load) = queue.take_batch(line.number, &under_way);
                if batch.is_empty() {
                    free.push(line);
                    queue.held_up = !under_way.is_empty();
                    continue;
                }
                under_way.push(load);
                calls.push(async move {
                    line.write(batch).await;
                    line
                });
            }
            _ = expiry.tick(), if !under_way.is_empty() => queue.expire(),
        }
    }
    while calls.next().await.is_some() {}
}

#[cfg(test)]
mod tests {
    use frontdesk_domain::kernel::ids::{BusinessId, CommitId, EventId, StreamId};
    use frontdesk_domain::kernel::recorded::Stream;
    use uuid::Uuid;

    use super::*;
    use crate::event_log::append::NewEvent;

    #[tokio::test]
    async fn what_waits_is_bounded_by_bytes_too() {
        let (appender, _) = Appender::start(PgConnectOptions::new_without_pgpass());
        let event = NewEvent {
            stream: Stream { aggregate_type: "note", id: Uuid::nil() },
            sequence: 1,
            id: EventId::from_uuid(Uuid::nil()),
            event_type: "Noted".into(),
            event_version: "1".into(),
            payload: "x".repeat(15 << 20),
            metadata: "{}".into(),
        };
        let commit = Commit {
            id: CommitId::from_uuid(Uuid::nil()),
            tenant: BusinessId::from_uuid(Uuid::nil()),
            expectations: vec![],
            events: vec![event],
            keys: vec![],
            attachments: vec![],
        };
        let place = async |priority, patience| {
            appender.place(&commit, priority, Instant::now() + Duration::from_millis(patience)).await
        };
        let mut places = Vec::new();
        for _ in 0..4 {
            places.push(place(Priority::Normal, 60_000).await.expect("room"));
        }
        assert!(matches!(place(Priority::Normal, 50).await, Err(AppendError::Overloaded)));
        place(Priority::Voice, 60_000).await.expect("callers have room of their own");
        places.pop();
        place(Priority::Normal, 60_000).await.expect("room again");
    }
}
