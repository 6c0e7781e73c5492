//! Those who wait for a time to become free: offers, answers, their order, and what is left of it after any
//! history.

mod histories;

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use frontdesk_adapters::command_bus::{Bus, BusError, Executed};
use frontdesk_adapters::crypto::MasterKey;
use frontdesk_adapters::jobs::{Settings, Worker, queue, registered_policies};
use frontdesk_application::workers::policies::policy_readers;
use frontdesk_application::workers::readers::begin_at_the_head;
use frontdesk_domain::booking::appointment::{Appointment, Source};
use frontdesk_domain::booking::commands::booking::{
    AppointmentView, BookAppointment, ConfirmHold, HoldSlot, ReleaseHold, RescheduleAppointment, Who,
};
use frontdesk_domain::booking::commands::waitlist::{
    AcceptOffer, DeclineOffer, JoinWaitlist, JoinedView, LeaveWaitlist,
};
use frontdesk_domain::booking::waitlist::{Waitlist, Wish};
use frontdesk_domain::booking::waitlist_entry::{JoinedEntry, Stage, TimeOffer, WaitlistEntry};
use frontdesk_domain::kernel::ids::{
    AgendaDayId, AppointmentId, CustomerId, ResourceId, ServiceId, WaitlistEntryId, WaitlistId,
};
use frontdesk_domain::people::commands::customer_merges::MergeCustomer;
use frontdesk_domain::people::commands::customers::RegisterCustomer;
use frontdesk_domain::scheduling::agenda_day::AgendaDay;
use frontdesk_domain::scheduling::availability::Terms;
use frontdesk_domain::scheduling::availability::offer::SlotOffer;
use frontdesk_domain::scheduling::commands::services::AddService;
use frontdesk_domain::scheduling::service::{Limit, LimitOf, Period, ServiceDetails};
use frontdesk_domain::values::hours::Dates;
use frontdesk_domain::values::interval::utc_day;
use frontdesk_domain::values::time::TimeOfDay;
use frontdesk_projections::read_model::Filling;
use frontdesk_projections::read_models;
use frontdesk_projections::runner::Runner;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use tokio::task::JoinSet;

use crate::support::commits::{rows, sound_rows};
use crate::support::database::TestDatabase;
use crate::support::process::{Process, context, morning};
use crate::support::shop::{SLOT_MINUTES, Shop, person, refused, service_details};
use crate::support::source::LogSource;
use crate::support::within;

/// Of the shop's service.
const OFFER_MINUTES: i64 = 30;

struct Scene {
    database: TestDatabase,
    master: MasterKey,
    processes: [Process; 2],
    shop: Shop,
}

/// What starts at one of these slots of the first day.
fn wish(service_id: ServiceId, slots: std::ops::Range<i64>) -> Wish {
    let time = |slot| {
        let minutes = (Shop::start(slot) - Shop::start(0)).num_minutes() + 9 * 60;
        TimeOfDay::from_minutes(minutes as u16).expect("within the day")
    };
    let day = morning().date_naive();
    Wish {
        service_id,
        terms: Terms::default(),
        dates: Dates { first: day, last: day },
        from_time: time(slots.start),
        to_time: time(slots.end),
    }
}

fn joining(wish: Wish, number: usize) -> JoinWaitlist {
    JoinWaitlist { wish, who: Who::Person(person(number)), source: Source::Api }
}

/// Lets the policies read to the end of the log and runs what is due, until nothing more comes of it.
async fn settle(database: &TestDatabase, process: &Process) {
    loop {
        let before = process.log.head().await.expect("a head");
        for reader in policy_readers() {
            let source = Arc::new(LogSource(process.log.clone()));
            let runner = Runner::new(reader, source, database.pool.clone());
            within(runner.drain()).await.expect("the end of the log");
        }
        let handlers =
            registered_policies().iter().map(|policy| (policy.handler)(process.bus.clone())).collect();
        let worker =
            Worker::new(database.pool.clone(), process.clock.clone(), handlers, vec![], Settings::default());
        within(worker.drain()).await.expect("drained");
        if process.log.head().await.expect("a head") == before {
            return;
        }
    }
}

