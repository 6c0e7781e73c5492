//! From an offer to what is booked, and to what is open instead.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::booking::appointment::{BookedSlot, OverriddenRule, RuleVersions};
use crate::kernel::ids::{AgendaDayId, CustomerId, QuotaId, ResourceId, ServiceId, StreamId};
use crate::kernel::recorded::Stream;
use crate::kernel::refusal::{Class, OpenInstead, Refusal};
use crate::kernel::work::{Failure, Work};
use crate::scheduling::agenda_day::AgendaDay;
use crate::scheduling::availability::booked::Booked;
use crate::scheduling::availability::offer::{self, SlotOffer};
use crate::scheduling::availability::rules::{BusinessRules, ResourceRules, Rules};
use crate::scheduling::availability::{Query, Search, Slot, Terms, Violation, assign, violations};
use crate::scheduling::business::Business;
use crate::scheduling::quota::Quota;
use crate::scheduling::resource::Resource;
use crate::scheduling::service::{Agreement, LimitOf, Service, ServiceDetails};
use crate::values::interval::Interval;
use crate::values::money::Money;
use crate::values::time::{LocalTime, Zone};

/// How many other slots a refusal offers, and how far it looks for them.
const ALTERNATIVES: usize = 3;
const ALTERNATIVES_WITHIN_DAYS: i64 = 21;
const SEARCH_CHUNK_DAYS: i64 = 7;

/// What an offer comes to.
#[derive(Debug)]
pub struct Plan {
    pub slot: BookedSlot,
    /// How many appointments each of its resources takes at a time.
    pub capacities: Vec<u32>,
    /// Seats of the class.
    pub seats: u32,
    /// The rules that it breaks, because the business wants it so.
    pub overridden: Vec<OverriddenRule>,
}

/// The streams that an offer names, or is likely to touch.
pub fn offer_streams(work: &impl Work, offer: &SlotOffer) -> Vec<Stream> {
    let mut streams = vec![Stream::of::<Business>(work.tenant()), Stream::of::<Service>(offer.service_id)];
    for resource in &offer.resources {
        streams.push(Stream::of::<Resource>(*resource));
        streams.extend(offer.time().utc_days().map(|day| Stream::of::<AgendaDay>(AgendaDayId::of(work.tenant(), *resource, day))));
    }
    streams
}

/// Those who want the same resource queue for it, whatever the day.
pub(crate) fn contended(offer: &SlotOffer) -> Vec<Uuid> {
    offer.resources.iter().map(|resource| resource.uuid()).collect()
}

/// What an offer comes to under the rules of now, with the resources that are free now. Notice, horizon and hours can be overridden.
pub async fn plan(work: &impl Work, offer: &SlotOffer, overrides: bool) -> Result<Plan, Failure> {
    work.preload(&offer_streams(work, offer)).await?;
    let business = work.load::<Business>(work.tenant()).await?;
    let service = work.load::<Service>(offer.service_id).await?;
    let details = service.state.bookable().map_err(Failure::refused)?.clone();
    let business_rules = BusinessRules::from(business.state.registered().map_err(Failure::refused)?);
    let time = offer.time();
    let chosen = choose(work, offer, &details).await?;
    let (mut resources, mut versions, mut capacities) = (Vec::new(), Vec::new(), Vec::new());
    for id in &chosen {
        let resource = work.load::<Resource>(*id).await?;
        versions.push(resource.version);
        if let Ok(known) = resource.state.bookable() {
            capacities.push(known.details.capacity);
            resources.push(ResourceRules::of(*id, known));
        }
    }
    let now = work.now();
    let rules = Rules { business: &business_rules, service_id: offer.service_id, service: &details, resources: &resources };
    let slot = Slot { time, resources: chosen, seats_left: None };
    must_stand(work, offer)?;
    let violations = violations(&rules, &slot, now);
    let overridden: Vec<_> = violations.iter().filter(|_| overrides).copied().filter_map(overridable).collect();
    let stands = |violation: &Violation| !overrides || overridable(*violation).is_none();
    if let Some(violation) = violations.into_iter().find(stands) {
        return Err(Failure::Refused(violated(violation)));
    }
    let slot = BookedSlot {
        service_id: offer.service_id,
        resources: slot.resources,
        time,
        local_start: LocalTime::of(time.start, business_rules.zone),
        buffers: details.buffers,
        seats: details.is_class().then_some(offer.seats.into()),
        limits: details.limits.clone(),
        agreement: Agreement { price: price(&details, offer), policy: details.policy },
        rules: RuleVersions { business: business.version, service: service.version, resources: versions },
    };
    Ok(Plan { slot, capacities, seats: details.seats, overridden })
}

