//! Cases of other schedulers' tests: Cal.com (`cal-`), nettu (`nettu-`), calrs (`crs-`), and cases from the
//! time zone database (`derived-`). Facts and figures, not their code.
//!
//! Left out:
//!
//! * `nettu-one-fits`, `nettu-two-events`, `nettu-crosses-end` and `nettu-pooled-hosts`: their grid begins
//!   where the query begins, and Frontdesk's does not.
//! * `cal-rolling2-viewer-utc-minus-11`: its grid follows the viewer's zone, and Frontdesk's the business's.
//!
//! `cal-only-confirmed-blocks-free-day` differs: here a pending booking takes time. Their "viewer" is our
//! business in all cases but `cal-duration-limit-120min-day-reached`, where the limit's day is the
//! provider's. Their cases of booking are in `tests/src/bus/conformance.rs`.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::rules::{BusinessRules, ResourceRules, ServiceRules};
use super::{Agenda, Query, Use, search};
use crate::kernel::ids::{AppointmentId, ResourceId, ServiceId, StreamId};
use crate::scheduling::agenda_day::{AgendaDay, AgendaDayCommand, AgendaDayError, Buffers, Occupation, Room};
use crate::scheduling::service::{Grid, GridKind, Horizon, Limit, LimitOf, Need, Period, ServiceDetails};
use crate::values::hours::{DayHours, Schedule, WeeklyHours, Window};
use crate::values::interval::{Interval, intersected, merged, subtracted};
use crate::values::text::Name;
use crate::values::time::Zone;

/// From Sunday, which is 0, to Saturday.
type Days = &'static [u32];
const EVERY_DAY: Days = &[0, 1, 2, 3, 4, 5, 6];
const WEEKDAYS: Days = &[1, 2, 3, 4, 5];
type Hours = &'static [(Days, &'static str, &'static str)];

fn at(text: &str) -> DateTime<Utc> {
    let formats = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"];
    formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok()).expect(text).and_utc()
}

fn span(start: &str, end: &str) -> Interval {
    Interval::new(at(start), at(end))
}

fn windows(times: &[(&str, &str)]) -> DayHours {
    let window = |(opens, closes): &(&str, &str)| Window {
        opens: opens.parse().expect("a time"),
        closes: closes.parse().expect("a time"),
    };
    // Others skip a window that ends before it begins. Frontdesk refuses it.
    DayHours::try_from(times.iter().map(window).collect::<Vec<_>>()).unwrap_or_default()
}

fn week(hours: Hours) -> Schedule {
    let day = |number: u32| {
        let times: Vec<_> = hours
            .iter()
            .filter(|(days, ..)| days.contains(&number))
            .map(|(_, opens, closes)| (*opens, *closes))
            .collect();
        windows(&times)
    };
    let weekly = WeeklyHours {
        sunday: day(0),
        monday: day(1),
        tuesday: day(2),
        wednesday: day(3),
        thursday: day(4),
        friday: day(5),
        saturday: day(6),
    };
    Schedule { hours: weekly.into(), ..Schedule::default() }
}

struct Case {
    name: &'static str,
    now: DateTime<Utc>,
    span: Interval,
    zone: Zone,
    service: ServiceDetails,
    needs_all: bool,
    resources: Vec<ResourceRules>,
    taken: Vec<Occupation>,
    /// The expected slots: exactly these, at least these, none of these.
    all: Option<Vec<DateTime<Utc>>>,
    some: Vec<DateTime<Utc>>,
    none: Vec<DateTime<Utc>>,
    count: Option<usize>,
    first: Option<DateTime<Utc>>,
    last: Option<DateTime<Utc>>,
}

fn case(name: &'static str, now: &str, (from, to): (&str, &str), zone: &str) -> Case {
    let service = ServiceDetails {
        horizon: Horizon::Days { days: 3_650 },
        ..ServiceDetails::new(Name::parse("Service").expect("a name"), 0, vec![Need::any_of([])])
    };
    Case {
        name,
        now: at(now),
        span: span(from, to),
        zone: zone.parse().expect("a zone"),
        service,
        needs_all: false,
        resources: vec![],
        taken: vec![],
        all: None,
        some: vec![],
        none: vec![],
        count: None,
        first: None,
        last: None,
    }
}

fn times(date: &str, times: &str) -> Vec<DateTime<Utc>> {
    times.split_whitespace().map(|time| at(&format!("{date} {time}"))).collect()
}

impl Case {
    fn service(mut self, duration: u32, step: u32, kind: GridKind) -> Self {
        self.service.duration_minutes = duration;
        self.service.grid = Grid { kind, step_minutes: step, offset_minutes: 0 };
        self
    }

    fn offset(mut self, minutes: u32) -> Self {
        self.service.grid.offset_minutes = minutes;
        self
    }

    fn notice(mut self, minutes: u32) -> Self {
        self.service.minimum_notice_minutes = minutes;
        self
    }

    fn buffers(mut self, before_minutes: u32, after_minutes: u32) -> Self {
        self.service.buffers = Buffers { before_minutes, after_minutes, shared: false };
        self
    }

    fn horizon(mut self, horizon: Horizon) -> Self {
        self.service.horizon = horizon;
        self
    }

    fn limit(mut self, per: Period, bookings: Option<u32>, minutes: Option<u32>) -> Self {
        self.service.limits.push(Limit { of: LimitOf::Service, per, bookings, minutes });
        self
    }

    /// Gives each of the following resources a need of its own.
    fn all_of_them(mut self) -> Self {
        self.needs_all = true;
        self.service.needs.clear();
        self
    }

