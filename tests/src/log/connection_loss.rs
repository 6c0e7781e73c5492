//! The connection to PostgreSQL is lost around a commit. The caller hears the truth, and the events stand
//! once or not at all.

use frontdesk_adapters::crypto::MasterKey;
use frontdesk_adapters::event_log::append::{Commit, Verdict};
use frontdesk_adapters::event_log::appender::AppendError;
use tokio::task::JoinSet;

use crate::support::commits::{
    accepted, append, append_soon, assert_stands, commit, new_commit, new_stream, sound_rows, stored,
};
use crate::support::database::TestDatabase;
use crate::support::locks::HeldLog;
use crate::support::process::Process;
use crate::support::proxy::{Fault, Proxy};
use crate::support::{until, within};

struct Scene {
    database: TestDatabase,
    proxy: Proxy,
    /// Its appender goes by the proxy.
    process: Process,
    /// Another, that does not.
    bystander: Process,
}

impl Scene {
    async fn set() -> Self {
        let database = TestDatabase::create().await;
        let proxy = Proxy::before(database.database.options());
        let master = MasterKey::generate();
        let process = Process::start_with(&database, &master, proxy.options());
        let bystander = Process::start(&database, &master);
        // From now on each append is one question and one answer: types are known, and the statement is
        // prepared.
        accepted(process.appender(), &new_commit(1)).await;
        Self { database, proxy, process, bystander }
    }

