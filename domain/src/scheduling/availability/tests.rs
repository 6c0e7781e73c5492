mod properties;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use uuid::Uuid;

use super::assignment::DayPlan;
use super::booked::{Booked, DayKey};
use super::pool::Pool;
use super::rules::{BusinessRules, ResourceRules, ServiceRules};
use super::*;
use crate::kernel::ids::{AgendaDayId, BusinessId, ResourceId, ServiceId, StreamId};
use crate::scheduling::agenda_day::{AgendaEntry, Buffers, EntryState, Occupation};
use crate::scheduling::service::{Choice, Grid, GridKind, Horizon, Need, ServiceDetails};
use crate::values::hours::{DayHours, Schedule, WeeklyHours, Window};
use crate::values::interval::{Interval, utc_day};
use crate::values::text::Name;
use crate::values::time::{TimeOfDay, Zone, minute_of_day};

fn nothing() -> Booked {
    Booked::at(DateTime::UNIX_EPOCH)
}

fn booked(times: &[(u128, &str, &str)]) -> Booked {
    all(times.iter().map(|(number, start, end)| taken(*number, Interval::new(utc(start), utc(end)))))
}

/// As agenda days have it: what reaches over midnight UTC stands in both.
fn all(taken: impl IntoIterator<Item = Occupation>) -> Booked {
    let mut booked = nothing();
    for ((resource, day), entries) in by_day(taken) {
        booked.put(DayKey(resource, day), entries.into_iter().collect());
    }
    booked
}

fn by_day(taken: impl IntoIterator<Item = Occupation>) -> BTreeMap<(ResourceId, i32), Vec<AgendaEntry>> {
    let mut days: BTreeMap<_, Vec<AgendaEntry>> = BTreeMap::new();
    for occupation in taken {
        for day in occupation.padded().utc_days() {
            days.entry((occupation.resource_id, day))
                .or_default()
                .push(AgendaEntry { occupation, state: EntryState::Booked });
        }
    }
    days
}

/// Taken by another service.
fn taken(number: u128, appointment: Interval) -> Occupation {
    let service_id = ServiceId::from_uuid(Uuid::from_u128(99));
    Occupation {
        resource_id: resource_id(number),
        service_id,
        appointment,
        buffers: Buffers::default(),
        seats: None,
    }
}

fn service_id() -> ServiceId {
    ServiceId::from_uuid(Uuid::from_u128(1))
}

fn rules(business: &BusinessRules, service: &ServiceDetails, resources: &[ResourceRules]) -> ServiceRules {
    let (business, service) = (business.clone(), service.clone());
    ServiceRules { business, service_id: service_id(), service, resources: resources.to_vec() }
}

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

fn resource_id(number: u128) -> ResourceId {
    ResourceId::from_uuid(Uuid::from_u128(number))
}

fn hours(windows: &[(&str, &str)]) -> WeeklyHours {
    let time = |text: &str| text.parse().expect("a time");
    let windows: Vec<_> =
        windows.iter().map(|(opens, closes)| Window { opens: time(opens), closes: time(closes) }).collect();
    let day = DayHours::try_from(windows).expect("hours");
    WeeklyHours {
        monday: day.clone(),
        tuesday: day.clone(),
        wednesday: day.clone(),
        thursday: day.clone(),
        friday: day.clone(),
        saturday: day.clone(),
        sunday: day,
    }
}

fn business(zone: &str, windows: &[(&str, &str)]) -> BusinessRules {
    let zone = zone.parse().expect("a zone");
    BusinessRules { zone, schedule: schedule_of(windows) }
}

fn resource(number: u128, windows: &[(&str, &str)]) -> ResourceRules {
    ResourceRules {
        has_hours: true,
        schedule: schedule_of(windows),
        ..ResourceRules::new(resource_id(number))
    }
}

fn schedule_of(windows: &[(&str, &str)]) -> Schedule {
    Schedule { hours: hours(windows).into(), ..Schedule::default() }
}

