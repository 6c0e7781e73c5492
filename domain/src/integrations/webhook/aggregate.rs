use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::command::WebhookCommand;
use super::error::WebhookError;
use super::event::{Receipt, WebhookEvent};
use crate::kernel::ids::WebhookId;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Webhook {
    #[default]
    Unknown,
    Received(Received),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Received {
    pub receipt: Receipt,
    pub status: WebhookStatus,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum WebhookStatus {
    Pending,
    Parked { behind: Option<Uuid> },
    Translated,
    Ignored,
    Skipped,
}

impl Webhook {
    pub fn received(&self) -> Result<&Received, WebhookError> {
        match self {
            Self::Unknown => Err(WebhookError::NotFound),
            Self::Received(received) => Ok(received),
        }
    }

    /// Whether its translation is still to come.
    pub fn is_open(&self) -> bool {
        matches!(
            self,
            Self::Received(Received { status: WebhookStatus::Pending | WebhookStatus::Parked { .. }, .. })
        )
    }

    pub fn decide(&self, command: WebhookCommand) -> Result<Vec<WebhookEvent>, WebhookError> {
        let if_open = |event| Ok(if self.is_open() { vec![event] } else { vec![] });
        match command {
            WebhookCommand::Receive { receipt } => Ok(if *self == Self::Unknown {
                vec![WebhookEvent::WebhookReceived { receipt }]
            } else {
                vec![]
            }),
            WebhookCommand::MarkTranslated => if_open(WebhookEvent::DeliveryTranslated {}),
            WebhookCommand::Ignore { reason } => if_open(WebhookEvent::DeliveryIgnored { reason }),
            WebhookCommand::Park { error, behind } => if_open(WebhookEvent::DeliveryParked { error, behind }),
            WebhookCommand::Retry => self.parked().map(|()| vec![WebhookEvent::DeliveryRetryRequested {}]),
            WebhookCommand::Skip { reason } => {
                self.parked().map(|()| vec![WebhookEvent::DeliverySkipped { reason }])
            }
        }
    }

    /// Parked for a reason of its own.
    fn parked(&self) -> Result<(), WebhookError> {
        match self.received()?.status {
            WebhookStatus::Parked { behind: None } => Ok(()),
            WebhookStatus::Parked { behind: Some(_) } => Err(WebhookError::Behind),
            WebhookStatus::Pending
            | WebhookStatus::Translated
            | WebhookStatus::Ignored
            | WebhookStatus::Skipped => Err(WebhookError::NotParked),
        }
    }

    pub fn evolve(&mut self, event: WebhookEvent) {
        let status = match event {
            WebhookEvent::WebhookReceived { receipt } => {
                *self = Self::Received(Received { receipt, status: WebhookStatus::Pending });
                return;
            }
            WebhookEvent::DeliveryTranslated {} => WebhookStatus::Translated,
            WebhookEvent::DeliveryIgnored { reason: _ } => WebhookStatus::Ignored,
            WebhookEvent::DeliveryParked { error: _, behind } => WebhookStatus::Parked { behind },
            WebhookEvent::DeliveryRetryRequested {} => WebhookStatus::Pending,
            WebhookEvent::DeliverySkipped { reason: _ } => WebhookStatus::Skipped,
        };
        if let Self::Received(received) = self {
            received.status = status;
        }
    }
}

crate::aggregate!(Webhook, "delivery", WebhookId, WebhookCommand, WebhookEvent, WebhookError);
