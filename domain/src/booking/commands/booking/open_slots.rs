//! The search for open slots within a decision, from the aggregates.

use crate::kernel::ids::{CustomerId, ServiceId};
use crate::kernel::recorded::Stream;
use crate::kernel::work::{Failure, Work};
use crate::scheduling::agenda_day::AgendaDay;
use crate::scheduling::availability::booked::Booked;
use crate::scheduling::availability::rules::ServiceRules;
use crate::scheduling::availability::{Query, Search, Slot};
use crate::scheduling::business::Business;
use crate::scheduling::quota::Quota;
use crate::scheduling::resource::Resource;
use crate::scheduling::service::Service;
use crate::values::interval::Interval;

/// How many days are loaded at once.
const SEARCH_CHUNK_DAYS: i64 = 7;

/// The rules of a service, without guarding them. `None` if it cannot be booked.
pub async fn rules_of(work: &impl Work, service_id: ServiceId) -> Result<Option<ServiceRules>, Failure> {
    let business = work.peek::<Business>(work.tenant()).await?.state;
    let service = work.peek::<Service>(service_id).await?.state;
    let (Ok(business), Ok(service)) = (business.registered(), service.bookable()) else { return Ok(None) };
    let ids = service.resources();
    work.preload(&ids.iter().map(|id| Stream::of::<Resource>(*id)).collect::<Vec<_>>()).await?;
    let mut resources = Vec::with_capacity(ids.len());
    for id in ids {
        resources.push((id, work.peek::<Resource>(id).await?.state));
    }
    let resources = resources.iter().map(|(id, resource)| (*id, resource.as_ref()));
    Ok(Some(ServiceRules::of(business, service_id, service, resources)))
}

/// The open slots, in order of time; to a customer, if one is named, only those that their limits leave.
pub async fn open_slots(
    work: &impl Work,
    rules: &ServiceRules,
    query: Query,
    customer: Option<CustomerId>,
) -> Result<Vec<Slot>, Failure> {
    let mut search = Search::new(rules, query);
    while let Some(span) = search.next_span(SEARCH_CHUNK_DAYS) {
        let booked = booked(work, rules, span, customer).await?;
        search.search_days(&booked, SEARCH_CHUNK_DAYS);
    }
    Ok(search.into_slots())
}

/// Guards the bookings over a span, for a decision that rests on nobody being free there.
pub async fn guard(work: &impl Work, rules: &ServiceRules, span: Interval) -> Result<(), Failure> {
    booked(work, rules, span, None).await?;
    for (day, _) in rules.touched_days(work.tenant(), span) {
        work.load::<AgendaDay>(day).await?;
    }
    guard_limits(work, rules, span).await
}

/// Guards what is used of the limits over a span.
pub async fn guard_limits(work: &impl Work, rules: &ServiceRules, span: Interval) -> Result<(), Failure> {
    for limit in rules.limits(work.tenant(), span).into_keys() {
        work.load::<Quota>(limit).await?;
    }
    Ok(())
}

/// What is booked over a span.
pub async fn booked(
    work: &impl Work,
    rules: &ServiceRules,
    span: Interval,
    customer: Option<CustomerId>,
) -> Result<Booked, Failure> {
    let (days, mut limits) = (rules.days(work.tenant(), span), rules.limits(work.tenant(), span));
    limits.extend(customer.into_iter().flat_map(|id| rules.customer_limits(work.tenant(), span, id)));
    let mut streams: Vec<Stream> = days.iter().map(|(id, _)| Stream::of::<AgendaDay>(*id)).collect();
    streams.extend(limits.keys().map(|id| Stream::of::<Quota>(*id)));
    work.preload(&streams).await?;
    let now = work.now();
    let mut booked = Booked::at(now);
    for (id, day) in days {
        booked.put(day, work.peek::<AgendaDay>(id).await?.state.entries().map(|(_, entry)| *entry).collect());
    }
    for (id, limit) in limits {
        booked.count(limit, work.peek::<Quota>(id).await?.state.used(now));
    }
    Ok(booked)
}
