//! Why a search has found nothing.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::agenda::{Agenda, Use};
use super::pool::Pool;
use super::query::Query;
use super::rules::{ResourceRules, ServiceRules};
use super::search::search;
use crate::kernel::ids::ResourceId;
use crate::scheduling::agenda_day::Occupation;
use crate::scheduling::service::{Grid, Horizon, Limit, Terms};
use crate::values::hours::Dates;
use crate::values::interval::Interval;
use crate::values::time::{Instants, TimeOfDay};

/// The longest span that is looked through for a time at which a service is offered.
const OFFERED_MAX: TimeDelta = TimeDelta::days(62);
/// How closely it is looked for a time at which it is open, and no appointment begins or fits.
const FINE_STEP_MINUTES: u32 = 5;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhyNone {
    /// It can be booked up to this date only.
    TooFar(NaiveDate),
    /// It can be booked from this instant on only.
    TooSoon(DateTime<Utc>),
    /// There is nobody who does it like that.
    Nobody,
    /// It is in the past.
    Passed,
    /// Clocks go forward over it.
    Skipped,
    /// It is open then, and not for as long as the service takes.
    TooLong,
    /// There would be time, and appointments do not begin then.
    OffGrid,
    /// The business is open, and nobody who does it is there.
    Away,
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
        return why_never(rules, one);
    }
    match search(rules, &Unlimited(agenda), &one).is_empty() {
        true => WhyNone::Full,
        false => WhyNone::LimitReached,
    }
}

/// Why nothing is open even if nothing is booked.
fn why_never(rules: &ServiceRules, query: Query) -> WhyNone {
    let (zone, notice) = (rules.business.zone, rules.notice());
    let finds = |rules: &ServiceRules, query: &Query| !search(rules, &Empty, query).is_empty();
    let date = zone.date(query.span.start);
    let is_one_day = query.span.end <= zone.midnight(date.succ_opt().unwrap_or(date));
    let is_named = is_one_day && query.from_time != TimeOfDay::START;
    if is_named && matches!(zone.instants(query.from_time.on(date)), Instants::None(_)) {
        return WhyNone::Skipped;
    }
    // What is left of today begins after the notice.
    let is_too_soon = notice > TimeDelta::zero() && query.span.start < query.now + notice;
    if is_too_soon && finds(rules, &Query { now: query.now - notice, ..query }) {
        return WhyNone::TooSoon(query.now + notice);
    }
    let asked_before = Query { now: query.span.start - notice, ..query };
    if query.span.start < query.now && finds(rules, &asked_before) {
        return WhyNone::Passed;
    }
    let mut shortest = rules.clone();
    shortest.service.grid = Grid { step_minutes: FINE_STEP_MINUTES, offset_minutes: 0, ..rules.service.grid };
    if finds(&shortest, &query) {
        return WhyNone::OffGrid;
    }
    shortest.service.duration_minutes = 1;
    let of_any_length = Terms { duration_minutes: None, ..query.terms };
    if finds(&shortest, &Query { terms: of_any_length, ..query }) {
        return WhyNone::TooLong;
    }
    let mut attended = rules.clone();
    for resource in &mut attended.resources {
        *resource = ResourceRules { capacity: resource.capacity, ..ResourceRules::new(resource.id) };
    }
    if finds(&attended, &query) { WhyNone::Away } else { WhyNone::Closed }
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
