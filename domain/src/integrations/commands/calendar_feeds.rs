//! Calendars of resources at secret addresses.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::integrations::calendar_feed::{CalendarFeed, CalendarFeedCommand, FeedIssue};
use crate::kernel::ids::{CalendarFeedId, ResourceId};
use crate::kernel::work::{Command, Failure, Work};
use crate::scheduling::resource::Resource;

/// Issues the address of a resource's calendar. The address before it stops working.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct IssueCalendarFeed {
    pub resource_id: ResourceId,
    pub secret_hash: String,
    pub names_customers: bool,
}

impl Command for IssueCalendarFeed {
    const NAME: &'static str = "IssueCalendarFeed";
    type Output = FeedIssue;

    async fn decide<W: Work>(&self, work: &W) -> Result<FeedIssue, Failure> {
        work.load::<Resource>(self.resource_id).await?.state.known().map_err(Failure::refused)?;
        let Self { resource_id, secret_hash, names_customers } = self.clone();
        let issue = FeedIssue { resource_id, secret_hash, names_customers };
        let id = CalendarFeedId::of(work.tenant(), resource_id);
        work.execute::<CalendarFeed>(id, CalendarFeedCommand::Issue { issue: issue.clone() }).await?;
        Ok(issue)
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RevokeCalendarFeed {
    pub resource_id: ResourceId,
}

impl Command for RevokeCalendarFeed {
    const NAME: &'static str = "RevokeCalendarFeed";
    type Output = ();

    async fn decide<W: Work>(&self, work: &W) -> Result<(), Failure> {
        let id = CalendarFeedId::of(work.tenant(), self.resource_id);
        work.execute::<CalendarFeed>(id, CalendarFeedCommand::Revoke).await.map(drop)
    }
}
