//! The search for open slots, from the read models.
//!
//! What the search needs is looked up in the caches ([`super::cache`]), all of a step together, and what is
//! missing in the database, in one query. A slot that is found may have been taken a moment ago: that is
//! decided when it is booked.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use frontdesk_adapters::cache::weight_of;
use frontdesk_domain::kernel::decider::Decider;
use frontdesk_domain::kernel::ids::{BusinessId, ResourceId, ServiceId, StreamId};
use frontdesk_domain::kernel::refusal::{Class, Refusal};
use frontdesk_domain::languages::Language;
use frontdesk_domain::languages::when::Dates;
use frontdesk_domain::scheduling::availability::booked::{Booked, OwnTime};
use frontdesk_domain::scheduling::availability::rules::ServiceRules;
use frontdesk_domain::scheduling::availability::{Query, Search, Slot, Terms, WhyNone, why_none};
use frontdesk_domain::scheduling::business::{Business, BusinessError};
use frontdesk_domain::scheduling::quota::Share;
use frontdesk_domain::scheduling::resource::Resource;
use frontdesk_domain::scheduling::service::{BadTerms, Service};
use frontdesk_domain::values::interval::{BadPeriod, Interval};
use frontdesk_domain::values::phone::Country;
use frontdesk_domain::values::time::Zone;
use frontdesk_projections::directory::Directory;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use uuid::Uuid;

use super::ReadError;
use super::cache::{Part, ReadCache};
use super::positions::Positions;

/// So many open days are looked at first, because most searches find what they want in them; then twice as
/// many, and so on.
const FIRST_DAYS: i64 = 1;
/// It grows beyond this.
const OFFERS_EXPECTED: usize = 1_000;
const OFFER_BYTES_MAX: u64 = 16 << 20;

/// A service as it is offered, from the read models.
#[derive(Debug, Clone)]
pub struct Offer {
    pub tenant: BusinessId,
    /// Of the business: how days and times are said to it.
    pub language: Language,
    pub country: Option<Country>,
    pub rules: ServiceRules,
}

/// An offer, and the entries of the directory that it was made of.
struct Made {
    offer: Arc<Offer>,
    of: Vec<(Uuid, Part)>,
    /// It takes about as much as what it was made of.
    weight: u64,
}

#[derive(Clone)]
struct Weigh;

impl Weighter<Uuid, Arc<Made>> for Weigh {
    fn weight(&self, _: &Uuid, made: &Arc<Made>) -> u64 {
        made.weight
    }
}

/// Finds what is open. Offers are kept as long as nothing changes that they were made of.
pub struct OpenSlots {
    cache: Arc<ReadCache>,
    positions: Arc<Positions>,
    offers: Cache<Uuid, Arc<Made>, Weigh>,
}

impl OpenSlots {
    pub fn new(cache: Arc<ReadCache>, positions: Arc<Positions>) -> Self {
        Self { cache, positions, offers: Cache::with_weighter(OFFERS_EXPECTED, OFFER_BYTES_MAX, Weigh) }
    }

    fn kept(&self, tenant: BusinessId, service_id: ServiceId) -> Option<Arc<Offer>> {
        let made = self.offers.get(&service_id.uuid())?;
        let is_current =
            made.offer.tenant == tenant && made.of.iter().all(|(id, part)| self.cache.has(id, part));
        is_current.then(|| made.offer.clone())
    }

    /// A service as it is offered now.
    pub async fn offer(&self, tenant: BusinessId, service_id: ServiceId) -> Result<Arc<Offer>, ReadError> {
        if let Some(kept) = self.kept(tenant, service_id) {
            return Ok(kept);
        }
        let business = || self.state::<Business>(tenant, tenant.uuid());
        let known_business = self.positions.find(&Directory, business).await?.unwrap_or_default();
        let registered = known_business.registered().map_err(not_found)?;
        let service = || self.state::<Service>(tenant, service_id.uuid());
        let known_service = self.positions.find(&Directory, service).await?.unwrap_or_default();
        let service = known_service.bookable().map_err(Refusal::from)?;
        let ids: Vec<Uuid> = service.resources().into_iter().map(StreamId::uuid).collect();
        // What a service needs was there before it.
        let complete = async || {
            let found = self.cache.states::<Resource>(tenant, &ids).await?;
            Ok::<_, ReadError>((found.len() == ids.len()).then_some(found))
        };
        let resources = match self.positions.find(&Directory, complete).await? {
            Some(resources) => resources,
            None => self.cache.states(tenant, &ids).await?,
        };
        let of_service =
            resources.iter().map(|(id, resource)| (ResourceId::from_uuid(*id), resource.as_ref()));
        let rules = ServiceRules::of(registered, service_id, service, of_service);
        let (language, country) = (registered.profile.language, registered.profile.country);
        let offer = Arc::new(Offer { tenant, language, country, rules });
        if resources.len() == ids.len() {
            let weight = weight_of(known_business.as_ref())
                + weight_of(known_service.as_ref())
                + resources.values().map(|resource| weight_of(resource.as_ref())).sum::<u64>();
            let mut of: Vec<(Uuid, Part)> =
                vec![(tenant.uuid(), known_business), (service_id.uuid(), known_service)];
            of.extend(resources.into_iter().map(|(id, resource)| (id, resource as Part)));
            self.offers.insert(service_id.uuid(), Arc::new(Made { offer: offer.clone(), of, weight }));
        }
        Ok(offer)
    }

