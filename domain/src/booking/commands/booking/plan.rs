//! From an offer to the slot that is booked.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::open_slots::{booked, guard, rules_of};
use crate::booking::appointment::{BookedSlot, OverriddenRule, RuleVersions};
use crate::kernel::ids::{AgendaDayId, CustomerId, QuotaId, ResourceId, StreamId};
use crate::kernel::recorded::Stream;
use crate::kernel::refusal::{Class, Refusal};
use crate::kernel::work::{Failure, Work};
use crate::scheduling::agenda_day::AgendaDay;
use crate::scheduling::availability::offer::SlotOffer;
use crate::scheduling::availability::rules::ServiceRules;
use crate::scheduling::availability::{HeldTo, Slot, Violation, assign, violations};
use crate::scheduling::business::Business;
use crate::scheduling::quota::Quota;
use crate::scheduling::resource::Resource;
use crate::scheduling::service::{Agreement, LimitOf, Service, ServiceDetails};
use crate::values::interval::Interval;
use crate::values::money::Money;

/// An offer under the rules of now.
#[derive(Debug)]
pub struct Plan {
    pub slot: BookedSlot,
    /// How many appointments each resource takes at a time.
    pub capacities: Vec<u32>,
    /// Seats of the class.
    pub seats: u32,
    /// The rules that the business overrides.
    pub overridden: Vec<OverriddenRule>,
}

/// What need not be as the rules want it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Leeway<'a> {
    /// The business overrides its rules of notice, horizon and hours.
    pub overrides: bool,
    /// What is moved within its service: it keeps its length, and if its time stays, its resources.
    pub own: Option<&'a BookedSlot>,
}

impl<'a> Leeway<'a> {
    pub fn overriding(overrides: bool) -> Self {
        Self { overrides, own: None }
    }

    /// Of a booking that is moved to an offer.
    pub fn of_move(from: &'a BookedSlot, to: &SlotOffer, overrides: bool) -> Self {
        Self { overrides, own: Some(from).filter(|from| from.service_id == to.service_id) }
    }

