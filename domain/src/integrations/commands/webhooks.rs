//! Receiving webhooks, and retrying or skipping those that are parked.

use std::sync::Arc;

use chrono::TimeDelta;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::integrations::webhook::{Receipt, Webhook, WebhookCommand};
use crate::kernel::ids::{StreamId, WebhookId};
use crate::kernel::personal::SubjectId;
use crate::kernel::work::{Attachment, Command, Failure, Work};
use crate::values::text::Note;

/// How long the body of a webhook is kept.
const BODY_RETENTION_DAYS: i64 = 30;

/// A webhook to receive. Its body is an attachment of the commit and not a part of the command.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct IncomingWebhook {
    #[serde(rename = "delivery_id")]
    pub id: WebhookId,
    pub receipt: Receipt,
    #[serde(skip)]
    pub body: Arc<Vec<u8>>,
}

impl IncomingWebhook {
    /// Records the receipt and its body. Returns whether the webhook was known already.
    pub async fn receive(&self, work: &impl Work) -> Result<bool, Failure> {
        work.presume_new::<Webhook>(self.id);
        let known = *work.load::<Webhook>(self.id).await?.state != Webhook::Unknown;
        if !known {
            work.execute::<Webhook>(self.id, WebhookCommand::Receive { receipt: self.receipt.clone() })
                .await?;
            work.attach(Attachment {
                of: self.id.uuid(),
                subject: SubjectId(self.receipt.body_subject),
                content: self.body.clone(),
                kept_for: TimeDelta::days(BODY_RETENTION_DAYS),
            });
        }
        Ok(known)
    }
}

/// Tries a parked webhook again. Its stored name is `RetryDelivery`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RetryWebhook {
    #[serde(rename = "delivery_id")]
    pub webhook_id: WebhookId,
}

impl Command for RetryWebhook {
    const NAME: &'static str = "RetryDelivery";
    type Output = ();

    async fn decide<W: Work>(&self, work: &W) -> Result<(), Failure> {
        work.execute::<Webhook>(self.webhook_id, WebhookCommand::Retry).await.map(drop)
    }
}

/// Goes on without a parked webhook. Its stored name is `SkipDelivery`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SkipWebhook {
    #[serde(rename = "delivery_id")]
    pub webhook_id: WebhookId,
    pub reason: Note,
}

impl Command for SkipWebhook {
    const NAME: &'static str = "SkipDelivery";
    type Output = ();

    async fn decide<W: Work>(&self, work: &W) -> Result<(), Failure> {
        let reason = self.reason.as_str().to_owned();
        work.execute::<Webhook>(self.webhook_id, WebhookCommand::Skip { reason }).await.map(drop)
    }
}