    fn resource(mut self, zone: &str, schedule: Schedule) -> Self {
        let id = ResourceId::from_uuid(Uuid::from_u128(self.resources.len() as u128 + 1));
        self.resources.push(ResourceRules {
            zone: Some(zone.parse().expect("a zone")),
            has_hours: true,
            schedule,
            ignores_business_hours: true,
            ..ResourceRules::new(id)
        });
        match self.service.needs.first_mut() {
            Some(any) if !self.needs_all => any.any_of.push(id),
            _ => self.service.needs.push(Need::any_of([id])),
        }
        self
    }

    fn weekly(self, zone: &str, hours: Hours) -> Self {
        self.resource(zone, week(hours))
    }

    /// Open at these times and no others.
    fn free(self, times: &[(&str, &str)]) -> Self {
        let free = merged(times.iter().map(|(start, end)| span(start, end)).collect());
        let mut case = self.resource("UTC", week(&[(EVERY_DAY, "00:00", "24:00")]));
        let all = [case.span.padded(TimeDelta::days(9), TimeDelta::days(9))];
        case.resources.last_mut().expect("a resource").time_off = subtracted(&all, &free);
        case
    }

    fn on(mut self, date: &str, hours: &[(&str, &str)]) -> Self {
        let resource = self.resources.last_mut().expect("a resource");
        resource.schedule.overrides.insert(date.parse().expect("a date"), windows(hours));
        self
    }

    fn busy(mut self, start: &str, end: &str, (before_minutes, after_minutes): (u32, u32)) -> Self {
        let resource_id = self.resources.last().expect("a resource").id;
        let buffers = Buffers { before_minutes, after_minutes, shared: false };
        self.taken.push(Occupation {
            resource_id,
            service_id: service_id(),
            appointment: span(start, end),
            buffers,
            seats: None,
        });
        self
    }

    fn held(self, start: &str, end: &str, until: &str) -> Self {
        if self.now < at(until) { self.busy(start, end, (0, 0)) } else { self }
    }

    fn slots(mut self, date: &str, starts: &str) -> Self {
        self.all.get_or_insert_default().extend(times(date, starts));
        self
    }

    fn contains(mut self, date: &str, starts: &str) -> Self {
        self.some.extend(times(date, starts));
        self
    }

    fn excludes(mut self, date: &str, starts: &str) -> Self {
        self.none.extend(times(date, starts));
        self
    }

    fn count(mut self, count: usize) -> Self {
        self.count = Some(count);
        self
    }

    fn first(mut self, start: &str) -> Self {
        self.first = Some(at(start));
        self
    }

    fn last(mut self, start: &str) -> Self {
        self.last = Some(at(start));
        self
    }

    fn rules(&self) -> ServiceRules {
        let business = BusinessRules { zone: self.zone, schedule: week(&[(EVERY_DAY, "00:00", "24:00")]) };
        let (service, resources) = (self.service.clone(), self.resources.clone());
        ServiceRules { business, service_id: service_id(), service, resources }
    }

    fn check(self) {
        let name = self.name;
        let found = search(&self.rules(), &self, &Query::within(self.span, self.now, 10_000));
        let found: Vec<DateTime<Utc>> = found.into_iter().map(|slot| slot.time.start).collect();
        if let Some(all) = &self.all {
            assert_eq!(&found, all, "{name}");
        }
        assert!(self.some.iter().all(|start| found.contains(start)), "{name}: {found:?}");
        assert!(!self.none.iter().any(|start| found.contains(start)), "{name}: {found:?}");
        assert!(self.count.is_none_or(|count| found.len() == count), "{name}: {found:?}");
        assert!(self.first.is_none() || found.first() == self.first.as_ref(), "{name}: {found:?}");
        assert!(self.last.is_none() || found.last() == self.last.as_ref(), "{name}: {found:?}");
    }
}

impl Agenda for Case {
    fn taken(&self, resource: ResourceId, span: Interval) -> impl Iterator<Item = &Occupation> {
        self.taken.iter().filter(move |taken| taken.resource_id == resource && taken.padded().overlaps(span))
    }

    fn used(&self, limit: &Limit, _: Option<ResourceId>, from: NaiveDate) -> Use {
        let counts = |taken: &&Occupation| limit.per.start(self.zone.date(taken.appointment.start)) == from;
        self.taken.iter().filter(counts).fold(Use::default(), |used, taken| {
            used.with((taken.appointment.end - taken.appointment.start).num_minutes() as u32)
        })
    }
}

fn service_id() -> ServiceId {
    ServiceId::from_uuid(Uuid::from_u128(1))
}

