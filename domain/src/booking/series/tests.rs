use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc, Weekday};
use cqrs_es::test::{AggregateTestExecutor, TestFramework};
use proptest::prelude::*;
use uuid::Uuid;

use super::error::OCCURRENCES_MAX;
use super::rule::RecurrenceRule;
use super::*;
use crate::booking::appointment::Source;
use crate::kernel::decider::Decider;
use crate::kernel::ids::{AppointmentId, CustomerId, ServiceId, StreamId};
use crate::kernel::metadata::{Actor, ActorKind};
use crate::values::time::{LocalTime, Zone};

fn zone(name: &str) -> Zone {
    name.parse().expect("a zone")
}

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn rule(text: &str) -> RecurrenceRule {
    RecurrenceRule::parse(text).expect(text)
}

/// What a rule gives, in UTC to the minute.
fn given_by(text: &str, first: &str, zone_name: &str, without: &[&str]) -> Vec<String> {
    let without: Vec<NaiveDate> = without.iter().map(|text| date(text)).collect();
    let starts = rule(text).starts(utc(first), zone(zone_name), &without).expect(text);
    starts.into_iter().map(|start| start.at.format("%Y-%m-%dT%H:%M").to_string()).collect()
}

fn refused(text: &str, first: &str) -> SeriesError {
    RecurrenceRule::parse(text).and_then(|rule| rule.starts(utc(first), Zone::UTC, &[])).expect_err(text)
}

#[test]
fn three_in_the_afternoon_stays_three_in_the_afternoon() {
    let berlin = given_by("FREQ=WEEKLY;COUNT=3", "2027-03-19T14:00:00Z", "Europe/Berlin", &[]);
    assert_eq!(berlin, ["2027-03-19T14:00", "2027-03-26T14:00", "2027-04-02T13:00"]);
    let new_york = given_by("FREQ=DAILY;COUNT=3", "2026-10-31T19:00:00Z", "America/New_York", &[]);
    assert_eq!(new_york, ["2026-10-31T19:00", "2026-11-01T20:00", "2026-11-02T20:00"]);
}

#[test]
fn a_time_that_clocks_jump_over_is_left_out_and_not_counted() {
    let given = given_by("FREQ=DAILY;COUNT=3", "2027-03-27T01:30:00Z", "Europe/Berlin", &[]);
    assert_eq!(given, ["2027-03-27T01:30", "2027-03-29T00:30", "2027-03-30T00:30"]);
}

#[test]
fn of_a_time_that_comes_twice_the_first_is_meant_unless_the_second_was_offered() {
    let later = given_by("FREQ=DAILY;COUNT=2", "2026-10-31T05:30:00Z", "America/New_York", &[]);
    assert_eq!(later, ["2026-10-31T05:30", "2026-11-01T05:30"]);
    let second = given_by("FREQ=DAILY;COUNT=2", "2026-11-01T06:30:00Z", "America/New_York", &[]);
    assert_eq!(second, ["2026-11-01T06:30", "2026-11-02T06:30"]);
}

#[test]
fn months_and_years_that_lack_the_day_are_left_out() {
    let months = given_by("FREQ=MONTHLY;COUNT=4", "2027-01-31T10:00:00Z", "UTC", &[]);
    assert_eq!(months, ["2027-01-31T10:00", "2027-03-31T10:00", "2027-05-31T10:00", "2027-07-31T10:00"]);
    let last_days = given_by("FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3", "2028-01-31T10:00:00Z", "UTC", &[]);
    assert_eq!(last_days, ["2028-01-31T10:00", "2028-02-29T10:00", "2028-03-31T10:00"]);
    let years = given_by("FREQ=YEARLY;COUNT=2", "2028-02-29T10:00:00Z", "UTC", &[]);
    assert_eq!(years, ["2028-02-29T10:00", "2032-02-29T10:00"]);
}

#[test]
fn weekdays_and_positions_are_those_of_the_rfc() {
    let last_working_days =
        given_by("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=3", "2026-11-30T09:00:00Z", "UTC", &[]);
    assert_eq!(last_working_days, ["2026-11-30T09:00", "2026-12-31T09:00", "2027-01-29T09:00"]);
    let second_tuesdays = given_by("FREQ=MONTHLY;BYDAY=2TU;COUNT=2", "2026-12-08T09:00:00Z", "UTC", &[]);
    assert_eq!(second_tuesdays, ["2026-12-08T09:00", "2027-01-12T09:00"]);
    // The example of the RFC on what the start of the week changes.
    let days = |start| {
        given_by(
            &format!("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST={start}"),
            "1997-08-05T13:00:00Z",
            "UTC",
            &[],
        )
    };
    assert_eq!(days("MO"), ["1997-08-05T13:00", "1997-08-10T13:00", "1997-08-19T13:00", "1997-08-24T13:00"]);
    assert_eq!(days("SU"), ["1997-08-05T13:00", "1997-08-17T13:00", "1997-08-19T13:00", "1997-08-31T13:00"]);
    // The weekday is that of the wall clock: in UTC it is Tuesday already.
    let mondays = given_by("FREQ=WEEKLY;BYDAY=MO;COUNT=2", "2026-11-24T01:00:00Z", "America/Bogota", &[]);
    assert_eq!(mondays, ["2026-11-24T01:00", "2026-12-01T01:00"]);
}

