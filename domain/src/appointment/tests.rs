use chrono::{DateTime, TimeDelta, Utc};
use cqrs_es::test::{AggregateTestExecutor, TestFramework};
use uuid::Uuid;

use super::*;
use crate::agenda_day::Buffers;
use crate::shared::ids::{CustomerId, ResourceId, ServiceId, StreamId};
use crate::shared::interval::Interval;
use crate::shared::metadata::{Actor, ActorKind};
use crate::shared::personal::{Personal, SubjectId};
use crate::shared::text::Name;
use crate::shared::time::{LocalTime, Zone};

fn at(minute: i64) -> DateTime<Utc> {
    "2026-11-24T00:00:00Z".parse::<DateTime<Utc>>().expect("an instant") + TimeDelta::minutes(minute)
}

fn slot(start: i64) -> BookedSlot {
    BookedSlot {
        service_id: ServiceId::from_uuid(Uuid::from_u128(1)),
        resources: vec![ResourceId::from_uuid(Uuid::from_u128(2))],
        time: Interval::new(at(start), at(start + 30)),
        local_start: LocalTime::of(at(start), Zone::UTC),
        buffers: Buffers { before_minutes: 0, after_minutes: 10, shared: false },
        seats: None,
        limits: vec![],
        rules: RuleVersions { business: 1, service: 1, resources: vec![1] },
    }
}

fn attendee() -> Attendee {
    let customer_id = CustomerId::from_uuid(Uuid::from_u128(3));
    let name = Personal::new(SubjectId::of(customer_id), Name::parse("Ada").expect("a name"));
    Attendee { customer_id, name, note: None }
}

fn by() -> Actor {
    Actor::new(ActorKind::Staff, "key")
}

fn held() -> AppointmentEvent {
    AppointmentEvent::AppointmentHeld { slot: slot(600), expires_at: at(5), source: Source::Api, by: by() }
}

fn booked() -> AppointmentEvent {
    AppointmentEvent::AppointmentBooked { slot: slot(600), attendee: attendee(), source: Source::Api, series_id: None, by: by() }
}

fn cancelled() -> AppointmentEvent {
    AppointmentEvent::AppointmentCancelled { reason: None, by: by() }
}

fn moved(from: i64, to: i64) -> AppointmentEvent {
    AppointmentEvent::AppointmentRescheduled { from: slot(from), to: slot(to), reason: None, by: by() }
}

fn given(events: Vec<AppointmentEvent>) -> AggregateTestExecutor<Appointment> {
    TestFramework::<Appointment>::with(()).given(events)
}

fn confirm(now: i64) -> AppointmentCommand {
    AppointmentCommand::Confirm { attendee: attendee(), source: Source::Api, by: by(), now: at(now) }
}

fn reschedule(to: i64, now: i64) -> AppointmentCommand {
    AppointmentCommand::Reschedule { to: slot(to), reason: None, by: by(), now: at(now) }
}

fn cancel(now: i64) -> AppointmentCommand {
    AppointmentCommand::Cancel { reason: None, by: by(), now: at(now) }
}

#[test]
fn a_slot_is_booked_once() {
    let book =
        || AppointmentCommand::Book { slot: slot(600), attendee: attendee(), source: Source::Api, series_id: None, by: by() };
    given(vec![]).when(book()).then_expect_events(vec![booked()]);
    given(vec![booked()]).when(book()).then_expect_error(AppointmentError::AlreadyBooked);
}

#[test]
fn a_hold_is_confirmed_before_it_expires_or_never() {
    given(vec![held()]).when(confirm(4)).then_expect_events(vec![booked()]);
    given(vec![held()]).when(confirm(5)).then_expect_error(AppointmentError::HoldExpired);
    given(vec![]).when(confirm(4)).then_expect_error(AppointmentError::HoldNotFound);
    given(vec![held(), booked()]).when(confirm(4)).then_expect_error(AppointmentError::AlreadyBooked);
    let released = AppointmentEvent::HoldReleased { by: by() };
    given(vec![held()]).when(AppointmentCommand::Release { by: by() }).then_expect_events(vec![released.clone()]);
    given(vec![held(), released.clone()]).when(AppointmentCommand::Release { by: by() }).then_expect_events(vec![]);
    given(vec![held(), released]).when(confirm(4)).then_expect_error(AppointmentError::HoldReleased);
    given(vec![booked()]).when(AppointmentCommand::Release { by: by() }).then_expect_error(AppointmentError::AlreadyBooked);
}

#[test]
fn a_hold_lapses_when_it_runs_out_and_not_before() {
    let lapse = |now| AppointmentCommand::Lapse { now: at(now) };
    let lapsed = || AppointmentEvent::HoldLapsed {};
    given(vec![held()]).when(lapse(4)).then_expect_events(vec![]);
    given(vec![held()]).when(lapse(5)).then_expect_events(vec![lapsed()]);
    given(vec![held(), lapsed()]).when(lapse(6)).then_expect_events(vec![]);
    given(vec![held(), booked()]).when(lapse(6)).then_expect_events(vec![]);
    given(vec![held(), AppointmentEvent::HoldReleased { by: by() }]).when(lapse(6)).then_expect_events(vec![]);
    given(vec![]).when(lapse(6)).then_expect_events(vec![]);
    given(vec![held(), lapsed()]).when(confirm(4)).then_expect_error(AppointmentError::HoldExpired);
    given(vec![held(), lapsed()]).when(AppointmentCommand::Release { by: by() }).then_expect_events(vec![]);
    given(vec![held(), lapsed()]).when(cancel(6)).then_expect_error(AppointmentError::NotFound);
}

#[test]
fn what_is_booked_can_be_moved_until_it_begins() {
    given(vec![booked()]).when(reschedule(700, 0)).then_expect_events(vec![moved(600, 700)]);
    given(vec![booked()]).when(reschedule(600, 0)).then_expect_events(vec![]);
    given(vec![booked(), moved(600, 700)]).when(reschedule(800, 650)).then_expect_events(vec![moved(700, 800)]);
    given(vec![booked()]).when(reschedule(700, 600)).then_expect_error(AppointmentError::AlreadyBegun);
    given(vec![booked(), cancelled()]).when(reschedule(700, 0)).then_expect_error(AppointmentError::Cancelled);
    given(vec![held()]).when(reschedule(700, 0)).then_expect_error(AppointmentError::NotFound);
}

#[test]
fn what_is_booked_can_be_cancelled_until_it_begins() {
    given(vec![booked()]).when(cancel(0)).then_expect_events(vec![cancelled()]);
    given(vec![booked(), cancelled()]).when(cancel(0)).then_expect_events(vec![]);
    given(vec![booked()]).when(cancel(601)).then_expect_error(AppointmentError::AlreadyBegun);
    given(vec![]).when(cancel(0)).then_expect_error(AppointmentError::NotFound);
}
