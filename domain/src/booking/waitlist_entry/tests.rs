use chrono::{DateTime, TimeDelta, Utc};
use cqrs_es::test::{AggregateTestExecutor, TestFramework};
use uuid::Uuid;

use super::*;
use crate::booking::appointment::Source;
use crate::booking::waitlist::Wish;
use crate::kernel::ids::{AppointmentId, CustomerId, ServiceId, StreamId};
use crate::kernel::metadata::{Actor, ActorKind};
use crate::kernel::personal::{Personal, SubjectId};
use crate::scheduling::availability::Terms;
use crate::values::hours::Dates;
use crate::values::interval::Interval;
use crate::values::text::Name;
use crate::values::time::{TimeOfDay, Zone};

fn at(hours: i64) -> DateTime<Utc> {
    "2026-11-24T00:00:00Z".parse::<DateTime<Utc>>().expect("an instant") + TimeDelta::hours(hours)
}

fn by() -> Actor {
    Actor::new(ActorKind::Staff, "key")
}

fn joined() -> Joined {
    let customer_id = CustomerId::from_uuid(Uuid::from_u128(1));
    let date = at(0).date_naive();
    Joined {
        customer_id,
        name: Personal::new(SubjectId::of(customer_id), Name::parse("Ada").expect("a name")),
        wish: Wish {
            service_id: ServiceId::from_uuid(Uuid::from_u128(2)),
            terms: Terms::default(),
            dates: Dates { first: date, last: date },
            from_time: TimeOfDay::START,
            to_time: TimeOfDay::END,
        },
        zone: Zone::UTC,
        at: at(0),
        until: at(24),
        source: Source::Api,
    }
}

fn hold(number: u128) -> AppointmentId {
    AppointmentId::from_uuid(Uuid::from_u128(number))
}

fn offer(number: u128) -> TimeOffer {
    let (time, customer_id) = (Interval::new(at(10), at(11)), joined().customer_id);
    TimeOffer { hold_id: hold(number), time, expires_at: at(2), customer_id: Some(customer_id) }
}

fn has_joined() -> WaitlistEntryEvent {
    WaitlistEntryEvent::WaitlistJoined { joined: joined(), by: by() }
}

fn offered(number: u128) -> WaitlistEntryEvent {
    WaitlistEntryEvent::WaitlistOffered { offer: offer(number) }
}

fn accepted() -> WaitlistEntryEvent {
    WaitlistEntryEvent::OfferAccepted { by: by() }
}

fn declined() -> WaitlistEntryEvent {
    WaitlistEntryEvent::OfferDeclined { by: by() }
}

fn lapsed() -> WaitlistEntryEvent {
    WaitlistEntryEvent::OfferLapsed {}
}

fn left() -> WaitlistEntryEvent {
    WaitlistEntryEvent::WaitlistLeft { by: by() }
}

fn expired() -> WaitlistEntryEvent {
    WaitlistEntryEvent::WaitlistEntryExpired {}
}

/// With what has happened since somebody joined.
fn given(since: &[WaitlistEntryEvent]) -> AggregateTestExecutor<WaitlistEntry> {
    TestFramework::<WaitlistEntry>::with(()).given([&[has_joined()], since].concat())
}

fn accept() -> WaitlistEntryCommand {
    WaitlistEntryCommand::Accept { by: by() }
}

fn decline() -> WaitlistEntryCommand {
    WaitlistEntryCommand::Decline { by: by() }
}

fn leave() -> WaitlistEntryCommand {
    WaitlistEntryCommand::Leave { by: by() }
}

fn lapse(number: u128) -> WaitlistEntryCommand {
    WaitlistEntryCommand::Lapse { hold_id: hold(number) }
}

#[test]
fn an_entry_begins_once_and_has_one_offer_at_a_time() {
    let join = || WaitlistEntryCommand::Join { joined: joined(), by: by() };
    let new = || TestFramework::<WaitlistEntry>::with(()).given_no_previous_events();
    new().when(join()).then_expect_events(vec![has_joined()]);
    given(&[]).when(join()).then_expect_error(WaitlistEntryError::AlreadyJoined);
    for command in [accept(), decline(), leave(), lapse(1)] {
        new().when(command).then_expect_error(WaitlistEntryError::NotFound);
    }
    let next = || WaitlistEntryCommand::Offer { offer: offer(1) };
    given(&[]).when(next()).then_expect_events(vec![offered(1)]);
    given(&[offered(2)]).when(next()).then_expect_error(WaitlistEntryError::AlreadyOffered);
    for end in [left(), expired()] {
        given(&[end]).when(next()).then_expect_error(WaitlistEntryError::Ended);
    }
}

