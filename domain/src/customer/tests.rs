use cqrs_es::test::{AggregateTestExecutor, TestFramework};
use uuid::Uuid;

use super::*;
use crate::shared::personal::{Personal, SubjectId};
use crate::shared::phone::PhoneNumber;
use crate::shared::text::Name;

fn personal<T>(value: T) -> Personal<T> {
    Personal::new(SubjectId(Uuid::from_u128(1)), value)
}

fn details(name: &str) -> CustomerDetails {
    CustomerDetails {
        name: personal(Name::parse(name).expect("a name")),
        phone: Some(personal(PhoneNumber::parse("+573001234567", None).expect("a number"))),
        email: None,
    }
}

fn given(events: Vec<CustomerEvent>) -> AggregateTestExecutor<Customer> {
    TestFramework::<Customer>::with(()).given(events)
}

#[test]
fn a_customer_is_registered_once_and_changed_often() {
    let registered = || CustomerEvent::CustomerRegistered { details: details("Ada") };
    given(vec![]).when(CustomerCommand::Register { details: details("Ada") }).then_expect_events(vec![registered()]);
    given(vec![registered()])
        .when(CustomerCommand::Register { details: details("Ada") })
        .then_expect_error(CustomerError::AlreadyRegistered);
    given(vec![registered()])
        .when(CustomerCommand::Change { details: details("Ada L.") })
        .then_expect_events(vec![CustomerEvent::CustomerChanged { details: details("Ada L.") }]);
    given(vec![registered()]).when(CustomerCommand::Change { details: details("Ada") }).then_expect_events(vec![]);
    given(vec![]).when(CustomerCommand::Change { details: details("Ada") }).then_expect_error(CustomerError::NotFound);
}

#[test]
fn a_customer_stays_reachable() {
    let registered = CustomerEvent::CustomerRegistered { details: details("Ada") };
    let unreachable = CustomerDetails { phone: None, ..details("Ada") };
    given(vec![registered]).when(CustomerCommand::Change { details: unreachable }).then_expect_error(CustomerError::Unreachable);
}
