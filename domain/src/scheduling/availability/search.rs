//! The search for open slots, and the check of one.
//!
//! Both say the same thing: a slot is open when it starts late enough and not too late, within what the service's limits leave, and every need
//! of the service finds a resource of its own that is open for all of it and has room for it and its buffers. The search offers those that
//! start on the grid.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::grid;
use super::rules::{ResourceRules, Rules};
use crate::kernel::ids::ResourceId;
use crate::languages::Language;
use crate::languages::when::{self, BadWhen};
use crate::scheduling::agenda_day::{Buffers, Occupation, full};
use crate::scheduling::service::{Choice, GridKind, Horizon, Limit, LimitOf, Need};
use crate::values::interval::{Interval, intersected, merged, subtracted};
use crate::values::time::{TimeOfDay, minute_of_day, week_start};

/// What is booked.
pub trait Agenda {
    /// What is taken of a resource, in any order; at least all that overlaps the span, buffers included.
    fn taken(&self, resource: ResourceId, span: Interval) -> impl Iterator<Item = &Occupation>;

    /// How much of one of the service's limits is used in the period that begins on a date; of a limit of resources, by this one.
    fn used(&self, limit: &Limit, resource: Option<ResourceId>, from: NaiveDate) -> Use;
}

/// How much of a limit is used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Use {
    pub bookings: u32,
    pub minutes: u32,
}

impl Use {
    /// One more booking of so many minutes.
    pub fn with(self, minutes: u32) -> Self {
        Self { bookings: self.bookings.saturating_add(1), minutes: self.minutes.saturating_add(minutes) }
    }

    /// Whether a limit leaves room for one more booking of so many minutes.
    pub fn allows(self, limit: &Limit, minutes: u32) -> bool {
        limit.bookings.is_none_or(|most| self.bookings < most)
            && limit.minutes.is_none_or(|most| self.minutes.saturating_add(minutes) <= most)
    }
}

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Query {
    /// Starts are in here.
    pub span: Interval,
    /// And at these times of the business's day.
    pub from_time: TimeOfDay,
    pub to_time: TimeOfDay,
    pub now: DateTime<Utc>,
    /// At most this many slots.
    pub limit: usize,
    pub terms: Terms,
}

/// For how long, for how many, with whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Terms {
    /// The service's own where none is asked for.
    pub duration_minutes: Option<u32>,
    /// Of a class.
    pub seats: u32,
    pub with: Option<ResourceId>,
}

impl Default for Terms {
    fn default() -> Self {
        Self { duration_minutes: None, seats: 1, with: None }
    }
}

impl Query {
    pub fn within(span: Interval, now: DateTime<Utc>, limit: usize) -> Self {
        let (from_time, to_time) = (TimeOfDay::START, TimeOfDay::END);
        Self { span, from_time, to_time, now, limit, terms: Terms::default() }
    }

    /// Only in this part of the day, and not before this time, as people say them.
    pub fn at(self, part_of_day: Option<&str>, time: Option<&str>, language: Language) -> Result<Self, BadWhen> {
        let mut query = self;
        let part = part_of_day.map(|part| when::part_of_day(part, language)).transpose()?;
        if let Some(part) = part {
            (query.from_time, query.to_time) = (part.from, part.to);
        }
        if let Some(time) = time {
            query.from_time = query.from_time.max(when::time(time, part, language)?);
        }
        Ok(query)
    }
}

/// A time that can be booked, with what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    pub time: Interval,
    /// One for each need of the service, in order.
    pub resources: Vec<ResourceId>,
    /// Of a class.
    pub seats_left: Option<u32>,
}

/// Which rule a slot breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    #[error("that time has passed")]
    Past,
    #[error("that is too short notice")]
    ShortNotice,
    #[error("that is too far ahead")]
    TooFarAhead,
    #[error("appointments of that length are not offered")]
    WrongDuration,
    #[error("that is outside opening hours")]
    Closed,
    #[error("that cannot be booked with these resources")]
    WrongResources,
}

