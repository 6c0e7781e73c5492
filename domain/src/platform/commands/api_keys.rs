//! Keys to the API.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kernel::ids::{ApiKeyId, BusinessId};
use crate::kernel::work::{Command, Failure, Work};
use crate::platform::api_key::{ApiKey, ApiKeyCommand, Issue, Scope};
use crate::scheduling::business::Business;
use crate::values::text::Name;

/// Issues a key. The caller gives its id, because the secret contains it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct IssueApiKey {
    pub key_id: ApiKeyId,
    pub business_id: Option<BusinessId>,
    pub scope: Scope,
    pub name: Name,
    pub secret_hash: String,
    pub expires_at: Option<DateTime<Utc>>,
}

impl Command for IssueApiKey {
    const NAME: &'static str = "IssueApiKey";
    type Output = Issue;

    async fn decide<W: Work>(&self, work: &W) -> Result<Issue, Failure> {
        if let Some(business_id) = self.business_id {
            work.load::<Business>(business_id).await?.state.registered().map_err(Failure::refused)?;
        }
        let Self { key_id, business_id, scope, name, secret_hash, expires_at } = self.clone();
        let issue = Issue { business_id, scope, name, secret_hash, expires_at };
        work.execute::<ApiKey>(key_id, ApiKeyCommand::Issue { issue: issue.clone(), now: work.now() })
            .await?;
        Ok(issue)
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RevokeApiKey {
    pub key_id: ApiKeyId,
}

impl Command for RevokeApiKey {
    const NAME: &'static str = "RevokeApiKey";
    type Output = ();

    async fn decide<W: Work>(&self, work: &W) -> Result<(), Failure> {
        work.execute::<ApiKey>(self.key_id, ApiKeyCommand::Revoke).await.map(drop)
    }
}
