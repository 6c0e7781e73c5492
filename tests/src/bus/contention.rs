//! Many callers at once, of two processes.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use frontdesk_adapters::command_bus::{Bus, BusError, Executed};
use frontdesk_adapters::crypto::MasterKey;
use frontdesk_domain::booking::commands::booking::AppointmentView;
use frontdesk_domain::kernel::ids::AppointmentId;
use frontdesk_domain::kernel::recorded::Stream;
use frontdesk_domain::scheduling::agenda_day::{AgendaDay, AgendaDayEvent};
use frontdesk_domain::values::interval::Interval;
use tokio::task::JoinSet;

use crate::support::commits::sound_rows;
use crate::support::database::TestDatabase;
use crate::support::process::Process;
use crate::support::shop::{Shop, refused};
use crate::support::within;

type Booked = Result<Executed<AppointmentView>, BusError>;

struct Scene {
    database: TestDatabase,
    processes: [Process; 2],
    shop: Shop,
}

async fn scene() -> Scene {
    let database = TestDatabase::create().await;
    let master = MasterKey::generate();
    let processes = [Process::start(&database, &master), Process::start(&database, &master)];
    let shop = Shop::open(&processes[0].bus).await;
    Scene { database, processes, shop }
}

impl Scene {
    /// Books all of these at once, by both processes in turn.
    /// Each slot for somebody who has booked nothing yet.
    async fn book(&self, slots: impl IntoIterator<Item = i64>) -> Vec<Booked> {
        static CUSTOMERS: AtomicUsize = AtomicUsize::new(0);
        let mut callers = JoinSet::new();
        for (number, slot) in slots.into_iter().enumerate() {
            let (bus, shop): (Bus, Shop) = (self.processes[number % 2].bus.clone(), self.shop.clone());
            let customer = CUSTOMERS.fetch_add(1, Ordering::Relaxed);
            callers.spawn(async move { shop.book(&bus, slot, customer).await });
        }
        within(callers.join_all()).await
    }

    /// What is booked on the day of the first slot, according to the log; none of it overlaps.
    async fn agenda(&self) -> BTreeMap<AppointmentId, Interval> {
        let stream = Stream::of::<AgendaDay>(self.shop.day(0));
        let events = self.processes[0]
            .log
            .load(&[(stream, 0)])
            .await
            .expect("loaded")
            .remove(&stream)
            .expect("a day")
            .events;
        let mut booked = BTreeMap::new();
        for event in events {
            match event.decode::<AgendaDayEvent>().expect("readable") {
                AgendaDayEvent::TimeBooked { appointment_id, occupation } => {
                    let taken = occupation.padded();
                    assert!(
                        booked.values().all(|other: &Interval| !other.overlaps(taken)),
                        "nothing overlaps"
                    );
                    booked.insert(appointment_id, taken);
                }
                AgendaDayEvent::TimeFreed { appointment_id } => drop(booked.remove(&appointment_id)),
                other => panic!("only bookings: {other:?}"),
            }
        }
        booked
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_100_who_want_one_slot_one_gets_it_and_the_others_are_told_what_is_open() {
    let scene = scene().await;
    let (booked, others): (Vec<_>, Vec<_>) = scene.book([0; 100]).await.into_iter().partition(Result::is_ok);
    assert_eq!((booked.len(), others.len()), (1, 99));
    for other in others {
        assert!(
            matches!(&other, Err(BusError::Refused(refusal)) if refusal.open.as_ref().is_some_and(|open| open.slots.len() == 3))
        );
        assert_eq!(refused(other), "agenda-time-taken");
    }
    assert_eq!(scene.agenda().await.len(), 1);
    sound_rows(&scene.database.pool).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_of_100_who_want_a_slot_each_get_it() {
    let scene = scene().await;
    let results = scene.book(0..100).await;
    let ids: Vec<AppointmentId> =
        results.into_iter().map(|result| result.expect("booked").output.id).collect();
    let agenda = scene.agenda().await;
    assert_eq!(agenda.len(), 100);
    assert!(ids.iter().all(|id| agenda.contains_key(id)));
    sound_rows(&scene.database.pool).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_slot_that_is_freed_and_wanted_at_once_ends_with_one_owner_at_most() {
    let scene = scene().await;
    let first: Vec<AppointmentId> =
        scene.book(0..10).await.into_iter().map(|result| result.expect("booked").output.id).collect();
    let mut cancelling = JoinSet::new();
    for (number, id) in first.iter().copied().enumerate() {
        let (bus, shop) = (scene.processes[number % 2].bus.clone(), scene.shop.clone());
        cancelling.spawn(async move { shop.cancel(&bus, id).await.map(drop) });
    }
    let booking = scene.book((0..40).map(|number| number % 10)).await;
    within(cancelling.join_all()).await.into_iter().for_each(|result| result.expect("cancelled"));
    let booked: Vec<AppointmentId> =
        booking.into_iter().filter_map(|result| Some(result.ok()?.output.id)).collect();
    let agenda = scene.agenda().await;
    assert_eq!(agenda.len(), booked.len(), "who was told yes has the slot, and nobody else has");
    assert!(booked.iter().all(|id| agenda.contains_key(id)));
    // By now all are free or booked anew; whoever comes next gets what is left.
    let rest = scene.book(0..10).await.into_iter().filter(Result::is_ok).count();
    assert_eq!(booked.len() + rest, 10);
    sound_rows(&scene.database.pool).await;
}
