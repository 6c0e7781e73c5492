use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use uuid::Uuid;

use super::rules::{BusinessRules, ResourceRules, Rules};
use super::*;
use crate::service::{Need, ServiceDetails};
use crate::shared::hours::{DayHours, Schedule, WeeklyHours, Window};
use crate::shared::ids::{ResourceId, StreamId};
use crate::shared::interval::{Interval, merged};
use crate::shared::text::Name;
use crate::shared::time::{TimeOfDay, Zone, minute_of_day};

struct Booked(BTreeMap<ResourceId, Vec<Interval>>);

impl Agenda for Booked {
    fn busy(&self, resource: ResourceId, span: Interval) -> Vec<Interval> {
        self.0.get(&resource).into_iter().flatten().copied().filter(|busy| busy.overlaps(span)).collect()
    }
}

fn nothing() -> Booked {
    Booked(BTreeMap::new())
}

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

fn resource_id(number: u128) -> ResourceId {
    ResourceId::from_uuid(Uuid::from_u128(number))
}

fn hours(windows: &[(&str, &str)]) -> WeeklyHours {
    let time = |text: &str| text.parse().expect("a time");
    let windows: Vec<_> = windows.iter().map(|(opens, closes)| Window { opens: time(opens), closes: time(closes) }).collect();
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
    BusinessRules { zone, schedule: Schedule { weekly: hours(windows), ..Schedule::default() } }
}

fn resource(number: u128, windows: &[(&str, &str)]) -> ResourceRules {
    let schedule = Schedule { weekly: hours(windows), ..Schedule::default() };
    ResourceRules { id: resource_id(number), zone: None, schedule, ignores_business_hours: false, time_off: vec![] }
}

fn service(duration: u32, step: u32, needs: &[&[u128]]) -> ServiceDetails {
    ServiceDetails {
        name: Name::parse("Service").expect("a name"),
        description: None,
        duration_minutes: duration,
        buffer_before_minutes: 0,
        buffer_after_minutes: 0,
        minimum_notice_minutes: 0,
        horizon_days: 365,
        step_minutes: step,
        needs: needs.iter().map(|any_of| Need { any_of: any_of.iter().map(|number| resource_id(*number)).collect() }).collect(),
    }
}

/// What the wall clock shows at the starts of all slots within a day of the business.
fn walls(rules: &Rules<'_>, agenda: &Booked, date: &str) -> Vec<String> {
    let zone = rules.business.zone;
    let date: chrono::NaiveDate = date.parse().expect("a date");
    let midnight = |date: chrono::NaiveDate| zone.instants(date.and_hms_opt(0, 0, 0).expect("midnight")).first();
    let span = Interval::new(midnight(date), midnight(date + TimeDelta::days(1)));
    let query = Query::within(span, span.start - TimeDelta::days(1), 10_000);
    let slots = search(rules, agenda, &query);
    assert!(slots.iter().all(|slot| check(rules, slot, query.now).is_ok()), "what is offered keeps the rules");
    slots.iter().map(|slot| zone.rfc3339(slot.time.start)[11..16].to_owned()).collect()
}

const ALWAYS: &[(&str, &str)] = &[("00:00", "24:00")];

#[test]
fn slots_fill_the_windows_and_keep_off_bookings() {
    let (business, resources) = (business("America/Bogota", &[("09:00", "12:00"), ("14:00", "15:00")]), [resource(1, ALWAYS)]);
    let mut service = service(60, 30, &[&[1]]);
    let booked =
        Booked(BTreeMap::from([(resource_id(1), vec![Interval::new(utc("2026-11-24T15:00:00Z"), utc("2026-11-24T15:30:00Z"))])]));
    let rules = Rules { business: &business, service: &service, resources: &resources };
    assert_eq!(walls(&rules, &nothing(), "2026-11-24"), ["09:00", "09:30", "10:00", "10:30", "11:00", "14:00"]);
    // Taken from 10:00 to 10:30.
    assert_eq!(walls(&rules, &booked, "2026-11-24"), ["09:00", "10:30", "11:00", "14:00"]);
    service.buffer_before_minutes = 30;
    let rules = Rules { business: &business, service: &service, resources: &resources };
    assert_eq!(walls(&rules, &booked, "2026-11-24"), ["09:00", "11:00", "14:00"]);
    service.buffer_after_minutes = 30;
    let rules = Rules { business: &business, service: &service, resources: &resources };
    assert_eq!(walls(&rules, &booked, "2026-11-24"), ["11:00", "14:00"]);
}

