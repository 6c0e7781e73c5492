//! The unit of work as commands see it: load streams, decide, record.
//!
//! A command is data, so that it can be recorded with the events it led to and decided again years later. Its decision is a function of
//! what it loads and nothing else: the time, new ids and hashes come from the [`Work`], too. The bus in `frontdesk_adapters` loads from the
//! log, guards every loaded stream's version, and decides again when one has moved.

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

    /// What many commands may want at the same instant: within a process they queue for it before they load.
    fn contended(&self, _tenant: BusinessId) -> Vec<Uuid> {
        Vec::new()
    }

    fn decide<W: Work>(&self, work: &W) -> impl Future<Output = Result<Self::Output, Failure>> + Send;
}

/// Why a decision did not come about.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Failure {
    /// The answer is no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// There is no answer: what it depends on cannot be loaded.
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
    /// Refuses when the caller has seen an older version than the one there is. Where there is none, whoever looks for it says so: a
    /// precondition does not hide what would be answered without it (RFC 9110, section 13.2.1).
    pub fn unchanged_since(&self, seen: Option<i64>) -> Result<(), Refusal> {
        match seen {
            Some(seen) if self.version > 0 && seen != self.version => {
                let now = self.version;
                let detail = format!("it has changed since you read it: you have version {seen}, now it is {now}; read it again");
                Err(Refusal::new("changed-since", Class::Changed, detail))
            }
            _ => Ok(()),
        }
    }
}

/// Something too large for an event, and not kept as long. It is written with the commit, encrypted.
#[derive(Debug, Clone)]
pub struct Attachment {
    /// The stream that it belongs to; it has one at most.
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
    /// A new id; the same one each time this command is decided.
    fn new_id<I: StreamId>(&self) -> I;
    fn hash(&self, purpose: &str, value: &[u8]) -> KeyedHash;
    /// An opaque token of this tenant with some content. It is recognised for the same purpose only.
    fn sign(&self, purpose: &str, content: &[u8]) -> String;
    /// Says whom the personal data of the command itself are about.
    fn about(&self, subject: SubjectId);

    /// Takes a stream for one on which nothing has happened, because that is most likely: it is not loaded. The commit guards it all the same.
    fn presume_new<A: Decider>(&self, id: A::Id);
    /// Loads several streams in one round trip, so that `load` finds them. It guards nothing.
    fn preload(&self, streams: &[Stream]) -> impl Future<Output = Result<(), Unavailable>> + Send;
    /// Loads a stream and guards its version: the decision stands only if it has not moved.
    fn load<A: Decider>(&self, id: A::Id) -> impl Future<Output = Result<Loaded<A>, Unavailable>> + Send;
    /// Loads a stream that the decision does not rest on.
    fn peek<A: Decider>(&self, id: A::Id) -> impl Future<Output = Result<Loaded<A>, Unavailable>> + Send;
    /// Loads a stream, decides, and appends what was decided; answers with the state after.
    fn execute<A: Decider>(&self, id: A::Id, command: A::Command) -> impl Future<Output = Result<Arc<A>, Failure>> + Send
    where
        Refusal: From<A::Error>,
        A::Command: Send;
    /// Writes an attachment with the commit.
    fn attach(&self, attachment: Attachment);

    /// How many events have been appended.
    fn appended(&self) -> usize;
    /// Where the work stands, to return to.
    fn mark(&self) -> Mark;
    /// Takes back what was appended since.
    fn rewind(&self, mark: Mark);
}

/// Somewhere in the course of a work.
#[derive(Debug)]
pub struct Mark(pub Box<dyn std::any::Any + Send>);
