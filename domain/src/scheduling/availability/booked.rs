//! What is booked, gathered by UTC day. A decision gathers it from aggregates, a query from a read model.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::agenda::{Agenda, Use};
use super::rules::ServiceRules;
use crate::kernel::ids::{AgendaDayId, BusinessId, CustomerId, QuotaId, ResourceId, ServiceId, StreamId};
use crate::scheduling::agenda_day::{AgendaEntry, Occupation};
use crate::scheduling::service::{Choice, Limit, LimitOf, Period};
use crate::values::interval::{Interval, utc_day};
use crate::values::time::week_start;

/// A resource on a UTC day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayKey(pub ResourceId, pub i32);

/// A limit of the service in one period. A limit by resource has a key for each resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LimitKey(LimitOf, Option<ResourceId>, Period, NaiveDate);

impl LimitKey {
    fn of(limit: &Limit, resource: Option<ResourceId>, from: NaiveDate) -> Self {
        Self(limit.of, resource, limit.per, from)
    }
}

impl ServiceRules {
    /// The agenda days to gather for a search of a span.
    pub fn days(&self, tenant: BusinessId, span: Interval) -> Vec<(AgendaDayId, DayKey)> {
        let choices = self.service.needs.iter().map(|need| self.weighed(need.choice, span));
        self.days_of(tenant, choices.fold(self.touched(span), Interval::hull))
    }

    /// The agenda days that say whether somebody is free in a span. Which of the free ones is chosen may rest
    /// on more days.
    pub fn touched_days(&self, tenant: BusinessId, span: Interval) -> Vec<(AgendaDayId, DayKey)> {
        self.days_of(tenant, self.touched(span))
    }

    /// The span with the buffers of what may be booked there.
    fn touched(&self, span: Interval) -> Interval {
        let (before, after) = self.reach();
        span.padded(before, after)
    }

    fn days_of(&self, tenant: BusinessId, span: Interval) -> Vec<(AgendaDayId, DayKey)> {
        let days = span.utc_days();
        let key = move |id, day| (AgendaDayId::of(tenant, id, day), DayKey(id, day));
        let of_resource = |id: ResourceId| days.clone().map(move |day| key(id, day));
        self.resources.iter().flat_map(|resource| of_resource(resource.id)).collect()
    }

    /// The time whose bookings a choice compares: the span, its local days, or its weeks from Monday.
    fn weighed(&self, choice: Choice, span: Interval) -> Interval {
        let zone = self.business.zone;
        let (first, last) = (zone.date(span.start), zone.date(span.last()));
        let dates = |first, last: NaiveDate| {
            Interval::new(zone.midnight(first), zone.midnight(last + TimeDelta::days(1)))
        };
        match choice {
            Choice::Preferred => span,
            Choice::LeastBusy => dates(first, last),
            Choice::Balanced => dates(week_start(first), week_start(last) + TimeDelta::days(6)),
        }
    }

    /// A customer's limits to gather for a search of a span.
    pub fn customer_limits(
        &self,
        tenant: BusinessId,
        span: Interval,
        customer: CustomerId,
    ) -> BTreeMap<QuotaId, LimitKey> {
        let mut found = BTreeMap::new();
        for limit in self.service.limits.iter().filter(|limit| limit.of == LimitOf::Customer) {
            for from in self.periods(limit, span) {
                let id = QuotaId::of(tenant, self.service_id, limit, Some(customer.uuid()), from);
                found.insert(id, LimitKey::of(limit, None, from));
            }
        }
        found
    }

    /// The first days of the periods of a limit that a span touches. They may repeat.
    fn periods(&self, limit: &Limit, span: Interval) -> impl Iterator<Item = NaiveDate> {
        let (first, last) = (self.business.zone.date(span.start), self.business.zone.date(span.end));
        let per = limit.per;
        first.iter_days().take_while(move |date| *date <= last).map(move |date| per.start(date))
    }

    /// The limits to gather for a search of a span.
    pub fn limits(&self, tenant: BusinessId, span: Interval) -> BTreeMap<QuotaId, LimitKey> {
        let mut found = BTreeMap::new();
        for limit in &self.service.limits {
            let whose: Vec<Option<ResourceId>> = match limit.of {
                LimitOf::Service => vec![None],
                LimitOf::Resource => self.resources.iter().map(|resource| Some(resource.id)).collect(),
                // A search need not know the customer: `customer_limits`.
                LimitOf::Customer => vec![],
            };
            for from in self.periods(limit, span) {
                found.extend(whose.iter().map(|resource| {
                    let id = QuotaId::of(tenant, self.service_id, limit, resource.map(StreamId::uuid), from);
                    (id, LimitKey::of(limit, *resource, from))
                }));
            }
        }
        found
    }
}