#[test]
fn every_need_gets_a_resource_of_its_own() {
    let business = business("UTC", &[("09:00", "10:00")]);
    let resources = [resource(1, ALWAYS), resource(2, ALWAYS), resource(3, &[("09:30", "10:00")])];
    let span = Interval::new(utc("2026-11-24T00:00:00Z"), utc("2026-11-25T00:00:00Z"));
    let find = |needs: &[&[u128]], booked: &Booked| {
        let service = service(30, 30, needs);
        let rules = Rules { business: &business, service: &service, resources: &resources };
        let slots = search(&rules, booked, &Query::within(span, span.start, 10));
        slots.into_iter().map(|slot| slot.resources).collect::<Vec<_>>()
    };
    let ids = |numbers: &[u128]| numbers.iter().map(|number| resource_id(*number)).collect::<Vec<_>>();
    assert_eq!(find(&[&[1, 2]], &nothing()), [ids(&[1]), ids(&[1])]);
    // The first need could take 1 and leave nothing for the second.
    assert_eq!(find(&[&[1, 2], &[1]], &nothing()), [ids(&[2, 1]), ids(&[2, 1])]);
    assert_eq!(find(&[&[1], &[3]], &nothing()), [ids(&[1, 3])]);
    assert_eq!(find(&[&[1], &[1]], &nothing()), Vec::<Vec<_>>::new());
    let booked =
        Booked(BTreeMap::from([(resource_id(1), vec![Interval::new(utc("2026-11-24T09:00:00Z"), utc("2026-11-24T09:30:00Z"))])]));
    assert_eq!(find(&[&[1, 2]], &booked), [ids(&[2]), ids(&[1])]);
}

#[test]
fn days_with_23_and_25_hours_have_the_slots_that_they_have() {
    let resources = [resource(1, ALWAYS)];
    let service = service(60, 60, &[&[1]]);
    let check_day = |zone: &str, date: &str| {
        let business = business(zone, ALWAYS);
        walls(&Rules { business: &business, service: &service, resources: &resources }, &nothing(), date)
    };
    let new_york = check_day("America/New_York", "2026-03-08");
    assert_eq!((new_york.len(), &new_york[..4]), (23, &["00:00", "01:00", "03:00", "04:00"].map(str::to_owned)[..]));
    let new_york = check_day("America/New_York", "2026-11-01");
    assert_eq!((new_york.len(), &new_york[..4]), (25, &["00:00", "01:00", "01:00", "02:00"].map(str::to_owned)[..]));
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
        walls(&Rules { business, service: &service, resources }, &nothing(), "2026-11-24")
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
    resources[0] = ResourceRules { zone: Some("Europe/Berlin".parse().expect("a zone")), ..resource(1, &[("09:00", "11:00")]) };
    assert_eq!(find(&business, &resources), ["09:00"]);
}

