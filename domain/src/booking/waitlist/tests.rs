use cqrs_es::test::{AggregateTestExecutor, TestFramework};
use proptest::prelude::*;
use uuid::Uuid;

use super::error::WAITING_MAX;
use super::*;
use crate::kernel::ids::{CustomerId, ServiceId, StreamId, WaitlistEntryId};
use crate::scheduling::availability::Terms;
use crate::values::hours::Dates;
use crate::values::interval::Interval;
use crate::values::time::TimeOfDay;

fn id(number: u128) -> WaitlistEntryId {
    WaitlistEntryId::from_uuid(Uuid::from_u128(number))
}

fn wish(service: u128, first: &str, last: &str) -> Wish {
    let date = |text: &str| text.parse().expect("a date");
    Wish {
        service_id: ServiceId::from_uuid(Uuid::from_u128(service)),
        terms: Terms::default(),
        dates: Dates { first: date(first), last: date(last) },
        from_time: TimeOfDay::START,
        to_time: TimeOfDay::END,
    }
}

/// Each of somebody else.
fn place(number: u128, service: u128) -> Place {
    let customer_id = CustomerId::from_uuid(Uuid::from_u128(1000 + number));
    Place { entry_id: id(number), customer_id, wish: wish(service, "2026-11-24", "2026-11-30") }
}

fn queued(number: u128) -> WaitlistEvent {
    WaitlistEvent::EntryQueued { place: place(number, 1) }
}

fn offered(number: u128) -> WaitlistEvent {
    WaitlistEvent::EntryOffered { entry_id: id(number) }
}

fn time() -> Interval {
    Interval::new(
        "2026-11-24T10:00:00Z".parse().expect("an instant"),
        "2026-11-24T11:00:00Z".parse().expect("an instant"),
    )
}

fn moved_back(number: u128) -> WaitlistEvent {
    WaitlistEvent::EntryMovedBack { entry_id: id(number), not_taken: time() }
}

fn dequeued(number: u128) -> WaitlistEvent {
    WaitlistEvent::EntryDequeued { entry_id: id(number) }
}

fn given(events: Vec<WaitlistEvent>) -> AggregateTestExecutor<Waitlist> {
    TestFramework::<Waitlist>::with(()).given(events)
}

fn queue(place: Place) -> WaitlistCommand {
    WaitlistCommand::Queue { place, of_others: vec![] }
}

fn line(events: Vec<WaitlistEvent>) -> Vec<WaitlistEntryId> {
    let mut waitlist = Waitlist::default();
    events.into_iter().for_each(|event| waitlist.evolve(event));
    waitlist.waiting().map(|waiting| waiting.place.entry_id).collect()
}

#[test]
fn one_customer_waits_once_for_the_same_thing() {
    given(vec![]).when(queue(place(1, 1))).then_expect_events(vec![queued(1)]);
    let again = Place { entry_id: id(2), ..place(1, 1) };
    given(vec![queued(1)]).when(queue(again)).then_expect_error(WaitlistError::AlreadyWaiting);
    given(vec![queued(1), offered(1)]).when(queue(again)).then_expect_error(WaitlistError::AlreadyWaiting);
    for other in [wish(2, "2026-11-24", "2026-11-30"), wish(1, "2026-12-01", "2026-12-02")] {
        let place = Place { wish: other, ..again };
        given(vec![queued(1)])
            .when(queue(place))
            .then_expect_events(vec![WaitlistEvent::EntryQueued { place }]);
    }
    given(vec![queued(1), dequeued(1)])
        .when(queue(again))
        .then_expect_events(vec![WaitlistEvent::EntryQueued { place: again }]);
}

#[test]
fn so_many_wait_for_one_service_and_no_more() {
    let full: Vec<_> = (0..WAITING_MAX as u128).map(queued).collect();
    given(full.clone()).when(queue(place(9999, 1))).then_expect_error(WaitlistError::Full);
    let other = WaitlistEvent::EntryQueued { place: place(9999, 2) };
    given(full.clone()).when(queue(place(9999, 2))).then_expect_events(vec![other]);
    given([full, vec![dequeued(7)]].concat())
        .when(queue(place(9999, 1)))
        .then_expect_events(vec![queued(9999)]);
}

