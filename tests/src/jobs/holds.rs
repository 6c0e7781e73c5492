//! Holds that run out, whatever clocks and replays do.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use frontdesk_adapters::command_bus::{Clock, ManualClock};
use frontdesk_adapters::crypto::MasterKey;
use frontdesk_adapters::jobs::{JobRow, Settings, Worker, queue, registered_policies};
use frontdesk_application::workers::policies::policy_readers;
use frontdesk_application::workers::readers::begin_at_the_head;
use frontdesk_domain::booking::appointment::{Appointment, Source};
use frontdesk_domain::booking::commands::booking::{ConfirmHold, HoldSlot, ReleaseHold, Who};
use frontdesk_domain::kernel::ids::{AppointmentId, StreamId};
use frontdesk_projections::read_model::Filling;
use frontdesk_projections::read_models;
use frontdesk_projections::runner::Runner;

use crate::support::commits::rows;
use crate::support::database::TestDatabase;
use crate::support::process::{Process, context, morning};
use crate::support::shop::{Shop, person, refused};
use crate::support::source::LogSource;
use crate::support::within;

const HOLD_SECONDS: u32 = 60;

struct Scene {
    database: TestDatabase,
    master: MasterKey,
    process: Process,
    shop: Shop,
}

/// A clock that is ahead for one look.
#[derive(Debug)]
struct Startled {
    ahead: AtomicBool,
    clock: Arc<ManualClock>,
}

impl Clock for Startled {
    fn now(&self) -> DateTime<Utc> {
        if self.ahead.swap(false, Ordering::SeqCst) {
            self.clock.now() + TimeDelta::days(1)
        } else {
            self.clock.now()
        }
    }
}

fn at(seconds: i64) -> DateTime<Utc> {
    morning() + TimeDelta::seconds(seconds)
}

impl Scene {
    async fn set() -> Self {
        let database = TestDatabase::create().await;
        let master = MasterKey::generate();
        let process = Process::start(&database, &master);
        let shop = Shop::open(&process.bus).await;
        begin_at_the_head(&process.log, &policy_readers()).await.expect("checkpoints");
        Self { database, master, process, shop }
    }

    async fn hold(&self, slot: i64) -> AppointmentId {
        let hold = HoldSlot { offer: self.shop.offer(slot), seconds: HOLD_SECONDS, source: Source::Api };
        self.process.bus.execute(&context(self.shop.tenant), &hold).await.expect("held").output.id
    }

    async fn release(&self, hold_id: AppointmentId) {
        self.process
            .bus
            .execute(&context(self.shop.tenant), &ReleaseHold { hold_id })
            .await
            .expect("released");
    }

    fn confirmation(hold_id: AppointmentId) -> ConfirmHold {
        ConfirmHold::new(hold_id, Who::Person(person(1)), Source::Api)
    }

    /// Lets the policies read to the end of the log.
    async fn react(&self) {
        for reader in policy_readers() {
            let source = Arc::new(LogSource(self.process.log.clone()));
            within(Runner::new(reader, source, self.database.pool.clone()).drain())
                .await
                .expect("the end of the log");
        }
    }

    fn worker(&self, clock: Arc<dyn Clock>) -> Worker {
        let handlers =
            registered_policies().iter().map(|policy| (policy.handler)(self.process.bus.clone())).collect();
        Worker::new(self.database.pool.clone(), clock, handlers, vec![], Settings::default())
    }

    async fn work(&self) {
        within(self.worker(self.process.clock.clone()).drain()).await.expect("drained");
    }

    async fn work_at(&self, seconds: i64) {
        self.process.clock.set(at(seconds));
        self.work().await;
    }

    /// The jobs that end holds: what has become free is looked at by others.
    async fn jobs(&self) -> Vec<JobRow> {
        let jobs = queue::list(&self.database.pool, None, None, 200).await.expect("jobs");
        jobs.into_iter().filter(|job| job.name == "LapseHold").collect()
    }

    /// Streams and events after a position.
    async fn events(&self, after: usize) -> Vec<(String, String)> {
        let rows = rows(&self.database.pool).await;
        rows.into_iter().skip(after).map(|row| (row.aggregate_type, row.event_type)).collect()
    }

    async fn count(&self) -> usize {
        rows(&self.database.pool).await.len()
    }

    async fn state(&self, id: AppointmentId) -> Arc<Appointment> {
        self.process.bus.current::<Appointment>(id).await.expect("an appointment")
    }
}

fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
    of.iter().map(|(stream, event)| ((*stream).to_owned(), (*event).to_owned())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_that_runs_out_lapses_in_one_commit_with_its_outcome_and_its_time_is_free() {
    let scene = Scene::set().await;
    let hold = scene.hold(0).await;
    scene.react().await;
    let job = scene.jobs().await.remove(0);
    assert_eq!(
        (job.name.as_str(), job.key.as_str(), job.due_at),
        ("LapseHold", hold.to_string().as_str(), at(60))
    );
    assert_eq!(
        job.payload.0,
        serde_json::json!({ "hold_id": hold, "resources": [scene.shop.resource] }),
        "ids, and nothing else"
    );
    let before = scene.count().await;
    scene.work_at(59).await;
    assert_eq!(scene.count().await, before, "it is not due");

    scene.work_at(60).await;
    let lapse = [("agenda_day", "HoldLapsed"), ("appointment", "HoldLapsed"), ("effect", "EffectApplied")];
    assert_eq!(scene.events(before).await, pairs(&lapse));
    let written = rows(&scene.database.pool).await.split_off(before);
    assert!(written.iter().all(|row| row.commit_id == written[0].commit_id), "one commit");
    assert_eq!(written[2].aggregate_id, job.effect_id().uuid().to_string());
    assert!(matches!(&*scene.state(hold).await, Appointment::Lapsed { .. }));
    assert!(scene.jobs().await.is_empty());
    let confirm = scene.process.bus.execute(&context(scene.shop.tenant), &Scene::confirmation(hold)).await;
    assert_eq!(refused(confirm), "appointment-hold-expired");
    scene.release(hold).await;
    scene.shop.book(&scene.process.bus, 0, 2).await.expect("the time is free");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_confirms_or_releases_before_leaves_nothing_to_do() {
    let scene = Scene::set().await;
    let (confirmed, released) = (scene.hold(0).await, scene.hold(1).await);
    scene.react().await;
    assert_eq!(scene.jobs().await.len(), 2);
    scene
        .process
        .bus
        .execute(&context(scene.shop.tenant), &Scene::confirmation(confirmed))
        .await
        .expect("confirmed");
    scene.release(released).await;
    let before = scene.count().await;
    // The jobs come to it before the policy has heard that they are not needed.
    scene.work_at(3600).await;
    let unneeded = ("effect", "EffectUnneeded");
    assert_eq!(scene.events(before).await, pairs(&[unneeded, unneeded]));
    assert!(matches!(&*scene.state(confirmed).await, Appointment::Booked(_)));

    // And here the policy hears of it first.
    scene.process.clock.set(morning());
    let hold = scene.hold(2).await;
    scene.react().await;
    assert_eq!(scene.jobs().await.len(), 1);
    scene.release(hold).await;
    scene.react().await;
    assert!(scene.jobs().await.is_empty(), "it was withdrawn");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumps_forwards_fires_what_is_due_and_one_that_jumps_back_repeats_nothing() {
    let scene = Scene::set().await;
    scene.hold(0).await;
    scene.react().await;
    let before = scene.count().await;
    scene.work_at(365 * 24 * 3600).await;
    assert_eq!(scene.count().await, before + 3);
    scene.work_at(-24 * 3600).await;
    scene.react().await;
    scene.work_at(30).await;
    scene.work_at(90).await;
    assert_eq!(scene.count().await, before + 3);

    // Held while the clock stands in the past of what was: decisions are never earlier than what they rest
    // on.
    scene.process.clock.set(at(0));
    let hold = scene.hold(100).await;
    scene.react().await;
    let due_at = scene.jobs().await[0].due_at;
    scene.process.clock.set(due_at);
    scene.work().await;
    assert!(matches!(&*scene.state(hold).await, Appointment::Lapsed { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_was_taken_too_early_waits_for_its_time() {
    let scene = Scene::set().await;
    let hold = scene.hold(0).await;
    scene.react().await;
    let before = scene.count().await;
    let worker =
        scene.worker(Arc::new(Startled { ahead: AtomicBool::new(true), clock: scene.process.clock.clone() }));
    // It takes the job, and the clock jumps back before it decides.
    within(worker.drain()).await.expect("drained");
    assert_eq!(scene.count().await, before);
    let job = scene.jobs().await.remove(0);
    assert_eq!((job.state.as_str(), job.attempts, job.due_at), ("waiting", 0, at(60)), "that was no try");
    assert!(job.updated_at > job.created_at, "it was taken");
    assert!(matches!(&*scene.state(hold).await, Appointment::Held { .. }));
    scene.work_at(60).await;
    assert!(matches!(&*scene.state(hold).await, Appointment::Lapsed { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replayed_policy_or_a_rebuilt_read_model_fires_nothing() {
    let scene = Scene::set().await;
    let (_, released, open) = (scene.hold(0).await, scene.hold(1).await, scene.hold(2).await);
    scene.release(released).await;
    scene.react().await;
    scene.process.clock.set(at(59));
    let late = scene.hold(3).await;
    scene.react().await;
    scene.work_at(60).await;
    assert!(matches!(&*scene.state(open).await, Appointment::Lapsed { .. }));
    scene.react().await;
    scene.work().await;
    let (before, jobs) = (scene.count().await, scene.jobs().await);
    assert_eq!(jobs.iter().map(|job| job.key.clone()).collect::<Vec<_>>(), [late.to_string()]);

    for read_model in read_models() {
        let source = Arc::new(LogSource(scene.process.log.clone()));
        within(Runner::new(Filling::serving(read_model), source, scene.database.pool.clone()).drain())
            .await
            .expect("built");
    }
    sqlx::query("update checkpoints set position = 0").execute(&scene.database.pool).await.expect("set back");
    scene.react().await;
    scene.work().await;
    assert_eq!(scene.count().await, before, "nothing took effect again");
    let left: Vec<_> = scene.jobs().await.iter().map(JobRow::effect_id).collect();
    assert_eq!(
        left,
        jobs.iter().map(JobRow::effect_id).collect::<Vec<_>>(),
        "and what is to come is as it was"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_effect_that_stands_in_the_log_is_not_looked_for_in_the_queue() {
    let scene = Scene::set().await;
    scene.hold(0).await;
    scene.react().await;
    let keep = "create temporary table kept as select * from jobs";
    let mut connection = scene.database.as_owner().await;
    sqlx::query(keep).execute(&mut connection).await.expect("kept");
    scene.work_at(60).await;
    let before = scene.count().await;
    // As if the process had died between its commit and the end of its job.
    sqlx::query("insert into jobs select * from kept").execute(&mut connection).await.expect("back");
    scene.work().await;
    assert_eq!(scene.count().await, before);
    assert!(scene.jobs().await.is_empty(), "it was found done");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_policy_begins_at_the_head_of_the_log() {
    let scene = Scene::set().await;
    sqlx::query("delete from checkpoints where name = 'hold_expiry'")
        .execute(&mut scene.database.as_owner().await)
        .await
        .expect("new");
    scene.hold(0).await;
    begin_at_the_head(&scene.process.log, &policy_readers()).await.expect("a checkpoint");
    scene.hold(1).await;
    // It is given once.
    begin_at_the_head(&scene.process.log, &policy_readers()).await.expect("a checkpoint");
    scene.react().await;
    assert_eq!(scene.jobs().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_hundred_holds_of_one_day_that_run_out_at_once_all_lapse_once_with_two_processes() {
    let scene = Scene::set().await;
    for slot in 0..100 {
        scene.hold(slot).await;
    }
    scene.react().await;
    let before = scene.count().await;
    let other = Process::start(&scene.database, &scene.master);
    for process in [&scene.process, &other] {
        process.clock.set(at(60));
    }
    let of = |process: &Process| {
        let handlers =
            registered_policies().iter().map(|policy| (policy.handler)(process.bus.clone())).collect();
        Worker::new(scene.database.pool.clone(), process.clock.clone(), handlers, vec![], Settings::default())
    };
    let (one, two) = (of(&scene.process), of(&other));
    let (first, second) = within(futures::future::join(one.drain(), two.drain())).await;
    first.and(second).expect("drained");
    assert!(scene.jobs().await.is_empty(), "{:?}", scene.jobs().await);
    let written = scene.events(before).await;
    for (stream, event) in
        [("appointment", "HoldLapsed"), ("agenda_day", "HoldLapsed"), ("effect", "EffectApplied")]
    {
        let count = written.iter().filter(|(s, e)| s == stream && e == event).count();
        assert_eq!(count, 100, "{stream} {event}");
    }
    assert_eq!(written.len(), 300);
}
