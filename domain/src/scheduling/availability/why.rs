//! Why a search has found nothing.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::agenda::{Agenda, Use};
use super::pool::Pool;
use super::query::Query;
use super::rules::ServiceRules;
use super::search::search;
use crate::kernel::ids::ResourceId;
use crate::scheduling::agenda_day::Occupation;
use crate::scheduling::service::{Horizon, Limit};
use crate::values::hours::Dates;
use crate::values::interval::Interval;

/// The longest span that is looked through for a time at which a service is offered.
const OFFERED_MAX: TimeDelta = TimeDelta::days(62);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhyNone {
    /// It can be booked up to this date only.
    TooFar(NaiveDate),
    /// It can be booked from this instant on only.
    TooSoon(DateTime<Utc>),
    /// There is nobody who does it like that.
    Nobody,
    /// Nobody is open then.
    Closed,
    /// All that may be booked in the period is.
    LimitReached,
    /// Everything is taken.
    Full,
}

/// Whether there are times for a query at all: if nothing was booked, whatever the notice and the horizon. A
/// query of more days than are looked at may have them later.
pub fn is_offered(rules: &ServiceRules, query: Query) -> bool {
    let (zone, mut span) = (rules.business.zone, query.span);
    if span.end - span.start > OFFERED_MAX {
        return true;
    }
    span.start = span.start.max(query.now);
    let mut rules = rules.clone();
    rules.service.minimum_notice_minutes = 0;
    rules.service.horizon = Horizon::Dates(Dates { first: zone.date(span.start), last: zone.date(span.end) });
    !search(&rules, &Empty, &Query { limit: 1, span, ..query }).is_empty()
}

/// Why nothing is open to a query whose search over this agenda has found nothing.
pub fn why_none(rules: &ServiceRules, agenda: &impl Agenda, query: Query) -> WhyNone {
    let zone = rules.business.zone;
    let last = rules.service.horizon.dates(zone.date(query.now)).last;
    let soonest = query.now + rules.notice();
    if last.succ_opt().is_some_and(|after| zone.midnight(after) <= query.span.start) {
        return WhyNone::TooFar(last);
    }
    if query.span.end <= soonest {
        return WhyNone::TooSoon(soonest);
    }
    if Pool::of(rules, query.terms).is_none() {
        return WhyNone::Nobody;
    }
    let one = Query { limit: 1, ..query };
    if search(rules, &Empty, &one).is_empty() {
        // What is left of today begins after the notice.
        let without_notice = Query { now: query.now - rules.notice(), ..one };
        let is_too_soon = rules.notice() > TimeDelta::zero()
            && query.span.start < soonest
            && !search(rules, &Empty, &without_notice).is_empty();
        return if is_too_soon { WhyNone::TooSoon(soonest) } else { WhyNone::Closed };
    }
    match search(rules, &Unlimited(agenda), &one).is_empty() {
        true => WhyNone::Full,
        false => WhyNone::LimitReached,
    }
}

/// Nothing is booked.
struct Empty;

impl Agenda for Empty {
    fn taken(&self, _: ResourceId, _: Interval) -> impl Iterator<Item = &Occupation> {
        std::iter::empty()
    }

    fn used(&self, _: &Limit, _: Option<ResourceId>, _: NaiveDate) -> Use {
        Use::default()
    }
}

/// What is booked counts towards no limit.
struct Unlimited<'a, A>(&'a A);

impl<A: Agenda> Agenda for Unlimited<'_, A> {
    fn taken(&self, resource: ResourceId, span: Interval) -> impl Iterator<Item = &Occupation> {
        self.0.taken(resource, span)
    }

    fn used(&self, _: &Limit, _: Option<ResourceId>, _: NaiveDate) -> Use {
        Use::default()
    }
}
