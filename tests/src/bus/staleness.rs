//! Each process keeps what it has folded. What it keeps may be stale; what it answers may not.

use std::sync::Arc;

use frontdesk_adapters::crypto::MasterKey;
use frontdesk_domain::booking::appointment::{Appointment, Source};
use frontdesk_domain::booking::commands::booking::{ConfirmHold, HoldSlot, Who};
use frontdesk_domain::kernel::recorded::Stream;
use frontdesk_domain::scheduling::agenda_day::{AgendaDay, Buffers};
use frontdesk_domain::scheduling::commands::businesses::ChangeBusinessHours;
use frontdesk_domain::scheduling::commands::resources::{AddTimeOff, RetireResource};
use frontdesk_domain::scheduling::commands::services::{ChangeService, RetireService};
use frontdesk_domain::scheduling::resource::Resource;
use frontdesk_domain::scheduling::service::{Service, ServiceDetails};
use frontdesk_domain::values::hours::{Closure, Dates, Hours};
use frontdesk_domain::values::interval::Interval;

use crate::support::commits::sound_rows;
use crate::support::database::TestDatabase;
use crate::support::process::{Process, context};
use crate::support::shop::{Shop, always, person, refused, service_details};

/// Two processes over one database, and a shop that the first has opened.
async fn scene() -> (TestDatabase, Process, Process, Shop) {
    let database = TestDatabase::create().await;
    let master = MasterKey::generate();
    let (a, b) = (Process::start(&database, &master), Process::start(&database, &master));
    let shop = Shop::open(&a.bus).await;
    (database, a, b, shop)
}