    /// The open slots of an offer, in order of time. To an appointment that is moved, what it takes itself
    /// counts as free.
    pub async fn search(
        &self,
        offer: &Offer,
        query: Query,
        own: Option<&OwnTime>,
    ) -> Result<Vec<Slot>, ReadError> {
        let mut search = Search::new(&offer.rules, query);
        let mut days = FIRST_DAYS;
        while let Some(span) = search.next_span(days) {
            let booked = self.booked(offer, span, query.now, own).await?;
            search.search_days(&booked, days);
            days *= 2;
        }
        Ok(search.into_slots())
    }

    /// Why a search has found nothing.
    pub async fn why_none(
        &self,
        offer: &Offer,
        query: Query,
        own: Option<&OwnTime>,
    ) -> Result<WhyNone, ReadError> {
        let booked = self.booked(offer, query.span, query.now, own).await?;
        Ok(why_none(&offer.rules, &booked, query))
    }

    /// What is booked over a span, as the read model knows it, but for what is moved.
    async fn booked(
        &self,
        Offer { rules, tenant, .. }: &Offer,
        span: Interval,
        now: DateTime<Utc>,
        own: Option<&OwnTime>,
    ) -> Result<Booked, ReadError> {
        let tenant = *tenant;
        let (days, limits) = (rules.days(tenant, span), rules.limits(tenant, span));
        let ids = days.iter().map(|(id, _)| id.uuid()).chain(limits.keys().map(|id| id.uuid()));
        let found = self.cache.agendas(tenant, &ids.collect::<Vec<_>>()).await?;
        let (of_days, of_limits) = found.split_at(days.len());
        let mut booked = Booked::at(now);
        for ((_, day), agenda) in days.iter().zip(of_days) {
            booked.put(*day, agenda.day.clone());
        }
        for (limit, agenda) in limits.values().zip(of_limits) {
            booked.count(*limit, Share::total(agenda.shares.iter(), now));
        }
        Ok(match own {
            Some(own) => booked.without(own, rules.service_id),
            None => booked,
        })
    }

    async fn state<A: Decider>(&self, tenant: BusinessId, id: Uuid) -> Result<Option<Arc<A>>, ReadError> {
        Ok(self.cache.states(tenant, &[id]).await?.remove(&id))
    }
}

fn not_found(error: BusinessError) -> Refusal {
    Refusal::new("not-found", Class::NotFound, error.to_string())
}

impl Offer {
    pub fn zone(&self) -> Zone {
        self.rules.business.zone
    }

    /// What is asked for, if the service is offered like that.
    pub fn terms(
        &self,
        duration_minutes: Option<u32>,
        seats: Option<u32>,
        with: Option<ResourceId>,
    ) -> Result<Terms, BadTerms> {
        let terms = Terms { duration_minutes, seats: seats.unwrap_or(1), with };
        self.rules.service.allows(&terms).map(|()| terms)
    }
}

/// Why a day cannot be searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadDay {
    #[error("is too far ahead")]
    TooFar,
    #[error(transparent)]
    Period(#[from] BadPeriod),
    #[error("{0} has passed")]
    Passed(NaiveDate),
}

/// At most this much is searched at once.
pub const SPAN_DAYS_MAX: i64 = 62;

/// All times of the dates that somebody has named, as many as are searched at once. Those without an end, and
/// those that nobody named, last so long.
pub fn dates_query(
    dates: Option<Dates>,
    zone: Zone,
    now: DateTime<Utc>,
    open_end: TimeDelta,
) -> Result<Query, BadDay> {
    let start = dates.map_or(now, |dates| zone.midnight(dates.first));
    let Some(last) = dates.and_then(|dates| dates.last) else {
        let start = start.max(now);
        return Ok(Query::within(Interval::checked(start, start + open_end)?, now, 0));
    };
    let end = zone.midnight(last.succ_opt().ok_or(BadDay::TooFar)?);
    if end <= now {
        return Err(BadDay::Passed(last));
    }
    let end = end.min(start.max(now) + TimeDelta::days(SPAN_DAYS_MAX));
    Ok(Query::within(Interval::checked(start, end)?, now, 0))
}
