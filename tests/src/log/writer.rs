//! Commits: all or nothing, on the versions they were decided on, at dense positions.

use std::collections::BTreeSet;

use frontdesk_adapters::crypto::MasterKey;
use frontdesk_adapters::event_log::append::{Accepted, Verdict};
use frontdesk_adapters::event_log::appender::{AppendError, COMMIT_EVENTS_MAX};
use frontdesk_domain::kernel::ids::{EventId, StreamId};
use frontdesk_domain::kernel::recorded::Position;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::support::commits::{
    accepted, append, assert_stands, commit, new_commit, new_stream, rows, sound_rows, stored,
};
use crate::support::database::TestDatabase;
use crate::support::locks::HeldLog;
use crate::support::process::Process;
use crate::support::within;

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_over_several_streams_is_written_whole_or_not_at_all() {
    let database = TestDatabase::create().await;
    let process = Process::start(&database, &MasterKey::generate());
    let (one, other, third) = (new_stream(), new_stream(), new_stream());
    accepted(process.appender(), &commit(&[(other, 0, 1)])).await;
    let stale = commit(&[(one, 0, 2), (other, 0, 1), (third, 0, 1)]);
    let Ok(Verdict::Moved(moved)) = append(process.appender(), &stale).await else {
        panic!("another has moved")
    };
    assert_eq!(moved.len(), 1);
    assert_eq!(
        (moved[0].id, moved[0].from, moved[0].events.len()),
        (other.id, 0, 1),
        "it comes with what has happened"
    );
    assert!(stored(&database.pool, &stale).await.is_empty(), "nothing of it is written");
    let current = commit(&[(one, 0, 2), (other, 1, 1), (third, 0, 1)]);
    let position = accepted(process.appender(), &current).await;
    assert_eq!((position.first_position, position.last_position), (2, 5));
    assert_stands(&database.pool, &current, position).await;
    sound_rows(&database.pool).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_was_only_read_must_not_have_moved_either() {
    let database = TestDatabase::create().await;
    let process = Process::start(&database, &MasterKey::generate());
    let (rules, agenda) = (new_stream(), new_stream());
    accepted(process.appender(), &commit(&[(rules, 0, 1)])).await;
    accepted(process.appender(), &commit(&[(agenda, 0, 1), (rules, 1, 0)])).await;
    accepted(process.appender(), &commit(&[(rules, 1, 2)])).await;
    for stale in [0, 1, 2, 4] {
        let decided = commit(&[(agenda, 1, 1), (rules, stale, 0)]);
        let Ok(Verdict::Moved(moved)) = append(process.appender(), &decided).await else {
            panic!("the rules have moved")
        };
        assert_eq!(moved.len(), 1);
        assert_eq!((moved[0].id, moved[0].from), (rules.id, stale));
        let news: Vec<i64> = moved[0].events.iter().map(|event| event.sequence).collect();
        assert_eq!(news, (stale + 1..=3).collect::<Vec<_>>());
        assert!(stored(&database.pool, &decided).await.is_empty());
    }
    accepted(process.appender(), &commit(&[(agenda, 1, 1), (rules, 3, 0)])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn positions_are_dense_under_64_writers_of_two_processes() {
    let database = TestDatabase::create().await;
    let master = MasterKey::generate();
    let processes = [Process::start(&database, &master), Process::start(&database, &master)];
    let mut writers = JoinSet::new();
    for number in 0..64 {
        let appender = processes[number % 2].appender().clone();
        writers.spawn(async move {
            let (stream, mut version, mut verdicts) = (new_stream(), 0, Vec::new());
            for _ in 0..10 {
                let events = rand::random_range(1..4);
                let written = commit(&[(stream, version, events), (new_stream(), 0, 1)]);
                verdicts.push((accepted(&appender, &written).await, written));
                version += events;
            }
            verdicts
        });
    }
    let verdicts = within(writers.join_all()).await.concat();
    let rows = sound_rows(&database.pool).await;
    assert_eq!(rows.len(), verdicts.iter().map(|(_, commit)| commit.events.len()).sum::<usize>());
    for (Accepted { first_position, last_position, recorded_at }, commit) in verdicts {
        let stands = &rows[first_position as usize - 1..last_position as usize];
        assert_eq!(stands.len(), commit.events.len());
        assert!(stands.iter().all(|row| row.commit_id == commit.id.uuid() && row.recorded_at == recorded_at));
        let ids = stands.iter().map(|row| row.event_id);
        assert!(
            ids.eq(commit.events.iter().map(|event| event.id.uuid())),
            "each verdict says where its own commit stands"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_commits_on_one_version_one_is_written() {
    let database = TestDatabase::create().await;
    let master = MasterKey::generate();
    let processes = [Process::start(&database, &master), Process::start(&database, &master)];
    let stream = new_stream();
    let held = HeldLog::of(&database).await;
    let mut writers = JoinSet::new();
    for number in 0..40 {
        let appender = processes[number % 2].appender().clone();
        writers
            .spawn(async move { append(&appender, &commit(&[(stream, 0, 1), (new_stream(), 0, 2)])).await });
    }
    held.until_waiting(2).await;
    held.let_go().await;
    let verdicts = within(writers.join_all()).await;
    let won = verdicts.iter().filter(|verdict| matches!(verdict, Ok(Verdict::Accepted(_)))).count();
    let lost = verdicts.iter().filter(|verdict| matches!(verdict, Ok(Verdict::Moved(_)))).count();
    assert_eq!((won, lost), (1, 39), "{verdicts:?}");
    assert_eq!(sound_rows(&database.pool).await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_is_sent_again_is_found_applied_where_it_stands() {
    let database = TestDatabase::create().await;
    let master = MasterKey::generate();
    let (one, other) = (Process::start(&database, &master), Process::start(&database, &master));
    let stream = new_stream();
    accepted(one.appender(), &new_commit(3)).await;
    let written = commit(&[(stream, 0, 2), (new_stream(), 0, 1)]);
    let first = accepted(one.appender(), &written).await;
    accepted(other.appender(), &commit(&[(stream, 2, 1)])).await;
    for process in [&one, &other] {
        match append(process.appender(), &written).await {
            Ok(Verdict::AlreadyApplied(again)) => assert_eq!(again, first),
            verdict => panic!("it stands already: {verdict:?}"),
        }
    }
    assert_stands(&database.pool, &written, first).await;
    assert_eq!(sound_rows(&database.pool).await.len(), 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_is_sent_twice_at_once_is_written_once() {
    let database = TestDatabase::create().await;
    let master = MasterKey::generate();
    let (one, other) = (Process::start(&database, &master), Process::start(&database, &master));
    let written = new_commit(2);
    let appenders = [one.appender(), one.appender(), other.appender(), other.appender()];
    let verdicts = futures::future::join_all(appenders.map(|appender| append(appender, &written))).await;
    let positions = |verdict: &Result<Verdict, AppendError>| match verdict {
        Ok(Verdict::Accepted(accepted) | Verdict::AlreadyApplied(accepted)) => *accepted,
        other => panic!("it stands: {other:?}"),
    };
    let places: BTreeSet<Position> =
        verdicts.iter().map(|verdict| positions(verdict).first_position).collect();
    assert_eq!(places.len(), 1);
    assert_eq!(verdicts.iter().filter(|verdict| matches!(verdict, Ok(Verdict::Accepted(_)))).count(), 1);
    assert_stands(&database.pool, &written, positions(&verdicts[0])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn recorded_time_does_not_run_backwards_when_the_clock_does() {
    let database = TestDatabase::create().await;
    let process = Process::start(&database, &MasterKey::generate());
    accepted(process.appender(), &new_commit(1)).await;
    // As if the server's clock had been an hour ahead and was set right.
    database.tamper("update events set recorded_at = recorded_at + interval '1 hour'").await;
    let ahead = rows(&database.pool).await[0].recorded_at;
    let next = accepted(process.appender(), &new_commit(1)).await;
    assert_eq!(next.recorded_at, ahead);
    sound_rows(&database.pool).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_postgresql_refuses_fails_alone_among_the_commits_of_its_batch() {
    let database = TestDatabase::create().await;
    let process = Process::start(&database, &MasterKey::generate());
    let earlier = new_commit(1);
    accepted(process.appender(), &earlier).await;

    let mut bad = [(); 7].map(|()| new_commit(2));
    bad[0].events[1].payload = "not json".into();
    bad[1].events[1].payload = "{\"nul\":\"\0\"}".into();
    bad[2].events[1].event_type = "Not\0ed".into();
    bad[3].events[1].metadata = String::new();
    // An event that stands already, and two events in one place of a stream.
    bad[4].events[1].id = earlier.events[0].id;
    bad[5].events[1].sequence = 1;
    // Deeper than PostgreSQL reads.
    bad[6].events[1].payload = "[".repeat(100_000) + &"]".repeat(100_000);

    let held = HeldLog::of(&database).await;
    let mut first = JoinSet::new();
    let mut batch = JoinSet::new();
    let spawn =
        |tasks: &mut JoinSet<_>, commit: frontdesk_adapters::event_log::append::Commit, is_bad: bool| {
            let appender = process.appender().clone();
            tasks.spawn(async move { (append(&appender, &commit).await, commit, is_bad) });
        };
    spawn(&mut first, new_commit(1), false);
    held.until_waiting(1).await;
    // The appender is busy now, so these make one batch.
    for bad in bad {
        spawn(&mut batch, new_commit(1), false);
        spawn(&mut batch, bad, true);
    }
    tokio::task::yield_now().await;
    held.let_go().await;
    for (verdict, commit, is_bad) in
        within(batch.join_all()).await.into_iter().chain(within(first.join_all()).await)
    {
        match verdict {
            Ok(Verdict::Accepted(accepted)) if !is_bad => {
                assert_stands(&database.pool, &commit, accepted).await
            }
            Err(AppendError::Rejected(_)) if is_bad => {
                assert!(stored(&database.pool, &commit).await.is_empty())
            }
            other => panic!("bad: {is_bad}, {other:?}"),
        }
    }
    assert_eq!(sound_rows(&database.pool).await.len(), 1 + 1 + 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_string_that_json_can_say_is_read_back_as_it_was_written() {
    let database = TestDatabase::create().await;
    let process = Process::start(&database, &MasterKey::generate());
    let strings =
        ["\0", "a\u{1}b", "\u{7f}", "\u{2028}", "🦀", "\"\\/", "\r\n\t", "\u{fffd}\u{feff}", "$personal", ""];
    let mut written = new_commit(strings.len() as i64);
    for (event, string) in written.events.iter_mut().zip(strings) {
        event.payload = serde_json::json!({ "said": string, string: 1 }).to_string();
    }
    accepted(process.appender(), &written).await;
    let batch = process.log.read_after(0, 100, None).await.expect("readable").expect("a batch");
    for (event, string) in batch.events.iter().zip(strings) {
        assert_eq!(event.payload, serde_json::json!({ "said": string, string: 1 }));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_without_events_or_with_too_many_is_not_taken() {
    let database = TestDatabase::create().await;
    let process = Process::start(&database, &MasterKey::generate());
    let too_many = COMMIT_EVENTS_MAX as i64 + 1;
    for refused in [new_commit(0), new_commit(too_many)] {
        assert!(matches!(append(process.appender(), &refused).await, Err(AppendError::TooLarge)));
    }
    let largest = new_commit(too_many - 1);
    let stands = accepted(process.appender(), &largest).await;
    assert_stands(&database.pool, &largest, stands).await;
}

/// The same ids under another commit are somebody else's, not an earlier try.
#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_only_looks_like_one_that_stands_is_not_taken_for_it() {
    let database = TestDatabase::create().await;
    let process = Process::start(&database, &MasterKey::generate());
    let stream = new_stream();
    let written = commit(&[(stream, 0, 1)]);
    accepted(process.appender(), &written).await;
    let mut same_events = written.clone();
    same_events.id = commit(&[]).id;
    let mut same_commit = written.clone();
    same_commit.events[0].id = EventId::from_uuid(Uuid::now_v7());
    for other in [same_events, same_commit] {
        assert!(matches!(append(process.appender(), &other).await, Ok(Verdict::Moved(_))));
    }
    assert_eq!(rows(&database.pool).await.len(), 1);
}