#[test]
fn whoever_has_an_offer_keeps_their_place_and_gets_no_other() {
    let offer = || WaitlistCommand::Offer { entry_id: id(1) };
    given(vec![queued(1)]).when(offer()).then_expect_events(vec![offered(1)]);
    given(vec![queued(1), offered(1)]).when(offer()).then_expect_error(WaitlistError::NotWaiting);
    given(vec![]).when(offer()).then_expect_error(WaitlistError::NotWaiting);
    assert_eq!(line(vec![queued(1), queued(2), offered(1)]), [id(2)]);
    let back = || WaitlistCommand::MoveBack { entry_id: id(1), not_taken: time() };
    given(vec![queued(1), offered(1)]).when(back()).then_expect_events(vec![moved_back(1)]);
    given(vec![queued(1)]).when(back()).then_expect_events(vec![]);
    let dequeue = || WaitlistCommand::Dequeue { entry_id: id(1) };
    given(vec![queued(1), offered(1)]).when(dequeue()).then_expect_events(vec![dequeued(1)]);
    given(vec![queued(1), dequeued(1)]).when(dequeue()).then_expect_events(vec![]);
}

#[test]
fn whoever_did_not_take_an_offer_goes_behind_all_who_wait_and_comes_before_those_who_join_later() {
    let history = vec![queued(1), queued(2), offered(1), moved_back(1), queued(3)];
    assert_eq!(line(history.clone()), [id(2), id(1), id(3)]);
    let mut waitlist = Waitlist::default();
    history.into_iter().for_each(|event| waitlist.evolve(event));
    assert_eq!(waitlist.waiting().nth(1).map(|waiting| waiting.not_taken.clone()), Some(vec![time()]));
    assert_eq!([1, 2, 3, 4].map(|number| waitlist.number(id(number))), [Some(2), Some(1), Some(3), None]);
}

#[test]
fn the_number_of_an_entry_counts_those_of_its_service() {
    let other = |number| WaitlistEvent::EntryQueued { place: place(number, 2) };
    let mut waitlist = Waitlist::default();
    [queued(1), other(2), queued(3), other(4), offered(1)]
        .into_iter()
        .for_each(|event| waitlist.evolve(event));
    assert_eq!([1, 2, 3, 4].map(|number| waitlist.number(id(number))), [None, Some(1), Some(1), Some(2)]);
}

fn command() -> impl Strategy<Value = WaitlistCommand> {
    let entry = || (0_u128..6).prop_map(id);
    prop_oneof![
        (0_u128..6, 1_u128..3).prop_map(|(number, service)| queue(place(number, service))),
        entry().prop_map(|entry_id| WaitlistCommand::Offer { entry_id }),
        entry().prop_map(|entry_id| WaitlistCommand::MoveBack { entry_id, not_taken: time() }),
        entry().prop_map(|entry_id| WaitlistCommand::Dequeue { entry_id }),
    ]
}

proptest! {
    /// Whatever the decisions, the line is in the order in which entries last joined or moved back.
    #[test]
    fn no_history_lets_anybody_pass_another(commands in prop::collection::vec(command(), 0..60)) {
        let (mut waitlist, mut since) = (Waitlist::default(), std::collections::BTreeMap::new());
        for (number, command) in commands.into_iter().enumerate() {
            for event in waitlist.decide(command).unwrap_or_default() {
                match &event {
                    WaitlistEvent::EntryQueued { place } => drop(since.insert(place.entry_id, number)),
                    WaitlistEvent::EntryMovedBack { entry_id, .. } => drop(since.insert(*entry_id, number)),
                    WaitlistEvent::EntryOffered { .. } => {}
                    WaitlistEvent::EntryDequeued { entry_id } => drop(since.remove(entry_id)),
                }
                waitlist.evolve(event);
            }
            let order: Vec<_> = waitlist.waiting().map(|waiting| since[&waiting.place.entry_id]).collect();
            prop_assert!(order.is_sorted(), "{order:?}");
        }
    }
}
