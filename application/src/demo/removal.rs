//! Taking the demonstration back: what it has stands in the log, and is over.

use std::time::Duration;

use chrono::Utc;
use frontdesk_adapters::command_bus::{Bus, BusError};
use frontdesk_adapters::event_log::subscribe;
use frontdesk_domain::booking::commands::booking::{CancelAppointment, ReleaseHold};
use frontdesk_domain::booking::commands::waitlist::LeaveWaitlist;
use frontdesk_domain::booking::waitlist_entry::Status as EntryStatus;
use frontdesk_domain::conversations::commands::channels::RemoveChannel;
use frontdesk_domain::kernel::ids::{ApiKeyId, BusinessId, ResourceId, ServiceId, StreamId};
use frontdesk_domain::kernel::work::Command;
use frontdesk_domain::platform::api_key::ApiKey;
use frontdesk_domain::platform::commands::api_keys::RevokeApiKey;
use frontdesk_domain::scheduling::business::{Business, BusinessProfile};
use frontdesk_domain::scheduling::commands::businesses::ChangeBusinessProfile;
use frontdesk_domain::scheduling::commands::resources::RetireResource;
use frontdesk_domain::scheduling::commands::services::RetireService;
use frontdesk_domain::scheduling::resource::Resource;
use frontdesk_domain::scheduling::service::Service;
use frontdesk_projections::appointments::{self, Status};
use frontdesk_projections::page::PageRequest;
use frontdesk_projections::{channels, directory, waitlist};
use sqlx::PgPool;
use tokio::time::Instant;

use super::stage::{DemoError, context, read};
use super::{Found, dealer, find};
use crate::workers::readers::statuses;

/// How long the read models may take to come to the end of the log.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(100);
/// The demonstration has fewer of anything.
const ALL: PageRequest = PageRequest { after: None, limit: 1_000 };

/// Removes the demonstration. Its appointments to come are cancelled.
pub async fn remove(bus: &Bus, pool: &PgPool) -> Result<BusinessId, DemoError> {
    let Found::There(tenant) = find(bus).await? else { return Err(DemoError::Missing) };
    caught_up(pool).await?;
    for key in directory::list::<ApiKey>(pool, Some(tenant), ALL).await?.items {
        if key.state.issued().is_ok_and(|issued| issued.is_valid(Utc::now())) {
            run(bus, tenant, &RevokeApiKey { key_id: ApiKeyId::from_uuid(key.id) }).await?;
        }
    }
    for channel in channels::list(pool, tenant).await? {
        run(bus, tenant, &RemoveChannel { channel_id: channel.id() }).await?;
    }
    for status in [EntryStatus::Waiting, EntryStatus::Offered] {
        let of_status = waitlist::Filter { status: Some(status), ..waitlist::Filter::default() };
        for entry in waitlist::list(pool, tenant, &of_status, ALL).await?.items {
            run(bus, tenant, &LeaveWaitlist { entry_id: entry.id }).await?;
        }
    }
    let to_come = appointments::Filter {
        from: Some(Utc::now()),
        statuses: vec![Status::Held, Status::Requested, Status::Booked],
        ..appointments::Filter::default()
    };
    for appointment in appointments::list(pool, tenant, &to_come, ALL).await?.items {
        match appointment.status {
            Status::Held => run(bus, tenant, &ReleaseHold { hold_id: appointment.id }).await?,
            _ => run(bus, tenant, &CancelAppointment::new(appointment.id)).await?,
        }
    }
    for service in directory::list::<Service>(pool, Some(tenant), ALL).await?.items {
        if service.state.bookable().is_ok() {
            run(bus, tenant, &RetireService { service_id: ServiceId::from_uuid(service.id) }).await?;
        }
    }
    for resource in directory::list::<Resource>(pool, Some(tenant), ALL).await?.items {
        if resource.state.bookable().is_ok() {
            run(bus, tenant, &RetireResource { resource_id: ResourceId::from_uuid(resource.id) }).await?;
        }
    }
    let business = bus.current::<Business>(tenant).await?;
    let profile = business.registered().map_err(|_| DemoError::Missing)?.profile.clone();
    let profile = BusinessProfile { name: read(dealer::REMOVED)?, ..profile };
    run(bus, tenant, &ChangeBusinessProfile { profile, seen_version: None }).await?;
    Ok(tenant)
}

async fn run<C: Command>(bus: &Bus, tenant: BusinessId, command: &C) -> Result<(), BusError> {
    bus.execute(&context(tenant), command).await.map(drop)
}

/// Waits until the read models have come to where the log ends now.
async fn caught_up(pool: &PgPool) -> Result<(), DemoError> {
    let (head, deadline) = (subscribe::head(pool).await?, Instant::now() + PATIENCE);
    while statuses(pool).await?.iter().any(|reader| {
        reader.is_read_model && reader.is_of_this_build && !reader.paused && reader.position < head
    }) {
        if Instant::now() >= deadline {
            return Err(DemoError::Behind);
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}
