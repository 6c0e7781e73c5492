use chrono::{DateTime, TimeDelta, Utc};
use cqrs_es::Aggregate;
use cqrs_es::test::TestFramework;
use uuid::Uuid;

use super::*;
use crate::kernel::ids::{AppointmentId, StreamId};

fn at(day: i64) -> DateTime<Utc> {
    "2026-11-24T00:00:00Z".parse::<DateTime<Utc>>().expect("an instant") + TimeDelta::days(day)
}

fn id(number: u128) -> AppointmentId {
    AppointmentId::from_uuid(Uuid::from_u128(number))
}

fn missed(number: u128, day: i64) -> NoShowsEvent {
    NoShowsEvent::AppointmentMissed { appointment_id: id(number), start: at(day) }
}

#[test]
fn an_appointment_is_missed_once_and_can_be_forgiven() {
    let miss = || NoShowsCommand::Miss { appointment_id: id(1), start: at(0) };
    let forgive = || NoShowsCommand::Forgive { appointment_id: id(1) };
    let forgiven = NoShowsEvent::MissForgiven { appointment_id: id(1) };
    let given = |events| TestFramework::<NoShows>::with(()).given(events);
    given(vec![]).when(miss()).then_expect_events(vec![missed(1, 0)]);
    given(vec![missed(1, 0)]).when(miss()).then_expect_events(vec![]);
    given(vec![missed(1, 0)]).when(forgive()).then_expect_events(vec![forgiven.clone()]);
    given(vec![missed(1, 0), forgiven]).when(forgive()).then_expect_events(vec![]);
}

#[test]
fn only_what_was_missed_lately_counts() {
    let mut no_shows = NoShows::default();
    [missed(1, 0), missed(2, 10), missed(3, 20)].into_iter().for_each(|event| no_shows.apply(event));
    assert_eq!([0, 1, 20, 21].map(|day| no_shows.missed_since(at(day))), [3, 2, 1, 0]);
}