fn service(duration: u32, step: u32, needs: &[&[u128]]) -> ServiceDetails {
    let needs = needs.iter().map(|any_of| Need::any_of(any_of.iter().map(|number| resource_id(*number))));
    let name = Name::parse("Service").expect("a name");
    ServiceDetails {
        horizon: Horizon::Days { days: 365 },
        grid: Grid { kind: GridKind::Clock, step_minutes: step, offset_minutes: 0 },
        ..ServiceDetails::new(name, duration, needs.collect())
    }
}

/// The wall-clock starts of all slots within a day of the business.
fn walls(rules: &ServiceRules, agenda: &Booked, date: &str) -> Vec<String> {
    let zone = rules.business.zone;
    let date: chrono::NaiveDate = date.parse().expect("a date");
    let midnight =
        |date: chrono::NaiveDate| zone.instants(date.and_hms_opt(0, 0, 0).expect("midnight")).first();
    let span = Interval::new(midnight(date), midnight(date + TimeDelta::days(1)));
    let query = Query::within(span, span.start - TimeDelta::days(1), 10_000);
    let slots = search(rules, agenda, &query);
    assert!(
        slots.iter().all(|slot| violations(rules, slot, held_to(query.now)).is_empty()),
        "what is offered keeps the rules"
    );
    slots.iter().map(|slot| zone.rfc3339(slot.time.start)[11..16].to_owned()).collect()
}

const ALWAYS: &[(&str, &str)] = &[("00:00", "24:00")];

fn held_to(now: DateTime<Utc>) -> HeldTo {
    HeldTo { now, offered_at: now, own_length: None }
}

#[test]
fn slots_fill_the_windows_and_keep_off_bookings() {
    let (business, resources) =
        (business("America/Bogota", &[("09:00", "12:00"), ("14:00", "15:00")]), [resource(1, ALWAYS)]);
    let mut service = service(60, 30, &[&[1]]);
    let booked = booked(&[(1, "2026-11-24T15:00:00Z", "2026-11-24T15:30:00Z")]);
    let find = |service: &ServiceDetails, booked: &Booked| {
        walls(&rules(&business, service, &resources), booked, "2026-11-24")
    };
    assert_eq!(find(&service, &nothing()), ["09:00", "09:30", "10:00", "10:30", "11:00", "14:00"]);
    // Taken from 10:00 to 10:30.
    assert_eq!(find(&service, &booked), ["09:00", "10:30", "11:00", "14:00"]);
    service.buffers.before_minutes = 30;
    assert_eq!(find(&service, &booked), ["09:00", "11:00", "14:00"]);
    service.buffers.after_minutes = 30;
    assert_eq!(find(&service, &booked), ["11:00", "14:00"]);
}

#[test]
fn every_need_gets_a_resource_of_its_own() {
    let business = business("UTC", &[("09:00", "10:00")]);
    let resources = [resource(1, ALWAYS), resource(2, ALWAYS), resource(3, &[("09:30", "10:00")])];
    let span = Interval::new(utc("2026-11-24T00:00:00Z"), utc("2026-11-25T00:00:00Z"));
    let find = |needs: &[&[u128]], booked: &Booked| {
        let service = service(30, 30, needs);
        let slots =
            search(&rules(&business, &service, &resources), booked, &Query::within(span, span.start, 10));
        slots.into_iter().map(|slot| slot.resources).collect::<Vec<_>>()
    };
    let ids = |numbers: &[u128]| numbers.iter().map(|number| resource_id(*number)).collect::<Vec<_>>();
    assert_eq!(find(&[&[1, 2]], &nothing()), [ids(&[1]), ids(&[1])]);
    // The first need could take 1 and leave nothing for the second.
    assert_eq!(find(&[&[1, 2], &[1]], &nothing()), [ids(&[2, 1]), ids(&[2, 1])]);
    assert_eq!(find(&[&[1], &[3]], &nothing()), [ids(&[1, 3])]);
    assert_eq!(find(&[&[1], &[1]], &nothing()), Vec::<Vec<_>>::new());
    let booked = booked(&[(1, "2026-11-24T09:00:00Z", "2026-11-24T09:30:00Z")]);
    assert_eq!(find(&[&[1, 2]], &booked), [ids(&[2]), ids(&[1])]);
}

