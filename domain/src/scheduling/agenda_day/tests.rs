use chrono::{DateTime, TimeDelta, Utc};
use cqrs_es::test::{AggregateTestExecutor, TestFramework};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::kernel::ids::{AppointmentId, ResourceId, ServiceId, StreamId};
use crate::values::interval::Interval;

fn at(minute: i64) -> DateTime<Utc> {
    "2026-11-24T00:00:00Z".parse::<DateTime<Utc>>().expect("an instant") + TimeDelta::minutes(minute)
}

fn id(number: u128) -> AppointmentId {
    AppointmentId::from_uuid(Uuid::from_u128(number))
}

fn occupation(start: i64, end: i64, before: u32, after: u32) -> Occupation {
    Occupation {
        resource_id: ResourceId::from_uuid(Uuid::from_u128(1)),
        service_id: ServiceId::from_uuid(Uuid::from_u128(1)),
        appointment: Interval::new(at(start), at(end)),
        buffers: Buffers { before_minutes: before, after_minutes: after, shared: false },
        seats: None,
    }
}

/// Of a resource that takes one appointment at a time.
const ALONE: Room = Room { appointments: 1, seats: 1 };

fn booked(number: u128, occupation: Occupation) -> AgendaDayEvent {
    AgendaDayEvent::TimeBooked { appointment_id: id(number), occupation }
}

fn held(number: u128, occupation: Occupation, expires: i64) -> AgendaDayEvent {
    AgendaDayEvent::TimeHeld { appointment_id: id(number), occupation, expires_at: at(expires) }
}

fn book(number: u128, occupation: Occupation, now: i64) -> AgendaDayCommand {
    AgendaDayCommand::Book { appointment_id: id(number), occupation, room: ALONE, now: at(now) }
}

fn given(events: Vec<AgendaDayEvent>) -> AggregateTestExecutor<AgendaDay> {
    TestFramework::<AgendaDay>::with(()).given(events)
}

#[test]
fn time_is_booked_once() {
    let half_hour = occupation(600, 630, 0, 0);
    given(vec![]).when(book(1, half_hour, 0)).then_expect_events(vec![booked(1, half_hour)]);
    given(vec![booked(1, half_hour)])
        .when(book(2, half_hour, 0))
        .then_expect_error(AgendaDayError::TimeTaken);
    given(vec![booked(1, half_hour)])
        .when(book(2, occupation(615, 645, 0, 0), 0))
        .then_expect_error(AgendaDayError::TimeTaken);
    let next = occupation(630, 660, 0, 0);
    given(vec![booked(1, half_hour)]).when(book(2, next, 0)).then_expect_events(vec![booked(2, next)]);
}

#[test]
fn buffers_of_neighbours_add_up() {
    let first = occupation(600, 630, 0, 10);
    given(vec![booked(1, first)])
        .when(book(2, occupation(645, 675, 10, 0), 0))
        .then_expect_error(AgendaDayError::TimeTaken);
    let far_enough = occupation(650, 680, 10, 0);
    given(vec![booked(1, first)])
        .when(book(2, far_enough, 0))
        .then_expect_events(vec![booked(2, far_enough)]);
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
    given(vec![booked(1, wanted)])
        .when(AgendaDayCommand::Free { appointment_id: id(1) })
        .then_expect_events(vec![freed.clone()]);
    given(vec![]).when(AgendaDayCommand::Free { appointment_id: id(1) }).then_expect_events(vec![]);
    given(vec![booked(1, wanted), freed])
        .when(book(2, wanted, 0))
        .then_expect_events(vec![booked(2, wanted)]);
}

#[test]
fn neighbours_that_share_their_buffers_keep_the_longer_one() {
    let sharing = |occupation: Occupation| Occupation {
        buffers: Buffers { shared: true, ..occupation.buffers },
        ..occupation
    };
    let (first, next) = (occupation(600, 630, 0, 10), occupation(640, 670, 10, 0));
    given(vec![booked(1, first)])
        .when(book(2, sharing(next), 0))
        .then_expect_error(AgendaDayError::TimeTaken);
    let both = || vec![booked(1, sharing(first))];
    given(both()).when(book(2, sharing(next), 0)).then_expect_events(vec![booked(2, sharing(next))]);
    given(both())
        .when(book(2, sharing(occupation(639, 670, 5, 0)), 0))
        .then_expect_error(AgendaDayError::TimeTaken);
}

#[test]
fn a_resource_takes_as_many_appointments_at_a_time_as_it_has_room_for() {
    let two = Room { appointments: 2, seats: 1 };
    let book = |number, occupation| AgendaDayCommand::Book {
        appointment_id: id(number),
        occupation,
        room: two,
        now: at(0),
    };
    let (morning, late) = (occupation(600, 660, 0, 0), occupation(630, 690, 0, 0));
    let both = || vec![booked(1, morning), booked(2, late)];
    given(vec![booked(1, morning)]).when(book(2, late)).then_expect_events(vec![booked(2, late)]);
    given(both()).when(book(3, occupation(600, 640, 0, 0))).then_expect_error(AgendaDayError::TimeTaken);
    // The first is over when it begins, the second when it ends.
    let between = occupation(600, 630, 0, 0);
    given(both()).when(book(3, between)).then_expect_events(vec![booked(3, between)]);
}