/// Intervals of starts are half-open like all others, so the last start is one step in.
const TICK: TimeDelta = TimeDelta::seconds(1);

/// The open slots, in order of time.
pub fn search(rules: &Rules<'_>, agenda: &impl Agenda, query: &Query) -> Vec<Slot> {
    let mut search = Search::new(rules, *query);
    while search.is_under_way() {
        search.look(agenda, i64::MAX);
    }
    search.into_slots()
}

/// A search that goes on day by day, so that what is booked need not be read before it is looked at.
#[derive(Debug)]
pub struct Search<'a> {
    rules: &'a Rules<'a>,
    query: Query,
    pool: Option<Pool<'a>>,
    /// Starts that are asked for and allowed.
    starts: Interval,
    next: NaiveDate,
    last: NaiveDate,
    /// How many days with anything open may still come.
    days_left: u32,
    slots: Vec<Slot>,
}

impl<'a> Search<'a> {
    pub fn new(rules: &'a Rules<'a>, query: Query) -> Self {
        let zone = rules.business.zone;
        let today = zone.date(query.now);
        let allowed = rules.service.horizon.dates(today);
        let earliest = query.span.start.max(query.now + rules.notice()).max(zone.midnight(allowed.first));
        let latest = query.span.end.min(zone.midnight(allowed.last + TimeDelta::days(1)));
        let (first, days_left) = match rules.service.horizon {
            // Those before count, too.
            Horizon::AvailableDays { days } => (today, days),
            Horizon::Days { .. } | Horizon::BusinessDays { .. } | Horizon::Dates(_) => (zone.date(earliest), u32::MAX),
        };
        let (starts, pool) = (Interval::new(earliest, latest), Pool::of(rules, query.terms));
        let never = starts.is_empty() || pool.is_none();
        let last = if never { first - TimeDelta::days(1) } else { zone.date(latest - TICK) };
        Self { rules, query, pool, starts, next: first, last, days_left, slots: Vec::new() }
    }

    /// When anybody is open on the next days to look at, at most so many, after those on which nobody is: so much has to be gathered.
    /// None when the search is at its end.
    pub fn next(&mut self, days: i64) -> Option<Interval> {
        while self.is_under_way() {
            let last = self.last.min(self.next + TimeDelta::days(days - 1));
            let dates = self.next.iter_days().take_while(|date| *date <= last);
            if let Some(first) = self.open_on(self.next) {
                return Some(dates.skip(1).filter_map(|date| self.open_on(date)).fold(first, Interval::hull));
            }
            self.next += TimeDelta::days(1);
        }
        None
    }

    fn is_under_way(&self) -> bool {
        self.next <= self.last && self.days_left > 0 && self.slots.len() < self.query.limit
    }

    /// From the first opening of the pool on a date to its last closing.
    fn open_on(&self, date: NaiveDate) -> Option<Interval> {
        self.pool.as_ref()?.hours(self.day(date)).into_iter().flatten().reduce(Interval::hull)
    }

    fn day(&self, date: NaiveDate) -> Interval {
        let zone = self.rules.business.zone;
        Interval::new(zone.midnight(date), zone.midnight(date + TimeDelta::days(1)))
    }

    /// Looks at the next days, at most so many.
    pub fn look(&mut self, agenda: &impl Agenda, days: i64) {
        for _ in 0..days {
            if !self.is_under_way() {
                return;
            }
            let date = self.next;
            self.next += TimeDelta::days(1);
            if self.look_at(agenda, date) {
                self.days_left -= 1;
            }
        }
    }

    pub fn into_slots(self) -> Vec<Slot> {
        self.slots
    }

