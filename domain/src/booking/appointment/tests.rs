use chrono::{DateTime, TimeDelta, Utc};
use cqrs_es::test::{AggregateTestExecutor, TestFramework};
use uuid::Uuid;

use super::*;
use crate::kernel::ids::{CustomerId, ResourceId, ServiceId, StreamId};
use crate::kernel::metadata::{Actor, ActorKind};
use crate::kernel::personal::{Personal, SubjectId};
use crate::scheduling::service::{Agreement, Approval, Deadline, Fee, Late, NoShowPolicy, Policy};
use crate::values::interval::Interval;
use crate::values::money::Money;
use crate::values::text::{Name, Note};
use crate::values::time::Zone;

fn at(minute: i64) -> DateTime<Utc> {
    "2026-11-24T00:00:00Z".parse::<DateTime<Utc>>().expect("an instant") + TimeDelta::minutes(minute)
}

fn slot(start: i64) -> BookedSlot {
    BookedSlot::new(
        ServiceId::from_uuid(Uuid::from_u128(1)),
        vec![ResourceId::from_uuid(Uuid::from_u128(2))],
        Interval::new(at(start), at(start + 30)),
        Zone::UTC,
        RuleVersions { business: 1, service: 1, resources: vec![1] },
    )
}

fn attendee() -> Attendee {
    let customer_id = CustomerId::from_uuid(Uuid::from_u128(3));
    let name = Personal::new(SubjectId::of(customer_id), Name::parse("Ada").expect("a name"));
    Attendee { customer_id, name, note: None, answers: vec![] }
}

fn by() -> Actor {
    Actor::new(ActorKind::Staff, "key")
}

fn held() -> AppointmentEvent {
    AppointmentEvent::AppointmentHeld { slot: slot(600), expires_at: at(5), source: Source::Api, by: by() }
}

fn booked() -> AppointmentEvent {
    AppointmentEvent::AppointmentBooked {
        slot: slot(600),
        attendee: attendee(),
        source: Source::Api,
        by: by(),
        overridden: None,
        series_id: None,
    }
}

fn in_time() -> AppliedPolicy {
    AppliedPolicy { service_version: 1, late: false, fee: None, override_reason: None }
}

fn cancelled() -> AppointmentEvent {
    AppointmentEvent::AppointmentCancelled { reason: None, by: by(), applied: Some(in_time()) }
}

fn moved(from: i64, to: i64) -> AppointmentEvent {
    AppointmentEvent::AppointmentRescheduled {
        from: slot(from),
        to: slot(to),
        reason: None,
        by: by(),
        applied: Some(in_time()),
        decide_by: None,
    }
}

fn given(events: Vec<AppointmentEvent>) -> AggregateTestExecutor<Appointment> {
    TestFramework::<Appointment>::with(()).given(events)
}

fn confirm(now: i64) -> AppointmentCommand {
    AppointmentCommand::Confirm { attendee: attendee(), source: Source::Api, by: by(), now: at(now) }
}

fn reschedule(to: i64, now: i64) -> AppointmentCommand {
    AppointmentCommand::Reschedule { to: slot(to), change: Change::default(), by: by(), now: at(now) }
}

fn cancel(now: i64) -> AppointmentCommand {
    AppointmentCommand::Cancel { change: Change::default(), by: by(), now: at(now) }
}

#[test]
fn a_slot_is_booked_once() {
    let book = || AppointmentCommand::Book {
        slot: slot(600),
        attendee: attendee(),
        source: Source::Api,
        by: by(),
        overridden: None,
        series_id: None,
        now: at(0),
    };
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
    given(vec![held()])
        .when(AppointmentCommand::Release { by: by() })
        .then_expect_events(vec![released.clone()]);
    given(vec![held(), released.clone()])
        .when(AppointmentCommand::Release { by: by() })
        .then_expect_events(vec![]);
    given(vec![held(), released]).when(confirm(4)).then_expect_error(AppointmentError::HoldReleased);
    given(vec![booked()])
        .when(AppointmentCommand::Release { by: by() })
        .then_expect_error(AppointmentError::AlreadyBooked);
}

