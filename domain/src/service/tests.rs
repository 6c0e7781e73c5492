use cqrs_es::test::{AggregateTestExecutor, TestFramework};
use uuid::Uuid;

use super::*;
use crate::shared::ids::{ResourceId, StreamId};
use crate::shared::text::Name;

fn details() -> ServiceDetails {
    ServiceDetails {
        name: Name::parse("Oil change").expect("a name"),
        description: None,
        duration_minutes: 30,
        buffer_before_minutes: 0,
        buffer_after_minutes: 10,
        minimum_notice_minutes: 60,
        horizon_days: 60,
        step_minutes: 15,
        needs: vec![Need { any_of: vec![ResourceId::from_uuid(Uuid::from_u128(1))] }],
    }
}

fn given(events: Vec<ServiceEvent>) -> AggregateTestExecutor<Service> {
    TestFramework::<Service>::with(()).given(events)
}

fn added() -> ServiceEvent {
    ServiceEvent::ServiceAdded { details: details() }
}

#[test]
fn a_service_is_added_changed_and_retired() {
    given(vec![]).when(ServiceCommand::Add { details: details() }).then_expect_events(vec![added()]);
    given(vec![added()]).when(ServiceCommand::Add { details: details() }).then_expect_error(ServiceError::AlreadyAdded);
    let longer = ServiceDetails { duration_minutes: 45, ..details() };
    given(vec![added()])
        .when(ServiceCommand::Change { details: longer.clone() })
        .then_expect_events(vec![ServiceEvent::ServiceChanged { details: longer }]);
    given(vec![added()]).when(ServiceCommand::Change { details: details() }).then_expect_events(vec![]);
    given(vec![added()]).when(ServiceCommand::Retire).then_expect_events(vec![ServiceEvent::ServiceRetired {}]);
    let retired = || vec![added(), ServiceEvent::ServiceRetired {}];
    given(retired()).when(ServiceCommand::Retire).then_expect_events(vec![]);
    given(retired()).when(ServiceCommand::Change { details: details() }).then_expect_error(ServiceError::Retired);
    given(vec![]).when(ServiceCommand::Retire).then_expect_error(ServiceError::NotFound);
}

#[test]
fn absurd_details_are_refused_by_name() {
    let check = |details: ServiceDetails, expected: &str| match given(vec![]).when(ServiceCommand::Add { details }).inspect_result()
    {
        Err(error) => assert_eq!(error.to_string(), expected),
        Ok(events) => panic!("accepted: {events:?}"),
    };
    check(ServiceDetails { duration_minutes: 0, ..details() }, "duration_minutes must be from 1 to 1440, got 0");
    check(ServiceDetails { step_minutes: 0, ..details() }, "step_minutes must be from 1 to 1440, got 0");
    check(ServiceDetails { horizon_days: 3_650, ..details() }, "horizon_days must be from 1 to 730, got 3650");
    check(
        ServiceDetails { minimum_notice_minutes: 1_440, horizon_days: 1, ..details() },
        "the horizon must be longer than the minimum notice, or nothing can ever be booked",
    );
    let none = "a service needs 1 to 5 things, each any of 1 to 100 resources";
    check(ServiceDetails { needs: vec![], ..details() }, none);
    check(ServiceDetails { needs: vec![Need { any_of: vec![] }], ..details() }, none);
}
