use chrono::{DateTime, TimeDelta, Utc};
use cqrs_es::test::{AggregateTestExecutor, TestFramework};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::shared::ids::{AppointmentId, ResourceId, StreamId};
use crate::shared::interval::Interval;

fn at(minute: i64) -> DateTime<Utc> {
    "2026-11-24T00:00:00Z".parse::<DateTime<Utc>>().expect("an instant") + TimeDelta::minutes(minute)
}

fn id(number: u128) -> AppointmentId {
    AppointmentId::from_uuid(Uuid::from_u128(number))
}

fn occupation(start: i64, end: i64, before: u32, after: u32) -> Occupation {
    Occupation {
        resource_id: ResourceId::from_uuid(Uuid::from_u128(1)),
        appointment: Interval::new(at(start), at(end)),
        buffer_before_minutes: before,
        buffer_after_minutes: after,
    }
}

fn booked(number: u128, occupation: Occupation) -> AgendaDayEvent {
    AgendaDayEvent::TimeBooked { appointment_id: id(number), occupation }
}

fn held(number: u128, occupation: Occupation, expires: i64) -> AgendaDayEvent {
    AgendaDayEvent::TimeHeld { appointment_id: id(number), occupation, expires_at: at(expires) }
}

fn book(number: u128, occupation: Occupation, now: i64) -> AgendaDayCommand {
    AgendaDayCommand::Book { appointment_id: id(number), occupation, now: at(now) }
}

fn given(events: Vec<AgendaDayEvent>) -> AggregateTestExecutor<AgendaDay> {
    TestFramework::<AgendaDay>::with(()).given(events)
}

#[test]
fn time_is_booked_once() {
    let half_hour = occupation(600, 630, 0, 0);
    given(vec![]).when(book(1, half_hour, 0)).then_expect_events(vec![booked(1, half_hour)]);
    given(vec![booked(1, half_hour)]).when(book(2, half_hour, 0)).then_expect_error(AgendaDayError::TimeTaken);
    given(vec![booked(1, half_hour)]).when(book(2, occupation(615, 645, 0, 0), 0)).then_expect_error(AgendaDayError::TimeTaken);
    let next = occupation(630, 660, 0, 0);
    given(vec![booked(1, half_hour)]).when(book(2, next, 0)).then_expect_events(vec![booked(2, next)]);
}

#[test]
fn buffers_of_neighbours_add_up() {
    let first = occupation(600, 630, 0, 10);
    given(vec![booked(1, first)]).when(book(2, occupation(645, 675, 10, 0), 0)).then_expect_error(AgendaDayError::TimeTaken);
    let far_enough = occupation(650, 680, 10, 0);
    given(vec![booked(1, first)]).when(book(2, far_enough, 0)).then_expect_events(vec![booked(2, far_enough)]);
}

#[test]
fn a_hold_takes_the_time_until_it_expires_and_then_lapses() {
    let wanted = occupation(600, 630, 0, 0);
    let holding = || vec![held(1, wanted, 5)];
    given(holding()).when(book(2, wanted, 4)).then_expect_error(AgendaDayError::TimeTaken);
    given(holding())
        .when(book(2, wanted, 5))
        .then_expect_events(vec![AgendaDayEvent::HoldLapsed { appointment_id: id(1) }, booked(2, wanted)]);
}

#[test]
fn a_hold_that_nobody_wants_lapses_when_it_has_run_out() {
    let wanted = occupation(600, 630, 0, 0);
    let lapse = |now| AgendaDayCommand::Lapse { appointment_id: id(1), now: at(now) };
    let lapsed = || AgendaDayEvent::HoldLapsed { appointment_id: id(1) };
    given(vec![held(1, wanted, 5)]).when(lapse(4)).then_expect_events(vec![]);
    given(vec![held(1, wanted, 5)]).when(lapse(5)).then_expect_events(vec![lapsed()]);
    given(vec![held(1, wanted, 5), lapsed()]).when(lapse(6)).then_expect_events(vec![]);
    given(vec![held(1, wanted, 5), AgendaDayEvent::HoldConfirmed { appointment_id: id(1) }])
        .when(lapse(6))
        .then_expect_events(vec![]);
    given(vec![]).when(lapse(6)).then_expect_events(vec![]);
}

