//! What the servers have promised: in memory, and in a file if one is wanted.
//!
//! Each line of the file is one [`Record`] as JSON, written before anything else happens. What is about to be changed is written before it is
//! asked for: if nobody hears the answer, the change may or may not have been made, and the check must take either.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Record {
    /// A run begins; what follows belongs to it.
    Run { business_id: String, services: Vec<Service>, started_at: DateTime<Utc> },
    /// A booking, or a change of an appointment, is about to be asked for.
    Attempt {
        tool_call_id: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        appointment_id: Option<String>,
    },
    /// It was refused: everything is as it was.
    Refused { tool_call_id: String },
    /// It was acknowledged: this is how the appointment is now.
    Appointment { appointment_id: String, start: DateTime<Utc>, state: State, call_id: String, tool_call_id: String },
    /// A message was taken.
    Message { message_id: String, call_id: String },
    /// A webhook that nobody waits for was acknowledged. The identity tells it from others of the call.
    Webhook { delivery: String, call_id: String, identity: String },
    /// A run has ended by itself; so many webhooks got no answer in it.
    Ended { unanswered_webhooks: u64 },
}

/// A service that is booked, with what it keeps free around its appointments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    pub id: String,
    pub buffer_before_minutes: u32,
    pub buffer_after_minutes: u32,
    /// A class: its appointments of one time share their resources.
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

/// What was promised in a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    pub business_id: String,
    pub services: Vec<Service>,
    pub appointments: BTreeMap<String, Promised>,
    pub messages: BTreeSet<String>,
    /// By kind: which call, and what tells it from others.
    pub webhooks: BTreeMap<String, BTreeSet<(String, String)>>,
    /// Asked for and not answered, by tool call: with the appointment, unless it was a booking.
    pub open: BTreeMap<String, Option<String>>,
    /// Set when the run has ended by itself.
    pub unanswered_webhooks: Option<u64>,
}

impl Ledger {
    pub fn take(&mut self, record: Record) {
        match record {
            Record::Run { business_id, services, started_at: _ } => *self = Self { business_id, services, ..Self::default() },
            Record::Attempt { tool_call_id, appointment_id } => drop(self.open.insert(tool_call_id, appointment_id)),
            Record::Refused { tool_call_id } => drop(self.open.remove(&tool_call_id)),
            Record::Appointment { appointment_id, start, state, call_id: _, tool_call_id } => {
                self.open.remove(&tool_call_id);
                self.appointments.insert(appointment_id, Promised { start, state });
            }
            Record::Message { message_id, call_id: _ } => drop(self.messages.insert(message_id)),
            Record::Webhook { delivery, call_id, identity } => {
                self.webhooks.entry(delivery).or_default().insert((call_id, identity));
            }
            Record::Ended { unanswered_webhooks } => self.unanswered_webhooks = Some(unanswered_webhooks),
        }
    }

    /// The appointments of which nobody knows whether the last change was made.
    pub fn unsettled(&self) -> BTreeSet<&str> {
        self.open.values().flatten().map(String::as_str).collect()
    }

    /// Bookings that got no answer: each may have been made.
    pub fn unanswered_bookings(&self) -> usize {
        self.open.values().filter(|appointment| appointment.is_none()).count()
    }
}

/// Keeps the ledger of a run, and its file.
pub struct Journal(Mutex<Book>);

struct Book {
    ledger: Ledger,
    file: Option<File>,
    error: Option<std::io::Error>,
}

impl Journal {
    /// With a path, records are added to that file.
    pub fn begin(path: Option<&Path>, run: Record) -> anyhow::Result<Self> {
        let open = |path: &Path| {
            let file = File::options().create(true).append(true).open(path);
            file.with_context(|| format!("the journal {} cannot be written", path.display()))
        };
        let file = path.map(open).transpose()?;
        let journal = Self(Mutex::new(Book { ledger: Ledger::default(), file, error: None }));
        journal.record(run);
        Ok(journal)
    }

    pub fn record(&self, record: Record) {
        let mut book = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = &mut book.file {
            let written =
                serde_json::to_string(&record).map_err(Into::into).and_then(|line| file.write_all(format!("{line}\n").as_bytes()));
            if let Err(error) = written {
                book.error.get_or_insert(error);
            }
        }
        book.ledger.take(record);
    }

