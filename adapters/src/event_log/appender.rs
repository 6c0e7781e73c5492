//! The task that gathers commits into batches.
//!
//! Each process has one. While a batch is being written the next one gathers: there is no timer, so a lone caller waits for nobody,
//! and the busier the process the larger the batches. The lock in `append_events` is therefore taken once a batch and never held
//! over a round trip.
//!
//! Every caller is told the truth about its own commit:
//!
//! * a batch that PostgreSQL refuses for its data is sent again commit by commit, and only the bad one fails;
//! * when the connection is lost the outcome is unknown, so the same events with the same ids are sent again: what was written is
//!   then refused as moved, found to be ours, and reported as [`Verdict::AlreadyApplied`];
//! * a commit whose deadline passes in the queue fails as [`AppendError::Overloaded`], and was not written;
//! * a commit that was sent and whose verdict could not be had in time fails as [`AppendError::OutcomeUnknown`], and only that.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use frontdesk_domain::shared::chain::Chain;
use frontdesk_domain::shared::recorded::{Position, Stream};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::append::{Commit, Verdict, append};

/// What a batch holds at most.
const BATCH_COMMITS_MAX: usize = 1_024;
const BATCH_BYTES_MAX: usize = 4 << 20;
/// What one commit holds at most; larger ones are refused before they are queued.
pub const COMMIT_EVENTS_MAX: usize = 2_000;
/// A transcript of 4 MiB, encrypted in an event and in the command that is recorded with it, still fits.
pub const COMMIT_BYTES_MAX: usize = 16 << 20;
/// What waits at most, for each priority.
const QUEUE_COMMITS_MAX: usize = 8_192;
/// A call that takes longer is given up, its connection closed, and its outcome looked up on another one.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How many times the task steps aside at most while a batch gathers.
const GATHER_YIELDS_MAX: usize = 32;
/// How often those who wait behind a call that takes long are looked through.
const EXPIRE_INTERVAL: Duration = Duration::from_millis(20);
const RETRY_PAUSE: Duration = Duration::from_millis(100);
/// Beyond its deadline, how long a commit that was sent is still pursued for its verdict.
const PURSUIT: Duration = Duration::from_secs(5);

/// Who is served first when more waits than fits into a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Priority {
    /// Somebody is on the phone.
    Voice,
    Normal,
}

/// Why there is no verdict.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AppendError {
    #[error("more is waiting to be written than can be written in time; nothing was written")]
    Overloaded,
    #[error("the database cannot be reached; nothing was written")]
    Unavailable(#[source] Arc<sqlx::Error>),
    #[error("the database stopped answering; the commit may or may not have been written")]
    OutcomeUnknown(#[source] Arc<sqlx::Error>),
    #[error("the database refuses the data; nothing was written")]
    Rejected(#[source] Arc<sqlx::Error>),
    #[error("a commit holds at most {COMMIT_EVENTS_MAX} events and {COMMIT_BYTES_MAX} bytes; nothing was written")]
    TooLarge,
    #[error("the process is stopping; nothing was written")]
    Stopping,
}

type Reply = oneshot::Sender<Result<Verdict, AppendError>>;

#[derive(Debug)]
struct Pending {
    commit: Commit,
    deadline: Instant,
    /// It went out at least once, so it may stand in the log.
    sent: bool,
    reply: Reply,
}

/// A handle to the appender task; clones share it.
#[derive(Debug, Clone)]
pub struct Appender {
    voice: mpsc::Sender<Pending>,
    normal: mpsc::Sender<Pending>,
    head: watch::Receiver<Position>,
}

impl Appender {
    /// Starts the task. It ends, its queue written, when all handles are gone.
    pub fn start(options: PgConnectOptions) -> (Self, JoinHandle<()>) {
        let (voice, voice_queue) = mpsc::channel(QUEUE_COMMITS_MAX);
        let (normal, normal_queue) = mpsc::channel(QUEUE_COMMITS_MAX);
        let (head_sender, head) = watch::channel(0);
        let task = Task {
            wire: Wire { options, connection: None },
            queue: Queue { receivers: [voice_queue, normal_queue], waiting: [VecDeque::new(), VecDeque::new()] },
            head: head_sender,
        };
        (Self { voice, normal, head }, tokio::spawn(task.run()))
    }

    /// Writes a commit and waits for its verdict.
    ///
    /// Dropping the future does not take the commit back.
    pub async fn append(&self, commit: Commit, priority: Priority, deadline: Instant) -> Result<Verdict, AppendError> {
        if commit.events.is_empty() || commit.events.len() > COMMIT_EVENTS_MAX || commit.bytes() > COMMIT_BYTES_MAX {
            return Err(AppendError::TooLarge);
        }
        let queue = match priority {
            Priority::Voice => &self.voice,
            Priority::Normal => &self.normal,
        };
        let (reply, verdict) = oneshot::channel();
        let pending = Pending { commit, deadline, sent: false, reply };
        match queue.try_send(pending) {
            Ok(()) => {}
            Err(TrySendError::Full(pending)) => match tokio::time::timeout_at(deadline, queue.send(pending)).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return Err(AppendError::Stopping),
                Err(_) => return Err(AppendError::Overloaded),
            },
            Err(TrySendError::Closed(_)) => return Err(AppendError::Stopping),
        }
        verdict.await.unwrap_or(Err(AppendError::Stopping))
    }

    /// The last position that this process has written; wakes whoever follows the log.
    pub fn head(&self) -> watch::Receiver<Position> {
        self.head.clone()
    }
}

/// How a call ended that has no verdicts.
enum CallError {
    /// PostgreSQL looked at the data and said no: nothing was written.
    Data(sqlx::Error),
    /// It answered something that this build does not understand: it may have been written, and asking again would not tell.
    Answer(sqlx::Error),
    /// Anything else: it may have been written.
    Unknown(sqlx::Error),
}

struct Task {
    wire: Wire,
    queue: Queue,
    head: watch::Sender<Position>,
}

/// The way to the database.
struct Wire {
    options: PgConnectOptions,
    connection: Option<PgConnection>,
}

/// Voice, normal.
struct Queue {
    receivers: [mpsc::Receiver<Pending>; 2],
    /// What was taken out and not yet written: it would have touched a stream of the batch before, or that batch is still under way.
    waiting: [VecDeque<Pending>; 2],
}

impl Wire {
    async fn call(&mut self, batch: &mut [Pending]) -> Result<Vec<Option<Verdict>>, CallError> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            None => {
                let connecting = tokio::time::timeout(CONNECT_TIMEOUT, self.options.connect());
                let connection = connecting.await.unwrap_or_else(|_| Err(timed_out())).map_err(CallError::Unknown)?;
                self.connection.insert(connection)
            }
        };
        batch.iter_mut().for_each(|pending| pending.sent = true);
        let commits: Vec<&Commit> = batch.iter().map(|pending| &pending.commit).collect();
        let answer = tokio::time::timeout(CALL_TIMEOUT, append(connection, &commits)).await.unwrap_or_else(|_| Err(timed_out()));
        answer.map_err(|error| {
            if is_about_data(&error) {
                CallError::Data(error)
            } else if matches!(error, sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_)) {
                CallError::Answer(error)
            } else {
                if let Some(connection) = self.connection.take() {
                    // Not awaited: it may be as stuck as the call was.
                    drop(connection.close_hard());
                }
                CallError::Unknown(error)
            }
        })
    }
}