    async fn append_under(&self, fault: Fault, commit: &Commit) -> Result<Verdict, AppendError> {
        self.proxy.arm(fault);
        let verdict = within(append(self.process.appender(), commit)).await;
        assert_eq!(self.proxy.struck(), 1, "something was lost");
        verdict
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_answer_is_lost_is_found_applied() {
    let scene = Scene::set().await;
    let written = commit(&[(new_stream(), 0, 2), (new_stream(), 0, 1)]);
    match scene.append_under(Fault::LoseAnswer, &written).await {
        Ok(Verdict::AlreadyApplied(stands)) => assert_stands(&scene.database.pool, &written, stands).await,
        verdict => panic!("it was written before the answer was lost: {verdict:?}"),
    }
    assert_eq!(sound_rows(&scene.database.pool).await.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_did_not_get_through_is_written_by_the_next_try() {
    for fault in [Fault::LoseQuery, Fault::LoseHalf] {
        let scene = Scene::set().await;
        let written = new_commit(3);
        match scene.append_under(fault, &written).await {
            Ok(Verdict::Accepted(stands)) => assert_stands(&scene.database.pool, &written, stands).await,
            verdict => panic!("{fault:?}: it was not written before: {verdict:?}"),
        }
        assert_eq!(sound_rows(&scene.database.pool).await.len(), 4);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_commit_of_a_batch_whose_answer_is_lost_is_found_applied() {
    let scene = Scene::set().await;
    let mut callers = JoinSet::new();
    let mut ask = |count: i64| {
        for number in 0..count {
            let (appender, commit) = (scene.process.appender().clone(), new_commit(1 + number % 3));
            callers.spawn(async move { (append(&appender, &commit).await, commit) });
        }
    };
    // What is sent while one call is under way goes by the other connection: it is there from now on.
    let held = HeldLog::of(&scene.database).await;
    ask(1);
    held.until_waiting(1).await;
    ask(2);
    held.until_waiting(2).await;
    held.let_go().await;

    let held = HeldLog::of(&scene.database).await;
    ask(1);
    held.until_waiting(1).await;
    // It strikes at what is sent next: the batch that gathers behind the call that is under way.
    scene.proxy.arm(Fault::LoseAnswer);
    ask(10);
    until(|| async { scene.proxy.struck() == 1 }).await;
    held.let_go().await;
    let mut found_applied = 0;
    for (verdict, commit) in within(callers.join_all()).await {
        match verdict {
            Ok(Verdict::Accepted(stands)) => assert_stands(&scene.database.pool, &commit, stands).await,
            Ok(Verdict::AlreadyApplied(stands)) => {
                found_applied += 1;
                assert_stands(&scene.database.pool, &commit, stands).await;
            }
            other => panic!("it was written: {other:?}"),
        }
    }
    assert!(found_applied > 1, "a batch holds several");
    sound_rows(&scene.database.pool).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_is_found_applied_even_when_others_have_written_on_its_streams_since() {
    let scene = Scene::set().await;
    let stream = new_stream();
    let written = commit(&[(stream, 0, 2)]);
    scene.proxy.arm(Fault::LoseAnswer);
    scene.proxy.close();
    let caller = tokio::spawn({
        let (appender, written) = (scene.process.appender().clone(), written.clone());
        async move { append(&appender, &written).await }
    });
    until(|| async { stored(&scene.database.pool, &written).await.len() == 2 }).await;
    accepted(scene.bystander.appender(), &commit(&[(stream, 2, 1)])).await;
    scene.proxy.open();
    match within(caller).await.expect("a verdict") {
        Ok(Verdict::AlreadyApplied(stands)) => assert_stands(&scene.database.pool, &written, stands).await,
        verdict => panic!("it stands: {verdict:?}"),
    }
    sound_rows(&scene.database.pool).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_whose_answer_is_lost_is_still_a_refusal() {
    let scene = Scene::set().await;
    let stream = new_stream();
    accepted(scene.bystander.appender(), &commit(&[(stream, 0, 1)])).await;
    let stale = commit(&[(stream, 0, 1)]);
    match scene.append_under(Fault::LoseAnswer, &stale).await {
        Ok(Verdict::Moved(moved)) => assert_eq!((moved[0].id, moved[0].events.len()), (stream.id, 1)),
        verdict => panic!("its stream has moved: {verdict:?}"),
    }
    assert!(stored(&scene.database.pool, &stale).await.is_empty());
}

/// PostgreSQL does not notice that its client has gone: the call goes on waiting for the log and is carried
/// out in the end.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_outlives_its_connection_and_the_one_that_replaces_it_write_once() {
    let scene = Scene::set().await;
    let held = HeldLog::of(&scene.database).await;
    let written = new_commit(2);
    scene.proxy.arm(Fault::LoseConnection);
    let caller = tokio::spawn({
        let (appender, written) = (scene.process.appender().clone(), written.clone());
        async move { append(&appender, &written).await }
    });
    held.until_waiting(2).await;
    held.let_go().await;
    match within(caller).await.expect("a verdict") {
        Ok(Verdict::Accepted(stands) | Verdict::AlreadyApplied(stands)) => {
            assert_stands(&scene.database.pool, &written, stands).await;
        }
        verdict => panic!("it stands: {verdict:?}"),
    }
    assert_eq!(sound_rows(&scene.database.pool).await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backend_that_is_killed_in_a_call_is_replaced() {
    let scene = Scene::set().await;
    let held = HeldLog::of(&scene.database).await;
    let written = new_commit(2);
    let caller = tokio::spawn({
        let (appender, written) = (scene.process.appender().clone(), written.clone());
        async move { append(&appender, &written).await }
    });
    held.until_waiting(1).await;
    let mut owner = scene.database.as_owner().await;
    let killed: Vec<bool> = sqlx::query_scalar(
        "select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and wait_event_type = 'Lock' and wait_event = 'advisory'",
    )
    .fetch_all(&mut owner)
    .await
    .expect("terminated");
    assert_eq!(killed, [true]);
    held.let_go().await;
    match within(caller).await.expect("a verdict") {
        Ok(Verdict::Accepted(stands)) => assert_stands(&scene.database.pool, &written, stands).await,
        verdict => panic!("it was not written before: {verdict:?}"),
    }
    assert_eq!(sound_rows(&scene.database.pool).await.len(), 3);
}

/// The one case in which nothing can be said: it was sent, and the database has not been reached since.
#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_was_sent_and_can_no_longer_be_asked_after_is_of_unknown_outcome() {
    let scene = Scene::set().await;
    let written = new_commit(2);
    scene.proxy.arm(Fault::LoseAnswer);
    scene.proxy.close();
    let verdict = append_soon(scene.process.appender(), &written).await;
    assert!(matches!(verdict, Err(AppendError::OutcomeUnknown(_))), "{verdict:?}");
    assert_eq!(stored(&scene.database.pool, &written).await.len(), 2, "nothing else would have been true");
    scene.proxy.open();
    match within(append(scene.process.appender(), &written)).await {
        Ok(Verdict::AlreadyApplied(stands)) => assert_stands(&scene.database.pool, &written, stands).await,
        verdict => panic!("whoever asks again later learns it: {verdict:?}"),
    }
}

/// The server went away while nothing was under way. What comes then cannot even be sent.
#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_its_connection_no_longer_takes_was_certainly_not_written() {
    let scene = Scene::set().await;
    scene.proxy.close();
    let mut owner = scene.database.as_owner().await;
    let ended: Vec<bool> = sqlx::query_scalar(
        "select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and query like 'select append_events%'",
    )
    .fetch_all(&mut owner)
    .await
    .expect("terminated");
    assert_eq!(ended, [true]);
    until(|| async { scene.proxy.connections() == 0 }).await;

    let commit = new_commit(2);
    let verdict = append_soon(scene.process.appender(), &commit).await;
    assert!(matches!(verdict, Err(AppendError::Unavailable(_))), "{verdict:?}");
    assert!(stored(&scene.database.pool, &commit).await.is_empty(), "nothing else would have been true");
    scene.proxy.open();
    accepted(scene.process.appender(), &commit).await;
}

/// As on a full disk. An error of PostgreSQL's ends its transaction.
#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_postgresql_has_no_room_for_was_certainly_not_written() {
    let scene = Scene::set().await;
    let mut owner = scene.database.as_owner().await;
    let full = "create function no_room() returns trigger language plpgsql as $$
                    begin raise exception 'no space left on device' using errcode = 'disk_full'; end $$;
                create trigger no_room before insert on events execute function no_room()";
    sqlx::raw_sql(full).execute(&mut owner).await.expect("a full disk");
    let commit = new_commit(2);
    let verdict = append_soon(scene.process.appender(), &commit).await;
    assert!(matches!(verdict, Err(AppendError::Unavailable(_))), "{verdict:?}");
    let room = "drop trigger no_room on events";
    sqlx::raw_sql(room).execute(&mut owner).await.expect("room");
    assert!(stored(&scene.database.pool, &commit).await.is_empty(), "nothing else would have been true");
    accepted(scene.process.appender(), &commit).await;
}
