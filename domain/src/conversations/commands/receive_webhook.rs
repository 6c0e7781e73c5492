//! Receiving a webhook that nobody waits for.

use serde::{Deserialize, Serialize};

use crate::conversations::call::{Call, CallCommand, CallStart};
use crate::integrations::commands::webhooks::IncomingWebhook;
use crate::integrations::webhook::{Webhook, WebhookCommand};
use crate::kernel::ids::CallId;
use crate::kernel::personal::SubjectId;
use crate::kernel::work::{Command, Failure, Work};

/// Takes in a webhook that nobody waits for. Those that change nothing are done with at once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReceiveWebhook {
    #[serde(rename = "arrival")]
    pub webhook: IncomingWebhook,
    /// Why it changes nothing, if it does not.
    pub ignore: Option<String>,
    /// The call that it begins, if it does.
    pub start: Option<(CallId, CallStart)>,
}

impl Command for ReceiveWebhook {
    const NAME: &'static str = "ReceiveWebhook";
    /// Whether it was there already.
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
            work.execute::<Webhook>(self.webhook.id, WebhookCommand::Ignore { reason: reason.clone() }).await?;
        }
        Ok(false)
    }
}
