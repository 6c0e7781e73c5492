//! What the servers have promised in a run.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What a line of the journal says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Record {
    /// A run at a business begins; what follows of this business belongs to it.
    Run { services: Vec<Service>, started_at: DateTime<Utc> },
    /// A booking, or a change of an appointment, is about to be asked for.
    Attempt {
        tool_call_id: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        appointment_id: Option<String>,
    },
    /// The booking or the change was refused: everything is as it was.
    Refused { tool_call_id: String },
    /// The booking or the change was acknowledged: this is how the appointment is now.
    Appointment {
        appointment_id: String,
        start: DateTime<Utc>,
        state: State,
        call_id: String,
        tool_call_id: String,
    },
    /// A message was taken.
    Message { message_id: String, call_id: String },
    /// A webhook without an answer of its own was acknowledged. The identity tells it from others of the
    /// call.
    Webhook { delivery: String, call_id: String, identity: String },
    /// A run has ended by itself, with so many webhooks that got no answer.
    Ended { unanswered_webhooks: u64 },
}

/// A service that is booked, with the minutes that it keeps free around its appointments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    pub id: String,
    pub buffer_before_minutes: u32,
    pub buffer_after_minutes: u32,
    /// Appointments of a class share their resources if they begin at the same time.
    #[serde(default)]
    pub is_class: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Booked,
    Cancelled,
}

/// An appointment as it was acknowledged last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promised {
    pub start: DateTime<Utc>,
    pub state: State,
}

/// A webhook that was acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Webhook {
    call_id: String,
    /// Tells it from others of the call.
    identity: String,
}

/// What was promised in a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    pub business_id: String,
    pub services: Vec<Service>,
    pub appointments: BTreeMap<String, Promised>,
    pub messages: BTreeSet<String>,
    /// By kind.
    pub webhooks: BTreeMap<String, BTreeSet<Webhook>>,
    /// Tool calls without an answer. Each has the appointment that it would change, unless it is a booking.
    pub unanswered: BTreeMap<String, Option<String>>,
    /// Set when the run has ended by itself.
    pub unanswered_webhooks: Option<u64>,
}

impl Ledger {
    pub fn of(business_id: &str) -> Self {
        Self { business_id: business_id.to_owned(), ..Self::default() }
    }

    pub fn apply(&mut self, record: Record) {
        match record {
            Record::Run { services, started_at: _ } => self.services = services,
            Record::Attempt { tool_call_id, appointment_id } => {
                self.unanswered.insert(tool_call_id, appointment_id);
            }
            Record::Refused { tool_call_id } => {
                self.unanswered.remove(&tool_call_id);
            }
            Record::Appointment { appointment_id, start, state, call_id: _, tool_call_id } => {
                self.unanswered.remove(&tool_call_id);
                self.appointments.insert(appointment_id, Promised { start, state });
            }
            Record::Message { message_id, call_id: _ } => {
                self.messages.insert(message_id);
            }
            Record::Webhook { delivery, call_id, identity } => {
                self.webhooks.entry(delivery).or_default().insert(Webhook { call_id, identity });
            }
            Record::Ended { unanswered_webhooks } => self.unanswered_webhooks = Some(unanswered_webhooks),
        }
    }

    /// The appointments whose last change got no answer: it may have been made.
    pub fn unsettled(&self) -> BTreeSet<&str> {
        self.unanswered.values().flatten().map(String::as_str).collect()
    }

    /// Bookings that got no answer: each may have been made.
    pub fn unanswered_bookings(&self) -> usize {
        self.unanswered.values().filter(|appointment| appointment.is_none()).count()
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn run() -> Record {
        let service = Service {
            id: "svc_1".into(),
            buffer_before_minutes: 5,
            buffer_after_minutes: 10,
            is_class: false,
        };
        Record::Run { services: vec![service], started_at: DateTime::UNIX_EPOCH }
    }

    fn attempt(tool_call: &str, appointment: Option<&str>) -> Record {
        Record::Attempt { tool_call_id: tool_call.into(), appointment_id: appointment.map(str::to_owned) }
    }

    fn appointment(tool_call: &str, minute: i64, state: State) -> Record {
        Record::Appointment {
            appointment_id: "apt_1".into(),
            start: DateTime::UNIX_EPOCH + TimeDelta::minutes(minute),
            state,
            call_id: "c1".into(),
            tool_call_id: tool_call.into(),
        }
    }

    #[test]
    fn only_what_was_answered_is_settled() {
        let mut ledger = Ledger::of("biz_1");
        let mut apply = |records: Vec<Record>| {
            records.into_iter().for_each(|record| ledger.apply(record));
            (
                ledger.unanswered_bookings(),
                ledger.unsettled().len(),
                ledger.appointments.get("apt_1").cloned(),
            )
        };
        assert_eq!(apply(vec![run(), attempt("t1", None)]), (1, 0, None));
        let booked = |minute| {
            Some(Promised { start: DateTime::UNIX_EPOCH + TimeDelta::minutes(minute), state: State::Booked })
        };
        assert_eq!(
            apply(vec![appointment("t1", 5, State::Booked), attempt("t2", Some("apt_1"))]),
            (0, 1, booked(5))
        );
        assert_eq!(apply(vec![Record::Refused { tool_call_id: "t2".into() }]), (0, 0, booked(5)));
        assert_eq!(
            apply(vec![attempt("t3", Some("apt_1")), appointment("t3", 9, State::Booked)]),
            (0, 0, booked(9))
        );
    }
}
