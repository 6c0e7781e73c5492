//! The search for open slots, from the read models.
//!
//! What the search needs is looked up in the caches ([`crate::kept`]), all of a step together, and what is missing in the database, in one
//! query. A slot that is found may have been taken a moment ago: that is decided when it is booked.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use frontdesk_domain::kernel::decider::Decider;
use frontdesk_domain::kernel::ids::{BusinessId, ResourceId, ServiceId, StreamId};
use frontdesk_domain::languages::Language;
use frontdesk_domain::scheduling::availability::booked::Booked;
use frontdesk_domain::scheduling::availability::rules::{BusinessRules, ResourceRules, Rules};
use frontdesk_domain::scheduling::availability::{Query, Search, Slot, Terms};
use frontdesk_domain::scheduling::business::Business;
use frontdesk_domain::scheduling::quota::Share;
use frontdesk_domain::scheduling::resource::Resource;
use frontdesk_domain::scheduling::service::{Service, ServiceDetails};
use frontdesk_domain::values::interval::Interval;
use frontdesk_domain::values::time::Zone;
use frontdesk_projections::directory::Directory;
use uuid::Uuid;

use crate::app::App;
use crate::http::problem::Problem;
use crate::kept::{Part, agendas, states};

/// So many open days are looked at first, because most searches find what they want in them; then twice as many, and so on.
const FIRST_DAYS: i64 = 1;

/// A service with all that it may need, as the read models have it.
#[derive(Debug, Clone)]
pub struct Offer {
    pub tenant: BusinessId,
    pub business: BusinessRules,
    /// Of the business: how days and times are said to it.
    pub language: Language,
    pub service_id: ServiceId,
    pub service: ServiceDetails,
    pub resources: Vec<ResourceRules>,
}

impl Offer {
    pub async fn find(app: &App, tenant: BusinessId, service_id: ServiceId) -> Result<Arc<Self>, Problem> {
        if let Some(kept) = app.kept.offer(service_id.uuid()).filter(|offer| offer.tenant == tenant) {
            return Ok(kept);
        }
        let known_business = app.look(&Directory, || state::<Business>(app, tenant, tenant.uuid())).await?.unwrap_or_default();
        let registered = known_business.registered().map_err(|error| Problem::not_found(error.to_string()))?;
        let (language, business) = (registered.profile.language, BusinessRules::from(registered));
        let known_service = app.look(&Directory, || state::<Service>(app, tenant, service_id.uuid())).await?.unwrap_or_default();
        let service = known_service.bookable().map_err(|error| Problem::refused(&error.into()))?.clone();
        let mut ids: Vec<Uuid> = service.needs.iter().flat_map(|need| &need.any_of).map(|id| id.uuid()).collect();
        ids.sort_unstable();
        ids.dedup();
        // What a service needs was there before it.
        let complete = async || {
            let found = states::<Resource>(app, tenant, &ids).await?;
            Ok::<_, Problem>((found.len() == ids.len()).then_some(found))
        };
        let resources = match app.look(&Directory, complete).await? {
            Some(resources) => resources,
            None => states(app, tenant, &ids).await?,
        };
        let rules =
            |(id, state): (&Uuid, &Arc<Resource>)| Some(ResourceRules::of(ResourceId::from_uuid(*id), state.bookable().ok()?));
        let rules = resources.iter().filter_map(rules).collect();
        let offer = Arc::new(Self { tenant, business, language, service_id, service, resources: rules });
        if resources.len() == ids.len() {
            let mut of: Vec<(Uuid, Part)> = vec![(tenant.uuid(), known_business), (service_id.uuid(), known_service)];
            of.extend(resources.into_iter().map(|(id, resource)| (id, resource as Part)));
            app.kept.keep_offer(offer.clone(), of);
        }
        Ok(offer)
    }

    pub fn zone(&self) -> Zone {
        self.business.zone
    }

    /// What is asked for, if the service is offered like that.
    pub fn terms(&self, duration_minutes: Option<u32>, seats: Option<u32>, with: Option<ResourceId>) -> Result<Terms, String> {
        let terms = Terms { duration_minutes, seats: seats.unwrap_or(1), with };
        self.service.allows(&terms).map(|()| terms).map_err(|error| error.to_string())
    }

    fn rules(&self) -> Rules<'_> {
        Rules { business: &self.business, service_id: self.service_id, service: &self.service, resources: &self.resources }
    }

    /// The open slots, in order of time.
    pub async fn open_slots(&self, app: &App, query: Query) -> Result<Vec<Slot>, Problem> {
        let rules = self.rules();
        let mut search = Search::new(&rules, query);
        let mut days = FIRST_DAYS;
        while let Some(span) = search.next_span(days) {
            let booked = booked(app, &rules, self.tenant, span, query.now).await?;
            search.search_days(&booked, days);
            days *= 2;
        }
        Ok(search.into_slots())
    }
}

/// What is booked over a span, as the read model knows it.
async fn booked(app: &App, rules: &Rules<'_>, tenant: BusinessId, span: Interval, now: DateTime<Utc>) -> Result<Booked, Problem> {
    let (days, limits) = (rules.days(tenant, span), rules.limits(tenant, span));
    let ids = days.iter().map(|(id, _)| id.uuid()).chain(limits.keys().map(|id| id.uuid()));
    let found = agendas(app, tenant, &ids.collect::<Vec<_>>()).await?;
    let (of_days, of_limits) = found.split_at(days.len());
    let mut booked = Booked::at(now);
    for ((_, day), agenda) in days.iter().zip(of_days) {
        booked.put(*day, agenda.day.clone());
    }
    for (limit, agenda) in limits.values().zip(of_limits) {
        booked.count(*limit, Share::total(agenda.shares.iter(), now));
    }
    Ok(booked)
}

async fn state<A: Decider>(app: &App, tenant: BusinessId, id: Uuid) -> Result<Option<Arc<A>>, Problem> {
    Ok(states(app, tenant, &[id]).await?.remove(&id))
}
