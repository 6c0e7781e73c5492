use cqrs_es::test::{AggregateTestExecutor, TestFramework};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::kernel::ids::{ContactPointId, CustomerId, StreamId};
use crate::kernel::metadata::{Actor, ActorKind};
use crate::kernel::personal::{Personal, SubjectId};
use crate::people::contact_address::ContactAddress;
use crate::values::text::{Name, Note};

const ADA: u128 = 1;
const BEN: u128 = 2;

fn id(number: u128) -> CustomerId {
    CustomerId::from_uuid(Uuid::from_u128(number))
}

fn about<T>(customer: u128, value: T) -> Personal<T> {
    Personal::new(SubjectId::of(id(customer)), value)
}

fn name(text: &str) -> Personal<Name> {
    about(ADA, Name::parse(text).expect("a name"))
}

fn phone(customer: u128, number: u32) -> Personal<ContactAddress> {
    about(customer, ContactAddress::Phone(format!("+57300{number:07}").try_into().expect("a number")))
}

fn email(customer: u128) -> Personal<ContactAddress> {
    about(customer, ContactAddress::Email("ada@example.com".parse().expect("an address")))
}

fn moved(number: u128, address: Personal<ContactAddress>) -> MovedAddress {
    MovedAddress { contact_point_id: ContactPointId::from_uuid(Uuid::from_u128(number)), address }
}

fn by() -> Actor {
    Actor::new(ActorKind::Staff, "key_1")
}

fn details(addresses: Vec<Personal<ContactAddress>>) -> CustomerDetails {
    CustomerDetails { name: name("Ada"), addresses }
}

fn registered() -> CustomerEvent {
    CustomerEvent::CustomerRegistered { details: details(vec![phone(ADA, 1)]) }
}

fn merged() -> CustomerEvent {
    CustomerEvent::CustomerMerged {
        into: id(BEN),
        moved: vec![moved(1, phone(ADA, 1))],
        reason: None,
        by: by(),
    }
}

fn absorbed(generations: u32) -> CustomerEvent {
    CustomerEvent::CustomerAbsorbed {
        customer_id: id(BEN),
        addresses: vec![phone(BEN, 2)],
        generations,
        by: by(),
    }
}

fn given(events: Vec<CustomerEvent>) -> AggregateTestExecutor<Customer> {
    TestFramework::<Customer>::with(()).given(events)
}

fn folded(events: Vec<CustomerEvent>) -> Customer {
    let mut customer = Customer::default();
    events.into_iter().for_each(|event| customer.evolve(event));
    customer
}

#[test]
fn a_customer_is_registered_once_and_renamed_often() {
    let register = || CustomerCommand::Register { details: details(vec![phone(ADA, 1)]) };
    let rename = |text| CustomerCommand::Rename { name: name(text) };
    given(vec![]).when(register()).then_expect_events(vec![registered()]);
    given(vec![registered()]).when(register()).then_expect_error(CustomerError::AlreadyRegistered);
    given(vec![registered(), merged()]).when(register()).then_expect_error(CustomerError::AlreadyRegistered);
    given(vec![registered()])
        .when(rename("Ada L."))
        .then_expect_events(vec![CustomerEvent::CustomerRenamed { name: name("Ada L.") }]);
    given(vec![registered()]).when(rename("Ada")).then_expect_events(vec![]);
    given(vec![]).when(rename("Ada")).then_expect_error(CustomerError::NotFound);
}