#[test]
fn searches() {
    case("cal-hourly-empty-day", "2021-06-20 11:59:59", ("2021-06-21 00:00", "2021-06-22 00:00"), "UTC")
        .service(60, 60, GridKind::Clock)
        .free(&[("2021-06-21 00:00", "2021-06-22 00:00")])
        .count(24)
        .first("2021-06-21 00:00")
        .last("2021-06-21 23:00")
        .check();
    case(
        "cal-interval-differs-from-duration",
        "2021-06-20 11:59:59",
        ("2021-06-21 00:00", "2021-06-22 00:00"),
        "UTC",
    )
    .service(30, 60, GridKind::Clock)
    .free(&[("2021-06-21 00:00", "2021-06-22 00:00")])
    .count(24)
    .check();
    case("cal-min-notice-1500min", "2021-06-20 11:59:59", ("2021-06-21 00:00", "2021-06-22 00:00"), "UTC")
        .service(60, 60, GridKind::Clock)
        .notice(1500)
        .free(&[("2021-06-21 00:00", "2021-06-22 00:00")])
        .count(11)
        .first("2021-06-21 13:00")
        .check();
    case("cal-20min-72-slots", "2021-06-20 11:59:59", ("2021-06-21 00:00", "2021-06-22 00:00"), "UTC")
        .service(20, 20, GridKind::Clock)
        .free(&[("2021-06-21 00:00", "2021-06-22 00:00")])
        .count(72)
        .check();
    case("cal-two-groups", "2021-06-20 11:59:59", ("2021-06-21 00:00", "2021-06-22 00:00"), "UTC")
        .service(20, 20, GridKind::Clock)
        .free(&[("2021-06-21 11:00", "2021-06-21 12:00"), ("2021-06-21 14:00", "2021-06-21 15:00")])
        .slots("2021-06-21", "11:00 11:20 11:40 14:00 14:20 14:40")
        .check();
    case(
        "cal-overlapping-ranges-merge",
        "2021-06-20 11:59:59",
        ("2021-06-21 00:00", "2021-06-22 00:00"),
        "UTC",
    )
    .service(20, 20, GridKind::Clock)
    .free(&[("2021-06-21 11:00", "2021-06-21 12:00"), ("2021-06-21 11:20", "2021-06-21 12:40")])
    .slots("2021-06-21", "11:00 11:20 11:40 12:00 12:20")
    .check();
    case("cal-multi-day-align-hour", "2021-06-20 11:59:59", ("2021-06-21 00:00", "2021-06-23 00:00"), "UTC")
        .service(60, 60, GridKind::Clock)
        .free(&[
            ("2021-06-21 11:30", "2021-06-21 14:00"),
            ("2021-06-21 09:15", "2021-06-21 11:00"),
            ("2021-06-22 11:30", "2021-06-22 14:00"),
            ("2021-06-22 09:15", "2021-06-22 11:00"),
        ])
        .slots("2021-06-21", "10:00 12:00 13:00")
        .slots("2021-06-22", "10:00 12:00 13:00")
        .check();
    case(
        "cal-final-slot-of-day-brussels",
        "2021-06-20 11:59:59",
        ("2023-07-13 00:00", "2023-07-13 22:00"),
        "Europe/Brussels",
    )
    .service(15, 15, GridKind::Clock)
    .notice(120)
    .free(&[("2023-07-13 07:00", "2023-07-13 15:00"), ("2023-07-13 18:30", "2023-07-13 21:00")])
    .last("2023-07-13 20:45")
    .check();
    case(
        "cal-half-hour-timezone",
        "2021-06-20 11:59:59",
        ("2023-07-12 18:30", "2023-07-13 18:30"),
        "Asia/Kolkata",
    )
    .service(60, 60, GridKind::Clock)
    .free(&[("2023-07-13 02:00", "2023-07-13 04:00")])
    .slots("2023-07-13", "02:30")
    .check();
    case(
        "cal-5min-events-tiny-ranges",
        "2021-06-20 11:59:59",
        ("2023-07-13 00:00", "2023-07-14 00:00"),
        "Europe/London",
    )
    .service(5, 5, GridKind::Clock)
    .free(&[("2023-07-13 06:00", "2023-07-13 06:05"), ("2023-07-13 06:10", "2023-07-13 06:30")])
    .slots("2023-07-13", "06:00 06:10 06:15 06:20 06:25")
    .check();
    case(
        "cal-gap-30-clock",
        "2024-09-01 00:00",
        ("2024-09-12 07:00", "2024-09-13 07:00"),
        "America/Los_Angeles",
    )
    .service(30, 30, GridKind::Clock)
    .free(&[("2024-09-12 15:00", "2024-09-12 17:00"), ("2024-09-12 17:10", "2024-09-12 19:45")])
    .slots("2024-09-12", "15:00 15:30 16:00 16:30 17:30 18:00 18:30 19:00")
    .check();
    case(
        "cal-gap-30-maxfit",
        "2024-09-01 00:00",
        ("2024-09-12 07:00", "2024-09-13 07:00"),
        "America/Los_Angeles",
    )
    .service(30, 30, GridKind::Tight)
    .free(&[("2024-09-12 15:00", "2024-09-12 17:00"), ("2024-09-12 17:10", "2024-09-12 19:45")])
    .slots("2024-09-12", "15:00 15:30 16:00 16:30 17:15 17:45 18:15 18:45 19:15")
    .check();
    case(
        "cal-gap-20-clock",
        "2024-09-01 00:00",
        ("2024-09-12 07:00", "2024-09-13 07:00"),
        "America/Los_Angeles",
    )
    .service(20, 20, GridKind::Clock)
    .free(&[("2024-09-12 15:00", "2024-09-12 17:00"), ("2024-09-12 17:10", "2024-09-12 19:30")])
    .slots("2024-09-12", "15:00 15:20 15:40 16:00 16:20 16:40 17:20 17:40 18:00 18:20 18:40 19:00")
    .check();
    case(
        "cal-gap-20-maxfit",
        "2024-09-01 00:00",
        ("2024-09-12 07:00", "2024-09-13 07:00"),
        "America/Los_Angeles",
    )
    .service(20, 20, GridKind::Tight)
    .free(&[("2024-09-12 15:00", "2024-09-12 17:00"), ("2024-09-12 17:10", "2024-09-12 19:30")])
    .slots("2024-09-12", "15:00 15:20 15:40 16:00 16:20 16:40 17:10 17:30 17:50 18:10 18:30 18:50 19:10")
    .check();
    case(
        "cal-0930-1730-clock",
        "2024-09-01 00:00",
        ("2024-09-12 07:00", "2024-09-13 07:00"),
        "America/Los_Angeles",
    )
    .service(60, 60, GridKind::Clock)
    .free(&[("2024-09-12 16:30", "2024-09-13 00:30")])
    .slots("2024-09-12", "17:00 18:00 19:00 20:00 21:00 22:00 23:00")
    .check();
    case(
        "cal-0930-1730-maxfit",
        "2024-09-01 00:00",
        ("2024-09-12 07:00", "2024-09-13 07:00"),
        "America/Los_Angeles",
    )
    .service(60, 60, GridKind::Tight)
    .free(&[("2024-09-12 16:30", "2024-09-13 00:30")])
    .slots("2024-09-12", "16:30 17:30 18:30 19:30 20:30 21:30 22:30 23:30")
    .check();
    case(
        "cal-duration-exceeds-range",
        "2021-06-20 11:59:59",
        ("2021-06-21 00:00", "2021-06-22 00:00"),
        "UTC",
    )
    .service(120, 60, GridKind::Clock)
    .free(&[("2021-06-21 10:00", "2021-06-21 11:00")])
    .count(0)
    .check();
    case("cal-zero-length-range", "2021-06-20 11:59:59", ("2021-06-21 00:00", "2021-06-22 00:00"), "UTC")
        .service(60, 60, GridKind::Clock)
        .free(&[("2021-06-21 10:00", "2021-06-21 10:00")])
        .count(0)
        .check();
    case("cal-notice-48h-eliminates", "2021-06-20 11:59:59", ("2021-06-21 00:00", "2021-06-22 00:00"), "UTC")
        .service(60, 60, GridKind::Clock)
        .notice(2880)
        .free(&[("2021-06-21 00:00", "2021-06-22 00:00")])
        .count(0)
        .check();
    case("cal-unsorted-ranges", "2021-06-20 11:59:59", ("2021-06-21 00:00", "2021-06-22 00:00"), "UTC")
        .service(60, 60, GridKind::Clock)
        .free(&[
            ("2021-06-21 16:00", "2021-06-21 17:00"),
            ("2021-06-21 08:00", "2021-06-21 09:00"),
            ("2021-06-21 12:00", "2021-06-21 13:00"),
        ])
        .slots("2021-06-21", "08:00 12:00 16:00")
        .check();
    // There, only what is confirmed blocks. Here what is pending does, too: it removes 05:30, and the grid
    // starts anew after it.
    case(
        "cal-only-confirmed-blocks-free-day",
        "2026-06-14 00:00",
        ("2026-06-15 18:30", "2026-06-16 18:30"),
        "Asia/Kolkata",
    )
    .service(45, 45, GridKind::Clock)
    .weekly("Asia/Kolkata", &[(EVERY_DAY, "09:30", "18:00")])
    .busy("2026-06-16 06:00", "2026-06-16 06:15", (0, 0))
    .slots("2026-06-16", "04:00 04:45 06:15 07:00 07:45 08:30 09:15 10:00 10:45 11:30")
    .check();
    case(
        "cal-confirmed-blocks",
        "2026-06-14 00:00",
        ("2026-06-16 18:30", "2026-06-17 18:30"),
        "Asia/Kolkata",
    )
    .service(45, 45, GridKind::Clock)
    .weekly("Asia/Kolkata", &[(EVERY_DAY, "09:30", "18:00")])
    .busy("2026-06-17 04:00", "2026-06-17 04:15", (0, 0))
    .slots("2026-06-17", "04:15 05:00 05:45 06:30 07:15 08:00 08:45 09:30 10:15 11:00 11:45")
    .check();
    case("cal-interval-120", "2026-06-14 00:00", ("2026-06-15 18:30", "2026-06-16 18:30"), "Asia/Kolkata")
        .service(30, 120, GridKind::Clock)
        .weekly("Asia/Kolkata", &[(EVERY_DAY, "09:30", "18:00")])
        .slots("2026-06-16", "04:30 06:30 08:30 10:30")
        .check();
    case(
        "cal-buffers-external-busy",
        "2026-06-14 00:00",
        ("2026-06-16 18:30", "2026-06-17 18:30"),
        "Asia/Kolkata",
    )
    .service(120, 120, GridKind::Clock)
    .buffers(120, 120)
    .weekly("Asia/Kolkata", &[(EVERY_DAY, "09:30", "18:00")])
    .busy("2026-06-17 04:00", "2026-06-17 05:59:59", (0, 0))
    .slots("2026-06-17", "08:30 10:30")
    .check();
    case(
        "cal-buffers-own-booking",
        "2026-06-14 00:00",
        ("2026-06-15 18:30", "2026-06-16 18:30"),
        "Asia/Kolkata",
    )
    .service(120, 120, GridKind::Clock)
    .buffers(120, 120)
    .weekly("Asia/Kolkata", &[(EVERY_DAY, "09:30", "18:00")])
    .busy("2026-06-16 04:00", "2026-06-16 05:59:59", (120, 120))
    .slots("2026-06-16", "10:30")
    .check();
    case("cal-offset-start", "2026-06-14 00:00", ("2026-06-15 18:30", "2026-06-16 18:30"), "Asia/Kolkata")
        .service(25, 25, GridKind::Clock)
        .offset(5)
        .weekly("Asia/Kolkata", &[(EVERY_DAY, "09:30", "18:00")])
        .slots(
            "2026-06-16",
            "04:05 04:35 05:05 05:35 06:05 06:35 07:05 07:35 08:05 08:35 09:05 09:35 10:05 10:35 11:05 11:35 12:05",
        )
        .check();
    case("cal-date-override", "2026-06-14 00:00", ("2026-06-15 18:30", "2026-06-16 18:30"), "Asia/Kolkata")
        .service(60, 60, GridKind::Clock)
        .weekly("Asia/Kolkata", &[(EVERY_DAY, "09:30", "18:00")])
        .on("2026-06-16", &[("14:00", "18:00")])
        .slots("2026-06-16", "08:30 09:30 10:30 11:30")
        .check();
    case(
        "cal-duration-limit-120min-day-reached",
        "2026-06-14 00:00",
        ("2026-06-15 18:00", "2026-06-16 18:00"),
        "Asia/Dhaka",
    )
    .service(60, 60, GridKind::Clock)
    .limit(Period::Day, None, Some(120))
    .weekly("Asia/Dhaka", &[(EVERY_DAY, "00:00", "24:00")])
    .busy("2026-06-16 08:00", "2026-06-16 09:00", (0, 0))
    .busy("2026-06-16 10:00", "2026-06-16 11:00", (0, 0))
    .count(0)
    .check();
    case(
        "cal-duration-limit-year-service-wide",
        "2026-02-01 00:00",
        ("2026-02-10 00:00", "2026-02-11 00:00"),
        "UTC",
    )
    .service(30, 30, GridKind::Clock)
    .limit(Period::Year, None, Some(480))
    .weekly("UTC", &[(EVERY_DAY, "09:00", "17:00")])
    .busy("2026-01-10 00:00", "2026-01-10 06:40", (0, 0))
    .weekly("UTC", &[(EVERY_DAY, "09:00", "17:00")])
    .busy("2026-01-11 00:00", "2026-01-11 06:40", (0, 0))
    .count(0)
    .check();
    case(
        "cal-rolling2-before-open",
        "2024-05-31 01:30",
        ("2024-05-30 18:30", "2024-06-05 18:30"),
        "Asia/Kolkata",
    )
    .service(60, 60, GridKind::Clock)
    .notice(120)
    .horizon(Horizon::Days { days: 2 })
    .weekly("Asia/Kolkata", &[(EVERY_DAY, "09:30", "18:00")])
    .slots("2024-05-31", "04:30 05:30 06:30 07:30 08:30 09:30 10:30 11:30")
    .slots("2024-06-01", "04:30 05:30 06:30 07:30 08:30 09:30 10:30 11:30")
    .slots("2024-06-02", "04:30 05:30 06:30 07:30 08:30 09:30 10:30 11:30")
    .check();
    case(
        "cal-rolling2-after-last-slot",
        "2024-05-31 11:30",
        ("2024-05-30 18:30", "2024-06-05 18:30"),
        "Asia/Kolkata",
    )
    .service(60, 60, GridKind::Clock)
    .notice(120)
    .horizon(Horizon::Days { days: 2 })
    .weekly("Asia/Kolkata", &[(EVERY_DAY, "09:30", "18:00")])
    .slots("2024-06-01", "04:30 05:30 06:30 07:30 08:30 09:30 10:30 11:30")
    .slots("2024-06-02", "04:30 05:30 06:30 07:30 08:30 09:30 10:30 11:30")
    .check();
    case(
        "cal-rolling2-first-slot-passed",
        "2024-05-31 04:30",
        ("2024-05-30 18:30", "2024-06-05 18:30"),
        "Asia/Kolkata",
    )
    .service(60, 60, GridKind::Clock)
    .notice(120)
    .horizon(Horizon::Days { days: 2 })
    .weekly("Asia/Kolkata", &[(EVERY_DAY, "09:30", "18:00")])
    .slots("2024-05-31", "06:30 07:30 08:30 09:30 10:30 11:30")
    .slots("2024-06-01", "04:30 05:30 06:30 07:30 08:30 09:30 10:30 11:30")
    .slots("2024-06-02", "04:30 05:30 06:30 07:30 08:30 09:30 10:30 11:30")
    .check();
    case(
        "cal-rolling2-business-days",
        "2024-05-31 01:30",
        ("2024-05-30 18:30", "2024-06-05 18:30"),
        "Asia/Kolkata",
    )
    .service(60, 60, GridKind::Clock)
    .notice(120)
    .horizon(Horizon::BusinessDays { days: 2 })
    .weekly("Asia/Kolkata", &[(EVERY_DAY, "09:30", "18:00")])
    .slots("2024-05-31", "04:30 05:30 06:30 07:30 08:30 09:30 10:30 11:30")
    .slots("2024-06-01", "04:30 05:30 06:30 07:30 08:30 09:30 10:30 11:30")
    .slots("2024-06-02", "04:30 05:30 06:30 07:30 08:30 09:30 10:30 11:30")
    .slots("2024-06-03", "04:30 05:30 06:30 07:30 08:30 09:30 10:30 11:30")
    .slots("2024-06-04", "04:30 05:30 06:30 07:30 08:30 09:30 10:30 11:30")
    .check();
    case(
        "cal-window3-skips-full-day",
        "2024-05-31 01:30",
        ("2024-05-30 18:30", "2024-06-05 18:30"),
        "Asia/Kolkata",
    )
    .service(60, 60, GridKind::Clock)
    .notice(120)
    .horizon(Horizon::AvailableDays { days: 3 })
    .weekly("Asia/Kolkata", &[(EVERY_DAY, "09:30", "18:00")])
    .busy("2024-06-01 18:30", "2024-06-02 18:30", (0, 0))
    .slots("2024-05-31", "04:30 05:30 06:30 07:30 08:30 09:30 10:30 11:30")
    .slots("2024-06-01", "04:30 05:30 06:30 07:30 08:30 09:30 10:30 11:30")
    .slots("2024-06-03", "04:30 05:30 06:30 07:30 08:30 09:30 10:30 11:30")
    .check();
    case(
        "cal-window3-weekend-off",
        "2024-05-31 01:30",
        ("2024-05-30 18:30", "2024-06-05 18:30"),
        "Asia/Kolkata",
    )
    .service(60, 60, GridKind::Clock)
    .notice(120)
    .horizon(Horizon::AvailableDays { days: 3 })
    .weekly("Asia/Kolkata", &[(WEEKDAYS, "09:30", "18:00")])
    .busy("2024-06-02 18:30", "2024-06-03 18:30", (0, 0))
    .slots("2024-05-31", "04:30 05:30 06:30 07:30 08:30 09:30 10:30 11:30")
    .slots("2024-06-04", "04:30 05:30 06:30 07:30 08:30 09:30 10:30 11:30")
    .slots("2024-06-05", "04:30 05:30 06:30 07:30 08:30 09:30 10:30 11:30")
    .check();
    case(
        "cal-hold-by-other-blocks",
        "2026-06-15 01:30",
        ("2026-06-16 18:30", "2026-06-17 18:30"),
        "Asia/Kolkata",
    )
    .service(45, 45, GridKind::Clock)
    .notice(120)
    .weekly("Asia/Kolkata", &[(EVERY_DAY, "09:30", "17:30")])
    .held("2026-06-17 04:00", "2026-06-17 04:45", "2026-06-15 02:30")
    .excludes("2026-06-17", "04:00")
    .check();
    case(
        "cal-hold-expired-is-free",
        "2026-06-15 01:30",
        ("2026-06-16 18:30", "2026-06-17 18:30"),
        "Asia/Kolkata",
    )
    .service(45, 45, GridKind::Clock)
    .notice(120)
    .weekly("Asia/Kolkata", &[(EVERY_DAY, "09:30", "17:30")])
    .held("2026-06-17 04:00", "2026-06-17 04:45", "2026-06-15 00:30")
    .contains("2026-06-17", "04:00 04:45 05:30 06:15 07:00 07:45 08:30 09:15 10:00 10:45")
    .check();
    case(
        "cal-hold-other-service-blocks",
        "2026-06-15 01:30",
        ("2026-06-16 18:30", "2026-06-17 18:30"),
        "Asia/Kolkata",
    )
    .service(45, 45, GridKind::Clock)
    .notice(120)
    .weekly("Asia/Kolkata", &[(EVERY_DAY, "09:30", "17:30")])
    .held("2026-06-17 04:00", "2026-06-17 04:45", "2026-06-15 02:30")
    .contains("2026-06-17", "04:45 05:30 06:15 07:00 07:45 08:30 09:15 10:00 10:45")
    .excludes("2026-06-17", "04:00")
    .check();
    case("cal-holiday-any-of-one-free", "2026-06-25 00:00", ("2026-07-01 00:00", "2026-07-02 00:00"), "UTC")
        .service(60, 60, GridKind::Clock)
        .weekly("UTC", &[(WEEKDAYS, "09:00", "17:00")])
        .on("2026-07-01", &[])
        .weekly("UTC", &[(WEEKDAYS, "09:00", "17:00")])
        .slots("2026-07-01", "09:00 10:00 11:00 12:00 13:00 14:00 15:00 16:00")
        .count(8)
        .check();
    case("cal-holiday-all-of-one-off", "2026-06-25 00:00", ("2026-07-01 00:00", "2026-07-02 00:00"), "UTC")
        .service(60, 60, GridKind::Clock)
        .all_of_them()
        .weekly("UTC", &[(WEEKDAYS, "09:00", "17:00")])
        .on("2026-07-01", &[])
        .weekly("UTC", &[(WEEKDAYS, "09:00", "17:00")])
        .count(0)
        .check();
    case("crs-busy-hour", "2026-06-14 00:00", ("2026-06-15 00:00", "2026-06-16 00:00"), "UTC")
        .service(30, 30, GridKind::Opening)
        .weekly("UTC", &[(WEEKDAYS, "09:00", "17:00")])
        .busy("2026-06-15 10:00", "2026-06-15 11:00", (0, 0))
        .count(14)
        .excludes("2026-06-15", "10:00 10:30")
        .check();
    case("crs-buffer-15", "2026-06-14 00:00", ("2026-06-15 00:00", "2026-06-16 00:00"), "UTC")
        .service(30, 30, GridKind::Opening)
        .buffers(15, 15)
        .weekly("UTC", &[(WEEKDAYS, "09:00", "17:00")])
        .busy("2026-06-15 10:00", "2026-06-15 10:30", (0, 0))
        .contains("2026-06-15", "09:00 11:00")
        .excludes("2026-06-15", "09:30 10:00 10:30")
        .check();
    case("crs-interval-60", "2026-06-14 00:00", ("2026-06-15 00:00", "2026-06-16 00:00"), "UTC")
        .service(30, 60, GridKind::Opening)
        .weekly("UTC", &[(WEEKDAYS, "09:00", "17:00")])
        .slots("2026-06-15", "09:00 10:00 11:00 12:00 13:00 14:00 15:00 16:00")
        .check();
    case("crs-any-of-all-busy", "2026-06-14 00:00", ("2026-06-15 00:00", "2026-06-16 00:00"), "UTC")
        .service(30, 30, GridKind::Opening)
        .weekly("UTC", &[(WEEKDAYS, "09:00", "17:00")])
        .busy("2026-06-15 10:00", "2026-06-15 10:30", (0, 0))
        .weekly("UTC", &[(WEEKDAYS, "09:00", "17:00")])
        .busy("2026-06-15 10:00", "2026-06-15 10:30", (0, 0))
        .count(15)
        .excludes("2026-06-15", "10:00")
        .check();
    case("crs-ends-23-terminates", "2026-06-14 00:00", ("2026-06-15 00:00", "2026-06-16 00:00"), "UTC")
        .service(60, 60, GridKind::Opening)
        .weekly("UTC", &[(&[1, 2, 3, 4], "09:00", "23:00")])
        .count(14)
        .check();
    case("crs-limit-ignores-cancelled", "2026-06-14 00:00", ("2026-06-15 00:00", "2026-06-16 00:00"), "UTC")
        .service(30, 30, GridKind::Opening)
        .limit(Period::Day, Some(1), None)
        .weekly("UTC", &[(WEEKDAYS, "09:00", "17:00")])
        .count(16)
        .check();
    case("crs-limit-week", "2026-06-14 00:00", ("2026-06-15 00:00", "2026-06-20 00:00"), "UTC")
        .service(30, 30, GridKind::Opening)
        .limit(Period::Week, Some(1), None)
        .weekly("UTC", &[(WEEKDAYS, "09:00", "17:00")])
        .busy("2026-06-15 10:00", "2026-06-15 10:30", (0, 0))
        .count(0)
        .check();
    case(
        "crs-transparent-event-does-not-block",
        "2026-06-14 00:00",
        ("2026-06-17 22:00", "2026-06-18 22:00"),
        "Europe/Paris",
    )
    .service(60, 60, GridKind::Opening)
    .weekly("Europe/Paris", &[(WEEKDAYS, "09:00", "17:00")])
    .count(8)
    .check();
    case(
        "crs-same-day-compact-event-blocks",
        "2026-06-14 00:00",
        ("2026-06-17 22:00", "2026-06-18 22:00"),
        "Europe/Paris",
    )
    .service(60, 60, GridKind::Opening)
    .weekly("Europe/Paris", &[(WEEKDAYS, "09:00", "17:00")])
    .busy("2026-06-18 08:00", "2026-06-18 09:30", (0, 0))
    .count(6)
    .excludes("2026-06-18", "08:00 09:00")
    .check();
    case(
        "derived-ny-fall-fold",
        "2026-01-01 00:00",
        ("2026-11-01 04:00", "2026-11-02 05:00"),
        "America/New_York",
    )
    .service(60, 60, GridKind::Opening)
    .weekly("America/New_York", &[(EVERY_DAY, "00:00", "04:00")])
    .slots("2026-11-01", "04:00 05:00 06:00 07:00 08:00")
    .check();
    case(
        "derived-lord-howe-half-hour-dst",
        "2026-01-01 00:00",
        ("2026-10-03 13:30", "2026-10-04 13:00"),
        "Australia/Lord_Howe",
    )
    .service(60, 60, GridKind::Opening)
    .weekly("Australia/Lord_Howe", &[(EVERY_DAY, "01:00", "04:00")])
    .slots("2026-10-03", "14:30 15:30")
    .check();
}

