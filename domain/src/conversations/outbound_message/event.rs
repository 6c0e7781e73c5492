use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::content::OutboundContent;
use crate::conversations::correspondent::Correspondent;
use crate::kernel::ids::{AppointmentId, ChannelId, ConversationId, ProviderMessageId, WaitlistEntryId};
use crate::kernel::metadata::Actor;
use crate::kernel::personal::Personal;
use crate::people::consent::Purpose;
use crate::values::code::Code;
use crate::values::medium::Medium;

/// What a message is about. An answer to it is about the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Topic {
    Appointment {
        appointment_id: AppointmentId,
    },
    /// A time on offer to somebody who waits.
    Offer {
        entry_id: WaitlistEntryId,
    },
}

/// What is to be sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OutboundRequest {
    pub conversation_id: ConversationId,
    pub channel_id: ChannelId,
    pub medium: Medium,
    pub to: Personal<Correspondent>,
    pub purpose: Purpose,
    pub content: OutboundContent,
    pub topic: Option<Topic>,
    /// The message that it answers.
    pub reply_to: Option<ProviderMessageId>,
    pub by: Actor,
    pub at: DateTime<Utc>,
}

/// Why a message is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SuppressionReason {
    OptedOut,
    NotAgreed,
    /// They have not written for 24 hours, and it is no template.
    WindowClosed,
    /// What it was about has changed.
    NoLongerNeeded,
    /// Whoever wanted it took it back.
    TakenBack,
    /// Who it is for was erased.
    Erased,
}

/// What a provider's error means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    RateLimited,
    Unauthorized,
    /// The addressee is not there.
    NotFound,
    /// What is sent cannot be.
    Rejected,
    OptedOut,
    WindowClosed,
    Unavailable,
    /// It was not delivered in time.
    Expired,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    pub kind: FailureKind,
    /// The provider's.
    pub code: Option<Code>,
}

/// What a provider says became of a message, each further than the one before. A message can fail after it
/// was sent, and not after it was delivered.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    JsonSchema,
    strum::VariantArray,
)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    Sent,
    Failed,
    Delivered,
    Read,
    /// Somebody has listened to it.
    Played,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeliveryReport {
    pub status: DeliveryStatus,
    pub at: DateTime<Utc>,
    /// Why it failed.
    pub failure: Option<Failure>,
}

#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, strum::IntoStaticStr, strum::VariantNames,
)]
#[serde(tag = "type")]
pub enum OutboundMessageEvent {
    MessageQueued { request: OutboundRequest },
    MessageSuppressed { request: OutboundRequest, reason: SuppressionReason },
    MessageWithdrawn { reason: SuppressionReason },
    SendingBegun { attempt: u32, at: DateTime<Utc> },
    MessageAccepted { provider_message_id: ProviderMessageId, name: Personal<String> },
    SendingDeferred { until: DateTime<Utc>, failure: Failure },
    OutcomeLost {},
    FoundNotSent {},
    SendingFailed { failure: Failure },
    DeliveryReported { report: DeliveryReport },
}

crate::domain_event!(OutboundMessageEvent);
