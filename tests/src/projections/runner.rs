//! The runner, with a reader that says what happens to it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use frontdesk_adapters::crypto::MasterKey;
use frontdesk_domain::kernel::recorded::{Position, RecordedEvent};
use frontdesk_projections::reader::{Reader, ReaderError};
use frontdesk_projections::runner::Runner;
use futures::future::BoxFuture;
use sqlx::PgConnection;
use tokio::sync::Notify;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::support::commits::{accepted, new_commit};
use crate::support::database::TestDatabase;
use crate::support::process::Process;
use crate::support::source::LogSource;
use crate::support::{until, within};

const TABLE: &str = "
create schema probe_v1;
create table probe_v1.seen (position bigint primary key);
grant usage on schema probe_v1 to frontdesk_app;
grant select, insert on probe_v1.seen to frontdesk_app;
insert into checkpoints (name, version) values ('probe', 1);
";

/// What happens between a reader's write and the end of its batch.
#[derive(Debug, Default)]
struct Gate {
    /// It stays there until it is let go.
    hangs: AtomicBool,
    fails: AtomicBool,
    arrived: Notify,
    let_go: Notify,
    inside: AtomicUsize,
    most_inside: AtomicUsize,
}

/// Writes down the position of each event. A second time would be an error.
#[derive(Debug, Clone, Default)]
struct Probe {
    gate: Arc<Gate>,
    /// Shared with the other runners' readers.
    all: Arc<Gate>,
}

impl Reader for Probe {
    fn name(&self) -> &'static str {
        "probe"
    }

    fn version(&self) -> i32 {
        1
    }

    fn aggregates(&self) -> &'static [&'static str] {
        &["note"]
    }

    fn take<'a>(
        &'a self,
        connection: &'a mut PgConnection,
        events: &'a [Arc<RecordedEvent>],
    ) -> BoxFuture<'a, Result<(), ReaderError>> {
        Box::pin(async move {
            let inside = self.all.inside.fetch_add(1, Ordering::SeqCst) + 1;
            self.all.most_inside.fetch_max(inside, Ordering::SeqCst);
            let result = self.write_down(connection, events).await;
            self.all.inside.fetch_sub(1, Ordering::SeqCst);
            result
        })
    }
}

impl Probe {
    async fn write_down(
        &self,
        connection: &mut PgConnection,
        events: &[Arc<RecordedEvent>],
    ) -> Result<(), ReaderError> {
        let positions: Vec<Position> = events.iter().map(|event| event.position).collect();
        write(connection, &positions[..1]).await?;
        if self.gate.hangs.load(Ordering::SeqCst) {
            self.gate.arrived.notify_one();
            self.gate.let_go.notified().await;
        }
        if self.gate.fails.load(Ordering::SeqCst) {
            self.gate.arrived.notify_one();
            return Err(ReaderError::Database(sqlx::Error::RowNotFound));
        }
        write(connection, &positions[1..]).await?;
        Ok(())
    }
}

async fn write(connection: &mut PgConnection, positions: &[Position]) -> Result<(), sqlx::Error> {
    let query = sqlx::query("insert into probe_v1.seen select * from unnest($1::bigint[])");
    query.bind(positions).execute(connection).await.map(drop)
}

struct Scene {
    database: TestDatabase,
    process: Process,
    all: Arc<Gate>,
}

impl Scene {
    async fn set() -> Self {
        let database = TestDatabase::create().await;
        let mut owner = database.as_owner().await;
        sqlx::raw_sql(TABLE).execute(&mut owner).await.expect("a table");
        let process = Process::start(&database, &MasterKey::generate());
        Self { database, process, all: Arc::default() }
    }

    /// One of several processes that would all run the read model.
    fn runner(&self) -> (Probe, Runner) {
        let probe = Probe { gate: Arc::default(), all: self.all.clone() };
        let source = Arc::new(LogSource(self.process.log.clone()));
        (probe.clone(), Runner::new(Arc::new(probe), source, self.process.pool.clone()))
    }

    fn start(&self, stop: &CancellationToken) -> (Probe, JoinHandle<()>) {
        let (probe, runner) = self.runner();
        (
            probe,
            tokio::spawn({
                let stop = stop.clone();
                async move { runner.run(stop).await }
            }),
        )
    }

    async fn write(&self, commits: i64) {
        for number in 0..commits {
            accepted(self.process.appender(), &new_commit(1 + number % 3)).await;
        }
    }

    /// The checkpoint, and how many rows stand, at one instant; the rows are exactly the positions up to the
    /// checkpoint.
    async fn reached(&self) -> Position {
        let (checkpoint, count, last): (Position, i64, Option<Position>) = sqlx::query_as(
            "select (select position from checkpoints where name = 'probe'), count(*), max(position) from probe_v1.seen",
        )
        .fetch_one(&self.database.pool)
        .await
        .expect("a checkpoint");
        assert_eq!((count, last.unwrap_or(0)), (checkpoint, checkpoint), "rows and checkpoint move together");
        checkpoint
    }

