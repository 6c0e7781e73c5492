//! Whether promises were kept, asked of the REST API alone.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::api::Api;
use super::journal::{Ledger, Promised, Service, State};

/// How long webhooks may take to be translated, and read models to catch up after a restart.
const TRANSLATION_PATIENCE: Duration = Duration::from_secs(60);
const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(500);
/// At most this many findings are told of each kind.
const TOLD_MAX: usize = 5;

/// An appointment as the API lists it.
#[derive(Debug, Clone, Deserialize)]
pub struct Listed {
    pub id: String,
    pub status: String,
    pub service_id: String,
    pub resource_ids: Vec<String>,
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
    pub held_until: Option<DateTime<Utc>>,
}

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
    /// What was acknowledged and is missing, or is not as it was acknowledged: appointments, messages, webhooks.
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

    fn find(&mut self, count: usize, finding: impl FnOnce() -> String) {
        if count < TOLD_MAX {
            self.findings.push(finding());
        }
    }

    /// Takes what was found elsewhere in.
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
        let failed = checks.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}"));
        failed.chain(self.findings.iter().map(|finding| format!("  {finding}"))).collect()
    }
}

/// Asks until everything is as promised, or patience ends. `position` is where the log stood when everything had been asked for.
pub async fn check(api: &Api, ledger: &Ledger, position: Option<&str>) -> anyhow::Result<Verdict> {
    let begun = Instant::now();
    loop {
        let verdict = look(api, ledger, position).await?;
        let only_waits = Verdict { untranslated: 0, ..verdict.clone() }.is_clean();
        let patience = if only_waits { TRANSLATION_PATIENCE } else { PATIENCE };
        if verdict.is_clean() || begun.elapsed() >= patience {
            return Ok(verdict);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn look(api: &Api, ledger: &Ledger, position: Option<&str>) -> anyhow::Result<Verdict> {
    let business = format!("/api/v1/businesses/{}", ledger.business_id);
    let mut listed: Vec<Listed> = Vec::new();
    for service in &ledger.services {
        let query = [("service_id", service.id.as_str())];
        listed.extend(api.list(&format!("{business}/appointments"), &query, position).await?);
    }
    let mut verdict = Verdict::default();
    judge_appointments(&mut verdict, ledger, &listed, Utc::now());
    if !ledger.messages.is_empty() {
        let messages: Vec<Message> = api.list(&format!("{business}/messages"), &[], position).await?;
        judge_messages(&mut verdict, ledger, &messages);
    }
    if !ledger.webhooks.is_empty() {
        let deliveries: Vec<Delivery> = api.list(&format!("{business}/deliveries"), &[], position).await?;
        judge_deliveries(&mut verdict, ledger, &deliveries);
    }
    Ok(verdict)
}

fn judge_appointments(verdict: &mut Verdict, ledger: &Ledger, listed: &[Listed], now: DateTime<Utc>) {
    verdict.booked = listed.iter().filter(|appointment| appointment.status == "booked").count();
    for (earlier, later) in overlaps(listed, &ledger.services, now) {
        verdict.find(verdict.overlaps, || format!("{} overlaps {} at {}", later.id, earlier.id, later.start));
        verdict.overlaps += 1;
    }
    let by_id: HashMap<&str, &Listed> = listed.iter().map(|appointment| (appointment.id.as_str(), appointment)).collect();
    let unsettled = ledger.unsettled();
    for (id, promised) in &ledger.appointments {
        let found = by_id.get(id.as_str());
        // Of an appointment whose last change got no answer, only its existence is certain.
        let is_kept = found.is_some_and(|found| unsettled.contains(id.as_str()) || is_as_promised(found, promised));
        if !is_kept {
            let is = found.map_or("missing".into(), |found| format!("{} at {}", found.status, found.start));
            verdict.find(verdict.lost, || format!("{id} should be {:?} at {}, and is {is}", promised.state, promised.start));
            verdict.lost += 1;
        }
    }
    let untold: Vec<_> = by_id.keys().filter(|id| !ledger.appointments.contains_key(**id)).collect();
    verdict.unknown = untold.len().saturating_sub(ledger.unanswered_bookings());
    if verdict.unknown > 0 {
        verdict.findings.extend(untold.iter().take(TOLD_MAX).map(|id| format!("nobody was told of {id}")));
    }
}

fn is_as_promised(found: &Listed, promised: &Promised) -> bool {
    let status = match promised.state {
        State::Booked => "booked",
        State::Cancelled => "cancelled",
    };
    found.status == status && found.start == promised.start
}

fn judge_messages(verdict: &mut Verdict, ledger: &Ledger, messages: &[Message]) {
    let present: std::collections::HashSet<&str> = messages.iter().map(|message| message.id.as_str()).collect();
    for id in ledger.messages.iter().filter(|id| !present.contains(id.as_str())) {
        verdict.find(verdict.lost, || format!("message {id} is missing"));
        verdict.lost += 1;
    }
}

fn judge_deliveries(verdict: &mut Verdict, ledger: &Ledger, deliveries: &[Delivery]) {
    let mut twice = 0;
    for (kind, acknowledged) in &ledger.webhooks {
        let of_kind = || deliveries.iter().filter(|delivery| delivery.message_type == *kind);
        let (present, acknowledged) = (of_kind().count(), acknowledged.len());
        if present < acknowledged {
            verdict.findings.push(format!("{acknowledged} {kind} webhooks were acknowledged, and {present} are there"));
            verdict.lost += acknowledged - present;
        }
        twice += present.saturating_sub(acknowledged);
        verdict.untranslated += of_kind().filter(|delivery| matches!(delivery.state.as_str(), "pending" | "parked")).count();
    }
    // Those without an answer may have been taken in. In a run that was killed, nobody knows how many they were.
    if let Some(unanswered) = ledger.unanswered_webhooks {
        verdict.taken_twice = twice.saturating_sub(usize::try_from(unanswered).unwrap_or(usize::MAX));
    }
}

/// The time that an appointment takes, with its buffers.
#[derive(Clone, Copy)]
struct Busy<'a> {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    appointment: &'a Listed,
}

/// The appointments that overlap an earlier one of the same resource, each with that one.
pub fn overlaps<'a>(listed: &'a [Listed], services: &[Service], now: DateTime<Utc>) -> Vec<(&'a Listed, &'a Listed)> {
    let buffers: HashMap<&str, (TimeDelta, TimeDelta)> = services
        .iter()
        .map(|service| {
            let minutes = |minutes: u32| TimeDelta::minutes(minutes.into());
            (service.id.as_str(), (minutes(service.buffer_before_minutes), minutes(service.buffer_after_minutes)))
        })
        .collect();
    let mut by_resource: BTreeMap<&str, Vec<Busy<'_>>> = BTreeMap::new();
    for appointment in listed.iter().filter(|appointment| occupies(appointment, now)) {
        let (before, after) = buffers.get(appointment.service_id.as_str()).copied().unwrap_or_default();
        let busy = Busy { from: appointment.start - before, to: appointment.end + after, appointment };
        for resource in &appointment.resource_ids {
            by_resource.entry(resource).or_default().push(busy);
        }
    }
    let classes: HashSet<&str> = services.iter().filter(|service| service.is_class).map(|service| service.id.as_str()).collect();
    let shared = |one: &Listed, other: &Listed| {
        one.service_id == other.service_id && one.start == other.start && classes.contains(one.service_id.as_str())
    };
    let mut found = Vec::new();
    for mut taken in by_resource.into_values() {
        taken.sort_by_key(|busy| (busy.from, busy.to));
        let mut last: Option<Busy<'_>> = None;
        for busy in taken {
            if let Some(last) = last.filter(|last| busy.from < last.to && !shared(last.appointment, busy.appointment)) {
                found.push((last.appointment, busy.appointment));
            }
            // The one that lasts longest is what those after it have to keep clear of.
            if last.is_none_or(|last| last.to < busy.to) {
                last = Some(busy);
            }
        }
    }
    found
}

fn occupies(appointment: &Listed, now: DateTime<Utc>) -> bool {
    match appointment.status.as_str() {
        "booked" => true,
        "held" => appointment.held_until.is_some_and(|until| now < until),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::journal::Record;
    use super::*;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
    }

    fn listed(id: &str, resources: &[&str], from: i64, to: i64) -> Listed {
        Listed {
            id: id.into(),
            status: "booked".into(),
            service_id: "svc_1".into(),
            resource_ids: resources.iter().map(|id| (*id).to_owned()).collect(),
            start: at(from),
            end: at(to),
            held_until: None,
        }
    }

    fn service(before: u32, after: u32) -> Service {
        Service { id: "svc_1".into(), buffer_before_minutes: before, buffer_after_minutes: after, is_class: false }
    }

    fn count(listed: &[Listed], service: Service) -> usize {
        overlaps(listed, &[service], at(0)).len()
    }

    #[test]
    fn appointments_that_touch_do_not_overlap_unless_their_buffers_do() {
        let list = [listed("a", &["r"], 0, 30), listed("b", &["r"], 30, 60), listed("c", &["other"], 0, 60)];
        assert_eq!(count(&list, service(0, 0)), 0);
        assert_eq!(count(&list, service(5, 0)), 1);
        assert_eq!(count(&list, service(0, 1)), 1);
    }

    #[test]
    fn every_overlap_is_found_also_behind_a_long_appointment() {
        let list = [
            listed("a", &["r", "room"], 0, 100),
            listed("b", &["r"], 10, 20),
            listed("c", &["r"], 50, 60),
            listed("d", &["room"], 99, 110),
            listed("e", &["r"], 100, 110),
        ];
        let found: Vec<_> =
            overlaps(&list, &[service(0, 0)], at(0)).into_iter().map(|(a, b)| (a.id.as_str(), b.id.as_str())).collect();
        assert_eq!(found, [("a", "b"), ("a", "c"), ("a", "d")]);
    }

    #[test]
    fn what_is_cancelled_or_lapsed_takes_no_time() {
        let with = |status: &str, held_until: Option<i64>| {
            let other = Listed { status: status.into(), held_until: held_until.map(at), ..listed("b", &["r"], 0, 30) };
            count(&[listed("a", &["r"], 0, 30), other], service(0, 0))
        };
        assert_eq!([with("cancelled", None), with("released", Some(9)), with("held", Some(0))], [0, 0, 0]);
        assert_eq!([with("booked", None), with("held", Some(9))], [1, 1]);
    }

    fn ledger(records: Vec<Record>) -> Ledger {
        let run = Record::Run { business_id: "biz_1".into(), services: vec![service(0, 0)], started_at: at(0) };
        let mut ledger = Ledger::default();
        std::iter::once(run).chain(records).for_each(|record| ledger.take(record));
        ledger
    }

    fn promise(id: &str, minute: i64, state: State) -> Record {
        Record::Appointment {
            appointment_id: id.into(),
            start: at(minute),
            state,
            call_id: "c".into(),
            tool_call_id: format!("{id}-{minute}"),
        }
    }

    fn attempt(tool_call: &str, appointment: Option<&str>) -> Record {
        Record::Attempt { tool_call_id: tool_call.into(), appointment_id: appointment.map(str::to_owned) }
    }

    fn judged(records: Vec<Record>, list: &[Listed]) -> (usize, usize) {
        let mut verdict = Verdict::default();
        judge_appointments(&mut verdict, &ledger(records), list, at(0));
        assert_eq!(verdict.is_clean(), verdict.failed().is_empty());
        (verdict.lost, verdict.unknown)
    }

    #[test]
    fn an_appointment_must_be_as_it_was_acknowledged_last() {
        let booked = || vec![promise("a", 0, State::Booked)];
        let moved = || vec![promise("a", 0, State::Booked), promise("a", 60, State::Booked)];
        let cancelled = || vec![promise("a", 0, State::Booked), promise("a", 0, State::Cancelled)];
        let list = [listed("a", &["r"], 0, 30)];
        assert_eq!(judged(booked(), &list), (0, 0));
        assert_eq!(judged(booked(), &[]), (1, 0));
        assert_eq!(judged(moved(), &list), (1, 0));
        assert_eq!(judged(cancelled(), &list), (1, 0));
    }

    #[test]
    fn what_got_no_answer_may_be_either_way() {
        let list = [listed("a", &["r"], 0, 30)];
        assert_eq!(judged(vec![], &list), (0, 1));
        assert_eq!(judged(vec![attempt("t1", None)], &list), (0, 0));
        assert_eq!(judged(vec![promise("a", 60, State::Booked), attempt("t2", Some("a"))], &list), (0, 0));
        assert_eq!(judged(vec![promise("a", 60, State::Booked), attempt("t2", Some("a"))], &[]), (1, 0));
    }

    #[test]
    fn webhooks_are_there_once_each() {
        let webhook =
            |identity: &str| Record::Webhook { delivery: "status-update".into(), call_id: "c".into(), identity: identity.into() };
        let judged = |count: usize, state: &str, unanswered: Option<u64>| {
            let ended = unanswered.map(|unanswered_webhooks| Record::Ended { unanswered_webhooks });
            let ledger = ledger([webhook("x"), webhook("x"), webhook("y")].into_iter().chain(ended).collect());
            let delivery = |_| Delivery { message_type: "status-update".into(), state: state.into() };
            let mut verdict = Verdict::default();
            judge_deliveries(&mut verdict, &ledger, &(0..count).map(delivery).collect::<Vec<_>>());
            (verdict.lost, verdict.taken_twice, verdict.untranslated)
        };
        assert_eq!(judged(2, "translated", Some(0)), (0, 0, 0));
        assert_eq!(judged(1, "translated", Some(0)), (1, 0, 0));
        assert_eq!(judged(3, "ignored", Some(0)), (0, 1, 0));
        assert_eq!(judged(3, "translated", Some(1)), (0, 0, 0));
        assert_eq!(judged(3, "translated", None), (0, 0, 0));
        assert_eq!(judged(2, "pending", Some(0)), (0, 0, 2));
    }
}
