//! One call: tool calls that are answered, news of the call that is acknowledged, and both of them repeated.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use futures::future::select;
use serde_json::Value;

use super::message::{ArgumentForm, Call, ToolCall, Turn};
use super::platform::Platform;
use super::reply::{Answer, SpokenSlot, ToolReply};
use crate::promises::journal::Journal;
use crate::promises::ledger::{Record, State};
use crate::report::tally::{Tally, add};

/// What all calls to one business share.
pub struct Run {
    pub platform: Platform,
    pub tally: Arc<Tally>,
    pub journal: Journal,
    pub unanswered_webhooks: AtomicU64,
}

impl Run {
    pub fn new(platform: Platform, tally: Arc<Tally>, journal: Journal) -> Arc<Self> {
        Arc::new(Self { platform, tally, journal, unanswered_webhooks: AtomicU64::new(0) })
    }
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
pub enum ChangeOutcome {
    Made {
        appointment_id: String,
    },
    /// With the slots that were offered instead.
    Refused(Vec<SpokenSlot>),
    Failed,
}

pub struct CallSession {
    pub run: Arc<Run>,
    pub call: Call,
    /// The server that every message goes to first. Without it each message goes to the next server.
    pub server: Option<usize>,
}

impl CallSession {
    fn server(&self) -> usize {
        self.server.unwrap_or_else(|| self.run.platform.next_server())
    }

    /// Asks for something that changes no appointment.
    pub async fn ask(&self, tool: &'static str, arguments: Value, repeat: Repeat) -> Option<Answer> {
        self.call_tool(&ToolCall::new(tool, arguments), repeat, |_| {}).await
    }

    pub async fn leave_message(&self, arguments: Value, repeat: Repeat) {
        let record = |answer: &Answer| {
            if let Some(message_id) = answer.message_id.clone() {
                self.run.journal.record(Record::Message { message_id, call_id: self.call.id.clone() });
            }
        };
        self.call_tool(&ToolCall::new("take_message", arguments), repeat, record).await;
    }

    /// Asks for a booking, or for a change of an appointment.
    pub async fn change(
        &self,
        call: &ToolCall,
        appointment_id: Option<&str>,
        repeat: Repeat,
    ) -> ChangeOutcome {
        let Run { tally, journal, .. } = &*self.run;
        let appointment_id = appointment_id.map(str::to_owned);
        journal.record(Record::Attempt { tool_call_id: call.id.clone(), appointment_id });
        let record = |answer: &Answer| self.record_change(call, answer);
        let Some(answer) = self.call_tool(call, repeat, record).await else { return ChangeOutcome::Failed };
        let made = match answer.status.as_str() {
            "booked" => &tally.booked,
            "rescheduled" => &tally.moved,
            "cancelled" => &tally.cancelled,
            "refused" => {
                add(&tally.refused);
                return ChangeOutcome::Refused(answer.slots);
            }
            status => {
                tally.error(&format!("{}: the answer's status is {status:?}", call.tool));
                return ChangeOutcome::Failed;
            }
        };
        // An answer without it has been counted as an error when it was recorded.
        let Some(appointment_id) = answer.appointment_id else { return ChangeOutcome::Failed };
        add(made);
        ChangeOutcome::Made { appointment_id }
    }

    /// Writes down what an answer promises.
    fn record_change(&self, call: &ToolCall, answer: &Answer) {
        let Run { tally, journal, .. } = &*self.run;
        let tool_call_id = call.id.clone();
        let state = match answer.status.as_str() {
            "booked" | "rescheduled" => State::Booked,
            "cancelled" => State::Cancelled,
            "refused" => return journal.record(Record::Refused { tool_call_id }),
            _ => return,
        };
        match (answer.appointment_id.clone(), answer.start) {
            (Some(appointment_id), Some(start)) => {
                let call_id = self.call.id.clone();
                journal.record(Record::Appointment { appointment_id, start, state, call_id, tool_call_id });
            }
            _ => tally.error(&format!("{}: the answer has no appointment_id or no start", call.tool)),
        }
    }

