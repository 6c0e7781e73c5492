//! The queue and its worker, with jobs that only say that they were run.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use frontdesk_adapters::command_bus::ManualClock;
use frontdesk_adapters::jobs::handler::{Failed, Finished, Handler};
use frontdesk_adapters::jobs::queue::{Change, Lease, NewJob, Recovered, Shares};
use frontdesk_adapters::jobs::{Claimed, Cron, JobRow, Settings, Worker, queue};
use frontdesk_domain::kernel::ids::{BusinessId, EventId, JobId, StreamId};
use frontdesk_domain::kernel::policy::{Queue, Retry};
use futures::future::BoxFuture;
use serde_json::json;
use sqlx::Connection;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::support::database::TestDatabase;
use crate::support::process::morning;
use crate::support::{until, within};

const RETRY: Retry = Retry { attempts_max: 3, first_pause_seconds: 10, longest_pause_seconds: 60 };
/// It does not end while a test runs, unless it is told to.
const LEASE: Duration = Duration::from_secs(3_600);

/// Writes down the key and position of each job that it runs.
#[derive(Default)]
struct Probe {
    ran: Mutex<Vec<(String, i64)>>,
    fails: AtomicBool,
    lastingly: AtomicBool,
    panics: AtomicBool,
    /// It stays in its job until it is let go.
    hangs: AtomicBool,
    arrived: Notify,
    let_go: Notify,
}

impl Probe {
    fn ran(&self) -> Vec<(String, i64)> {
        self.ran.lock().expect("runs").clone()
    }

    fn keys(&self) -> Vec<String> {
        self.ran().into_iter().map(|(key, _)| key).collect()
    }
}

impl Handler for Probe {
    fn policy(&self) -> &'static str {
        "probe"
    }

    fn retry(&self) -> Retry {
        RETRY
    }

    fn run<'a>(&'a self, job: &'a Claimed) -> BoxFuture<'a, Result<Finished, Failed>> {
        Box::pin(async move {
            self.ran.lock().expect("runs").push((job.key.clone(), job.position));
            if self.hangs.load(Ordering::SeqCst) {
                self.arrived.notify_one();
                self.let_go.notified().await;
            }
            assert!(!self.panics.load(Ordering::SeqCst), "this job was told to panic");
            if self.fails.load(Ordering::SeqCst) {
                return Err(Failed {
                    reason: "told to fail".into(),
                    lasting: self.lastingly.load(Ordering::SeqCst),
                });
            }
            Ok(Finished::Done)
        })
    }
}

struct Scene {
    database: TestDatabase,
    clock: Arc<ManualClock>,
    probe: Arc<Probe>,
}

fn at(seconds: i64) -> DateTime<Utc> {
    morning() + TimeDelta::seconds(seconds)
}

fn effect(position: i64) -> JobId {
    JobId::of("probe", position, EventId::from_uuid(Uuid::from_u128(1)), 0)
}

fn job(key: &str, position: i64, due: i64) -> NewJob {
    NewJob {
        policy: "probe",
        key: key.into(),
        effect_id: effect(position),
        name: "Probe",
        tenant: None,
        payload: json!({}),
        version: 1,
        position,
        number: 0,
        event_id: None,
        correlation: None,
        queue: Queue::Appointments,
        due_at: at(due),
        retry: RETRY,
    }
}

impl Scene {
    async fn set() -> Self {
        let clock = Arc::new(ManualClock::at(morning()));
        Self { database: TestDatabase::create().await, clock, probe: Arc::default() }
    }

    async fn apply(&self, changes: Vec<Change>) {
        let mut connection = self.database.as_application().await;
        queue::apply(&mut connection, changes).await.expect("applied");
    }

    async fn schedule(&self, jobs: Vec<NewJob>) {
        self.apply(jobs.into_iter().map(|job| Change::Schedule(Box::new(job))).collect()).await;
    }

    fn worker_of(&self, concurrency: usize, lease: Duration, crons: Vec<Cron>) -> Worker {
        let settings = Settings { concurrency, lease };
        Worker::new(self.database.pool.clone(), self.clock.clone(), vec![self.probe.clone()], crons, settings)
    }

    fn worker(&self) -> Worker {
        self.worker_of(4, LEASE, vec![])
    }

    async fn drain_at(&self, seconds: i64) {
        self.clock.set(at(seconds));
        within(self.worker().drain()).await.expect("drained");
    }