    /// The ledger, unless the file could not be written.
    pub fn finish(&self) -> anyhow::Result<Ledger> {
        let mut book = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match book.error.take() {
            Some(error) => Err(error).context("the journal could not be written"),
            None => Ok(book.ledger.clone()),
        }
    }
}

/// The runs in a journal.
pub fn read(text: &str) -> anyhow::Result<Vec<Ledger>> {
    let mut ledgers: Vec<Ledger> = Vec::new();
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let record: Record = match serde_json::from_str(line) {
            Ok(record) => record,
            // Whoever wrote it was killed in the middle of the line. What it says was not acted on.
            Err(_) if !line.ends_with('\n') => break,
            Err(error) => bail!("line {} of the journal is not understood: {error}", index + 1),
        };
        if matches!(record, Record::Run { .. }) {
            ledgers.push(Ledger::default());
        }
        let ledger = ledgers.last_mut().with_context(|| format!("line {} of the journal belongs to no run", index + 1))?;
        ledger.take(record);
    }
    if ledgers.is_empty() {
        bail!("there is no run in the journal");
    }
    Ok(ledgers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(business: &str) -> Record {
        let service = Service { id: "svc_1".into(), buffer_before_minutes: 5, buffer_after_minutes: 10, is_class: false };
        Record::Run { business_id: business.into(), services: vec![service], started_at: DateTime::UNIX_EPOCH }
    }

    fn attempt(tool_call: &str, appointment: Option<&str>) -> Record {
        Record::Attempt { tool_call_id: tool_call.into(), appointment_id: appointment.map(str::to_owned) }
    }

    fn appointment(tool_call: &str, minute: i64, state: State) -> Record {
        Record::Appointment {
            appointment_id: "apt_1".into(),
            start: DateTime::UNIX_EPOCH + chrono::TimeDelta::minutes(minute),
            state,
            call_id: "c1".into(),
            tool_call_id: tool_call.into(),
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("journal");
        let mut expected = Vec::new();
        for business in ["biz_1", "biz_2"] {
            let journal = Journal::begin(Some(&path), run(business)).expect("a journal");
            journal.record(attempt("t1", None));
            journal.record(appointment("t1", 5, State::Booked));
            journal.record(Record::Message { message_id: "msg_1".into(), call_id: "c1".into() });
            for _ in 0..2 {
                journal.record(Record::Webhook {
                    delivery: "status-update".into(),
                    call_id: "c1".into(),
                    identity: "ended".into(),
                });
            }
            journal.record(Record::Ended { unanswered_webhooks: 1 });
            expected.push(journal.finish().expect("a ledger"));
        }
        let text = std::fs::read_to_string(&path).expect("a file");
        assert_eq!(read(&text).expect("ledgers"), expected);
        assert_eq!((expected[1].business_id.as_str(), expected[1].webhooks["status-update"].len()), ("biz_2", 1));
        // Killed in the middle of a line.
        assert_eq!(read(&text[..text.len() - 4]).expect("ledgers")[1].unanswered_webhooks, None);
        assert!(read(&text.replace("biz_2\"", "biz_2")).is_err());
        assert!(read("").is_err() && read("{\"kind\":\"ended\",\"unanswered_webhooks\":0}\n").is_err());
    }

    #[test]
    fn only_what_was_answered_is_settled() {
        let mut ledger = Ledger::default();
        let mut take = |records: Vec<Record>| {
            records.into_iter().for_each(|record| ledger.take(record));
            (ledger.unanswered_bookings(), ledger.unsettled().len(), ledger.appointments.get("apt_1").cloned())
        };
        assert_eq!(take(vec![run("biz_1"), attempt("t1", None)]), (1, 0, None));
        let booked =
            |minute| Some(Promised { start: DateTime::UNIX_EPOCH + chrono::TimeDelta::minutes(minute), state: State::Booked });
        assert_eq!(take(vec![appointment("t1", 5, State::Booked), attempt("t2", Some("apt_1"))]), (0, 1, booked(5)));
        assert_eq!(take(vec![Record::Refused { tool_call_id: "t2".into() }]), (0, 0, booked(5)));
        assert_eq!(take(vec![attempt("t3", Some("apt_1")), appointment("t3", 9, State::Booked)]), (0, 0, booked(9)));
    }
}
