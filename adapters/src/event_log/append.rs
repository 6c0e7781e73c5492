//! A commit, its verdict, and the one round trip that writes a batch.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use frontdesk_domain::kernel::ids::{BusinessId, CommitId, EventId, StreamId};
use frontdesk_domain::kernel::personal::SubjectId;
use frontdesk_domain::kernel::recorded::{Position, Stream};
use serde::Deserialize;
use sqlx::PgConnection;
use sqlx::postgres::{PgHasArrayType, PgTypeInfo};
use sqlx::types::Json;
use uuid::Uuid;

use super::rows::StoredEvent;

/// The version at which a stream was loaded: the number of its last event, 0 where it has none. A commit is
/// refused when it has moved since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expectation {
    pub stream: Stream,
    pub version: i64,
}

/// An event in its stored form.
#[derive(Debug, Clone)]
pub struct NewEvent {
    pub stream: Stream,
    pub sequence: i64,
    pub id: EventId,
    pub event_type: String,
    pub event_version: String,
    /// JSON, with personal leaves encrypted.
    pub payload: String,
    /// A flat JSON object of strings.
    pub metadata: String,
}

/// The key that a commit's data about one person is encrypted with.
#[derive(Debug, Clone)]
pub struct SubjectKey {
    pub subject: SubjectId,
    pub key_id: Uuid,
    /// Encrypted with the deployment's master key.
    pub wrapped: Vec<u8>,
}

/// Something that is kept beside the log until its retention ends.
#[derive(Debug, Clone)]
pub struct StoredAttachment {
    /// The stream that it belongs to.
    pub of: Uuid,
    pub content: Vec<u8>,
    pub expires_at: DateTime<Utc>,
}

/// All or nothing, over one or several streams.
#[derive(Debug, Clone)]
pub struct Commit {
    pub id: CommitId,
    pub tenant: BusinessId,
    /// Every stream that was loaded, whether it is appended to or was only read.
    pub expectations: Vec<Expectation>,
    pub events: Vec<NewEvent>,
    pub keys: Vec<SubjectKey>,
    pub attachments: Vec<StoredAttachment>,
}

impl Commit {
    pub fn bytes(&self) -> usize {
        let events: usize =
            self.events.iter().map(|event| event.payload.len() + event.metadata.len() + 200).sum();
        let attachments: usize = self.attachments.iter().map(|attachment| attachment.content.len()).sum();
        events + attachments
    }
}

