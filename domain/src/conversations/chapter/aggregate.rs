use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::command::ChapterCommand;
use super::error::{CHAPTER_EVENTS_MAX, ChapterError, LABELS_MAX, QUESTIONS_MAX, SNOOZE_DAYS_MAX};
use super::event::{Binding, BoundHow, ChapterEvent, Charge, Place, Situation, Status, Turn, TurnPart};
use crate::conversations::outbound_message::Topic;
use crate::kernel::ids::{ChapterId, ConversationId, OutboundMessageId};
use crate::kernel::metadata::{Actor, ActorKind};

/// Where the chapter stands in its conversation, and how things are.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Chapter {
    pub conversation_id: Option<ConversationId>,
    pub number: u32,
    events_before: i64,
    events: i64,
    pub situation: Situation,
}

impl Chapter {
    /// Whether the next one has to begin.
    pub fn is_full(&self) -> bool {
        self.events >= CHAPTER_EVENTS_MAX
    }

    /// How many events the chapters have, up to now. It grows from chapter to chapter, so it is the version
    /// of the conversation.
    pub fn events_so_far(&self) -> i64 {
        self.events_before + self.events
    }

    pub fn decide(&self, command: ChapterCommand) -> Result<Vec<ChapterEvent>, ChapterError> {
        let situation = &self.situation;
        if let ChapterCommand::Begin { conversation_id, number, events_before, situation } = command {
            return if self.conversation_id.is_some() {
                Err(ChapterError::AlreadyBegun)
            } else {
                Ok(vec![ChapterEvent::ChapterBegun { conversation_id, number, events_before, situation }])
            };
        }
        if self.conversation_id.is_none() {
            return Err(ChapterError::NotBegun);
        }
        let if_new = |is_new: bool, event| if is_new { vec![event] } else { vec![] };
        Ok(match command {
            ChapterCommand::Begin { .. } => vec![],
            ChapterCommand::Receive { message_id, at, now, answers, keyword } => {
                let reopened = if_new(situation.status != Status::Open, ChapterEvent::Reopened { by: None });
                let turn = situation.turn.as_ref().map_or(
                    TurnPart { number: situation.turns + 1, began_at: now },
                    |turn| TurnPart { number: turn.number, began_at: turn.began_at },
                );
                let binding = self.binding(answers, at);
                let taken_in = ChapterEvent::MessageTakenIn { message_id, at, turn, binding, keyword };
                [reopened, vec![taken_in]].concat()
            }
            ChapterCommand::Queue { message_id, by, question } => {
                let assigned = self.taking_over(&by)?;
                let is_answer = by.kind != ActorKind::System;
                let turn = situation.turn.as_ref().filter(|_| is_answer);
                let answers_turn = turn.map(|turn| turn.number);
                let sent = ChapterEvent::MessageSent { message_id, by, answers_turn, question };
                [assigned, vec![sent]].concat()
            }
            ChapterCommand::SettleQuestion { message_id } => {
                let is_open = situation.questions.iter().any(|question| question.message_id == message_id);
                if_new(is_open, ChapterEvent::QuestionSettled { message_id })
            }
            ChapterCommand::HandOver { to, reason, brief, by } => {
                if_new(situation.in_charge != to, ChapterEvent::HandedOver { to, reason, brief, by })
            }
            ChapterCommand::Assign { to, by } => {
                if_new(situation.in_charge != to, ChapterEvent::Assigned { to, by })
            }
            ChapterCommand::Snooze { until, now, by } => {
                if until <= now || until > now + TimeDelta::days(SNOOZE_DAYS_MAX) {
                    return Err(ChapterError::SnoozeOutOfRange);
                }
                let is_new = situation.status != Status::Snoozed { until };
                if_new(is_new, ChapterEvent::Snoozed { until, by })
            }
            ChapterCommand::Wake { now } => {
                let is_due = matches!(situation.status, Status::Snoozed { until } if until <= now);
                if_new(is_due, ChapterEvent::Reopened { by: None })
            }
            ChapterCommand::Resolve { by } => {
                if_new(situation.status != Status::Resolved, ChapterEvent::Resolved { by })
            }
            ChapterCommand::Reopen { by } => {
                if_new(situation.status != Status::Open, ChapterEvent::Reopened { by: Some(by) })
            }
            ChapterCommand::AddLabel { label, by } => {
                let is_new = !situation.labels.contains(&label);
                if is_new && situation.labels.len() >= LABELS_MAX {
                    return Err(ChapterError::TooManyLabels);
                }
                if_new(is_new, ChapterEvent::LabelAdded { label, by })
            }
            ChapterCommand::RemoveLabel { label, by } => {
                if_new(situation.labels.contains(&label), ChapterEvent::LabelRemoved { label, by })
            }
        })
    }

