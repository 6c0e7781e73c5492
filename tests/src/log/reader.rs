//! Whatever writers do, a reader that asks for what comes after its position gets everything once, in order,
//! commit by commit.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use cqrs_es::Aggregate;
use frontdesk_adapters::crypto::MasterKey;
use frontdesk_adapters::event_log::EventLog;
use frontdesk_adapters::event_log::append::{self, Verdict};
use frontdesk_adapters::event_log::subscribe::Wakeups;
use frontdesk_adapters::supervisor::Supervisor;
use frontdesk_domain::booking::appointment::Appointment;
use frontdesk_domain::kernel::ids::StreamId;
use frontdesk_domain::kernel::recorded::{Batch, Position, Stream};
use serde_json::json;
use sqlx::postgres::PgListener;
use sqlx::{Connection, PgConnection, PgPool};
use tokio::sync::watch;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::support::commits::{accepted, commit, new_commit, new_stream, old_events, sound_rows, tenant};
use crate::support::database::TestDatabase;
use crate::support::locks::until_waiting;
use crate::support::process::Process;
use crate::support::within;

/// How a writer's transaction ends.
#[derive(Debug, Clone, Copy)]
enum Ending {
    Commits,
    RollsBack,
    IsKilled,
    /// The client goes away.
    Dies,
}

/// Appends in a transaction of its own that stays open for a while. The commit's id, if it stands.
async fn append_late(database: &TestDatabase, ending: Ending) -> Option<Uuid> {
    let mut connection = database.as_application().await;
    let pid: i32 =
        sqlx::query_scalar("select pg_backend_pid()").fetch_one(&mut connection).await.expect("a pid");
    let written = new_commit(rand::random_range(1..4));
    let mut transaction = connection.begin().await.expect("begun");
    let verdicts = append::append(&mut transaction, &[&written]).await.expect("appended");
    assert!(matches!(verdicts[..], [Some(Verdict::Accepted(_))]));
    tokio::time::sleep(Duration::from_millis(rand::random_range(0..6))).await;
    match ending {
        Ending::Commits => {
            transaction.commit().await.expect("committed");
            Some(written.id.uuid())
        }
        Ending::RollsBack => {
            transaction.rollback().await.expect("rolled back");
            None
        }
        Ending::IsKilled => {
            terminate(database, pid).await;
            transaction.commit().await.expect_err("the connection is gone");
            None
        }
        Ending::Dies => {
            std::mem::forget(transaction);
            connection.close_hard().await.expect("closed");
            None
        }
    }
}

async fn terminate(database: &TestDatabase, pid: i32) {
    let mut owner = database.as_owner().await;
    sqlx::query("select pg_terminate_backend($1)").bind(pid).execute(&mut owner).await.expect("terminated");
}

/// Reads from the beginning until everything is written and read.
async fn follow(log: EventLog, limit: i64, everything: watch::Receiver<Option<Position>>) -> Vec<Batch> {
    let (mut after, mut batches) = (0, Vec::new());
    while *everything.borrow() != Some(after) {
        match log.read_after(after, limit, None).await.expect("the log can be read") {
            Some(batch) => {
                assert!(batch.through > after, "a batch moves on");
                after = batch.through;
                batches.push(batch);
            }
            None => tokio::task::yield_now().await,
        }
    }
    batches
}