impl Scene {
    async fn set() -> Self {
        let database = TestDatabase::create().await;
        let master = MasterKey::generate();
        let processes = [Process::start(&database, &master), Process::start(&database, &master)];
        let shop = Shop::open(&processes[0].bus).await;
        begin_at_the_head(&processes[0].log, &policy_readers()).await.expect("checkpoints");
        Self { database, master, processes, shop }
    }

    fn bus(&self) -> &Bus {
        &self.processes[0].bus
    }

    async fn settle(&self) {
        settle(&self.database, &self.processes[0]).await;
    }

    async fn settle_at(&self, minutes: i64) {
        for process in &self.processes {
            process.clock.set(at(minutes));
        }
        self.settle().await;
    }

    async fn service(&self, details: ServiceDetails) -> ServiceId {
        let added = self.bus().execute(&context(self.shop.tenant), &AddService { details }).await;
        added.expect("added").output.id
    }

    async fn book(&self, slot: i64, number: usize) -> AppointmentId {
        self.shop.book(self.bus(), slot, number).await.expect("booked").output.id
    }

    async fn cancel(&self, id: AppointmentId) {
        self.shop.cancel(self.bus(), id).await.expect("cancelled");
        self.settle().await;
    }

    async fn join(&self, slots: std::ops::Range<i64>, number: usize) -> WaitlistEntryId {
        self.join_for(wish(self.shop.service, slots), number).await.view.id
    }

    async fn join_for(&self, wish: Wish, number: usize) -> JoinedView {
        let joined = self.bus().execute(&context(self.shop.tenant), &joining(wish, number)).await;
        joined.expect("joined").output
    }

    async fn accept(&self, entry_id: WaitlistEntryId) -> Result<Executed<AppointmentView>, BusError> {
        self.bus().execute(&context(self.shop.tenant), &AcceptOffer::new(entry_id)).await
    }

    async fn decline(&self, entry_id: WaitlistEntryId) {
        self.bus().execute(&context(self.shop.tenant), &DeclineOffer { entry_id }).await.expect("declined");
        self.settle().await;
    }

    async fn leave(&self, entry_id: WaitlistEntryId) {
        self.bus().execute(&context(self.shop.tenant), &LeaveWaitlist { entry_id }).await.expect("left");
        self.settle().await;
    }

    async fn entry(&self, id: WaitlistEntryId) -> JoinedEntry {
        self.bus().current::<WaitlistEntry>(id).await.expect("an entry").known().expect("known").clone()
    }

    async fn stages<const N: usize>(&self, ids: [WaitlistEntryId; N]) -> Vec<Stage> {
        futures::future::join_all(ids.map(async |id| self.entry(id).await.stage)).await
    }

    async fn offer(&self, id: WaitlistEntryId) -> TimeOffer {
        *self.entry(id).await.offer().unwrap_or_else(|error| panic!("no offer: {error}"))
    }

    /// Those who wait, in order.
    async fn line(&self) -> Vec<WaitlistEntryId> {
        let waitlist =
            self.bus().current::<Waitlist>(WaitlistId::of(self.shop.tenant)).await.expect("a waitlist");
        waitlist.waiting().map(|waiting| waiting.place.entry_id).collect()
    }

    async fn events(&self, after: usize) -> Vec<(String, String)> {
        let rows = rows(&self.database.pool).await;
        rows.into_iter().skip(after).map(|row| (row.aggregate_type, row.event_type)).collect()
    }

    async fn count(&self, event_type: &str) -> usize {
        self.events(0).await.iter().filter(|(_, event)| event == event_type).count()
    }
}

