//! The resources that can fill the needs of a service, and when each of them can.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::agenda::Agenda;
use super::rules::{ResourceRules, ServiceRules};
use crate::kernel::ids::ResourceId;
use crate::scheduling::agenda_day::{Buffers, Occupation, full};
use crate::scheduling::service::Terms;
use crate::scheduling::service::{Choice, Need};
use crate::values::interval::{Interval, merged, subtracted};
use crate::values::time::week_start;

/// The length of one start. Intervals of starts are half-open: the last start is one tick before the end.
pub const TICK: TimeDelta = TimeDelta::seconds(1);

/// The resources that can fill the needs of a service on any day.
#[derive(Debug)]
pub struct Pool<'a> {
    pub rules: &'a ServiceRules,
    terms: Terms,
    pub duration: TimeDelta,
    /// For each need.
    pub needs: Vec<Vec<Member<'a>>>,
    /// One resource of each kind of hours, so that equal hours are computed once a day.
    hours: Vec<&'a ResourceRules>,
}

#[derive(Debug, Clone, Copy)]
pub struct Member<'a> {
    pub resource: &'a ResourceRules,
    weight: u64,
    /// The index of its hours in [`Pool::hours`].
    pub hours: usize,
}

impl<'a> Pool<'a> {
    /// `None` if a need has no resource.
    pub fn of(rules: &'a ServiceRules, terms: Terms) -> Option<Self> {
        let service = &rules.service;
        // The resource that is asked for fills the first need that it can.
        let asked_for =
            terms.with.and_then(|id| service.needs.iter().position(|need| need.any_of.contains(&id)));
        if terms.seats > service.seats || terms.with.is_some() && asked_for.is_none() {
            return None;
        }
        let by_id: HashMap<ResourceId, &ResourceRules> =
            rules.resources.iter().map(|resource| (resource.id, resource)).collect();
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
                Some(Member {
                    resource,
                    weight: need.weights.get(place).copied().unwrap_or(1).max(1).into(),
                    hours,
                })
            };
            need.any_of.iter().enumerate().filter(|(_, id)| wanted(id)).filter_map(member).collect::<Vec<_>>()
        };
        let needs: Vec<Vec<Member>> =
            service.needs.iter().enumerate().map(|(number, need)| members(number, need)).collect();
        let duration = TimeDelta::minutes(terms.duration_minutes.unwrap_or(service.duration_minutes).into());
        (!needs.iter().any(Vec::is_empty)).then_some(Self { rules, terms, duration, needs, hours })
    }

    /// The opening times of each kind of hours, for appointments that start within a span.
    pub fn hours(&self, starts: Interval) -> Vec<Vec<Interval>> {
        let (needed, business) =
            (Interval::new(starts.start, starts.end + self.duration), &self.rules.business);
        let business_open = business.schedule.open_within(needed, business.zone);
        self.hours.iter().map(|resource| resource.hours_within(needed, business, &business_open)).collect()
    }

    /// The members for a need, in the order of choice on a date.
    pub fn in_order(&self, need: usize, agenda: &impl Agenda, date: NaiveDate) -> Vec<Member<'a>> {
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
                    let today = agenda
                        .taken(member.resource.id, day)
                        .filter_map(|taken| taken.appointment.intersection(day));
                    today.map(|time| (time.end - time.start).num_minutes()).sum()
                });
            }
            Choice::Balanced => {
                let week = dates(week_start(date), 7);
                let count =
                    |member: Member<'a>| (agenda.taken(member.resource.id, week).count() as u64, member);
                let mut shares: Vec<(u64, Member)> = members.into_iter().map(count).collect();
                // As fractions over a common denominator: counts a, b and weights v, w compare as a * w and b
                // * v.
                shares.sort_by(|(a, one), (b, other)| (a * other.weight).cmp(&(b * one.weight)));
                members = shares.into_iter().map(|(_, member)| member).collect();
            }
        }
        members
    }

    /// When an appointment with a resource can start. `None` if never.
    pub fn candidate(
        &self,
        resource: &ResourceRules,
        agenda: &impl Agenda,
        hours: &[Interval],
    ) -> Option<Candidate> {
        let (rules, duration) = (self.rules, self.duration);
        let open =
            if resource.time_off.is_empty() { hours.to_vec() } else { subtracted(hours, &resource.time_off) };
        let fits = open.iter().map(|open| Interval::new(open.start, open.end - duration + TICK));
        let fits: Vec<Interval> = fits.filter(|fit| !fit.is_empty()).collect();
        let buffers = &rules.service.buffers;
        let reach = Interval::new(fits.first()?.start, fits.last()?.end + duration)
            .padded(buffers.before(), buffers.after());
        let mut blocked: Vec<Interval> = match resource.capacity {
            0 | 1 => agenda
                .taken(resource.id, reach)
                .map(|taken| blocked(duration, buffers, taken.appointment, &taken.buffers))
                .collect(),
            several => {
                let full = full(agenda.taken(resource.id, reach), several);
                full.into_iter().map(|full| blocked(duration, buffers, full, &Buffers::default())).collect()
            }
        };
        let mut classes =
            if rules.service.is_class() { self.classes(resource, agenda, reach) } else { BTreeMap::new() };
        // No second class of the service begins with one that there is.
        blocked.extend(classes.keys().map(|start| Interval::starting(*start, TICK)));
        classes.retain(|start, left| self.can_join(resource, agenda, reach, &fits, *start, *left));
        let free = subtracted(&fits, &merged(blocked));
        (!free.is_empty() || !classes.is_empty()).then_some(Candidate {
            id: resource.id,
            open,
            free,
            classes,
        })
    }

    /// The classes that there are: their starts, with the seats left.
    fn classes(
        &self,
        resource: &ResourceRules,
        agenda: &impl Agenda,
        reach: Interval,
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
        classes
    }

    /// Whether a class has room for the seats that are asked for, and the resource for the class.
    fn can_join(
        &self,
        resource: &ResourceRules,
        agenda: &impl Agenda,
        reach: Interval,
        fits: &[Interval],
        start: DateTime<Utc>,
        left: u32,
    ) -> bool {
        let seat = Occupation {
            resource_id: resource.id,
            service_id: self.rules.service_id,
            appointment: Interval::starting(start, self.duration),
            buffers: self.rules.service.buffers,
            seats: Some(self.terms.seats),
        };
        let mut others = agenda.taken(resource.id, reach).filter(|taken| !taken.same_class(&seat));
        left >= self.terms.seats
            && fits.iter().any(|fit| fit.start <= start && start < fit.end)
            && match resource.capacity {
                0 | 1 => !others.any(|taken| taken.conflicts(&seat)),
                several => !full(others, several).iter().any(|full| full.overlaps(seat.padded())),
            }
    }
}

/// A resource that can fill a need at some starts.
pub struct Candidate {
    pub id: ResourceId,
    pub open: Vec<Interval>,
    /// The starts of an appointment that is no class.
    pub free: Vec<Interval>,
    /// Classes that can be joined: their starts, with the seats left.
    pub classes: BTreeMap<DateTime<Utc>, u32>,
}

/// The starts at which an appointment would overlap what is taken.
fn blocked(duration: TimeDelta, buffers: &Buffers, taken: Interval, of_taken: &Buffers) -> Interval {
    taken.padded(duration + buffers.until(of_taken) - TICK, of_taken.until(buffers))
}