/// Says that batches hold exactly what the log holds, in order, without splitting a commit.
async fn assert_complete(pool: &PgPool, batches: &[Batch]) {
    let stored: Vec<(i64, Uuid)> =
        sound_rows(pool).await.iter().map(|row| (row.position, row.event_id)).collect();
    let read: Vec<(i64, Uuid)> = batches
        .iter()
        .flat_map(|batch| &batch.events)
        .map(|event| (event.position, event.event_id.uuid()))
        .collect();
    assert_eq!(read, stored);
    for batch in batches {
        let last = batch.events.last().expect("no batch is empty");
        assert!(last.last_in_commit, "a batch ends with a commit");
        assert_eq!(last.position, batch.through);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscriber_misses_repeats_and_reorders_nothing_while_writers_commit_late_roll_back_or_die() {
    let database = Arc::new(TestDatabase::create().await);
    let master = MasterKey::generate();
    let reader = Process::start(&database, &master);
    let (everything, written) = watch::channel(None);
    let mut readers = JoinSet::new();
    for limit in [1, 3, 1_000] {
        readers.spawn(follow(reader.log.clone(), limit, written.clone()));
    }

    let mut writers = JoinSet::new();
    for number in 0..6 {
        let database = database.clone();
        writers.spawn(async move {
            let mut stand = Vec::new();
            for turn in 0..12 {
                let endings = [Ending::Commits, Ending::RollsBack, Ending::IsKilled, Ending::Dies];
                stand.extend(append_late(&database, endings[(number + turn) % endings.len()]).await);
            }
            stand
        });
    }
    for process in [Process::start(&database, &master), Process::start(&database, &master)] {
        for _ in 0..8 {
            let appender = process.appender().clone();
            writers.spawn(async move {
                let mut stand = Vec::new();
                for _ in 0..12 {
                    let written = new_commit(rand::random_range(1..5));
                    accepted(&appender, &written).await;
                    stand.push(written.id.uuid());
                }
                stand
            });
        }
    }
    let acknowledged: BTreeSet<Uuid> = within(writers.join_all()).await.into_iter().flatten().collect();

    let head = reader.log.head().await.expect("a head");
    everything.send_replace(Some(head));
    for batches in within(readers.join_all()).await {
        assert_complete(&database.pool, &batches).await;
    }
    let standing: BTreeSet<Uuid> = sound_rows(&database.pool).await.iter().map(|row| row.commit_id).collect();
    assert_eq!(standing, acknowledged, "what was acknowledged stands, and nothing else");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_transaction_holds_back_all_that_is_written_after_it() {
    let database = TestDatabase::create().await;
    let process = Process::start(&database, &MasterKey::generate());
    let (early, late) = (new_commit(2), new_commit(1));
    let mut connection = database.as_application().await;
    let mut transaction = connection.begin().await.expect("begun");
    append::append(&mut transaction, &[&early]).await.expect("appended");
    let second = tokio::spawn({
        let (appender, late) = (process.appender().clone(), late.clone());
        async move { accepted(&appender, &late).await }
    });
    until_waiting(&database.pool, 1).await;
    assert_eq!(
        process.log.read_after(0, 10, None).await.expect("readable"),
        None,
        "nothing is visible ahead of it"
    );

    transaction.commit().await.expect("committed");
    assert_eq!(within(second).await.expect("accepted").first_position, 3);
    let batch = process.log.read_after(0, 10, None).await.expect("readable").expect("three events");
    assert_complete(&database.pool, &[batch]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_that_dies_leaves_neither_a_gap_nor_a_lock() {
    let database = TestDatabase::create().await;
    let process = Process::start(&database, &MasterKey::generate());
    for ending in [Ending::IsKilled, Ending::Dies, Ending::RollsBack] {
        let before = process.log.head().await.expect("a head");
        append_late(&database, ending).await;
        let after = within(accepted(process.appender(), &new_commit(1))).await;
        assert_eq!(after.first_position, before + 1, "{ending:?}");
    }
    sound_rows(&database.pool).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_about_as_long_as_was_asked_and_never_splits_a_commit() {
    let database = TestDatabase::create().await;
    let process = Process::start(&database, &MasterKey::generate());
    for events in [3, 1, 4, 1] {
        accepted(process.appender(), &new_commit(events)).await;
    }
    for (after, limit, through) in
        [(0, 1, 3), (0, 3, 3), (0, 4, 4), (0, 7, 4), (0, 8, 8), (0, 99, 9), (3, 1, 4), (4, 2, 8), (8, 5, 9)]
    {
        let batch = process.log.read_after(after, limit, None).await.expect("readable").expect("a batch");
        let positions: Vec<Position> = batch.events.iter().map(|event| event.position).collect();
        assert_eq!(positions, (after + 1..=through).collect::<Vec<_>>(), "{limit} after {after}");
    }
    assert_eq!(process.log.read_after(9, 5, None).await.expect("readable"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_bounded_by_bytes_and_a_larger_commit_comes_alone() {
    const MIB: usize = 1 << 20;
    let database = TestDatabase::create().await;
    let process = Process::start(&database, &MasterKey::generate());
    for bytes in [MIB / 2, MIB / 2, MIB / 2, MIB, 5 * MIB, 10, 10] {
        let mut large = new_commit(1);
        large.events[0].payload = json!({ "text": noise(bytes) }).to_string();
        accepted(process.appender(), &large).await;
    }
    let mut through = 0;
    for (reached, more) in [(3, true), (4, true), (5, true), (7, false)] {
        let batch = process.log.read_after(through, 1_000, None).await.expect("readable").expect("a batch");
        assert_eq!((batch.through, batch.more), (reached, more), "after {through}");
        assert_eq!(batch.events.len() as i64, reached - through);
        through = reached;
    }
    // What a reader does not want weighs nothing.
    let batch = process.log.read_after(0, 1_000, Some(&["memo"])).await.expect("readable").expect("a batch");
    assert_eq!((batch.events.len(), batch.through), (0, 7));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_command_stays_in_the_database_until_somebody_asks_for_it() {
    let database = TestDatabase::create().await;
    let process = Process::start(&database, &MasterKey::generate());
    let (small, large) = (noise(100), noise(100_000));
    for command in [&small, &large] {
        let mut commit = new_commit(1);
        let said = json!({ "decided_at": "2026-01-05T08:00:00Z", "command": command });
        commit.events[0].metadata = said.to_string();
        accepted(process.appender(), &commit).await;
    }
    let events = process.log.read_after(0, 10, None).await.expect("readable").expect("a batch").events;
    let said = |name| events.iter().map(|event| event.metadata.get(name)).collect::<Vec<_>>();
    assert_eq!(said("command"), [Some(small.as_str()), None]);
    assert_eq!(said("decided_at"), [Some("2026-01-05T08:00:00Z"); 2]);
    let last = &events[1];
    let stream = Stream { aggregate_type: "note", id: last.aggregate_id };
    let whole = process.log.commits_of(last.tenant, stream).await.expect("readable");
    assert_eq!(whole[0].metadata.get("command"), Some(large.as_str()));
}

/// A text that cannot be compressed, as encrypted ones are.
fn noise(bytes: usize) -> String {
    (0..bytes).map(|_| char::from(rand::random_range(b'a'..=b'z'))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_of_some_aggregates_moves_past_the_others() {
    let database = TestDatabase::create().await;
    let process = Process::start(&database, &MasterKey::generate());
    let other = |stream: Stream| Stream { aggregate_type: "memo", ..stream };
    for stream in [new_stream(), other(new_stream()), new_stream()] {
        accepted(process.appender(), &commit(&[(stream, 0, 2)])).await;
    }
    let read = async |after| process.log.read_after(after, 4, Some(&["memo"])).await.expect("readable");
    let first = read(0).await.expect("a batch");
    let positions: Vec<Position> = first.events.iter().map(|event| event.position).collect();
    assert_eq!((positions, first.through), (vec![3, 4], 4));
    assert_eq!(read(4).await, Some(Batch { events: vec![], unreadable: vec![], through: 6, more: false }));
    assert_eq!(read(6).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_processes_are_told_that_the_log_has_grown() {
    let database = TestDatabase::create().await;
    let process = Process::start(&database, &MasterKey::generate());
    let mut listener = PgListener::connect_with(&database.pool).await.expect("a connection");
    listener.listen("frontdesk_log").await.expect("listening");
    let supervisor = Supervisor::default();
    let mut wakeups = Wakeups::start(&process.log, &supervisor);
    let written = accepted(process.appender(), &new_commit(3)).await;
    let told = within(listener.recv()).await.expect("a notification");
    assert_eq!(told.payload(), written.last_position.to_string());
    within(wakeups.beyond(written.last_position - 1)).await;
    supervisor.stop().await;
}

/// A connection that is dropped in a transaction must not be taken for one that has committed.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_committed_is_never_visible_to_a_reader() {
    let database = TestDatabase::create().await;
    let process = Process::start(&database, &MasterKey::generate());
    let mut connection: PgConnection = database.as_application().await;
    let mut transaction = connection.begin().await.expect("begun");
    append::append(&mut transaction, &[&new_commit(5)]).await.expect("appended");
    assert_eq!(process.log.head().await.expect("a head"), 0);
    assert_eq!(process.log.read_after(0, 10, None).await.expect("readable"), None);
    transaction.rollback().await.expect("rolled back");
    assert_eq!(process.log.head().await.expect("a head"), 0);
}

/// Its payload may look like one of today's.
#[tokio::test(flavor = "multi_thread")]
async fn an_event_in_a_version_that_this_release_does_not_know_is_not_read_as_one_of_its_own() {
    let database = TestDatabase::create().await;
    let process = Process::start(&database, &MasterKey::generate());
    let stream = Stream { aggregate_type: Appointment::TYPE, id: Uuid::now_v7() };
    let lapsed = |version| (stream, version, json!({ "type": "HoldLapsed" }));
    let mut later = old_events(tenant(), &[lapsed(1)]);
    later.events[0].event_version = "2".into();
    accepted(process.appender(), &old_events(tenant(), &[lapsed(0)])).await;
    accepted(process.appender(), &later).await;
    let batch = process.log.read_after(0, 10, None).await.expect("readable").expect("a batch");
    assert_eq!(batch.events.iter().map(|event| event.position).collect::<Vec<_>>(), [1]);
    assert_eq!((batch.unreadable.len(), batch.through), (1, 2));
    let error = &batch.unreadable[0].error;
    assert!(error.contains("it is in version 2, and this release reads version 1"), "{error}");
}