fn at(minutes: i64) -> DateTime<Utc> {
    morning() + TimeDelta::minutes(minutes)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_cancelled_is_kept_for_whoever_came_first_and_becomes_their_appointment() {
    let scene = Scene::set().await;
    let booked = scene.book(0, 100).await;
    let (first, second) = (scene.join(0..1, 1).await, scene.join(0..1, 2).await);
    scene.settle().await;
    assert_eq!(scene.stages([first, second]).await, [Stage::Waiting; 2], "nothing has become free");
    scene.cancel(booked).await;
    let offer = scene.offer(first).await;
    assert_eq!((offer.time.start, offer.expires_at), (Shop::start(0), at(OFFER_MINUTES)));
    assert_eq!(scene.stages([second]).await, [Stage::Waiting]);
    assert_eq!(refused(scene.shop.book(scene.bus(), 0, 3).await), "agenda-time-taken", "it is kept");

    let accepted = scene.accept(first).await.expect("accepted").output;
    let booking = accepted.appointment.booking().expect("booked");
    assert_eq!((accepted.id, booking.slot.time), (offer.hold_id, offer.time));
    assert_eq!(booking.attendee.name.known().map(|name| name.as_str()), Some("Customer 1"));
    assert_eq!(booking.source, Source::Waitlist { entry_id: first });
    scene.settle_at(OFFER_MINUTES).await;
    assert_eq!(
        scene.stages([first]).await,
        [Stage::Accepted { appointment_id: offer.hold_id }],
        "there is nothing to lapse"
    );
    scene.cancel(accepted.id).await;
    assert_eq!(scene.offer(second).await.time, offer.time);
    assert!(scene.line().await.is_empty());
    sound_rows(&scene.database.pool).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_that_nobody_answers_lapses_in_one_commit_with_its_hold_and_passes_on() {
    let scene = Scene::set().await;
    let booked = scene.book(20, 100).await;
    let (first, second) = (scene.join(20..21, 1).await, scene.join(20..21, 2).await);
    scene.cancel(booked).await;
    let hold_id = scene.offer(first).await.hold_id;
    let before = scene.events(0).await.len();
    scene.settle_at(OFFER_MINUTES - 1).await;
    assert_eq!(scene.events(before).await, []);
    scene.settle_at(OFFER_MINUTES).await;
    let pair = |(stream, event): (&str, &str)| (stream.to_owned(), event.to_owned());
    let lapse = [
        ("agenda_day", "HoldLapsed"),
        ("appointment", "HoldLapsed"),
        ("waitlist_entry", "OfferLapsed"),
        ("waitlist", "EntryMovedBack"),
        ("effect", "EffectApplied"),
    ];
    assert_eq!(scene.events(before).await[..5], lapse.map(pair));
    let written = rows(&scene.database.pool).await.split_off(before);
    assert!(written[..5].iter().all(|row| row.commit_id == written[0].commit_id), "one commit");
    assert_eq!(scene.line().await, [first]);
    assert_eq!(scene.offer(second).await.expires_at, at(2 * OFFER_MINUTES));
    let late = scene.accept(first).await;
    assert!(
        matches!(&late, Err(BusError::Refused(refusal)) if refusal.open.as_ref().is_some_and(|open| !open.slots.is_empty()))
    );
    assert_eq!(refused(late), "waitlist-entry-offer-lapsed");

    // Both have let it pass: it is open to everybody, and neither is asked again.
    scene.settle_at(2 * OFFER_MINUTES).await;
    assert_eq!(scene.line().await, [first, second]);
    assert!(matches!(
        scene.bus().current::<Appointment>(hold_id).await.as_deref(),
        Ok(Appointment::Lapsed { .. })
    ));
    let offer = SlotOffer { expires_at: at(120), ..scene.shop.offer(20) };
    let booking = BookAppointment { offer, ..scene.shop.booking(20, 3) };
    scene.bus().execute(&context(scene.shop.tenant), &booking).await.expect("free");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_ends_with_its_time_even_if_its_job_has_not_run() {
    let scene = Scene::set().await;
    let booked = scene.book(20, 100).await;
    let entry = scene.join(20..21, 1).await;
    scene.cancel(booked).await;
    scene.processes[0].clock.set(at(OFFER_MINUTES));
    let late = scene.accept(entry).await;
    assert!(matches!(&late, Err(BusError::Refused(refusal)) if refusal.open.is_some()));
    assert!(["appointment-hold-expired", "agenda-hold-expired"].contains(&refused(late).as_str()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_ends_before_it_could_no_longer_be_booked() {
    let scene = Scene::set().await;
    let details = ServiceDetails { minimum_notice_minutes: 50, ..service_details(scene.shop.resource) };
    let service = scene.service(ServiceDetails { waitlist_offer_minutes: 1440, ..details }).await;
    // The first slot is an hour from now.
    let booked = scene.book(0, 100).await;
    let entry = scene.join_for(wish(service, 0..1), 1).await.view.id;
    scene.cancel(booked).await;
    assert_eq!(scene.offer(entry).await.expires_at, at(10));
    scene.settle_at(10).await;
    let later = scene.join_for(wish(service, 0..1), 2).await.view.id;
    let again = scene.book(0, 100).await;
    scene.cancel(again).await;
    assert_eq!(scene.stages([later]).await, [Stage::Waiting], "it is too late for it");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_that_two_processes_accept_at_once_is_one_booking_and_all_get_it() {
    let scene = Scene::set().await;
    let booked = scene.book(0, 100).await;
    let entry_id = scene.join(0..1, 1).await;
    scene.cancel(booked).await;
    let mut callers = JoinSet::new();
    for number in 0..20 {
        let (bus, tenant) = (scene.processes[number % 2].bus.clone(), scene.shop.tenant);
        callers.spawn(async move { bus.execute(&context(tenant), &AcceptOffer::new(entry_id)).await });
    }
    let accepted: Vec<_> =
        within(callers.join_all()).await.into_iter().map(|accepted| accepted.expect("accepted")).collect();
    let ids: BTreeSet<_> = accepted.iter().map(|accepted| accepted.output.id).collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(
        accepted.iter().filter(|accepted| accepted.position.is_some()).count(),
        1,
        "one of them has written it"
    );
    // The one that was cancelled, and this one.
    assert_eq!((scene.count("AppointmentBooked").await, scene.count("OfferAccepted").await), (2, 1));
    sound_rows(&scene.database.pool).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_accepts_declines_and_leaves_at_once_has_done_one_of_them() {
    for _ in 0..5 {
        let scene = Scene::set().await;
        let booked = scene.book(0, 100).await;
        let entry_id = scene.join(0..1, 1).await;
        scene.cancel(booked).await;
        let [one, other] = [0, 1].map(|number| scene.processes[number].bus.clone());
        let contexts = [(); 3].map(|()| context(scene.shop.tenant));
        let (accept, decline, leave) =
            (AcceptOffer::new(entry_id), DeclineOffer { entry_id }, LeaveWaitlist { entry_id });
        let all = futures::future::join3(
            one.execute(&contexts[0], &accept),
            other.execute(&contexts[1], &decline),
            other.execute(&contexts[2], &leave),
        );
        let (accepted, _, left) = within(all).await;
        for process in &scene.processes {
            process.clock.set(at(OFFER_MINUTES));
        }
        scene.settle().await;
        let day = scene.bus().current::<AgendaDay>(scene.shop.day(0)).await.expect("a day");
        let taken = day.entries().filter(|(_, entry)| entry.occupies(at(OFFER_MINUTES))).count();
        assert_eq!(taken, usize::from(accepted.is_ok()), "the time is theirs, or free");
        assert_eq!(accepted.is_ok(), left.is_err(), "nobody leaves with an appointment");
        sound_rows(&scene.database.pool).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_declines_or_leaves_gives_the_time_to_the_next_and_the_hold_is_nobody_elses() {
    let scene = Scene::set().await;
    let booked = scene.book(0, 100).await;
    let [first, second, third] =
        [scene.join(0..1, 1).await, scene.join(0..1, 2).await, scene.join(0..1, 3).await];
    scene.cancel(booked).await;
    let hold_id = scene.offer(first).await.hold_id;
    let context = || context(scene.shop.tenant);
    let confirm = ConfirmHold::new(hold_id, Who::Person(person(9)), Source::Api);
    assert_eq!(refused(scene.bus().execute(&context(), &confirm).await), "appointment-held-for-waitlist");
    assert_eq!(
        refused(scene.bus().execute(&context(), &ReleaseHold { hold_id }).await),
        "appointment-held-for-waitlist"
    );

    scene.decline(first).await;
    assert_eq!(scene.line().await, [third, first]);
    scene.offer(second).await;
    scene.leave(second).await;
    assert_eq!(scene.stages([second]).await, [Stage::Left]);
    scene.offer(third).await;
    scene.decline(third).await;
    assert_eq!(scene.line().await, [first, third], "the first has declined it once");
    scene.leave(third).await;
    scene.leave(third).await;
    // A time that nobody has declined is offered to whoever has.
    let other = scene.book(1, 100).await;
    scene.leave(first).await;
    let back = scene.join(0..2, 1).await;
    scene.cancel(other).await;
    assert_eq!(scene.offer(back).await.time.start, Shop::start(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn three_offers_that_were_not_taken_are_the_last() {
    let scene = Scene::set().await;
    let entry = scene.join(20..30, 1).await;
    for slot in 20..23 {
        let booked = scene.book(slot, 100).await;
        scene.cancel(booked).await;
        assert_eq!(scene.offer(entry).await.time.start, Shop::start(slot));
        match slot {
            22 => scene.settle_at(OFFER_MINUTES).await,
            _ => scene.decline(entry).await,
        }
    }
    assert_eq!(scene.stages([entry]).await, [Stage::Dropped]);
    assert!(scene.line().await.is_empty());
    assert_eq!(refused(scene.accept(entry).await), "waitlist-entry-offer-lapsed");
    let entries = queue::list(&scene.database.pool, None, None, 100).await.expect("jobs");
    assert!(entries.iter().all(|job| job.name != "ExpireEntry"), "it has nothing to wait for");
}

#[tokio::test(flavor = "multi_thread")]
async fn several_freed_times_go_to_several_who_wait_by_their_order_whatever_service_they_wait_for() {
    let scene = Scene::set().await;
    // Another service of the same person, twice as long.
    let long =
        ServiceDetails { duration_minutes: 2 * SLOT_MINUTES as u32, ..service_details(scene.shop.resource) };
    let long = scene.service(long).await;
    let mut booked = Vec::new();
    for slot in 0..6 {
        booked.push(scene.book(slot, 100 + slot as usize).await);
    }
    let short = scene.shop.service;
    let first = scene.join_for(wish(long, 0..5), 1).await.view.id;
    let second = scene.join_for(wish(short, 0..6), 2).await.view.id;
    let third = scene.join_for(wish(long, 0..5), 3).await.view.id;
    let fourth = scene.join_for(wish(short, 0..6), 4).await.view.id;
    assert_eq!(
        scene.join_for(wish(short, 0..6), 4).await.view.number,
        Some(2),
        "of those who wait for this service"
    );

    // Too short for the first: it goes to the second.
    scene.cancel(booked[0]).await;
    assert_eq!(scene.offer(second).await.time.start, Shop::start(0));
    // Two that lie side by side are what the first waits for, once both are free. Until then the fourth is.
    scene.shop.cancel(scene.bus(), booked[2]).await.expect("cancelled");
    scene.shop.cancel(scene.bus(), booked[3]).await.expect("cancelled");
    scene.settle().await;
    assert_eq!(scene.offer(first).await.time.start, Shop::start(2));
    assert_eq!(scene.stages([third, fourth]).await, [Stage::Waiting; 2]);
    // One freed time is shared by as many as fit into it.
    scene.leave(first).await;
    assert_eq!(scene.offer(third).await.time.start, Shop::start(2));
    scene.cancel(booked[5]).await;
    assert_eq!(scene.offer(fourth).await.time.start, Shop::start(5));
    sound_rows(&scene.database.pool).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn time_that_is_freed_by_moving_or_by_a_hold_is_offered_too_and_a_long_one_to_several() {
    let scene = Scene::set().await;
    let long =
        ServiceDetails { duration_minutes: 3 * SLOT_MINUTES as u32, ..service_details(scene.shop.resource) };
    let long = scene.service(long).await;
    let offer =
        SlotOffer { service_id: long, duration_minutes: 3 * SLOT_MINUTES as u16, ..scene.shop.offer(0) };
    let context = || context(scene.shop.tenant);
    let booking = BookAppointment { offer: offer.clone(), ..scene.shop.booking(0, 100) };
    let booked = scene.bus().execute(&context(), &booking).await.expect("booked").output.id;
    let mut waiting = Vec::new();
    for number in 1..=4 {
        waiting.push(scene.join(0..3, number).await);
    }
    let to = SlotOffer { start: Shop::start(10), ..offer };
    let reschedule = RescheduleAppointment::new(booked, to);
    scene.bus().execute(&context(), &reschedule).await.expect("moved");
    scene.settle().await;
    for (slot, entry) in (0..3).zip(&waiting) {
        assert_eq!(scene.offer(*entry).await.time.start, Shop::start(slot));
    }
    assert_eq!(scene.line().await, waiting[3..]);
    let commits = "select count(distinct commit_id) from events where event_type = 'WaitlistOffered'";
    let commits: i64 = sqlx::query_scalar(commits).fetch_one(&scene.database.pool).await.expect("a number");
    assert_eq!(commits, 3, "each offer in a commit of its own");

    let other = scene.join(5..6, 5).await;
    let hold = HoldSlot { offer: scene.shop.offer(5), seconds: 60, source: Source::Api };
    let hold_id = scene.bus().execute(&context(), &hold).await.expect("held").output.id;
    scene.bus().execute(&context(), &ReleaseHold { hold_id }).await.expect("released");
    scene.settle().await;
    scene.offer(other).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_offered_what_a_limit_of_theirs_forbids() {
    let scene = Scene::set().await;
    let limit = Limit { of: LimitOf::Customer, per: Period::Day, bookings: Some(1), minutes: None };
    let limited = ServiceDetails { limits: vec![limit], ..service_details(scene.shop.resource) };
    let limited = scene.service(limited).await;
    let shop = Shop { service: limited, ..scene.shop.clone() };
    shop.book(scene.bus(), 10, 1).await.expect("booked");
    let booked = scene.book(0, 100).await;
    let first = scene.join_for(wish(limited, 0..1), 1).await.view.id;
    let second = scene.join_for(wish(limited, 0..1), 2).await.view.id;
    scene.cancel(booked).await;
    assert_eq!(scene.stages([first]).await, [Stage::Waiting], "they have their appointment of that day");
    scene.offer(second).await;
    scene.accept(second).await.expect("the limit counts the offer once");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_who_joins_20_times_at_once_by_two_processes_waits_once() {
    let scene = Scene::set().await;
    let wish = wish(scene.shop.service, 0..5);
    let mut callers = JoinSet::new();
    for number in 0..20 {
        let (bus, tenant) = (scene.processes[number % 2].bus.clone(), scene.shop.tenant);
        callers.spawn(async move {
            bus.execute(&context(tenant), &joining(wish, 1)).await.expect("joined").output
        });
    }
    let joined = within(callers.join_all()).await;
    let ids: BTreeSet<_> = joined.iter().map(|joined| joined.view.id).collect();
    assert_eq!((ids.len(), scene.line().await.len()), (1, 1));
    assert!(joined.iter().all(|joined| joined.open.slots.len() == 3), "it is open, and they are told so");
    sound_rows(&scene.database.pool).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_waited_for_is_refused() {
    let scene = Scene::set().await;
    let good = wish(scene.shop.service, 0..5);
    let dates = |first: i64, last: i64| {
        let day = |days| morning().date_naive() + TimeDelta::days(days);
        Wish { dates: Dates { first: day(first), last: day(last) }, ..good }
    };
    let terms = |terms| Wish { terms, ..good };
    let none = Terms::default();
    for bad in [
        dates(2, 1),
        dates(-5, -1),
        dates(0, 366),
        dates(61, 61),
        Wish { to_time: good.from_time, ..good },
        terms(Terms { duration_minutes: Some(7), ..none }),
        terms(Terms { seats: 2, ..none }),
        terms(Terms { seats: 0, ..none }),
        terms(Terms { with: Some(ResourceId::derived(None, &[])), ..none }),
    ] {
        let joined = scene.bus().execute(&context(scene.shop.tenant), &joining(bad, 1)).await;
        assert_eq!(refused(joined), "waitlist-bad-wish", "{bad:?}");
    }
    for good in [dates(-5, 0), dates(60, 200), dates(0, 365)] {
        scene.join_for(good, 2).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_for_dates_that_have_passed() {
    let scene = Scene::set().await;
    // The second waits for the last minutes of the day, which ends 16 hours after the morning.
    let booked = scene.book(178, 100).await;
    let (entry, offered) = (scene.join(0..5, 1).await, scene.join(178..179, 2).await);
    scene.settle_at(15 * 60 + 30).await;
    scene.cancel(booked).await;
    scene.offer(offered).await;
    scene.settle_at(16 * 60 - 1).await;
    assert_eq!(scene.stages([entry]).await, [Stage::Waiting]);
    scene.settle_at(16 * 60).await;
    assert_eq!(scene.stages([entry, offered]).await, [Stage::Expired; 2]);
    assert!(scene.line().await.is_empty());
    assert_eq!(refused(scene.accept(entry).await), "waitlist-entry-ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_of_a_merged_customer_is_the_survivors() {
    let scene = Scene::set().await;
    let context = || context(scene.shop.tenant);
    let booked = scene.book(0, 100).await;
    let entry = scene.join(0..1, 1).await;
    let survivor = RegisterCustomer { person: person(2) };
    let survivor: CustomerId =
        scene.bus().execute(&context(), &survivor).await.expect("registered").output.id;
    let merged = scene.entry(entry).await.joined.customer_id;
    let merge = MergeCustomer { customer_id: merged, into: survivor, reason: None, seen_version: None };
    scene.bus().execute(&context(), &merge).await.expect("merged");
    scene.cancel(booked).await;
    let accepted = scene.accept(entry).await.expect("accepted").output;
    assert_eq!(accepted.customer.map(|(id, _)| id), Some(survivor));
    let booking = accepted.appointment.booking().expect("booked");
    assert_eq!(
        (booking.attendee.customer_id, booking.attendee.name.known().map(|name| name.as_str())),
        (survivor, Some("Customer 1"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn rebuilding_and_replaying_offers_nothing_again() {
    let scene = Scene::set().await;
    let booked = scene.book(20, 100).await;
    let (first, second) = (scene.join(20..21, 1).await, scene.join(20..21, 2).await);
    scene.cancel(booked).await;
    scene.settle_at(OFFER_MINUTES).await;
    scene.accept(second).await.expect("accepted");
    scene.leave(first).await;
    let before = scene.events(0).await.len();
    for read_model in read_models() {
        let source = Arc::new(LogSource(scene.processes[0].log.clone()));
        let runner = Runner::new(Filling::serving(read_model), source, scene.database.pool.clone());
        within(runner.drain()).await.expect("built");
    }
    sqlx::query("update checkpoints set position = 0").execute(&scene.database.pool).await.expect("set back");
    scene.settle().await;
    assert_eq!(scene.events(before).await, []);
}