#[test]
fn a_hold_lapses_when_it_runs_out_and_not_before() {
    let lapse = |now| AppointmentCommand::Lapse { now: at(now) };
    let lapsed = || AppointmentEvent::HoldLapsed {};
    given(vec![held()]).when(lapse(4)).then_expect_events(vec![]);
    given(vec![held()]).when(lapse(5)).then_expect_events(vec![lapsed()]);
    given(vec![held(), lapsed()]).when(lapse(6)).then_expect_events(vec![]);
    given(vec![held(), booked()]).when(lapse(6)).then_expect_events(vec![]);
    given(vec![held(), AppointmentEvent::HoldReleased { by: by() }])
        .when(lapse(6))
        .then_expect_events(vec![]);
    given(vec![]).when(lapse(6)).then_expect_events(vec![]);
    given(vec![held(), lapsed()]).when(confirm(4)).then_expect_error(AppointmentError::HoldExpired);
    given(vec![held(), lapsed()]).when(AppointmentCommand::Release { by: by() }).then_expect_events(vec![]);
    given(vec![held(), lapsed()]).when(cancel(6)).then_expect_error(AppointmentError::NotFound);
}

#[test]
fn what_is_booked_can_be_moved_until_it_begins() {
    given(vec![booked()]).when(reschedule(700, 0)).then_expect_events(vec![moved(600, 700)]);
    given(vec![booked()]).when(reschedule(600, 0)).then_expect_events(vec![]);
    given(vec![booked(), moved(600, 700)])
        .when(reschedule(800, 650))
        .then_expect_events(vec![moved(700, 800)]);
    given(vec![booked()]).when(reschedule(700, 600)).then_expect_error(AppointmentError::AlreadyBegun);
    given(vec![booked(), cancelled()])
        .when(reschedule(700, 0))
        .then_expect_error(AppointmentError::Cancelled);
    given(vec![held()]).when(reschedule(700, 0)).then_expect_error(AppointmentError::NotFound);
}

#[test]
fn what_is_booked_can_be_cancelled_until_it_begins() {
    given(vec![booked()]).when(cancel(0)).then_expect_events(vec![cancelled()]);
    given(vec![booked(), cancelled()]).when(cancel(0)).then_expect_events(vec![]);
    given(vec![booked()]).when(cancel(601)).then_expect_error(AppointmentError::AlreadyBegun);
    given(vec![]).when(cancel(0)).then_expect_error(AppointmentError::NotFound);
}

fn euros(amount: u64) -> Money {
    Money { amount: amount * 100, currency: "EUR".parse().expect("a currency") }
}

/// A booking at minute 600 under a policy, of a service that costs forty euros.
fn under(policy: Policy) -> BookedSlot {
    BookedSlot { agreement: Agreement { price: Some(euros(40)), policy }, ..slot(600) }
}

fn booked_under(policy: Policy) -> AppointmentEvent {
    AppointmentEvent::AppointmentBooked {
        slot: under(policy),
        attendee: attendee(),
        source: Source::Api,
        by: by(),
        overridden: None,
        series_id: None,
    }
}

fn reason(text: &str) -> Option<Personal<Note>> {
    Some(Personal::new(SubjectId::of(attendee().customer_id), Note::parse(text).expect("a note")))
}

#[test]
fn after_its_deadline_a_cancellation_is_refused_unless_the_business_says_why() {
    let policy =
        Policy { cancellation: Deadline { minutes_before: 120, after: Late::Refused }, ..Policy::default() };
    given(vec![booked_under(policy.clone())]).when(cancel(480)).then_expect_events(vec![cancelled()]);
    let until = "2026-11-24T08:00:00+00:00".to_owned();
    given(vec![booked_under(policy.clone())])
        .when(cancel(481))
        .then_expect_error(AppointmentError::TooLateToCancel { until });
    let override_reason = reason("a storm");
    let change = Change { override_reason: override_reason.clone(), ..Change::default() };
    let applied = Some(AppliedPolicy { late: true, override_reason, ..in_time() });
    given(vec![booked_under(policy)])
        .when(AppointmentCommand::Cancel { change, by: by(), now: at(481) })
        .then_expect_events(vec![AppointmentEvent::AppointmentCancelled { reason: None, by: by(), applied }]);
}

