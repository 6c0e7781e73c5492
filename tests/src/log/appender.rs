//! The queue before the log: who waits, who goes first, who is told what when there is no time left.

use std::time::Duration;

use frontdesk_adapters::crypto::MasterKey;
use frontdesk_adapters::event_log::append::Verdict;
use frontdesk_adapters::event_log::appender::{AppendError, Appender, Priority};
use futures::future::{FutureExt, join_all};
use futures::poll;
use tokio::net::UnixListener;

use crate::support::commits::{
    append, append_soon, assert_stands, deadline, new_commit, soon, sound_rows, stored,
};
use crate::support::database::TestDatabase;
use crate::support::locks::HeldLog;
use crate::support::process::Process;
use crate::support::proxy;
use crate::support::within;

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_time_runs_out_in_the_queue_is_overloaded_and_not_written() {
    let database = TestDatabase::create().await;
    let process = Process::start(&database, &MasterKey::generate());
    let (ahead, behind) = (new_commit(1), new_commit(1));
    let held = HeldLog::of(&database).await;
    let first = tokio::spawn({
        let (appender, ahead) = (process.appender().clone(), ahead.clone());
        async move { append(&appender, &ahead).await }
    });
    held.until_waiting(1).await;
    let deadline = soon();
    let mut second = Box::pin(process.appender().append(behind.clone(), Priority::Normal, deadline));
    assert!(poll!(&mut second).is_pending());
    tokio::time::sleep_until(deadline + Duration::from_millis(1)).await;
    held.let_go().await;
    assert!(matches!(within(second).await, Err(AppendError::Overloaded)));
    assert!(matches!(within(first).await.expect("a verdict"), Ok(Verdict::Accepted(_))));
    assert!(stored(&database.pool, &behind).await.is_empty());
}

/// Its caller waits for nothing that could still come. Here the log is free again only once the caller has
/// been told.
#[tokio::test(flavor = "multi_thread")]
async fn a_caller_whose_time_has_run_out_is_told_while_the_one_ahead_is_still_stuck() {
    let database = TestDatabase::create().await;
    let process = Process::start(&database, &MasterKey::generate());
    let ahead = new_commit(1);
    let held = HeldLog::of(&database).await;
    let first = tokio::spawn({
        let (appender, ahead) = (process.appender().clone(), ahead.clone());
        async move { append(&appender, &ahead).await }
    });
    held.until_waiting(1).await;
    let second = process.appender().append(new_commit(1), Priority::Voice, soon());
    assert!(matches!(within(second).await, Err(AppendError::Overloaded)));
    assert!(!first.is_finished(), "the one ahead was given up before the one behind was told");
    held.let_go().await;
    assert!(matches!(within(first).await.expect("a verdict"), Ok(Verdict::Accepted(_))));
}

