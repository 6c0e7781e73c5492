use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::command::DeliveryCommand;
use super::error::DeliveryError;
use super::event::{DeliveryEvent, Receipt};
use crate::kernel::ids::DeliveryId;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Delivery {
    #[default]
    Unknown,
    Received(Received),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Received {
    pub receipt: Receipt,
    pub outcome: Outcome,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    Pending,
    Parked { behind: Option<Uuid> },
    Translated,
    Ignored,
    Skipped,
}

impl Delivery {
    pub fn received(&self) -> Result<&Received, DeliveryError> {
        match self {
            Self::Unknown => Err(DeliveryError::NotFound),
            Self::Received(received) => Ok(received),
        }
    }

    /// Whether its translation is still to come.
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Received(Received { outcome: Outcome::Pending | Outcome::Parked { .. }, .. }))
    }

    pub fn decide(&self, command: DeliveryCommand) -> Result<Vec<DeliveryEvent>, DeliveryError> {
        let if_open = |event| Ok(if self.is_open() { vec![event] } else { vec![] });
        match command {
            DeliveryCommand::Receive { receipt } => {
                Ok(if *self == Self::Unknown { vec![DeliveryEvent::WebhookReceived { receipt }] } else { vec![] })
            }
            DeliveryCommand::MarkTranslated => if_open(DeliveryEvent::DeliveryTranslated {}),
            DeliveryCommand::Ignore { reason } => if_open(DeliveryEvent::DeliveryIgnored { reason }),
            DeliveryCommand::Park { error, behind } => if_open(DeliveryEvent::DeliveryParked { error, behind }),
            DeliveryCommand::Retry => self.parked().map(|()| vec![DeliveryEvent::DeliveryRetryRequested {}]),
            DeliveryCommand::Skip { reason } => self.parked().map(|()| vec![DeliveryEvent::DeliverySkipped { reason }]),
        }
    }

    /// Parked for a reason of its own.
    fn parked(&self) -> Result<(), DeliveryError> {
        match self.received()?.outcome {
            Outcome::Parked { behind: None } => Ok(()),
            Outcome::Parked { behind: Some(_) } => Err(DeliveryError::Behind),
            Outcome::Pending | Outcome::Translated | Outcome::Ignored | Outcome::Skipped => Err(DeliveryError::NotParked),
        }
    }

    pub fn evolve(&mut self, event: DeliveryEvent) {
        let outcome = match event {
            DeliveryEvent::WebhookReceived { receipt } => {
                *self = Self::Received(Received { receipt, outcome: Outcome::Pending });
                return;
            }
            DeliveryEvent::DeliveryTranslated {} => Outcome::Translated,
            DeliveryEvent::DeliveryIgnored { reason: _ } => Outcome::Ignored,
            DeliveryEvent::DeliveryParked { error: _, behind } => Outcome::Parked { behind },
            DeliveryEvent::DeliveryRetryRequested {} => Outcome::Pending,
            DeliveryEvent::DeliverySkipped { reason: _ } => Outcome::Skipped,
        };
        if let Self::Received(received) = self {
            received.outcome = outcome;
        }
    }
}

crate::aggregate!(Delivery, "delivery", DeliveryId, DeliveryCommand, DeliveryEvent, DeliveryError);