#[test]
fn addresses_come_and_go_one_by_one_and_the_last_one_may_go() {
    let add = |address| CustomerCommand::AddAddress { address };
    let remove = |address| CustomerCommand::RemoveAddress { address };
    let added = CustomerEvent::AddressAdded { address: email(ADA) };
    let removed = CustomerEvent::AddressRemoved { address: phone(ADA, 1) };
    given(vec![registered()]).when(add(email(ADA))).then_expect_events(vec![added.clone()]);
    given(vec![registered()]).when(add(phone(ADA, 1))).then_expect_events(vec![]);
    given(vec![]).when(add(email(ADA))).then_expect_error(CustomerError::NotFound);
    given(vec![registered(), added]).when(remove(phone(ADA, 1))).then_expect_events(vec![removed.clone()]);
    given(vec![registered()]).when(remove(phone(ADA, 1))).then_expect_events(vec![removed.clone()]);
    given(vec![registered(), removed])
        .when(remove(phone(ADA, 1)))
        .then_expect_error(CustomerError::NoSuchAddress);
    given(vec![registered()]).when(remove(email(ADA))).then_expect_error(CustomerError::NoSuchAddress);
}

#[test]
fn a_customer_has_only_so_many_addresses() {
    let many = (0..ADDRESSES_MAX as u32).map(|number| phone(ADA, number)).collect();
    let full = || CustomerEvent::CustomerRegistered { details: details(Vec::clone(&many)) };
    given(vec![full()])
        .when(CustomerCommand::AddAddress { address: email(ADA) })
        .then_expect_error(CustomerError::TooManyAddresses);
    given(vec![full()])
        .when(CustomerCommand::AddAddress { address: phone(ADA, 7) })
        .then_expect_events(vec![]);
    let absorb = CustomerCommand::Absorb {
        customer_id: id(BEN),
        addresses: vec![email(BEN)],
        generations: 0,
        by: by(),
    };
    given(vec![full()]).when(absorb).then_expect_error(CustomerError::TooManyAddresses);
}

#[test]
fn a_merged_customer_stands_for_another_until_that_is_undone() {
    let reason = || Some(about(ADA, Note::parse("the same person").expect("a note")));
    let moved = || vec![moved(1, phone(ADA, 1))];
    let merge = || CustomerCommand::Merge { into: id(BEN), moved: moved(), reason: reason(), by: by() };
    let merged =
        || CustomerEvent::CustomerMerged { into: id(BEN), moved: moved(), reason: reason(), by: by() };
    given(vec![registered()]).when(merge()).then_expect_events(vec![merged()]);
    given(vec![]).when(merge()).then_expect_error(CustomerError::NotFound);
    let already = CustomerError::AlreadyMerged { into: id(BEN) };
    given(vec![registered(), merged()]).when(merge()).then_expect_error(already.clone());
    given(vec![registered(), merged()])
        .when(CustomerCommand::Rename { name: name("Eve") })
        .then_expect_error(already.clone());
    given(vec![registered(), merged()])
        .when(CustomerCommand::AddAddress { address: email(ADA) })
        .then_expect_error(already);
    assert_eq!(folded(vec![registered(), merged()]).merged_into(), Some(id(BEN)));

    let undo = |given_back: Vec<_>| CustomerCommand::UndoMerge {
        given_back,
        not_given_back: vec![ContactPointId::from_uuid(Uuid::from_u128(1))],
        reason: None,
        by: by(),
    };
    let undone = CustomerEvent::MergeUndone {
        into: id(BEN),
        given_back: vec![],
        not_given_back: vec![ContactPointId::from_uuid(Uuid::from_u128(1))],
        reason: None,
        by: by(),
    };
    given(vec![registered(), merged()]).when(undo(vec![])).then_expect_events(vec![undone.clone()]);
    given(vec![registered()]).when(undo(vec![])).then_expect_error(CustomerError::NotMerged);
    given(vec![]).when(undo(vec![])).then_expect_error(CustomerError::NotFound);
    let again = folded(vec![registered(), merged(), undone]);
    assert_eq!(again.details(), Ok(&details(vec![])), "its name, and the addresses that it was given back");
}

