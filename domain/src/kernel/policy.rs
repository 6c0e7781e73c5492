//! Policies: what follows from what has happened, when nobody asks for it. Time is the usual reason.
//!
//! A policy looks at recorded events, in the order of the log, and says which jobs are to be scheduled or withdrawn. It is a pure function of
//! the event. The jobs are written to the queue in the transaction that moves the policy's checkpoint, so each event is reacted to once; a
//! new policy begins at the head of the log, and rebuilding a read model schedules nothing.
//!
//! A job is run when it is due: late, perhaps more than once, perhaps after the world has moved on. So it decides anew on what is true
//! then, and its outcome is committed with what it does, under an id that is derived from the event.

pub mod retry;

use std::future::Future;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::kernel::ids::BusinessId;
use crate::kernel::recorded::{RecordedEvent, Unreadable};
use crate::kernel::work::{Failure, Work};
pub use retry::Retry;

/// What follows from events.
pub trait Policy: Send + Sync + 'static {
    /// Its name, unique among the readers of the log. It never changes: its checkpoint and the ids of its effects carry it.
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

/// What a policy makes of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reaction<J> {
    /// A job is to run. A policy has one job under a key: one that was scheduled earlier under the same key no longer runs.
    Schedule {
        /// What it is about, as an id; never personal data.
        key: String,
        due_at: DateTime<Utc>,
        job: J,
    },
    /// The job under this key is no longer needed.
    Withdraw { key: String },
}

/// One effect. It is kept as JSON until it has run, so its name and fields stay readable; it carries ids and never personal data.
pub trait Job: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Its name in the queue and in the log.
    const NAME: &'static str;
    const PRIORITY: Priority = Priority::Normal;
    const RETRY: Retry = Retry::USUAL;

    /// What other jobs and commands may want at the same instant, as for [`crate::kernel::work::Command::contended`].
    fn contended(&self, _tenant: BusinessId) -> Vec<Uuid> {
        Vec::new()
    }

    /// Decides, on what is true now. What it records is committed together with its outcome.
    fn perform<W: Work>(&self, work: &W) -> impl Future<Output = Result<Performed, Failure>> + Send;
}

/// What a job came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Performed {
    Applied,
    /// What it was for has been settled in another way.
    Unneeded,
    /// It is too early: clocks differ, and jump.
    NotBefore(DateTime<Utc>),
}

/// Which of the jobs that are due go first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(i16)]
pub enum Priority {
    /// Somebody waits for it.
    High = 1,
    Normal = 2,
    /// Housekeeping.
    Low = 3,
}

impl Priority {
    pub const ALL: [Self; 3] = [Self::High, Self::Normal, Self::Low];

    pub fn number(self) -> i16 {
        self as i16
    }
}
