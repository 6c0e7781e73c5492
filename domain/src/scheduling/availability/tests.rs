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
        Schedule { hours: weekly.into(), ..Schedule::default() }
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

prop_compose! {
    fn buffers_up_to(minutes: u32)(before_minutes in 0..minutes, after_minutes in 0..minutes, shared: bool) -> Buffers {
        Buffers { before_minutes, after_minutes, shared }
    }
}

/// Around days on which clocks change somewhere.
fn instants() -> impl Strategy<Value = DateTime<Utc>> {
    prop::sample::select(vec![
        "2026-03-07",
        "2026-03-28",
        "2026-04-04",
        "2026-10-03",
        "2026-10-24",
        "2026-10-31",
        "2027-02-06",
    ])
    .prop_flat_map(|date| {
        (0_i64..48 * 60)
            .prop_map(move |minute| utc(&format!("{date}T00:00:00Z")) + TimeDelta::minutes(minute))
    })
}

/// The minutes of a span at which a schedule is open, found by reading the wall clock at every minute. A
/// window is open from the first minute at which the clock shows its opening or later, to the last minute at
/// which it shows less than its closing.
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

/// The starts of a day by the definition of the grid, from the minutes at which an appointment can start.
fn by_definition(
    grid: Grid,
    zone: Zone,
    possible: &[DateTime<Utc>],
    opens: &[DateTime<Utc>],
) -> Vec<DateTime<Utc>> {
    let minute = TimeDelta::minutes(1);
    let step = TimeDelta::minutes(grid.step_minutes.into());
    let round = [60, 30, 20, 15, 10, 5]
        .into_iter()
        .find(|round| grid.step_minutes.is_multiple_of(*round))
        .unwrap_or(1);
    let mut starts: Vec<DateTime<Utc>> = Vec::new();
    if grid.kind == GridKind::Opening {
        let on_grid = |at: &DateTime<Utc>| {
            let opened = opens.iter().rev().find(|open| *open <= at);
            opened.is_some_and(|open| (*at - *open).num_minutes() % i64::from(grid.step_minutes) == 0)
        };
        return possible.iter().copied().filter(on_grid).collect();
    }
    let is_round = |at: DateTime<Utc>, round: u32| (minute_of_day(zone.wall(at)) % 60).is_multiple_of(round);
    for (index, at) in possible.iter().enumerate() {
        let first_of_stretch = index == 0 || possible[index - 1] + minute != *at;
        if !first_of_stretch {
            continue;
        }
        let stretch: Vec<DateTime<Utc>> = possible[index..]
            .iter()
            .copied()
            .enumerate()
            .take_while(|(more, one)| *one == *at + minute * *more as i32)
            .map(|(_, one)| one)
            .collect();
        let first = |round: u32| stretch.iter().position(|one| is_round(*one, round));
        let left_over = (stretch.len() as i64 - 1) % step.num_minutes();
        let begin = match grid.kind {
            GridKind::Tight => [round, 15, 5]
                .into_iter()
                .filter_map(first)
                .find(|minutes| *minutes as i64 <= left_over)
                .or(Some(0)),
            GridKind::Clock | GridKind::Opening => first(round),
        };
        let Some(begin) = begin else { continue };
        let mut next = starts.last().map_or(stretch[begin], |last| stretch[begin].max(*last + step));
        while next <= stretch[stretch.len() - 1] {
            starts.push(next);
            let jumps = zone.offset_seconds(next) != zone.offset_seconds(next + step);
            next += step;
            while jumps && !is_round(next, round) {
                next += minute;
            }
        }
    }
    starts
}

