//! Readers that are at the same place, and those that are not.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use frontdesk_adapters::crypto::MasterKey;
use frontdesk_domain::kernel::recorded::{Batch, Position, RecordedEvent};
use frontdesk_projections::group::Group;
use frontdesk_projections::reader::{EventSource, Pace, Reader, ReaderError};
use frontdesk_projections::runner::Runner;
use futures::future::BoxFuture;
use sqlx::{PgConnection, PgPool};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::support::commits::{accepted, new_commit};
use crate::support::database::TestDatabase;
use crate::support::process::Process;
use crate::support::source::LogSource;
use crate::support::{until, within};

const NAMES: [&str; 3] = ["first", "second", "third"];

fn table(name: &str) -> String {
    format!(
        "create schema {name}_v1;
         create table {name}_v1.seen (position bigint primary key);
         grant usage on schema {name}_v1 to frontdesk_app;
         grant select, insert on {name}_v1.seen to frontdesk_app;
         insert into checkpoints (name, version) values ('{name}', 1);"
    )
}

/// Writes down the position of each event that it likes. A second time would be an error.
#[derive(Debug, Clone)]
struct Picky {
    name: &'static str,
    dislikes: Arc<Mutex<BTreeSet<Position>>>,
    /// How long it takes for what it takes.
    takes: Duration,
}

impl Reader for Picky {
    fn name(&self) -> &'static str {
        self.name
    }

    fn version(&self) -> i32 {
        1
    }

    fn aggregates(&self) -> &'static [&'static str] {
        &["note"]
    }

    fn pace(&self) -> Pace {
        Pace { retry_pauses: [Duration::from_millis(5); 4], ..Pace::USUAL }
    }

    fn take<'a>(
        &'a self,
        connection: &'a mut PgConnection,
        events: &'a [Arc<RecordedEvent>],
    ) -> BoxFuture<'a, Result<(), ReaderError>> {
        Box::pin(async move {
            let positions: Vec<Position> = events.iter().map(|event| event.position).collect();
            sqlx::query(&format!("insert into {}_v1.seen select * from unnest($1::bigint[])", self.name))
                .bind(&positions)
                .execute(connection)
                .await?;
            tokio::time::sleep(self.takes).await;
            let disliked = self.dislikes.lock().expect("not poisoned");
            match positions.iter().find(|position| disliked.contains(position)) {
                Some(position) => Err(ReaderError::Panicked(format!("{position} is not to my taste"))),
                None => Ok(()),
            }
        })
    }
}

/// Counts how often something is read.
#[derive(Debug)]
struct Counting {
    log: LogSource,
    batches: AtomicUsize,
}

impl EventSource for Counting {
    fn read_after<'a>(
        &'a self,
        after: Position,
        limit: i64,
        aggregates: &'a [&'static str],
    ) -> BoxFuture<'a, Result<Option<Batch>, Box<dyn std::error::Error + Send + Sync>>> {
        Box::pin(async move {
            let batch = self.log.read_after(after, limit, aggregates).await?;
            self.batches.fetch_add(usize::from(batch.is_some()), Ordering::SeqCst);
            Ok(batch)
        })
    }

    fn read_at<'a>(
        &'a self,
        positions: &'a [Position],
    ) -> BoxFuture<'a, Result<Batch, Box<dyn std::error::Error + Send + Sync>>> {
        self.log.read_at(positions)
    }

    fn beyond(&self, position: Position) -> BoxFuture<'_, ()> {
        self.log.beyond(position)
    }
}

struct Scene {
    database: TestDatabase,
    process: Process,
    source: Arc<Counting>,
    readers: [Picky; 3],
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

impl Scene {
    async fn set() -> Self {
        let database = TestDatabase::create().await;
        let mut owner = database.as_owner().await;
        for name in NAMES {
            sqlx::raw_sql(&table(name)).execute(&mut owner).await.expect("a table");
        }
        let process = Process::start(&database, &MasterKey::generate());
        let source = Counting { log: LogSource(process.log.clone()), batches: AtomicUsize::default() };
        let readers = NAMES.map(|name| Picky { name, dislikes: Arc::default(), takes: Duration::ZERO });
        let (stop, tasks) = (CancellationToken::new(), JoinSet::new());
        Self { database, process, source: Arc::new(source), readers, stop, tasks }
    }

    async fn write(&self, commits: i64) {
        for number in 0..commits {
            accepted(self.process.appender(), &new_commit(1 + number % 3)).await;
        }
    }

    /// One of several processes that would all run the readers.
    fn start(&mut self) -> Arc<Group> {
        let runner =
            |reader: Picky| Runner::new(Arc::new(reader), self.source.clone(), self.process.pool.clone());
        let runners = self.readers.clone().map(runner).into();
        let turns = Arc::new(Semaphore::new(2));
        let group = Arc::new(Group::of(runners, self.source.clone(), self.process.pool.clone(), turns));
        for runner in group.runners() {
            let (runner, stop) = (runner.clone(), self.stop.clone());
            self.tasks.spawn(async move { runner.run(stop).await });
        }
        let (running, stop) = (group.clone(), self.stop.clone());
        self.tasks.spawn(async move { running.run(stop).await });
        group
    }