#[test]
fn an_offer_is_accepted_once_however_often_that_is_said() {
    given(&[offered(1)]).when(accept()).then_expect_events(vec![accepted()]);
    given(&[offered(1), accepted()]).when(accept()).then_expect_events(vec![]);
    given(&[]).when(accept()).then_expect_error(WaitlistEntryError::NotOffered);
    given(&[offered(1), lapsed()]).when(accept()).then_expect_error(WaitlistEntryError::OfferLapsed);
    given(&[offered(1), declined()]).when(accept()).then_expect_error(WaitlistEntryError::OfferLapsed);
    given(&[offered(1), left()]).when(accept()).then_expect_error(WaitlistEntryError::Ended);
    let mut entry = WaitlistEntry::default();
    [has_joined(), offered(1), accepted()].into_iter().for_each(|event| entry.evolve(event));
    assert_eq!(entry.known().expect("known").stage, Stage::Accepted { appointment_id: hold(1) });
}

#[test]
fn what_was_declined_or_has_lapsed_is_so_once_and_the_third_time_is_the_last() {
    given(&[offered(1)]).when(decline()).then_expect_events(vec![declined()]);
    given(&[offered(1), declined()]).when(decline()).then_expect_events(vec![]);
    given(&[]).when(decline()).then_expect_error(WaitlistEntryError::NotOffered);
    given(&[offered(1), accepted()]).when(decline()).then_expect_error(WaitlistEntryError::AlreadyAccepted);
    given(&[offered(1)]).when(lapse(1)).then_expect_events(vec![lapsed()]);
    given(&[offered(2)]).when(lapse(1)).then_expect_events(vec![]);
    given(&[offered(1), accepted()]).when(lapse(1)).then_expect_events(vec![]);
    let twice = [offered(1), declined(), offered(2), lapsed(), offered(3)];
    let dropped = WaitlistEntryEvent::WaitlistEntryDropped {};
    given(&twice).when(decline()).then_expect_events(vec![declined(), dropped.clone()]);
    given(&twice).when(lapse(3)).then_expect_events(vec![lapsed(), dropped.clone()]);
    let gone = [twice.as_slice(), &[lapsed(), dropped]].concat();
    given(&gone).when(accept()).then_expect_error(WaitlistEntryError::OfferLapsed);
    given(&gone)
        .when(WaitlistEntryCommand::Offer { offer: offer(4) })
        .then_expect_error(WaitlistEntryError::Ended);
}

#[test]
fn whoever_waits_may_leave_and_whoever_has_accepted_cancels_instead() {
    given(&[]).when(leave()).then_expect_events(vec![left()]);
    given(&[offered(1)]).when(leave()).then_expect_events(vec![left()]);
    given(&[left()]).when(leave()).then_expect_events(vec![]);
    given(&[expired()]).when(leave()).then_expect_events(vec![]);
    given(&[offered(1), accepted()]).when(leave()).then_expect_error(WaitlistEntryError::AlreadyAccepted);
}

#[test]
fn an_entry_ends_with_its_dates() {
    let expire = |hours| WaitlistEntryCommand::Expire { now: at(hours) };
    given(&[]).when(expire(23)).then_expect_events(vec![]);
    given(&[]).when(expire(24)).then_expect_events(vec![expired()]);
    given(&[offered(1)]).when(expire(24)).then_expect_events(vec![expired()]);
    given(&[offered(1), accepted()]).when(expire(24)).then_expect_events(vec![]);
    given(&[left()]).when(expire(24)).then_expect_events(vec![]);
}

#[test]
fn a_stored_state_keeps_its_names() {
    let mut entry = WaitlistEntry::default();
    entry.evolve(has_joined());
    let stored = serde_json::to_value(&entry).expect("JSON");
    assert!(stored["Known"]["joined"].is_object(), "rows of read models hold it under this name: {stored}");
}
