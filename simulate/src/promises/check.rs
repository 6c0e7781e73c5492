//! Compares the promises with what the REST API shows.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::ledger::{Ledger, Promised, State};
use super::overlaps::{Appointment, Overlap, overlaps};
use crate::api::{Api, business_path};

/// How long webhooks may take to be translated, and read models to catch up after a restart.
const TRANSLATION_PATIENCE: Duration = Duration::from_secs(60);
const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(500);
/// At most this many findings of each kind are shown.
const FINDINGS_MAX: usize = 5;

#[derive(Debug, Deserialize)]
struct Message {
    id: String,
}

#[derive(Debug, Deserialize)]
struct Delivery {
    message_type: String,
    state: String,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Appointments that are booked.
    pub booked: usize,
    /// Appointments that overlap another one of the same resource, buffers included.
    pub overlaps: usize,
    /// Appointments, messages and webhooks that were acknowledged, and are missing or different.
    pub lost: usize,
    /// Appointments that nobody was told of.
    pub unknown: usize,
    /// Webhooks that were taken in more than once.
    pub taken_twice: usize,
    /// Webhooks that were taken in and not translated.
    pub untranslated: usize,
    #[serde(skip)]
    pub findings: Vec<String>,
}

impl Verdict {
    fn is_clean(&self) -> bool {
        let Self { booked: _, overlaps, lost, unknown, taken_twice, untranslated, findings: _ } = self;
        [overlaps, lost, unknown, taken_twice, untranslated] == [&0; 5]
    }

    /// Describes a finding, unless enough of its kind are described.
    fn describe(&mut self, count: usize, finding: impl FnOnce() -> String) {
        if count < FINDINGS_MAX {
            self.findings.push(finding());
        }
    }

    /// Adds what was found in another run.
    pub fn add(&mut self, other: Self) {
        self.booked += other.booked;
        self.overlaps += other.overlaps;
        self.lost += other.lost;
        self.unknown += other.unknown;
        self.taken_twice += other.taken_twice;
        self.untranslated += other.untranslated;
        self.findings.extend(other.findings);
    }

    /// The checks that failed, in words.
    pub fn failed(&self) -> Vec<String> {
        let checks = [
            (self.overlaps, "appointments overlap"),
            (self.lost, "things that were acknowledged are missing or different"),
            (self.unknown, "appointments exist that nobody was told of"),
            (self.taken_twice, "webhooks were taken in more than once"),
            (self.untranslated, "webhooks were taken in and not translated"),
        ];
        let failed = checks.into_iter().filter(|(count, _)| *count > 0);
        let failed = failed.map(|(count, what)| format!("{count} {what}"));
        failed.chain(self.findings.iter().map(|finding| format!("  {finding}"))).collect()
    }

    fn compare_appointments(&mut self, ledger: &Ledger, listed: &[Appointment], now: DateTime<Utc>) {
        self.booked = listed.iter().filter(|appointment| appointment.status == "booked").count();
        for Overlap { earlier, later } in overlaps(listed, &ledger.services, now) {
            self.describe(self.overlaps, || {
                format!("{} overlaps {} at {}", later.id, earlier.id, later.start)
            });
            self.overlaps += 1;
        }
        let by_id: HashMap<&str, &Appointment> = listed.iter().map(|found| (&*found.id, found)).collect();
        let unsettled = ledger.unsettled();
        for (id, promised) in &ledger.appointments {
            let found = by_id.get(id.as_str());
            // If the last change of an appointment got no answer, only its existence is certain.
            let is_settled = !unsettled.contains(id.as_str());
            if found.is_some_and(|found| !is_settled || is_as_promised(found, promised)) {
                continue;
            }
            let is = found.map_or("missing".into(), |found| format!("{} at {}", found.status, found.start));
            let Promised { state, start } = promised;
            self.describe(self.lost, || format!("{id} should be {state:?} at {start}, and is {is}"));
            self.lost += 1;
        }
        let unknown: Vec<_> = by_id.keys().filter(|id| !ledger.appointments.contains_key(**id)).collect();
        self.unknown = unknown.len().saturating_sub(ledger.unanswered_bookings());
        if self.unknown > 0 {
            let described = unknown.iter().take(FINDINGS_MAX);
            self.findings.extend(described.map(|id| format!("nobody was told of {id}")));
        }
    }