    /// The resources that are taken before others that are free, too. Whoever asks again for a move that is made
    /// gets what they have.
    fn preferred(&self, offer: &'a SlotOffer) -> &'a [ResourceId] {
        let own = self.own.filter(|own| own.time == offer.time());
        own.map_or(&offer.resources, |own| &own.resources)
    }
}

/// The streams that booking an offer reads.
pub fn offer_streams(work: &impl Work, offer: &SlotOffer) -> Vec<Stream> {
    let mut streams = vec![Stream::of::<Business>(work.tenant()), Stream::of::<Service>(offer.service_id)];
    for resource in &offer.resources {
        streams.push(Stream::of::<Resource>(*resource));
        streams.extend(
            offer
                .time()
                .utc_days()
                .map(|day| Stream::of::<AgendaDay>(AgendaDayId::of(work.tenant(), *resource, day))),
        );
    }
    streams
}

/// Commands for the same resource queue for it.
pub(crate) fn contended(offer: &SlotOffer) -> Vec<Uuid> {
    offer.resources.iter().map(|resource| resource.uuid()).collect()
}

/// Applies the rules of now to an offer, with the resources that are free now. Notice, horizon and hours can
/// be overridden.
pub async fn plan(work: &impl Work, offer: &SlotOffer, leeway: Leeway<'_>) -> Result<Plan, Failure> {
    let Leeway { overrides, own } = leeway;
    let own_length = own.map(|own| own.time.end - own.time.start);
    work.preload(&offer_streams(work, offer)).await?;
    let business = work.load::<Business>(work.tenant()).await?;
    let service = work.load::<Service>(offer.service_id).await?;
    let details = service.state.bookable().map_err(Failure::refused)?;
    let registered = business.state.registered().map_err(Failure::refused)?;
    let chosen = choose(work, offer, details, leeway.preferred(offer)).await?;
    let mut loaded = Vec::with_capacity(chosen.len());
    for id in &chosen {
        loaded.push((*id, work.load::<Resource>(*id).await?));
    }
    let resources = loaded.iter().map(|(id, resource)| (*id, resource.state.as_ref()));
    let rules = ServiceRules::of(registered, offer.service_id, details, resources);
    must_stand(work, offer)?;
    let slot = Slot { time: offer.time(), resources: chosen, seats_left: None };
    let (now, offered_at) = (work.now(), offer.offered_at());
    let violations = violations(&rules, &slot, HeldTo { now, offered_at: offered_at.min(now), own_length });
    let overridden: Vec<_> =
        violations.iter().filter(|_| overrides).copied().filter_map(overridable).collect();
    let stands = |violation: &Violation| !overrides || overridable(*violation).is_none();
    if let Some(violation) = violations.into_iter().find(stands) {
        return Err(Failure::Refused(violated(violation)));
    }
    let capacities = slot
        .resources
        .iter()
        .filter_map(|id| rules.resource(*id))
        .map(|resource| resource.capacity)
        .collect();
    let versions = RuleVersions {
        business: business.version,
        service: service.version,
        resources: loaded.iter().map(|(_, resource)| resource.version).collect(),
    };
    let slot = BookedSlot {
        buffers: details.buffers,
        seats: details.is_class().then_some(offer.seats.into()),
        limits: details.limits.clone(),
        agreement: Agreement { price: price(details, offer), policy: details.policy.clone() },
        ..BookedSlot::new(offer.service_id, slot.resources, slot.time, rules.business.zone, versions)
    };
    Ok(Plan { slot, capacities, seats: details.seats, overridden })
}

/// Refuses an offer that has expired.
pub fn must_stand(work: &impl Work, offer: &SlotOffer) -> Result<(), Refusal> {
    if work.now() < offer.expires_at {
        return Ok(());
    }
    Err(Refusal::new(
        "slot-token-expired",
        Class::Gone,
        "the slot token has expired; ask for the open slots again",
    ))
}

/// Loads what plans for an offer at several times read, the customer's limits included, in one round trip.
pub async fn preload_plans(
    work: &impl Work,
    offer: &SlotOffer,
    starts: impl Iterator<Item = DateTime<Utc>>,
    customer_id: CustomerId,
) -> Result<(), Failure> {
    let service_id = offer.service_id;
    let Some(rules) = rules_of(work, service_id).await? else { return Ok(()) };
    let duration = offer.time().end - offer.start;
    let mut streams = BTreeSet::new();
    for time in starts.map(|start| Interval::starting(start, duration)) {
        streams
            .extend(rules.days(work.tenant(), time).into_iter().map(|(id, _)| Stream::of::<AgendaDay>(id)));
        streams.extend(rules.limits(work.tenant(), time).into_keys().map(Stream::of::<Quota>));
        let date = rules.business.zone.date(time.start);
        let customers = rules.service.limits.iter().filter(|limit| limit.of == LimitOf::Customer);
        let quota = |limit| {
            QuotaId::of(work.tenant(), service_id, limit, Some(customer_id.uuid()), limit.per.start(date))
        };
        streams.extend(customers.map(|limit| Stream::of::<Quota>(quota(limit))));
    }
    Ok(work.preload(&Vec::from_iter(streams)).await?)
}

/// For all seats of the offer.
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

/// The resources of an offer. If one is taken and the offer allows others, free resources replace them.
async fn choose(
    work: &impl Work,
    offer: &SlotOffer,
    service: &ServiceDetails,
    preferred: &[ResourceId],
) -> Result<Vec<ResourceId>, Failure> {
    if offer.fixed || service.needs.iter().all(|need| need.any_of.len() == 1) {
        return Ok(offer.resources.clone());
    }
    let Some(rules) = rules_of(work, offer.service_id).await? else { return Ok(offer.resources.clone()) };
    let agenda = booked(work, &rules, offer.time(), None).await?;
    if let Some(slot) = assign(&rules, &agenda, offer.terms(), offer.start, preferred) {
        return Ok(slot.resources);
    }
    // No resource is free. The bookings are guarded, because this process may have read old ones.
    guard(work, &rules, offer.time()).await?;
    Ok(offer.resources.clone())
}

fn violated(violation: Violation) -> Refusal {
    let (slug, class) = match violation {
        Violation::Past => ("slot-in-the-past", Class::Gone),
        Violation::ShortNotice => ("slot-short-notice", Class::Conflict),
        Violation::TooFarAhead => ("slot-too-far-ahead", Class::Conflict),
        Violation::WrongDuration | Violation::Closed | Violation::WrongResources => {
            ("slot-no-longer-offered", Class::Conflict)
        }
    };
    Refusal::new(slug, class, violation.to_string())
}