#[test]
fn opening_hours() {
    let check = |name: &str,
                 zone: &str,
                 hours: Hours,
                 dates: &[(&str, &[(&str, &str)])],
                 asked: (&str, &str),
                 expected: &[(&str, &str)]| {
        let mut schedule = week(hours);
        schedule.overrides.extend(
            dates.iter().map(|(date, times)| (date.parse::<NaiveDate>().expect("a date"), windows(times))),
        );
        let open = schedule.open_within(span(asked.0, asked.1), zone.parse().expect("a zone"));
        assert_eq!(open, expected.iter().map(|(start, end)| span(start, end)).collect::<Vec<_>>(), "{name}");
    };
    // Clocks have gone back on 2023-11-05.
    let november: Vec<(String, String)> = (6..=30)
        .filter(|day| !matches!(day % 7, 4 | 5))
        .map(|day| (format!("2023-11-{day:02} 14:00"), format!("2023-11-{day:02} 22:00")))
        .collect();
    let november: Vec<(&str, &str)> =
        november.iter().map(|(start, end)| (start.as_str(), end.as_str())).collect();
    let new_york = "America/New_York";
    check(
        "dst-ny-nov-2023-after-change",
        new_york,
        &[(WEEKDAYS, "09:00", "17:00")],
        &[],
        ("2023-11-05 13:26:14", "2023-12-01 00:00"),
        &november,
    );
    check(
        "dst-ny-afternoon-spring-2026",
        new_york,
        &[(EVERY_DAY, "13:00", "18:00")],
        &[],
        ("2026-03-06 05:00", "2026-03-11 04:00"),
        &[
            ("2026-03-06 18:00", "2026-03-06 23:00"),
            ("2026-03-07 18:00", "2026-03-07 23:00"),
            ("2026-03-08 17:00", "2026-03-08 22:00"),
            ("2026-03-09 17:00", "2026-03-09 22:00"),
            ("2026-03-10 17:00", "2026-03-10 22:00"),
        ],
    );
    let june = ("2023-06-13 00:00", "2023-06-15 00:00");
    let day_off: &[(&str, &[(&str, &str)])] = &[("2023-06-13", &[])];
    let short_day: &[(&str, &[(&str, &str)])] = &[("2023-06-13", &[("10:00", "15:00")])];
    check(
        "override-replaces-weekly-ny",
        new_york,
        &[(WEEKDAYS, "08:00", "17:00")],
        short_day,
        june,
        &[("2023-06-13 14:00", "2023-06-13 19:00"), ("2023-06-14 12:00", "2023-06-14 21:00")],
    );
    let closed = [("2023-06-14 07:00", "2023-06-14 16:00")];
    check(
        "override-full-day-unavailable",
        "Europe/London",
        &[(WEEKDAYS, "08:00", "17:00")],
        day_off,
        june,
        &closed,
    );
    check(
        "past-midnight-merge-london",
        "Europe/London",
        &[(WEEKDAYS, "23:00", "24:00"), (&[2, 3, 4, 5, 6], "00:00", "00:30")],
        &[],
        june,
        &[("2023-06-13 22:00", "2023-06-13 23:30"), ("2023-06-14 22:00", "2023-06-14 23:30")],
    );
    check(
        "two-day-merge-london",
        "Europe/London",
        &[(&[1, 2], "00:00", "24:00")],
        &[],
        ("2023-06-11 00:00", "2023-06-14 00:00"),
        &[("2023-06-11 23:00", "2023-06-13 23:00")],
    );
    check(
        "end-before-start-skipped",
        new_york,
        &[(&[1, 2, 3], "08:00", "07:00")],
        &[],
        ("2023-11-07 00:00", "2023-11-09 00:00"),
        &[],
    );
    check(
        "no-matching-days",
        "UTC",
        &[(&[0, 6], "09:00", "17:00")],
        &[],
        ("2023-06-12 00:00", "2023-06-15 00:00"),
        &[],
    );
    check(
        "nettu-2359-leaves-one-minute-hole",
        "UTC",
        &[(EVERY_DAY, "00:00", "23:59")],
        &[],
        ("2021-03-31 22:00", "2021-04-01 22:00"),
        &[("2021-03-31 22:00", "2021-03-31 23:59"), ("2021-04-01 00:00", "2021-04-01 22:00")],
    );
    check(
        "crs-member-zone-not-host-zone",
        "Europe/Paris",
        &[(WEEKDAYS, "09:00", "17:00")],
        &[],
        ("2026-01-12 05:00", "2026-01-13 05:00"),
        &[("2026-01-12 08:00", "2026-01-12 16:00")],
    );
}

