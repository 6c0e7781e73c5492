use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use cqrs_es::test::{AggregateTestExecutor, TestFramework};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::kernel::ids::{CustomerId, StreamId};
use crate::kernel::metadata::{Actor, ActorKind};
use crate::kernel::personal::{Personal, SubjectId};
use crate::people::contact_address::ContactAddress;
use crate::values::medium::Medium;
use crate::values::phone::PhoneNumber;

fn minute(minute: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
}

fn customer(number: u128) -> CustomerId {
    CustomerId::from_uuid(Uuid::from_u128(number))
}

fn change(purposes: &[Purpose], at: i64) -> ConsentChange {
    let number = PhoneNumber::parse("+573001234567", None).expect("a number");
    ConsentChange {
        address: Personal::new(SubjectId(Uuid::from_u128(1)), ContactAddress::Phone(number)),
        medium: Medium::Sms,
        purposes: purposes.iter().copied().collect(),
        at: minute(at),
        source: ConsentSource::Staff {},
        text_version: None,
        wording: None,
        customer_id: None,
        by: Actor::new(ActorKind::Staff, "key"),
    }
}

fn grant(change: ConsentChange) -> ConsentCommand {
    ConsentCommand::Grant { change, now: minute(1_000) }
}

fn withdraw(change: ConsentChange) -> ConsentCommand {
    ConsentCommand::Withdraw { change, now: minute(1_000) }
}

fn given(events: Vec<ConsentEvent>) -> AggregateTestExecutor<Consent> {
    TestFramework::<Consent>::with(()).given(events)
}

fn after(commands: impl IntoIterator<Item = ConsentCommand>) -> Consent {
    commands.into_iter().fold(Consent::default(), |mut consent, command| {
        consent.decide(command).expect("a change").into_iter().for_each(|event| consent.evolve(event));
        consent
    })
}

fn allows(
    consent: &Consent,
    medium: Medium,
    purpose: Purpose,
    wrote_at: Option<i64>,
    is_theirs: bool,
) -> Result<(), ConsentError> {
    purpose.allowed_by(consent.standing(medium, purpose), medium, wrote_at.map(minute), is_theirs)
}

#[test]
fn a_change_is_recorded_once_and_an_older_one_not_at_all() {
    let granted = ConsentEvent::ConsentGranted { change: change(&[Purpose::Marketing], 5) };
    let withdrawn = ConsentEvent::ConsentWithdrawn { change: change(&[Purpose::Marketing], 5) };
    given(vec![]).when(grant(change(&[Purpose::Marketing], 5))).then_expect_events(vec![granted.clone()]);
    given(vec![granted.clone()]).when(grant(change(&[Purpose::Marketing], 5))).then_expect_events(vec![]);
    given(vec![granted.clone()]).when(withdraw(change(&[Purpose::Marketing], 4))).then_expect_events(vec![]);
    given(vec![granted.clone()])
        .when(withdraw(change(&[Purpose::Marketing], 5)))
        .then_expect_events(vec![withdrawn.clone()]);
    given(vec![granted, withdrawn]).when(grant(change(&[Purpose::Marketing], 5))).then_expect_events(vec![]);
}

#[test]
fn a_change_has_a_purpose_and_a_moment_that_has_come() {
    given(vec![]).when(grant(change(&[], 5))).then_expect_error(ConsentError::NoPurpose);
    given(vec![]).when(grant(change(&[Purpose::Marketing], 1_006))).then_expect_error(ConsentError::NotYet);
}

#[test]
fn who_has_said_nothing_gets_what_follows_from_a_booking_and_no_marketing() {
    let consent = Consent::default();
    let allows = |purpose| allows(&consent, Medium::Sms, purpose, None, true);
    assert_eq!(allows(Purpose::Service), Ok(()));
    assert_eq!(allows(Purpose::Reminders), Ok(()));
    for purpose in [Purpose::Marketing, Purpose::Recording, Purpose::Assistant] {
        assert_eq!(allows(purpose), Err(ConsentError::NotAgreed { purpose }));
    }
}

#[test]
fn a_stop_is_for_its_medium_and_who_writes_after_it_is_answered_unless_the_carrier_holds_it_up() {
    for medium in [Medium::Sms, Medium::Whatsapp] {
        let stop = ConsentChange { medium, ..change(&Purpose::OF_MESSAGES, 5) };
        let consent = after([withdraw(stop)]);
        assert!(consent.is_stopped(medium) && !consent.is_stopped(Medium::Email));
        let is_allowed = |purpose, wrote| allows(&consent, medium, purpose, wrote, true).is_ok();
        for purpose in Purpose::OF_MESSAGES {
            assert!(!is_allowed(purpose, None) && !is_allowed(purpose, Some(5)), "{medium:?} {purpose:?}");
            let is_answered = purpose == Purpose::Service && medium == Medium::Whatsapp;
            assert_eq!(is_allowed(purpose, Some(6)), is_answered, "{medium:?} {purpose:?}");
        }
        assert!(allows(&consent, Medium::Email, Purpose::Reminders, None, true).is_ok());
    }
}

#[test]
fn what_a_customer_agreed_to_is_not_agreed_to_by_the_next_owner_of_the_number() {
    let agreed = ConsentChange { customer_id: Some(customer(1)), ..change(&[Purpose::Marketing], 5) };
    let consent = after([grant(agreed)]);
    let allows = |is_theirs| allows(&consent, Medium::Sms, Purpose::Marketing, None, is_theirs);
    assert_eq!(allows(true), Ok(()));
    assert_eq!(allows(false), Err(ConsentError::NotAgreed { purpose: Purpose::Marketing }));
}

prop_compose! {
    fn any_change()(
        at in 0_i64..6,
        granted: bool,
        medium in prop::sample::select(vec![Medium::Sms, Medium::Whatsapp]),
        purposes in prop::collection::btree_set(prop::sample::select(Purpose::OF_MESSAGES.to_vec()), 1..4),
    ) -> ConsentCommand {
        let purposes: BTreeSet<Purpose> = purposes;
        let change = ConsentChange { medium, purposes, ..change(&[], at) };
        if granted { grant(change) } else { withdraw(change) }
    }
}

proptest! {
    #[test]
    fn any_order_and_repetition_of_changes_comes_to_the_same(
        (changes, shuffled) in prop::collection::vec(any_change(), 0..8).prop_flat_map(|changes| {
            let twice = [changes.clone(), changes.clone()].concat();
            (Just(changes), Just(twice).prop_shuffle())
        }),
    ) {
        prop_assert_eq!(after(changes), after(shuffled));
    }
}
