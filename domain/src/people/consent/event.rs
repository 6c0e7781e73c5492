use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kernel::ids::{CallId, CustomerId, ProviderMessageId};
use crate::kernel::metadata::Actor;
use crate::kernel::personal::Personal;
use crate::people::contact_address::ContactAddress;
use crate::values::code::Code;
use crate::values::medium::Medium;
use crate::values::text::Note;

/// What a message, a call or a recording is for.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Purpose {
    /// Answers, and what follows from an appointment: confirmed, moved, cancelled, a time on offer.
    Service,
    /// That an appointment is near.
    Reminders,
    /// Everything that somebody did not ask for.
    Marketing,
    /// That a call is recorded.
    Recording,
    /// That an assistant, and no person, speaks or writes. Granted: it was disclosed, and they went on.
    Assistant,
}

impl Purpose {
    /// What a person can be sent.
    pub const OF_MESSAGES: [Self; 3] = [Self::Service, Self::Reminders, Self::Marketing];

    /// Whether it is allowed only once somebody has agreed.
    pub fn needs_grant(self) -> bool {
        match self {
            Self::Service | Self::Reminders => false,
            Self::Marketing | Self::Recording | Self::Assistant => true,
        }
    }
}

/// How it is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ConsentSource {
    /// They wrote so.
    Message { message_id: ProviderMessageId },
    /// They said so.
    Call { call_id: CallId },
    /// They filled in a form.
    Form {},
    /// Somebody of the business was told.
    Staff {},
    /// The provider says so, with its code: it refuses to send.
    Provider { code: Option<Code> },
    /// It was recorded elsewhere before.
    Import {},
}

/// What somebody agrees to or takes back, with the evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ConsentChange {
    pub address: Personal<ContactAddress>,
    pub medium: Medium,
    pub purposes: BTreeSet<Purpose>,
    /// When they said it.
    pub at: DateTime<Utc>,
    pub source: ConsentSource,
    /// The version of the text that they agreed to.
    pub text_version: Option<Code>,
    /// That text, or what they wrote.
    pub wording: Option<Personal<Note>>,
    /// In whose name it is given, if that is known.
    pub customer_id: Option<CustomerId>,
    pub by: Actor,
}

#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, strum::IntoStaticStr, strum::VariantNames,
)]
#[serde(tag = "type")]
pub enum ConsentEvent {
    ConsentGranted { change: ConsentChange },
    ConsentWithdrawn { change: ConsentChange },
}

crate::domain_event!(ConsentEvent);
