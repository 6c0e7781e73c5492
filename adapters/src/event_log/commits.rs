//! Commits on their way into the log: encrypted, handed to the appender, and told what became of them.

use frontdesk_domain::kernel::ids::{BusinessId, CommitId};
use tokio::time::Instant;

use super::append::{Commit, Verdict};
use super::appender::{HandedIn, OnEnd, Priority, QueuePlace, Ticket};
use super::keys::UsedKeys;
use super::{CommitError, Draft, EventLog, Moved, Outcome, ReadError};

/// How often a commit is encrypted anew because somebody else was first to give its people keys.
const KEY_ATTEMPTS: usize = 4;

/// A commit that is encrypted and has a place in the queue.
#[derive(Debug)]
pub struct Prepared<'a> {
    log: &'a EventLog,
    tenant: BusinessId,
    commit: Commit,
    used: UsedKeys,
    rests_on: Vec<Ticket>,
    place: QueuePlace<'a>,
}

/// A commit that was handed in.
#[derive(Debug)]
pub struct Submitted<'a> {
    log: &'a EventLog,
    tenant: BusinessId,
    used: UsedKeys,
    handed_in: HandedIn,
}

impl EventLog {
    /// Writes a commit.
    pub async fn commit(
        &self,
        draft: &Draft,
        priority: Priority,
        deadline: Instant,
    ) -> Result<Outcome, CommitError> {
        for _ in 0..KEY_ATTEMPTS {
            let prepared = self.prepare(draft, Vec::new(), priority, deadline).await?;
            if let Some(outcome) = prepared.submit(Box::new(|_| ())).outcome().await? {
                return Ok(outcome);
            }
        }
        Err(CommitError::KeyContention)
    }

    /// Encrypts a commit and waits for a place in the queue. It rests on others that were handed in before.
    pub async fn prepare(
        &self,
        draft: &Draft,
        rests_on: Vec<Ticket>,
        priority: Priority,
        deadline: Instant,
    ) -> Result<Prepared<'_>, CommitError> {
        let (commit, used) = self.encode(draft)?;
        // It cannot overtake what it rests on.
        let behind_normal = rests_on.iter().any(|ticket| ticket.priority == Priority::Normal);
        let priority = if behind_normal { Priority::Normal } else { priority };
        let place = self.appender.place(&commit, priority, deadline).await?;
        Ok(Prepared { log: self, tenant: draft.tenant, commit, used, rests_on, place })
    }
}

impl<'a> Prepared<'a> {
    pub fn id(&self) -> CommitId {
        self.commit.id
    }

    /// Hands it in. Dropping what is returned does not take it back.
    pub fn submit(self, on_end: OnEnd) -> Submitted<'a> {
        let handed_in = self.place.hand_in(self.commit, self.rests_on, on_end);
        Submitted { log: self.log, tenant: self.tenant, used: self.used, handed_in }
    }
}

impl Submitted<'_> {
    pub fn ticket(&self) -> &Ticket {
        &self.handed_in.ticket
    }

    /// `None`: nothing was written, since somebody else was first to give its people keys. These are known
    /// now.
    pub async fn outcome(self) -> Result<Option<Outcome>, CommitError> {
        let ring = self.log.ring();
        match self.handed_in.verdict().await? {
            Verdict::Accepted(accepted) | Verdict::AlreadyApplied(accepted) => {
                ring.confirm(self.tenant, &self.used);
                Ok(Some(Outcome::Committed(accepted)))
            }
            Verdict::Moved(streams) => {
                let mut moved = Vec::with_capacity(streams.len());
                for stream in streams {
                    let events = self.log.decode_stream(stream.from, stream.events).await?;
                    moved.push(Moved {
                        aggregate_type: stream.aggregate_type,
                        id: stream.id,
                        from: stream.from,
                        events,
                    });
                }
                Ok(Some(Outcome::Moved(moved)))
            }
            Verdict::WrongKeys(keys) => {
                for key in keys {
                    ring.learn(self.tenant, key).map_err(ReadError::Key)?;
                }
                Ok(None)
            }
        }
    }
}
