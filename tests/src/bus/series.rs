//! Series of appointments: whole or not at all, by callers of two processes at once.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use frontdesk_adapters::command_bus::{BusError, Executed};
use frontdesk_adapters::crypto::MasterKey;
use frontdesk_domain::booking::appointment::{Appointment, Source};
use frontdesk_domain::booking::commands::booking::{
    AppointmentView, BookAppointment, CancelAppointment, RescheduleAppointment, Who,
};
use frontdesk_domain::booking::commands::lifecycle::ApproveRequest;
use frontdesk_domain::booking::commands::series::{
    BookSeries, CancelSeries, RescheduleSeries, Scope, SeriesView,
};
use frontdesk_domain::booking::series::Series;
use frontdesk_domain::booking::series::rule::RecurrenceRule;
use frontdesk_domain::kernel::decider::Decider;
use frontdesk_domain::kernel::ids::{AgendaDayId, AppointmentId, ResourceId, SeriesId, ServiceId};
use frontdesk_domain::kernel::recorded::Stream;
use frontdesk_domain::kernel::refusal::Refusal;
use frontdesk_domain::kernel::work::Command;
use frontdesk_domain::scheduling::agenda_day::{AgendaDay, Buffers, Occupation};
use frontdesk_domain::scheduling::availability::offer::SlotOffer;
use frontdesk_domain::scheduling::commands::resources::AddResource;
use frontdesk_domain::scheduling::commands::services::AddService;
use frontdesk_domain::scheduling::service::{
    Approval, Deadline, Fee, Horizon, Late, Limit, LimitOf, Period, Policy, ServiceDetails,
};
use frontdesk_domain::values::interval::utc_day;
use frontdesk_domain::values::money::Money;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use tokio::task::JoinSet;

use crate::support::commits::sound_rows;
use crate::support::database::TestDatabase;
use crate::support::process::{Process, context, morning};
use crate::support::shop::{Shop, need, person, refused, resource_details, service_details};
use crate::support::within;

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
    async fn run<C: Command>(&self, command: &C) -> Result<Executed<C::Output>, BusError> {
        self.processes[0].bus.execute(&context(self.shop.tenant), command).await
    }

    async fn resource(&self) -> ResourceId {
        self.run(&AddResource { details: resource_details("Bay") }).await.expect("added").output.id
    }

    async fn service(&self, details: ServiceDetails) -> ServiceId {
        self.run(&AddService { details }).await.expect("added").output.id
    }

    /// The shop's service, or another one of its resource.
    fn series(&self, rule: &str, slot: i64) -> BookSeries {
        series(self.shop.offer(slot), rule, 1)
    }

    async fn head(&self) -> i64 {
        self.processes[0].log.head().await.expect("a head")
    }

    /// An aggregate folded from the beginning of its stream.
    async fn folded<A: Decider>(&self, id: A::Id) -> A {
        let stream = Stream::of::<A>(id);
        let events = self.processes[1].log.load(&[(stream, 0)]).await.expect("loaded").remove(&stream);
        let events = events.map(|stream| stream.events).unwrap_or_default();
        A::default().fold(events.into_iter().map(|event| event.decode().expect("readable")))
    }

    /// What is taken of a resource on some days from the first slot's on.
    async fn taken(
        &self,
        resource: ResourceId,
        days: std::ops::Range<i32>,
    ) -> BTreeMap<AppointmentId, Occupation> {
        let mut taken = BTreeMap::new();
        for day in days {
            let id = AgendaDayId::of(self.shop.tenant, resource, utc_day(Shop::start(0)) + day);
            let day = self.folded::<AgendaDay>(id).await;
            let occupying = day.entries().filter(|(_, entry)| entry.occupies(morning()));
            taken.extend(occupying.map(|(id, entry)| (id, entry.occupation)));
        }
        taken
    }
}

fn series(offer: SlotOffer, rule: &str, customer: usize) -> BookSeries {
    let rule = RecurrenceRule::parse(rule).expect(rule);
    BookSeries::new(offer, rule, Who::Person(person(customer)), Source::Api)
}

/// The numbers of those that stand in the way, and why.
fn conflicts<T: std::fmt::Debug>(result: Result<T, BusError>) -> (Vec<u16>, BTreeSet<String>) {
    let Err(BusError::Refused(Refusal { slug, conflicts, .. })) = result else {
        panic!("refused, not {result:?}")
    };
    assert_eq!(slug, "series-conflicts");
    (
        conflicts.iter().map(|conflict| conflict.number).collect(),
        conflicts.into_iter().map(|conflict| conflict.slug).collect(),
    )
}