#[test]
fn a_fee_is_owed_by_whoever_has_accepted_it() {
    let after = Late::Charged { fee: Fee::Percent { percent: 50 } };
    let policy = Policy { reschedule: Deadline { minutes_before: 60, after }, ..Policy::default() };
    let late = |accepts_fee| {
        let change = Change { accepts_fee, ..Change::default() };
        AppointmentCommand::Reschedule { to: slot(700), change, by: by(), now: at(541) }
    };
    let fee = euros(20);
    given(vec![booked_under(policy.clone())])
        .when(late(false))
        .then_expect_error(AppointmentError::FeeDue { fee });
    let applied = Some(AppliedPolicy { late: true, fee: Some(fee), ..in_time() });
    let (from, to) = (under(policy.clone()), slot(700));
    let rescheduled = AppointmentEvent::AppointmentRescheduled {
        from,
        to,
        reason: None,
        by: by(),
        applied,
        decide_by: None,
    };
    given(vec![booked_under(policy.clone())]).when(late(true)).then_expect_events(vec![rescheduled.clone()]);
    let mut appointment = Appointment::default();
    [booked_under(policy), rescheduled].into_iter().for_each(|event| appointment.evolve(event));
    let fees = &appointment.booking().expect("a booking").fees;
    assert_eq!(fees, &[FeeOwed { reason: FeeReason::LateReschedule, fee }]);
}

fn requested() -> AppointmentEvent {
    let slot = under(Policy { approval: Some(Approval { within_minutes: 60 }), ..Policy::default() });
    let (source, decide_by) = (Source::Api, at(60));
    AppointmentEvent::AppointmentRequested {
        slot,
        attendee: attendee(),
        source,
        by: by(),
        decide_by,
        overridden: None,
        series_id: None,
    }
}

#[test]
fn what_needs_approval_is_a_request_until_somebody_decides_or_time_runs_out() {
    let AppointmentEvent::AppointmentRequested { slot, .. } = requested() else { panic!("a request") };
    let book = |now: i64| AppointmentCommand::Book {
        slot: slot.clone(),
        attendee: attendee(),
        source: Source::Api,
        by: by(),
        overridden: None,
        series_id: None,
        now: at(now),
    };
    given(vec![]).when(book(0)).then_expect_events(vec![requested()]);
    let approve = |now| AppointmentCommand::Approve { by: by(), now: at(now) };
    let approved = || AppointmentEvent::RequestApproved { by: by() };
    given(vec![requested()]).when(approve(59)).then_expect_events(vec![approved()]);
    given(vec![requested()]).when(approve(60)).then_expect_error(AppointmentError::RequestExpired);
    given(vec![requested(), approved()]).when(approve(0)).then_expect_events(vec![]);
    let decline = || AppointmentCommand::Decline { reason: None, by: by() };
    let declined = || AppointmentEvent::RequestDeclined { reason: None, by: by() };
    given(vec![requested()]).when(decline()).then_expect_events(vec![declined()]);
    given(vec![requested(), declined()]).when(approve(0)).then_expect_error(AppointmentError::Declined);
    given(vec![requested(), approved()]).when(decline()).then_expect_error(AppointmentError::AlreadyBooked);
    let expire = |now| AppointmentCommand::Expire { now: at(now) };
    given(vec![requested()]).when(expire(59)).then_expect_events(vec![]);
    given(vec![requested()]).when(expire(60)).then_expect_events(vec![AppointmentEvent::RequestExpired {}]);
    given(vec![requested(), approved()]).when(expire(60)).then_expect_events(vec![]);
    // A request stands at most until its time.
    let AppointmentCommand::Book { slot: late, .. } = book(0) else { panic!("a booking") };
    let mut state = Appointment::default();
    let events = state.decide(book(590)).expect("a request");
    events.into_iter().for_each(|event| state.evolve(event));
    assert!(
        matches!(state, Appointment::Requested { decide_by, .. } if decide_by == late.time.start),
        "{state:?}"
    );
}