#[test]
fn confirming_needs_a_hold_that_stands() {
    let wanted = occupation(600, 630, 0, 0);
    let confirm = |now| AgendaDayCommand::Confirm { appointment_id: id(1), now: at(now) };
    let confirmed = AgendaDayEvent::HoldConfirmed { appointment_id: id(1) };
    given(vec![held(1, wanted, 5)]).when(confirm(4)).then_expect_events(vec![confirmed.clone()]);
    given(vec![held(1, wanted, 5), confirmed]).when(confirm(9)).then_expect_events(vec![]);
    given(vec![held(1, wanted, 5)]).when(confirm(5)).then_expect_error(AgendaDayError::HoldExpired);
    given(vec![held(1, wanted, 5), AgendaDayEvent::HoldLapsed { appointment_id: id(1) }, booked(2, wanted)])
        .when(confirm(4))
        .then_expect_error(AgendaDayError::HoldExpired);
    given(vec![]).when(confirm(4)).then_expect_error(AgendaDayError::HoldExpired);
}

#[test]
fn freed_time_can_be_booked_again() {
    let wanted = occupation(600, 630, 0, 0);
    let freed = AgendaDayEvent::TimeFreed { appointment_id: id(1) };
    given(vec![booked(1, wanted)]).when(AgendaDayCommand::Free { appointment_id: id(1) }).then_expect_events(vec![freed.clone()]);
    given(vec![]).when(AgendaDayCommand::Free { appointment_id: id(1) }).then_expect_events(vec![]);
    given(vec![booked(1, wanted), freed]).when(book(2, wanted, 0)).then_expect_events(vec![booked(2, wanted)]);
}

prop_compose! {
    fn command()(kind in 0..5, number in 0_u128..6, start in 0_i64..60, length in 1_i64..30, before in 0_u32..8, after in 0_u32..8,
        now in 0_i64..100) -> (AgendaDayCommand, i64)
    {
        let (appointment_id, occupation) = (id(number), occupation(start, start + length, before, after));
        let command = match kind {
            0 => AgendaDayCommand::Hold { appointment_id, occupation, expires_at: at(now + 10), now: at(now) },
            1 => AgendaDayCommand::Confirm { appointment_id, now: at(now) },
            2 => AgendaDayCommand::Book { appointment_id, occupation, now: at(now) },
            3 => AgendaDayCommand::Lapse { appointment_id, now: at(now) },
            _ => AgendaDayCommand::Free { appointment_id },
        };
        (command, now)
    }
}

proptest! {
    /// Whatever is asked, in whatever order and with whatever clock: what occupies the day at any instant never overlaps.
    #[test]
    fn no_history_overbooks(commands in prop::collection::vec(command(), 0..40)) {
        let mut day = AgendaDay::default();
        let mut clock = 0;
        for (command, now) in commands {
            // The log's clock never runs backwards.
            clock = clock.max(now);
            let command = match command {
                AgendaDayCommand::Hold { appointment_id, occupation, .. } =>
                    AgendaDayCommand::Hold { appointment_id, occupation, expires_at: at(clock + 10), now: at(clock) },
                AgendaDayCommand::Confirm { appointment_id, .. } => AgendaDayCommand::Confirm { appointment_id, now: at(clock) },
                AgendaDayCommand::Book { appointment_id, occupation, .. } =>
                    AgendaDayCommand::Book { appointment_id, occupation, now: at(clock) },
                AgendaDayCommand::Lapse { appointment_id, .. } => AgendaDayCommand::Lapse { appointment_id, now: at(clock) },
                free @ AgendaDayCommand::Free { .. } => free,
            };
            if let Ok(events) = day.decide(command) {
                events.into_iter().for_each(|event| day.evolve(event));
            }
            let busy: Vec<_> = day.busy(at(clock)).collect();
            for (index, one) in busy.iter().enumerate() {
                prop_assert!(busy[index + 1..].iter().all(|other| !one.overlaps(*other)), "{:?}", busy);
            }
        }
    }
}
