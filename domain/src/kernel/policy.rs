//! Policies: reactions to events. Most of them wait for a time.
//!
//! A policy reads recorded events in the order of the log and says which jobs to schedule or withdraw. It is
//! a pure function of the event. The jobs are written to the queue in the transaction that moves the policy's
//! checkpoint, so it reacts to each event once. A new policy begins at the head of the log. Rebuilding a read
//! model schedules nothing.
//!
//! A job runs when it is due. It may run late, more than once, or when there is nothing left to do. So it
//! decides on what is true when it runs. Its outcome is committed with what it does, under an id that is
//! derived from the event.

pub mod queue;
pub mod retry;

use std::future::Future;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::kernel::ids::BusinessId;
use crate::kernel::recorded::{RecordedEvent, Unreadable};
use crate::kernel::work::{Failure, Work};
pub use queue::Queue;
pub use retry::Retry;

/// A reaction to events.
pub trait Policy: Send + Sync + 'static {
    /// Its name, unique among the readers of the log. It never changes: its checkpoint and the ids of its
    /// jobs carry it.
    const NAME: &'static str;
    /// The aggregates whose events it looks at.
    const AGGREGATES: &'static [&'static str];
    type Job: Job;

    fn react(recorded: &RecordedEvent) -> Result<Vec<Reaction<Self::Job>>, Unreadable>;
}

/// Takes in policies, each with its own type of job.
pub trait Policies {
    fn policy<P: Policy>(&mut self);
}

/// What an event changes in the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reaction<J> {
    /// Schedules a job. It replaces the job that the policy has scheduled under the same key.
    Schedule {
        /// The id of what it is about. Never personal data.
        key: String,
        due_at: DateTime<Utc>,
        job: J,
    },
    /// The job under this key is no longer needed.
    Withdraw { key: String },
}

/// Work with one effect. It is stored as JSON until it has run, so its name and fields stay readable. It
/// carries ids and never personal data.
pub trait Job: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Its name in the queue and in the log.
    const NAME: &'static str;
    const QUEUE: Queue = Queue::Appointments;
    const RETRY: Retry = Retry::USUAL;
    /// In which form it is stored. It goes up when an earlier release would misread it; such a release leaves
    /// it to later ones. Those read all earlier forms.
    const VERSION: i32 = 1;

    /// As [`crate::kernel::work::Command::contended`].
    fn contended(&self, _tenant: BusinessId) -> Vec<Uuid> {
        Vec::new()
    }

    /// Decides on what is true now. Its events are committed together with its outcome.
    fn perform<W: Work>(&self, work: &W) -> impl Future<Output = Result<Performed, Failure>> + Send;
}

/// What a job came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Performed {
    Applied,
    /// A part of it. The rest is for further runs, each with a commit of its own.
    InPart,
    /// There was nothing left to do.
    Unneeded,
    /// It is too early. Clocks differ, and jump.
    NotBefore(DateTime<Utc>),
}
