//! What other schedulers' tests say of booking, on the real bus; what they say of open slots stands in
//! `domain/src/availability/conformance.rs`. Facts and figures, not their code.

use chrono::TimeDelta;
use frontdesk_adapters::crypto::MasterKey;
use frontdesk_domain::booking::appointment::{Appointment, Source};
use frontdesk_domain::booking::commands::booking::{ConfirmHold, HoldSlot, Who};
use frontdesk_domain::scheduling::commands::services::ChangeService;
use frontdesk_domain::scheduling::service::{Deadline, Late, Policy, ServiceDetails};
use futures::future::join_all;

use crate::support::database::TestDatabase;
use crate::support::process::{Process, context};
use crate::support::shop::{Shop, person, refused, service_details};

/// `race-10-parallel-same-slot`, over two processes.
#[tokio::test(flavor = "multi_thread")]
async fn of_ten_parallel_bookings_of_one_slot_one_is_accepted() {
    let (database, master) = (TestDatabase::create().await, MasterKey::generate());
    let processes = [Process::start(&database, &master), Process::start(&database, &master)];
    let shop = Shop::open(&processes[0].bus).await;
    let bookings = (0..10).map(|number| shop.book(&processes[number % 2].bus, 0, number));
    let (accepted, rejected): (Vec<_>, Vec<_>) =
        join_all(bookings).await.into_iter().partition(Result::is_ok);
    assert_eq!((accepted.len(), rejected.len()), (1, 9));
    assert!(rejected.into_iter().all(|rejected| refused(rejected) == "agenda-time-taken"));
}

/// `hold-then-book-by-other`
#[tokio::test(flavor = "multi_thread")]
async fn a_hold_stops_others_and_confirming_it_twice_is_one_booking() {
    let database = TestDatabase::create().await;
    let Process { bus, .. } = Process::start(&database, &MasterKey::generate());
    let shop = Shop::open(&bus).await;
    let hold = HoldSlot { offer: shop.offer(0), seconds: 60, source: Source::Api };
    let hold_id = bus.execute(&context(shop.tenant), &hold).await.expect("held").output.id;
    assert_eq!(refused(shop.book(&bus, 0, 2).await), "agenda-time-taken");
    let confirm = ConfirmHold::new(hold_id, Who::Person(person(1)), Source::Api);
    let booked = bus.execute(&context(shop.tenant), &confirm).await.expect("booked").output;
    let again = bus.execute(&context(shop.tenant), &confirm).await.expect("the same").output;
    assert_eq!((again.id, again.version, again.appointment), (booked.id, booked.version, booked.appointment));
}

/// `crs-cancel-out-of-window`: two hours before the start, where one is enough; and half an hour before it,
/// where it is not.
#[tokio::test(flavor = "multi_thread")]
async fn a_cancellation_ahead_of_its_deadline_is_accepted() {
    let database = TestDatabase::create().await;
    let Process { bus, clock, .. } = Process::start(&database, &MasterKey::generate());
    let shop = Shop::open(&bus).await;
    let policy =
        Policy { cancellation: Deadline { minutes_before: 60, after: Late::Refused }, ..Policy::default() };
    let details = ServiceDetails { policy, ..service_details(shop.resource) };
    let change = ChangeService { service_id: shop.service, details, seen_version: None };
    bus.execute(&context(shop.tenant), &change).await.expect("changed");
    let book = async |slot| shop.book(&bus, slot, 1).await.expect("booked").output.id;
    let (in_time, late) = (book(12).await, book(13).await);
    clock.set(Shop::start(12) - TimeDelta::minutes(120));
    let cancelled = shop.cancel(&bus, in_time).await.expect("cancelled").output;
    assert!(matches!(cancelled.appointment, Appointment::Cancelled(_)));
    clock.set(Shop::start(13) - TimeDelta::minutes(30));
    assert_eq!(refused(shop.cancel(&bus, late).await), "appointment-too-late-to-cancel");
}
