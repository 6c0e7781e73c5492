//! Webhooks: taking them in, and what people do about those that are stuck.

use serde::{Deserialize, Serialize};

use crate::delivery::{Delivery, DeliveryCommand};
use crate::shared::ids::DeliveryId;
use crate::shared::text::Note;
use crate::work::{Command, Failure, ReceivedBody, Work};

/// Takes a webhook in: the receipt with its body, unless it is there already.
pub async fn receive(work: &impl Work, body: &ReceivedBody) -> Result<bool, Failure> {
    work.presume_new::<Delivery>(body.delivery);
    let known = *work.load::<Delivery>(body.delivery).await?.state != Delivery::Unknown;
    if !known {
        work.act::<Delivery>(body.delivery, DeliveryCommand::Receive { receipt: body.receipt.clone() }).await?;
        work.keep_body(body);
    }
    Ok(known)
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
