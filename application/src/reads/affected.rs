//! Which appointments a change of the offer leaves without what they were booked for.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use frontdesk_domain::booking::affected::{Misfit, OnOffer, Standing};
use frontdesk_domain::kernel::ids::{AppointmentId, BusinessId, ResourceId, ServiceId};
use frontdesk_domain::scheduling::availability::rules::BusinessRules;
use frontdesk_domain::scheduling::business::Business;
use frontdesk_domain::scheduling::resource::{AddedResource, Resource};
use frontdesk_domain::scheduling::service::{Offered, Service};
use frontdesk_projections::appointments::{self, AppointmentRow, Appointments, Filter, Status};
use frontdesk_projections::page::PageRequest;
use tokio::task::JoinError;

use super::ReadError;
use crate::app::App;

/// Among how many appointments to come those are looked for that a change concerns.
const READ_MAX: usize = 10_000;
const PAGE: u16 = 1_000;
/// How long the list may take to show what was booked just before.
const PATIENCE: Duration = Duration::from_secs(3);

/// What changes.
#[derive(Debug, Clone, Copy)]
pub enum Changed {
    Business,
    Resource(ResourceId),
    Service(ServiceId),
}

/// The appointments to come that no longer fit, by their start.
#[derive(Debug)]
pub struct Affected {
    pub appointments: Vec<(AppointmentRow, BTreeSet<Misfit>)>,
    /// False if there are more appointments than are looked at, or the list was late.
    pub is_complete: bool,
}

/// A part of the offer as it was.
#[derive(Debug)]
pub enum Part {
    Business(BusinessRules),
    Resource(ResourceId, AddedResource),
    Service(ServiceId, Offered),
}

impl Part {
    /// As the log has it; `None` if there is no such thing.
    pub async fn current(app: &App, tenant: BusinessId, of: Changed) -> Result<Option<Self>, ReadError> {
        Ok(match of {
            Changed::Business => {
                let business = app.bus.current::<Business>(tenant).await?;
                business.registered().ok().map(|registered| Self::Business(registered.into()))
            }
            Changed::Resource(id) => {
                let resource = app.bus.current::<Resource>(id).await?;
                resource.known().ok().map(|known| Self::Resource(id, known.clone()))
            }
            Changed::Service(id) => {
                let service = app.bus.current::<Service>(id).await?;
                service.known().ok().map(|known| Self::Service(id, known.clone()))
            }
        })
    }

    /// The offer, with this in the place of what is there.
    fn put(self, mut on_offer: OnOffer) -> OnOffer {
        match self {
            Self::Business(business) => on_offer.business = business,
            Self::Resource(id, resource) => drop(on_offer.resources.insert(id, resource)),
            Self::Service(id, service) => drop(on_offer.services.insert(id, service)),
        }
        on_offer
    }
}

/// Looks at the appointments to come of what changes. What did not fit before, for the same reason, is not
/// named if it is known what was before. `would_be` puts in place what is not in the log.
pub async fn affected(
    app: &App,
    tenant: BusinessId,
    changed: Changed,
    before: Option<Part>,
    would_be: impl FnOnce(&mut OnOffer) + Send,
) -> Result<Affected, ReadError> {
    let head = app.log().head().await?;
    let is_reached = match app.positions.reach(&Appointments, head, PATIENCE).await {
        Ok(()) => true,
        Err(ReadError::Behind) => false,
        Err(error) => return Err(error),
    };
    let (rows, are_all) = to_come(app, tenant, changed).await?;
    let mut is = on_offer(app, tenant, &rows).await?;
    let was = before.map(|part| part.put(is.clone()));
    would_be(&mut is);
    let (rows, mut misfits) = compared(rows, was, is).await?;
    let appointments =
        rows.into_iter().filter_map(|row| misfits.remove(&row.id).map(|reasons| (row, reasons))).collect();
    Ok(Affected { appointments, is_complete: is_reached && are_all })
}

/// Those that are agreed on and not over, and whether these are all.
async fn to_come(
    app: &App,
    tenant: BusinessId,
    changed: Changed,
) -> Result<(Vec<AppointmentRow>, bool), ReadError> {
    let (resource_id, service_id) = match changed {
        Changed::Business => (None, None),
        Changed::Resource(id) => (Some(id), None),
        Changed::Service(id) => (None, Some(id)),
    };
    let filter = Filter {
        from: Some(app.bus.clock().now()),
        statuses: vec![Status::Requested, Status::Booked, Status::CheckedIn],
        resource_id,
        service_id,
        ..Filter::default()
    };
    let (mut rows, mut after) = (Vec::new(), None);
    while rows.len() < READ_MAX {
        let page = appointments::list(&app.pool, tenant, &filter, PageRequest { after, limit: PAGE }).await?;
        rows.extend(page.items);
        after = page.next;
        if after.is_none() {
            return Ok((rows, true));
        }
    }
    Ok((rows, false))
}

/// What these appointments are held against, as the log has it.
async fn on_offer(app: &App, tenant: BusinessId, rows: &[AppointmentRow]) -> Result<OnOffer, ReadError> {
    let services: BTreeSet<ServiceId> = rows.iter().map(|row| row.slot.service_id).collect();
    let resources: BTreeSet<ResourceId> = rows.iter().flat_map(|row| row.slot.resources.clone()).collect();
    let (services, resources): (Vec<_>, Vec<_>) =
        (services.into_iter().collect(), resources.into_iter().collect());
    let business = app.bus.current::<Business>(tenant).await?;
    let business =
        BusinessRules::from(business.registered().map_err(|error| ReadError::Refused(error.into()))?);
    let states = app.bus.current_of::<Service>(&services).await?;
    let known = |(id, state): (ServiceId, Arc<Service>)| Some((id, state.known().ok()?.clone()));
    let services: HashMap<_, _> = services.into_iter().zip(states).filter_map(known).collect();
    let states = app.bus.current_of::<Resource>(&resources).await?;
    let known = |(id, state): (ResourceId, Arc<Resource>)| Some((id, state.known().ok()?.clone()));
    let resources: HashMap<_, _> = resources.into_iter().zip(states).filter_map(known).collect();
    Ok(OnOffer { business, services, resources })
}

type Compared = (Vec<AppointmentRow>, BTreeMap<AppointmentId, BTreeSet<Misfit>>);

/// Away from the threads that answer: thousands of appointments take a while.
async fn compared(
    rows: Vec<AppointmentRow>,
    was: Option<OnOffer>,
    is: OnOffer,
) -> Result<Compared, ReadError> {
    let compare = move || {
        let standing: Vec<_> = rows
            .iter()
            .map(|row| Standing { id: row.id, slot: &row.slot, made_at: row.created_at })
            .collect();
        let mut misfits = is.misfits(&standing);
        for (id, known) in was.map(|was| was.misfits(&standing)).unwrap_or_default() {
            if let Some(new) = misfits.get_mut(&id) {
                new.retain(|misfit| !known.contains(misfit));
            }
        }
        misfits.retain(|_, new| !new.is_empty());
        (rows, misfits)
    };
    match tokio::task::spawn_blocking(compare).await.map_err(JoinError::try_into_panic) {
        Ok(compared) => Ok(compared),
        Err(Ok(panic)) => std::panic::resume_unwind(panic),
        // The process stops.
        Err(Err(_)) => Err(ReadError::Behind),
    }
}
