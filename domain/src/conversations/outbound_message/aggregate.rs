use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::command::OutboundMessageCommand;
use super::error::{ATTEMPTS_MAX, OutboundMessageError};
use super::event::{DeliveryStatus, OutboundMessageEvent, OutboundRequest, SuppressionReason};
use crate::kernel::ids::{OutboundMessageId, ProviderMessageId};

/// How far it is between us and the provider.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Life {
    #[default]
    Unknown,
    Queued,
    /// A try is under way, or was when the process ended.
    Sending,
    OutcomeUnknown,
    Accepted,
    Failed,
    Suppressed,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct OutboundMessage {
    request: Option<OutboundRequest>,
    pub life: Life,
    /// Why it is not sent.
    pub suppressed: Option<SuppressionReason>,
    attempts: u32,
    pub provider_message_id: Option<ProviderMessageId>,
    reported: BTreeSet<DeliveryStatus>,
}

impl OutboundMessage {
    pub fn request(&self) -> Result<&OutboundRequest, OutboundMessageError> {
        self.request.as_ref().ok_or(OutboundMessageError::NotFound)
    }

    /// The furthest that was reported.
    pub fn delivery(&self) -> Option<DeliveryStatus> {
        self.reported.last().copied()
    }

    pub fn decide(
        &self,
        command: OutboundMessageCommand,
    ) -> Result<Vec<OutboundMessageEvent>, OutboundMessageError> {
        let one = |event| Ok(vec![event]);
        match command {
            // An id is given to one message, once.
            OutboundMessageCommand::Queue { request } => Ok(if self.life == Life::Unknown {
                vec![OutboundMessageEvent::MessageQueued { request }]
            } else {
                vec![]
            }),
            OutboundMessageCommand::Suppress { request, reason } => Ok(if self.life == Life::Unknown {
                vec![OutboundMessageEvent::MessageSuppressed { request, reason }]
            } else {
                vec![]
            }),
            _ if self.life == Life::Unknown => Err(OutboundMessageError::NotFound),
            OutboundMessageCommand::Report { report } => Ok(if self.reported.contains(&report.status) {
                vec![]
            } else {
                vec![OutboundMessageEvent::DeliveryReported { report }]
            }),
            OutboundMessageCommand::Accept { provider_message_id, name } => {
                let is_new = self.provider_message_id.is_none();
                let event = OutboundMessageEvent::MessageAccepted { provider_message_id, name };
                Ok(if is_new { vec![event] } else { vec![] })
            }
            OutboundMessageCommand::Withdraw { reason } => match self.life {
                Life::Queued => one(OutboundMessageEvent::MessageWithdrawn { reason }),
                Life::Suppressed => Ok(vec![]),
                Life::Sending | Life::OutcomeUnknown => Err(OutboundMessageError::OutcomeOpen),
                Life::Unknown | Life::Accepted | Life::Failed => Err(OutboundMessageError::NotWaiting),
            },
            OutboundMessageCommand::Begin { now } => match self.life {
                Life::Queued if self.attempts >= ATTEMPTS_MAX => Err(OutboundMessageError::TooManyAttempts),
                Life::Queued => {
                    one(OutboundMessageEvent::SendingBegun { attempt: self.attempts + 1, at: now })
                }
                Life::Sending | Life::OutcomeUnknown => Err(OutboundMessageError::OutcomeOpen),
                Life::Unknown | Life::Accepted | Life::Failed | Life::Suppressed => {
                    Err(OutboundMessageError::NotWaiting)
                }
            },
            // What the provider has taken meanwhile is known better.
            OutboundMessageCommand::Defer { until, failure } => match self.life {
                Life::Sending => one(OutboundMessageEvent::SendingDeferred { until, failure }),
                _ => Ok(vec![]),
            },
            OutboundMessageCommand::LoseOutcome => match self.life {
                Life::Sending => one(OutboundMessageEvent::OutcomeLost {}),
                _ => Ok(vec![]),
            },
            OutboundMessageCommand::FindNotSent => match self.life {
                Life::Sending | Life::OutcomeUnknown => one(OutboundMessageEvent::FoundNotSent {}),
                _ => Ok(vec![]),
            },
            OutboundMessageCommand::Fail { failure } => match self.life {
                Life::Queued | Life::Sending | Life::OutcomeUnknown => {
                    one(OutboundMessageEvent::SendingFailed { failure })
                }
                _ => Ok(vec![]),
            },
        }
    }

    pub fn evolve(&mut self, event: OutboundMessageEvent) {
        match event {
            OutboundMessageEvent::MessageQueued { request } => {
                (self.request, self.life) = (Some(request), Life::Queued);
            }
            OutboundMessageEvent::MessageSuppressed { request, reason } => {
                (self.request, self.life, self.suppressed) = (Some(request), Life::Suppressed, Some(reason));
            }
            OutboundMessageEvent::MessageWithdrawn { reason } => {
                (self.life, self.suppressed) = (Life::Suppressed, Some(reason));
            }
            OutboundMessageEvent::SendingBegun { attempt, at: _ } => {
                (self.attempts, self.life) = (attempt, Life::Sending);
            }
            OutboundMessageEvent::MessageAccepted { provider_message_id, name: _ } => {
                (self.provider_message_id, self.life) = (Some(provider_message_id), Life::Accepted);
            }
            OutboundMessageEvent::SendingDeferred { until: _, failure: _ }
            | OutboundMessageEvent::FoundNotSent {} => self.life = Life::Queued,
            OutboundMessageEvent::OutcomeLost {} => self.life = Life::OutcomeUnknown,
            OutboundMessageEvent::SendingFailed { failure: _ } => self.life = Life::Failed,
            // Whatever is reported of it, the provider has it.
            OutboundMessageEvent::DeliveryReported { report } => {
                self.life = Life::Accepted;
                self.reported.insert(report.status);
            }
        }
    }
}

crate::aggregate!(
    OutboundMessage,
    "outbound_message",
    OutboundMessageId,
    OutboundMessageCommand,
    OutboundMessageEvent,
    OutboundMessageError
);