#[test]
fn until_is_an_instant_or_a_reading_of_the_clock_and_within_the_series() {
    let until = |end: &str| {
        given_by(&format!("FREQ=DAILY;UNTIL={end}"), "2026-11-24T20:00:00Z", "America/Bogota", &[]).len()
    };
    // It is 15:00 in Bogotá.
    assert_eq!((until("20261126T200000Z"), until("20261126T195959Z")), (3, 2));
    assert_eq!((until("20261126T150000"), until("20261126T145959")), (3, 2));
    assert_eq!((until("20261126"), until("20261124")), (3, 1));
}

#[test]
fn dates_that_are_not_wanted_are_left_out_and_counted() {
    let starts = rule("rrule:freq=weekly;count=3").starts(
        utc("2026-11-24T15:00:00Z"),
        Zone::UTC,
        &[date("2026-12-01")],
    );
    assert_eq!(starts.expect("starts").into_iter().map(|start| start.number).collect::<Vec<_>>(), [1, 3]);
    let all = given_by("FREQ=WEEKLY;COUNT=2", "2026-11-24T15:00:00Z", "UTC", &["2026-11-24", "2026-12-25"]);
    assert_eq!(all, ["2026-12-01T15:00"]);
    let none =
        rule("FREQ=WEEKLY;COUNT=1").starts(utc("2026-11-24T15:00:00Z"), Zone::UTC, &[date("2026-11-24")]);
    assert_eq!(none, Err(SeriesError::Empty));
}

#[test]
fn what_cannot_be_booked_is_refused_by_name() {
    const TUESDAY: &str = "2026-11-24T15:00:00Z";
    for text in ["FREQ=WEEKLY", "FREQ=WEEKLY;BYDAY=TU"] {
        assert_eq!(refused(text, TUESDAY), SeriesError::RuleWithoutEnd);
    }
    for text in [
        "FREQ=DAILY;COUNT=105",
        "FREQ=DAILY;COUNT=10000",
        "FREQ=DAILY;COUNT=99999999999",
        "FREQ=DAILY;UNTIL=99991231",
    ] {
        assert_eq!(refused(text, TUESDAY), SeriesError::TooMany);
    }
    for text in ["FREQ=HOURLY;COUNT=2", "FREQ=SECONDLY;COUNT=2", "COUNT=2;FREQ=MINUTELY"] {
        assert_eq!(refused(text, TUESDAY), SeriesError::RuleTooFrequent);
    }
    let monday = SeriesError::StartNotInRule { first: date("2026-11-30") };
    assert_eq!(refused("FREQ=WEEKLY;BYDAY=MO;COUNT=2", TUESDAY), monday);
    for text in [
        "FREQ=DAILY;UNTIL=20261123",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=1",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=1",
    ] {
        assert_eq!(refused(text, TUESDAY), SeriesError::Empty);
    }
    for (text, names) in [
        ("", "500"),
        ("every week", "letters"),
        ("FREQ=WEEKLY;COUNT=2;BYDAY=\u{661}MO", "letters"),
        ("FREQ=WEEKLY;COUNT=2\nRRULE:FREQ=DAILY", "letters"),
        ("WEEKLY", "WEEKLY"),
        ("FREQ=WEEKLY;COUNT=2;", "COUNT=10"),
        ("COUNT=2", "FREQ"),
        ("FREQ=FORTNIGHTLY;COUNT=2", "FORTNIGHTLY"),
        ("FREQ=DAILY;FREQ=WEEKLY;COUNT=2", "FREQ"),
        ("FREQ=WEEKLY;COUNT=2;COUNT=3", "COUNT"),
        ("FREQ=WEEKLY;COUNT=2;UNTIL=20270101", "UNTIL"),
        ("FREQ=WEEKLY;COUNT=0", "COUNT"),
        ("FREQ=WEEKLY;COUNT=-1", "COUNT"),
        ("FREQ=WEEKLY;UNTIL=tomorrow", "UNTIL"),
        ("FREQ=WEEKLY;UNTIL=20270230", "UNTIL"),
        ("FREQ=WEEKLY;COUNT=2;INTERVAL=0", "INTERVAL"),
        ("FREQ=WEEKLY;COUNT=2;INTERVAL=x", "x"),
        ("FREQ=WEEKLY;COUNT=2;BYDAY=XXMO", "XXMO"),
        ("FREQ=WEEKLY;COUNT=2;BYDAY=MONDAY", "MONDAY"),
        ("FREQ=WEEKLY;COUNT=2;BYDAY=2MO", "2MO"),
        ("FREQ=MONTHLY;COUNT=2;BYDAY=0MO", "0MO"),
        ("FREQ=MONTHLY;COUNT=2;BYMONTHDAY=32", "BYMONTHDAY"),
        ("FREQ=WEEKLY;COUNT=2;BYMONTHDAY=3", "BYMONTHDAY"),
        ("FREQ=DAILY;COUNT=2;BYHOUR=9", "BYHOUR"),
        ("FREQ=DAILY;COUNT=2;BYEASTER=1", "BYEASTER"),
    ] {
        let refusal = refused(text, TUESDAY);
        let SeriesError::RuleUnreadable(what) = &refusal else { panic!("{text}: {refusal:?}") };
        let known = what.to_uppercase().contains(&names.to_uppercase());
        assert!(known && !what.contains(". ;"), "{text}: {what}");
    }
    assert!(matches!(
        refused(&format!("FREQ=DAILY;COUNT=2;BYMONTH={}1", "1,".repeat(300)), TUESDAY),
        SeriesError::RuleUnreadable(_)
    ));
}