#[test]
fn days_with_23_and_25_hours_have_the_slots_that_they_have() {
    let resources = [resource(1, ALWAYS)];
    let service = service(60, 60, &[&[1]]);
    let check_day = |zone: &str, date: &str| {
        let business = business(zone, ALWAYS);
        walls(&rules(&business, &service, &resources), &nothing(), date)
    };
    let new_york = check_day("America/New_York", "2026-03-08");
    assert_eq!(
        (new_york.len(), &new_york[..4]),
        (23, &["00:00", "01:00", "03:00", "04:00"].map(str::to_owned)[..])
    );
    let new_york = check_day("America/New_York", "2026-11-01");
    assert_eq!(
        (new_york.len(), &new_york[..4]),
        (25, &["00:00", "01:00", "01:00", "02:00"].map(str::to_owned)[..])
    );
    // Half an hour back: the wall clock shows 01:30 twice, and full hours once.
    let lord_howe = check_day("Australia/Lord_Howe", "2026-04-05");
    assert_eq!((lord_howe.len(), &lord_howe[..3]), (24, &["00:00", "01:00", "02:00"].map(str::to_owned)[..]));
    assert_eq!(check_day("Asia/Kathmandu", "2026-11-24").len(), 24);
}

#[test]
fn a_closed_date_a_day_off_and_own_hours_count() {
    let mut business = business("UTC", &[("09:00", "11:00")]);
    let mut resources = [resource(1, ALWAYS)];
    let service = service(60, 60, &[&[1]]);
    let find = |business: &BusinessRules, resources: &[ResourceRules]| {
        walls(&rules(business, &service, resources), &nothing(), "2026-11-24")
    };
    assert_eq!(find(&business, &resources), ["09:00", "10:00"]);
    resources[0].time_off = vec![Interval::new(utc("2026-11-24T09:30:00Z"), utc("2026-11-24T10:00:00Z"))];
    assert_eq!(find(&business, &resources), ["10:00"]);
    resources[0] = resource(1, &[("07:00", "10:00")]);
    assert_eq!(find(&business, &resources), ["09:00"]);
    resources[0].ignores_business_hours = true;
    assert_eq!(find(&business, &resources), ["07:00", "08:00", "09:00"]);
    business.schedule.overrides.insert("2026-11-24".parse().expect("a date"), DayHours::closed());
    assert_eq!(find(&business, &resources), ["07:00", "08:00", "09:00"]);
    resources[0].ignores_business_hours = false;
    assert_eq!(find(&business, &resources), Vec::<String>::new());
    resources[0] = resource(1, ALWAYS);
    // Its own zone: 09:00 to 11:00 in Berlin is 08:00 to 10:00 here.
    business.schedule.overrides.clear();
    resources[0] = ResourceRules {
        zone: Some("Europe/Berlin".parse().expect("a zone")),
        ..resource(1, &[("09:00", "11:00")])
    };
    assert_eq!(find(&business, &resources), ["09:00"]);
}