    /// Waits until a reader has taken all but some.
    async fn until_taken(&self, name: &str, parked: i64) {
        let head = self.process.log.head().await.expect("a head");
        until(|| async { reached(&self.database.pool, name).await == (head, head - parked) }).await;
    }

    async fn until_all_taken(&self) {
        for name in NAMES {
            self.until_taken(name, 0).await;
        }
    }

    async fn stop(mut self) {
        self.stop.cancel();
        while let Some(task) = within(self.tasks.join_next()).await {
            task.expect("it stops when it is told");
        }
    }
}

/// The checkpoint of a reader, and how many events it has taken, at one instant.
async fn reached(pool: &PgPool, name: &str) -> (Position, i64) {
    let query = format!(
        "select (select position from checkpoints where name = '{name}'), (select count(*) from {name}_v1.seen)"
    );
    sqlx::query_as(&query).fetch_one(pool).await.expect("a checkpoint")
}

async fn until_together(group: &Group) {
    until(|| async { group.runners().all(|runner| !runner.is_alone()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_read_once_for_all_that_are_at_the_same_place() {
    let mut scene = Scene::set().await;
    scene.write(40).await;
    scene.start();
    scene.until_all_taken().await;
    assert_eq!(scene.source.batches.load(Ordering::SeqCst), 1);
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_fails_keeps_nobody_up_parks_what_it_cannot_take_and_comes_back() {
    let mut scene = Scene::set().await;
    scene.readers[1].dislikes.lock().expect("not poisoned").insert(2);
    scene.write(1).await;
    accepted(scene.process.appender(), &new_commit(1)).await;
    scene.write(5).await;
    let group = scene.start();
    for name in [NAMES[0], NAMES[2]] {
        scene.until_taken(name, 0).await;
    }
    scene.until_taken(NAMES[1], 1).await;
    until_together(&group).await;
    let before = scene.source.batches.load(Ordering::SeqCst);
    accepted(scene.process.appender(), &new_commit(3)).await;
    for (name, parked) in [(NAMES[0], 0), (NAMES[1], 1), (NAMES[2], 0)] {
        scene.until_taken(name, parked).await;
    }
    assert_eq!(scene.source.batches.load(Ordering::SeqCst) - before, 1, "it reads with the others again");
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_far_behind_catches_up_by_itself_and_comes_back() {
    let mut scene = Scene::set().await;
    let mut owner = scene.database.as_owner().await;
    sqlx::query("delete from checkpoints where name = $1")
        .bind(NAMES[2])
        .execute(&mut owner)
        .await
        .expect("gone");
    for _ in 0..4 {
        accepted(scene.process.appender(), &new_commit(700)).await;
    }
    let group = scene.start();
    for name in [NAMES[0], NAMES[1]] {
        scene.until_taken(name, 0).await;
    }
    let begin = sqlx::query("insert into checkpoints (name, version) values ($1, 1)").bind(NAMES[2]);
    begin.execute(&mut owner).await.expect("it begins");
    scene.until_all_taken().await;
    until_together(&group).await;
    scene.write(2).await;
    scene.until_all_taken().await;
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_of_several_processes_take_each_event_once() {
    let mut scene = Scene::set().await;
    scene.readers[0].dislikes.lock().expect("not poisoned").insert(7);
    for _ in 0..3 {
        scene.start();
    }
    scene.write(60).await;
    let parked: i64 = 1 + following(&scene.database.pool, 7).await;
    scene.until_taken(NAMES[0], parked).await;
    for name in [NAMES[1], NAMES[2]] {
        scene.until_taken(name, 0).await;
    }
    scene.stop().await;
}

/// How many events follow one in its stream.
async fn following(pool: &PgPool, position: Position) -> i64 {
    let count = "select count(*) from events later join events e using (aggregate_type, aggregate_id)
                 where e.position = $1 and later.position > e.position";
    sqlx::query_scalar(count).bind(position).fetch_one(pool).await.expect("a count")
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_has_left_is_not_kept_from_running_by_the_turns_of_the_others() {
    let mut scene = Scene::set().await;
    for _ in 0..4 {
        accepted(scene.process.appender(), &new_commit(600)).await;
    }
    let ahead = "update checkpoints set position = 2400 where name in ('second', 'third')";
    scene.database.tamper(ahead).await;
    // While they take something they have the checkpoint, too, of whoever has just left.
    scene.readers[1].takes = Duration::from_millis(30);
    scene.start();
    let caught_up = async {
        while reached(&scene.database.pool, NAMES[0]).await.0 < 2_400 {
            accepted(scene.process.appender(), &new_commit(1)).await;
        }
    };
    within(caught_up).await;
    scene.until_taken(NAMES[0], 0).await;
    scene.stop().await;
}