    /// Takes the slots of a day, and says whether anything is open on it.
    fn look_at(&mut self, agenda: &impl Agenda, date: NaiveDate) -> bool {
        let (rules, zone) = (self.rules, self.rules.business.zone);
        let Some(pool) = &self.pool else { return false };
        let Some(plan) = Plan::of(pool, agenda, self.day(date)) else { return false };
        let soonest = self.query.now + rules.notice();
        let times = u32::from(self.query.from_time.minutes())..u32::from(self.query.to_time.minutes());
        let mut anything = false;
        for start in plan.starts() {
            let asked_for = self.starts.start <= start && start < self.starts.end;
            if start < soonest || (anything && !asked_for) {
                continue;
            }
            let Some((resources, seats_left)) = plan.assign(start) else { continue };
            anything = true;
            if asked_for && times.contains(&minute_of_day(zone.wall(start))) && self.slots.len() < self.query.limit {
                self.slots.push(Slot { time: Interval::starting(start, pool.duration), resources, seats_left });
            }
            if self.slots.len() >= self.query.limit {
                break;
            }
        }
        anything
    }
}

/// Who may fill the needs of a service: what is the same on every day.
#[derive(Debug)]
pub(super) struct Pool<'a> {
    rules: &'a Rules<'a>,
    terms: Terms,
    duration: TimeDelta,
    /// For each need.
    needs: Vec<Vec<Member<'a>>>,
    /// One resource of all that have the same hours, so that these are read once a day.
    hours: Vec<&'a ResourceRules>,
}

#[derive(Debug, Clone, Copy)]
struct Member<'a> {
    resource: &'a ResourceRules,
    weight: u64,
    /// Whose hours it has.
    hours: usize,
}

impl<'a> Pool<'a> {
    /// None if nobody can fill one of the needs.
    pub(super) fn of(rules: &'a Rules<'a>, terms: Terms) -> Option<Self> {
        let service = rules.service;
        // Whoever is asked for fills the first need that they can fill.
        let asked_for = terms.with.and_then(|id| service.needs.iter().position(|need| need.any_of.contains(&id)));
        if terms.seats > service.seats || terms.with.is_some() && asked_for.is_none() {
            return None;
        }
        let by_id: HashMap<ResourceId, &ResourceRules> = rules.resources.iter().map(|resource| (resource.id, resource)).collect();
        let mut hours: Vec<&ResourceRules> = Vec::new();
        let mut members = |number: usize, need: &Need| {
            let wanted = |id: &ResourceId| asked_for != Some(number) || terms.with == Some(*id);
            let member = |(place, id): (usize, &ResourceId)| {
                let resource = *by_id.get(id)?;
                let known = hours.iter().position(|other| resource.has_hours_of(other));
                let hours = known.unwrap_or_else(|| {
                    hours.push(resource);
                    hours.len() - 1
                });
                Some(Member { resource, weight: need.weights.get(place).copied().unwrap_or(1).max(1).into(), hours })
            };
            need.any_of.iter().enumerate().filter(|(_, id)| wanted(id)).filter_map(member).collect::<Vec<_>>()
        };
        let needs: Vec<Vec<Member>> = service.needs.iter().enumerate().map(|(number, need)| members(number, need)).collect();
        let duration = TimeDelta::minutes(terms.duration_minutes.unwrap_or(service.duration_minutes).into());
        (!needs.iter().any(Vec::is_empty)).then_some(Self { rules, terms, duration, needs, hours })
    }

    /// For each kind of hours, when it is open for appointments that start within a span.
    fn hours(&self, starts: Interval) -> Vec<Vec<Interval>> {
        let (needed, business) = (Interval::new(starts.start, starts.end + self.duration), self.rules.business);
        let business_open = business.schedule.open_within(needed, business.zone);
        self.hours.iter().map(|resource| resource.hours_within(needed, business, &business_open)).collect()
    }

