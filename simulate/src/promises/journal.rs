//! The ledger of a run in memory, and in a file if one is wanted.
//!
//! Each line of the file is one [`Record`] of one business as JSON. An acknowledgement is written before
//! anything else happens. An attempt is written before it is sent: if its answer is lost, the change may or
//! may not have been made, and the check accepts both.

use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};

use super::ledger::Ledger;
use super::record::Record;

/// The ledger of a run, and its file.
pub struct Journal(Mutex<Book>);

struct Book {
    ledger: Ledger,
    file: Option<File>,
    error: Option<std::io::Error>,
}

#[derive(Serialize, Deserialize)]
struct Line {
    #[serde(flatten)]
    record: Record,
    business_id: String,
}

impl Journal {
    /// With a path, records are added to that file. The journals of several businesses may share it.
    pub fn begin(path: Option<&Path>, business_id: &str, run: Record) -> anyhow::Result<Self> {
        let open = |path: &Path| {
            let file = File::options().create(true).append(true).open(path);
            file.with_context(|| format!("the journal {} cannot be written", path.display()))
        };
        let file = path.map(open).transpose()?;
        let journal = Self(Mutex::new(Book { ledger: Ledger::of(business_id), file, error: None }));
        journal.record(run);
        Ok(journal)
    }

    /// Writes a record down, and returns whether it says anything new.
    pub fn record(&self, record: Record) -> bool {
        let mut book = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Book { ledger, file, error } = &mut *book;
        if let Some(file) = file
            && let Err(failed) = write(file, &ledger.business_id, &record)
        {
            error.get_or_insert(failed);
        }
        ledger.apply(record)
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

/// A line is written at once: the lines of several businesses do not mix.
fn write(file: &mut File, business_id: &str, record: &Record) -> std::io::Result<()> {
    let line = serde_json::to_string(&Line { record: record.clone(), business_id: business_id.to_owned() })?;
    file.write_all(format!("{line}\n").as_bytes())
}

/// The runs in a journal.
pub fn read(text: &str) -> anyhow::Result<Vec<Ledger>> {
    let mut ledgers: Vec<Ledger> = Vec::new();
    // Where the last run of each business stands.
    let mut last: HashMap<String, usize> = HashMap::new();
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let Line { record, business_id } = match serde_json::from_str(line) {
            Ok(line) => line,
            // The writer was killed in the middle of the line. It had not acted on it.
            Err(_) if !line.ends_with('\n') => break,
            Err(error) => bail!("line {} of the journal is not understood: {error}", index + 1),
        };
        if matches!(record, Record::Run { .. }) {
            ledgers.push(Ledger::of(&business_id));
            last.insert(business_id.clone(), ledgers.len() - 1);
        }
        let ledger = last.get(&business_id).and_then(|index| ledgers.get_mut(*index));
        ledger.with_context(|| format!("line {} of the journal belongs to no run", index + 1))?.apply(record);
    }
    if ledgers.is_empty() {
        bail!("there is no run in the journal");
    }
    Ok(ledgers)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::super::record::{Asks, Heard, Note, Particulars, Person, Proof, Service, State, Told};
    use super::*;

    /// A run, with a record of each kind.
    fn records() -> [Record; 8] {
        let service = Service {
            id: "svc_1".into(),
            name: "Haircut".into(),
            buffer_before_minutes: 5,
            buffer_after_minutes: 10,
            is_class: false,
        };
        let start = DateTime::UNIX_EPOCH;
        let attempt =
            |id: &str| Record::Attempt { tool_call_id: id.into(), appointment_id: None, asks: Asks::Again };
        let ada = || Person { name: "Ada Moreno".into(), phone: "+12015550100".into() };
        let heard = Heard { appointment_id: "apt_1".into(), service: "Haircut".into(), name: None };
        [
            Record::Run { services: vec![service], started_at: start },
            attempt("t1"),
            Record::Appointment {
                appointment_id: "apt_1".into(),
                start,
                state: State::Booked,
                particulars: Some(Particulars {
                    person: ada(),
                    service_id: "svc_1".into(),
                    service: "Haircut".into(),
                }),
                call_id: "c1".into(),
                tool_call_id: "t1".into(),
            },
            attempt("t2"),
            Record::Message {
                message_id: "msg_1".into(),
                note: Some(Note { text: "Call me back.".into(), from: ada() }),
                call_id: "c1".into(),
                tool_call_id: "t3".into(),
            },
            Record::Told(Told {
                at: start,
                call_id: "c1".into(),
                asker: ada(),
                proof: Proof::CallsFromNumber,
                heard: vec![heard],
            }),
            Record::Webhook {
                delivery: "status-update".into(),
                call_id: "c1".into(),
                identity: "ended".into(),
            },
            Record::Ended { unanswered_webhooks: 1 },
        ]
    }

    #[test]
    fn what_is_written_is_read_again_also_when_businesses_take_turns() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("journal");
        let [run, rest @ ..] = records();
        let journals = ["biz_1", "biz_2"]
            .map(|business| Journal::begin(Some(&path), business, run.clone()).expect("a journal"));
        // What is acknowledged twice is promised once.
        for record in rest.iter().chain(&rest) {
            for journal in &journals {
                journal.record(record.clone());
            }
        }
        journals[0].record(Record::Message {
            message_id: "msg_2".into(),
            note: None,
            call_id: "c1".into(),
            tool_call_id: "t4".into(),
        });
        let expected = journals.map(|journal| journal.finish().expect("a ledger"));
        let text = std::fs::read_to_string(&path).expect("a file");
        assert_eq!(read(&text).expect("ledgers"), expected);
        assert_eq!(expected.each_ref().map(|ledger| ledger.messages.len()), [2, 1]);
        let last = &expected[1];
        assert_eq!((last.business_id.as_str(), last.webhooks["status-update"].len()), ("biz_2", 1));
        assert_eq!((last.unanswered_bookings(), last.unanswered_webhooks), (1, Some(1)));
    }