#[test]
fn notice_is_kept_to_the_minute_and_the_horizon_to_the_day() {
    let (business, resources) = (business("UTC", ALWAYS), [resource(1, ALWAYS)]);
    let mut service = service(60, 60, &[&[1]]);
    (service.minimum_notice_minutes, service.horizon) = (90, Horizon::Days { days: 1 });
    let rules = rules(&business, &service, &resources);
    let now = utc("2026-11-24T10:30:00Z");
    let slots =
        search(&rules, &nothing(), &Query::within(Interval::starting(now, TimeDelta::days(9)), now, 1_000));
    assert_eq!(slots.first().map(|slot| slot.time.start), Some(utc("2026-11-24T12:00:00Z")));
    assert_eq!(slots.last().map(|slot| slot.time.start), Some(utc("2026-11-25T23:00:00Z")));
    let at = |text: &str| {
        let time = Interval::starting(utc(text), TimeDelta::hours(1));
        Slot { time, resources: vec![resource_id(1)], seats_left: None }
    };
    let violation = |slot: Slot| violations(&rules, &slot, held_to(now)).into_iter().next();
    assert_eq!(violation(at("2026-11-24T10:00:00Z")), Some(Violation::Past));
    assert_eq!(violation(at("2026-11-24T11:00:00Z")), Some(Violation::ShortNotice));
    // What begins at this instant is offered, and can be had.
    let none = ServiceRules {
        service: ServiceDetails { minimum_notice_minutes: 0, ..rules.service.clone() },
        ..rules.clone()
    };
    let (now, slot) = (utc("2026-11-24T11:00:00Z"), at("2026-11-24T11:00:00Z"));
    let query = Query::within(Interval::starting(now, TimeDelta::hours(1)), now, 1);
    assert_eq!(search(&none, &nothing(), &query), std::slice::from_ref(&slot));
    assert_eq!(violations(&none, &slot, held_to(now)), []);
    assert_eq!(violation(at("2026-11-24T12:00:00Z")), None);
    assert_eq!(violation(at("2026-11-25T23:00:00Z")), None);
    assert_eq!(violation(at("2026-11-26T00:00:00Z")), Some(Violation::TooFarAhead));
    // An offer keeps its start when the grid changes, but not its length when the service changes.
    assert_eq!(violation(at("2026-11-24T12:10:00Z")), None);
    let shorter = Slot {
        time: Interval::starting(utc("2026-11-24T12:00:00Z"), TimeDelta::minutes(59)),
        ..at("2026-11-24T12:00:00Z")
    };
    assert_eq!(violation(shorter), Some(Violation::WrongDuration));
    let with = |resources: Vec<ResourceId>| Slot { resources, ..at("2026-11-24T12:00:00Z") };
    assert_eq!(violation(with(vec![])), Some(Violation::WrongResources));
    assert_eq!(violation(with(vec![resource_id(2)])), Some(Violation::WrongResources));
    assert_eq!(violation(with(vec![resource_id(1), resource_id(1)])), Some(Violation::WrongResources));
}

#[test]
fn what_a_choice_weighs_is_gathered() {
    let (business, resources) = (business("America/Bogota", ALWAYS), [resource(1, ALWAYS)]);
    let tenant = BusinessId::from_uuid(Uuid::from_u128(7));
    // A Tuesday morning.
    let span = Interval::starting(utc("2026-11-24T15:00:00Z"), TimeDelta::hours(1));
    let days_of = |choice, first: &str, last: &str| {
        let mut service = service(60, 60, &[&[1]]);
        service.needs[0].choice = choice;
        let days: Vec<_> = rules(&business, &service, &resources).days(tenant, span);
        let expected = utc_day(utc(first))..=utc_day(utc(last));
        let key = |day| (AgendaDayId::of(tenant, resource_id(1), day), DayKey(resource_id(1), day));
        assert_eq!(days, expected.map(key).collect::<Vec<_>>(), "{choice:?}");
    };
    days_of(Choice::Preferred, "2026-11-24T00:00:00Z", "2026-11-24T00:00:00Z");
    // The evening there is tomorrow in UTC.
    days_of(Choice::LeastBusy, "2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z");
    days_of(Choice::Balanced, "2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z");
}

#[test]
fn the_grid_begins_anew_at_midnight() {
    let (business, resources) = (business("UTC", ALWAYS), [resource(1, ALWAYS)]);
    let service = service(50, 50, &[&[1]]);
    let rules = rules(&business, &service, &resources);
    let span = Interval::new(utc("2026-11-24T22:00:00Z"), utc("2026-11-25T01:00:00Z"));
    let starts: Vec<_> =
        search(&rules, &nothing(), &Query::within(span, span.start - TimeDelta::hours(1), 10))
            .into_iter()
            .map(|slot| slot.time.start.format("%H:%M").to_string())
            .collect();
    assert_eq!(starts, ["22:30", "23:20", "00:00", "00:50"]);
}

