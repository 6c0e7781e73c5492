use chrono::{DateTime, TimeDelta, Utc};
use cqrs_es::test::{AggregateTestExecutor, TestFramework};
use uuid::Uuid;

use super::*;
use crate::kernel::ids::{AppointmentId, StreamId};
use crate::scheduling::service::{Limit, LimitOf, Period};

fn at(minute: i64) -> DateTime<Utc> {
    "2026-11-24T00:00:00Z".parse::<DateTime<Utc>>().expect("an instant") + TimeDelta::minutes(minute)
}

fn id(number: u128) -> AppointmentId {
    AppointmentId::from_uuid(Uuid::from_u128(number))
}

const LIMIT: Limit = Limit { of: LimitOf::Service, per: Period::Day, bookings: Some(2), minutes: Some(100) };

fn take(number: u128, minutes: u32, held_until: Option<i64>, now: i64) -> QuotaCommand {
    let share = Share { minutes, held_until: held_until.map(at) };
    QuotaCommand::Take { appointment_id: id(number), share, limit: LIMIT, now: at(now) }
}

fn taken(number: u128, minutes: u32, held_until: Option<i64>) -> QuotaEvent {
    QuotaEvent::QuotaTaken {
        appointment_id: id(number),
        share: Share { minutes, held_until: held_until.map(at) },
    }
}

fn released(number: u128) -> QuotaEvent {
    QuotaEvent::QuotaReleased { appointment_id: id(number) }
}

fn given(events: Vec<QuotaEvent>) -> AggregateTestExecutor<Quota> {
    TestFramework::<Quota>::with(()).given(events)
}

#[test]
fn a_limit_is_reached_by_bookings_or_by_minutes() {
    let reached = || QuotaError::LimitReached { limit: LIMIT };
    given(vec![]).when(take(1, 60, None, 0)).then_expect_events(vec![taken(1, 60, None)]);
    given(vec![taken(1, 60, None)]).when(take(2, 40, None, 0)).then_expect_events(vec![taken(2, 40, None)]);
    given(vec![taken(1, 60, None)]).when(take(2, 41, None, 0)).then_expect_error(reached());
    given(vec![taken(1, 10, None), taken(2, 10, None)])
        .when(take(3, 10, None, 0))
        .then_expect_error(reached());
    let said = "at most 2 of these and 100 minutes of these can be booked in a day, and that day has no more";
    assert_eq!(reached().to_string(), said);
}

#[test]
fn a_share_counts_once_and_can_be_given_back() {
    given(vec![taken(1, 60, None)]).when(take(1, 60, None, 0)).then_expect_events(vec![]);
    given(vec![taken(1, 60, None)]).when(take(1, 90, None, 0)).then_expect_events(vec![taken(1, 90, None)]);
    let release = || QuotaCommand::Release { appointment_id: id(1) };
    given(vec![taken(1, 60, None)]).when(release()).then_expect_events(vec![released(1)]);
    given(vec![]).when(release()).then_expect_events(vec![]);
    given(vec![taken(1, 100, None), released(1)])
        .when(take(2, 100, None, 0))
        .then_expect_events(vec![taken(2, 100, None)]);
}

#[test]
fn a_hold_counts_until_it_runs_out_or_is_booked() {
    let held = || vec![taken(1, 100, Some(5))];
    given(held()).when(take(2, 10, None, 4)).then_expect_error(QuotaError::LimitReached { limit: LIMIT });
    given(held()).when(take(2, 10, None, 5)).then_expect_events(vec![released(1), taken(2, 10, None)]);
    given(held()).when(take(1, 100, None, 4)).then_expect_events(vec![taken(1, 100, None)]);
    given(vec![taken(1, 100, Some(5)), taken(1, 100, None)])
        .when(take(2, 10, None, 9))
        .then_expect_error(QuotaError::LimitReached { limit: LIMIT });
}