/// The appender shares the thread of this test: it sees what is sent at once at once. So nothing goes out
/// before all of it is there.
#[tokio::test]
async fn somebody_on_the_phone_goes_before_all_who_came_earlier() {
    let database = TestDatabase::create().await;
    let process = Process::start(&database, &MasterKey::generate());
    let held = HeldLog::of(&database).await;
    let send = |count, priority| {
        let mut sent: Vec<_> = (0..count)
            .map(|_| Box::pin(process.appender().append(new_commit(1), priority, deadline())))
            .collect();
        sent.iter_mut().for_each(|commit| assert!(commit.now_or_never().is_none()));
        sent
    };
    // Both connections are taken.
    let mut ahead = send(1, Priority::Normal);
    held.until_waiting(1).await;
    ahead.extend(send(2, Priority::Normal));
    held.until_waiting(2).await;
    let normal = send(20, Priority::Normal);
    let voice = send(5, Priority::Voice);
    held.let_go().await;
    let positions = async |sent| -> Vec<i64> {
        let position = |verdict: Result<Verdict, AppendError>| match verdict {
            Ok(Verdict::Accepted(accepted)) => accepted.first_position,
            other => panic!("accepted, not {other:?}"),
        };
        within(join_all(sent)).await.into_iter().map(position).collect()
    };
    assert!(positions(ahead).await.into_iter().eq(1..=3), "what had gone out");
    assert!(positions(voice).await.into_iter().eq(4..=8), "voice");
    assert!(positions(normal).await.into_iter().eq(9..=28), "the others in the order in which they came");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_listens_nothing_is_written_and_the_caller_is_told() {
    let database = TestDatabase::create().await;
    let nowhere = tempfile::tempdir().expect("a directory");
    let (appender, _) = Appender::start(proxy::at(database.database.options(), nowhere.path()));
    let commits = [(); 3].map(|()| new_commit(1));
    for verdict in join_all(commits.iter().map(|commit| append_soon(&appender, commit))).await {
        assert!(matches!(verdict, Err(AppendError::Unavailable(_))), "{verdict:?}");
    }
    assert!(sound_rows(&database.pool).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_server_accepts_and_never_speaks_the_caller_is_told() {
    let database = TestDatabase::create().await;
    let (home, options) = (tempfile::tempdir().expect("a directory"), database.database.options());
    let silent = UnixListener::bind(proxy::socket(home.path(), options)).expect("a socket");
    tokio::spawn(async move {
        let mut taken = Vec::new();
        while let Ok((connection, _)) = silent.accept().await {
            taken.push(connection);
        }
    });
    let (appender, _) = Appender::start(proxy::at(options, home.path()));
    let verdict = append_soon(&appender, &new_commit(1)).await;
    assert!(matches!(verdict, Err(AppendError::Unavailable(_))), "{verdict:?}");
    assert!(sound_rows(&database.pool).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_queued_is_written_before_the_appender_ends() {
    let database = TestDatabase::create().await;
    let (appender, task) = Appender::start(database.database.options().clone());
    let held = HeldLog::of(&database).await;
    let commits: Vec<_> = (0..20).map(|_| new_commit(1)).collect();
    let mut callers = tokio::task::JoinSet::new();
    for commit in &commits {
        let (appender, commit) = (appender.clone(), commit.clone());
        callers.spawn(async move { (append(&appender, &commit).await, commit) });
    }
    drop(appender);
    held.until_waiting(1).await;
    held.let_go().await;
    for (verdict, commit) in within(callers.join_all()).await {
        match verdict {
            Ok(Verdict::Accepted(accepted)) => assert_stands(&database.pool, &commit, accepted).await,
            other => panic!("accepted, not {other:?}"),
        }
    }
    within(task).await.expect("it ends by itself");
}

/// Whoever asked may be gone; what was asked is done all the same, once.
#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_goes_away_does_not_take_its_commit_back() {
    let database = TestDatabase::create().await;
    let process = Process::start(&database, &MasterKey::generate());
    let held = HeldLog::of(&database).await;
    let abandoned = new_commit(2);
    let mut asking = Box::pin(append(process.appender(), &abandoned));
    assert!(poll!(&mut asking).is_pending());
    held.until_waiting(1).await;
    drop(asking);
    held.let_go().await;
    within(append(process.appender(), &new_commit(1))).await.expect("written");
    assert_eq!(stored(&database.pool, &abandoned).await.len(), 2);
    sound_rows(&database.pool).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_there_is_no_room_nothing_is_written_and_the_caller_is_told() {
    let database = TestDatabase::create().await;
    let process = Process::start(&database, &MasterKey::generate());
    let mut owner = database.as_owner().await;
    let fill = "create function no_room() returns trigger language plpgsql as
                $$ begin raise exception 'could not extend file' using errcode = 'disk_full'; end $$;
                create trigger no_room before insert on events execute function no_room()";
    sqlx::raw_sql(fill).execute(&mut owner).await.expect("a full disk");
    let commit = new_commit(2);
    let verdict = append_soon(process.appender(), &commit).await;
    assert!(matches!(verdict, Err(AppendError::Unavailable(_))), "{verdict:?}");
    assert!(stored(&database.pool, &commit).await.is_empty());

    sqlx::raw_sql("drop trigger no_room on events").execute(&mut owner).await.expect("room");
    assert!(matches!(append(process.appender(), &commit).await, Ok(Verdict::Accepted(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_appender_that_panics_starts_again_and_writes_what_is_queued() {
    let database = TestDatabase::create().await;
    let process = Process::start(&database, &MasterKey::generate());
    let appender = process.appender();
    let held = HeldLog::of(&database).await;
    let first = new_commit(1);
    let place = appender.place(&first, Priority::Normal, deadline()).await.expect("a place");
    let heard = place.hand_in(first.clone(), Vec::new(), Box::new(|_| panic!("bad news")));
    held.until_waiting(1).await;
    // Both connections are taken; the next one stays in the queue.
    let mut behind: Vec<_> = Vec::new();
    for waiting in [2, 2] {
        behind.push(tokio::spawn({
            let (appender, commit) = (appender.clone(), new_commit(1));
            async move { append(&appender, &commit).await }
        }));
        held.until_waiting(waiting).await;
    }
    held.let_go().await;
    assert!(matches!(within(heard.verdict()).await, Err(AppendError::OutcomeUnknown(_))));
    assert_eq!(stored(&database.pool, &first).await.len(), 1);
    let queued = within(behind.remove(1)).await.expect("a verdict");
    assert!(matches!(queued, Ok(Verdict::Accepted(_))), "{queued:?}");
    assert!(appender.is_running());
    sound_rows(&database.pool).await;
}
