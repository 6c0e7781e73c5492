//! Decisions on what is about to be written. While the log is held by somebody else nothing can be written,
//! so whatever is decided then is decided on states that are not in the log yet.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use frontdesk_adapters::command_bus::bus::RequestKey;
use frontdesk_adapters::command_bus::{Bus, BusError, Executed};
use frontdesk_adapters::crypto::MasterKey;
use frontdesk_domain::booking::commands::booking::AppointmentView;
use frontdesk_domain::kernel::ids::{AgendaDayId, IdempotentRequestId, ResourceId, StreamId};
use frontdesk_domain::kernel::personal::Personal;
use frontdesk_domain::kernel::recorded::Stream;
use frontdesk_domain::kernel::refusal::{Class, Refusal};
use frontdesk_domain::kernel::work::{Command, Failure, Work};
use frontdesk_domain::platform::idempotency::{IdempotentRequest, IdempotentRequestCommand, Reply};
use frontdesk_domain::scheduling::agenda_day::AgendaDay;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::support::commits::sound_rows;
use crate::support::database::TestDatabase;
use crate::support::locks::HeldLog;
use crate::support::process::{Process, context};
use crate::support::proxy::Proxy;
use crate::support::shop::{Shop, refused};
use crate::support::{until, within};

/// Long enough for an answer that need not wait.
const A_WHILE: Duration = Duration::from_millis(400);

type Booked = Result<Executed<AppointmentView>, BusError>;

struct Scene {
    database: TestDatabase,
    /// Before the appender of the process.
    proxy: Proxy,
    process: Process,
    other: Process,
    shop: Shop,
}

impl Scene {
    /// The day of the shop has one booking, at the slot 100.
    async fn set() -> Self {
        let (database, master) = (TestDatabase::create().await, MasterKey::generate());
        let proxy = Proxy::before(database.database.options());
        let process = Process::start_with(&database, &master, proxy.options());
        let other = Process::start(&database, &master);
        let shop = Shop::open(&process.bus).await;
        shop.book(&process.bus, 100, 100).await.expect("booked");
        Self { database, proxy, process, other, shop }
    }

    fn book(&self, slot: i64, customer: usize) -> JoinHandle<Booked> {
        let (bus, shop): (Bus, Shop) = (self.process.bus.clone(), self.shop.clone());
        tokio::spawn(async move { shop.book(&bus, slot, customer).await })
    }

