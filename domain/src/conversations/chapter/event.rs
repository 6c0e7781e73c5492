use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::conversations::outbound_message::Topic;
use crate::kernel::ids::{ConversationId, OutboundMessageId, ProviderMessageId};
use crate::kernel::metadata::Actor;
use crate::kernel::personal::Personal;
use crate::languages::Keyword;
use crate::values::text::{Note, Text};

/// What a business calls a kind of conversation, a team, or somebody who works there.
pub type Label = Text<60>;

/// Who answers.
#[derive(
    Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, strum::EnumDiscriminants,
)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[strum_discriminants(name(ChargeKind), derive(strum::IntoStaticStr), strum(serialize_all = "snake_case"))]
pub enum Charge {
    Assistant,
    /// Whoever of the business has time.
    #[default]
    Anybody,
    Team {
        name: Label,
    },
    Person {
        handle: Label,
    },
}

impl Charge {
    pub fn is_assistant(&self) -> bool {
        *self == Self::Assistant
    }
}

/// Why a conversation is handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, strum::VariantArray)]
#[serde(rename_all = "snake_case")]
pub enum HandoverReason {
    /// They want a person.
    Asked,
    NotUnderstood,
    Upset,
    /// It is not for a machine: a complaint, health, money.
    Sensitive,
    /// The assistant has used up what it may.
    LimitReached,
    AssistantUnavailable,
    /// Somebody who is likely to buy.
    Lead,
    Other,
}

#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, strum::EnumDiscriminants,
)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[strum_discriminants(name(StatusKind), derive(strum::IntoStaticStr), strum(serialize_all = "snake_case"))]
pub enum Status {
    #[default]
    Open,
    Snoozed {
        until: DateTime<Utc>,
    },
    Resolved,
}

/// A message in the order in which they were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    pub at: DateTime<Utc>,
    pub message_id: ProviderMessageId,
}

/// What nobody has answered yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Turn {
    /// From 1, through all chapters.
    pub number: u32,
    /// When its first message came in.
    pub began_at: DateTime<Utc>,
    pub first: Place,
    pub last: Place,
    pub messages: u32,
}

/// The turn that a message is a part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TurnPart {
    pub number: u32,
    pub began_at: DateTime<Utc>,
}

/// What a message of ours asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Question {
    pub message_id: OutboundMessageId,
    pub topic: Topic,
    /// After this an answer is none any more: the appointment has begun, the offer is over.
    pub open_until: DateTime<Utc>,
}

/// What a message answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Binding {
    pub to: OutboundMessageId,
    pub topic: Option<Topic>,
    pub how: BoundHow,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BoundHow {
    /// It names the message.
    Named,
    /// No other question was open.
    Only,
    /// Others were open, too. Ask before anything is done.
    Latest,
}

/// How a conversation stands. It is as large as its labels and open questions are many.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Situation {
    pub status: Status,
    pub in_charge: Charge,
    pub labels: BTreeSet<Label>,
    /// When they last wrote, by the clock of their provider. WhatsApp's window rests on it.
    pub wrote_at: Option<DateTime<Utc>>,
    pub turn: Option<Turn>,
    /// How many turns there have been.
    pub turns: u32,
    /// Those that are not answered, the latest last.
    pub questions: Vec<Question>,
}

#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, strum::IntoStaticStr, strum::VariantNames,
)]
#[serde(tag = "type")]
pub enum ChapterEvent {
    ChapterBegun {
        conversation_id: ConversationId,
        number: u32,
        /// How many events the chapters before have.
        events_before: i64,
        situation: Situation,
    },
    MessageTakenIn {
        message_id: ProviderMessageId,
        at: DateTime<Utc>,
        turn: TurnPart,
        binding: Option<Binding>,
        keyword: Option<Keyword>,
    },
    MessageSent {
        message_id: OutboundMessageId,
        by: Actor,
        /// The turn that it ends.
        answers_turn: Option<u32>,
        question: Option<Question>,
    },
    QuestionSettled {
        message_id: OutboundMessageId,
    },
    HandedOver {
        to: Charge,
        reason: HandoverReason,
        brief: Option<Personal<Note>>,
        by: Actor,
    },
    Assigned {
        to: Charge,
        by: Actor,
    },
    Snoozed {
        until: DateTime<Utc>,
        by: Actor,
    },
    Resolved {
        by: Actor,
    },
    /// By whoever reopened it, or by a message or the time that came.
    Reopened {
        by: Option<Actor>,
    },
    LabelAdded {
        label: Label,
        by: Actor,
    },
    LabelRemoved {
        label: Label,
        by: Actor,
    },
}

crate::domain_event!(ChapterEvent);