fn why(slug: &str) -> BTreeSet<String> {
    BTreeSet::from([slug.to_owned()])
}

/// On which days from the first slot's on its booked appointments are, and at which of its slots.
fn times(series: &SeriesView) -> Vec<(i64, i64)> {
    let booked = series.appointments.iter().filter_map(|appointment| appointment.appointment.standing().ok());
    let minutes = booked.map(|booking| (booking.slot.time.start - Shop::start(0)).num_minutes());
    minutes.map(|minutes| (minutes.div_euclid(24 * 60), minutes.rem_euclid(24 * 60) / 5)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_series_is_booked_whole_or_refused_with_everything_that_is_in_its_way() {
    let scene = scene().await;
    let later = |days| SlotOffer { start: Shop::start(0) + TimeDelta::days(days), ..scene.shop.offer(0) };
    for day in [2, 5] {
        let who = Who::Person(person(9));
        let booking = BookAppointment::new(later(day), who, Source::Api);
        scene.run(&booking).await.expect("booked");
    }
    let before = scene.head().await;
    let daily = scene.series("FREQ=DAILY;COUNT=7", 0);
    assert_eq!(conflicts(scene.run(&daily).await), (vec![3, 6], why("agenda-time-taken")));
    // Past the horizon of 60 days.
    let refusal = conflicts(scene.run(&scene.series("FREQ=DAILY;INTERVAL=30;COUNT=5", 1)).await);
    assert_eq!(refusal, (vec![4, 5], why("slot-too-far-ahead")));
    assert_eq!(scene.head().await, before, "something was written");

    let booked = scene.run(&BookSeries { skip_conflicts: true, ..daily }).await.expect("booked").output;
    assert_eq!(times(&booked), [(0, 0), (1, 0), (3, 0), (4, 0), (6, 0)]);
    assert_eq!(booked.series.skipped.iter().map(|conflict| conflict.number).collect::<Vec<_>>(), [3, 6]);
    assert!(
        booked
            .appointments
            .iter()
            .all(|one| one.appointment.standing().is_ok_and(|own| own.series_id == Some(booked.id)))
    );
    assert_eq!(scene.taken(scene.shop.resource, 0..8).await.len(), 7);
    assert_eq!(scene.folded::<Series>(booked.id).await.booked(), Ok(&booked.series));
    // Nothing of it is left to book.
    let again = BookSeries { skip_conflicts: true, ..scene.series("FREQ=DAILY;COUNT=7", 0) };
    assert_eq!(conflicts(scene.run(&again).await).0, [1, 2, 3, 4, 5, 6, 7]);
    sound_rows(&scene.database.pool).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn appointments_of_one_series_are_in_each_others_way_and_count_towards_limits() {
    let scene = scene().await;
    let limit = Limit { of: LimitOf::Customer, per: Period::Week, bookings: Some(2), minutes: None };
    let limited =
        scene.service(ServiceDetails { limits: vec![limit], ..service_details(scene.shop.resource) }).await;
    let offer = |service_id, slot| SlotOffer { service_id, ..scene.shop.offer(slot) };
    // From a Monday on.
    let refusal = conflicts(scene.run(&series(offer(limited, 0), "FREQ=DAILY;COUNT=9", 1)).await);
    assert_eq!(refusal, (vec![3, 4, 5, 6, 7], why("quota-limit-reached")));
    let booked = scene
        .run(&series(offer(limited, 0), "FREQ=WEEKLY;BYDAY=MO,TU;COUNT=6", 1))
        .await
        .expect("booked")
        .output;
    assert_eq!(booked.appointments.len(), 6);
    // What is freed by moving is there to be taken again.
    let to = SlotOffer { start: Shop::start(0) + TimeDelta::days(2), ..offer(limited, 0) };
    let moved = RescheduleSeries::new(booked.id, booked.appointments[0].id, to, Scope::All);
    let moved = scene.run(&moved).await.expect("moved").output;
    assert_eq!(times(&moved), [(2, 0), (3, 0), (9, 0), (10, 0), (16, 0), (17, 0)]);

    let buffers = Buffers { before_minutes: 0, after_minutes: 10, shared: false };
    let long =
        ServiceDetails { duration_minutes: 24 * 60, buffers, ..service_details(scene.resource().await) };
    let resources = long.needs[0].any_of.clone();
    let long = SlotOffer { resources, duration_minutes: 24 * 60, ..offer(scene.service(long).await, 0) };
    let refusal = conflicts(scene.run(&series(long, "FREQ=DAILY;COUNT=3", 3)).await);
    assert_eq!(refusal, (vec![2], why("agenda-time-taken")));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_pool_one_serves_the_whole_series_as_far_as_possible() {
    let scene = scene().await;
    let pool = [scene.resource().await, scene.resource().await];
    let service =
        scene.service(ServiceDetails { needs: vec![need(&pool)], ..service_details(pool[0]) }).await;
    let offer = |start, fixed| SlotOffer {
        service_id: service,
        resources: vec![pool[1]],
        start,
        fixed,
        ..scene.shop.offer(0)
    };
    let on = |day| Shop::start(0) + TimeDelta::days(day);
    let taken = BookAppointment::new(offer(on(2), true), Who::Person(person(2)), Source::Api);
    scene.run(&taken).await.expect("booked");
    let booked =
        scene.run(&series(offer(on(0), false), "FREQ=DAILY;COUNT=5", 1)).await.expect("booked").output;
    let who =
        booked.appointments.iter().map(|one| one.appointment.standing().expect("booked").slot.resources[0]);
    assert_eq!(who.collect::<Vec<_>>(), [pool[1], pool[1], pool[0], pool[1], pool[1]]);
    // Who was asked for is not replaced.
    let refusal = conflicts(
        scene.run(&series(SlotOffer { start: on(2), ..offer(on(0), true) }, "FREQ=DAILY;COUNT=2", 3)).await,
    );
    assert_eq!(refusal, (vec![1, 2], why("agenda-time-taken")));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_longest_series_fits_and_what_does_not_fit_into_a_commit_is_refused() {
    let scene = scene().await;
    let mut set = Vec::new();
    for _ in 0..5 {
        set.push(scene.resource().await);
    }
    let needs: Vec<_> = set.iter().map(|id| need(&[*id])).collect();
    let horizon = Horizon::Days { days: 366 };
    let details = || ServiceDetails { needs: needs.clone(), horizon, ..service_details(set[0]) };
    let limit = |of, per| Limit { of, per, bookings: Some(1_000), minutes: None };
    let every = |of| [Period::Day, Period::Week, Period::Month, Period::Year].map(|per| limit(of, per));
    let limits = [every(LimitOf::Service), every(LimitOf::Resource)].concat();
    let (plain, limited) =
        (scene.service(details()).await, scene.service(ServiceDetails { limits, ..details() }).await);
    let offer = |service_id, slot| SlotOffer { service_id, resources: set.clone(), ..scene.shop.offer(slot) };
    let before = scene.head().await;
    assert_eq!(
        refused(scene.run(&series(offer(limited, 0), "FREQ=DAILY;COUNT=104", 1)).await),
        "series-too-large"
    );
    assert_eq!(scene.head().await, before, "something was written");
    let booked = scene.run(&series(offer(plain, 0), "FREQ=DAILY;COUNT=104", 1)).await.expect("booked").output;
    assert_eq!(booked.appointments.len(), 104);
    let cancel = CancelSeries::new(booked.id, None);
    assert_eq!(times(&scene.run(&cancel).await.expect("cancelled").output), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_is_moved_alone_the_following_move_on_and_all_that_stand_are_cancelled() {
    let scene = scene().await;
    let booked = scene.run(&scene.series("FREQ=DAILY;COUNT=6", 0)).await.expect("booked").output;
    let (id, appointments) = (booked.id, booked.appointments.iter().map(|one| one.id).collect::<Vec<_>>());
    let on = |day, slot| SlotOffer { start: Shop::start(slot) + TimeDelta::days(day), ..scene.shop.offer(0) };
    let alone = RescheduleAppointment::new(appointments[4], on(4, 3));
    scene.run(&alone).await.expect("moved");
    scene.shop.cancel(&scene.processes[1].bus, appointments[3]).await.expect("cancelled");

    let reschedule =
        |number: usize, offer, scope| RescheduleSeries::new(id, appointments[number], offer, scope);
    // Onto days that they have themselves now; the one that was moved alone moves on from where it is.
    let moved = scene.run(&reschedule(2, on(3, 1), Scope::Following)).await.expect("moved").output;
    assert_eq!(times(&moved), [(0, 0), (1, 0), (3, 1), (5, 4), (6, 1)]);
    let moved = scene.run(&reschedule(2, on(3, 2), Scope::All)).await.expect("moved").output;
    assert_eq!(times(&moved), [(0, 1), (1, 1), (3, 2), (5, 5), (6, 2)]);

    let before = scene.head().await;
    // The first two would be in the past.
    let refusal = conflicts(scene.run(&reschedule(2, on(1, -24), Scope::All)).await);
    assert_eq!(refusal, (vec![1, 2], why("slot-in-the-past")));
    assert_eq!(refused(scene.run(&reschedule(3, on(3, 0), Scope::All)).await), "appointment-cancelled");
    let another = scene.service(service_details(scene.shop.resource)).await;
    let of_another = SlotOffer { service_id: another, ..on(9, 0) };
    assert_eq!(refused(scene.run(&reschedule(2, of_another, Scope::All)).await), "series-other-service");
    let cancel = |from, seen_version| CancelSeries { seen_version, ..CancelSeries::new(id, from) };
    let stranger = scene.shop.book(&scene.processes[0].bus, 100, 2).await.expect("booked").output.id;
    assert_eq!(refused(scene.run(&cancel(Some(stranger), None)).await), "series-not-in-series");
    assert_eq!(refused(scene.run(&cancel(None, Some(1))).await), "changed-since");
    assert_eq!(scene.head().await, before + 6, "only the service and the stranger's booking were written");

    let cancelled = scene.run(&cancel(Some(appointments[4]), Some(3))).await.expect("cancelled").output;
    assert_eq!((cancelled.version, times(&cancelled)), (4, vec![(0, 1), (1, 1), (3, 2)]));
    // What has begun stays.
    scene.processes[0].clock.set(Shop::start(0) + TimeDelta::hours(24 + 6));
    let rest = scene.run(&cancel(None, None)).await.expect("cancelled").output;
    assert_eq!(times(&rest), [(0, 1), (1, 1)]);
    assert_eq!(scene.run(&cancel(None, None)).await.expect("nothing is left to cancel").position, None);
    assert_eq!(
        scene.taken(scene.shop.resource, 0..12).await.len(),
        3,
        "those that are over, and the stranger's"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn each_appointment_of_a_series_is_held_to_the_policy_that_it_was_booked_under() {
    let scene = scene().await;
    let fee = Fee::Amount { money: Money { amount: 1_000, currency: "EUR".parse().expect("a currency") } };
    let cancellation = Deadline { minutes_before: 36 * 60, after: Late::Charged { fee } };
    let policy =
        Policy { approval: Some(Approval { within_minutes: 60 }), cancellation, ..Policy::default() };
    let service = scene.service(ServiceDetails { policy, ..service_details(scene.shop.resource) }).await;
    let offer = SlotOffer { service_id: service, ..scene.shop.offer(0) };
    let booked = scene.run(&series(offer, "FREQ=DAILY;COUNT=3", 1)).await.expect("requested").output;
    for one in &booked.appointments {
        assert!(
            matches!(&one.appointment, Appointment::Requested { booking, .. } if booking.series_id == Some(booked.id))
        );
        scene.run(&ApproveRequest { appointment_id: one.id, seen_version: Some(1) }).await.expect("approved");
    }
    // In an hour, tomorrow, and the day after.
    let cancel = CancelSeries::new(booked.id, None);
    assert_eq!(conflicts(scene.run(&cancel).await), (vec![1, 2], why("appointment-fee-due")));
    let cancelled = scene.run(&CancelSeries { accepts_fee: true, ..cancel }).await.expect("cancelled").output;
    let fees =
        cancelled.appointments.iter().map(|one| one.appointment.booking().expect("cancelled").fees.len());
    assert_eq!((times(&cancelled), fees.collect::<Vec<_>>()), (vec![], vec![1, 1, 0]));
}

#[tokio::test(flavor = "multi_thread")]
async fn series_that_cross_are_booked_whole_or_refused_whole() {
    let scene = scene().await;
    let mut callers = JoinSet::new();
    for number in 0..16 {
        let bus = scene.processes[number % 2].bus.clone();
        let start = Shop::start(0) + TimeDelta::days(number as i64 % 8);
        let (tenant, offer) = (scene.shop.tenant, SlotOffer { start, ..scene.shop.offer(0) });
        let rule = if number % 3 == 0 { "FREQ=DAILY;INTERVAL=2;COUNT=4" } else { "FREQ=DAILY;COUNT=4" };
        callers.spawn(async move { bus.execute(&context(tenant), &series(offer, rule, number)).await });
    }
    let (won, lost): (Vec<_>, Vec<_>) = within(callers.join_all()).await.into_iter().partition(Result::is_ok);
    let won: Vec<SeriesView> = won.into_iter().flatten().map(|executed| executed.output).collect();
    let promised: BTreeSet<AppointmentId> =
        won.iter().flat_map(|series| series.appointments.iter().map(|one| one.id)).collect();
    let taken = scene.taken(scene.shop.resource, 0..16).await;
    assert!(!won.is_empty() && promised.len() == 4 * won.len(), "{won:?}");
    assert_eq!(taken.keys().copied().collect::<BTreeSet<_>>(), promised);
    assert_eq!(
        taken.values().map(|one| one.appointment).collect::<BTreeSet<_>>().len(),
        taken.len(),
        "two at one time"
    );
    for refusal in lost {
        let (numbers, reasons) = conflicts(refusal);
        assert!(!numbers.is_empty());
        assert_eq!(reasons, why("agenda-time-taken"));
    }
    sound_rows(&scene.database.pool).await;
}

/// What one of many writers does, with the latest that is its own.
#[derive(Debug, Clone, Copy)]
enum Act {
    Book { service: usize, day: i64, slot: i64 },
    BookSeries { service: usize, day: i64, slot: i64, count: u8, skip: bool },
    Move { day: i64, slot: i64 },
    Cancel,
    MoveSeries { from: usize, day: i64, slot: i64, all: bool },
    CancelSeries { from: Option<usize> },
}

fn act() -> impl Strategy<Value = Act> {
    let when = || (0_i64..5, 0_i64..4);
    prop_oneof![
        2 => (0_usize..2, when()).prop_map(|(service, (day, slot))| Act::Book { service, day, slot }),
        4 => (0_usize..2, when(), 1_u8..5, any::<bool>())
            .prop_map(|(service, (day, slot), count, skip)| Act::BookSeries { service, day, slot, count, skip }),
        2 => when().prop_map(|(day, slot)| Act::Move { day, slot }),
        1 => Just(Act::Cancel),
        3 => (0_usize..4, when(), any::<bool>()).prop_map(|(from, (day, slot), all)| Act::MoveSeries { from, day, slot, all }),
        1 => prop::option::of(0_usize..4).prop_map(|from| Act::CancelSeries { from }),
    ]
}

/// What a writer was told last of each appointment of its own.
#[derive(Default)]
struct Told {
    appointments: BTreeMap<AppointmentId, Appointment>,
    /// With which of the services.
    series: Vec<(SeriesId, usize, Vec<AppointmentId>)>,
}

impl Told {
    fn appointment(&mut self, result: Result<Executed<AppointmentView>, BusError>) {
        if let Some(view) = answered(result) {
            self.appointments.insert(view.id, view.appointment);
        }
    }

    fn series(&mut self, result: Result<Executed<SeriesView>, BusError>) -> Option<SeriesView> {
        let view = answered(result)?;
        self.appointments.extend(view.appointments.iter().map(|one| (one.id, one.appointment.clone())));
        Some(view)
    }
}

/// A refusal is an answer, everything else a defect.
fn answered<T>(result: Result<Executed<T>, BusError>) -> Option<T> {
    match result {
        Ok(executed) => Some(executed.output),
        Err(BusError::Refused(_)) => None,
        Err(error) => panic!("{error:?}"),
    }
}

/// Any history of many writers with series, over two processes: nothing is overbooked or lost, and the log
/// says what they were told.
#[tokio::test(flavor = "multi_thread")]
async fn no_history_with_series_overbooks_or_loses_a_booking() {
    let mut runner =
        TestRunner::new(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() });
    let histories = prop::collection::vec(prop::collection::vec(act(), 1..12), 6);
    let scene = scene().await;
    for _ in 0..6 {
        let writers = histories.new_tree(&mut runner).expect("histories").current();
        let pool = [scene.resource().await, scene.resource().await];
        let buffers = Buffers { before_minutes: 1, after_minutes: 3, shared: false };
        let both = pool.iter().map(|id| need(&[*id])).collect();
        // Either of a pool, and both at once with buffers.
        let services = [
            (
                scene.service(ServiceDetails { needs: vec![need(&pool)], ..service_details(pool[0]) }).await,
                vec![pool[0]],
            ),
            (
                scene.service(ServiceDetails { needs: both, buffers, ..service_details(pool[0]) }).await,
                pool.to_vec(),
            ),
        ];
        let mut running = JoinSet::new();
        for (number, acts) in writers.iter().cloned().enumerate() {
            let (bus, shop, services) =
                (scene.processes[number % 2].bus.clone(), scene.shop.clone(), services.clone());
            running.spawn(async move {
                let (mut told, context) = (Told::default(), || context(shop.tenant));
                let offer = |service: usize, day, slot| {
                    let (service_id, resources) = services[service].clone();
                    let start = Shop::start(slot) + TimeDelta::days(day);
                    SlotOffer { service_id, resources, start, ..shop.offer(0) }
                };
                for act in acts {
                    match act {
                        Act::Book { service, day, slot } => {
                            let (offer, who) = (offer(service, day, slot), Who::Person(person(number)));
                            let booking = BookAppointment::new(offer, who, Source::Api);
                            told.appointment(bus.execute(&context(), &booking).await);
                        }
                        Act::BookSeries { service, day, slot, count, skip } => {
                            let booking = series(
                                offer(service, day, slot),
                                &format!("FREQ=DAILY;COUNT={count}"),
                                number,
                            );
                            let booking = BookSeries { skip_conflicts: skip, ..booking };
                            if let Some(view) = told.series(bus.execute(&context(), &booking).await) {
                                told.series.push((
                                    view.id,
                                    service,
                                    view.appointments.iter().map(|one| one.id).collect(),
                                ));
                            }
                        }
                        Act::Move { day, slot } => {
                            let Some(appointment_id) = told.appointments.keys().last().copied() else {
                                continue;
                            };
                            let moved = RescheduleAppointment::new(appointment_id, offer(0, day, slot));
                            told.appointment(bus.execute(&context(), &moved).await);
                        }
                        Act::Cancel => {
                            let Some(appointment_id) = told.appointments.keys().last().copied() else {
                                continue;
                            };
                            let cancelled =
                                bus.execute(&context(), &CancelAppointment::new(appointment_id)).await;
                            told.appointment(Ok(cancelled.expect("one's own can be cancelled")));
                        }
                        Act::MoveSeries { from, day, slot, all } => {
                            let Some((series_id, service, ids)) = told.series.last().cloned() else {
                                continue;
                            };
                            let scope = if all { Scope::All } else { Scope::Following };
                            let (appointment_id, offer) = (ids[from % ids.len()], offer(service, day, slot));
                            let moved = RescheduleSeries::new(series_id, appointment_id, offer, scope);
                            told.series(bus.execute(&context(), &moved).await);
                        }
                        Act::CancelSeries { from } => {
                            let Some((series_id, _, ids)) = told.series.last().cloned() else { continue };
                            let cancel = CancelSeries::new(series_id, from.map(|from| ids[from % ids.len()]));
                            let cancelled = bus.execute(&context(), &cancel).await;
                            told.series(Ok(cancelled.expect("one's own can be cancelled")));
                        }
                    }
                }
                told.appointments
            });
        }
        let told: BTreeMap<AppointmentId, Appointment> =
            within(running.join_all()).await.into_iter().flatten().collect();
        let mut promised: BTreeMap<ResourceId, BTreeMap<AppointmentId, Occupation>> =
            pool.map(|id| (id, BTreeMap::new())).into();
        for (id, appointment) in &told {
            assert_eq!(scene.folded::<Appointment>(*id).await, *appointment, "{writers:?}");
            for occupation in
                appointment.standing().into_iter().flat_map(|booking| booking.slot.occupations())
            {
                promised.entry(occupation.resource_id).or_default().insert(*id, occupation);
            }
        }
        for (resource, promised) in promised {
            assert_eq!(scene.taken(resource, -12..24).await, promised, "{writers:?}");
            let mut in_order: Vec<Occupation> = promised.into_values().collect();
            in_order.sort_by_key(|one| one.appointment);
            assert!(
                in_order.windows(2).all(|pair| !pair[0].conflicts(&pair[1])),
                "{in_order:?} in {writers:?}"
            );
        }
    }
    sound_rows(&scene.database.pool).await;
}
