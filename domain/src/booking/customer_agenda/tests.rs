use chrono::{DateTime, TimeDelta, Utc};
use cqrs_es::Aggregate;
use cqrs_es::test::TestFramework;
use uuid::Uuid;

use super::*;
use crate::kernel::ids::{AppointmentId, ServiceId, StreamId};
use crate::values::interval::Interval;

fn at(hour: i64) -> DateTime<Utc> {
    "2026-11-24T00:00:00Z".parse::<DateTime<Utc>>().expect("an instant") + TimeDelta::hours(hour)
}

fn id(number: u128) -> AppointmentId {
    AppointmentId::from_uuid(Uuid::from_u128(number))
}

fn entry(from: i64, to: i64) -> Entry {
    Entry { service_id: ServiceId::from_uuid(Uuid::from_u128(9)), time: Interval::new(at(from), at(to)) }
}

fn entered(number: u128, entry: Entry, now: i64) -> CustomerAgendaEvent {
    CustomerAgendaEvent::AppointmentEntered { appointment_id: id(number), entry, at: at(now) }
}

#[test]
fn an_appointment_is_entered_moved_and_struck_once() {
    let enter = |entry| CustomerAgendaCommand::Enter { appointment_id: id(1), entry, now: at(0) };
    let strike = || CustomerAgendaCommand::Strike { appointment_id: id(1) };
    let struck = CustomerAgendaEvent::AppointmentStruck { appointment_id: id(1) };
    let (first, moved) = (entry(9, 10), entry(11, 12));
    let given = |events| TestFramework::<CustomerAgenda>::with(()).given(events);
    given(vec![]).when(enter(first)).then_expect_events(vec![entered(1, first, 0)]);
    given(vec![entered(1, first, 0)]).when(enter(first)).then_expect_events(vec![]);
    given(vec![entered(1, first, 0)]).when(enter(moved)).then_expect_events(vec![entered(1, moved, 0)]);
    given(vec![entered(1, first, 0)]).when(strike()).then_expect_events(vec![struck.clone()]);
    given(vec![entered(1, first, 0), struck]).when(strike()).then_expect_events(vec![]);
}

#[test]
fn it_knows_what_overlaps_and_forgets_what_is_over() {
    let mut agenda = CustomerAgenda::default();
    [entered(1, entry(9, 10), 0), entered(2, entry(11, 12), 0)]
        .into_iter()
        .for_each(|event| agenda.apply(event));
    let found = |agenda: &CustomerAgenda, from, to| -> Vec<AppointmentId> {
        agenda.overlapping(Interval::new(at(from), at(to))).map(|(id, _)| id).collect()
    };
    assert_eq!(found(&agenda, 9, 12), [id(1), id(2)]);
    assert_eq!(found(&agenda, 10, 11), []);
    agenda.apply(entered(3, entry(14, 15), 10));
    assert_eq!(found(&agenda, 0, 24), [id(2), id(3)]);
}
