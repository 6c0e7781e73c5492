//! What becomes of a commit, for whatever was decided on it before that is known.

use std::fmt;
use std::sync::Arc;

use frontdesk_domain::kernel::ids::CommitId;
use tokio::sync::{oneshot, watch};

use super::error::AppendError;
use super::priority::Priority;
use crate::event_log::append::{MovedStream, Verdict};

type Answer = Result<Verdict, AppendError>;

/// Called with whether the commit stands in the log, before anybody else is told.
pub type OnEnd = Box<dyn FnOnce(bool) + Send>;

#[derive(Debug, Clone)]
pub(super) enum Fate {
    /// It waits, or is under way.
    Open,
    /// It stands in the log.
    Written,
    /// It was not written; these streams had moved, if that was why. What happened on them is told to whoever
    /// handed it in, and to nobody who rests on it: there may be hundreds.
    Lost(Vec<MovedStream>),
    /// It may have been written.
    Unknown(Arc<sqlx::Error>),
}

impl Fate {
    fn of(answer: &Answer) -> Self {
        match answer {
            Ok(Verdict::Accepted(_) | Verdict::AlreadyApplied(_)) => Self::Written,
            Ok(Verdict::Moved(streams)) => Self::Lost(streams.iter().map(MovedStream::bare).collect()),
            Err(AppendError::OutcomeUnknown(error)) => Self::Unknown(error.clone()),
            Ok(Verdict::WrongKeys(_)) | Err(_) => Self::Lost(Vec::new()),
        }
    }
}

/// Follows a commit that was handed in.
#[derive(Debug, Clone)]
pub struct Ticket {
    pub commit: CommitId,
    /// The queue that it waits in.
    pub priority: Priority,
    fate: watch::Receiver<Fate>,
}

impl Ticket {
    /// Waits until the commit has ended, and says whether it stands in the log.
    pub async fn is_written(mut self) -> bool {
        let ended = self.fate.wait_for(|fate| !matches!(fate, Fate::Open)).await;
        ended.is_ok_and(|fate| matches!(*fate, Fate::Written))
    }

    /// Whether nothing is known of it yet.
    pub fn is_open(&self) -> bool {
        matches!(*self.fate.borrow(), Fate::Open)
    }

    pub(super) fn fate(&self) -> Fate {
        self.fate.borrow().clone()
    }
}

/// All who wait for a commit: who handed it in, and what was decided on it. Dropped without an answer, its
/// outcome is unknown.
pub(super) struct Waiting {
    reply: Option<oneshot::Sender<Answer>>,
    fate: watch::Sender<Fate>,
    on_end: Option<OnEnd>,
}

impl fmt::Debug for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Waiting")
    }
}

impl Waiting {
    pub fn new(
        commit: CommitId,
        priority: Priority,
        on_end: OnEnd,
    ) -> (Self, Ticket, oneshot::Receiver<Answer>) {
        let (sender, fate) = watch::channel(Fate::Open);
        let (reply, answer) = oneshot::channel();
        let waiting = Self { reply: Some(reply), fate: sender, on_end: Some(on_end) };
        (waiting, Ticket { commit, priority, fate }, answer)
    }

    pub fn answer(mut self, answer: Answer) {
        self.end(answer);
    }

    fn end(&mut self, answer: Answer) {
        let Some(reply) = self.reply.take() else { return };
        let fate = Fate::of(&answer);
        if let Some(on_end) = self.on_end.take() {
            on_end(matches!(fate, Fate::Written));
        }
        self.fate.send_replace(fate);
        // Whoever handed it in may be gone; then nobody needs the answer.
        let _ = reply.send(answer);
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.end(Err(AppendError::OutcomeUnknown(Arc::new(sqlx::Error::WorkerCrashed))));
    }
}