    fn compare_messages(&mut self, ledger: &Ledger, messages: &[Message]) {
        let present: HashSet<&str> = messages.iter().map(|message| message.id.as_str()).collect();
        for id in ledger.messages.iter().filter(|id| !present.contains(id.as_str())) {
            self.describe(self.lost, || format!("message {id} is missing"));
            self.lost += 1;
        }
    }

    fn compare_deliveries(&mut self, ledger: &Ledger, deliveries: &[Delivery]) {
        let mut twice = 0;
        for (kind, acknowledged) in &ledger.webhooks {
            let of_kind = || deliveries.iter().filter(|delivery| delivery.message_type == *kind);
            let (present, acknowledged) = (of_kind().count(), acknowledged.len());
            if present < acknowledged {
                let finding =
                    format!("{acknowledged} {kind} webhooks were acknowledged, and {present} are there");
                self.findings.push(finding);
                self.lost += acknowledged - present;
            }
            twice += present.saturating_sub(acknowledged);
            let is_untranslated = |delivery: &&Delivery| matches!(&*delivery.state, "pending" | "parked");
            self.untranslated += of_kind().filter(is_untranslated).count();
        }
        // Webhooks without an answer may have been taken in. Nobody has counted them in a run that was
        // killed.
        if let Some(unanswered) = ledger.unanswered_webhooks {
            self.taken_twice = twice.saturating_sub(usize::try_from(unanswered).unwrap_or(usize::MAX));
        }
    }
}

fn is_as_promised(found: &Appointment, promised: &Promised) -> bool {
    let status = match promised.state {
        State::Booked => "booked",
        State::Cancelled => "cancelled",
    };
    found.status == status && found.start == promised.start
}

