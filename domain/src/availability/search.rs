//! The search for open slots, and the check of one.
//!
//! Both say the same thing: a slot is open when it starts on the grid, late enough and not too late, and every need of the service finds
//! a resource of its own that is open for all of it and free for all of it and its buffers.

use chrono::{DateTime, NaiveDate, TimeDelta, Timelike, Utc};

use super::rules::{ResourceRules, Rules};
use super::when::{self, BadWhen};
use crate::shared::ids::ResourceId;
use crate::shared::interval::{Interval, intersected, merged, subtracted};
use crate::shared::time::{TimeOfDay, Zone, minute_of_day};
use crate::voice::languages::Language;

/// What is booked.
pub trait Agenda {
    /// The times of a resource that are taken, buffers included, in any order; at least all that overlap the span.
    fn busy(&self, resource: ResourceId, span: Interval) -> Vec<Interval>;
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
}

impl Query {
    pub fn within(span: Interval, now: DateTime<Utc>, limit: usize) -> Self {
        Self { span, from_time: TimeOfDay::START, to_time: TimeOfDay::END, now, limit }
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
    #[error("appointments do not start at that time")]
    OffGrid,
    #[error("that is outside opening hours")]
    Closed,
    #[error("that cannot be booked with these resources")]
    WrongResources,
}

/// The smallest step between two starts. Intervals of starts are half-open like all others, so the last start is one step in.
const TICK: TimeDelta = TimeDelta::seconds(1);

/// The open slots, in order of time.
pub fn search(rules: &Rules<'_>, agenda: &impl Agenda, query: &Query) -> Vec<Slot> {
    let earliest = query.span.start.max(query.now + rules.notice());
    let latest = query.span.end.min(query.now + rules.horizon() + TICK);
    let zone = rules.business.zone;
    let mut slots = Vec::new();
    if earliest >= latest {
        return slots;
    }
    let mut date = zone.date(earliest);
    while slots.len() < query.limit {
        let day = Interval::new(midnight(zone, date), midnight(zone, date + TimeDelta::days(1)));
        if day.start >= latest {
            break;
        }
        if let Some(starts) = day.intersection(Interval::new(earliest, latest)) {
            search_day(rules, agenda, query, starts, &mut slots);
        }
        date += TimeDelta::days(1);
    }
    slots
}

/// The slots that start within one day of the business.
fn search_day(rules: &Rules<'_>, agenda: &impl Agenda, query: &Query, starts: Interval, slots: &mut Vec<Slot>) {
    let needed = Interval::new(starts.start, starts.end + rules.duration());
    let business_open = rules.business.schedule.open_within(needed, rules.business.zone);
    let starts_of = |id: &ResourceId| {
        let resource = rules.resource(*id)?;
        let starts = possible_starts(rules, resource, agenda, starts, needed, &business_open);
        (!starts.is_empty()).then_some((*id, starts))
    };
    let needs: Vec<Vec<(ResourceId, Vec<Interval>)>> =
        rules.service.needs.iter().map(|need| need.any_of.iter().filter_map(starts_of).collect()).collect();
    let any_of = |need: &Vec<(ResourceId, Vec<Interval>)>| merged(need.iter().flat_map(|(_, starts)| starts.clone()).collect());
    let common = needs.iter().map(any_of).reduce(|all, one| intersected(&all, &one)).unwrap_or_default();
    for possible in common {
        for start in grid(rules.business.zone, rules.service.step_minutes, possible) {
            if slots.len() >= query.limit {
                return;
            }
            let time_of_day = minute_of_day(rules.business.zone.wall(start));
            if !(u32::from(query.from_time.minutes())..u32::from(query.to_time.minutes())).contains(&time_of_day) {
                continue;
            }
            if let Some(resources) = assign(&needs, start) {
                slots.push(Slot { time: Interval::starting(start, rules.duration()), resources });
            }
        }
    }
}

/// When an appointment with this resource may start: as half-open intervals of starts.
fn possible_starts(
    rules: &Rules<'_>,
    resource: &ResourceRules,
    agenda: &impl Agenda,
    starts: Interval,
    needed: Interval,
    business_open: &[Interval],
) -> Vec<Interval> {
    let open = resource.open_within(needed, rules.business, business_open);
    let fits = open.into_iter().map(|open| Interval::new(open.start, open.end - rules.duration() + TICK));
    let fits: Vec<_> = fits.filter(|fit| !fit.is_empty()).collect();
    if fits.is_empty() {
        return fits;
    }
    let occupied = needed.padded(rules.buffer_before(), rules.buffer_after());
    // A start is blocked when its padded appointment would overlap what is taken.
    let blocked = |busy: Interval| {
        Interval::new(busy.start - rules.duration() - rules.buffer_after() + TICK, busy.end + rules.buffer_before())
    };
    let blocked = merged(agenda.busy(resource.id, occupied).into_iter().map(blocked).collect());
    intersected(&subtracted(&fits, &blocked), &[starts])
}

/// One resource for each need, none twice.
fn assign(needs: &[Vec<(ResourceId, Vec<Interval>)>], start: DateTime<Utc>) -> Option<Vec<ResourceId>> {
    fn fill(needs: &[Vec<(ResourceId, Vec<Interval>)>], start: DateTime<Utc>, chosen: &mut Vec<ResourceId>) -> bool {
        let Some(need) = needs.get(chosen.len()) else { return true };
        for (id, starts) in need {
            let free = starts.iter().any(|possible| possible.start <= start && start < possible.end);
            if free && !chosen.contains(id) {
                chosen.push(*id);
                if fill(needs, start, chosen) {
                    return true;
                }
                chosen.pop();
            }
        }
        false
    }
    let mut chosen = Vec::with_capacity(needs.len());
    fill(needs, start, &mut chosen).then_some(chosen)
}

/// The instants of the grid within an interval: where the wall clock shows a multiple of the step since midnight.
fn grid(zone: Zone, step_minutes: u32, within: Interval) -> impl Iterator<Item = DateTime<Utc>> {
    let first = aligned(zone, step_minutes, within.start);
    std::iter::successors(Some(first), move |start| Some(aligned(zone, step_minutes, *start + TimeDelta::minutes(1))))
        .take_while(move |start| *start < within.end)
}

/// The first instant of the grid at or after another.
fn aligned(zone: Zone, step_minutes: u32, from: DateTime<Utc>) -> DateTime<Utc> {
    let mut at = from;
    if at.second() != 0 || at.nanosecond() != 0 {
        let whole = at.with_second(0).and_then(|at| at.with_nanosecond(0)).unwrap_or(at);
        at = whole + TimeDelta::minutes(1);
    }
    // The wall clock may jump on the way, so the next try is looked at again.
    loop {
        let wall = zone.wall(at);
        let beyond = minute_of_day(wall) % step_minutes;
        if beyond == 0 {
            return at;
        }
        let next = at + TimeDelta::minutes((step_minutes - beyond).into());
        // A step that does not divide the day starts anew at midnight.
        at = next.min(midnight(zone, wall.date() + TimeDelta::days(1)));
    }
}

fn midnight(zone: Zone, date: NaiveDate) -> DateTime<Utc> {
    zone.instants(TimeOfDay::START.on(date)).first()
}

/// Whether a slot keeps the rules. Whether its time is free is for the agenda to say.
pub fn check(rules: &Rules<'_>, slot: &Slot, now: DateTime<Utc>) -> Result<(), Violation> {
    let start = slot.time.start;
    if start <= now {
        return Err(Violation::Past);
    }
    if start < now + rules.notice() {
        return Err(Violation::ShortNotice);
    }
    if start > now + rules.horizon() {
        return Err(Violation::TooFarAhead);
    }
    let suits = |(need, id): (&crate::service::Need, &ResourceId)| need.any_of.contains(id);
    let needs = &rules.service.needs;
    let twice = slot.resources.iter().enumerate().any(|(index, id)| slot.resources[..index].contains(id));
    if slot.resources.len() != needs.len() || twice || !needs.iter().zip(&slot.resources).all(suits) {
        return Err(Violation::WrongResources);
    }
    if slot.time.end != start + rules.duration() || aligned(rules.business.zone, rules.service.step_minutes, start) != start {
        return Err(Violation::OffGrid);
    }
    // A window on each side, so that it is not cut at the edges of the slot.
    let around = slot.time.padded(TimeDelta::minutes(1), TimeDelta::minutes(1));
    let business_open = rules.business.schedule.open_within(around, rules.business.zone);
    for id in &slot.resources {
        let resource = rules.resource(*id).ok_or(Violation::WrongResources)?;
        if !resource.open_within(around, rules.business, &business_open).iter().any(|open| open.contains(slot.time)) {
            return Err(Violation::Closed);
        }
    }
    Ok(())
}