#[test]
fn notice_and_horizon_are_kept_to_the_minute() {
    let (business, resources) = (business("UTC", ALWAYS), [resource(1, ALWAYS)]);
    let mut service = service(60, 60, &[&[1]]);
    (service.minimum_notice_minutes, service.horizon_days) = (90, 1);
    let rules = Rules { business: &business, service: &service, resources: &resources };
    let now = utc("2026-11-24T10:30:00Z");
    let slots = search(&rules, &nothing(), &Query::within(Interval::starting(now, TimeDelta::days(9)), now, 1_000));
    assert_eq!(slots.first().map(|slot| slot.time.start), Some(utc("2026-11-24T12:00:00Z")));
    assert_eq!(slots.last().map(|slot| slot.time.start), Some(utc("2026-11-25T10:00:00Z")));
    let at = |text: &str| Slot { time: Interval::starting(utc(text), TimeDelta::hours(1)), resources: vec![resource_id(1)] };
    let violation = |slot: Slot| check(&rules, &slot, now).err();
    assert_eq!(violation(at("2026-11-24T10:00:00Z")), Some(Violation::Past));
    assert_eq!(violation(at("2026-11-24T11:00:00Z")), Some(Violation::ShortNotice));
    assert_eq!(violation(at("2026-11-24T12:00:00Z")), None);
    assert_eq!(violation(at("2026-11-25T11:00:00Z")), Some(Violation::TooFarAhead));
    assert_eq!(violation(at("2026-11-24T12:10:00Z")), Some(Violation::OffGrid));
    let with = |resources: Vec<ResourceId>| Slot { resources, ..at("2026-11-24T12:00:00Z") };
    assert_eq!(violation(with(vec![])), Some(Violation::WrongResources));
    assert_eq!(violation(with(vec![resource_id(2)])), Some(Violation::WrongResources));
    assert_eq!(violation(with(vec![resource_id(1), resource_id(1)])), Some(Violation::WrongResources));
}

#[test]
fn the_grid_begins_anew_at_midnight() {
    let (business, resources) = (business("UTC", ALWAYS), [resource(1, ALWAYS)]);
    let service = service(50, 50, &[&[1]]);
    let rules = Rules { business: &business, service: &service, resources: &resources };
    let span = Interval::new(utc("2026-11-24T22:00:00Z"), utc("2026-11-25T01:00:00Z"));
    let starts: Vec<_> = search(&rules, &nothing(), &Query::within(span, span.start - TimeDelta::hours(1), 10))
        .into_iter()
        .map(|slot| slot.time.start.format("%H:%M").to_string())
        .collect();
    assert_eq!(starts, ["22:30", "23:20", "00:00", "00:50"]);
}

prop_compose! {
    fn windows()(cuts in prop::collection::btree_set(0_u16..=96, 0..7)) -> Vec<Window> {
        let times: Vec<_> = cuts.into_iter().filter_map(|quarter| TimeOfDay::from_minutes(quarter * 15)).collect();
        times.chunks_exact(2).map(|pair| Window { opens: pair[0], closes: pair[1] }).collect()
    }
}

prop_compose! {
    fn schedule()(days in prop::collection::vec(windows(), 7)) -> Schedule {
        let mut days = days.into_iter().map(|windows| DayHours::try_from(windows).expect("disjoint windows"));
        let mut next = || days.next().unwrap_or_default();
        let weekly = WeeklyHours { monday: next(), tuesday: next(), wednesday: next(), thursday: next(), friday: next(),
            saturday: next(), sunday: next() };
        Schedule { weekly, ..Schedule::default() }
    }
}

fn zones() -> impl Strategy<Value = Zone> {
    prop::sample::select(vec![
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "America/Bogota",
        "Australia/Lord_Howe",
        "Africa/Casablanca",
        "Asia/Kathmandu",
        "Pacific/Apia",
    ])
    .prop_map(|name| name.parse().expect("a zone"))
}

/// Around days on which clocks change somewhere.
fn instants() -> impl Strategy<Value = DateTime<Utc>> {
    prop::sample::select(vec!["2026-03-07", "2026-03-28", "2026-04-04", "2026-10-03", "2026-10-24", "2026-10-31", "2027-02-06"])
        .prop_flat_map(|date| {
            (0_i64..48 * 60).prop_map(move |minute| utc(&format!("{date}T00:00:00Z")) + TimeDelta::minutes(minute))
        })
}

/// The minutes of a span at which a schedule is open, found by looking at the wall clock at every minute: a window is open from the first
/// minute at which the clock shows its opening or later to the last at which it shows something before its closing.
struct Open(std::collections::BTreeSet<i64>);

