//! What the journal says, line by line: what was asked for, and what the servers answered.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What a line of the journal says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Record {
    /// A run at a business begins; what follows of this business belongs to it.
    Run { services: Vec<Service>, started_at: DateTime<Utc> },
    /// A booking, a change of an appointment, or a message is about to be asked for.
    Attempt {
        tool_call_id: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        appointment_id: Option<String>,
        #[serde(default, skip_serializing_if = "Asks::is_first")]
        asks: Asks,
    },
    /// The booking or the change was refused: everything is as it was.
    Refused { tool_call_id: String },
    /// The booking or the change was acknowledged: this is how the appointment is now.
    Appointment {
        appointment_id: String,
        start: DateTime<Utc>,
        state: State,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        particulars: Option<Particulars>,
        call_id: String,
        tool_call_id: String,
    },
    /// A message was taken.
    Message {
        message_id: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Note>,
        call_id: String,
        #[serde(default)]
        tool_call_id: String,
    },
    /// Somebody asked for appointments, and was told of these.
    Told(Told),
    /// A webhook without an answer of its own was acknowledged. The identity tells it from others of the
    /// call.
    Webhook { delivery: String, call_id: String, identity: String },
    /// A run has ended by itself, with so many webhooks that got no answer.
    Ended { unanswered_webhooks: u64 },
}

/// What an attempt asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asks {
    /// A booking or a change of an appointment.
    #[default]
    First,
    /// The same as another tool call: it changes nothing that the other one has not changed.
    Again,
    Message,
}

impl Asks {
    fn is_first(&self) -> bool {
        *self == Self::First
    }
}

/// A service that is booked, with the minutes that it keeps free around its appointments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    pub id: String,
    #[serde(default)]
    pub name: String,
    pub buffer_before_minutes: u32,
    pub buffer_after_minutes: u32,
    /// Appointments of a class share their resources if they begin at the same time.
    #[serde(default)]
    pub is_class: bool,
}

/// Somebody who calls. A family has one number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub name: String,
    /// In E.164.
    pub phone: String,
}

/// Whose an appointment is, and which service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Particulars {
    pub person: Person,
    pub service_id: String,
    /// The name of the service.
    pub service: String,
}

/// What a message says, and from whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    pub text: String,
    pub from: Person,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Booked,
    Cancelled,
}

/// Somebody asked for appointments, and heard of these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    pub at: DateTime<Utc>,
    pub call_id: String,
    /// Whom the caller said to be, with the number that they said or call from.
    pub asker: Person,
    pub proof: Proof,
    pub heard: Vec<Heard>,
}

/// By what a caller shows that appointments are theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// The network shows the number.
    CallsFromNumber,
    /// The caller says number and name.
    SaysNumberAndName,
    /// The caller shows nothing: the number is withheld and not said, or said without a name.
    Nothing,
}

/// An appointment, as it was told to somebody who asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    pub appointment_id: String,
    /// By its name.
    pub service: String,
    /// For whom it is, if that was said.
    pub name: Option<String>,
}