    #[test]
    fn a_line_that_was_cut_off_ends_the_journal_and_any_other_fault_is_an_error() {
        let line = |record| Line { record, business_id: "biz_1".into() };
        let lines = records().map(|record| serde_json::to_string(&line(record)).expect("JSON") + "\n");
        let text = lines.concat();
        assert_eq!(read(&text[..text.len() - 4]).expect("ledgers")[0].unanswered_webhooks, None);
        assert!(read(&text.replace("biz_1\"", "biz_1")).is_err());
        assert!(read("").is_err() && read(&lines[7]).is_err());
    }

    #[test]
    fn a_journal_of_an_earlier_release_is_read() {
        let text = concat!(
            r#"{"kind":"run","services":[{"id":"svc_1","buffer_before_minutes":5,"buffer_after_minutes":10}],"#,
            r#""started_at":"1970-01-01T00:00:00Z","business_id":"biz_1"}"#,
            "\n",
            r#"{"kind":"attempt","tool_call_id":"t1","business_id":"biz_1"}"#,
            "\n",
            r#"{"kind":"appointment","appointment_id":"apt_1","start":"1970-01-01T00:00:00Z","state":"booked","#,
            r#""call_id":"c1","tool_call_id":"t1","business_id":"biz_1"}"#,
            "\n",
            r#"{"kind":"message","message_id":"msg_1","call_id":"c1","business_id":"biz_1"}"#,
            "\n",
        );
        let ledgers = read(text).expect("ledgers");
        let [ledger] = ledgers.as_slice() else { panic!("{ledgers:?}") };
        assert_eq!((ledger.appointments.len(), ledger.messages.len(), ledger.unanswered()), (1, 1, 0));
        assert_eq!(ledger.appointments["apt_1"].particulars, None);
    }
}