proptest! {
    /// No offered slot breaks a rule, and every start of the grid that breaks none is offered.
    #[test]
    fn what_is_offered_is_exactly_what_is_open(
        zone in zones(), own_zone in prop::option::of(zones()), shop in schedule(), own in schedule(), now in instants(),
        duration in 1_u32..150, step in prop::sample::select(vec![5_u32, 15, 20, 25, 30, 45, 60, 90]),
        kind in prop::sample::select(vec![GridKind::Clock, GridKind::Opening, GridKind::Tight]),
        buffers in buffers_up_to(40), notice in 0_u32..300,
        bookings in prop::collection::vec((0_i64..2_000, 1_i64..200, buffers_up_to(40)), 0..12),
    ) {
        let business = BusinessRules { zone, schedule: shop };
        let resources = [ResourceRules { zone: own_zone, schedule: own, ..resource(1, ALWAYS) }];
        let mut service = service(duration, step, &[&[1]]);
        (service.buffers, service.minimum_notice_minutes) = (buffers, notice);
        service.grid.kind = kind;
        let taken: Vec<_> = bookings.into_iter().map(|(start, length, buffers)| {
            let time = Interval::starting(now + TimeDelta::minutes(start), TimeDelta::minutes(length));
            Occupation { buffers, ..taken(1, time) }
        }).collect();
        let booked = all(taken.iter().copied());
        let rules = rules(&business, &service, &resources);
        let span = Interval::starting(now, TimeDelta::hours(40));
        let offered: Vec<_> = search(&rules, &booked, &Query::within(span, now, 100_000)).into_iter().map(|slot| slot.time.start).collect();

        // Minute by minute, by the definition.
        let (by_business, by_resource) = (Open::of(&business.schedule, zone, span), Open::of(&resources[0].schedule, own_zone.unwrap_or(zone), span));
        let both = |at: DateTime<Utc>| by_business.at(at) && by_resource.at(at);
        let soonest = now + TimeDelta::minutes(notice.into());
        let mut expected = Vec::new();
        for date in zone.date(span.start).iter_days().take_while(|date| *date <= zone.date(span.end)) {
            let (day, minute) = (Interval::new(zone.midnight(date), zone.midnight(date + TimeDelta::days(1))), TimeDelta::minutes(1));
            let minutes: Vec<_> = (0..(day.end - day.start).num_minutes()).map(|minute| day.start + TimeDelta::minutes(minute)).collect();
            let opens: Vec<_> = minutes.iter().copied().filter(|at| both(*at) && (*at == day.start || !both(*at - minute))).collect();
            let possible: Vec<_> = minutes.into_iter().filter(|start| {
                let open = (0..duration).all(|minute| both(*start + TimeDelta::minutes(minute.into())));
                let time = Interval::starting(*start, TimeDelta::minutes(duration.into()));
                let own = Occupation { buffers: service.buffers, ..self::taken(1, time) };
                open && !taken.iter().any(|taken| {
                    let between = |first: &Occupation, next: &Occupation| {
                        let (after, before) = (first.buffers.after_minutes, next.buffers.before_minutes);
                        let shared = first.buffers.shared && next.buffers.shared;
                        TimeDelta::minutes(if shared { after.max(before) } else { after + before }.into())
                    };
                    let before = own.appointment.end + between(&own, taken) <= taken.appointment.start;
                    let after = taken.appointment.end + between(taken, &own) <= own.appointment.start;
                    !before && !after
                })
            }).collect();
            let of_the_day = by_definition(service.grid, zone, &possible, &opens);
            let is_over = day.start < soonest && soonest < day.end && of_the_day.iter().all(|start| *start < soonest);
            expected.extend(if is_over {
                // It begins anew at the notice.
                let left: Vec<_> = possible.into_iter().filter(|start| soonest <= *start).collect();
                by_definition(Grid { kind: GridKind::Clock, ..service.grid }, zone, &left, &opens)
            } else {
                of_the_day
            });
        }
        expected.retain(|start| *start >= soonest && span.start <= *start && *start < span.end);
        prop_assert_eq!(offered, expected);
    }

    /// A start alone gets the same resources as within the plan of its day.
    #[test]
    fn a_start_gets_the_resources_that_the_plan_of_its_day_gives_it(
        zone in zones(), shop in schedule(), own in prop::collection::vec(schedule(), 3), now in instants(), duration in 1_u32..150,
        choice in prop::sample::select(vec![Choice::Preferred, Choice::LeastBusy, Choice::Balanced]),
        buffers in buffers_up_to(40), seats in 1_u32..4, capacity in 1_u32..3, two_needs in any::<bool>(),
        bookings in prop::collection::vec((1_u128..4, 0_i64..3_000, 1_i64..200, prop::option::of(1_u32..3)), 0..20),
    ) {
        let business = BusinessRules { zone, schedule: shop };
        let rules_of = |(number, schedule): (u128, Schedule)| ResourceRules { schedule, capacity, ..resource(number, ALWAYS) };
        let resources: Vec<_> = (1..).zip(own).map(rules_of).collect();
        let mut service = service(duration, 15, if two_needs { &[&[1, 2, 3], &[3, 2]] } else { &[&[1, 2, 3]] });
        service.needs.iter_mut().for_each(|need| (need.choice, need.weights) = (choice, vec![1, 2, 3]));
        (service.buffers, service.seats) = (buffers, seats);
        let booked = all(bookings.into_iter().map(|(number, start, length, of_class)| {
            let length = if of_class.is_some() { duration.into() } else { length };
            let taken = taken(number, Interval::starting(now + TimeDelta::minutes(start), TimeDelta::minutes(length)));
            match of_class {
                Some(_) => Occupation { service_id: service_id(), seats: of_class, ..taken },
                None => taken,
            }
        }));
        let rules = rules(&business, &service, &resources);
        let query = Query::within(Interval::starting(now, TimeDelta::days(2)), now, 1);
        let date = zone.date(now) + TimeDelta::days(1);
        let day = Interval::new(zone.midnight(date), zone.midnight(date + TimeDelta::days(1)));
        let pool = Pool::of(&rules, query.terms).expect("there is somebody for each need");
        let of_day = DayPlan::of(&pool, &booked, day);
        for minute in (0..(day.end - day.start).num_minutes()).step_by(7) {
            let start = day.start + TimeDelta::minutes(minute);
            let alone = assign(&rules, &booked, query.terms, start, &[]).map(|slot| (slot.resources, slot.seats_left));
            prop_assert_eq!(alone, of_day.as_ref().and_then(|plan| plan.assign(start)));
        }
    }

    /// Each step needs only what is gathered for it.
    #[test]
    fn a_search_in_steps_finds_what_a_search_over_all_that_is_booked_finds(
        zone in zones(), own_zone in prop::option::of(zones()), shop in schedule(), own in prop::collection::vec(schedule(), 2),
        now in instants(), duration in 1_u32..200, step in 1_i64..4, buffers in buffers_up_to(60),
        choice in prop::sample::select(vec![Choice::Preferred, Choice::LeastBusy, Choice::Balanced]),
        ignores in any::<bool>(), bookings in prop::collection::vec((1_u128..3, 0_i64..14_000, 1_i64..200), 0..60),
    ) {
        let business = BusinessRules { zone, schedule: shop };
        let rules_of = |(number, schedule): (u128, Schedule)| ResourceRules {
            schedule, zone: own_zone, ignores_business_hours: ignores, ..resource(number, ALWAYS)
        };
        let resources: Vec<_> = (1..).zip(own).map(rules_of).collect();
        let mut service = service(duration, 30, &[&[1, 2]]);
        service.buffers = buffers;
        service.needs[0].choice = choice;
        let taken: Vec<Occupation> = bookings.into_iter().map(|(number, start, length)| {
            let time = Interval::starting(now + TimeDelta::minutes(start), TimeDelta::minutes(length));
            Occupation { buffers: service.buffers, ..taken(number, time) }
        }).collect();
        let rules = rules(&business, &service, &resources);
        let query = Query::within(Interval::starting(now, TimeDelta::days(9)), now, 100_000);
        let by_day = by_day(taken.iter().copied());
        let mut steps = Search::new(&rules, query);
        while let Some(span) = steps.next_span(step) {
            let mut gathered = nothing();
            for (_, key) in rules.days(BusinessId::from_uuid(Uuid::from_u128(7)), span) {
                let entries = by_day.get(&(key.0, key.1)).into_iter().flatten().copied();
                gathered.put(key, entries.collect());
            }
            steps.search_days(&gathered, step);
        }
        prop_assert_eq!(steps.into_slots(), search(&rules, &all(taken), &query));
    }
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
