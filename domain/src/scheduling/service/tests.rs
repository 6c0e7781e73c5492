use cqrs_es::test::{AggregateTestExecutor, TestFramework};
use uuid::Uuid;

use super::*;
use crate::kernel::ids::{ResourceId, StreamId};
use crate::values::hours::Dates;
use crate::values::text::Name;

fn details() -> ServiceDetails {
    ServiceDetails {
        minimum_notice_minutes: 60,
        ..ServiceDetails::new(Name::parse("Oil change").expect("a name"), 30, vec![need(&[1])])
    }
}

fn need(any_of: &[u128]) -> Need {
    Need::any_of(any_of.iter().map(|number| ResourceId::from_uuid(Uuid::from_u128(*number))))
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
    given(vec![added()])
        .when(ServiceCommand::Add { details: details() })
        .then_expect_error(ServiceError::AlreadyAdded);
    let longer = ServiceDetails { duration_minutes: 45, ..details() };
    given(vec![added()])
        .when(ServiceCommand::Change { details: longer.clone() })
        .then_expect_events(vec![ServiceEvent::ServiceChanged { details: longer }]);
    given(vec![added()]).when(ServiceCommand::Change { details: details() }).then_expect_events(vec![]);
    given(vec![added()])
        .when(ServiceCommand::Retire)
        .then_expect_events(vec![ServiceEvent::ServiceRetired {}]);
    let retired = || vec![added(), ServiceEvent::ServiceRetired {}];
    given(retired()).when(ServiceCommand::Retire).then_expect_events(vec![]);
    given(retired())
        .when(ServiceCommand::Change { details: details() })
        .then_expect_error(ServiceError::Retired);
    given(vec![]).when(ServiceCommand::Retire).then_expect_error(ServiceError::NotFound);
}

#[test]
fn absurd_details_are_refused_by_name() {
    let check = |details: ServiceDetails, expected: &str| match given(vec![])
        .when(ServiceCommand::Add { details })
        .inspect_result()
    {
        Err(error) => assert_eq!(error.to_string(), expected),
        Ok(events) => panic!("accepted: {events:?}"),
    };
    check(
        ServiceDetails { duration_minutes: 0, ..details() },
        "duration_minutes must be from 1 to 1440, got 0",
    );
    let grid = Grid { step_minutes: 0, ..details().grid };
    check(ServiceDetails { grid, ..details() }, "step_minutes must be from 1 to 1440, got 0");
    for horizon in [
        Horizon::Days { days: 3_650 },
        Horizon::BusinessDays { days: 3_650 },
        Horizon::AvailableDays { days: 3_650 },
    ] {
        check(ServiceDetails { horizon, ..details() }, "horizon.days must be from 1 to 730, got 3650");
    }
    let dates = |first: &str, last: &str| Dates {
        first: first.parse().expect("a date"),
        last: last.parse().expect("a date"),
    };
    check(
        ServiceDetails { horizon: Horizon::Dates(dates("2026-01-01", "2036-01-01")), ..details() },
        "horizon: the horizon must not end before it begins and lasts at most 731 days: 2026-01-01 to 2036-01-01 does not",
    );
    check(
        ServiceDetails { minimum_notice_minutes: 2_880, horizon: Horizon::Days { days: 1 }, ..details() },
        "the horizon must be longer than the minimum notice, or nothing can ever be booked",
    );
    let none = "a service needs 1 to 5 things, each any of 1 to 100 resources";
    check(ServiceDetails { needs: vec![], ..details() }, none);
    check(ServiceDetails { needs: vec![need(&[])], ..details() }, none);
    check(
        ServiceDetails { needs: vec![need(&[1, 1])], ..details() },
        "needs: the same resource is listed twice",
    );
    let weighted = |choice, weights| ServiceDetails {
        needs: vec![Need { choice, weights, ..need(&[1, 2]) }],
        ..details()
    };
    for (choice, weights) in
        [(Choice::Balanced, vec![1]), (Choice::Balanced, vec![1, 0]), (Choice::LeastBusy, vec![1, 1])]
    {
        check(
            weighted(choice, weights),
            "weights: one for each resource, from 1 to 1000, and only where the choice is balanced",
        );
    }
    let durations = "other_durations: at most 20, each another one than the rest and than duration_minutes";
    check(ServiceDetails { other_durations: vec![60, 60], ..details() }, durations);
    check(ServiceDetails { other_durations: vec![30], ..details() }, durations);
    check(
        ServiceDetails { other_durations: vec![1_441], ..details() },
        "other_durations must be from 1 to 1440, got 1441",
    );
    let limit = Limit { of: LimitOf::Service, per: Period::Day, bookings: None, minutes: None };
    let limits = "limits: at most 10, no two of the same kind and period, each with bookings or minutes or both, from 1 to 1000000";
    check(ServiceDetails { limits: vec![limit], ..details() }, limits);
    check(ServiceDetails { limits: vec![Limit { bookings: Some(0), ..limit }], ..details() }, limits);
    check(ServiceDetails { limits: vec![Limit { bookings: Some(1), ..limit }; 2], ..details() }, limits);
    let short = Limit { minutes: Some(20), ..limit };
    check(
        ServiceDetails { limits: vec![short], ..details() },
        "a limit of 20 minutes leaves no room for an appointment of 30",
    );
}

#[test]
fn horizons_count_days_in_the_calendar() {
    let date = |text: &str| text.parse().expect("a date");
    // A Friday.
    let reach = |horizon: Horizon| horizon.dates(date("2024-05-31")).last.to_string();
    assert_eq!(reach(Horizon::Days { days: 2 }), "2024-06-02");
    assert_eq!(reach(Horizon::BusinessDays { days: 2 }), "2024-06-04");
    assert_eq!(reach(Horizon::BusinessDays { days: 5 }), "2024-06-07");
}

/// A day after the last one of all cannot be reckoned with.
#[test]
fn a_horizon_from_before_dates_were_bounded_ends_with_the_years_of_the_product() {
    let date = |text: &str| text.parse().expect("a date");
    let dates = |first, last| Dates { first: date(first), last: date(last) };
    let horizon = Horizon::Dates(dates("-262143-01-01", "+262142-12-31"));
    assert_eq!(horizon.dates(date("2026-11-25")), dates("1970-01-01", "2199-12-31"));
}

#[test]
fn periods_begin_where_the_calendar_says() {
    let start = |per: Period| per.start("2026-11-25".parse().expect("a date")).to_string();
    assert_eq!(
        [Period::Day, Period::Week, Period::Month, Period::Year].map(start),
        ["2026-11-25", "2026-11-23", "2026-11-01", "2026-01-01"]
    );
}
