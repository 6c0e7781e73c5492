//! Webhooks: taking them in, and what people do about those that are stuck.

use std::sync::Arc;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::integrations::webhook::{Delivery, DeliveryCommand, Receipt};
use crate::kernel::ids::{DeliveryId, StreamId};
use crate::kernel::personal::SubjectId;
use crate::kernel::work::{Attachment, Command, Failure, Work};
use crate::values::text::Note;

/// How long the body of a webhook is kept.
const BODY_RETENTION_DAYS: i64 = 30;

/// A webhook on its way into the log. Its body is kept beside the command, not in it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Arrival {
    pub delivery_id: DeliveryId,
    pub receipt: Receipt,
    #[serde(skip)]
    pub body: Arc<Vec<u8>>,
}

impl Arrival {
    /// Takes the webhook in: the receipt with its body, unless it is there already.
    pub async fn receive(&self, work: &impl Work) -> Result<bool, Failure> {
        work.presume_new::<Delivery>(self.delivery_id);
        let known = *work.load::<Delivery>(self.delivery_id).await?.state != Delivery::Unknown;
        if !known {
            work.act::<Delivery>(self.delivery_id, DeliveryCommand::Receive { receipt: self.receipt.clone() }).await?;
            work.attach(Attachment {
                of: self.delivery_id.uuid(),
                subject: SubjectId(self.receipt.body_subject),
                content: self.body.clone(),
                kept_for: TimeDelta::days(BODY_RETENTION_DAYS),
            });
        }
        Ok(known)
    }
}

/// Tries a parked delivery again.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RetryDelivery {
    pub delivery_id: DeliveryId,
}

impl Command for RetryDelivery {
    const NAME: &'static str = "RetryDelivery";
    type Output = ();

    async fn decide<W: Work>(&self, work: &W) -> Result<(), Failure> {
        work.act::<Delivery>(self.delivery_id, DeliveryCommand::Retry).await.map(drop)
    }
}

/// Goes on without a parked delivery.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SkipDelivery {
    pub delivery_id: DeliveryId,
    pub reason: Note,
}

impl Command for SkipDelivery {
    const NAME: &'static str = "SkipDelivery";
    type Output = ();

    async fn decide<W: Work>(&self, work: &W) -> Result<(), Failure> {
        let reason = self.reason.as_str().to_owned();
        work.act::<Delivery>(self.delivery_id, DeliveryCommand::Skip { reason }).await.map(drop)
    }
}
