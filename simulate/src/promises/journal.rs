//! The ledger of a run in memory, and in a file if one is wanted.
//!
//! Each line of the file is one [`Record`] as JSON. An acknowledgement is written before anything else
//! happens. An attempt is written before it is sent: if its answer is lost, the change may or may not have
//! been made, and the check accepts both.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, bail};

use super::ledger::{Ledger, Record};

/// The ledger of a run, and its file.
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
        if let Some(file) = &mut book.file
            && let Err(error) = write(file, &record)
        {
            book.error.get_or_insert(error);
        }
        book.ledger.apply(record);
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

fn write(file: &mut File, record: &Record) -> std::io::Result<()> {
    let line = serde_json::to_string(record)?;
    file.write_all(format!("{line}\n").as_bytes())
}

/// The runs in a journal.
pub fn read(text: &str) -> anyhow::Result<Vec<Ledger>> {
    let mut ledgers: Vec<Ledger> = Vec::new();
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let record: Record = match serde_json::from_str(line) {
            Ok(record) => record,
            // The writer was killed in the middle of the line. It had not acted on it.
            Err(_) if !line.ends_with('\n') => break,
            Err(error) => bail!("line {} of the journal is not understood: {error}", index + 1),
        };
        if matches!(record, Record::Run { .. }) {
            ledgers.push(Ledger::default());
        }
        let ledger = ledgers
            .last_mut()
            .with_context(|| format!("line {} of the journal belongs to no run", index + 1))?;
        ledger.apply(record);
    }
    if ledgers.is_empty() {
        bail!("there is no run in the journal");
    }
    Ok(ledgers)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::super::ledger::{Service, State};
    use super::*;

    /// A run of one business, with a record of each kind.
    fn records(business: &str) -> [Record; 7] {
        let service = Service {
            id: "svc_1".into(),
            buffer_before_minutes: 5,
            buffer_after_minutes: 10,
            is_class: false,
        };
        let start = DateTime::UNIX_EPOCH;
        let attempt = |id: &str| Record::Attempt { tool_call_id: id.into(), appointment_id: None };
        [
            Record::Run { business_id: business.into(), services: vec![service], started_at: start },
            attempt("t1"),
            Record::Appointment {
                appointment_id: "apt_1".into(),
                start,
                state: State::Booked,
                call_id: "c1".into(),
                tool_call_id: "t1".into(),
            },
            attempt("t2"),
            Record::Message { message_id: "msg_1".into(), call_id: "c1".into() },
            Record::Webhook {
                delivery: "status-update".into(),
                call_id: "c1".into(),
                identity: "ended".into(),
            },
            Record::Ended { unanswered_webhooks: 1 },
        ]
    }

    #[test]
    fn what_is_written_is_read_again() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("journal");
        let mut expected = Vec::new();
        for business in ["biz_1", "biz_2"] {
            let [run, rest @ ..] = records(business);
            let journal = Journal::begin(Some(&path), run).expect("a journal");
            // What is acknowledged twice is promised once.
            rest.iter().chain(&rest).for_each(|record| journal.record(record.clone()));
            expected.push(journal.finish().expect("a ledger"));
        }
        let text = std::fs::read_to_string(&path).expect("a file");
        assert_eq!(read(&text).expect("ledgers"), expected);
        let last = &expected[1];
        assert_eq!((last.business_id.as_str(), last.webhooks["status-update"].len()), ("biz_2", 1));
        assert_eq!((last.unanswered_bookings(), last.unanswered_webhooks), (1, Some(1)));
    }

    #[test]
    fn a_line_that_was_cut_off_ends_the_journal_and_any_other_fault_is_an_error() {
        let lines = records("biz_1").map(|record| serde_json::to_string(&record).expect("JSON") + "\n");
        let text = lines.concat();
        assert_eq!(read(&text[..text.len() - 4]).expect("ledgers")[0].unanswered_webhooks, None);
        assert!(read(&text.replace("biz_1\"", "biz_1")).is_err());
        assert!(read("").is_err() && read(&lines[6]).is_err());
    }
}