    /// Those who may fill a need, in the order in which they are chosen on a day.
    fn in_order(&self, need: usize, agenda: &impl Agenda, date: NaiveDate) -> Vec<Member<'a>> {
        let mut members = self.needs[need].clone();
        let dates = |first: NaiveDate, days: i64| {
            let zone = self.rules.business.zone;
            Interval::new(zone.midnight(first), zone.midnight(first + TimeDelta::days(days)))
        };
        match self.rules.service.needs[need].choice {
            Choice::Preferred => {}
            Choice::LeastBusy => {
                let day = dates(date, 1);
                members.sort_by_cached_key(|member| -> i64 {
                    let today = agenda.taken(member.resource.id, day).filter_map(|taken| taken.appointment.intersection(day));
                    today.map(|time| (time.end - time.start).num_minutes()).sum()
                });
            }
            Choice::Balanced => {
                let week = dates(week_start(date), 7);
                let count = |member: Member<'a>| (agenda.taken(member.resource.id, week).count() as u64, member);
                let mut shares: Vec<(u64, Member)> = members.into_iter().map(count).collect();
                // As fractions over a common denominator: counts a, b and weights v, w compare as a * w and b * v.
                shares.sort_by(|(a, one), (b, other)| (a * other.weight).cmp(&(b * one.weight)));
                members = shares.into_iter().map(|(_, member)| member).collect();
            }
        }
        members
    }

    /// When an appointment with a resource may start, if at all.
    fn candidate(&self, resource: &ResourceRules, agenda: &impl Agenda, hours: &[Interval]) -> Option<Candidate> {
        let (rules, duration) = (self.rules, self.duration);
        let open = if resource.time_off.is_empty() { hours.to_vec() } else { subtracted(hours, &resource.time_off) };
        let fits = open.iter().map(|open| Interval::new(open.start, open.end - duration + TICK));
        let fits: Vec<Interval> = fits.filter(|fit| !fit.is_empty()).collect();
        let buffers = &rules.service.buffers;
        let reach = Interval::new(fits.first()?.start, fits.last()?.end + duration).padded(buffers.before(), buffers.after());
        let blocked = match resource.capacity {
            0 | 1 => agenda
                .taken(resource.id, reach)
                .map(|taken| blocked(duration, buffers, taken.appointment, &taken.buffers))
                .collect(),
            several => {
                let full = full(agenda.taken(resource.id, reach), several);
                full.into_iter().map(|full| blocked(duration, buffers, full, &Buffers::default())).collect()
            }
        };
        let classes = if rules.service.is_class() { self.classes(resource, agenda, reach, &fits) } else { BTreeMap::new() };
        let free = subtracted(&fits, &merged(blocked));
        (!free.is_empty() || !classes.is_empty()).then_some(Candidate { id: resource.id, open, free, classes })
    }

    /// The classes that can be joined, with the seats that are left.
    fn classes(
        &self,
        resource: &ResourceRules,
        agenda: &impl Agenda,
        reach: Interval,
        fits: &[Interval],
    ) -> BTreeMap<DateTime<Utc>, u32> {
        let (rules, duration) = (self.rules, self.duration);
        let class = |taken: &&Occupation| {
            taken.seats.is_some()
                && taken.service_id == rules.service_id
                && taken.appointment.end - taken.appointment.start == duration
        };
        let mut classes = BTreeMap::new();
        for taken in agenda.taken(resource.id, reach).filter(class) {
            *classes.entry(taken.appointment.start).or_insert(0) += taken.seats.unwrap_or(0);
        }
        classes.values_mut().for_each(|taken| *taken = rules.service.seats.saturating_sub(*taken));
        classes.retain(|start, left| {
            let seat = Occupation {
                resource_id: resource.id,
                service_id: rules.service_id,
                appointment: Interval::starting(*start, duration),
                buffers: rules.service.buffers,
                seats: Some(self.terms.seats),
            };
            let in_the_way = |taken: &Occupation| !taken.same_class(&seat) && taken.conflicts(&seat);
            *left >= self.terms.seats
                && fits.iter().any(|fit| fit.start <= *start && *start < fit.end)
                && (resource.capacity > 1 || !agenda.taken(resource.id, reach).any(in_the_way))
        });
        classes
    }
}

