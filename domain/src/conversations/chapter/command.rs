use chrono::{DateTime, Utc};

use super::event::{Charge, HandoverReason, Label, Question, Situation};
use crate::conversations::outbound_message::Topic;
use crate::kernel::ids::{ConversationId, OutboundMessageId, ProviderMessageId};
use crate::kernel::metadata::Actor;
use crate::kernel::personal::Personal;
use crate::languages::Keyword;
use crate::values::text::Note;

#[derive(Debug, Clone, PartialEq)]
pub enum ChapterCommand {
    Begin {
        conversation_id: ConversationId,
        number: u32,
        events_before: i64,
        situation: Situation,
    },
    Receive {
        message_id: ProviderMessageId,
        /// When it was written.
        at: DateTime<Utc>,
        now: DateTime<Utc>,
        /// The message of ours that it names as the one it answers.
        answers: Option<(OutboundMessageId, Option<Topic>)>,
        keyword: Option<Keyword>,
    },
    Queue {
        message_id: OutboundMessageId,
        by: Actor,
        /// What it asks.
        question: Option<Question>,
    },
    /// The question is answered, or moot.
    SettleQuestion {
        message_id: OutboundMessageId,
    },
    HandOver {
        to: Charge,
        reason: HandoverReason,
        brief: Option<Personal<Note>>,
        by: Actor,
    },
    Assign {
        to: Charge,
        by: Actor,
    },
    Snooze {
        until: DateTime<Utc>,
        now: DateTime<Utc>,
        by: Actor,
    },
    /// The time has come until which it was snoozed.
    Wake {
        now: DateTime<Utc>,
    },
    Resolve {
        by: Actor,
    },
    Reopen {
        by: Actor,
    },
    AddLabel {
        label: Label,
        by: Actor,
    },
    RemoveLabel {
        label: Label,
        by: Actor,
    },
}