    /// Sends a tool call, perhaps twice, and compares the replies. `record` sees the first answer at once.
    async fn call_tool(&self, call: &ToolCall, repeat: Repeat, record: impl Fn(&Answer)) -> Option<Answer> {
        let read = |reply: &ToolReply| {
            let answer = reply.answer(call).map_err(|error| self.run.tally.error(&error.to_string())).ok()?;
            record(&answer);
            Some(answer)
        };
        match repeat {
            Repeat::Never => read(&self.send(call, ArgumentForm::Object).await?),
            Repeat::After(pause) => {
                let first = self.send(call, ArgumentForm::Object).await?;
                let answer = read(&first);
                tokio::time::sleep(pause).await;
                self.compare(call, &first, self.send(call, ArgumentForm::Text).await.as_ref());
                answer
            }
            Repeat::AtOnce => {
                let one = pin!(self.send(call, ArgumentForm::Object));
                let other = pin!(self.send(call, ArgumentForm::Text));
                let (first, rest) = select(one, other).await.factor_first();
                let answer = first.as_ref().and_then(read);
                let second = rest.await;
                match first {
                    Some(first) => {
                        self.compare(call, &first, second.as_ref());
                        answer
                    }
                    None => read(&second?),
                }
            }
        }
    }

    /// Counts a repeated tool call that was answered differently.
    fn compare(&self, call: &ToolCall, first: &ToolReply, second: Option<&ToolReply>) {
        if second.is_some_and(|second| second != first) {
            let tally = &self.run.tally;
            add(&tally.changed_answers);
            let tool = call.tool;
            tally.complain(&format!(
                "{tool}: the same tool call was answered differently when it was repeated"
            ));
        }
    }

    async fn send(&self, call: &ToolCall, form: ArgumentForm) -> Option<ToolReply> {
        let Run { platform, tally, .. } = &*self.run;
        let body = self.call.tool_call(call, form);
        let begun = Instant::now();
        let reply = platform.deliver(self.server(), &body).await;
        tally.time(call.tool, begun.elapsed());
        let reply = reply.and_then(|reply| ToolReply::parse(&reply, call));
        reply.map_err(|error| tally.error(&format!("{}: {error:#}", call.tool))).ok()
    }

    /// Tells the servers that the call has a new status.
    pub async fn update_status(&self, status: &str, at: DateTime<Utc>) {
        let identity = format!("{status} {}", at.timestamp_millis());
        self.notify("status_update", "status-update", identity, &self.call.status_update(status, at)).await;
    }

    /// Tells the servers what has been said so far.
    pub async fn update_conversation(&self, turns: &[Turn], at: DateTime<Utc>) {
        let body = self.call.conversation_update(turns, at);
        self.notify("conversation_update", "conversation-update", turns.len().to_string(), &body).await;
    }

    /// Sends the report on the call, once it is over.
    pub async fn report(&self, started_at: DateTime<Utc>, ended_at: DateTime<Utc>) {
        let body = self.call.end_of_call_report(started_at, ended_at);
        self.notify("end_of_call_report", "end-of-call-report", String::new(), &body).await;
    }

    async fn notify(&self, step: &'static str, delivery: &str, identity: String, body: &str) {
        let Run { platform, tally, journal, unanswered_webhooks } = &*self.run;
        let begun = Instant::now();
        let reply = platform.deliver(self.server(), body).await;
        tally.time(step, begun.elapsed());
        match reply {
            Ok(_) => {
                let (delivery, call_id) = (delivery.to_owned(), self.call.id.clone());
                journal.record(Record::Webhook { delivery, call_id, identity });
            }
            Err(error) => {
                add(unanswered_webhooks);
                tally.error(&format!("{step}: {error:#}"));
            }
        }
    }
}
