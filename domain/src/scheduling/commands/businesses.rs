//! Businesses and their hours.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kernel::ids::BusinessId;
use crate::kernel::work::{Command, Failure, Loaded, Work};
use crate::scheduling::business::{Business, BusinessCommand, BusinessProfile, Registered};
use crate::values::hours::{DayHours, Hours};
use crate::values::text::Note;

/// A business at its version.
#[derive(Debug, Clone)]
pub struct BusinessView {
    pub id: BusinessId,
    pub version: i64,
    pub business: Registered,
}

impl BusinessView {
    fn of(id: BusinessId, loaded: &Loaded<Business>) -> Result<Self, Failure> {
        let business = loaded.state.registered().map_err(Failure::refused)?.clone();
        Ok(Self { id, version: loaded.version, business })
    }
}

async fn changed(
    work: &impl Work,
    seen: Option<i64>,
    command: BusinessCommand,
) -> Result<BusinessView, Failure> {
    let id = work.tenant();
    work.load::<Business>(id).await?.unchanged_since(seen)?;
    work.execute::<Business>(id, command).await?;
    BusinessView::of(id, &work.load::<Business>(id).await?)
}

/// Registers the business that the context's tenant names.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RegisterBusiness {
    pub profile: BusinessProfile,
    pub hours: Hours,
}

impl Command for RegisterBusiness {
    const NAME: &'static str = "RegisterBusiness";
    type Output = BusinessView;

    async fn decide<W: Work>(&self, work: &W) -> Result<BusinessView, Failure> {
        changed(
            work,
            None,
            BusinessCommand::Register { profile: self.profile.clone(), hours: self.hours.clone() },
        )
        .await
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ChangeBusinessProfile {
    pub profile: BusinessProfile,
    pub seen_version: Option<i64>,
}

impl Command for ChangeBusinessProfile {
    const NAME: &'static str = "ChangeBusinessProfile";
    type Output = BusinessView;

    async fn decide<W: Work>(&self, work: &W) -> Result<BusinessView, Failure> {
        changed(work, self.seen_version, BusinessCommand::ChangeProfile { profile: self.profile.clone() })
            .await
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ChangeBusinessHours {
    pub hours: Hours,
    pub seen_version: Option<i64>,
}

impl Command for ChangeBusinessHours {
    const NAME: &'static str = "ChangeBusinessHours";
    type Output = BusinessView;

    async fn decide<W: Work>(&self, work: &W) -> Result<BusinessView, Failure> {
        changed(work, self.seen_version, BusinessCommand::ChangeHours { hours: self.hours.clone() }).await
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SetBusinessDateOverride {
    pub date: NaiveDate,
    pub hours: DayHours,
    pub reason: Option<Note>,
}

impl Command for SetBusinessDateOverride {
    const NAME: &'static str = "SetBusinessDateOverride";
    type Output = BusinessView;

    async fn decide<W: Work>(&self, work: &W) -> Result<BusinessView, Failure> {
        let Self { date, hours, reason } = self.clone();
        changed(work, None, BusinessCommand::SetDateOverride { date, hours, reason }).await
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RemoveBusinessDateOverride {
    pub date: NaiveDate,
}

impl Command for RemoveBusinessDateOverride {
    const NAME: &'static str = "RemoveBusinessDateOverride";
    type Output = BusinessView;

    async fn decide<W: Work>(&self, work: &W) -> Result<BusinessView, Failure> {
        changed(work, None, BusinessCommand::RemoveDateOverride { date: self.date }).await
    }
}