#[test]
fn where_nothing_of_the_grid_is_left_after_the_notice_it_begins_there() {
    // 90 minutes from nine on, a last start at 10:30; half an hour of notice at ten past nine.
    let business = business("UTC", &[("09:00", "12:00")]);
    let mut ninety = service(60, 90, &[&[1]]);
    ninety.minimum_notice_minutes = 30;
    let rules = rules(&business, &ninety, &[resource(1, &[("09:00", "12:00")])]);
    let starts = |now: &str| -> Vec<String> {
        let now = utc(now);
        let query = Query::within(Interval::starting(now, TimeDelta::hours(12)), now, 10);
        let slots = search(&rules, &nothing(), &query);
        slots.iter().map(|slot| slot.time.start.format("%H:%M").to_string()).collect()
    };
    assert_eq!(starts("2026-11-24T08:10:00Z"), ["09:00", "10:30"]);
    assert_eq!(starts("2026-11-24T09:10:00Z"), ["10:30"]);
    assert_eq!(starts("2026-11-24T10:10:00Z"), ["11:00"]);
    assert_eq!(starts("2026-11-24T10:40:00Z"), Vec::<String>::new());
}

#[test]
fn a_search_that_finds_nothing_says_why() {
    let business = business("UTC", &[("09:00", "12:00")]);
    let mut hour = service(60, 60, &[&[1]]);
    hour.minimum_notice_minutes = 24 * 60;
    hour.horizon = Horizon::Days { days: 10 };
    let rules = |hour: &ServiceDetails| rules(&business, hour, &[resource(1, &[("09:00", "12:00")])]);
    let now = utc("2026-11-23T10:00:00Z");
    let on = |day: &str, from: &str, to: &str| Query {
        from_time: from.parse().expect("a time"),
        to_time: to.parse().expect("a time"),
        ..Query::within(Interval::starting(utc(&format!("{day}T00:00:00Z")), TimeDelta::days(1)), now, 1)
    };
    let why = |hour: &ServiceDetails, agenda: &Booked, query: Query| why_none(&rules(hour), agenda, query);
    let whole = |day| on(day, "00:00", "24:00");
    let last = "2026-12-03".parse().expect("a date");
    assert_eq!(why(&hour, &nothing(), whole("2026-12-24")), WhyNone::TooFar(last));
    let soonest = utc("2026-11-24T10:00:00Z");
    assert_eq!(why(&hour, &nothing(), whole("2026-11-23")), WhyNone::TooSoon(soonest));
    assert_eq!(why(&hour, &nothing(), on("2026-11-24", "09:00", "10:00")), WhyNone::TooSoon(soonest));
    assert_eq!(why(&hour, &nothing(), on("2026-11-25", "13:00", "24:00")), WhyNone::Closed);
    let taken = booked(&[(1, "2026-11-25T09:00:00Z", "2026-11-25T12:00:00Z")]);
    assert_eq!(why(&hour, &taken, whole("2026-11-25")), WhyNone::Full);
    let nobody =
        Query { terms: Terms { with: Some(resource_id(7)), ..Terms::default() }, ..whole("2026-11-25") };
    assert_eq!(why(&hour, &nothing(), nobody), WhyNone::Nobody);
}

#[test]
fn what_is_not_closed_is_not_said_to_be() {
    let business = business("America/New_York", &[("00:00", "20:00")]);
    let hour = service(60, 60, &[&[1]]);
    let rules = rules(&business, &hour, &[resource(1, &[("01:00", "05:00"), ("10:00", "17:30")])]);
    let on = |day: &str, from: &str, to: &str| {
        let (from_time, to_time) = (from.parse().expect("a time"), to.parse().expect("a time"));
        let midnight = rules.business.zone.midnight(day.parse().expect("a date"));
        let span = Interval::starting(midnight, TimeDelta::hours(23));
        Query { from_time, to_time, ..Query::within(span, utc("2026-03-06T17:15:00Z"), 1) }
    };
    for (day, from, to, expected) in [
        ("2026-03-06", "11:00", "12:00", WhyNone::Passed),
        ("2026-03-09", "17:00", "17:30", WhyNone::TooLong),
        ("2026-03-09", "16:15", "16:30", WhyNone::OffGrid),
        ("2026-03-09", "09:00", "10:00", WhyNone::Away),
        ("2026-03-09", "21:00", "22:00", WhyNone::Closed),
        ("2026-03-06", "21:00", "22:00", WhyNone::Closed),
        // Clocks go forward at two.
        ("2026-03-08", "02:30", "03:00", WhyNone::Skipped),
    ] {
        assert_eq!(why_none(&rules, &nothing(), on(day, from, to)), expected, "{day} {from}");
    }
}
