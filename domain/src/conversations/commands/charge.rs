//! Who is in charge of a conversation, and how it stands.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::correspondence::current;
use crate::conversations::chapter::{Chapter, ChapterCommand, Charge, HandoverReason, Label, Situation};
use crate::kernel::ids::{ConversationId, OutboundMessageId};
use crate::kernel::personal::{Personal, SubjectId};
use crate::kernel::work::{Command, Failure, Work};
use crate::values::text::Note;

/// What is decided about a conversation.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Charging {
    HandOver {
        to: Charge,
        reason: HandoverReason,
        /// What whoever takes over should know.
        brief: Option<Personal<Note>>,
    },
    Assign {
        to: Charge,
    },
    Snooze {
        until: DateTime<Utc>,
    },
    /// The time has come until which it was snoozed.
    Wake,
    Resolve,
    Reopen,
    AddLabel {
        label: Label,
    },
    RemoveLabel {
        label: Label,
    },
    /// A question is answered, or moot.
    SettleQuestion {
        message_id: OutboundMessageId,
    },
}

/// Hands over, assigns, snoozes, wakes, resolves, reopens or labels a conversation.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ChargeConversation {
    pub conversation_id: ConversationId,
    pub charging: Charging,
    /// The version that was seen: how many events its chapters have.
    pub seen_version: Option<i64>,
}

/// A conversation as it stands after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charged {
    /// The one that was meant, or the one that it was joined into.
    pub id: ConversationId,
    pub version: i64,
    pub situation: Situation,
}

impl Command for ChargeConversation {
    const NAME: &'static str = "ChargeConversation";
    type Output = Charged;

    async fn decide<W: Work>(&self, work: &W) -> Result<Charged, Failure> {
        let here = current(work, self.conversation_id).await?;
        let mut loaded = work.load::<Chapter>(here.chapter_id).await?;
        loaded.version = loaded.state.events_so_far();
        loaded.unchanged_since(self.seen_version)?;
        let (by, now) = (work.actor().clone(), work.now());
        let command = match self.charging.clone() {
            Charging::HandOver { to, reason, brief } => {
                let brief = brief.map(|brief| brief.about(SubjectId::of(here.id)));
                ChapterCommand::HandOver { to, reason, brief, by }
            }
            Charging::Assign { to } => ChapterCommand::Assign { to, by },
            Charging::Snooze { until } => ChapterCommand::Snooze { until, now, by },
            Charging::Wake => ChapterCommand::Wake { now },
            Charging::Resolve => ChapterCommand::Resolve { by },
            Charging::Reopen => ChapterCommand::Reopen { by },
            Charging::AddLabel { label } => ChapterCommand::AddLabel { label, by },
            Charging::RemoveLabel { label } => ChapterCommand::RemoveLabel { label, by },
            Charging::SettleQuestion { message_id } => ChapterCommand::SettleQuestion { message_id },
        };
        let chapter = work.execute::<Chapter>(here.chapter_id, command).await?;
        Ok(Charged { id: here.id, version: chapter.events_so_far(), situation: chapter.situation.clone() })
    }
}