#[test]
fn a_survivor_has_the_addresses_of_the_other_until_they_are_given_back() {
    let addresses = |events| folded(events).details().expect("registered").addresses.clone();
    let separated =
        |addresses| CustomerEvent::CustomerSeparated { customer_id: id(BEN), addresses, by: by() };
    assert_eq!(addresses(vec![registered(), absorbed(1)]), [phone(ADA, 1), phone(BEN, 2)]);
    assert_eq!(addresses(vec![registered(), absorbed(1), separated(vec![phone(BEN, 2)])]), [phone(ADA, 1)]);
    // What the survivor has of its own stays.
    assert_eq!(addresses(vec![registered(), absorbed(1), separated(vec![])]), [phone(ADA, 1), phone(BEN, 2)]);
    let remove = CustomerCommand::RemoveAddress { address: phone(ADA, 2) };
    let removed = CustomerEvent::AddressRemoved { address: phone(BEN, 2) };
    given(vec![registered(), absorbed(1)]).when(remove).then_expect_events(vec![removed]);
}

#[test]
fn merges_follow_one_another_only_so_far() {
    let absorb = |generations| CustomerCommand::Absorb {
        customer_id: id(BEN),
        addresses: vec![],
        generations,
        by: by(),
    };
    given(vec![registered()]).when(absorb(GENERATIONS_MAX)).then_expect_error(CustomerError::MergedTooDeep);
    let expected = CustomerEvent::CustomerAbsorbed {
        customer_id: id(BEN),
        addresses: vec![],
        generations: GENERATIONS_MAX,
        by: by(),
    };
    given(vec![registered()]).when(absorb(GENERATIONS_MAX - 1)).then_expect_events(vec![expected]);
    assert_eq!(folded(vec![registered(), absorbed(3), absorbed(1)]).generations(), 3);
    assert_eq!(folded(vec![registered(), absorbed(3), merged()]).generations(), 3);
}

#[test]
fn erased_addresses_fold_like_any_others() {
    let erased = || Personal::Erased { subject: SubjectId::of(id(ADA)) };
    let added = CustomerEvent::AddressAdded { address: erased() };
    let removed = CustomerEvent::AddressRemoved { address: erased() };
    let begun = CustomerEvent::CustomerRegistered { details: details(vec![erased()]) };
    assert_eq!(folded(vec![begun.clone(), added.clone()]).details().expect("registered").addresses.len(), 2);
    assert_eq!(folded(vec![begun, added, removed]).details().expect("registered").addresses, [erased()]);
}

fn some_command() -> impl Strategy<Value = CustomerCommand> {
    let address = (1_u128..3, 0_u32..4).prop_map(|(customer, number)| phone(customer, number));
    prop_oneof![
        Just(CustomerCommand::Register { details: details(vec![phone(ADA, 1)]) }),
        address.clone().prop_map(|address| CustomerCommand::AddAddress { address }),
        address.clone().prop_map(|address| CustomerCommand::RemoveAddress { address }),
        Just(CustomerCommand::Merge { into: id(BEN), moved: vec![], reason: None, by: by() }),
        address.prop_map(|address| CustomerCommand::UndoMerge {
            given_back: vec![address],
            not_given_back: vec![],
            reason: None,
            by: by()
        }),
    ]
}

proptest! {
    /// Whatever the commands, a customer has no address twice, and a merged customer accepts only the undo.
    #[test]
    fn no_history_gives_a_customer_an_address_twice(commands in prop::collection::vec(some_command(), 0..40)) {
        let mut customer = Customer::default();
        for command in commands {
            let was_merged = customer.merged_into().is_some();
            let undoes = matches!(command, CustomerCommand::UndoMerge { .. });
            let decided = customer.decide(command);
            prop_assert!(!was_merged || decided.is_ok() == undoes);
            decided.unwrap_or_default().into_iter().for_each(|event| customer.evolve(event));
            if let Ok(details) = customer.details() {
                let mut known: Vec<_> = details.addresses.iter().filter_map(Personal::known).collect();
                known.sort_unstable();
                known.dedup();
                prop_assert_eq!(known.len(), details.addresses.len());
            }
        }
    }
}
