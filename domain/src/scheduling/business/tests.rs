use chrono::NaiveDate;
use cqrs_es::test::TestFramework;

use super::*;
use crate::kernel::ids::ChannelId;
use crate::values::hours::{BadHours, DayHours, Hours, Window};
use crate::values::text::Name;

fn profile(name: &str) -> BusinessProfile {
    BusinessProfile::new(Name::parse(name).expect("a name"), "America/Bogota".parse().expect("a zone"))
}

fn registered() -> BusinessEvent {
    BusinessEvent::BusinessRegistered { profile: profile("Moto Norte"), hours: Hours::default() }
}

fn date() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 12, 25).expect("a date")
}

/// As a release stored it that kept channels in the stream of their business.
fn old_channel() -> BusinessEvent {
    serde_json::from_str(include_str!("../../../fixtures/business-channel-added-1.json"))
        .expect("an old event")
}

fn given(events: Vec<BusinessEvent>) -> cqrs_es::test::AggregateTestExecutor<Business> {
    TestFramework::<Business>::with(()).given(events)
}

#[test]
fn a_business_is_registered_once() {
    let register = || BusinessCommand::Register { profile: profile("Moto Norte"), hours: Hours::default() };
    given(vec![]).when(register()).then_expect_events(vec![registered()]);
    given(vec![registered()]).when(register()).then_expect_error(BusinessError::AlreadyRegistered);
}

#[test]
fn nothing_can_be_changed_before() {
    given(vec![])
        .when(BusinessCommand::ChangeProfile { profile: profile("Other") })
        .then_expect_error(BusinessError::NotFound);
}

#[test]
fn what_is_so_already_makes_no_event() {
    given(vec![registered()])
        .when(BusinessCommand::ChangeProfile { profile: profile("Moto Norte") })
        .then_expect_events(vec![]);
    let never = BusinessError::BadHours(BadHours::NeverOpen);
    given(vec![registered()])
        .when(BusinessCommand::ChangeHours { hours: Hours::default() })
        .then_expect_error(never);
}

#[test]
fn date_overrides_are_set_replaced_and_removed() {
    let whole_day =
        || vec![Window { opens: "00:00".parse().expect("a time"), closes: "24:00".parse().expect("a time") }];
    let open = DayHours::try_from(whole_day()).expect("hours");
    let set = |hours: DayHours| BusinessEvent::BusinessDateOverrideSet { date: date(), hours, reason: None };
    let command = |hours: DayHours| BusinessCommand::SetDateOverride { date: date(), hours, reason: None };
    given(vec![registered()])
        .when(command(DayHours::closed()))
        .then_expect_events(vec![set(DayHours::closed())]);
    given(vec![registered(), set(DayHours::closed())])
        .when(command(DayHours::closed()))
        .then_expect_events(vec![]);
    given(vec![registered(), set(DayHours::closed())])
        .when(command(open.clone()))
        .then_expect_events(vec![set(open)]);
    given(vec![registered(), set(DayHours::closed())])
        .when(BusinessCommand::RemoveDateOverride { date: date() })
        .then_expect_events(vec![BusinessEvent::BusinessDateOverrideRemoved { date: date() }]);
    given(vec![registered()])
        .when(BusinessCommand::RemoveDateOverride { date: date() })
        .then_expect_error(BusinessError::NoDateOverride(date()));
}

#[test]
fn channels_of_earlier_releases_stand_until_they_are_removed() {
    let old: ChannelId = "chn_01jz8k5f3xe8p9r2m4t6v7w8y9".parse().expect("an id");
    let business =
        [registered(), old_channel()].into_iter().fold(Business::default(), |mut business, event| {
            business.evolve(event);
            business
        });
    assert_eq!(
        business.registered().expect("registered").legacy_channel(old).map(|channel| channel.name.as_str()),
        Some("Front line")
    );
    let removed = || BusinessEvent::ChannelRemoved { channel_id: old };
    let stored = include_str!("../../../fixtures/business-channel-removed-1.json");
    assert_eq!(serde_json::from_str::<BusinessEvent>(stored).expect("an old event"), removed());
    let remove = || BusinessCommand::RemoveChannel { channel_id: old };
    given(vec![registered(), old_channel()]).when(remove()).then_expect_events(vec![removed()]);
    given(vec![registered(), old_channel(), removed()]).when(remove()).then_expect_events(vec![]);
}

#[test]
fn a_profile_from_before_there_were_languages_is_english() {
    let mut stored = serde_json::to_value(profile("Moto Norte")).expect("JSON");
    assert_eq!(stored.as_object_mut().and_then(|profile| profile.remove("language")), Some("en".into()));
    assert_eq!(serde_json::from_value::<BusinessProfile>(stored).expect("a profile"), profile("Moto Norte"));
}

#[test]
fn a_stored_state_keeps_its_names() {
    let mut business = Business::default();
    business.evolve(registered());
    let stored = serde_json::to_value(&business).expect("JSON");
    assert!(
        stored["Registered"]["channels"].is_array(),
        "rows of read models hold it under this name: {stored}"
    );
}