impl Queue {
    fn len(&self) -> usize {
        self.receivers.iter().map(mpsc::Receiver::len).sum()
    }

    /// Waits until something is there, then takes what else is. False when all handles are gone and nothing is left.
    async fn gather(&mut self) -> bool {
        if self.waiting.iter().all(VecDeque::is_empty) {
            let [voice, normal] = &mut self.receivers;
            let (place, pending) = tokio::select! {
                biased;
                Some(pending) = voice.recv() => (0, pending),
                Some(pending) = normal.recv() => (1, pending),
                else => return false,
            };
            self.waiting[place].push_back(pending);
            // The callers that the last batch has just woken are about to ask again: let them, for as long as more come.
            let mut quiet = 0;
            for _ in 0..GATHER_YIELDS_MAX {
                let before = self.len();
                tokio::task::yield_now().await;
                let after = self.len();
                quiet = if after > before { 0 } else { quiet + 1 };
                // A lone caller waits for nobody.
                if after == 0 || quiet == 2 {
                    break;
                }
            }
        }
        self.take(BATCH_COMMITS_MAX);
        true
    }

    fn take(&mut self, limit: usize) {
        for (receiver, waiting) in self.receivers.iter_mut().zip(&mut self.waiting) {
            while waiting.len() < limit {
                let Ok(pending) = receiver.try_recv() else { break };
                waiting.push_back(pending);
            }
        }
    }

    /// Tells those whose time is up while they wait for the batch that is under way.
    fn expire(&mut self) {
        self.take(QUEUE_COMMITS_MAX);
        let now = Instant::now();
        for waiting in &mut self.waiting {
            let (late, rest) = std::mem::take(waiting).into_iter().partition(|pending| pending.deadline <= now);
            *waiting = rest;
            fail(late.into(), |_| AppendError::Overloaded);
        }
    }

    /// The next batch, in order of priority and arrival. Commits that share a stream with it which either appends to wait for the
    /// next one; so does everything behind them on that stream.
    fn take_batch(&mut self) -> Vec<Pending> {
        let now = Instant::now();
        let (mut batch, mut bytes) = (Vec::new(), 0);
        let (mut written, mut loaded): (HashSet<Stream>, HashSet<Stream>) = Default::default();
        for waiting in &mut self.waiting {
            for pending in std::mem::take(waiting) {
                if pending.deadline <= now {
                    // Whoever asked may be gone; then nobody needs the answer.
                    let _ = pending.reply.send(Err(AppendError::Overloaded));
                    continue;
                }
                let writes = pending.commit.written();
                let reads = || pending.commit.expectations.iter().map(|expectation| expectation.stream);
                let disjoint = reads().chain(writes.iter().copied()).all(|stream| !written.contains(&stream))
                    && writes.iter().all(|stream| !loaded.contains(stream));
                let size = pending.commit.bytes();
                let fits = batch.len() < BATCH_COMMITS_MAX && (batch.is_empty() || bytes + size <= BATCH_BYTES_MAX);
                // A commit that waits blocks its streams for those behind it, too.
                loaded.extend(reads());
                written.extend(writes);
                if disjoint && fits {
                    bytes += size;
                    batch.push(pending);
                } else {
                    waiting.push_back(pending);
                }
            }
        }
        batch
    }
}