/// Compares until everything is as promised, or patience ends. The lists wait for `min_position`, which the
/// log had reached when the last request was answered.
pub async fn check(api: &Api, ledger: &Ledger, min_position: Option<&str>) -> anyhow::Result<Verdict> {
    let begun = Instant::now();
    loop {
        let verdict = compare(api, ledger, min_position).await?;
        let only_translation_is_late = Verdict { untranslated: 0, ..verdict.clone() }.is_clean();
        let patience = if only_translation_is_late { TRANSLATION_PATIENCE } else { PATIENCE };
        if verdict.is_clean() || begun.elapsed() >= patience {
            return Ok(verdict);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn compare(api: &Api, ledger: &Ledger, min_position: Option<&str>) -> anyhow::Result<Verdict> {
    let path = |list| business_path(&ledger.business_id, list);
    let mut verdict = Verdict::default();
    let mut appointments: Vec<Appointment> = Vec::new();
    for service in &ledger.services {
        let query = [("service_id", service.id.as_str())];
        appointments.extend(api.list(&path("appointments"), &query, min_position).await?);
    }
    verdict.compare_appointments(ledger, &appointments, Utc::now());
    if !ledger.messages.is_empty() {
        let messages: Vec<Message> = api.list(&path("messages"), &[], min_position).await?;
        verdict.compare_messages(ledger, &messages);
    }
    if !ledger.webhooks.is_empty() {
        let deliveries: Vec<Delivery> = api.list(&path("deliveries"), &[], min_position).await?;
        verdict.compare_deliveries(ledger, &deliveries);
    }
    Ok(verdict)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::super::ledger::{Record, Service};
    use super::*;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
    }

    /// The appointment a, booked for the first half hour.
    fn booked() -> Appointment {
        Appointment {
            id: "a".into(),
            status: "booked".into(),
            service_id: "svc_1".into(),
            resource_ids: vec!["r".into()],
            start: at(0),
            end: at(30),
            held_until: None,
        }
    }

    fn ledger(records: Vec<Record>) -> Ledger {
        let service = Service {
            id: "svc_1".into(),
            buffer_before_minutes: 0,
            buffer_after_minutes: 0,
            is_class: false,
        };
        let run = Record::Run { services: vec![service], started_at: at(0) };
        let mut ledger = Ledger::of("biz_1");
        std::iter::once(run).chain(records).for_each(|record| ledger.apply(record));
        ledger
    }

    fn promise(minute: i64, state: State) -> Record {
        Record::Appointment {
            appointment_id: "a".into(),
            start: at(minute),
            state,
            call_id: "c".into(),
            tool_call_id: format!("a-{minute}"),
        }
    }

    fn attempt(tool_call: &str, appointment: Option<&str>) -> Record {
        Record::Attempt { tool_call_id: tool_call.into(), appointment_id: appointment.map(str::to_owned) }
    }

    /// How many appointments are lost, and how many are unknown.
    fn found(records: Vec<Record>, listed: &[Appointment]) -> (usize, usize) {
        let mut verdict = Verdict::default();
        verdict.compare_appointments(&ledger(records), listed, at(0));
        assert_eq!(verdict.is_clean(), verdict.failed().is_empty());
        (verdict.lost, verdict.unknown)
    }

    #[test]
    fn an_appointment_must_be_as_it_was_acknowledged_last() {
        let moved = vec![promise(0, State::Booked), promise(60, State::Booked)];
        let cancelled = vec![promise(0, State::Booked), promise(0, State::Cancelled)];
        assert_eq!(found(vec![promise(0, State::Booked)], &[booked()]), (0, 0));
        assert_eq!(found(vec![promise(0, State::Booked)], &[]), (1, 0));
        assert_eq!(found(moved, &[booked()]), (1, 0));
        assert_eq!(found(cancelled, &[booked()]), (1, 0));
    }

    #[test]
    fn what_got_no_answer_may_be_either_way() {
        let moved = || vec![promise(60, State::Booked), attempt("t2", Some("a"))];
        assert_eq!(found(vec![], &[booked()]), (0, 1));
        assert_eq!(found(vec![attempt("t1", None)], &[booked()]), (0, 0));
        assert_eq!(found(moved(), &[booked()]), (0, 0));
        assert_eq!(found(moved(), &[]), (1, 0));
    }

    #[test]
    fn webhooks_are_there_once_each() {
        let delivery = "status-update";
        let webhook = |identity: &str| Record::Webhook {
            delivery: delivery.into(),
            call_id: "c".into(),
            identity: identity.into(),
        };
        let found = |count: usize, state: &str, unanswered: Option<u64>| {
            let ended = unanswered.map(|unanswered_webhooks| Record::Ended { unanswered_webhooks });
            let records = [webhook("x"), webhook("x"), webhook("y")].into_iter().chain(ended);
            let delivery = |_| Delivery { message_type: delivery.into(), state: state.into() };
            let deliveries: Vec<_> = (0..count).map(delivery).collect();
            let mut verdict = Verdict::default();
            verdict.compare_deliveries(&ledger(records.collect()), &deliveries);
            (verdict.lost, verdict.taken_twice, verdict.untranslated)
        };
        assert_eq!(found(2, "translated", Some(0)), (0, 0, 0));
        assert_eq!(found(1, "translated", Some(0)), (1, 0, 0));
        assert_eq!(found(3, "ignored", Some(0)), (0, 1, 0));
        assert_eq!(found(3, "translated", Some(1)), (0, 0, 0));
        assert_eq!(found(3, "translated", None), (0, 0, 0));
        assert_eq!(found(2, "pending", Some(0)), (0, 0, 2));
    }
}
