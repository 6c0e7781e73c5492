//! What the servers have promised in a run.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::hearing;
use super::promised::Promised;
use super::record::{Asks, Note, Particulars, Record, Service, State, Told};

/// A webhook that was acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Webhook {
    call_id: String,
    /// Tells it from others of the call.
    identity: String,
}

/// A tool call without an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Unanswered {
    /// The appointment that it would change, unless it is a booking.
    appointment_id: Option<String>,
    asks: Asks,
}

/// What was promised in a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    pub business_id: String,
    pub services: Vec<Service>,
    pub appointments: BTreeMap<String, Promised>,
    pub messages: BTreeMap<String, Option<Note>>,
    /// What those heard who asked for appointments.
    pub told: Vec<Told>,
    /// Appointments that stood and that their owners have asked for, and have not heard of since.
    pub unheard: BTreeSet<String>,
    /// What somebody was told of an appointment that was not so.
    pub mistold: Vec<String>,
    /// By kind.
    pub webhooks: BTreeMap<String, BTreeSet<Webhook>>,
    unanswered: BTreeMap<String, Unanswered>,
    /// Set when the run has ended by itself.
    pub unanswered_webhooks: Option<u64>,
}

impl Ledger {
    pub fn of(business_id: &str) -> Self {
        Self { business_id: business_id.to_owned(), ..Self::default() }
    }

    /// Returns whether it says anything new.
    pub fn apply(&mut self, record: Record) -> bool {
        match record {
            Record::Run { services, started_at: _ } => {
                self.services = services;
                true
            }
            Record::Attempt { tool_call_id, appointment_id, asks } => {
                self.unanswered.insert(tool_call_id, Unanswered { appointment_id, asks }).is_none()
            }
            Record::Refused { tool_call_id } => self.unanswered.remove(&tool_call_id).is_some(),
            Record::Appointment { appointment_id, start, state, particulars, call_id: _, tool_call_id } => {
                let answered = self.unanswered.remove(&tool_call_id);
                let asked_again = answered.is_some_and(|attempt| attempt.asks == Asks::Again);
                self.promise(appointment_id, start, state, particulars, asked_again)
            }
            Record::Message { message_id, note, call_id: _, tool_call_id } => {
                self.unanswered.remove(&tool_call_id);
                self.messages.insert(message_id, note).is_none()
            }
            Record::Told(told) => {
                self.hear(&told);
                self.told.push(told);
                true
            }
            Record::Webhook { delivery, call_id, identity } => {
                self.webhooks.entry(delivery).or_default().insert(Webhook { call_id, identity })
            }
            Record::Ended { unanswered_webhooks } => {
                self.unanswered_webhooks.replace(unanswered_webhooks).is_none()
            }
        }
    }

    /// Notes how an appointment is now, and returns whether it was otherwise.
    fn promise(
        &mut self,
        id: String,
        start: DateTime<Utc>,
        state: State,
        particulars: Option<Particulars>,
        asked_again: bool,
    ) -> bool {
        let now = Promised { start, state, particulars, changes: 1, moves_in_place: 0 };
        let Some(before) = self.appointments.get_mut(&id) else {
            self.appointments.insert(id, now);
            return true;
        };
        let has_changed = !before.is_same(&now);
        let changes = before.changes + u64::from(has_changed);
        let moves_in_place = before.moves_in_place + u64::from(!has_changed && !asked_again);
        *before = Promised { changes, moves_in_place, ..now };
        has_changed
    }

    /// Notes of which of their appointments somebody has heard, and what they were told that is not so.
    fn hear(&mut self, told: &Told) {
        let is_heard = |id: &str| told.heard.iter().any(|heard| heard.appointment_id == id);
        let unsettled = self.unsettled();
        let own = hearing::own(told, &self.appointments).filter(|id| !unsettled.contains(id));
        let own: Vec<String> = own.map(str::to_owned).collect();
        self.unheard.extend(own);
        self.unheard.retain(|id| !is_heard(id));
        self.mistold.extend(hearing::mistakes(told, &self.appointments));
    }

    /// The appointments whose last change got no answer: it may have been made.
    pub fn unsettled(&self) -> BTreeSet<&str> {
        self.unanswered.values().filter_map(|attempt| attempt.appointment_id.as_deref()).collect()
    }

    /// Changes and messages that got no answer.
    pub fn unanswered(&self) -> usize {
        self.unanswered.len()
    }

    /// Bookings that got no answer: each may have been made.
    pub fn unanswered_bookings(&self) -> usize {
        let is_booking =
            |attempt: &&Unanswered| attempt.appointment_id.is_none() && attempt.asks != Asks::Message;
        self.unanswered.values().filter(is_booking).count()
    }

    /// Messages that got no answer: each may have been taken.
    pub fn unanswered_messages(&self) -> usize {
        self.unanswered.values().filter(|attempt| attempt.asks == Asks::Message).count()
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn run() -> Record {
        let service = Service {
            id: "svc_1".into(),
            name: "Haircut".into(),
            buffer_before_minutes: 5,
            buffer_after_minutes: 10,
            is_class: false,
        };
        Record::Run { services: vec![service], started_at: DateTime::UNIX_EPOCH }
    }

    fn attempt(tool_call: &str, appointment: Option<&str>) -> Record {
        let appointment_id = appointment.map(str::to_owned);
        Record::Attempt { tool_call_id: tool_call.into(), appointment_id, asks: Asks::First }
    }

    fn appointment(tool_call: &str, minute: i64, state: State) -> Record {
        Record::Appointment {
            appointment_id: "apt_1".into(),
            start: DateTime::UNIX_EPOCH + TimeDelta::minutes(minute),
            state,
            particulars: None,
            call_id: "c1".into(),
            tool_call_id: tool_call.into(),
        }
    }

    #[test]
    fn only_what_was_answered_is_settled() {
        let mut ledger = Ledger::of("biz_1");
        let mut apply = |records: Vec<Record>| {
            for record in records {
                ledger.apply(record);
            }
            (
                ledger.unanswered_bookings(),
                ledger.unsettled().len(),
                ledger.appointments.get("apt_1").cloned(),
            )
        };
        assert_eq!(apply(vec![run(), attempt("t1", None)]), (1, 0, None));
        let booked = |minute, changes| {
            let start = DateTime::UNIX_EPOCH + TimeDelta::minutes(minute);
            let (state, particulars) = (State::Booked, None);
            Some(Promised { start, state, particulars, changes, moves_in_place: 0 })
        };
        assert_eq!(
            apply(vec![appointment("t1", 5, State::Booked), attempt("t2", Some("apt_1"))]),
            (0, 1, booked(5, 1))
        );
        assert_eq!(apply(vec![Record::Refused { tool_call_id: "t2".into() }]), (0, 0, booked(5, 1)));
        assert_eq!(
            apply(vec![attempt("t3", Some("apt_1")), appointment("t3", 9, State::Booked)]),
            (0, 0, booked(9, 2))
        );
    }
}
