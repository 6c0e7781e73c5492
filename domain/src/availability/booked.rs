//! What is booked, gathered for a search: from the aggregates by a decision, from a read model by whoever only asks.

use std::collections::{BTreeMap, HashSet};

use chrono::{NaiveDate, TimeDelta};

use super::rules::Rules;
use super::search::{Agenda, Use};
use crate::agenda_day::Occupation;
use crate::service::{Choice, Limit, LimitOf, Period};
use crate::shared::ids::{AgendaDayId, AppointmentId, BusinessId, QuotaId, ResourceId, StreamId};
use crate::shared::interval::Interval;
use crate::shared::time::week_start;

/// A limit of the service in one period; of a limit by resource, that one's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LimitKey(LimitOf, Option<ResourceId>, Period, NaiveDate);

impl LimitKey {
    fn of(limit: &Limit, resource: Option<ResourceId>, from: NaiveDate) -> Self {
        Self(limit.of, resource, limit.per, from)
    }
}

impl Rules<'_> {
    /// The agenda days to gather before a search looks at a span.
    pub fn days(&self, tenant: BusinessId, span: Interval) -> Vec<AgendaDayId> {
        let (before, after) = self.reach();
        let choices = self.service.needs.iter().map(|need| self.weighed(need.choice, span));
        let days = choices.fold(span.padded(before, after), Interval::hull).utc_days();
        let of_resource = |id: ResourceId| days.clone().map(move |day| AgendaDayId::of(tenant, id, day));
        self.resources.iter().flat_map(|resource| of_resource(resource.id)).collect()
    }

    /// What a choice among those who are free in a span looks at: all of each local day, or of each week from Monday.
    fn weighed(&self, choice: Choice, span: Interval) -> Interval {
        let zone = self.business.zone;
        let (first, last) = (zone.date(span.start), zone.date(span.last()));
        let dates = |first, last: NaiveDate| Interval::new(zone.midnight(first), zone.midnight(last + TimeDelta::days(1)));
        match choice {
            Choice::Preferred => span,
            Choice::LeastBusy => dates(first, last),
            Choice::Balanced => dates(week_start(first), week_start(last) + TimeDelta::days(6)),
        }
    }

    /// The limits to gather with them.
    pub fn limits(&self, tenant: BusinessId, span: Interval) -> BTreeMap<QuotaId, LimitKey> {
        let (first, last) = (self.business.zone.date(span.start), self.business.zone.date(span.end));
        let mut found = BTreeMap::new();
        for limit in &self.service.limits {
            let whose: Vec<Option<ResourceId>> = match limit.of {
                LimitOf::Service => vec![None],
                LimitOf::Resource => self.resources.iter().map(|resource| Some(resource.id)).collect(),
                // Who asks for open slots is not known.
                LimitOf::Customer => vec![],
            };
            for from in first.iter_days().take_while(|date| *date <= last).map(|date| limit.per.start(date)) {
                found.extend(whose.iter().map(|resource| {
                    let id = QuotaId::of(tenant, self.service_id, limit, resource.map(StreamId::uuid), from);
                    (id, LimitKey::of(limit, *resource, from))
                }));
            }
        }
        found
    }
}

#[derive(Debug, Default)]
pub struct Booked {
    taken: BTreeMap<ResourceId, Vec<Occupation>>,
    used: BTreeMap<LimitKey, Use>,
    seen: HashSet<(ResourceId, AppointmentId)>,
}

impl Booked {
    /// An appointment over midnight UTC stands in both days; it is taken in once.
    pub fn take(&mut self, appointment: AppointmentId, occupation: Occupation) {
        if self.seen.insert((occupation.resource_id, appointment)) {
            self.taken.entry(occupation.resource_id).or_default().push(occupation);
        }
    }

    pub fn count(&mut self, limit: LimitKey, used: Use) {
        self.used.insert(limit, used);
    }
}

impl Agenda for Booked {
    fn taken(&self, resource: ResourceId, span: Interval) -> impl Iterator<Item = &Occupation> {
        self.taken.get(&resource).into_iter().flatten().filter(move |taken| taken.padded().overlaps(span))
    }

    fn used(&self, limit: &Limit, resource: Option<ResourceId>, from: NaiveDate) -> Use {
        self.used.get(&LimitKey::of(limit, resource, from)).copied().unwrap_or_default()
    }
}