/// Refuses an offer that has expired.
pub fn must_stand(work: &impl Work, offer: &SlotOffer) -> Result<(), Refusal> {
    if work.now() < offer.expires_at {
        return Ok(());
    }
    Err(Refusal::new("slot-token-expired", Class::Gone, "the slot token has expired; ask for the open slots again"))
}

/// Loads at once what plans for an offer at several times will look at, limits of its customer included.
pub async fn preload_plans(
    work: &impl Work,
    offer: &SlotOffer,
    starts: impl Iterator<Item = DateTime<Utc>>,
    customer_id: CustomerId,
) -> Result<(), Failure> {
    let service_id = offer.service_id;
    let Some(known) = ServiceRules::peek(work, service_id).await? else { return Ok(()) };
    let (rules, time) = (known.rules(), offer.time());
    let mut streams = BTreeSet::new();
    for time in starts.map(|start| Interval::starting(start, time.end - time.start)) {
        streams.extend(rules.days(work.tenant(), time).into_iter().map(|(id, _)| Stream::of::<AgendaDay>(id)));
        streams.extend(rules.limits(work.tenant(), time).into_keys().map(Stream::of::<Quota>));
        let date = known.business.zone.date(time.start);
        let customers = known.service.limits.iter().filter(|limit| limit.of == LimitOf::Customer);
        let quota = |limit| QuotaId::of(work.tenant(), service_id, limit, Some(customer_id.uuid()), limit.per.start(date));
        streams.extend(customers.map(|limit| Stream::of::<Quota>(quota(limit))));
    }
    Ok(work.preload(&Vec::from_iter(streams)).await?)
}

/// Of a class, for all seats that are taken.
fn price(service: &ServiceDetails, offer: &SlotOffer) -> Option<Money> {
    let seats = if service.is_class() { offer.seats } else { 1 };
    service.price.map(|price| Money { amount: price.amount.saturating_mul(seats.into()), ..price })
}

fn overridable(violation: Violation) -> Option<OverriddenRule> {
    match violation {
        Violation::ShortNotice => Some(OverriddenRule::MinimumNotice),
        Violation::TooFarAhead => Some(OverriddenRule::Horizon),
        Violation::Closed => Some(OverriddenRule::Hours),
        Violation::Past | Violation::WrongDuration | Violation::WrongResources => None,
    }
}

/// The resources of an offer; where others may take their place and one of them is no longer free, those that are.
async fn choose(work: &impl Work, offer: &SlotOffer, service: &ServiceDetails) -> Result<Vec<ResourceId>, Failure> {
    if offer.fixed || service.needs.iter().all(|need| need.any_of.len() == 1) {
        return Ok(offer.resources.clone());
    }
    let Some(known) = ServiceRules::peek(work, offer.service_id).await? else { return Ok(offer.resources.clone()) };
    let rules = known.rules();
    let agenda = booked(work, &rules, offer.time()).await?;
    if let Some(slot) = assign(&rules, &agenda, offer.terms(), offer.start, &offer.resources) {
        return Ok(slot.resources);
    }
    // Nobody is free, as far as this process knows.
    known.rest_on(work, offer.time()).await?;
    Ok(offer.resources.clone())
}

fn violated(violation: Violation) -> Refusal {
    let (slug, class) = match violation {
        Violation::Past => ("slot-in-the-past", Class::Gone),
        Violation::ShortNotice => ("slot-short-notice", Class::Conflict),
        Violation::TooFarAhead => ("slot-too-far-ahead", Class::Conflict),
        Violation::WrongDuration | Violation::Closed | Violation::WrongResources => ("slot-no-longer-offered", Class::Conflict),
    };
    Refusal::new(slug, class, violation.to_string())
}

/// A refusal about a time says what is open instead.
pub trait OrOffer<T> {
    async fn or_offer(self, work: &impl Work, service_id: ServiceId, near: DateTime<Utc>, terms: Terms) -> Result<T, Failure>;
}