#[test]
fn a_class_is_shared_until_its_seats_are_taken() {
    let seats = |seats, occupation: Occupation| Occupation { seats: Some(seats), ..occupation };
    let yoga = occupation(600, 660, 0, 0);
    let room = Room { appointments: 1, seats: 10 };
    let book = |number, occupation| AgendaDayCommand::Book {
        appointment_id: id(number),
        occupation,
        room,
        now: at(0),
    };
    let present = || vec![booked(1, seats(7, yoga))];
    given(present()).when(book(2, seats(3, yoga))).then_expect_events(vec![booked(2, seats(3, yoga))]);
    given(present()).when(book(2, seats(4, yoga))).then_expect_error(AgendaDayError::ClassFull { left: 3 });
    // Another time, another service, and an appointment of its own are not the same class.
    given(present())
        .when(book(2, seats(1, occupation(615, 675, 0, 0))))
        .then_expect_error(AgendaDayError::TimeTaken);
    let other = Occupation { service_id: ServiceId::from_uuid(Uuid::from_u128(2)), ..seats(1, yoga) };
    given(present()).when(book(2, other)).then_expect_error(AgendaDayError::TimeTaken);
    given(present()).when(book(2, yoga)).then_expect_error(AgendaDayError::TimeTaken);
}

prop_compose! {
    fn command()(kind in 0..5, number in 0_u128..6, start in 0_i64..60, length in 1_i64..30, before in 0_u32..8, after in 0_u32..8,
        seats in prop::option::of(1_u32..4), now in 0_i64..100) -> (AgendaDayCommand, i64)
    {
        // Classes meet at few times, so that some are shared.
        let (start, length) = if seats.is_some() { (start / 20 * 20, 20) } else { (start, length) };
        let (appointment_id, occupation) = (id(number), Occupation { seats, ..occupation(start, start + length, before, after) });
        let command = match kind {
            0 => AgendaDayCommand::Hold { appointment_id, occupation, room: ALONE, expires_at: at(now + 10), now: at(now) },
            1 => AgendaDayCommand::Confirm { appointment_id, now: at(now) },
            2 => AgendaDayCommand::Book { appointment_id, occupation, room: ALONE, now: at(now) },
            3 => AgendaDayCommand::Lapse { appointment_id, now: at(now) },
            _ => AgendaDayCommand::Free { appointment_id },
        };
        (command, now)
    }
}

proptest! {
    /// Whatever is asked, in whatever order and with whatever clock: at no instant is more under way than
    /// there is room for.
    #[test]
    fn no_history_overbooks(commands in prop::collection::vec(command(), 0..40), appointments in 1_u32..4, seats in 1_u32..6) {
        let room = Room { appointments, seats };
        let mut day = AgendaDay::default();
        let mut clock = 0;
        for (command, now) in commands {
            // The log's clock never runs backwards.
            clock = clock.max(now);
            let command = match command {
                AgendaDayCommand::Hold { appointment_id, occupation, .. } =>
                    AgendaDayCommand::Hold { appointment_id, occupation, room, expires_at: at(clock + 10), now: at(clock) },
                AgendaDayCommand::Confirm { appointment_id, .. } => AgendaDayCommand::Confirm { appointment_id, now: at(clock) },
                AgendaDayCommand::Lapse { appointment_id, .. } => AgendaDayCommand::Lapse { appointment_id, now: at(clock) },
                AgendaDayCommand::Book { appointment_id, occupation, .. } =>
                    AgendaDayCommand::Book { appointment_id, occupation, room, now: at(clock) },
                free @ AgendaDayCommand::Free { .. } => free,
            };
            if let Ok(events) = day.decide(command) {
                events.into_iter().for_each(|event| day.evolve(event));
            }
            let taken: Vec<Occupation> = day.entries().filter(|(_, entry)| entry.occupies(at(clock))).map(|(_, entry)| entry.occupation).collect();
            for minute in -10..120 {
                let here: Vec<_> = taken.iter().filter(|one| one.padded().start <= at(minute) && at(minute) < one.padded().end).collect();
                let alone = here.iter().filter(|one| one.seats.is_none()).count();
                let classes: std::collections::BTreeSet<_> = here.iter().filter(|one| one.seats.is_some()).map(|one| one.appointment).collect();
                prop_assert!(alone + classes.len() <= appointments as usize, "at {minute}: {here:?}");
                for class in classes {
                    let seats_taken: u32 = here.iter().filter(|one| one.appointment == class).filter_map(|one| one.seats).sum();
                    prop_assert!(seats_taken <= seats, "at {minute}: {here:?}");
                }
            }
        }
    }
}