#[test]
fn one_more_than_allowed_is_looked_at_and_no_more() {
    let looked_at = (0_u16..).inspect(|number| assert!(*number <= OCCURRENCES_MAX, "{number} are looked at"));
    assert_eq!(rule::at_most(looked_at), Err(SeriesError::TooMany));
    assert_eq!(rule::at_most(0..OCCURRENCES_MAX).map(|all| all.len()), Ok(104));
}

#[test]
fn a_rule_survives_json_as_the_text_that_it_is() {
    let rule = rule("FREQ=WEEKLY;COUNT=10;BYDAY=MO,WE");
    let json = serde_json::to_string(&rule).expect("JSON");
    assert_eq!(json, "\"FREQ=WEEKLY;COUNT=10;BYDAY=MO,WE\"");
    assert_eq!(serde_json::from_str::<RecurrenceRule>(&json).expect("a rule"), rule);
    assert!(serde_json::from_str::<RecurrenceRule>("\"FREQ=WEEKLY\"").is_err());
}

fn part() -> impl Strategy<Value = String> {
    let days = || {
        prop::collection::vec(
            prop::sample::select(vec!["MO", "TU", "WE", "TH", "FR", "SA", "SU", "1MO", "-1FR", "5SU"]),
            1..4,
        )
    };
    prop_oneof![
        days().prop_map(|days| format!("BYDAY={}", days.join(","))),
        (-32_i8..33).prop_map(|day| format!("BYMONTHDAY={day}")),
        (0_u8..14).prop_map(|month| format!("BYMONTH={month}")),
        (-367_i16..368).prop_map(|day| format!("BYYEARDAY={day}")),
        (-54_i8..55).prop_map(|week| format!("BYWEEKNO={week}")),
        (-6_i16..7).prop_map(|place| format!("BYSETPOS={place}")),
        prop::sample::select(vec!["WKST=SU".to_owned(), "WKST=TH".into()]),
    ]
}