impl<T: Send> OrOffer<T> for Result<T, Failure> {
    async fn or_offer(self, work: &impl Work, service_id: ServiceId, near: DateTime<Utc>, terms: Terms) -> Self {
        match self {
            Err(Failure::Refused(refusal)) => {
                let open = open_instead(work, service_id, near, terms).await?;
                Err(Failure::Refused(Refusal { open, ..refusal }))
            }
            result => result,
        }
    }
}

/// The next open slots at or after an instant; those from now on, if there are none.
pub async fn open_instead(
    work: &impl Work,
    service_id: ServiceId,
    near: DateTime<Utc>,
    terms: Terms,
) -> Result<Option<Box<OpenInstead>>, Failure> {
    let Some(known) = ServiceRules::peek(work, service_id).await? else { return Ok(None) };
    let now = work.now();
    let from = |start| {
        let span = Interval::starting(start, TimeDelta::days(ALTERNATIVES_WITHIN_DAYS));
        Query { terms, ..Query::within(span, now, ALTERNATIVES) }
    };
    let mut slots = known.search(work, from(near.max(now))).await?;
    if slots.is_empty() && near > now {
        slots = known.search(work, from(now)).await?;
    }
    Ok(Some(Box::new(handed_out(work, service_id, known.business.zone, &slots, terms))))
}

/// Slots as somebody may book them.
pub fn handed_out(work: &impl Work, service_id: ServiceId, zone: Zone, slots: &[Slot], terms: Terms) -> OpenInstead {
    let sign = |content: &[u8]| work.sign(offer::TOKEN, content);
    let open = |slot| SlotOffer::of(service_id, slot, terms, work.now()).open(slot, sign);
    OpenInstead { zone, slots: slots.iter().map(open).collect() }
}

/// A service with everything that it may need.
pub struct ServiceRules {
    pub business: BusinessRules,
    service_id: ServiceId,
    pub service: ServiceDetails,
    resources: Vec<ResourceRules>,
}

impl ServiceRules {
    pub async fn peek(work: &impl Work, service_id: ServiceId) -> Result<Option<Self>, Failure> {
        let business = work.peek::<Business>(work.tenant()).await?.state;
        let service = work.peek::<Service>(service_id).await?.state;
        let (Ok(business), Ok(service)) = (business.registered(), service.bookable()) else { return Ok(None) };
        let mut ids: Vec<ResourceId> = service.needs.iter().flat_map(|need| need.any_of.clone()).collect();
        ids.sort_unstable();
        ids.dedup();
        work.preload(&ids.iter().map(|id| Stream::of::<Resource>(*id)).collect::<Vec<_>>()).await?;
        let mut resources = Vec::new();
        for id in ids {
            let resource = work.peek::<Resource>(id).await?.state;
            resources.extend(resource.bookable().ok().map(|known| ResourceRules::of(id, known)));
        }
        Ok(Some(Self { business: business.into(), service_id, service: service.clone(), resources }))
    }

    pub fn rules(&self) -> Rules<'_> {
        Rules { business: &self.business, service_id: self.service_id, service: &self.service, resources: &self.resources }
    }

    pub async fn search(&self, work: &impl Work, query: Query) -> Result<Vec<Slot>, Failure> {
        let rules = self.rules();
        let mut search = Search::new(&rules, query);
        while let Some(span) = search.next_span(SEARCH_CHUNK_DAYS) {
            let booked = booked(work, &rules, span).await?;
            search.search_days(&booked, SEARCH_CHUNK_DAYS);
        }
        Ok(search.into_slots())
    }

    /// Lets the decision rest on what is booked over a span: where nothing is found there, nothing is open.
    pub async fn rest_on(&self, work: &impl Work, span: Interval) -> Result<(), Failure> {
        let rules = self.rules();
        booked(work, &rules, span).await?;
        for (day, _) in rules.days(work.tenant(), span) {
            work.load::<AgendaDay>(day).await?;
        }
        for limit in rules.limits(work.tenant(), span).into_keys() {
            work.load::<Quota>(limit).await?;
        }
        Ok(())
    }
}

/// What is booked over a span, as the aggregates know it.
async fn booked(work: &impl Work, rules: &Rules<'_>, span: Interval) -> Result<Booked, Failure> {
    let (days, limits) = (rules.days(work.tenant(), span), rules.limits(work.tenant(), span));
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