#[test]
fn a_request_may_be_cancelled_late_and_free_of_charge() {
    let after = Late::Charged { fee: Fee::Percent { percent: 50 } };
    let approval = Some(Approval { within_minutes: 60 });
    let policy =
        Policy { approval, cancellation: Deadline { minutes_before: 1_000, after }, ..Policy::default() };
    let slot = under(policy);
    let request = AppointmentEvent::AppointmentRequested {
        slot,
        attendee: attendee(),
        source: Source::Api,
        by: by(),
        decide_by: at(60),
        overridden: None,
        series_id: None,
    };
    let cancelled = AppointmentEvent::AppointmentCancelled { reason: None, by: by(), applied: None };
    given(vec![request]).when(cancel(10)).then_expect_events(vec![cancelled]);
}

#[test]
fn what_an_assistant_moves_is_a_request_again_and_what_the_business_moves_is_not() {
    let to = under(Policy { approval: Some(Approval { within_minutes: 60 }), ..Policy::default() });
    let to = BookedSlot { time: Interval::new(at(700), at(730)), ..to };
    for (kind, decide_by) in [(ActorKind::Assistant, Some(at(65))), (ActorKind::Staff, None)] {
        let by = Actor::new(kind, "x");
        let moving =
            AppointmentCommand::Reschedule { to: to.clone(), change: Change::default(), by, now: at(5) };
        let mut state = Appointment::default();
        state.evolve(booked());
        let events = state.decide(moving).expect("moved");
        assert!(
            matches!(&events[..], [AppointmentEvent::AppointmentRescheduled { decide_by: until, .. }] if *until == decide_by)
        );
        events.into_iter().for_each(|event| state.evolve(event));
        assert_eq!(matches!(state, Appointment::Requested { .. }), decide_by.is_some());
    }
}

#[test]
fn customers_come_or_do_not_and_both_can_be_put_right() {
    let check_in = |now| AppointmentCommand::CheckIn { by: by(), now: at(now) };
    let checked_in = || AppointmentEvent::CustomerCheckedIn { by: by() };
    given(vec![booked()]).when(check_in(-121)).then_expect_error(AppointmentError::TooEarlyToCheckIn);
    given(vec![booked()]).when(check_in(-120)).then_expect_events(vec![checked_in()]);
    given(vec![booked(), checked_in()]).when(check_in(590)).then_expect_events(vec![]);
    given(vec![requested()]).when(check_in(590)).then_expect_error(AppointmentError::NotApproved);
    let complete = |now| AppointmentCommand::Complete { by: by(), now: at(now) };
    let completed = || AppointmentEvent::AppointmentCompleted { by: by() };
    given(vec![booked()]).when(complete(599)).then_expect_error(AppointmentError::NotBegun);
    given(vec![booked(), checked_in()]).when(complete(600)).then_expect_events(vec![completed()]);
    let policy = Policy {
        no_show: NoShowPolicy { fee: Some(Fee::Amount { money: euros(15) }), limit: None },
        ..Policy::default()
    };
    let no_show = |override_reason| {
        let change = Change { override_reason, ..Change::default() };
        AppointmentCommand::RecordNoShow { change, by: by(), now: at(610) }
    };
    let missed = |fee, override_reason| {
        let applied = AppliedPolicy { service_version: 1, late: true, fee, override_reason };
        AppointmentEvent::NoShowRecorded { reason: None, by: by(), applied }
    };
    given(vec![booked_under(policy.clone())])
        .when(no_show(None))
        .then_expect_events(vec![missed(Some(euros(15)), None)]);
    given(vec![booked_under(policy.clone())])
        .when(no_show(reason("ill")))
        .then_expect_events(vec![missed(None, reason("ill"))]);
    given(vec![booked_under(policy.clone()), completed()])
        .when(no_show(None))
        .then_expect_events(vec![missed(Some(euros(15)), None)]);
    given(vec![booked(), missed(None, None)])
        .when(check_in(620))
        .then_expect_error(AppointmentError::AlreadyBegun);
    let mut state = Appointment::default();
    [booked_under(policy), missed(Some(euros(15)), None), completed()]
        .into_iter()
        .for_each(|event| state.evolve(event));
    assert!(matches!(&state, Appointment::Completed(booking) if booking.fees.is_empty()), "{state:?}");
}
