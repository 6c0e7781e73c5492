use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use cqrs_es::test::{AggregateTestExecutor, TestFramework};
use uuid::Uuid;

use super::*;
use crate::kernel::ids::{StreamId, TimeOffId};
use crate::values::hours::{BadHours, Dates, DayHours, Hours};
use crate::values::interval::Interval;
use crate::values::text::Name;

fn details() -> ResourceDetails {
    ResourceDetails::new(Name::parse("Ana").expect("a name"))
}

fn added() -> ResourceEvent {
    ResourceEvent::ResourceAdded { details: details() }
}

fn time_off(id: u128, length: TimeDelta) -> TimeOff {
    let start: DateTime<Utc> = "2026-12-01T12:00:00Z".parse().expect("an instant");
    TimeOff {
        id: TimeOffId::from_uuid(Uuid::from_u128(id)),
        period: Interval::starting(start, length),
        reason: None,
    }
}

fn given(events: Vec<ResourceEvent>) -> AggregateTestExecutor<Resource> {
    TestFramework::<Resource>::with(()).given(events)
}

#[test]
fn a_resource_is_added_changed_and_retired() {
    given(vec![]).when(ResourceCommand::Add { details: details() }).then_expect_events(vec![added()]);
    given(vec![added()])
        .when(ResourceCommand::Add { details: details() })
        .then_expect_error(ResourceError::AlreadyAdded);
    let changed = ResourceDetails { capacity: 3, ..details() };
    given(vec![added()])
        .when(ResourceCommand::Change { details: changed.clone() })
        .then_expect_events(vec![ResourceEvent::ResourceChanged { details: changed }]);
    given(vec![added()]).when(ResourceCommand::Change { details: details() }).then_expect_events(vec![]);
    let retired = || vec![added(), ResourceEvent::ResourceRetired {}];
    given(vec![added()])
        .when(ResourceCommand::Retire)
        .then_expect_events(vec![ResourceEvent::ResourceRetired {}]);
    given(retired()).when(ResourceCommand::Retire).then_expect_events(vec![]);
    given(retired())
        .when(ResourceCommand::Change { details: details() })
        .then_expect_error(ResourceError::Retired);
    given(vec![]).when(ResourceCommand::Retire).then_expect_error(ResourceError::NotFound);
}

#[test]
fn only_who_has_hours_can_ignore_those_of_the_business() {
    let details = ResourceDetails { ignores_business_hours: true, ..details() };
    given(vec![]).when(ResourceCommand::Add { details }).then_expect_error(ResourceError::NoHoursOfItsOwn);
}

#[test]
fn time_off_is_a_period_that_can_be_taken_back() {
    let day = time_off(1, TimeDelta::hours(24));
    let taken = ResourceEvent::TimeOffAdded { time_off: day.clone() };
    given(vec![added()])
        .when(ResourceCommand::AddTimeOff { time_off: day.clone() })
        .then_expect_events(vec![taken.clone()]);
    for length in [TimeDelta::zero(), TimeDelta::hours(-1), TimeDelta::days(800)] {
        given(vec![added()])
            .when(ResourceCommand::AddTimeOff { time_off: time_off(1, length) })
            .then_expect_error(ResourceError::BadPeriod);
    }
    given(vec![added(), taken.clone()])
        .when(ResourceCommand::RemoveTimeOff { time_off_id: day.id })
        .then_expect_events(vec![ResourceEvent::TimeOffRemoved { time_off_id: day.id }]);
    given(vec![added()])
        .when(ResourceCommand::RemoveTimeOff { time_off_id: day.id })
        .then_expect_error(ResourceError::NoTimeOff(day.id));
    let many: Vec<_> = std::iter::once(added())
        .chain(
            (0..1_000).map(|id| ResourceEvent::TimeOffAdded { time_off: time_off(id, TimeDelta::hours(1)) }),
        )
        .collect();
    given(many)
        .when(ResourceCommand::AddTimeOff { time_off: day })
        .then_expect_error(ResourceError::TooMuchTimeOff);
}

#[test]
fn dates_can_have_hours_of_their_own() {
    let date = NaiveDate::from_ymd_opt(2026, 12, 25).expect("a date");
    let set = ResourceEvent::ResourceDateOverrideSet { date, hours: DayHours::closed() };
    let command = ResourceCommand::SetDateOverride { date, hours: DayHours::closed() };
    given(vec![added()]).when(command.clone()).then_expect_events(vec![set.clone()]);
    given(vec![added(), set.clone()]).when(command).then_expect_events(vec![]);
    given(vec![added(), set])
        .when(ResourceCommand::RemoveDateOverride { date })
        .then_expect_events(vec![ResourceEvent::ResourceDateOverrideRemoved { date }]);
    given(vec![added()])
        .when(ResourceCommand::RemoveDateOverride { date })
        .then_expect_error(ResourceError::NoDateOverride(date));
}

#[test]
fn absurd_details_are_refused() {
    let refused =
        |details, error| given(vec![]).when(ResourceCommand::Add { details }).then_expect_error(error);
    for capacity in [0, 1_001] {
        refused(ResourceDetails { capacity, ..details() }, ResourceError::BadCapacity(capacity));
    }
    refused(
        ResourceDetails { hours: Some(Hours::default()), ..details() },
        ResourceError::BadHours(BadHours::NeverOpen),
    );
    let date = |day| NaiveDate::from_ymd_opt(2026, 12, day).expect("a date");
    let stay = |first, last| Stay {
        dates: Dates { first: date(first), last: date(last) },
        zone: "Europe/Berlin".parse().expect("a zone"),
    };
    refused(ResourceDetails { stays: vec![stay(1, 7), stay(7, 9)], ..details() }, ResourceError::BadStays);
    let backwards = stay(7, 1);
    let error = BadHours::BadDates { what: "a stay", dates: backwards.dates };
    refused(ResourceDetails { stays: vec![backwards], ..details() }, ResourceError::BadHours(error));
}

#[test]
fn a_stored_state_keeps_its_names() {
    let mut resource = Resource::default();
    resource.evolve(added());
    let stored = serde_json::to_value(&resource).expect("JSON");
    assert!(stored["Known"]["details"].is_object(), "rows of read models hold it under this name: {stored}");
}
