//! Receiving a webhook that is translated later.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::conversations::call::{Call, CallCommand, CallStart};
use crate::integrations::commands::webhooks::IncomingWebhook;
use crate::integrations::webhook::{Webhook, WebhookCommand};
use crate::kernel::ids::CallId;
use crate::kernel::personal::SubjectId;
use crate::kernel::work::{Command, Failure, Work};

/// Receives a webhook. If it changes nothing, or only begins a call, it is settled at once.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ReceiveWebhook {
    #[serde(rename = "arrival")]
    pub webhook: IncomingWebhook,
    /// Why it is ignored, if it is.
    pub ignore: Option<String>,
    /// The call that it begins, if it begins one.
    pub start: Option<(CallId, CallStart)>,
}

impl Command for ReceiveWebhook {
    const NAME: &'static str = "ReceiveWebhook";
    /// Whether it was known already.
    type Output = bool;

    async fn decide<W: Work>(&self, work: &W) -> Result<bool, Failure> {
        work.about(SubjectId(self.webhook.receipt.body_subject));
        let known = self.webhook.receive(work).await?;
        if known {
            return Ok(true);
        }
        if let Some((call_id, start)) = &self.start {
            work.execute::<Call>(*call_id, CallCommand::Start { start: start.clone() }).await?;
            work.execute::<Webhook>(self.webhook.id, WebhookCommand::MarkTranslated).await?;
        }
        if let Some(reason) = &self.ignore {
            work.execute::<Webhook>(self.webhook.id, WebhookCommand::Ignore { reason: reason.clone() })
                .await?;
        }
        Ok(false)
    }
}