    /// Refuses an assistant that is not in charge. Whoever of the business writes while it is takes over, so
    /// that the two do not talk at once.
    fn taking_over(&self, by: &Actor) -> Result<Vec<ChapterEvent>, ChapterError> {
        let is_assistants = self.situation.in_charge.is_assistant();
        match by.kind {
            ActorKind::Assistant if !is_assistants => Err(ChapterError::PeopleInCharge),
            ActorKind::Staff | ActorKind::Operator if is_assistants => {
                Ok(vec![ChapterEvent::Assigned { to: Charge::Anybody, by: by.clone() }])
            }
            ActorKind::Assistant
            | ActorKind::Staff
            | ActorKind::Operator
            | ActorKind::Provider
            | ActorKind::System => Ok(vec![]),
        }
    }

    /// What a message answers: what it names, or else the latest question that was open when it was written.
    fn binding(
        &self,
        named: Option<(OutboundMessageId, Option<Topic>)>,
        at: DateTime<Utc>,
    ) -> Option<Binding> {
        if let Some((to, topic)) = named {
            return Some(Binding { to, topic, how: BoundHow::Named });
        }
        let mut open = self.situation.questions.iter().rev().filter(|question| at < question.open_until);
        let question = open.next()?;
        let how = if open.next().is_some() { BoundHow::Latest } else { BoundHow::Only };
        Some(Binding { to: question.message_id, topic: Some(question.topic), how })
    }

    pub fn evolve(&mut self, event: ChapterEvent) {
        self.events += 1;
        let situation = &mut self.situation;
        match event {
            ChapterEvent::ChapterBegun { conversation_id, number, events_before, situation } => {
                let conversation_id = Some(conversation_id);
                *self = Self { conversation_id, number, events_before, events: self.events, situation };
            }
            ChapterEvent::MessageTakenIn { message_id, at, turn, binding: _, keyword: _ } => {
                situation.wrote_at = situation.wrote_at.max(Some(at));
                let place = Place { at, message_id };
                let (first, last, messages) = match &situation.turn {
                    Some(open) => (open.first.min(place), open.last.max(place), open.messages + 1),
                    None => (place, place, 1),
                };
                let TurnPart { number, began_at } = turn;
                situation.turns = number;
                situation.turn = Some(Turn { number, began_at, first, last, messages });
            }
            ChapterEvent::MessageSent { message_id: _, by: _, answers_turn, question } => {
                if answers_turn.is_some() {
                    situation.turn = None;
                }
                situation.questions.extend(question);
                let too_many = situation.questions.len().saturating_sub(QUESTIONS_MAX);
                situation.questions.drain(..too_many);
            }
            ChapterEvent::QuestionSettled { message_id } => {
                situation.questions.retain(|question| question.message_id != message_id);
            }
            ChapterEvent::HandedOver { to, .. } | ChapterEvent::Assigned { to, .. } => {
                situation.in_charge = to;
            }
            ChapterEvent::Snoozed { until, by: _ } => situation.status = Status::Snoozed { until },
            ChapterEvent::Resolved { by: _ } => {
                situation.status = Status::Resolved;
                situation.turn = None;
            }
            ChapterEvent::Reopened { by: _ } => situation.status = Status::Open,
            ChapterEvent::LabelAdded { label, by: _ } => {
                situation.labels.insert(label);
            }
            ChapterEvent::LabelRemoved { label, by: _ } => {
                situation.labels.remove(&label);
            }
        }
    }
}

crate::aggregate!(Chapter, "conversation_chapter", ChapterId, ChapterCommand, ChapterEvent, ChapterError);