    async fn rows(&self) -> Vec<JobRow> {
        queue::list(&self.database.pool, None, None, 100).await.expect("rows")
    }

    fn lease(&self) -> Lease {
        Lease { pool: self.database.pool.clone(), worker: Uuid::now_v7(), duration: LEASE }
    }

    /// The leases of what runs end, and the jobs are taken back.
    async fn take_back(&self) -> Vec<Recovered> {
        assert_eq!(queue::recover(&self.database.pool).await.expect("looked").len(), 0, "no lease has ended");
        let end =
            "update jobs set leased_until = clock_timestamp() - interval '1 second' where state = 'running'";
        sqlx::query(end).execute(&self.database.pool).await.expect("ended");
        queue::recover(&self.database.pool).await.expect("taken back")
    }
}

fn ran(of: &[(&str, i64)]) -> Vec<(String, i64)> {
    of.iter().map(|(key, position)| ((*key).to_owned(), *position)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_runs_when_it_is_due_once_and_is_gone() {
    let scene = Scene::set().await;
    scene.schedule(vec![job("a", 1, 60)]).await;
    scene.drain_at(59).await;
    assert_eq!(scene.probe.ran(), []);
    scene.drain_at(60).await;
    scene.drain_at(61).await;
    assert_eq!(scene.probe.ran(), ran(&[("a", 1)]));
    assert!(scene.rows().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_scheduled_in_a_transaction_that_is_rolled_back_is_not_there() {
    let scene = Scene::set().await;
    let mut connection = scene.database.as_application().await;
    let mut transaction = connection.begin().await.expect("begun");
    queue::apply(&mut transaction, vec![Change::Schedule(Box::new(job("a", 1, 0)))]).await.expect("applied");
    transaction.rollback().await.expect("rolled back");
    scene.drain_at(60).await;
    assert_eq!(scene.probe.ran(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_scheduled_anew_moves_and_an_older_event_does_not_move_it_back() {
    let scene = Scene::set().await;
    scene
        .schedule(vec![job("later", 1, 10), job("sooner", 2, 100), job("twice", 3, 10), job("twice", 4, 50)])
        .await;
    scene.schedule(vec![job("later", 5, 100), job("sooner", 6, 10)]).await;
    // What a replay would bring again.
    scene.schedule(vec![job("later", 1, 10), job("sooner", 2, 100)]).await;
    scene.drain_at(10).await;
    assert_eq!(scene.probe.ran(), ran(&[("sooner", 6)]));
    scene.drain_at(50).await;
    scene.drain_at(100).await;
    assert_eq!(scene.probe.ran(), ran(&[("sooner", 6), ("twice", 4), ("later", 5)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_withdrawn_does_not_run_unless_it_was_scheduled_since() {
    let scene = Scene::set().await;
    let withdraw = |key: &str, position| Change::Withdraw { policy: "probe", key: key.into(), position };
    scene.schedule(vec![job("gone", 1, 10), job("again", 2, 10)]).await;
    scene
        .apply(vec![
            withdraw("gone", 3),
            withdraw("again", 4),
            Change::Schedule(Box::new(job("again", 5, 10))),
        ])
        .await;
    scene.apply(vec![withdraw("again", 4), withdraw("never", 9)]).await;
    scene.drain_at(10).await;
    assert_eq!(scene.probe.ran(), ran(&[("again", 5)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_moves_while_its_job_runs_is_run_again_at_its_new_time() {
    let scene = Scene::set().await;
    scene.schedule(vec![job("a", 1, 0)]).await;
    scene.probe.hangs.store(true, Ordering::SeqCst);
    let worker = scene.worker();
    let running = tokio::spawn(async move { worker.drain().await });
    within(scene.probe.arrived.notified()).await;
    scene.schedule(vec![job("a", 2, 30)]).await;
    scene.probe.hangs.store(false, Ordering::SeqCst);
    scene.probe.let_go.notify_one();
    within(running).await.expect("ended").expect("drained");
    let row = scene.rows().await.remove(0);
    assert_eq!((row.effect_id(), row.state.as_str(), row.attempts), (effect(2), "waiting", 0));
    scene.drain_at(30).await;
    assert_eq!(scene.probe.ran(), ran(&[("a", 1), ("a", 2)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_urgent_goes_first_and_then_what_has_been_due_the_longest() {
    let scene = Scene::set().await;
    let of = |key: &str, position, due, queue| NewJob { queue, ..job(key, position, due) };
    let jobs = vec![
        of("low", 1, 0, Queue::Housekeeping),
        of("later", 2, 5, Queue::Appointments),
        of("sooner", 3, 1, Queue::Appointments),
        of("high", 4, 9, Queue::Replies),
        of("not yet", 5, 11, Queue::Replies),
    ];
    scene.schedule(jobs).await;
    scene.clock.set(at(10));
    scene.worker_of(1, LEASE, vec![]).drain().await.expect("drained");
    assert_eq!(scene.probe.keys(), ["high", "sooner", "later", "low"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_heap_in_one_queue_keeps_no_other_waiting() {
    let scene = Scene::set().await;
    let of = |key: String, position, queue| NewJob { queue, ..job(&key, position, 0) };
    let heap = (0..400).map(|at| of(format!("reply {at}"), at, Queue::Replies));
    let low = (0..4).map(|at| of(format!("low {at}"), 1_000 + at, Queue::Housekeeping));
    scene.schedule(heap.chain(low).collect()).await;
    scene.clock.set(at(10));
    within(scene.worker_of(1, LEASE, vec![]).drain()).await.expect("drained");
    let keys = scene.probe.keys();
    let places: Vec<usize> = (0..keys.len()).filter(|at| keys[*at].starts_with("low")).collect();
    // One in thirty-three, as the weights say.
    assert!(places.len() == 4 && places[0] <= 33 && places[3] <= 132, "{places:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_taken_from_a_queue_that_is_paused_until_it_is_resumed() {
    let scene = Scene::set().await;
    let of = |key: &str, position, queue| NewJob { queue, ..job(key, position, 0) };
    scene.schedule(vec![of("reminder", 1, Queue::Reminders), of("reply", 2, Queue::Replies)]).await;
    scene.schedule(vec![NewJob { due_at: at(90), ..of("later", 3, Queue::Reminders) }]).await;
    let pool = &scene.database.pool;
    queue::pause(pool, Queue::Reminders, "ada").await.expect("paused");
    queue::pause(pool, Queue::Reminders, "eva").await.expect("paused already");
    scene.drain_at(20).await;
    assert_eq!(scene.probe.keys(), ["reply"]);
    let rows = queue::queues(pool, at(20)).await.expect("rows");
    assert_eq!(rows.iter().filter_map(queue::QueueRow::queue).collect::<Vec<_>>(), Queue::ALL);
    let row = rows.into_iter().find(|row| row.queue() == Some(Queue::Reminders)).expect("a row");
    assert_eq!((row.scheduled, row.due, row.running), (1, 1, 0));
    assert_eq!((row.oldest_due_at, row.paused_by.as_deref()), (Some(at(0)), Some("ada")));
    queue::resume(pool, Queue::Reminders).await.expect("resumed");
    scene.drain_at(30).await;
    assert_eq!(scene.probe.keys(), ["reply", "reminder"]);
}

/// A business, and one with a heap of jobs that have all been due for longer.
fn two_businesses(heap: usize) -> Vec<NewJob> {
    let business = |number| Some(BusinessId::from_uuid(Uuid::from_u128(number)));
    let of_the_heap =
        |number: usize| NewJob { tenant: business(1), ..job(&number.to_string(), number as i64, 0) };
    let last = NewJob { tenant: business(2), ..job("of another", heap as i64, 9) };
    (0..heap).map(of_the_heap).chain([last]).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_heap_of_one_business_keeps_no_other_waiting() {
    for places in [1, 4] {
        let scene = Scene::set().await;
        scene.schedule(two_businesses(2_000)).await;
        scene.clock.set(at(10));
        within(scene.worker_of(places, LEASE, vec![]).drain()).await.expect("drained");
        let keys = scene.probe.keys();
        let place = keys.iter().position(|key| key == "of another").expect("it ran");
        assert!(place < 100, "with {places} places it came after {place} others");
        assert_eq!(keys.len(), 2_001);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_of_one_business_that_do_not_end_leave_a_place_for_another() {
    let scene = Scene::set().await;
    scene.schedule(two_businesses(20)).await;
    scene.clock.set(at(10));
    scene.probe.hangs.store(true, Ordering::SeqCst);
    let stop = CancellationToken::new();
    let running = tokio::spawn({
        let (task, stop) = (scene.worker(), stop.clone());
        async move { task.run(stop).await }
    });
    until(async || scene.probe.keys().iter().any(|key| key == "of another")).await;
    let given_up = scene.rows().await.into_iter().filter_map(|row| row.error).next();
    assert_eq!(given_up, None, "it waited until others had had their time");
    stop.cancel();
    within(running).await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_share_what_is_due_and_run_each_job_once() {
    let scene = Scene::set().await;
    scene.schedule((0..300).map(|number| job(&number.to_string(), number, 0)).collect()).await;
    let workers = [scene.worker(), scene.worker(), scene.worker()];
    for drained in within(futures::future::join_all(workers.iter().map(Worker::drain))).await {
        drained.expect("drained");
    }
    let mut counts = BTreeMap::new();
    for key in scene.probe.keys() {
        *counts.entry(key).or_insert(0) += 1;
    }
    assert_eq!(counts.len(), 300);
    assert!(counts.values().all(|count| *count == 1), "{counts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_job_backs_off_dies_and_begins_anew_when_it_is_told_to() {
    let scene = Scene::set().await;
    scene.schedule(vec![job("a", 1, 0)]).await;
    scene.probe.fails.store(true, Ordering::SeqCst);
    let mut now = 0;
    for (attempts, longest) in [(1, 10), (2, 20)] {
        scene.drain_at(now).await;
        let row = scene.rows().await.remove(0);
        assert_eq!(
            (row.state.as_str(), row.attempts, row.error.as_deref()),
            ("waiting", attempts, Some("told to fail"))
        );
        let pause = row.due_at - at(now);
        let (half, whole) = (TimeDelta::milliseconds(longest * 500), TimeDelta::seconds(longest));
        assert!(pause >= half && pause <= whole, "{pause} after {attempts} tries");
        scene.drain_at(now).await;
        assert_eq!(scene.probe.ran().len(), attempts as usize, "it is not tried before its pause is over");
        now += longest;
    }
    scene.drain_at(now).await;
    let row = scene.rows().await.remove(0);
    assert!(row.is_dead() && row.attempts == 3 && row.error.is_some());
    scene.drain_at(now + 100_000).await;
    assert_eq!(scene.probe.ran().len(), 3, "what is dead is left alone");

    scene.probe.fails.store(false, Ordering::SeqCst);
    let pool = &scene.database.pool;
    assert!(!queue::retry(pool, effect(9), at(now)).await.expect("looked for"), "there is no such job");
    assert!(queue::retry(pool, effect(1), at(now)).await.expect("told"));
    assert!(!queue::retry(pool, effect(1), at(now)).await.expect("told"), "it is dead no more");
    scene.drain_at(now).await;
    assert_eq!(scene.probe.ran().len(), 4);
    assert!(scene.rows().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_will_always_fail_dies_at_once_and_what_panics_is_tried_again() {
    let scene = Scene::set().await;
    scene.schedule(vec![job("a", 1, 0)]).await;
    scene.probe.panics.store(true, Ordering::SeqCst);
    scene.drain_at(0).await;
    let row = scene.rows().await.remove(0);
    assert_eq!((row.state.as_str(), row.attempts), ("waiting", 1));
    assert!(row.error.is_some_and(|error| error.contains("panicked")));
    scene.probe.panics.store(false, Ordering::SeqCst);
    scene.probe.fails.store(true, Ordering::SeqCst);
    scene.probe.lastingly.store(true, Ordering::SeqCst);
    scene.drain_at(60).await;
    assert!(scene.rows().await[0].is_dead());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_jobs_of_a_worker_that_died_are_taken_over_when_its_lease_ends_and_die_if_they_end_every_worker()
{
    let scene = Scene::set().await;
    scene.schedule(vec![job("a", 1, 0)]).await;
    for attempt in 1..=3 {
        // It takes the job, and is never heard of again.
        let taken =
            scene.lease().claim(&[("probe", 1)], at(0), 9, &[], &Shares::default()).await.expect("claimed");
        assert_eq!(taken.iter().map(|job| job.attempts).collect::<Vec<_>>(), [attempt]);
        let taken_back = scene.take_back().await;
        assert_eq!(taken_back.iter().map(|job| job.dead).collect::<Vec<_>>(), [attempt == 3]);
    }
    let row = scene.rows().await.remove(0);
    assert!(row.is_dead() && row.error.is_some_and(|error| error.contains("died")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_lives_keeps_its_jobs_and_one_that_was_cut_off_has_no_say_in_them_any_more() {
    let scene = Scene::set().await;
    scene.schedule(vec![job("a", 1, 0)]).await;
    let stalled = scene.lease();
    let taken =
        stalled.claim(&[("probe", 1)], at(0), 9, &[], &Shares::default()).await.expect("claimed").remove(0);
    let others = scene.lease();
    assert_eq!(scene.take_back().await.len(), 1);
    assert_eq!(
        others.claim(&[("probe", 1)], at(0), 9, &[], &Shares::default()).await.expect("claimed").len(),
        1
    );
    for fate in [queue::Fate::Done, queue::Fate::Dead { error: "no".into() }, queue::Fate::Postponed(at(9))] {
        assert!(!stalled.settle(&taken, &fate).await.expect("asked"), "{fate:?}");
    }
    stalled.renew(&[taken.effect_id().uuid()]).await.expect("asked");
    assert_eq!(stalled.give_back().await.expect("asked"), 0);
    assert_eq!(scene.rows().await[0].state, "running");
    assert_eq!(scene.take_back().await.len(), 1);

    // This one renews its lease, again and again.
    scene.probe.hangs.store(true, Ordering::SeqCst);
    let stop = CancellationToken::new();
    let short = Duration::from_millis(300);
    let running = tokio::spawn({
        let (task, stop) = (scene.worker_of(4, short, vec![]), stop.clone());
        async move { task.run(stop).await }
    });
    within(scene.probe.arrived.notified()).await;
    let leased_until = async || -> DateTime<Utc> {
        let until = sqlx::query_scalar("select leased_until from jobs").fetch_one(&scene.database.pool);
        until.await.expect("a lease")
    };
    let first = leased_until().await;
    until(|| async { leased_until().await > first + 5 * short }).await;
    scene.probe.let_go.notify_one();
    until(|| async { scene.rows().await.is_empty() }).await;
    stop.cancel();
    within(running).await.expect("stopped");
    assert_eq!(scene.probe.ran().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_told_to_stop_gives_back_what_it_cannot_finish() {
    let scene = Scene::set().await;
    scene.schedule(vec![job("a", 1, 0)]).await;
    scene.probe.hangs.store(true, Ordering::SeqCst);
    let stop = CancellationToken::new();
    let running = tokio::spawn({
        let (task, stop) = (scene.worker(), stop.clone());
        async move { task.run(stop).await }
    });
    within(scene.probe.arrived.notified()).await;
    stop.cancel();
    within(running).await.expect("stopped");
    let row = scene.rows().await.remove(0);
    assert_eq!((row.state.as_str(), row.attempts), ("waiting", 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_a_newer_build_knows_is_left_to_it() {
    let scene = Scene::set().await;
    let of_tomorrow = [
        NewJob { policy: "of_tomorrow", ..job("a", 1, 0) },
        NewJob { version: 2, effect_id: effect(2), ..job("b", 2, 0) },
    ];
    scene.schedule(of_tomorrow.into()).await;
    scene.drain_at(60).await;
    assert_eq!(scene.rows().await.iter().map(|row| row.attempts).collect::<Vec<_>>(), [0, 0]);
    let newer =
        scene.lease().claim(&[("of_tomorrow", 1), ("probe", 2)], at(60), 9, &[], &Shares::default()).await;
    assert_eq!(newer.expect("claimed").len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_fires_once_for_each_time_in_the_whole_deployment_whatever_the_clock_does() {
    let scene = Scene::set().await;
    let cron = || Cron::new("probe", "*/10 * * * *", RETRY).expect("a pattern");
    let drain = async |minutes: i64| {
        scene.clock.set(morning() + TimeDelta::minutes(minutes));
        let workers = [scene.worker_of(2, LEASE, vec![cron()]), scene.worker_of(2, LEASE, vec![cron()])];
        for drained in within(futures::future::join_all(workers.iter().map(Worker::drain))).await {
            drained.expect("drained");
        }
        // One of the two may have looked before the other had enqueued.
        scene.worker().drain().await.expect("drained");
        scene.probe.ran().len()
    };
    assert_eq!(drain(0).await, 0, "a new schedule begins now");
    assert_eq!(drain(9).await, 0);
    assert_eq!(drain(10).await, 1);
    assert_eq!(drain(19).await, 1);
    assert_eq!(drain(20).await, 2);
    assert_eq!(drain(5).await, 2, "turning the clock back repeats nothing");
    assert_eq!(drain(20).await, 2);
    assert_eq!(drain(95).await, 3, "of what was missed only the latest is made up for");
    let last = *scene.probe.ran().last().map(|(_, due)| due).expect("a run");
    assert_eq!(last, (morning() + TimeDelta::minutes(90)).timestamp_micros());
}