fn any_rule() -> impl Strategy<Value = String> {
    let freq = prop::sample::select(vec!["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]);
    let end = prop_oneof![
        (1_u32..120).prop_map(|count| format!("COUNT={count}")),
        (2026_i32..2040, 1_u32..13).prop_map(|(year, month)| format!("UNTIL={year}{month:02}15")),
        (2026_i32..2040, 1_u32..13).prop_map(|(year, month)| format!("UNTIL={year}{month:02}15T120000Z")),
    ];
    let interval = prop_oneof![1_u16..5, any::<u16>()];
    (freq, interval, prop::collection::vec(part(), 0..4), end).prop_map(|(freq, interval, parts, end)| {
        [vec![format!("FREQ={freq};INTERVAL={interval}"), end], parts].concat().join(";")
    })
}

proptest! {
    #[test]
    fn whatever_the_rule_a_series_is_bounded_in_order_and_at_one_time_of_day(text in any_rule(), first in 0_i64..(400 * 24 * 60),
        name in prop::sample::select(vec!["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"])) {
        let (zone, first) = (zone(name), utc("2026-11-24T00:00:00Z") + TimeDelta::minutes(first));
        if let Ok(starts) = RecurrenceRule::parse(&text).and_then(|rule| rule.starts(first, zone, &[])) {
            prop_assert_eq!((starts[0].number, starts[0].at), (1, first));
            prop_assert!(starts.len() <= usize::from(OCCURRENCES_MAX));
            prop_assert!(starts.windows(2).all(|pair| pair[0].at < pair[1].at && pair[0].number + 1 == pair[1].number));
            let times: BTreeSet<_> = starts.iter().map(|start| zone.wall(start.at).time()).collect();
            prop_assert_eq!(times.len(), 1);
            if text.contains("FREQ=WEEKLY") && !text.contains("BYDAY") && !text.contains("BYMONTHDAY") {
                let weekdays: Vec<Weekday> = starts.iter().map(|start| zone.date(start.at).weekday()).collect();
                prop_assert!(weekdays.iter().all(|day| *day == weekdays[0]));
            }
        }
    }

    #[test]
    fn no_text_is_too_much(text in "\\PC{0,80}", parts in "[A-Z=;,0-9+-]{0,60}") {
        for text in [text, parts.clone(), format!("FREQ=DAILY;COUNT=3;{parts}"), format!("FREQ=MONTHLY;UNTIL=20270101;BYDAY={parts}")] {
            if let Ok(rule) = RecurrenceRule::parse(&text) {
                let _ = rule.starts(utc("2026-11-24T15:00:00Z"), Zone::UTC, &[]);
            }
        }
    }
}

fn by() -> Actor {
    Actor::new(ActorKind::Staff, "key")
}

fn appointment(number: u16) -> AppointmentId {
    AppointmentId::from_uuid(Uuid::from_u128(number.into()))
}

fn occurrence(number: u16) -> Occurrence {
    let at = utc("2026-11-24T15:00:00Z") + TimeDelta::weeks(i64::from(number) - 1);
    Occurrence { number, appointment_id: appointment(number), local_start: LocalTime::of(at, Zone::UTC) }
}

fn book(occurrences: &[u16]) -> SeriesCommand {
    SeriesCommand::Book {
        service_id: ServiceId::from_uuid(Uuid::from_u128(100)),
        rule: rule("FREQ=WEEKLY;COUNT=3"),
        without: vec![],
        local_start: occurrence(1).local_start,
        customer_id: CustomerId::from_uuid(Uuid::from_u128(200)),
        occurrences: occurrences.iter().copied().map(occurrence).collect(),
        skipped: vec![],
        source: Source::Api,
        by: by(),
    }
}

fn booked() -> SeriesEvent {
    Series::default().decide(book(&[1, 2, 3])).expect("booked").remove(0)
}

fn given(events: Vec<SeriesEvent>) -> AggregateTestExecutor<Series> {
    TestFramework::<Series>::with(()).given(events)
}

fn cancel(numbers: &[u16]) -> SeriesCommand {
    SeriesCommand::Cancel { appointment_ids: numbers.iter().copied().map(appointment).collect(), by: by() }
}

#[test]
fn a_series_is_booked_once_and_with_something_in_it() {
    given(vec![]).when(book(&[1, 2, 3])).then_expect_events(vec![booked()]);
    given(vec![]).when(book(&[])).then_expect_error(SeriesError::Empty);
    given(vec![booked()]).when(book(&[1])).then_expect_error(SeriesError::AlreadyBooked);
}

#[test]
fn what_is_done_to_several_appointments_is_noted_once_and_only_of_its_own() {
    let cancelled =
        SeriesEvent::SeriesCancelled { appointment_ids: vec![appointment(2), appointment(3)], by: by() };
    given(vec![booked()]).when(cancel(&[2, 3])).then_expect_events(vec![cancelled]);
    given(vec![booked()]).when(cancel(&[])).then_expect_events(vec![]);
    given(vec![booked()]).when(cancel(&[2, 4])).then_expect_error(SeriesError::NotInSeries);
    given(vec![]).when(cancel(&[1])).then_expect_error(SeriesError::NotFound);
    let reschedule = |number| SeriesCommand::Reschedule {
        appointment_ids: vec![appointment(number)],
        shift_minutes: 90,
        by: by(),
    };
    let moved =
        SeriesEvent::SeriesRescheduled { appointment_ids: vec![appointment(1)], shift_minutes: 90, by: by() };
    given(vec![booked()]).when(reschedule(1)).then_expect_events(vec![moved]);
    given(vec![booked()]).when(reschedule(9)).then_expect_error(SeriesError::NotInSeries);
}

#[test]
fn following_are_those_from_a_number_on() {
    let series = Series::default().fold([booked()]);
    let numbers = |from| {
        series
            .booked()
            .expect("booked")
            .from(appointment(from))
            .map(|all| all.iter().map(|one| one.number).collect::<Vec<_>>())
    };
    assert_eq!((numbers(1), numbers(3)), (Ok(vec![1, 2, 3]), Ok(vec![3])));
    assert_eq!(numbers(4), Err(SeriesError::NotInSeries));
}
