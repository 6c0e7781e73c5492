//! The search for open slots over what is booked already: pure, one thread, nothing read.
//!
//! A service of thirty minutes with buffers that any of a pool can do, open on weekdays from 9 to 17 with a
//! break, and four fifths of all starts booked, spread as by chance but the same in every run. `first_five`
//! is what a caller is told, `all` every slot of the span, and `full` what it takes to walk over fifty days
//! on which nothing is left. Before the figures of each, growth is printed: how many times longer than the
//! smallest case, against how many times larger.

use std::hint::black_box;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use frontdesk_domain::kernel::ids::{ResourceId, ServiceId, StreamId};
use frontdesk_domain::scheduling::agenda_day::{AgendaEntry, Buffers, EntryState, Occupation};
use frontdesk_domain::scheduling::availability::booked::{Booked, DayKey};
use frontdesk_domain::scheduling::availability::rules::{BusinessRules, ResourceRules, ServiceRules};
use frontdesk_domain::scheduling::availability::{Query, search};
use frontdesk_domain::scheduling::service::{Grid, GridKind, Horizon, Need, ServiceDetails};
use frontdesk_domain::values::hours::{DayHours, Schedule, WeeklyHours, Window};
use frontdesk_domain::values::interval::{Interval, utc_day};
use frontdesk_domain::values::text::Name;
use uuid::Uuid;

const RESOURCES: [u128; 5] = [5, 10, 25, 50, 100];
const DAYS: [i64; 3] = [15, 30, 60];
/// How full of a hundred.
const TAKEN: u64 = 80;
const FULL_DAYS: i64 = 50;
const FIRST: usize = 5;
const ALL: usize = usize::MAX;
/// An appointment with its buffers.
const STEP_MINUTES: i64 = 40;
const WINDOWS: [(&str, &str); 2] = [("09:00", "13:00"), ("14:00", "18:00")];

struct Scene {
    now: DateTime<Utc>,
    days: i64,
    rules: ServiceRules,
    booked: Booked,
}

fn windows() -> DayHours {
    let window = |(opens, closes): (&str, &str)| Window {
        opens: opens.parse().expect("a time"),
        closes: closes.parse().expect("a time"),
    };
    DayHours::try_from(WINDOWS.map(window).to_vec()).expect("windows")
}

fn week() -> Schedule {
    let weekly = WeeklyHours {
        monday: windows(),
        tuesday: windows(),
        wednesday: windows(),
        thursday: windows(),
        friday: windows(),
        ..WeeklyHours::default()
    };
    Schedule { hours: weekly.into(), ..Schedule::default() }
}

/// SplitMix64: the same numbers in every run.
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

impl Scene {
    fn of(resources: u128, days: i64, full_days: i64) -> Self {
        let ids: Vec<ResourceId> =
            (1..=resources).map(|number| ResourceId::from_uuid(Uuid::from_u128(number))).collect();
        // A Monday.
        let now: DateTime<Utc> = "2026-11-23T00:00:00Z".parse().expect("an instant");
        let buffers = Buffers { before_minutes: 5, after_minutes: 5, shared: false };
        let service = ServiceDetails {
            buffers,
            minimum_notice_minutes: 60,
            horizon: Horizon::Days { days: 365 },
            grid: Grid { kind: GridKind::Clock, step_minutes: 10, offset_minutes: 0 },
            ..ServiceDetails::new(
                Name::parse("Check-up").expect("a name"),
                30,
                vec![Need::any_of(ids.iter().copied())],
            )
        };
        let resource = |id| ResourceRules { has_hours: true, schedule: week(), ..ResourceRules::new(id) };
        let business = BusinessRules { zone: "America/New_York".parse().expect("a zone"), schedule: week() };
        let (service_id, resources) =
            (ServiceId::from_uuid(Uuid::from_u128(1)), ids.into_iter().map(resource).collect());
        let rules = ServiceRules { business, service_id, service, resources };
        let mut scene = Self { now, days, rules, booked: Booked::at(now) };
        scene.book(full_days);
        scene
    }