impl Open {
    fn of(schedule: &Schedule, zone: Zone, span: Interval) -> Self {
        let first = span.start.timestamp() / 60 - 30 * 60;
        let minutes: Vec<i64> = (first..first + 100 * 60).collect();
        let wall = |minute: i64| zone.wall(DateTime::UNIX_EPOCH + TimeDelta::minutes(minute));
        let walls: Vec<_> = minutes.iter().map(|minute| wall(*minute)).collect();
        let mut open = std::collections::BTreeSet::new();
        for date in walls[0].date().iter_days().take_while(|date| *date <= walls[walls.len() - 1].date()) {
            for window in schedule.hours_on(date).windows() {
                let opens = walls.iter().position(|wall| *wall >= window.opens.on(date));
                let closes = walls.iter().rposition(|wall| *wall < window.closes.on(date));
                if let (Some(opens), Some(closes)) = (opens, closes) {
                    open.extend(minutes.get(opens..=closes).into_iter().flatten());
                }
            }
        }
        Self(open)
    }

    fn at(&self, instant: DateTime<Utc>) -> bool {
        self.0.contains(&instant.timestamp().div_euclid(60))
    }
}

proptest! {
    /// No offered slot breaks a rule, and every start that breaks none is offered.
    #[test]
    fn what_is_offered_is_exactly_what_is_open(
        zone in zones(), own_zone in prop::option::of(zones()), shop in schedule(), own in schedule(), now in instants(),
        duration in 1_u32..150, step in prop::sample::select(vec![5_u32, 15, 20, 30, 45, 60]), before in 0_u32..40, after in 0_u32..40,
        notice in 0_u32..300, bookings in prop::collection::vec((0_i64..2_000, 1_i64..200), 0..12),
    ) {
        let business = BusinessRules { zone, schedule: shop };
        let resources = [ResourceRules { id: resource_id(1), zone: own_zone, schedule: own, ignores_business_hours: false, time_off: vec![] }];
        let mut service = service(duration, step, &[&[1]]);
        (service.buffer_before_minutes, service.buffer_after_minutes, service.minimum_notice_minutes) = (before, after, notice);
        let busy = merged(bookings.into_iter().map(|(start, length)|
            Interval::starting(now + TimeDelta::minutes(start), TimeDelta::minutes(length))).collect());
        let booked = Booked(BTreeMap::from([(resource_id(1), busy.clone())]));
        let rules = Rules { business: &business, service: &service, resources: &resources };
        let span = Interval::starting(now, TimeDelta::hours(40));
        let offered: Vec<_> = search(&rules, &booked, &Query::within(span, now, 100_000)).into_iter().map(|slot| slot.time.start).collect();

        // Minute by minute, by the definition.
        let (by_business, by_resource) = (Open::of(&business.schedule, zone, span), Open::of(&resources[0].schedule, own_zone.unwrap_or(zone), span));
        let whole_minute = now - TimeDelta::seconds(now.timestamp() % 60);
        let mut expected = Vec::new();
        for minute in 0..=40 * 60 {
            let start = whole_minute + TimeDelta::minutes(minute);
            let time = Interval::starting(start, TimeDelta::minutes(duration.into()));
            let open = (0..duration).all(|minute| {
                let instant = start + TimeDelta::minutes(minute.into());
                by_business.at(instant) && by_resource.at(instant)
            });
            let padded = time.padded(TimeDelta::minutes(before.into()), TimeDelta::minutes(after.into()));
            let free = !busy.iter().any(|busy| busy.overlaps(padded));
            let on_grid = minute_of_day(zone.wall(start)).is_multiple_of(step);
            let early_enough = start >= now + TimeDelta::minutes(notice.into()) && start >= span.start && start < span.end;
            if open && free && on_grid && early_enough {
                expected.push(start);
            }
        }
        prop_assert_eq!(offered, expected);
    }
}