    async fn until_at_the_end(&self) {
        let head = self.process.log.head().await.expect("a head");
        until(|| async { self.reached().await == head }).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_several_runners_works_at_a_time_and_rows_move_with_the_checkpoint() {
    let scene = Arc::new(Scene::set().await);
    let stop = CancellationToken::new();
    let runners = [(); 4].map(|()| scene.start(&stop).1);
    let mut writers = JoinSet::new();
    for _ in 0..4 {
        let scene = scene.clone();
        writers.spawn(async move { scene.write(25).await });
    }
    while let Some(writer) = writers.join_next().await {
        writer.expect("written");
        scene.reached().await;
    }
    scene.until_at_the_end().await;
    stop.cancel();
    for runner in runners {
        within(runner).await.expect("it stops when it is told");
    }
    assert_eq!(scene.all.most_inside.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_active_runner_is_stopped_another_goes_on() {
    let scene = Scene::set().await;
    let (first, second) = (CancellationToken::new(), CancellationToken::new());
    let (_, one) = scene.start(&first);
    let (_, other) = scene.start(&second);
    scene.write(5).await;
    scene.until_at_the_end().await;
    first.cancel();
    within(one).await.expect("stopped");
    scene.write(5).await;
    scene.until_at_the_end().await;
    second.cancel();
    within(other).await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_active_runner_dies_in_a_batch_another_takes_the_batch() {
    let scene = Scene::set().await;
    let stop = CancellationToken::new();
    let (dying, runner) = scene.runner();
    dying.gate.hangs.store(true, Ordering::SeqCst);
    scene.write(5).await;
    let dying_task = tokio::spawn({
        let stop = stop.clone();
        async move { runner.run(stop).await }
    });
    within(dying.gate.arrived.notified()).await;
    let (_, other) = scene.start(&stop);
    assert_eq!(scene.reached().await, 0, "what it has written is not to be seen");
    dying_task.abort();
    scene.until_at_the_end().await;
    stop.cancel();
    within(other).await.expect("stopped");
}

/// A process that hangs, loses its connection and then wakes up again.
#[tokio::test(flavor = "multi_thread")]
async fn a_runner_that_lost_its_connection_writes_nothing_when_it_wakes_up() {
    let scene = Scene::set().await;
    let stop = CancellationToken::new();
    let (sleeper, runner) = scene.runner();
    sleeper.gate.hangs.store(true, Ordering::SeqCst);
    scene.write(5).await;
    let sleeping = tokio::spawn({
        let stop = stop.clone();
        async move { runner.run(stop).await }
    });
    within(sleeper.gate.arrived.notified()).await;
    let mut owner = scene.database.as_owner().await;
    let killed: Vec<bool> = sqlx::query_scalar(
        "select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and state = 'idle in transaction' and pid <> pg_backend_pid()",
    )
    .fetch_all(&mut owner)
    .await
    .expect("terminated");
    assert_eq!(killed, [true]);
    let (_, other) = scene.start(&stop);
    scene.until_at_the_end().await;
    sleeper.gate.hangs.store(false, Ordering::SeqCst);
    sleeper.gate.let_go.notify_one();
    scene.write(5).await;
    scene.until_at_the_end().await;
    stop.cancel();
    within(sleeping).await.expect("stopped");
    within(other).await.expect("stopped");
    scene.reached().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_fails_halfway_leaves_nothing_and_is_taken_again() {
    let scene = Scene::set().await;
    scene.write(5).await;
    let (probe, runner) = scene.runner();
    probe.gate.fails.store(true, Ordering::SeqCst);
    assert!(matches!(within(runner.drain()).await, Err(ReaderError::Database(_))));
    assert_eq!(scene.reached().await, 0);
    let stop = CancellationToken::new();
    let running = tokio::spawn({
        let stop = stop.clone();
        async move { runner.run(stop).await }
    });
    within(probe.gate.arrived.notified()).await;
    probe.gate.fails.store(false, Ordering::SeqCst);
    scene.until_at_the_end().await;
    stop.cancel();
    within(running).await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_model_without_a_checkpoint_is_an_error_and_one_that_is_taken_is_not() {
    let scene = Scene::set().await;
    scene.write(1).await;
    let mut owner = scene.database.as_owner().await;
    sqlx::query("delete from checkpoints where name = 'probe'").execute(&mut owner).await.expect("deleted");
    let (_, runner) = scene.runner();
    assert!(matches!(runner.drain().await, Err(ReaderError::NoCheckpoint)));
}
