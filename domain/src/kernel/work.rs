//! The unit of work as commands see it: load streams, decide, record.
//!
//! A command is data: it is recorded with its events, and can be decided again years later. Its decision
//! depends on what it loads and on nothing else. Time, new ids and hashes come from the [`Work`], too.
//!
//! The bus in `frontdesk_adapters` loads from the log and guards the version of every loaded stream. When a
//! version has moved, it decides again.

#[cfg(test)]
pub(crate) mod testing;

use std::future::Future;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::kernel::decider::Decider;
use crate::kernel::ids::{BusinessId, KeyedHash, StreamId};
use crate::kernel::metadata::Actor;
use crate::kernel::personal::SubjectId;
use crate::kernel::recorded::{Stream, Unreadable};
use crate::kernel::refusal::{Class, Refusal};

/// How many events a commit holds at most.
pub const COMMIT_EVENTS_MAX: usize = 2_000;

/// Something that somebody wants done.
pub trait Command: Serialize + DeserializeOwned + Send + Sync {
    /// Its name in the log.
    const NAME: &'static str;
    /// What the caller learns when it is done.
    type Output: Send;

    /// Streams that many commands want at the same instant. Within a process, they queue for them before they
    /// load.
    fn contended(&self, _tenant: BusinessId) -> Vec<Uuid> {
        Vec::new()
    }

    fn decide<W: Work>(&self, work: &W) -> impl Future<Output = Result<Self::Output, Failure>> + Send;
}

/// Why there is no decision.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Failure {
    /// The answer is no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// There is no answer: something cannot be loaded.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

#[derive(Debug, Clone, thiserror::Error)]
pub enum Unavailable {
    #[error("the log cannot be read")]
    Log(#[source] Arc<dyn std::error::Error + Send + Sync>),
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
}

impl Failure {
    pub fn refused(error: impl Into<Refusal>) -> Self {
        Self::Refused(error.into())
    }
}

/// A folded aggregate at its version, 0 where nothing has happened yet.
#[derive(Debug, Clone)]
pub struct Loaded<A> {
    pub state: Arc<A>,
    pub version: i64,
}

impl<A> Loaded<A> {
    /// Refuses if the caller has seen an older version. Where there is none, whoever looks for it says so: a
    /// precondition does not hide what would be answered without it (RFC 9110, section 13.2.1).
    pub fn unchanged_since(&self, seen: Option<i64>) -> Result<(), Refusal> {
        match seen {
            Some(seen) if self.version > 0 && seen != self.version => {
                let now = self.version;
                let detail = format!(
                    "it has changed since you read it: you have version {seen}, now it is {now}; read it again"
                );
                Err(Refusal::new("changed-since", Class::Changed, detail))
            }
            _ => Ok(()),
        }
    }
}

/// Content that is too large for an event and is kept for a limited time. It is written with the commit,
/// encrypted.
#[derive(Debug, Clone)]
pub struct Attachment {
    /// The stream that it belongs to. A stream has one attachment at most.
    pub of: Uuid,
    /// Whose key it is encrypted with.
    pub subject: SubjectId,
    pub content: Arc<Vec<u8>>,
    pub kept_for: TimeDelta,
}

pub trait Work: Send + Sync {
    fn tenant(&self) -> BusinessId;
    fn actor(&self) -> &Actor;
    /// The injected clock, never earlier than the last event loaded.
    fn now(&self) -> DateTime<Utc>;
    /// A new id. It is the same each time that this command is decided.
    fn new_id<I: StreamId>(&self) -> I;
    fn hash(&self, purpose: &str, value: &[u8]) -> KeyedHash;
    /// Signs content as an opaque token of this tenant, for one purpose.
    fn sign(&self, purpose: &str, content: &[u8]) -> String;
    /// Names something that many commands want at the same instant and that is only found out now. As with
    /// [`Command::contended`], this one queues for it, if it appends anything where that matters.
    fn contend(&self, for_what: Uuid);
    /// Names the subject of the personal data in the command itself.
    fn about(&self, subject: SubjectId);

    /// Presumes that a stream has no events, and does not load it. The commit guards its version all the
    /// same.
    fn presume_new<A: Decider>(&self, id: A::Id);
    /// Loads several streams in one round trip, for `load` and `peek` to find. It guards nothing.
    fn preload(&self, streams: &[Stream]) -> impl Future<Output = Result<(), Unavailable>> + Send;
    /// Loads a stream and guards its version: the commit fails if it has moved.
    fn load<A: Decider>(&self, id: A::Id) -> impl Future<Output = Result<Loaded<A>, Unavailable>> + Send;
    /// Loads a stream without guarding it: the decision does not rest on it.
    fn peek<A: Decider>(&self, id: A::Id) -> impl Future<Output = Result<Loaded<A>, Unavailable>> + Send;
    /// Loads and guards a stream, decides, and appends the events. Returns the state after them.
    fn execute<A: Decider>(
        &self,
        id: A::Id,
        command: A::Command,
    ) -> impl Future<Output = Result<Arc<A>, Failure>> + Send
    where
        Refusal: From<A::Error>,
        A::Command: Send;
    /// Writes an attachment with the commit.
    fn attach(&self, attachment: Attachment);

    /// How many events have been appended.
    fn appended(&self) -> usize;
    /// The state of the work, for [`Work::rewind`].
    fn mark(&self) -> Mark;
    /// Discards what was appended since the mark.
    fn rewind(&self, mark: Mark);
}

/// A state of a work.
#[derive(Debug)]
pub struct Mark(pub Box<dyn std::any::Any + Send>);
