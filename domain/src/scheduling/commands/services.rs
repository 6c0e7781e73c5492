//! What a business offers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kernel::ids::ServiceId;
use crate::kernel::recorded::Stream;
use crate::kernel::work::{Command, Failure, Work};
use crate::scheduling::business::Business;
use crate::scheduling::resource::Resource;
use crate::scheduling::service::{Service, ServiceCommand, ServiceDetails};

/// A service at its version.
#[derive(Debug, Clone)]
pub struct ServiceView {
    pub id: ServiceId,
    pub version: i64,
    pub details: ServiceDetails,
    pub retired: bool,
}

async fn view(work: &impl Work, id: ServiceId) -> Result<ServiceView, Failure> {
    let service = work.load::<Service>(id).await?;
    let offered = service.state.known().map_err(Failure::refused)?;
    Ok(ServiceView {
        id,
        version: service.version,
        details: offered.details.clone(),
        retired: offered.retired,
    })
}

/// A service can only need what the business has.
async fn check_needs(work: &impl Work, details: &ServiceDetails) -> Result<(), Failure> {
    let resources: Vec<_> = details.needs.iter().flat_map(|need| need.any_of.clone()).collect();
    let streams: Vec<_> = resources.iter().map(|id| Stream::of::<Resource>(*id)).collect();
    work.preload(&streams).await?;
    for id in resources {
        work.load::<Resource>(id).await?.state.bookable().map_err(Failure::refused)?;
    }
    Ok(())
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AddService {
    pub details: ServiceDetails,
}

impl Command for AddService {
    const NAME: &'static str = "AddService";
    type Output = ServiceView;

    async fn decide<W: Work>(&self, work: &W) -> Result<ServiceView, Failure> {
        work.load::<Business>(work.tenant()).await?.state.registered().map_err(Failure::refused)?;
        let id = work.new_id();
        work.execute::<Service>(id, ServiceCommand::Add { details: self.details.clone() }).await?;
        check_needs(work, &self.details).await?;
        view(work, id).await
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ChangeService {
    pub service_id: ServiceId,
    pub details: ServiceDetails,
    pub seen_version: Option<i64>,
}

impl Command for ChangeService {
    const NAME: &'static str = "ChangeService";
    type Output = ServiceView;

    async fn decide<W: Work>(&self, work: &W) -> Result<ServiceView, Failure> {
        work.load::<Service>(self.service_id).await?.unchanged_since(self.seen_version)?;
        work.execute::<Service>(self.service_id, ServiceCommand::Change { details: self.details.clone() })
            .await?;
        check_needs(work, &self.details).await?;
        view(work, self.service_id).await
    }
}

/// Takes a service off the offer. Appointments for it stand.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RetireService {
    pub service_id: ServiceId,
}

impl Command for RetireService {
    const NAME: &'static str = "RetireService";
    type Output = ServiceView;

    async fn decide<W: Work>(&self, work: &W) -> Result<ServiceView, Failure> {
        work.execute::<Service>(self.service_id, ServiceCommand::Retire).await?;
        view(work, self.service_id).await
    }
}