#[test]
fn intervals() {
    let list = |times: &[(&str, &str)]| merged(times.iter().map(|(start, end)| span(start, end)).collect());
    let day = |start: &str, end: &str| span(&format!("2023-06-12 {start}"), &format!("2023-06-12 {end}"));
    // subtract-two-busy
    let busy = list(&[("2023-07-05 04:45", "2023-07-05 05:00"), ("2023-07-05 04:00", "2023-07-05 04:15")]);
    let rest = list(&[("2023-07-05 04:15", "2023-07-05 04:45"), ("2023-07-05 05:00", "2023-07-05 12:00")]);
    assert_eq!(subtracted(&list(&[("2023-07-05 04:00", "2023-07-05 12:00")]), &busy), rest);
    // subtract-covers-all
    assert_eq!(subtracted(&[day("10:00", "14:00")], &[day("08:00", "18:00")]), []);
    // intersect-three
    let two = intersected(&[day("08:00", "14:00")], &[day("10:00", "16:00")]);
    assert_eq!(intersected(&two, &[day("12:00", "18:00")]), [day("12:00", "14:00")]);
    // intersect-touching
    assert_eq!(intersected(&[day("09:00", "12:00")], &[day("12:00", "17:00")]), []);
    // nettu-subtract-mixed
    let night = |times: &[(&str, &str)]| {
        merged(
            times
                .iter()
                .map(|(start, end)| span(&format!("1970-01-01 {start}"), &format!("1970-01-01 {end}")))
                .collect(),
        )
    };
    let free = night(&[("00:00", "01:11"), ("01:12", "01:14"), ("01:40", "02:20")]);
    let busy = night(&[("00:02", "00:40"), ("00:50", "01:10"), ("01:12", "01:15")]);
    assert_eq!(
        subtracted(&free, &busy),
        night(&[("00:00", "00:02"), ("00:40", "00:50"), ("01:10", "01:11"), ("01:40", "02:20")])
    );
}