/// A resource that may fill a need for some starts.
struct Candidate {
    id: ResourceId,
    open: Vec<Interval>,
    /// When an appointment of its own may start.
    free: Vec<Interval>,
    /// Classes that can be joined, by their start, with the seats that are left.
    classes: BTreeMap<DateTime<Utc>, u32>,
}

/// What is open for some starts, all on one day of the business.
pub(super) struct Plan<'p> {
    pool: &'p Pool<'p>,
    /// For each need, who may fill it, in the order in which they are chosen.
    needs: Vec<Vec<Candidate>>,
    starts: Interval,
}

impl<'p> Plan<'p> {
    pub(super) fn of(pool: &'p Pool<'p>, agenda: &impl Agenda, starts: Interval) -> Option<Self> {
        let rules = pool.rules;
        let date = rules.business.zone.date(starts.start);
        let minutes = u32::try_from(pool.duration.num_minutes()).unwrap_or(u32::MAX);
        let allows = |of: LimitOf, resource: Option<ResourceId>| {
            let mut limits = rules.service.limits.iter().filter(|limit| limit.of == of);
            limits.all(|limit| agenda.used(limit, resource, limit.per.start(date)).allows(limit, minutes))
        };
        if !allows(LimitOf::Service, None) {
            return None;
        }
        let hours = pool.hours(starts);
        let mut needs = Vec::with_capacity(pool.needs.len());
        for need in 0..pool.needs.len() {
            let members = pool.in_order(need, agenda, date).into_iter();
            let suit = members.filter(|member| allows(LimitOf::Resource, Some(member.resource.id)));
            let candidate = |member: Member<'_>| pool.candidate(member.resource, agenda, &hours[member.hours]);
            let candidates: Vec<Candidate> = suit.filter_map(candidate).collect();
            if candidates.is_empty() {
                return None;
            }
            needs.push(candidates);
        }
        Some(Self { pool, needs, starts })
    }

    /// The starts on the grid, in order; each need has somebody who is free then, not always somebody of its own.
    fn starts(&self) -> Vec<DateTime<Utc>> {
        let rules = self.pool.rules;
        let common = |of: &dyn Fn(&Candidate) -> &[Interval]| {
            let any_of = |need: &Vec<Candidate>| merged(need.iter().flat_map(|one| of(one).iter().copied()).collect());
            self.needs.iter().map(any_of).reduce(|all, one| intersected(&all, &one)).unwrap_or_default()
        };
        let free = intersected(&common(&|candidate| &candidate.free), &[self.starts]);
        let openings = match rules.service.grid.kind {
            GridKind::Opening => intersected(&common(&|candidate| &candidate.open), &[self.starts]),
            GridKind::Clock | GridKind::Tight => Vec::new(),
        };
        let mut starts = grid::starts(rules.service.grid, rules.business.zone, &free, &openings);
        let classes = self.needs.iter().take(1).flatten().flat_map(|candidate| candidate.classes.keys().copied());
        starts.extend(classes);
        starts.sort_unstable();
        starts.dedup();
        starts
    }

    /// One resource for each need, none twice; of a class, those that it has already.
    pub(super) fn assign(&self, start: DateTime<Utc>) -> Option<(Vec<ResourceId>, Option<u32>)> {
        let seats_left = self.needs.iter().flatten().filter_map(|candidate| candidate.classes.get(&start)).min();
        if let Some(left) = seats_left
            && let Some(resources) = self.fill(|candidate| candidate.classes.contains_key(&start))
        {
            return Some((resources, Some(*left)));
        }
        let free = |candidate: &Candidate| candidate.free.iter().any(|free| free.start <= start && start < free.end);
        self.fill(free).map(|resources| (resources, None))
    }

