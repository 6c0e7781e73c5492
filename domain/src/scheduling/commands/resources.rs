//! Who and what can be booked, and when it cannot.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kernel::ids::{ResourceId, TimeOffId};
use crate::kernel::personal::{Personal, SubjectId};
use crate::kernel::work::{Command, Failure, Work};
use crate::scheduling::business::Business;
use crate::scheduling::resource::{AddedResource, Resource, ResourceCommand, ResourceDetails, TimeOff};
use crate::values::hours::DayHours;
use crate::values::interval::Interval;
use crate::values::text::Note;

/// A resource at its version.
#[derive(Debug, Clone)]
pub struct ResourceView {
    pub id: ResourceId,
    pub version: i64,
    pub resource: AddedResource,
}

async fn view(work: &impl Work, id: ResourceId) -> Result<ResourceView, Failure> {
    let loaded = work.load::<Resource>(id).await?;
    let resource = loaded.state.known().map_err(Failure::refused)?.clone();
    Ok(ResourceView { id, version: loaded.version, resource })
}

async fn changed(
    work: &impl Work,
    id: ResourceId,
    seen: Option<i64>,
    command: ResourceCommand,
) -> Result<ResourceView, Failure> {
    work.load::<Resource>(id).await?.unchanged_since(seen)?;
    work.execute::<Resource>(id, command).await?;
    view(work, id).await
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AddResource {
    pub details: ResourceDetails,
}

impl Command for AddResource {
    const NAME: &'static str = "AddResource";
    type Output = ResourceView;

    async fn decide<W: Work>(&self, work: &W) -> Result<ResourceView, Failure> {
        work.load::<Business>(work.tenant()).await?.state.registered().map_err(Failure::refused)?;
        changed(work, work.new_id(), None, ResourceCommand::Add { details: self.details.clone() }).await
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ChangeResource {
    pub resource_id: ResourceId,
    pub details: ResourceDetails,
    pub seen_version: Option<i64>,
}

impl Command for ChangeResource {
    const NAME: &'static str = "ChangeResource";
    type Output = ResourceView;

    async fn decide<W: Work>(&self, work: &W) -> Result<ResourceView, Failure> {
        changed(
            work,
            self.resource_id,
            self.seen_version,
            ResourceCommand::Change { details: self.details.clone() },
        )
        .await
    }
}

/// Takes a resource out of service. Appointments with it stand.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RetireResource {
    pub resource_id: ResourceId,
}

impl Command for RetireResource {
    const NAME: &'static str = "RetireResource";
    type Output = ResourceView;

    async fn decide<W: Work>(&self, work: &W) -> Result<ResourceView, Failure> {
        changed(work, self.resource_id, None, ResourceCommand::Retire).await
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SetResourceDateOverride {
    pub resource_id: ResourceId,
    pub date: NaiveDate,
    pub hours: DayHours,
}

impl Command for SetResourceDateOverride {
    const NAME: &'static str = "SetResourceDateOverride";
    type Output = ResourceView;

    async fn decide<W: Work>(&self, work: &W) -> Result<ResourceView, Failure> {
        let command = ResourceCommand::SetDateOverride { date: self.date, hours: self.hours.clone() };
        changed(work, self.resource_id, None, command).await
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RemoveResourceDateOverride {
    pub resource_id: ResourceId,
    pub date: NaiveDate,
}

impl Command for RemoveResourceDateOverride {
    const NAME: &'static str = "RemoveResourceDateOverride";
    type Output = ResourceView;

    async fn decide<W: Work>(&self, work: &W) -> Result<ResourceView, Failure> {
        changed(work, self.resource_id, None, ResourceCommand::RemoveDateOverride { date: self.date }).await
    }
}

/// Keeps a resource from being booked for a while. Appointments in that time stand.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AddTimeOff {
    pub resource_id: ResourceId,
    pub period: Interval,
    pub reason: Option<Personal<Note>>,
}

impl Command for AddTimeOff {
    const NAME: &'static str = "AddTimeOff";
    type Output = TimeOff;

    async fn decide<W: Work>(&self, work: &W) -> Result<TimeOff, Failure> {
        let subject = SubjectId::of(self.resource_id);
        work.about(subject);
        let reason = self.reason.as_ref().map(|reason| reason.about(subject));
        let time_off = TimeOff { id: work.new_id(), period: self.period, reason };
        changed(work, self.resource_id, None, ResourceCommand::AddTimeOff { time_off: time_off.clone() })
            .await?;
        Ok(time_off)
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RemoveTimeOff {
    pub resource_id: ResourceId,
    pub time_off_id: TimeOffId,
}

impl Command for RemoveTimeOff {
    const NAME: &'static str = "RemoveTimeOff";
    type Output = ();

    async fn decide<W: Work>(&self, work: &W) -> Result<(), Failure> {
        changed(
            work,
            self.resource_id,
            None,
            ResourceCommand::RemoveTimeOff { time_off_id: self.time_off_id },
        )
        .await
        .map(drop)
    }
}
