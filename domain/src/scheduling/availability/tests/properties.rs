//! The search against its definition, for any hours, bookings and rules.

use super::*;

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