    /// Back to back in every window, each with the same chance; all of them on the first days.
    fn book(&mut self, full_days: i64) {
        let mut state = 1;
        let (zone, schedule) = (self.rules.business.zone, self.rules.business.schedule.clone());
        let first = zone.date(self.now);
        for id in self.rules.service.resources() {
            for number in 0..=self.days {
                let date = first + TimeDelta::days(number);
                let day = Interval::new(zone.midnight(date), zone.midnight(date + TimeDelta::days(1)));
                let starts = schedule.open_within(day, zone).into_iter().flat_map(|open| {
                    let times = (open.end - open.start).num_minutes() / STEP_MINUTES;
                    (0..times).map(move |time| open.start + TimeDelta::minutes(5 + time * STEP_MINUTES))
                });
                let entry =
                    |start| AgendaEntry { occupation: self.occupation(id, start), state: EntryState::Booked };
                let taken =
                    starts.filter(|_| number < full_days || random(&mut state) % 100 < TAKEN).map(entry);
                // New York's working day is one UTC day.
                self.booked.put(DayKey(id, utc_day(day.start)), taken.collect());
            }
        }
    }

    fn occupation(&self, resource_id: ResourceId, start: DateTime<Utc>) -> Occupation {
        Occupation {
            resource_id,
            service_id: self.rules.service_id,
            appointment: Interval::starting(start, TimeDelta::minutes(30)),
            buffers: self.rules.service.buffers,
            seats: None,
        }
    }

    fn search(&self, limit: usize) -> usize {
        let span = Interval::starting(self.now, TimeDelta::days(self.days));
        search(black_box(&self.rules), &self.booked, &Query::within(span, self.now, limit)).len()
    }

    /// The median of some runs.
    fn time(&self, limit: usize) -> Duration {
        let mut times: Vec<Duration> = (0..51)
            .map(|_| {
                let started = Instant::now();
                black_box(self.search(limit));
                started.elapsed()
            })
            .collect();
        times.sort_unstable();
        times[times.len() / 2]
    }
}

/// Against the smallest case: how many times more resources and days, and how many times longer it takes.
fn growth(what: &str, limit: usize, full_days: i64) {
    let mut smallest: Option<(f64, f64)> = None;
    println!("{what}: resources x days, slots, median, times larger, times longer, longer/larger");
    for resources in RESOURCES {
        for days in DAYS {
            let scene = Scene::of(resources, days, full_days.min(days - 5));
            let (slots, took) = (scene.search(limit), scene.time(limit));
            let (size, micros) = (resources as f64 * days as f64, took.as_secs_f64() * 1e6);
            let (least, shortest) = *smallest.get_or_insert((size, micros));
            let (larger, longer) = (size / least, micros / shortest);
            println!(
                "  {resources:>3} x {days:<2} {slots:>6} {micros:>9.1} us {larger:>6.1} {longer:>6.1} {:>6.2}",
                longer / larger
            );
        }
    }
}

fn slot_search(c: &mut Criterion) {
    growth("first five slots", FIRST, 0);
    growth("all slots", ALL, 0);
    growth("first five slots behind full days", FIRST, FULL_DAYS);
    let mut group = c.benchmark_group("slot_search");
    for (name, limit, full_days) in [("first_five", FIRST, 0), ("all", ALL, 0), ("full", FIRST, FULL_DAYS)] {
        let scene = Scene::of(50, 60, full_days);
        assert!(scene.search(limit) >= FIRST, "there is something to be found");
        group.bench_function(BenchmarkId::new(name, "50x60"), |bencher| bencher.iter(|| scene.search(limit)));
    }
    group.finish();
}

criterion_group!(benches, slot_search);
criterion_main!(benches);
