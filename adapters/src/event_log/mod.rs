//! The log: append, load and subscribe.
//!
//! * [`commits`]: writing a commit, from plain text to its outcome;
//! * [`append`]: what a commit is, and the one round trip that writes a batch of them;
//! * [`appender`]: the task that gathers commits into batches and tells each caller its own verdict;
//! * [`rows`]: stored rows, and loading many streams in one query;
//! * [`attachments`]: what is kept beside the log for a while;
//! * [`codec`] and [`keys`]: people's data, encrypted on the way in and decrypted on the way out;
//! * [`subscribe`]: reading the log in order;
//! * [`repository`]: `cqrs_es`'s view of it.
//!
//! [`EventLog`] puts them together.

pub mod append;
pub mod appender;
pub mod attachments;
pub mod codec;
pub mod commits;
pub mod keys;
pub mod repository;
pub mod rows;
pub mod subscribe;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use frontdesk_domain::kernel::ids::{BusinessId, CommitId, EventId, StreamId};
use frontdesk_domain::kernel::metadata::{COMMAND, Metadata};
use frontdesk_domain::kernel::personal::{SubjectId, TAG};
use frontdesk_domain::kernel::recorded::{Position, RecordedEvent, Stream, Unreadable};
use frontdesk_domain::kernel::upcast::{Upcast, Upcaster, check_known, upcast};
use frontdesk_domain::registry::{UPCASTERS, aggregate_type};
use serde_json::Value;
use sqlx::PgPool;
use uuid::Uuid;

use crate::crypto::WrappingKeys;
use append::{Accepted, Commit, Expectation, NewEvent, StoredAttachment};
use appender::{AppendError, Appender};
use codec::{Erased, Place};
use keys::{Key, KeyError, KeyRing, UsedKeys};
use rows::StoredEvent;

/// Where the command of a commit stands, for its personal leaves: in the metadata of its first event.
const COMMAND_PART: &str = "command";
const PAYLOAD_PART: &str = "payload";

/// An event to be written, in plain text.
#[derive(Debug, Clone)]
pub struct DraftEvent {
    pub stream: Stream,
    pub sequence: i64,
    pub id: EventId,
    pub event_type: String,
    pub event_version: String,
    pub payload: Value,
    pub metadata: Metadata,
}

/// Something that is kept beside the log for a while, in plain text.
#[derive(Debug, Clone)]
pub struct DraftAttachment {
    /// The stream that it belongs to.
    pub of: Uuid,
    pub subject: SubjectId,
    pub content: Arc<Vec<u8>>,
    pub expires_at: DateTime<Utc>,
}

/// A commit in plain text.
#[derive(Debug, Clone)]
pub struct Draft {
    pub id: CommitId,
    pub tenant: BusinessId,
    pub expectations: Vec<Expectation>,
    pub events: Vec<DraftEvent>,
    /// Recorded with the first event.
    pub command: Value,
    /// Whom the command's personal leaves are about.
    pub command_subject: SubjectId,
    pub attachments: Vec<DraftAttachment>,
}

/// What became of a draft.
#[derive(Debug)]
pub enum Outcome {
    Committed(Accepted),
    /// Nothing was written; this is what happened on the streams that moved. A stream of which too much
    /// happened comes without events and must be loaded again.
    Moved(Vec<Moved>),
}

#[derive(Debug)]
pub struct Moved {
    pub aggregate_type: String,
    pub id: Uuid,
    pub from: i64,
    pub events: StreamEvents,
}

/// The events of one stream after some version.
#[derive(Debug, Clone, Default)]
pub struct StreamEvents {
    /// The number of the last stored event; upcasting may turn one into none or several.
    pub version: i64,
    pub events: Vec<RecordedEvent>,
}

