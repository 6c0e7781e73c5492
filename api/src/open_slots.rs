//! The search for open slots, from the read models.
//!
//! What the search needs is looked up in the cache, all keys of a step in one call, and what is missing in the database, in one query. A slot
//! that is found may have been taken a moment ago: that is decided when it is booked.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use cqrs_es::Aggregate;
use frontdesk_adapters::cache::Entry as Cached;
use frontdesk_domain::availability::booked::{Booked, LimitKey};
use frontdesk_domain::availability::rules::{BusinessRules, ResourceRules, Rules};
use frontdesk_domain::availability::{Query, Search, Slot, Terms, Use};
use frontdesk_domain::business::Business;
use frontdesk_domain::resource::Resource;
use frontdesk_domain::service::{Service, ServiceDetails};
use frontdesk_domain::shared::ids::{BusinessId, ResourceId, ServiceId, StreamId};
use frontdesk_domain::shared::interval::Interval;
use frontdesk_domain::shared::time::Zone;
use frontdesk_domain::voice::languages::Language;
use frontdesk_projections::agenda::{self, StreamAgenda, Taken};
use frontdesk_projections::directory::{self, Directory};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::app::App;
use crate::http::problem::Problem;

/// The days of this many are read at a time: most searches find what they want in the first few.
const CHUNK_DAYS: i64 = 7;

pub fn directory_key(id: Uuid) -> String {
    format!("directory:{id}")
}

pub fn agenda_key(id: Uuid) -> String {
    format!("agenda:{id}")
}

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
    pub async fn find(app: &App, tenant: BusinessId, service_id: ServiceId) -> Result<Self, Problem> {
        let business = app.look(&Directory, || state::<Business>(app, tenant, tenant.uuid())).await?.unwrap_or_default();
        let registered = business.registered().map_err(|error| Problem::not_found(error.to_string()))?;
        let (language, business) = (registered.profile.language, BusinessRules::from(registered));
        let service = app.look(&Directory, || state::<Service>(app, tenant, service_id.uuid())).await?.unwrap_or_default();
        let service = service.bookable().map_err(|error| Problem::refused(&error.into(), None))?.clone();
        let mut ids: Vec<Uuid> = service.needs.iter().flat_map(|need| &need.any_of).map(|id| id.uuid()).collect();
        ids.sort_unstable();
        ids.dedup();
        let resources = states::<Resource>(app, tenant, &ids).await?;
        let rules = |(id, state): (&Uuid, &Resource)| Some(ResourceRules::of(ResourceId::from_uuid(*id), state.bookable().ok()?));
        Ok(Self { tenant, business, language, service_id, service, resources: resources.iter().filter_map(rules).collect() })
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
        while let Some(span) = search.next(CHUNK_DAYS) {
            let booked = booked(app, &rules, self.tenant, span, query.now).await?;
            search.look(&booked, CHUNK_DAYS);
        }
        Ok(search.into_slots())
    }
}

/// What is booked over a span, as the read model knows it.
async fn booked(app: &App, rules: &Rules<'_>, tenant: BusinessId, span: Interval, now: DateTime<Utc>) -> Result<Booked, Problem> {
    let limits: BTreeMap<Uuid, LimitKey> = rules.limits(tenant, span).into_iter().map(|(id, key)| (id.uuid(), key)).collect();
    let days = rules.days(tenant, span).into_iter().map(StreamId::uuid);
    let ids: Vec<Uuid> = days.chain(limits.keys().copied()).collect();
    let mut booked = Booked::default();
    for (id, agenda) in agendas(app, tenant, &ids).await? {
        let mut used = Use::default();
        for entry in agenda.entries.into_iter().filter(|entry| entry.counts(now)) {
            match entry.taken {
                Taken::Time(occupation) => booked.take(entry.appointment_id, occupation),
                Taken::Minutes(minutes) => used = used.with(minutes),
            }
        }
        if let Some(limit) = limits.get(&id) {
            booked.count(*limit, used);
        }
    }
    Ok(booked)
}

/// What is taken of some days and limits: from the cache, and what it does not have from the read model.
async fn agendas(app: &App, tenant: BusinessId, ids: &[Uuid]) -> Result<Vec<(Uuid, StreamAgenda)>, Problem> {
    let keys: Vec<String> = ids.iter().map(|id| agenda_key(*id)).collect();
    let cached = app.cache.get(&keys).await;
    let (mut found, mut missing) = (Vec::with_capacity(ids.len()), Vec::new());
    for (id, entry) in ids.iter().zip(cached) {
        match entry.and_then(|entry| decoded(&entry)) {
            Some(agenda) => found.push((*id, agenda)),
            None => missing.push(*id),
        }
    }
    if !missing.is_empty() {
        let read = agenda::streams(&app.pool, tenant, &missing).await?;
        let entries = read.iter().map(|(id, agenda)| (agenda_key(*id), encoded(agenda.version, agenda)));
        app.cache.put(entries.collect()).await;
        found.extend(read);
    }
    Ok(found)
}

async fn state<A: Aggregate>(app: &App, tenant: BusinessId, id: Uuid) -> Result<Option<A>, Problem> {
    Ok(states(app, tenant, &[id]).await?.remove(&id))
}

/// Entries of the directory: from the cache, and those that it does not have from the read model.
pub async fn states<A: Aggregate>(app: &App, tenant: BusinessId, ids: &[Uuid]) -> Result<BTreeMap<Uuid, A>, Problem> {
    let keys: Vec<String> = ids.iter().map(|id| directory_key(*id)).collect();
    let cached = app.cache.get(&keys).await;
    let (mut found, mut missing) = (BTreeMap::new(), Vec::new());
    for (id, entry) in ids.iter().zip(cached) {
        // The tenant stands with the state: what belongs to another one is not found.
        match entry.and_then(|entry| decoded::<(Uuid, A)>(&entry)) {
            Some((owner, state)) if owner == tenant.uuid() => drop(found.insert(*id, state)),
            Some(_) => {}
            None => missing.push(*id),
        }
    }
    if !missing.is_empty() {
        let read = directory::find_all::<A>(&app.pool, tenant, &missing).await?;
        let entries = read.iter().map(|entry| (directory_key(entry.id), encoded(entry.version, &(tenant.uuid(), &entry.state))));
        app.cache.put(entries.collect()).await;
        found.extend(read.into_iter().map(|entry| (entry.id, entry.state)));
    }
    Ok(found)
}

fn encoded(version: i64, value: &impl Serialize) -> Cached {
    // What came out of JSON goes back into it.
    Cached { version, value: serde_json::to_vec(value).unwrap_or_default().into() }
}

fn decoded<T: DeserializeOwned>(entry: &Cached) -> Option<T> {
    serde_json::from_slice(&entry.value).ok()
}
