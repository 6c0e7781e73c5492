//! What follows the log once in a deployment: read models, policies, the translator of webhooks.
//!
//! [`runner`](super::runner) runs one reader, [`group`](super::group) those that are at the same place.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use frontdesk_domain::kernel::recorded::{Batch, NotTaken, Position, RecordedEvent, Unreadable};
use futures::future::BoxFuture;
use sqlx::PgConnection;

use crate::checkpoints::Checkpoint;

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
        events: &'a [Arc<RecordedEvent>],
    ) -> BoxFuture<'a, Result<(), ReaderError>>;

    fn checkpoint(&self) -> Checkpoint {
        Checkpoint::of(self.name(), self.version())
    }
}

/// How long a turn may take: it does not notice that the host of the database is gone.
const TURN_MAX: Duration = Duration::from_secs(300);

pub(crate) async fn in_time<T>(turn: impl Future<Output = Result<T, ReaderError>>) -> Result<T, ReaderError> {
    tokio::time::timeout(TURN_MAX, turn).await.unwrap_or(Err(ReaderError::TooSlow))
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
    /// Whether it shares turns with the other readers of its process: one reading of the log, one
    /// transaction. A reader that mostly waits for something else runs by itself, so that nobody waits for
    /// it.
    pub shares_turns: bool,
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
        shares_turns: true,
    };

    pub(crate) fn retry_pause(&self, failures: usize) -> Duration {
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
    #[error("a turn took longer than {} s", TURN_MAX.as_secs())]
    TooSlow,
    #[error("the reader's checkpoint does not exist: run `frontdesk migrate`")]
    NoCheckpoint,
}

impl ReaderError {
    pub(crate) fn unreadable(events: &[NotTaken]) -> Self {
        let first = events.first().map(|event| event.error.clone()).unwrap_or_default();
        Self::Source(first.into())
    }

    /// Whether it is the event's fault: it would fail tomorrow as it does today.
    pub(crate) fn is_of_the_event(&self) -> bool {
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
            Self::Source(_) | Self::Effect(_) | Self::TooSlow | Self::NoCheckpoint => false,
        }
    }
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
