//! A connection to the database, and what it takes to have the verdicts of a batch from it.

use std::sync::Arc;
use std::time::Duration;

use frontdesk_domain::kernel::chain::Chain;
use frontdesk_domain::kernel::recorded::Position;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgDatabaseError, PgSeverity};
use sqlx::{ConnectOptions, Connection};
use tokio::sync::watch;
use tokio::time::Instant;

use super::error::AppendError;
use super::queue::{Pending, fail};
use crate::event_log::append::{Commit, Verdict, append};
use crate::postgres::pool::in_time;

/// A call that takes longer is given up, its connection closed, and its outcome looked up on another one.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const RETRY_PAUSE: Duration = Duration::from_millis(100);
/// Beyond its deadline, how long a commit that was sent is still pursued for its verdict.
const PURSUIT: Duration = Duration::from_secs(5);

/// How a call ended that has no verdicts.
enum CallError {
    /// PostgreSQL looked at the data and said no: nothing was written.
    Data(sqlx::Error),
    /// It answered something that this build does not understand: it may have been written, and asking again
    /// would not tell.
    Answer(sqlx::Error),
    /// Anything else: it may have been written.
    Unknown(sqlx::Error),
}

pub(super) struct Line {
    /// Its place among the lines.
    pub number: usize,
    options: PgConnectOptions,
    connection: Option<PgConnection>,
    head: watch::Sender<Position>,
}

impl Line {
    pub fn new(number: usize, options: PgConnectOptions, head: watch::Sender<Position>) -> Self {
        Self { number, options, connection: None, head }
    }

    async fn call(&mut self, batch: &mut [Pending]) -> Result<Vec<Option<Verdict>>, CallError> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            None => {
                let connecting = in_time(CONNECT_TIMEOUT, self.options.connect());
                self.connection.insert(connecting.await.map_err(CallError::Unknown)?)
            }
        };
        let commits: Vec<&Commit> = batch.iter().map(|pending| &pending.commit).collect();
        let answer = in_time(CALL_TIMEOUT, append(connection, &commits)).await;
        if !answer.as_ref().is_err_and(wrote_nothing) {
            batch.iter_mut().for_each(|pending| pending.sent = true);
        }
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

    /// Pursues a batch until every caller has been told.
    pub async fn write(&mut self, mut batch: Vec<Pending>) {
        loop {
            // In their order, so that what rests on one that is told so here is told so, too.
            batch = batch.into_iter().filter_map(Pending::unless_lost).collect();
            if batch.is_empty() {
                return;
            }
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
            pending.waiting.answer(Ok(verdict));
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
    fail(late, |pending| {
        if pending.sent {
            AppendError::OutcomeUnknown(error.clone())
        } else {
            AppendError::Unavailable(error.clone())
        }
    });
    rest
}

/// Whether a call that failed has certainly not committed.
fn wrote_nothing(error: &sqlx::Error) -> bool {
    match error {
        // The connection had been closed before all was sent, and nothing is committed before the end of a
        // call has arrived.
        sqlx::Error::Io(error) => error.kind() == std::io::ErrorKind::BrokenPipe,
        // An error ends the transaction: a full disk, say. What ends the session may come after the commit.
        sqlx::Error::Database(error) => error
            .try_downcast_ref::<PgDatabaseError>()
            .is_some_and(|error| error.severity() == PgSeverity::Error),
        _ => false,
    }
}

/// Whether PostgreSQL refused what it was given, as opposed to failing to deal with it: SQLSTATE classes 21
/// (cardinality), 22 (data), 23 (integrity), 42 (names, rights) and 54 (limits). All of these end the
/// transaction before it commits.
fn is_about_data(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(error) => error
            .code()
            .is_some_and(|code| ["21", "22", "23", "42", "54"].iter().any(|class| code.starts_with(class))),
        sqlx::Error::Encode(_) => true,
        _ => false,
    }
}
