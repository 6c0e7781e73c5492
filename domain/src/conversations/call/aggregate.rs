use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::command::CallCommand;
use super::error::{CallError, TOOL_CALLS_MAX, WRONG_PROOFS_MAX};
use super::event::{CallEvent, CallStart, TakenMessage, ToolAnswer};
use crate::kernel::ids::{AppointmentId, CallId};
use crate::kernel::personal::Personal;
use crate::values::code::Code;
use crate::values::words::words;

/// A call. Its webhooks come in any order, so every part may be missing. Of its report it is enough to know
/// that it came: a transcript may be longer than all the rest.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Call {
    pub start: Option<CallStart>,
    status: Option<Code>,
    answers: BTreeMap<String, ToolAnswer>,
    disclosed: BTreeSet<AppointmentId>,
    #[serde(default)]
    messages: Vec<TakenMessage>,
    /// The arguments of each tool call that proved wrongly who the caller is, once.
    #[serde(default)]
    guesses: Vec<Personal<Value>>,
    /// Those of the tool call whose answer comes next.
    #[serde(skip)]
    asked: Option<Personal<Value>>,
    ended: bool,
    reported: bool,
}

impl Call {
    /// The answer that a tool call got.
    pub fn answer(&self, tool_call_id: &str) -> Option<&ToolAnswer> {
        self.answers.get(tool_call_id)
    }

    /// Whether the assistant has learnt of an appointment in this call.
    pub fn has_disclosed(&self, appointment_id: AppointmentId) -> bool {
        self.disclosed.contains(&appointment_id)
    }

    /// Refuses whoever has proved wrongly who they are too often. `guess` is what proves nothing now: the arguments
    /// of the tool call. What is said again counts once.
    pub fn may_prove(&self, guess: Option<&Personal<Value>>) -> Result<(), CallError> {
        let is_new = guess.is_some_and(|guess| !self.has_guessed(guess));
        if self.guesses.len() + usize::from(is_new) < WRONG_PROOFS_MAX {
            Ok(())
        } else {
            Err(CallError::TooManyWrongProofs)
        }
    }

    /// Whether the same was said before to prove who the caller is, and was wrong.
    pub fn has_guessed(&self, guess: &Personal<Value>) -> bool {
        let is_same = |before: &Personal<Value>| before.known().is_some() && before.known() == guess.known();
        self.guesses.iter().any(is_same)
    }

    /// The message that says the same for the same person.
    pub fn same_message(&self, message: &TakenMessage) -> Option<&TakenMessage> {
        let words_of = |message: &TakenMessage| {
            message.text.known().map(|text| words(text.as_str())).filter(|words| !words.is_empty())
        };
        let (text, said) = (&message.text, words_of(message));
        let is_same = |taken: &&TakenMessage| {
            (&taken.from, &taken.phone) == (&message.from, &message.phone)
                && (taken.text == *text || (said.is_some() && words_of(taken) == said))
        };
        self.messages.iter().find(is_same)
    }

    pub fn decide(&self, command: CallCommand) -> Result<Vec<CallEvent>, CallError> {
        let if_new = |is_new: bool, event| if is_new { vec![event] } else { vec![] };
        match command {
            CallCommand::Start { start } => {
                Ok(if_new(self.start.is_none(), CallEvent::CallStarted { start }))
            }
            CallCommand::Progress { status } => {
                let is_new = !self.ended && self.status.as_ref() != Some(&status);
                Ok(if_new(is_new, CallEvent::CallProgressed { status }))
            }
            CallCommand::Answer { call, answer } => {
                if self.answers.contains_key(&call.id) {
                    return Ok(vec![]);
                }
                if self.answers.len() >= TOOL_CALLS_MAX {
                    return Err(CallError::TooManyToolCalls);
                }
                let tool_call_id = call.id.clone();
                Ok(vec![CallEvent::ToolCalled { call }, CallEvent::ToolAnswered { tool_call_id, answer }])
            }
            CallCommand::TakeMessage { message } => Ok(vec![CallEvent::MessageTaken { message }]),
            CallCommand::End { reason } => Ok(if_new(!self.ended, CallEvent::CallEnded { reason })),
            CallCommand::Report { report } => {
                let ended = if_new(!self.ended, CallEvent::CallEnded { reason: report.ended_reason.clone() });
                let reported = if_new(!self.reported, CallEvent::CallReported { report });
                Ok([ended, reported].concat())
            }
        }
    }

    pub fn evolve(&mut self, event: CallEvent) {
        match event {
            CallEvent::CallStarted { start } => self.start = Some(start),
            CallEvent::CallProgressed { status } => self.status = Some(status),
            CallEvent::ToolCalled { call } => self.asked = Some(call.arguments),
            CallEvent::ToolAnswered { tool_call_id, answer } => {
                self.disclosed.extend(&answer.discloses);
                let counts = answer.is_wrong_proof && self.guesses.len() < WRONG_PROOFS_MAX;
                let asked = self.asked.take().filter(|asked| counts && !self.has_guessed(asked));
                self.guesses.extend(asked);
                self.answers.insert(tool_call_id, answer);
            }
            CallEvent::MessageTaken { message } => self.messages.push(message),
            CallEvent::CallEnded { reason: _ } => self.ended = true,
            CallEvent::CallReported { report: _ } => self.reported = true,
        }
    }
}

crate::aggregate!(Call, "call", CallId, CallCommand, CallEvent, CallError);