    /// Waits until so many bookings of the day are decided and not written.
    async fn until_decided(&self, bookings: i64) {
        let day = Stream::of::<AgendaDay>(self.shop.day(0));
        let decided =
            || self.process.bus.ahead().get(day).is_some_and(|(day, _)| day.version == 1 + bookings);
        until(|| async { decided() }).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_at_one_resource_is_decided_before_the_first_of_it_is_written_and_shares_its_round_trips() {
    let scene = Scene::set().await;
    let held = HeldLog::of(&scene.database).await;
    let before = scene.proxy.exchanges();
    let mut callers = JoinSet::new();
    for number in 0..40 {
        let (bus, shop) = (scene.process.bus.clone(), scene.shop.clone());
        callers.spawn(async move { shop.book(&bus, number, number as usize).await });
    }
    scene.until_decided(40).await;
    held.let_go().await;
    for booked in within(callers.join_all()).await {
        booked.expect("booked");
    }
    let exchanges = scene.proxy.exchanges() - before;
    assert!(exchanges <= 4, "{exchanges} for 40 bookings");
    sound_rows(&scene.database.pool).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_hears_yes_or_no_before_all_that_it_rests_on_is_written() {
    let scene = Scene::set().await;
    let held = HeldLog::of(&scene.database).await;
    let mut first = scene.book(0, 1);
    scene.until_decided(1).await;
    let (mut same_slot, mut next_slot) = (scene.book(0, 2), scene.book(1, 3));
    scene.until_decided(2).await;
    for waiting in [&mut first, &mut same_slot, &mut next_slot] {
        let told = tokio::time::timeout(A_WHILE, waiting).await;
        assert!(told.is_err(), "told before anything was written: {told:?}");
    }
    held.let_go().await;
    within(first).await.expect("no panic").expect("booked");
    within(next_slot).await.expect("no panic").expect("booked");
    assert_eq!(refused(within(same_slot).await.expect("no panic")), "agenda-time-taken");
    sound_rows(&scene.database.pool).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_rests_on_a_decision_that_is_not_written_is_decided_again() {
    let scene = Scene::set().await;
    // This process does not know that the day has moved, so whatever it decides on it is lost.
    scene.shop.book(&scene.other.bus, 50, 50).await.expect("booked");
    let held = HeldLog::of(&scene.database).await;
    let first = scene.book(0, 1);
    scene.until_decided(1).await;
    let (taken, of_the_other) = (scene.book(0, 2), scene.book(50, 3));
    let crowd: Vec<_> = (1..20).map(|slot| scene.book(slot, 10 + slot as usize)).collect();
    held.let_go().await;
    let of_one_slot = [within(first).await, within(taken).await].map(|booked| booked.expect("no panic"));
    let (got_it, others): (Vec<_>, Vec<_>) = of_one_slot.into_iter().partition(Result::is_ok);
    assert_eq!(got_it.len(), 1);
    others.into_iter().for_each(|other| assert_eq!(refused(other), "agenda-time-taken"));
    assert_eq!(refused(within(of_the_other).await.expect("no panic")), "agenda-time-taken");
    for booked in crowd {
        within(booked).await.expect("no panic").expect("booked");
    }
    sound_rows(&scene.database.pool).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_key_hears_the_reply_that_is_about_to_be_written_once_it_is_written() {
    let scene = Scene::set().await;
    let held = HeldLog::of(&scene.database).await;
    let ask = || {
        let (bus, shop) = (scene.process.bus.clone(), scene.shop.clone());
        tokio::spawn(async move {
            let key = RequestKey::of(shop.tenant, "caller", "key", "asked".into());
            let render = |result: Result<AppointmentView, _>| match result {
                Ok(booked) => (201, json!({ "id": booked.id })),
                Err(_) => (409, json!({})),
            };
            bus.execute_once(&context(shop.tenant), &shop.booking(0, 1), &key, render).await
        })
    };
    let first = ask();
    scene.until_decided(1).await;
    let mut again = ask();
    assert!(tokio::time::timeout(A_WHILE, &mut again).await.is_err(), "nothing is written yet");
    held.let_go().await;
    let first = within(first).await.expect("no panic").expect("replied");
    let again = within(again).await.expect("no panic").expect("replied");
    assert_eq!((first.status, first.repeated, again.repeated), (201, false, true));
    assert_eq!(first.body, again.body);
    sound_rows(&scene.database.pool).await;
}

/// Notes how a day is, without guarding it.
#[derive(Debug, Serialize, Deserialize)]
struct NoteHowItIs {
    day: AgendaDayId,
    note: IdempotentRequestId,
}

impl Command for NoteHowItIs {
    const NAME: &'static str = "NoteHowItIs";
    type Output = Vec<DateTime<Utc>>;

    async fn decide<W: Work>(&self, work: &W) -> Result<Self::Output, Failure> {
        let day = work.peek::<AgendaDay>(self.day).await?.state;
        note(work, self.note).await?;
        Ok(day.entries().map(|(_, entry)| entry.occupation.appointment.start).collect())
    }
}

/// Something that is written.
async fn note(work: &impl Work, id: IdempotentRequestId) -> Result<(), Failure> {
    let reply = Reply { status: 200, body: Personal::in_command(json!({})) };
    let answer = IdempotentRequestCommand::Answer { fingerprint: String::new(), reply };
    work.execute::<IdempotentRequest>(id, answer).await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_only_looked_at_is_rested_on_too() {
    let scene = Scene::set().await;
    // This process does not know it, so what it decides on the day is lost.
    scene.shop.book(&scene.other.bus, 0, 50).await.expect("booked");
    let held = HeldLog::of(&scene.database).await;
    let lost = scene.book(1, 1);
    scene.until_decided(1).await;
    let note = IdempotentRequestId::from_uuid(Uuid::now_v7());
    let noted = tokio::spawn({
        let (bus, shop) = (scene.process.bus.clone(), scene.shop.clone());
        let note = NoteHowItIs { day: shop.day(0), note };
        async move { bus.execute(&context(shop.tenant), &note).await }
    });
    let is_decided = || scene.process.bus.ahead().get(Stream::of::<IdempotentRequest>(note)).is_some();
    until(|| async { is_decided() }).await;
    held.let_go().await;
    within(lost).await.expect("no panic").expect("booked");
    let noted = within(noted).await.expect("no panic").expect("noted").output;
    let has = |slot: i64| noted.contains(&Shop::start(slot));
    assert!(has(0) || !has(1), "a booking at 1 was never written on a day that had none at 0: {noted:?}");
}

/// Takes its time to decide on a day that others write all the time.
#[derive(Debug, Serialize, Deserialize)]
struct TakeTime {
    day: AgendaDayId,
    resource: ResourceId,
    note: IdempotentRequestId,
    refuses: bool,
    #[serde(skip)]
    tries: Arc<AtomicUsize>,
}

impl Command for TakeTime {
    const NAME: &'static str = "TakeTime";
    type Output = ();

    async fn decide<W: Work>(&self, work: &W) -> Result<(), Failure> {
        self.tries.fetch_add(1, Ordering::SeqCst);
        work.contend(self.resource.uuid());
        work.load::<AgendaDay>(self.day).await?;
        tokio::time::sleep(Duration::from_millis(20)).await;
        if self.refuses {
            return Err(Failure::Refused(Refusal::new("no", Class::Conflict, "no")));
        }
        note(work, self.note).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_loses_often_is_let_through() {
    let scene = Scene::set().await;
    let done = CancellationToken::new();
    let mut crowd = JoinSet::new();
    for slot in 0..8 {
        let (bus, shop, done) = (scene.process.bus.clone(), scene.shop.clone(), done.clone());
        crowd.spawn(async move {
            while !done.is_cancelled() {
                let booked = shop.book(&bus, slot, slot as usize).await.expect("booked").output;
                shop.cancel(&bus, booked.id).await.expect("cancelled");
            }
        });
    }
    for refuses in [false, true] {
        let tries = Arc::<AtomicUsize>::default();
        let command = TakeTime {
            day: scene.shop.day(0),
            resource: scene.shop.resource,
            note: IdempotentRequestId::from_uuid(Uuid::now_v7()),
            refuses,
            tries: tries.clone(),
        };
        let decided = within(scene.process.bus.execute(&context(scene.shop.tenant), &command)).await;
        match decided {
            Ok(_) => assert!(!refuses),
            refusal => assert_eq!((refused(refusal).as_str(), refuses), ("no", true)),
        }
        let tries = tries.load(Ordering::SeqCst);
        assert!(tries <= 12, "{tries} tries");
    }
    done.cancel();
    within(crowd.join_all()).await;
}
