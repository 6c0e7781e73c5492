//! One call: tool calls that are answered, news of the call that is acknowledged, and both of them repeated.

use std::fmt;
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
use crate::promises::record::{Asks, Heard, Note, Particulars, Person, Proof, Record, State, Told};
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

/// A booking or a change of an appointment, as it is asked for.
#[derive(Debug, Clone)]
pub struct Request {
    pub call: ToolCall,
    /// What it would change, unless it is a booking.
    pub appointment_id: Option<String>,
    /// What the appointment is then; `None` if that does not matter.
    pub particulars: Option<Particulars>,
    pub asks: Asks,
}

impl Request {
    pub fn booking(arguments: Value, particulars: Option<Particulars>) -> Self {
        let call = ToolCall::new("book_appointment", arguments);
        Self { call, appointment_id: None, particulars, asks: Asks::First }
    }

    pub fn change(
        tool: &'static str,
        arguments: Value,
        appointment_id: &str,
        particulars: Particulars,
    ) -> Self {
        let (call, appointment_id) = (ToolCall::new(tool, arguments), Some(appointment_id.to_owned()));
        Self { call, appointment_id, particulars: Some(particulars), asks: Asks::First }
    }

    /// The same under another id.
    pub fn again(&self) -> Self {
        Self { call: self.call.again(), asks: Asks::Again, ..self.clone() }
    }
}

/// What became of a booking or of a change.
#[derive(Debug, Clone)]
pub enum ChangeOutcome {
    Made(Made),
    /// With the slots that were offered instead.
    Refused(Vec<SpokenSlot>),
    Failed,
}

/// An appointment that is booked, moved or cancelled, as the answer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    pub appointment_id: String,
    pub start: DateTime<Utc>,
}

/// What somebody heard who asked for their appointments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    Told(Vec<Heard>),
    /// The number or the name was asked for.
    AskedBack,
    Failed,
}

impl fmt::Display for ChangeOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Made(Made { appointment_id, start }) => write!(f, "{appointment_id} at {start}"),
            Self::Refused(_) => f.write_str("refused"),
            Self::Failed => f.write_str("failed"),
        }
    }
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

    /// Asks which appointments somebody has.
    pub async fn find(&self, arguments: Value, asker: Person, proof: Proof) -> Found {
        let call = ToolCall::new("find_appointments", arguments);
        let Some(reply) = self.send(&call, ArgumentForm::Object).await else { return Found::Failed };
        if reply.is_error {
            return Found::AskedBack;
        }
        let Some(Answer { appointments: heard, .. }) = self.read(&reply, &call) else { return Found::Failed };
        let (at, call_id) = (Utc::now(), self.call.id.clone());
        self.run.journal.record(Record::Told(Told { at, call_id, asker, proof, heard: heard.clone() }));
        Found::Told(heard)
    }

    /// What a reply says. What cannot be read is an error.
    fn read(&self, reply: &ToolReply, call: &ToolCall) -> Option<Answer> {
        reply.answer(call).map_err(|error| self.run.tally.error(&error.to_string())).ok()
    }

    /// Leaves a message, and returns its id.
    pub async fn leave_message(&self, call: &ToolCall, note: &Note, repeat: Repeat) -> Option<String> {
        let Run { journal, tally, .. } = &*self.run;
        let tool_call_id = || call.id.clone();
        journal.record(Record::Attempt {
            tool_call_id: tool_call_id(),
            appointment_id: None,
            asks: Asks::Message,
        });
        let record = |answer: &Answer| {
            let Some(message_id) = answer.message_id.clone() else { return };
            let (note, call_id) = (Some(note.clone()), self.call.id.clone());
            if !journal.record(Record::Message { message_id, note, call_id, tool_call_id: tool_call_id() }) {
                add(&tally.done_already);
            }
        };
        self.call_tool(call, repeat, record).await?.message_id
    }

    /// Asks for a booking, or for a change of an appointment.
    pub async fn change(&self, request: &Request, repeat: Repeat) -> ChangeOutcome {
        let Request { call, appointment_id, asks, .. } = request;
        let Run { tally, journal, .. } = &*self.run;
        let (tool_call_id, appointment_id) = (call.id.clone(), appointment_id.clone());
        journal.record(Record::Attempt { tool_call_id, appointment_id, asks: *asks });
        let record = |answer: &Answer| self.record_change(request, answer);
        let Some(answer) = self.call_tool(call, repeat, record).await else { return ChangeOutcome::Failed };
        match answer.status.as_str() {
            // An answer without them has been counted as an error when it was recorded.
            "booked" | "rescheduled" | "cancelled" => match (answer.appointment_id, answer.start) {
                (Some(appointment_id), Some(start)) => ChangeOutcome::Made(Made { appointment_id, start }),
                _ => ChangeOutcome::Failed,
            },
            "refused" => {
                add(&tally.refused);
                ChangeOutcome::Refused(answer.slots)
            }
            status => {
                tally.error(&format!("{}: the answer's status is {status:?}", call.tool));
                ChangeOutcome::Failed
            }
        }
    }

    /// Writes down and counts what an answer promises.
    fn record_change(&self, request: &Request, answer: &Answer) {
        let Run { tally, journal, .. } = &*self.run;
        let Request { call, particulars, .. } = request;
        let tool_call_id = call.id.clone();
        let (state, made) = match answer.status.as_str() {
            "booked" => (State::Booked, &tally.booked),
            "rescheduled" => (State::Booked, &tally.moved),
            "cancelled" => (State::Cancelled, &tally.cancelled),
            "refused" => {
                journal.record(Record::Refused { tool_call_id });
                return;
            }
            _ => return,
        };
        let (Some(appointment_id), Some(start)) = (answer.appointment_id.clone(), answer.start) else {
            return tally.error(&format!("{}: the answer has no appointment_id or no start", call.tool));
        };
        if particulars.as_ref().is_some_and(|particulars| !answer.names(particulars)) {
            let complaint = format!("{}: asked for {particulars:?}, told {:?}", call.tool, answer.message);
            tally.error(&complaint);
        }
        let (particulars, call_id) = (particulars.clone(), self.call.id.clone());
        let record = Record::Appointment { appointment_id, start, state, particulars, call_id, tool_call_id };
        add(if journal.record(record) { made } else { &tally.done_already });
    }

    /// Sends a tool call, perhaps twice, and compares the replies. `record` sees the first answer at once.
    async fn call_tool(&self, call: &ToolCall, repeat: Repeat, record: impl Fn(&Answer)) -> Option<Answer> {
        let read = |reply: &ToolReply| {
            let answer = self.read(reply, call)?;
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