impl Task {
    async fn run(mut self) {
        while self.queue.gather().await {
            let batch = self.queue.take_batch();
            self.write(batch).await;
        }
    }

    /// Sends a batch; meanwhile those who wait behind it are told when their time is up.
    async fn call(&mut self, batch: &mut [Pending]) -> Result<Vec<Option<Verdict>>, CallError> {
        let call = self.wire.call(batch);
        tokio::pin!(call);
        loop {
            tokio::select! {
                biased;
                answer = &mut call => return answer,
                () = tokio::time::sleep(EXPIRE_INTERVAL) => self.queue.expire(),
            }
        }
    }

    async fn write(&mut self, mut batch: Vec<Pending>) {
        while !batch.is_empty() {
            let started = Instant::now();
            match self.call(&mut batch).await {
                Ok(verdicts) => {
                    metrics::histogram!("frontdesk_append_batch_commits").record(batch.len() as f64);
                    metrics::histogram!("frontdesk_append_seconds").record(started.elapsed().as_secs_f64());
                    // What was held up by somebody else's refusal goes out again.
                    batch = self.deliver(batch, verdicts);
                }
                Err(CallError::Data(error)) if batch.len() == 1 => {
                    tracing::error!(error = %Chain(&error), "a commit was refused for its data");
                    let error = Arc::new(error);
                    fail(batch, |_| AppendError::Rejected(error.clone()));
                    return;
                }
                Err(CallError::Data(_)) => {
                    for pending in batch {
                        Box::pin(self.write(vec![pending])).await;
                    }
                    return;
                }
                Err(CallError::Answer(error)) => {
                    tracing::error!(error = %Chain(&error), "the log's answer cannot be read");
                    let error = Arc::new(error);
                    fail(batch, |_| AppendError::OutcomeUnknown(error.clone()));
                    return;
                }
                Err(CallError::Unknown(error)) => {
                    tracing::warn!(error = %Chain(&error), commits = batch.len(), "writing to the log failed");
                    metrics::counter!("frontdesk_append_failures_total").increment(1);
                    batch = give_up_late(batch, error);
                    self.queue.expire();
                    tokio::time::sleep(RETRY_PAUSE).await;
                }
            }
        }
    }

    /// Tells every caller its verdict, and returns those that have none yet.
    fn deliver(&self, batch: Vec<Pending>, verdicts: Vec<Option<Verdict>>) -> Vec<Pending> {
        let (mut head, mut rest) = (0, Vec::new());
        for (pending, verdict) in batch.into_iter().zip(verdicts) {
            let Some(verdict) = verdict else {
                rest.push(pending);
                continue;
            };
            if let Verdict::Accepted(accepted) | Verdict::AlreadyApplied(accepted) = &verdict {
                head = head.max(accepted.last_position);
            }
            let _ = pending.reply.send(Ok(verdict));
        }
        self.head.send_if_modified(|last| {
            let higher = head > *last;
            *last = head.max(*last);
            higher
        });
        rest
    }
}

/// Tells those whose time is up what is known of them, and keeps the rest.
fn give_up_late(batch: Vec<Pending>, error: sqlx::Error) -> Vec<Pending> {
    let now = Instant::now();
    let error = Arc::new(error);
    let (late, rest): (Vec<_>, Vec<_>) = batch.into_iter().partition(|pending| {
        let patience = if pending.sent { PURSUIT } else { Duration::ZERO };
        pending.deadline + patience <= now
    });
    fail(
        late,
        |pending| {
            if pending.sent { AppendError::OutcomeUnknown(error.clone()) } else { AppendError::Unavailable(error.clone()) }
        },
    );
    rest
}

fn fail(batch: Vec<Pending>, error: impl Fn(&Pending) -> AppendError) {
    for pending in batch {
        let error = error(&pending);
        let _ = pending.reply.send(Err(error));
    }
}

fn timed_out() -> sqlx::Error {
    sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())
}

/// Whether PostgreSQL refused what it was given, as opposed to failing to deal with it: SQLSTATE classes 21 (cardinality), 22 (data),
/// 23 (integrity), 42 (names, rights) and 54 (limits). All of these end the transaction before it commits.
fn is_about_data(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(error) => {
            error.code().is_some_and(|code| ["21", "22", "23", "42", "54"].iter().any(|class| code.starts_with(class)))
        }
        sqlx::Error::Encode(_) => true,
        _ => false,
    }
}
