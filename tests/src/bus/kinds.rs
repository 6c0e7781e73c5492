//! Pools, sets, classes and limits: many callers at once, of two processes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::TimeDelta;
use frontdesk_adapters::command_bus::{BusError, Executed};
use frontdesk_adapters::crypto::MasterKey;
use frontdesk_domain::booking::appointment::{Booking, Source};
use frontdesk_domain::booking::commands::booking::{
    AppointmentView, BookAppointment, CancelAppointment, ConfirmHold, HoldSlot, ReleaseHold,
    RescheduleAppointment, Who,
};
use frontdesk_domain::kernel::ids::{AgendaDayId, AppointmentId, ResourceId, ServiceId};
use frontdesk_domain::kernel::recorded::Stream;
use frontdesk_domain::scheduling::agenda_day::{AgendaDay, AgendaDayEvent, Buffers, Occupation};
use frontdesk_domain::scheduling::availability::offer::SlotOffer;
use frontdesk_domain::scheduling::commands::resources::AddResource;
use frontdesk_domain::scheduling::commands::services::AddService;
use frontdesk_domain::scheduling::resource::ResourceDetails;
use frontdesk_domain::scheduling::service::{Choice, Limit, LimitOf, Need, Period, ServiceDetails};
use frontdesk_domain::values::interval::utc_day;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use tokio::task::JoinSet;

use crate::support::commits::sound_rows;
use crate::support::database::TestDatabase;
use crate::support::process::{Process, context};
use crate::support::shop::{SLOT_MINUTES, Shop, need, person, refused, resource_details, service_details};
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
    async fn resource(&self, capacity: u32) -> ResourceId {
        let details = ResourceDetails { capacity, ..resource_details("Bay") };
        let added = self.processes[0].bus.execute(&context(self.shop.tenant), &AddResource { details }).await;
        added.expect("added").output.id
    }

    async fn service(&self, details: ServiceDetails) -> ServiceId {
        let added = self.processes[0].bus.execute(&context(self.shop.tenant), &AddService { details }).await;
        added.expect("added").output.id
    }

    fn offer(&self, service_id: ServiceId, slot: i64, resources: &[ResourceId]) -> SlotOffer {
        SlotOffer { service_id, resources: resources.to_vec(), ..self.shop.offer(slot) }
    }

    /// As many callers as offers, at once; each is somebody else.
    async fn book(&self, offers: Vec<SlotOffer>) -> Vec<Booked> {
        static CUSTOMERS: AtomicUsize = AtomicUsize::new(0);
        let mut callers = JoinSet::new();
        for (number, offer) in offers.into_iter().enumerate() {
            let (bus, tenant) = (self.processes[number % 2].bus.clone(), self.shop.tenant);
            let customer = person(CUSTOMERS.fetch_add(1, Ordering::Relaxed));
            let booking = BookAppointment::new(offer, Who::Person(customer), Source::Api);
            callers.spawn(async move { bus.execute(&context(tenant), &booking).await });
        }
        within(callers.join_all()).await
    }

    /// What is booked of a resource on the day of the first slot, folded from the log.
    async fn taken(&self, resource: ResourceId) -> BTreeMap<AppointmentId, Occupation> {
        let day = AgendaDayId::of(self.shop.tenant, resource, utc_day(Shop::start(0)));
        let stream = Stream::of::<AgendaDay>(day);
        let events = self.processes[0]
            .log
            .load(&[(stream, 0)])
            .await
            .expect("loaded")
            .remove(&stream)
            .expect("a day")
            .events;
        let (mut held, mut booked) = (BTreeMap::new(), BTreeMap::new());
        for event in events {
            match event.decode::<AgendaDayEvent>().expect("readable") {
                AgendaDayEvent::TimeBooked { appointment_id, occupation } => {
                    booked.insert(appointment_id, occupation);
                }
                AgendaDayEvent::TimeHeld { appointment_id, occupation, .. } => {
                    held.insert(appointment_id, occupation);
                }
                AgendaDayEvent::HoldConfirmed { appointment_id } => {
                    booked
                        .extend(held.remove(&appointment_id).map(|occupation| (appointment_id, occupation)));
                }
                AgendaDayEvent::HoldLapsed { appointment_id } => drop(held.remove(&appointment_id)),
                AgendaDayEvent::TimeFreed { appointment_id } => {
                    held.remove(&appointment_id);
                    booked.remove(&appointment_id);
                }
            }
        }
        booked
    }
}

fn resources_of(booked: &Executed<AppointmentView>) -> Vec<ResourceId> {
    booking(booked).slot.resources.clone()
}

fn booking(booked: &Executed<AppointmentView>) -> &Booking {
    booked.output.appointment.booking().expect("booked")
}