#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    #[error(transparent)]
    Append(#[from] AppendError),
    #[error(transparent)]
    Erased(#[from] Erased),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("other processes keep giving the same people new keys")]
    KeyContention,
}

#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("the log cannot be read")]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// The event log of a deployment. Clones share everything.
#[derive(Debug, Clone)]
pub struct EventLog {
    pool: PgPool,
    appender: Appender,
    ring: KeyRing,
    upcasters: &'static [Upcaster],
}

impl EventLog {
    pub fn new(pool: PgPool, appender: Appender, wrapping: WrappingKeys) -> Self {
        let ring = KeyRing::new(pool.clone(), wrapping);
        Self { pool, appender, ring, upcasters: UPCASTERS }
    }

    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    pub fn appender(&self) -> &Appender {
        &self.appender
    }

    pub fn ring(&self) -> &KeyRing {
        &self.ring
    }

    /// The events of several streams, each after a version, in one round trip (two where keys must be
    /// fetched).
    pub async fn load(&self, streams: &[(Stream, i64)]) -> Result<HashMap<Stream, StreamEvents>, ReadError> {
        let rows = rows::load(&self.pool, streams).await?;
        let mut by_stream: HashMap<(String, String), Vec<StoredEvent>> = HashMap::new();
        for row in rows {
            by_stream.entry((row.aggregate_type.clone(), row.aggregate_id.clone())).or_default().push(row);
        }
        let mut loaded = HashMap::with_capacity(streams.len());
        for (stream, version) in streams {
            let rows = by_stream
                .remove(&(stream.aggregate_type.to_owned(), stream.id.to_string()))
                .unwrap_or_default();
            loaded.insert(*stream, self.decode_stream(*version, rows).await?);
        }
        Ok(loaded)
    }

    /// The current versions of several streams, in their order.
    pub async fn versions(&self, streams: &[Stream]) -> Result<Vec<i64>, ReadError> {
        Ok(rows::versions(&self.pool, streams).await?)
    }

    /// Where the last event of a stream stands.
    pub async fn position_of(&self, stream: Stream) -> Result<Option<Position>, ReadError> {
        Ok(rows::position_of(&self.pool, stream).await?)
    }

    /// Every event of a stream of this tenant, and every event that was committed together with one, in the
    /// order of the log.
    pub async fn commits_of(
        &self,
        tenant: BusinessId,
        stream: Stream,
    ) -> Result<Vec<RecordedEvent>, ReadError> {
        self.decode(rows::commits_of(&self.pool, tenant, stream).await?).await
    }

    async fn decode_stream(&self, from: i64, rows: Vec<StoredEvent>) -> Result<StreamEvents, ReadError> {
        let version = rows.last().map_or(from, |row| row.sequence);
        Ok(StreamEvents { version, events: self.decode(rows).await? })
    }

    /// Rows to events: keys, decrypt, upcast. The first one that cannot be read is an error.
    pub async fn decode(&self, rows: Vec<StoredEvent>) -> Result<Vec<RecordedEvent>, ReadError> {
        let mut events = Vec::with_capacity(rows.len());
        for (_, decoded) in self.decode_each(rows).await? {
            events.extend(decoded?);
        }
        Ok(events)
    }

    /// Each row with its events, or with the reason why it cannot be read.
    pub async fn decode_each(
        &self,
        rows: Vec<StoredEvent>,
    ) -> Result<Vec<(StoredEvent, Result<Vec<RecordedEvent>, Unreadable>)>, ReadError> {
        let mut documents = Vec::with_capacity(rows.len());
        let mut owners = BTreeSet::new();
        for row in &rows {
            let text = row.payload.0.get();
            let mut document = serde_json::from_str::<Value>(text).map_err(|error| unreadable(row, error));
            let personal = text.contains(TAG);
            if let (true, Ok(document)) = (personal, &mut document) {
                let mut subjects = BTreeSet::new();
                codec::subjects(document, &mut subjects);
                owners.extend(
                    subjects.into_iter().map(|subject| (BusinessId::from_uuid(row.tenant_id), subject)),
                );
            }
            documents.push((document, personal));
        }
        let keys = self.ring.fetch(owners).await?;
        let decoded = rows.into_iter().zip(documents).map(|(row, (document, personal))| {
            let events = document.and_then(|mut document| {
                if personal {
                    codec::open(&keys, place(&row, PAYLOAD_PART), &mut document)
                        .map_err(|error| unreadable(&row, error))?;
                }
                self.upcast(&row, document)
            });
            (row, events)
        });
        Ok(decoded.collect())
    }

    /// The command that a commit was decided on, from the metadata of its first event.
    pub async fn command_of(&self, event: &RecordedEvent) -> Result<Option<Value>, ReadError> {
        let Some(text) = event.metadata.get(COMMAND) else { return Ok(None) };
        let bad = |reason: String| Unreadable {
            position: event.position,
            event_type: event.event_type.clone(),
            reason,
        };
        let mut command: Value = serde_json::from_str(text).map_err(|error| bad(error.to_string()))?;
        let mut subjects = BTreeSet::new();
        codec::subjects(&mut command, &mut subjects);
        let owners = subjects.into_iter().map(|subject| (event.tenant, subject)).collect();
        let keys = self.ring.fetch(owners).await?;
        let place = Place { tenant: event.tenant, event: event.event_id, part: COMMAND_PART };
        codec::open(&keys, place, &mut command).map_err(bad)?;
        Ok(Some(command))
    }

    fn upcast(&self, row: &StoredEvent, payload: Value) -> Result<Vec<RecordedEvent>, Unreadable> {
        let metadata: Metadata =
            serde_json::from_str(row.metadata.0.get()).map_err(|error| unreadable(row, error))?;
        let aggregate_id = row.aggregate_id.parse().map_err(|error: uuid::Error| unreadable(row, error))?;
        let stored =
            Upcast { event_type: row.event_type.clone(), version: row.event_version.clone(), payload };
        let upcast =
            upcast(self.upcasters, &row.aggregate_type, stored).map_err(|error| unreadable(row, error))?;
        if let Some(aggregate) = aggregate_type(&row.aggregate_type) {
            for event in &upcast {
                check_known(aggregate.version_of, event).map_err(|error| unreadable(row, error))?;
            }
        }
        let recorded = |event: Upcast| RecordedEvent {
            position: row.position,
            tenant: BusinessId::from_uuid(row.tenant_id),
            aggregate_type: row.aggregate_type.clone(),
            aggregate_id,
            sequence: row.sequence,
            event_id: EventId::from_uuid(row.event_id),
            event_type: event.event_type,
            payload: event.payload,
            metadata: metadata.clone(),
            commit_id: CommitId::from_uuid(row.commit_id),
            last_in_commit: row.last_in_commit,
            recorded_at: row.recorded_at,
        };
        Ok(upcast.into_iter().map(recorded).collect())
    }

    fn encode(&self, draft: &Draft) -> Result<(Commit, UsedKeys), Erased> {
        let mut used = UsedKeys::new();
        let mut events = Vec::with_capacity(draft.events.len());
        for (index, event) in draft.events.iter().enumerate() {
            let mut payload = event.payload.clone();
            let place = |part| Place { tenant: draft.tenant, event: event.id, part };
            codec::seal(&self.ring, place(PAYLOAD_PART), draft.command_subject, &mut payload, &mut used)?;
            let mut metadata = event.metadata.clone();
            if index == 0 {
                let mut command = draft.command.clone();
                codec::seal(&self.ring, place(COMMAND_PART), draft.command_subject, &mut command, &mut used)?;
                metadata.set(COMMAND, command);
            }
            events.push(NewEvent {
                stream: event.stream,
                sequence: event.sequence,
                id: event.id,
                event_type: event.event_type.clone(),
                event_version: event.event_version.clone(),
                payload: payload.to_string(),
                metadata: serde_json::to_string(&metadata).expect("a map of strings is JSON"),
            });
        }
        let mut attachments = Vec::with_capacity(draft.attachments.len());
        for DraftAttachment { of, subject, content, expires_at } in &draft.attachments {
            let key = match self.ring.for_writing((draft.tenant, *subject)) {
                Key::Present(key) => used.entry(*subject).or_insert(key).clone(),
                Key::Destroyed => return Err(Erased(*subject)),
            };
            let content = key.secret.seal(&attachment_place(draft.tenant, *of), content);
            attachments.push(StoredAttachment { of: *of, content, expires_at: *expires_at });
        }
        let keys = used.iter().map(|(subject, key)| key.as_stored(*subject)).collect();
        let expectations = draft.expectations.clone();
        let commit = Commit { id: draft.id, tenant: draft.tenant, expectations, events, keys, attachments };
        Ok((commit, used))
    }

    /// What is attached to a stream, if its retention has not ended and its subject's key exists.
    pub async fn attachment(
        &self,
        tenant: BusinessId,
        of: Uuid,
        subject: SubjectId,
    ) -> Result<Option<Vec<u8>>, ReadError> {
        let Some(sealed) = attachments::find(&self.pool, tenant, of).await? else { return Ok(None) };
        let keys = self.ring.fetch(BTreeSet::from([(tenant, subject)])).await?;
        match keys.get((tenant, subject))? {
            Some(Key::Present(key)) => {
                let content = key.secret.open(&attachment_place(tenant, of), &sealed);
                Ok(Some(content.map_err(|_| KeyError::WrongMasterKey)?))
            }
            Some(Key::Destroyed) | None => Ok(None),
        }
    }

    /// Which log this is: a position means something in one epoch only.
    pub async fn epoch(&self) -> Result<Uuid, ReadError> {
        Ok(sqlx::query_scalar("select epoch from log_epoch").fetch_one(&self.pool).await?)
    }

    /// A log that keeps so many keys of people, for tests of what rests on that.
    pub fn with_keys_kept(&self, keys_max: u64) -> Self {
        Self { ring: self.ring.keeping(keys_max), ..self.clone() }
    }

    /// A log on other upcasters, for tests of upcasting.
    pub fn with_upcasters(&self, upcasters: &'static [Upcaster]) -> Self {
        Self { upcasters, ..self.clone() }
    }
}

fn place<'a>(row: &StoredEvent, part: &'a str) -> Place<'a> {
    Place { tenant: BusinessId::from_uuid(row.tenant_id), event: EventId::from_uuid(row.event_id), part }
}

fn attachment_place(tenant: BusinessId, of: Uuid) -> Vec<u8> {
    [b"body".as_slice(), tenant.uuid().as_bytes(), of.as_bytes()].concat()
}

fn unreadable(row: &StoredEvent, reason: impl std::fmt::Display) -> Unreadable {
    Unreadable { position: row.position, event_type: row.event_type.clone(), reason: reason.to_string() }
}

/// Shared by everything that reads the log on somebody's behalf.
pub type SharedLog = Arc<EventLog>;
