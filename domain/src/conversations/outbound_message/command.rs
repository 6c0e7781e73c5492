use chrono::{DateTime, Utc};

use super::event::{DeliveryReport, Failure, OutboundRequest, SuppressionReason};
use crate::kernel::ids::ProviderMessageId;
use crate::kernel::personal::Personal;

#[derive(Debug, Clone, PartialEq)]
pub enum OutboundMessageCommand {
    Queue {
        request: OutboundRequest,
    },
    /// It is not sent, and this is recorded.
    Suppress {
        request: OutboundRequest,
        reason: SuppressionReason,
    },
    /// It waits and is not to be sent any more.
    Withdraw {
        reason: SuppressionReason,
    },
    /// It is handed to the provider now.
    Begin {
        now: DateTime<Utc>,
    },
    /// The provider has taken it.
    Accept {
        provider_message_id: ProviderMessageId,
        name: Personal<String>,
    },
    /// The provider has not taken it, and may later.
    Defer {
        until: DateTime<Utc>,
        failure: Failure,
    },
    /// Nobody knows whether the provider has taken it.
    LoseOutcome,
    /// It is known now that the provider has not.
    FindNotSent,
    /// The provider will never take it.
    Fail {
        failure: Failure,
    },
    Report {
        report: DeliveryReport,
    },
}