fn kept(process: &Process, stream: Stream) -> Option<i64> {
    process.bus.cache().get(stream).map(|folded| folded.version)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slot_that_another_process_has_freed_can_be_booked_by_one_that_remembers_it_taken() {
    let (database, a, b, shop) = scene().await;
    let booked = shop.book(&a.bus, 0, 1).await.expect("booked").output;
    assert_eq!(refused(shop.book(&a.bus, 0, 2).await), "agenda-time-taken");
    shop.cancel(&b.bus, booked.id).await.expect("cancelled");
    assert_eq!(
        kept(&a, Stream::of::<AgendaDay>(shop.day(0))),
        Some(1),
        "this process remembers the slot as taken"
    );
    let again = shop.book(&a.bus, 0, 2).await.expect("the slot is free");
    assert_ne!(again.output.id, booked.id);
    sound_rows(&database.pool).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_must_not_be_old_is_as_another_process_has_just_written_it() {
    let (_database, a, b, shop) = scene().await;
    let id = shop.book(&a.bus, 0, 1).await.expect("booked").output.id;
    shop.cancel(&b.bus, id).await.expect("cancelled");
    let is_coming = |appointment: Arc<Appointment>| appointment.coming().is_some();
    assert!(is_coming(a.bus.current(id).await.expect("read")), "this process remembers it as booked");
    assert!(!is_coming(a.bus.latest(id).await.expect("read")));
    assert!(!is_coming(a.bus.current(id).await.expect("read")), "and remembers what it has read");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slot_that_another_process_has_booked_is_refused_by_one_that_remembers_it_free() {
    let (database, a, b, shop) = scene().await;
    shop.book(&a.bus, 5, 1).await.expect("booked");
    shop.book(&b.bus, 0, 2).await.expect("booked");
    assert_eq!(
        kept(&a, Stream::of::<AgendaDay>(shop.day(0))),
        Some(1),
        "this process knows of the first booking only"
    );
    let before = sound_rows(&database.pool).await.len();
    let refusal = match shop.book(&a.bus, 0, 3).await {
        Err(frontdesk_adapters::command_bus::BusError::Refused(refusal)) => refusal,
        other => panic!("taken: {other:?}"),
    };
    assert_eq!(refusal.slug, "agenda-time-taken");
    let open: Vec<_> =
        refusal.open.expect("what is open instead").slots.iter().map(|slot| slot.time.start).collect();
    assert_eq!(open, [Shop::start(1), Shop::start(2), Shop::start(3)]);
    assert_eq!(sound_rows(&database.pool).await.len(), before, "a refusal writes nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_that_another_process_has_confirmed_is_known_by_one_that_remembers_it_held() {
    let (_database, a, b, shop) = scene().await;
    let hold = HoldSlot { offer: shop.offer(0), seconds: 60, source: Source::Api };
    let hold_id = a.bus.execute(&context(shop.tenant), &hold).await.expect("held").output.id;
    let confirm = |customer| ConfirmHold::new(hold_id, Who::Person(person(customer)), Source::Api);
    b.bus.execute(&context(shop.tenant), &confirm(1)).await.expect("confirmed");
    assert_eq!(
        refused(a.bus.execute(&context(shop.tenant), &confirm(2)).await),
        "appointment-already-booked"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_another_process_has_retired_cannot_be_booked() {
    let (database, a, b, shop) = scene().await;
    shop.book(&a.bus, 0, 1).await.expect("booked");
    b.bus.execute(&context(shop.tenant), &RetireService { service_id: shop.service }).await.expect("retired");
    assert_eq!(kept(&a, Stream::of::<Service>(shop.service)), Some(1), "this process remembers it on offer");
    let before = sound_rows(&database.pool).await.len();
    assert_eq!(refused(shop.book(&a.bus, 1, 1).await), "service-retired");
    assert_eq!(sound_rows(&database.pool).await.len(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resource_that_another_process_has_sent_home_cannot_be_booked() {
    let (_database, a, b, shop) = scene().await;
    shop.book(&a.bus, 0, 1).await.expect("booked");
    let off = AddTimeOff {
        resource_id: shop.resource,
        period: Interval::new(Shop::start(1), Shop::start(2)),
        reason: None,
    };
    b.bus.execute(&context(shop.tenant), &off).await.expect("added");
    assert_eq!(kept(&a, Stream::of::<Resource>(shop.resource)), Some(1), "this process remembers it at work");
    assert_eq!(refused(shop.book(&a.bus, 1, 1).await), "slot-no-longer-offered");
    shop.book(&a.bus, 2, 1).await.expect("it is back by then");
    b.bus
        .execute(&context(shop.tenant), &RetireResource { resource_id: shop.resource })
        .await
        .expect("retired");
    assert_eq!(refused(shop.book(&a.bus, 3, 1).await), "slot-no-longer-offered");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_business_that_another_process_has_closed_cannot_be_booked() {
    let (_database, a, b, shop) = scene().await;
    shop.book(&a.bus, 0, 1).await.expect("booked");
    let dates =
        Dates { first: "2026-01-01".parse().expect("a date"), last: "2027-12-31".parse().expect("a date") };
    let hours = Hours { closures: vec![Closure { dates, name: None }], ..always().into() };
    let close = ChangeBusinessHours { hours, seen_version: None };
    b.bus.execute(&context(shop.tenant), &close).await.expect("closed");
    assert_eq!(refused(shop.book(&a.bus, 1, 1).await), "slot-no-longer-offered");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booking_is_decided_by_the_rules_that_stand_when_it_is_written() {
    let (_database, a, b, shop) = scene().await;
    shop.book(&a.bus, 0, 1).await.expect("booked");
    let details = ServiceDetails {
        buffers: Buffers { after_minutes: 15, ..Buffers::default() },
        ..service_details(shop.resource)
    };
    let change = ChangeService { service_id: shop.service, details, seen_version: None };
    b.bus.execute(&context(shop.tenant), &change).await.expect("changed");
    assert_eq!(
        kept(&a, Stream::of::<Service>(shop.service)),
        Some(1),
        "this process remembers the old rules"
    );
    let booked = shop.book(&a.bus, 4, 1).await.expect("booked").output;
    let booking = booked.appointment.booking().expect("booked").clone();
    assert_eq!((booking.slot.rules.service, booking.slot.buffers.after_minutes), (2, 15));
    assert_eq!(refused(shop.book(&a.bus, 5, 2).await), "agenda-time-taken", "the buffer is kept free");
}

/// What a command reads and does not change: the reply may not be stale either.
#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_has_nothing_to_do_says_so_on_the_current_state_only() {
    let (_database, a, b, shop) = scene().await;
    let retire = RetireService { service_id: shop.service };
    let change = |minutes| ChangeService {
        service_id: shop.service,
        details: ServiceDetails { duration_minutes: minutes, ..service_details(shop.resource) },
        seen_version: None,
    };
    b.bus.execute(&context(shop.tenant), &change(10)).await.expect("changed");
    // To this process, which remembers five minutes, that is no change.
    let executed = a.bus.execute(&context(shop.tenant), &change(5)).await.expect("changed back");
    assert_eq!((executed.output.version, executed.output.details.duration_minutes), (3, 5));
    assert!(executed.position.is_some());
    b.bus.execute(&context(shop.tenant), &retire).await.expect("retired");
    let again = a.bus.execute(&context(shop.tenant), &retire).await.expect("retired already");
    assert_eq!((again.output.version, again.position), (4, None));
}
