//! Commits as they go out, built by hand, and rows as they stand.

use std::collections::HashMap;
use std::time::Duration;

use frontdesk_adapters::event_log::append::{Accepted, Commit, Expectation, NewEvent, Verdict};
use frontdesk_adapters::event_log::appender::{AppendError, Appender, Priority};
use frontdesk_adapters::event_log::rows::StoredEvent;
use frontdesk_domain::kernel::ids::{BusinessId, CommitId, EventId, StreamId};
use frontdesk_domain::kernel::recorded::Stream;
use serde_json::Value;
use sqlx::PgPool;
use tokio::time::Instant;
use uuid::Uuid;

use super::{SOME_TIME, within};

pub fn tenant() -> BusinessId {
    BusinessId::from_uuid(Uuid::from_u128(1))
}

pub fn new_stream() -> Stream {
    Stream { aggregate_type: "note", id: Uuid::now_v7() }
}

pub fn deadline() -> Instant {
    Instant::now() + SOME_TIME
}

fn event(stream: Stream, sequence: i64) -> NewEvent {
    NewEvent {
        stream,
        sequence,
        id: EventId::from_uuid(Uuid::now_v7()),
        event_type: "Noted".into(),
        event_version: "1".into(),
        payload: format!(r#"{{"type":"Noted","sequence":{sequence}}}"#),
        metadata: r#"{"actor_kind":"system"}"#.into(),
    }
}

/// Some events for each stream, which stands at a version.
pub fn commit(parts: &[(Stream, i64, i64)]) -> Commit {
    Commit {
        id: CommitId::from_uuid(Uuid::now_v7()),
        tenant: tenant(),
        expectations: parts
            .iter()
            .map(|(stream, version, _)| Expectation { stream: *stream, version: *version })
            .collect(),
        events: parts
            .iter()
            .flat_map(|(stream, version, count)| {
                (1..=*count).map(move |place| event(*stream, version + place))
            })
            .collect(),
        keys: Vec::new(),
        attachments: Vec::new(),
    }
}

/// Some events on a stream of their own.
pub fn new_commit(events: i64) -> Commit {
    commit(&[(new_stream(), 0, events)])
}

/// Events of a tenant, as an earlier release stored them, each on a stream that stands at a version. Their
/// type stands in their payload.
pub fn old_events(tenant: BusinessId, events: &[(Stream, i64, Value)]) -> Commit {
    let expectation =
        |(stream, version, _): &(Stream, i64, Value)| Expectation { stream: *stream, version: *version };
    let new = |(stream, version, payload): &(Stream, i64, Value)| NewEvent {
        event_type: payload["type"].as_str().expect("a type").to_owned(),
        payload: payload.to_string(),
        ..event(*stream, version + 1)
    };
    Commit {
        id: CommitId::from_uuid(Uuid::now_v7()),
        tenant,
        expectations: events.iter().map(expectation).collect(),
        events: events.iter().map(new).collect(),
        keys: Vec::new(),
        attachments: Vec::new(),
    }
}

pub async fn append(appender: &Appender, commit: &Commit) -> Result<Verdict, AppendError> {
    appender.append(commit.clone(), Priority::Normal, deadline()).await
}

pub fn soon() -> Instant {
    Instant::now() + Duration::from_millis(50)
}

/// What becomes of a commit that has little time. A busy machine may not get to it in time at all; then it is
/// given again.
pub async fn append_soon(appender: &Appender, commit: &Commit) -> Result<Verdict, AppendError> {
    loop {
        match within(appender.append(commit.clone(), Priority::Normal, soon())).await {
            Err(AppendError::Overloaded) => {}
            verdict => return verdict,
        }
    }
}

/// Appends, and says where it stands.
pub async fn accepted(appender: &Appender, commit: &Commit) -> Accepted {
    match append(appender, commit).await {
        Ok(Verdict::Accepted(accepted)) => accepted,
        other => panic!("accepted, not {other:?}"),
    }
}

pub fn event_ids(commit: &Commit) -> Vec<Uuid> {
    commit.events.iter().map(|event| event.id.uuid()).collect()
}

/// The whole log.
pub async fn rows(pool: &PgPool) -> Vec<StoredEvent> {
    sqlx::query_as("select * from events order by position").fetch_all(pool).await.expect("the log")
}

/// What holds for every log, whatever was written to it: positions are dense, commits stand together and end
/// where they say, streams are numbered without gaps, and time does not run backwards.
pub async fn sound_rows(pool: &PgPool) -> Vec<StoredEvent> {
    let rows = rows(pool).await;
    let mut versions: HashMap<(&str, &str), i64> = HashMap::new();
    for (row, position) in rows.iter().zip(1..) {
        assert_eq!(row.position, position, "positions are dense");
        let version = versions.entry((&row.aggregate_type, &row.aggregate_id)).or_default();
        *version += 1;
        assert_eq!(row.sequence, *version, "streams are numbered without gaps, in the order of positions");
    }
    for pair in rows.windows(2) {
        assert_eq!(pair[0].last_in_commit, pair[0].commit_id != pair[1].commit_id, "commits stand together");
        assert!(pair[0].recorded_at <= pair[1].recorded_at, "time does not run backwards");
    }
    let mut ended: Vec<Uuid> =
        rows.iter().filter(|row| row.last_in_commit).map(|row| row.commit_id).collect();
    assert!(rows.last().is_none_or(|row| row.last_in_commit), "the last commit is whole");
    let commits = ended.len();
    ended.sort_unstable();
    ended.dedup();
    assert_eq!(ended.len(), commits, "a commit stands in one place");
    rows
}

/// The events of a commit as they stand in the log.
pub async fn stored(pool: &PgPool, commit: &Commit) -> Vec<StoredEvent> {
    let mut rows = rows(pool).await;
    rows.retain(|row| row.commit_id == commit.id.uuid());
    rows
}

/// Says that a commit stands in the log once, where its verdict says.
pub async fn assert_stands(pool: &PgPool, commit: &Commit, accepted: Accepted) {
    let rows = stored(pool, commit).await;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.event_id).collect();
    assert_eq!(ids, event_ids(commit), "all of its events, in order, once");
    let positions: Vec<i64> = rows.iter().map(|row| row.position).collect();
    assert_eq!(positions, (accepted.first_position..=accepted.last_position).collect::<Vec<_>>());
    assert!(rows.iter().all(|row| row.recorded_at == accepted.recorded_at));
}