/// What became of a commit.
#[derive(Debug)]
pub enum Verdict {
    Accepted(Accepted),
    /// It stood in the log already: an earlier try wrote it and its answer got lost.
    AlreadyApplied(Accepted),
    /// Nothing was written: these streams are no longer where they were when they were loaded.
    Moved(Vec<MovedStream>),
    /// Nothing was written: these people's data must be encrypted with these keys.
    WrongKeys(Vec<RightKey>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted {
    pub first_position: Position,
    pub last_position: Position,
    pub recorded_at: DateTime<Utc>,
}

/// A stream that moved, with what happened on it since.
#[derive(Debug, Clone)]
pub struct MovedStream {
    pub aggregate_type: String,
    pub id: Uuid,
    pub from: i64,
    /// The events after `from`; not all of them if there were very many.
    pub events: Vec<StoredEvent>,
}

impl MovedStream {
    /// The same without the events.
    pub fn bare(&self) -> Self {
        Self { aggregate_type: self.aggregate_type.clone(), id: self.id, from: self.from, events: vec![] }
    }
}

#[derive(Debug)]
pub struct RightKey {
    pub subject: SubjectId,
    pub key_id: Uuid,
    /// `None`: the key was destroyed, and nothing may be written about this person any more.
    pub wrapped: Option<Vec<u8>>,
}

/// What `append_events` answers: where the batch stands, or which of its commits were refused. Not an
/// untagged enum, because those cannot hold raw JSON.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    first_position: Option<Position>,
    recorded_at: Option<DateTime<Utc>>,
    moved: Option<Vec<MovedRow>>,
    applied: Option<Vec<AppliedRow>>,
    keys: Option<Vec<KeyRow>>,
}

#[derive(Deserialize)]
struct MovedRow {
    commit: usize,
    aggregate_type: String,
    aggregate_id: Uuid,
    version: i64,
    events: Option<Vec<StoredEvent>>,
}

#[derive(Deserialize)]
struct AppliedRow {
    commit: usize,
    first_position: Position,
    recorded_at: DateTime<Utc>,
}

#[derive(Deserialize)]
struct KeyRow {
    commit: usize,
    subject: SubjectId,
    key: Uuid,
    wrapped: Option<String>,
}

/// Sends a batch in one round trip. The answer has one verdict per commit, in order; `None` means that the
/// commit is fine and was not written because another one of the batch was refused.
///
/// A commit may have loaded what one before it in the batch writes. Where it has loaded an older version of
/// that stream, the caller keeps it for a later batch.
pub async fn append(
    connection: &mut PgConnection,
    commits: &[&Commit],
) -> Result<Vec<Option<Verdict>>, sqlx::Error> {
    let mut batch = Vec::with_capacity(commits.len());
    let (mut streams, mut events) = (Vec::new(), Vec::new());
    let (mut keys, mut attachments) = (Vec::new(), Vec::new());
    let mut written_so_far: HashSet<Stream> = HashSet::new();
    for (number, commit) in (1..).zip(commits) {
        batch.push(NewCommitRow { id: commit.id.uuid(), tenant_id: commit.tenant.uuid() });
        // All of the batch is written, or nothing: what one of it writes needs no look at the log.
        let before = commit.expectations.iter().filter(|loaded| !written_so_far.contains(&loaded.stream));
        streams.extend(before.map(|Expectation { stream, version }| LoadedStreamRow {
            commit: number,
            aggregate_type: stream.aggregate_type,
            aggregate_id: stream.id.to_string(),
            version: *version,
        }));
        events.extend(commit.events.iter().enumerate().map(|(place, event)| NewEventRow {
            commit: number,
            aggregate_type: event.stream.aggregate_type,
            aggregate_id: event.stream.id.to_string(),
            sequence: event.sequence,
            event_id: event.id.uuid(),
            event_type: &event.event_type,
            event_version: &event.event_version,
            payload: &event.payload,
            metadata: &event.metadata,
            last_in_commit: place + 1 == commit.events.len(),
        }));
        written_so_far.extend(commit.events.iter().map(|event| event.stream));
        keys.extend(commit.keys.iter().map(|key| SubjectKeyRow {
            commit: number,
            subject_id: key.subject.0,
            key_id: key.key_id,
            wrapped_key: &key.wrapped,
        }));
        attachments.extend(commit.attachments.iter().map(|attachment| WebhookBodyRow {
            commit: number,
            delivery_id: attachment.of,
            body: &attachment.content,
            expires_at: attachment.expires_at,
        }));
    }
    let Json(answer): Json<Answer> = sqlx::query_scalar("select append_events($1, $2, $3, $4, $5)")
        .bind(batch)
        .bind(streams)
        .bind(events)
        // Null and not empty: the function then passes over them at no cost.
        .bind((!keys.is_empty()).then_some(keys))
        .bind((!attachments.is_empty()).then_some(attachments))
        .fetch_one(connection)
        .await?;
    match (answer.first_position, answer.recorded_at) {
        (Some(first_position), Some(recorded_at)) => Ok(written(commits, first_position, recorded_at)),
        _ => refusals(commits, answer),
    }
}

fn written(
    commits: &[&Commit],
    first_position: Position,
    recorded_at: DateTime<Utc>,
) -> Vec<Option<Verdict>> {
    let mut next = first_position;
    let verdict = |commit: &&Commit| {
        let accepted = accepted(next, commit.events.len(), recorded_at);
        next = accepted.last_position + 1;
        Some(Verdict::Accepted(accepted))
    };
    commits.iter().map(verdict).collect()
}

fn refusals(commits: &[&Commit], refused: Answer) -> Result<Vec<Option<Verdict>>, sqlx::Error> {
    let mut verdicts: Vec<Option<Verdict>> = commits.iter().map(|_| None).collect();
    for row in refused.moved.into_iter().flatten() {
        let moved = MovedStream {
            aggregate_type: row.aggregate_type,
            id: row.aggregate_id,
            from: row.version,
            events: row.events.unwrap_or_default(),
        };
        match &mut verdicts[row.commit - 1] {
            Some(Verdict::Moved(streams)) => streams.push(moved),
            slot => *slot = Some(Verdict::Moved(vec![moved])),
        }
    }
    for row in refused.applied.into_iter().flatten() {
        let events = commits[row.commit - 1].events.len();
        verdicts[row.commit - 1] =
            Some(Verdict::AlreadyApplied(accepted(row.first_position, events, row.recorded_at)));
    }
    for row in refused.keys.into_iter().flatten() {
        let wrapped =
            row.wrapped.map(hex::decode).transpose().map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
        let key = RightKey { subject: row.subject, key_id: row.key, wrapped };
        match &mut verdicts[row.commit - 1] {
            Some(Verdict::WrongKeys(keys)) => keys.push(key),
            slot => *slot = Some(Verdict::WrongKeys(vec![key])),
        }
    }
    Ok(verdicts)
}

fn accepted(first_position: Position, events: usize, recorded_at: DateTime<Utc>) -> Accepted {
    Accepted { first_position, last_position: first_position + events as Position - 1, recorded_at }
}

/// The rows that `append_events` takes, by the names of their types in `migrations/0001_event_log.sql`.
macro_rules! rows {
    ($($row:ident$(<$life:lifetime>)? = $name:literal { $($field:ident: $type:ty),* $(,)? })*) => {$(
        #[derive(sqlx::Encode)]
        struct $row$(<$life>)? { $($field: $type),* }

        impl$(<$life>)? sqlx::Type<sqlx::Postgres> for $row$(<$life>)? {
            fn type_info() -> PgTypeInfo { PgTypeInfo::with_name($name) }
        }

        impl$(<$life>)? PgHasArrayType for $row$(<$life>)? {
            fn array_type_info() -> PgTypeInfo { PgTypeInfo::with_name(concat!("_", $name)) }
        }
    )*};
}

rows! {
    NewCommitRow = "new_commit" { id: Uuid, tenant_id: Uuid }
    LoadedStreamRow<'a> = "loaded_stream" { commit: i32, aggregate_type: &'a str, aggregate_id: String, version: i64 }
    NewEventRow<'a> = "new_event" {
        commit: i32, aggregate_type: &'a str, aggregate_id: String, sequence: i64, event_id: Uuid, event_type: &'a str,
        event_version: &'a str, payload: &'a str, metadata: &'a str, last_in_commit: bool,
    }
    SubjectKeyRow<'a> = "subject_key" { commit: i32, subject_id: Uuid, key_id: Uuid, wrapped_key: &'a [u8] }
    WebhookBodyRow<'a> = "webhook_body" { commit: i32, delivery_id: Uuid, body: &'a [u8], expires_at: DateTime<Utc> }
}