fn reasons(refusals: Vec<Booked>) -> BTreeSet<String> {
    refusals.into_iter().map(refused).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_pool_of_five_exactly_five_win_each_with_a_resource_of_its_own() {
    let scene = scene().await;
    let mut pool = Vec::new();
    for _ in 0..5 {
        pool.push(scene.resource(1).await);
    }
    let service =
        scene.service(ServiceDetails { needs: vec![need(&pool)], ..service_details(pool[0]) }).await;
    // All were offered the first one.
    let (won, lost): (Vec<_>, Vec<_>) =
        scene.book(vec![scene.offer(service, 0, &pool[..1]); 60]).await.into_iter().partition(Result::is_ok);
    let used: BTreeSet<_> = won.iter().flatten().flat_map(resources_of).collect();
    assert_eq!((won.len(), used.len()), (5, 5));
    assert_eq!(reasons(lost), BTreeSet::from(["agenda-time-taken".to_owned()]));
    sound_rows(&scene.database.pool).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_asked_for_is_not_replaced() {
    let scene = scene().await;
    let pool = [scene.resource(1).await, scene.resource(1).await];
    let service =
        scene.service(ServiceDetails { needs: vec![need(&pool)], ..service_details(pool[0]) }).await;
    let offer = SlotOffer { fixed: true, ..scene.offer(service, 0, &pool[..1]) };
    let won: Vec<_> = scene.book(vec![offer; 10]).await.into_iter().flatten().collect();
    assert_eq!(won.iter().map(resources_of).collect::<Vec<_>>(), [vec![pool[0]]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn sets_with_crossed_resources_neither_block_each_other_nor_book_in_part() {
    let scene = scene().await;
    let both = [scene.resource(1).await, scene.resource(1).await];
    let crossed = [both[1], both[0]];
    let set = async |ids: &[ResourceId; 2]| {
        let needs = ids.iter().map(|id| need(&[*id])).collect();
        scene.service(ServiceDetails { needs, ..service_details(ids[0]) }).await
    };
    let (one, other) = (set(&both).await, set(&crossed).await);
    let offers = (0..60).map(|number| match number % 2 {
        0 => scene.offer(one, number / 20, &both),
        _ => scene.offer(other, number / 20, &crossed),
    });
    let won = scene.book(offers.collect()).await.into_iter().flatten().count();
    // Three times are wanted by twenty each.
    assert_eq!(won, 3);
    let (a, b) = (scene.taken(both[0]).await, scene.taken(both[1]).await);
    assert_eq!((a.len(), a.keys().collect::<Vec<_>>()), (3, b.keys().collect::<Vec<_>>()));
    sound_rows(&scene.database.pool).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_class_of_ten_is_taken_by_ten_and_a_party_needs_all_its_seats() {
    let scene = scene().await;
    let room = scene.resource(1).await;
    let service = scene.service(ServiceDetails { seats: 10, ..service_details(room) }).await;
    let offer = |seats| SlotOffer { seats, ..scene.offer(service, 0, &[room]) };
    let won = scene.book(vec![offer(1); 8]).await.into_iter().flatten().count();
    assert_eq!(won, 8);
    let party = scene.book(vec![offer(3)]).await.remove(0);
    assert!(
        matches!(&party, Err(BusError::Refused(refusal)) if refusal.detail == "2 seats are left at that time")
    );
    let (won, lost): (Vec<_>, Vec<_>) =
        scene.book(vec![offer(1); 30]).await.into_iter().partition(Result::is_ok);
    assert_eq!(won.len(), 2);
    assert_eq!(reasons(lost), BTreeSet::from(["agenda-class-full".to_owned()]));
    let seats: u32 = scene.taken(room).await.values().filter_map(|taken| taken.seats).sum();
    assert_eq!(seats, 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_holds_however_many_times_are_free() {
    let scene = scene().await;
    let pool = [scene.resource(1).await, scene.resource(1).await];
    let limit = Limit { of: LimitOf::Service, per: Period::Week, bookings: Some(7), minutes: None };
    let details =
        ServiceDetails { needs: vec![need(&pool)], limits: vec![limit], ..service_details(pool[0]) };
    let service = scene.service(details).await;
    let offers = (0..40).map(|slot| scene.offer(service, slot, &pool[..1])).collect();
    let (won, lost): (Vec<_>, Vec<_>) = scene.book(offers).await.into_iter().partition(Result::is_ok);
    assert_eq!(won.len(), 7);
    assert_eq!(reasons(lost), BTreeSet::from(["quota-limit-reached".to_owned()]));
    // What is cancelled can be booked by somebody else; a hold counts, too.
    let (bus, tenant) = (&scene.processes[0].bus, scene.shop.tenant);
    let first = won.into_iter().flatten().next().expect("one").output.id;
    scene.shop.cancel(bus, first).await.expect("cancelled");
    let hold = HoldSlot { offer: scene.offer(service, 50, &pool[..1]), seconds: 60, source: Source::Api };
    let held = bus.execute(&context(tenant), &hold).await.expect("held").output.id;
    let next = || scene.book(vec![scene.offer(service, 51, &pool[..1])]);
    assert_eq!(refused(next().await.remove(0)), "quota-limit-reached");
    let confirm = ConfirmHold::new(held, Who::Person(person(1)), Source::Api);
    bus.execute(&context(tenant), &confirm).await.expect("its own share is enough");
    assert_eq!(refused(next().await.remove(0)), "quota-limit-reached");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_has_a_limit_of_their_own() {
    let scene = scene().await;
    let limit = Limit { of: LimitOf::Customer, per: Period::Day, bookings: Some(1), minutes: None };
    let details = ServiceDetails { limits: vec![limit], ..service_details(scene.shop.resource) };
    let shop = Shop { service: scene.service(details).await, ..scene.shop.clone() };
    let bus = &scene.processes[0].bus;
    let first = shop.book(bus, 0, 1).await.expect("booked").output.id;
    assert_eq!(refused(shop.book(bus, 1, 1).await), "quota-limit-reached");
    shop.book(bus, 1, 2).await.expect("somebody else");
    // Moving takes the same share.
    let offer = shop.offer(2);
    let reschedule = RescheduleAppointment::new(first, offer);
    bus.execute(&context(shop.tenant), &reschedule).await.expect("moved");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_choice_among_those_who_are_free_is_the_services() {
    let scene = scene().await;
    let pool = [scene.resource(1).await, scene.resource(1).await];
    let count = async |choice, weights: Vec<u32>| {
        let needs = vec![Need { choice, weights, ..need(&pool) }];
        let service = scene.service(ServiceDetails { needs, ..service_details(pool[0]) }).await;
        let mut first = 0;
        for slot in 0..6 {
            // Nobody in particular was offered.
            let booked = scene.book(vec![scene.offer(service, slot, &[])]).await.remove(0).expect("booked");
            first += usize::from(resources_of(&booked) == [pool[0]]);
        }
        for resource in pool {
            for id in scene.taken(resource).await.keys() {
                scene.shop.cancel(&scene.processes[0].bus, *id).await.expect("cancelled");
            }
        }
        first
    };
    assert_eq!(count(Choice::Preferred, vec![]).await, 6);
    assert_eq!(count(Choice::LeastBusy, vec![]).await, 3);
    assert_eq!(count(Choice::Balanced, vec![2, 1]).await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_balanced_choice_counts_all_days_of_the_week_from_monday() {
    let scene = scene().await;
    let pool = [scene.resource(1).await, scene.resource(1).await];
    let needs = vec![Need { choice: Choice::Balanced, weights: vec![2, 1], ..need(&pool) }];
    let service = scene.service(ServiceDetails { needs, ..service_details(pool[0]) }).await;
    let day = TimeDelta::days(1).num_minutes() / SLOT_MINUTES;
    let taken = async |days: &[i64]| {
        let mut first = 0;
        for days in days {
            // Nobody in particular was offered, and at any of these times both are free.
            let booked =
                scene.book(vec![scene.offer(service, days * day, &[])]).await.remove(0).expect("booked");
            first += usize::from(resources_of(&booked) == [pool[0]]);
        }
        first
    };
    // From Sunday back to Tuesday: those after a day count as those before it do.
    assert_eq!(taken(&[6, 5, 4, 3, 2, 1]).await, 4);
    // The next week begins with nobody having done anything.
    assert_eq!(taken(&[7, 8, 9]).await, 2);
}

/// What one of many writers does.
#[derive(Debug, Clone, Copy)]
enum Act {
    Book {
        service: usize,
        slot: i64,
        seats: u16,
    },
    Hold {
        service: usize,
        slot: i64,
        seats: u16,
        confirm: bool,
    },
    /// One's own latest appointment.
    Move {
        service: usize,
        slot: i64,
    },
    Cancel,
}

fn act() -> impl Strategy<Value = Act> {
    let what = || (0_usize..3, 0_i64..6, 1_u16..4);
    prop_oneof![
        4 => what().prop_map(|(service, slot, seats)| Act::Book { service, slot, seats }),
        3 => (what(), any::<bool>()).prop_map(|((service, slot, seats), confirm)| Act::Hold { service, slot, seats, confirm }),
        2 => (0_usize..3, 0_i64..6).prop_map(|(service, slot)| Act::Move { service, slot }),
        2 => Just(Act::Cancel),
    ]
}

/// Any history of many writers, over two processes: nothing is overbooked, who was told yes has the time and
/// nobody else has it.
#[tokio::test(flavor = "multi_thread")]
async fn no_history_of_many_writers_overbooks_or_loses_a_booking() {
    let mut runner =
        TestRunner::new(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() });
    let histories = prop::collection::vec(prop::collection::vec(act(), 1..12), 6);
    let scene = scene().await;
    for _ in 0..6 {
        let writers = histories.new_tree(&mut runner).expect("histories").current();
        let (single, double) = (scene.resource(1).await, scene.resource(2).await);
        let pool = [single, double];
        // A pool, a class in one of its resources, and both resources at once with buffers.
        let needs = vec![need(&[single]), need(&[double])];
        let buffers = Buffers { before_minutes: 2, after_minutes: 4, shared: false };
        let services = [
            (
                scene.service(ServiceDetails { needs: vec![need(&pool)], ..service_details(single) }).await,
                vec![single],
            ),
            (scene.service(ServiceDetails { seats: 4, ..service_details(single) }).await, vec![single]),
            (
                scene.service(ServiceDetails { needs, buffers, ..service_details(single) }).await,
                vec![single, double],
            ),
        ];
        let mut running = JoinSet::new();
        for (number, acts) in writers.iter().cloned().enumerate() {
            let bus = scene.processes[number % 2].bus.clone();
            let (shop, services) = (scene.shop.clone(), services.clone());
            running.spawn(async move {
                let mut own: Vec<AppointmentId> = Vec::new();
                let context = || context(shop.tenant);
                let offer = |service: usize, slot, seats| {
                    let (service_id, resources) = services[service].clone();
                    SlotOffer {
                        service_id,
                        resources,
                        seats: if service == 1 { seats } else { 1 },
                        ..shop.offer(slot)
                    }
                };
                let who = || Who::Person(person(number));
                for act in acts {
                    match act {
                        Act::Book { service, slot, seats } => {
                            let offer = offer(service, slot, seats);
                            let booking = BookAppointment {
                                accepts_overlap: true,
                                ..BookAppointment::new(offer, who(), Source::Api)
                            };
                            let booked = kept(bus.execute(&context(), &booking).await);
                            // What is booked again is the appointment that there is.
                            own.extend(booked.filter(|id| !own.contains(id)));
                        }
                        Act::Hold { service, slot, seats, confirm } => {
                            let hold = HoldSlot {
                                offer: offer(service, slot, seats),
                                seconds: 60,
                                source: Source::Api,
                            };
                            let Some(hold_id) = kept(bus.execute(&context(), &hold).await) else { continue };
                            if confirm {
                                let confirm = ConfirmHold {
                                    accepts_overlap: true,
                                    ..ConfirmHold::new(hold_id, who(), Source::Api)
                                };
                                own.extend(kept(bus.execute(&context(), &confirm).await));
                            } else {
                                bus.execute(&context(), &ReleaseHold { hold_id }).await.expect("released");
                            }
                        }
                        Act::Move { service, slot } => {
                            let Some(appointment_id) = own.last().copied() else { continue };
                            let (offer, reason) = (offer(service, slot, 1), None);
                            let moved = RescheduleAppointment {
                                reason,
                                ..RescheduleAppointment::new(appointment_id, offer)
                            };
                            kept(bus.execute(&context(), &moved).await);
                        }
                        Act::Cancel => {
                            let Some(appointment_id) = own.pop() else { continue };
                            let cancel = CancelAppointment::new(appointment_id);
                            bus.execute(&context(), &cancel).await.expect("one's own can be cancelled");
                        }
                    }
                }
                own
            });
        }
        let told: BTreeSet<AppointmentId> = within(running.join_all()).await.into_iter().flatten().collect();
        let (single, double) = (scene.taken(single).await, scene.taken(double).await);
        let has: BTreeSet<AppointmentId> = single.keys().chain(double.keys()).copied().collect();
        assert_eq!(has, told, "{writers:?}");
        for (taken, capacity) in [(&single, 1), (&double, 2)] {
            for minute in -10..60 {
                let at = Shop::start(0) + TimeDelta::minutes(minute);
                let here: Vec<_> =
                    taken.values().filter(|one| one.padded().start <= at && at < one.padded().end).collect();
                let classes: BTreeSet<_> =
                    here.iter().filter(|one| one.seats.is_some()).map(|one| one.appointment).collect();
                let seats: u32 = here.iter().filter_map(|one| one.seats).sum();
                let alone = here.iter().filter(|one| one.seats.is_none()).count();
                assert!(alone + classes.len() <= capacity && seats <= 4, "{here:?} in {writers:?}");
            }
        }
    }
    sound_rows(&scene.database.pool).await;
}

/// What was promised; a refusal is an answer, everything else a defect.
fn kept(result: Booked) -> Option<AppointmentId> {
    match result {
        Ok(executed) => Some(executed.output.id),
        Err(BusError::Refused(_)) => None,
        Err(error) => panic!("{error:?}"),
    }
}