/// The entries of an agenda day, in order of their time, buffers included.
#[derive(Debug, Clone, Default)]
pub struct DayEntries(Arc<[(Interval, AgendaEntry)]>);

impl DayEntries {
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All but one that takes this time at an instant. Seats of a class may take the same, and a hold that has
    /// run out takes nothing.
    fn without(&self, occupation: &Occupation, now: DateTime<Utc>) -> Self {
        let mut left: Vec<_> = self.0.to_vec();
        let is_own = |entry: &AgendaEntry| entry.occupation == *occupation && entry.occupies(now);
        if let Some(own) = left.iter().position(|(_, entry)| is_own(entry)) {
            left.remove(own);
        }
        Self(left.into())
    }

    /// What they take in memory.
    pub fn bytes(&self) -> usize {
        size_of_val(&*self.0)
    }
}

impl FromIterator<AgendaEntry> for DayEntries {
    fn from_iter<I: IntoIterator<Item = AgendaEntry>>(entries: I) -> Self {
        let mut taken: Vec<_> = entries.into_iter().map(|entry| (entry.occupation.padded(), entry)).collect();
        taken.sort_unstable_by_key(|(time, _)| *time);
        Self(taken.into())
    }
}

/// What an appointment takes. Where it can be moved to, that is free.
#[derive(Debug, Clone)]
pub struct OwnTime {
    pub occupations: Vec<Occupation>,
    pub service_id: ServiceId,
    pub limits: Vec<Limit>,
    /// On the wall clock: of the periods of its limits.
    pub date: NaiveDate,
    pub minutes: u32,
}

/// What is booked as of an instant, by resource and UTC day.
#[derive(Debug)]
pub struct Booked {
    now: DateTime<Utc>,
    days: HashMap<ResourceId, BTreeMap<i32, DayEntries>>,
    used: BTreeMap<LimitKey, Use>,
}

impl Booked {
    pub fn at(now: DateTime<Utc>) -> Self {
        Self { now, days: HashMap::new(), used: BTreeMap::new() }
    }

    pub fn put(&mut self, DayKey(resource, day): DayKey, entries: DayEntries) {
        self.days.entry(resource).or_default().insert(day, entries);
    }

    pub fn count(&mut self, limit: LimitKey, used: Use) {
        self.used.insert(limit, used);
    }

    /// Leaves out what an appointment takes.
    pub fn without(mut self, own: &OwnTime, service_id: ServiceId) -> Self {
        for occupation in &own.occupations {
            let Some(days) = self.days.get_mut(&occupation.resource_id) else { continue };
            for day in occupation.padded().utc_days() {
                if let Some(entries) = days.get_mut(&day) {
                    *entries = entries.without(occupation, self.now);
                }
            }
        }
        let counts = |LimitKey(of, resource, per, from): &LimitKey| {
            let is_its =
                |limit: &Limit| limit.of == *of && limit.per == *per && limit.per.start(own.date) == *from;
            own.service_id == service_id
                && own.limits.iter().any(is_its)
                && resource.is_none_or(|id| own.occupations.iter().any(|taken| taken.resource_id == id))
        };
        for (_, used) in self.used.iter_mut().filter(|(limit, _)| counts(limit)) {
            *used = used.without(own.minutes);
        }
        self
    }
}

impl Agenda for Booked {
    fn taken(&self, resource: ResourceId, span: Interval) -> impl Iterator<Item = &Occupation> {
        let days = span.utc_days();
        let first = *days.start();
        let on_days = self.days.get(&resource).into_iter().flat_map(move |known| known.range(days.clone()));
        on_days.flat_map(move |(day, DayEntries(entries))| {
            let overlapping =
                entries.iter().take_while(move |(time, _)| time.start < span.end).filter(move |(time, _)| {
                    // What reaches over midnight stands in both days. It counts on the first one of the span.
                    span.start < time.end && (*day == first || utc_day(time.start) == *day)
                });
            overlapping.filter(|(_, entry)| entry.occupies(self.now)).map(|(_, entry)| &entry.occupation)
        })
    }

    fn used(&self, limit: &Limit, resource: Option<ResourceId>, from: NaiveDate) -> Use {
        self.used.get(&LimitKey::of(limit, resource, from)).copied().unwrap_or_default()
    }
}