    fn fill(&self, suits: impl Fn(&Candidate) -> bool) -> Option<Vec<ResourceId>> {
        fn fill(needs: &[Vec<Candidate>], suits: &impl Fn(&Candidate) -> bool, chosen: &mut Vec<ResourceId>) -> bool {
            let Some(need) = needs.get(chosen.len()) else { return true };
            for candidate in need.iter().filter(|candidate| suits(candidate)) {
                if !chosen.contains(&candidate.id) {
                    chosen.push(candidate.id);
                    if fill(needs, suits, chosen) {
                        return true;
                    }
                    chosen.pop();
                }
            }
            false
        }
        let mut chosen = Vec::with_capacity(self.needs.len());
        fill(&self.needs, &suits, &mut chosen).then_some(chosen)
    }
}

/// The resources for a start, those that are preferred before all others.
pub fn assign(
    rules: &Rules<'_>,
    agenda: &impl Agenda,
    terms: Terms,
    start: DateTime<Utc>,
    preferred: &[ResourceId],
) -> Option<Slot> {
    let pool = Pool::of(rules, terms)?;
    let mut plan = Plan::of(&pool, agenda, Interval::starting(start, TICK))?;
    for (place, need) in plan.needs.iter_mut().enumerate() {
        need.sort_by_key(|candidate| preferred.get(place) != Some(&candidate.id));
    }
    let (resources, seats_left) = plan.assign(start)?;
    Some(Slot { time: Interval::starting(start, pool.duration), resources, seats_left })
}

/// The starts at which an appointment would be in the way of what is taken.
fn blocked(duration: TimeDelta, buffers: &Buffers, taken: Interval, of_taken: &Buffers) -> Interval {
    taken.padded(duration + buffers.until(of_taken) - TICK, of_taken.until(buffers))
}

/// The rules that a slot breaks. Whether there is room for it is for the agenda to say, and what is left of the limits for those who count.
pub fn violations(rules: &Rules<'_>, slot: &Slot, now: DateTime<Utc>) -> Vec<Violation> {
    let (start, zone) = (slot.time.start, rules.business.zone);
    let too_far = !rules.service.horizon.dates(zone.date(now)).contains(zone.date(start));
    let too_soon =
        if start <= now { Some(Violation::Past) } else { (start < now + rules.notice()).then_some(Violation::ShortNotice) };
    let too_far = too_far.then_some(Violation::TooFarAhead);
    [too_soon, too_far, check_resources(rules, slot).err()].into_iter().flatten().collect()
}

/// Whether the resources of a slot serve its service and are open for all of it.
fn check_resources(rules: &Rules<'_>, slot: &Slot) -> Result<(), Violation> {
    let (start, zone) = (slot.time.start, rules.business.zone);
    let suits = |(need, id): (&Need, &ResourceId)| need.any_of.contains(id);
    let needs = &rules.service.needs;
    let twice = slot.resources.iter().enumerate().any(|(index, id)| slot.resources[..index].contains(id));
    if slot.resources.len() != needs.len() || twice || !needs.iter().zip(&slot.resources).all(suits) {
        return Err(Violation::WrongResources);
    }
    if !rules.service.durations().any(|minutes| slot.time.end - start == TimeDelta::minutes(minutes.into())) {
        return Err(Violation::WrongDuration);
    }
    // A window on each side, so that it is not cut at the edges of the slot.
    let around = slot.time.padded(TimeDelta::minutes(1), TimeDelta::minutes(1));
    let business_open = rules.business.schedule.open_within(around, zone);
    for id in &slot.resources {
        let resource = rules.resource(*id).ok_or(Violation::WrongResources)?;
        if !resource.open_within(around, rules.business, &business_open).iter().any(|open| open.contains(slot.time)) {
            return Err(Violation::Closed);
        }
    }
    Ok(())
}