fn occupation(appointment: Interval, seats: Option<u32>) -> Occupation {
    let resource_id = ResourceId::from_uuid(Uuid::from_u128(1));
    Occupation { resource_id, service_id: service_id(), appointment, buffers: Buffers::default(), seats }
}

fn execute(day: &mut AgendaDay, command: AgendaDayCommand) -> Result<(), AgendaDayError> {
    day.decide(command)?.into_iter().for_each(|event| day.evolve(event));
    Ok(())
}

#[test]
fn holds_and_seats() {
    let (now, id) = (at("2026-06-15 01:30"), |number| AppointmentId::from_uuid(Uuid::from_u128(number)));
    let room = |seats| Room { appointments: 1, seats };
    // cal-hold-cleanup: two of these four have run out.
    let mut day = AgendaDay::default();
    for (number, hour, until) in [(1, 4, "00:30"), (2, 5, "02:30"), (3, 6, "02:30"), (4, 7, "00:30")] {
        let appointment = Interval::starting(at(&format!("2026-06-17 0{hour}:00")), TimeDelta::minutes(45));
        let (occupation, expires_at) = (occupation(appointment, None), at(&format!("2026-06-15 {until}")));
        let hold = AgendaDayCommand::Hold {
            appointment_id: id(number),
            occupation,
            room: room(1),
            expires_at,
            now: at("2026-06-15 00:00"),
        };
        assert_eq!(execute(&mut day, hold), Ok(()));
    }
    assert_eq!(day.entries().filter(|(_, entry)| entry.occupies(now)).count(), 2);
    // cal-hold-seat-count: one of five seats is held.
    let slot = span("2026-06-17 04:00", "2026-06-17 04:45");
    let held =
        case("cal-hold-seat-count", "2026-06-15 01:30", ("2026-06-17 04:00", "2026-06-17 04:01"), "UTC")
            .service(45, 45, GridKind::Clock)
            .free(&[("2026-06-17 04:00", "2026-06-17 05:00")]);
    let held = Case {
        taken: vec![occupation(slot, Some(1))],
        service: ServiceDetails { seats: 5, ..held.service.clone() },
        ..held
    };
    let found = search(&held.rules(), &held, &Query::within(held.span, now, 9));
    assert_eq!(found.iter().map(|slot| slot.seats_left).collect::<Vec<_>>(), [Some(4)]);
    // nettu-group-capacity: as many as there are seats, and not one more. No seats at all cannot be said.
    for seats in [1, 2, 5, 10] {
        let mut day = AgendaDay::default();
        let mut book = |number| {
            let occupation = occupation(slot, (seats > 1).then_some(1));
            execute(
                &mut day,
                AgendaDayCommand::Book { appointment_id: id(number), occupation, room: room(seats), now },
            )
        };
        assert!((0..u128::from(seats)).all(|number| book(number).is_ok()));
        assert!(book(99).is_err());
    }
    // crs-overlap-conflict
    let mut day = AgendaDay::default();
    let mut book = |number, start: &str, end: &str| {
        let occupation = occupation(span(start, end), None);
        execute(
            &mut day,
            AgendaDayCommand::Book { appointment_id: id(number), occupation, room: room(1), now },
        )
    };
    assert_eq!(book(1, "2026-03-15 10:00", "2026-03-15 11:00"), Ok(()));
    assert_eq!(book(2, "2026-03-15 10:30", "2026-03-15 11:30"), Err(AgendaDayError::TimeTaken));
}
