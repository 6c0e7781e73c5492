//! One call as the platform carries it: tool calls that are answered, webhooks that are acknowledged, and both of them again.

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use futures::future::select;
use serde_json::Value;

use super::journal::{Journal, Record, State};
use super::platform::Platform;
use super::report::{Tally, add};
use super::wire::{Answer, Call, Form, OpenSlot, Told, ToolCall, told};

/// What all callers share.
pub struct World {
    pub platform: Platform,
    pub tally: Tally,
    pub journal: Journal,
}

/// Whether and when the platform sends the same tool call again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    Never,
    AtOnce,
    After(Duration),
}

/// What became of a booking or of a change.
#[derive(Debug)]
pub enum Outcome {
    Done { appointment_id: String },
    Refused(Vec<OpenSlot>),
    Failed,
}

pub struct Line {
    pub world: Arc<World>,
    pub call: Call,
    /// The server that all of it goes to first; otherwise each message goes to the next one.
    pub server: Option<usize>,
}

impl Line {
    fn server(&self) -> usize {
        self.server.unwrap_or_else(|| self.world.platform.next_server())
    }

    /// Asks for something that changes no appointment.
    pub async fn ask(&self, tool: &'static str, arguments: Value, repeat: Repeat) -> Option<Answer> {
        self.call_tool(&ToolCall::new(tool, arguments), repeat, |_| {}).await
    }

    pub async fn leave_message(&self, arguments: Value, repeat: Repeat) {
        let taken = |answer: &Answer| {
            if let Some(message_id) = answer.message_id.clone() {
                self.world.journal.record(Record::Message { message_id, call_id: self.call.id.clone() });
            }
        };
        self.call_tool(&ToolCall::new("take_message", arguments), repeat, taken).await;
    }

    /// Asks for a booking, or for a change of an appointment.
    pub async fn change(&self, call: &ToolCall, appointment_id: Option<&str>, repeat: Repeat) -> Outcome {
        let World { tally, journal, .. } = &*self.world;
        journal.record(Record::Attempt { tool_call_id: call.id.clone(), appointment_id: appointment_id.map(str::to_owned) });
        let Some(answer) = self.call_tool(call, repeat, |answer| self.settle(call, answer)).await else { return Outcome::Failed };
        match (answer.status.as_str(), answer.appointment_id) {
            ("booked", Some(appointment_id)) => {
                add(&tally.booked);
                Outcome::Done { appointment_id }
            }
            ("rescheduled", Some(appointment_id)) => {
                add(&tally.moved);
                Outcome::Done { appointment_id }
            }
            ("cancelled", Some(appointment_id)) => {
                add(&tally.cancelled);
                Outcome::Done { appointment_id }
            }
            ("refused", _) => {
                add(&tally.refused);
                Outcome::Refused(answer.slots)
            }
            (status, _) => {
                tally.error(&format!("{}: the answer's status is {status:?}", call.tool));
                Outcome::Failed
            }
        }
    }

    /// Writes down what an answer promises.
    fn settle(&self, call: &ToolCall, answer: &Answer) {
        let state = match answer.status.as_str() {
            "booked" | "rescheduled" => State::Booked,
            "cancelled" => State::Cancelled,
            "refused" => return self.world.journal.record(Record::Refused { tool_call_id: call.id.clone() }),
            _ => return,
        };
        match (answer.appointment_id.clone(), answer.start) {
            (Some(appointment_id), Some(start)) => self.world.journal.record(Record::Appointment {
                appointment_id,
                start,
                state,
                call_id: self.call.id.clone(),
                tool_call_id: call.id.clone(),
            }),
            _ => self.world.tally.error(&format!("{}: the answer has no appointment_id or no start", call.tool)),
        }
    }

    /// Sends a tool call, perhaps again, and compares the answers. `settle` sees the first one as soon as it is there.
    async fn call_tool(&self, call: &ToolCall, repeat: Repeat, settle: impl Fn(&Answer)) -> Option<Answer> {
        let read = |told: &Told| {
            let answer = self.read(call, told)?;
            settle(&answer);
            Some(answer)
        };
        let (first, answer, second) = match repeat {
            Repeat::Never => {
                let first = self.send(call, Form::Object).await?;
                return read(&first);
            }
            Repeat::After(pause) => {
                let first = self.send(call, Form::Object).await?;
                let answer = read(&first);
                tokio::time::sleep(pause).await;
                (first, answer, self.send(call, Form::Text).await)
            }
            Repeat::AtOnce => {
                let (one, other) = (pin!(self.send(call, Form::Object)), pin!(self.send(call, Form::Text)));
                let (first, rest) = select(one, other).await.factor_first();
                let answer = first.as_ref().and_then(read);
                match (first, rest.await) {
                    (Some(first), second) => (first, answer, second),
                    (None, second) => return read(&second?),
                }
            }
        };
        if second.is_some_and(|second| second != first) {
            add(&self.world.tally.changed_answers);
            self.world.tally.complain(&format!("{}: the same tool call was answered differently when it was repeated", call.tool));
        }
        answer
    }

    async fn send(&self, call: &ToolCall, form: Form) -> Option<Told> {
        let World { platform, tally, .. } = &*self.world;
        let body = self.call.tool_call(call, form);
        let begun = Instant::now();
        let reply = platform.deliver(self.server(), &body).await;
        tally.time(call.tool, begun.elapsed());
        match reply.and_then(|reply| told(&reply, call)) {
            Ok(told) => Some(told),
            Err(error) => {
                tally.error(&format!("{}: {error:#}", call.tool));
                None
            }
        }
    }

    fn read(&self, call: &ToolCall, told: &Told) -> Option<Answer> {
        let tally = &self.world.tally;
        if told.is_error {
            tally.error(&format!("{}: {}", call.tool, told.text));
            return None;
        }
        let answer = serde_json::from_str(&told.text);
        answer.map_err(|error| tally.error(&format!("{}: the answer is not understood: {error}", call.tool))).ok()
    }

    /// The call has got to a status.
    pub async fn status(&self, status: &str, at: DateTime<Utc>) {
        let identity = format!("{status} {}", at.timestamp_millis());
        self.tell("status_update", "status-update", identity, &self.call.status(status, at)).await;
    }

    /// What there is to say of the call once it is over.
    pub async fn report(&self, started_at: DateTime<Utc>, ended_at: DateTime<Utc>) {
        let body = self.call.report(started_at, ended_at);
        self.tell("end_of_call_report", "end-of-call-report", String::new(), &body).await;
    }

    async fn tell(&self, step: &'static str, delivery: &str, identity: String, body: &str) {
        let World { platform, tally, journal } = &*self.world;
        let begun = Instant::now();
        let reply = platform.deliver(self.server(), body).await;
        tally.time(step, begun.elapsed());
        match reply {
            Ok(_) => journal.record(Record::Webhook { delivery: delivery.to_owned(), call_id: self.call.id.clone(), identity }),
            Err(error) => {
                add(&tally.unanswered_webhooks);
                tally.error(&format!("{step}: {error:#}"));
            }
        }
    }
}
