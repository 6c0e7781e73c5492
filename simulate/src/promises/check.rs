//! Compares the promises with what the REST API shows.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::appointment::{Appointment, Customer};
use super::hearing;
use super::ledger::Ledger;
use super::overlaps::{Overlap, overlaps};
use super::promised::Promised;
use super::record::{Note, Particulars, Person, State};
use super::verdict::{Fault, Verdict};
use crate::api::{Api, business_path};

/// How long webhooks may take to be translated, and read models to catch up after a restart.
const TRANSLATION_PATIENCE: Duration = Duration::from_secs(60);
const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(500);

#[derive(Debug, Clone, Deserialize)]
struct Message {
    id: String,
    from: Option<String>,
    phone: Option<String>,
    text: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Delivery {
    message_type: String,
    state: String,
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
    let customers = api.list(&path("customers"), &[], min_position).await?;
    compare_appointments(&mut verdict, ledger, &Listed::of(&appointments, &customers), Utc::now());
    let messages: Vec<Message> = api.list(&path("messages"), &[], min_position).await?;
    compare_messages(&mut verdict, ledger, &messages);
    if !ledger.webhooks.is_empty() {
        let deliveries: Vec<Delivery> = api.list(&path("deliveries"), &[], min_position).await?;
        compare_deliveries(&mut verdict, ledger, &deliveries);
    }
    Ok(verdict)
}

/// The appointments that are there, and whose they are.
struct Listed<'a> {
    appointments: &'a [Appointment],
    by_id: BTreeMap<&'a str, &'a Appointment>,
    customers: HashMap<&'a str, &'a Customer>,
}

impl<'a> Listed<'a> {
    fn of(appointments: &'a [Appointment], customers: &'a [Customer]) -> Self {
        let by_id = appointments.iter().map(|appointment| (&*appointment.id, appointment)).collect();
        let customers = customers.iter().map(|customer| (&*customer.id, customer)).collect();
        Self { appointments, by_id, customers }
    }

    fn customer(&self, appointment: &Appointment) -> Option<&'a Customer> {
        self.customers.get(appointment.customer_id.as_deref()?).copied()
    }

    fn is_for(&self, appointment: &Appointment, person: &Person) -> bool {
        let customer = self.customer(appointment);
        appointment.name.as_ref() == Some(&person.name)
            && customer.is_some_and(|customer| customer.has_address(&person.phone))
    }

    fn is_as_promised(&self, found: &Appointment, promised: &Promised) -> bool {
        let status = match promised.state {
            State::Booked => "booked",
            State::Cancelled => "cancelled",
        };
        let is_for = |Particulars { person, service_id, .. }: &Particulars| {
            found.service_id == *service_id && self.is_for(found, person)
        };
        found.status == status
            && found.start == promised.start
            && found.version >= promised.changes
            && promised.particulars.as_ref().is_none_or(is_for)
    }

    fn describe(&self, found: &Appointment) -> String {
        let Appointment { status, start, service_id, version, .. } = found;
        let name = found.name.as_deref().unwrap_or("nobody");
        let addresses = self.customer(found).map(Customer::addresses).unwrap_or_default();
        format!("{status} at {start}, {service_id} for {name} ({addresses}), version {version}")
    }
}

fn compare_appointments(verdict: &mut Verdict, ledger: &Ledger, listed: &Listed<'_>, now: DateTime<Utc>) {
    let booked = || listed.appointments.iter().filter(|appointment| appointment.status == "booked");
    verdict.booked = booked().count();
    for Overlap { earlier, later } in overlaps(listed.appointments, &ledger.services, now) {
        verdict.find(Fault::Overlap, || format!("{} overlaps {} at {}", later.id, earlier.id, later.start));
    }
    compare_promises(verdict, ledger, listed);
    find_booked_twice(verdict, booked());
    let unknown: Vec<_> = listed.by_id.keys().filter(|id| !ledger.appointments.contains_key(**id)).collect();
    for id in unknown.iter().skip(ledger.unanswered_bookings()) {
        verdict.find(Fault::Unknown, || format!("nobody was told of {id}"));
    }
    compare_hearing(verdict, ledger, listed);
}

fn compare_promises(verdict: &mut Verdict, ledger: &Ledger, listed: &Listed<'_>) {
    let unsettled = ledger.unsettled();
    for (id, promised) in &ledger.appointments {
        let Some(found) = listed.by_id.get(id.as_str()) else {
            verdict.find(Fault::Lost, || format!("{id} should be {promised}, and is missing"));
            continue;
        };
        // If the last change of an appointment got no answer, only its existence is certain.
        if unsettled.contains(id.as_str()) {
            continue;
        }
        if !listed.is_as_promised(found, promised) {
            verdict.find(Fault::Lost, || {
                format!("{id} should be {promised}, and is {}", listed.describe(found))
            });
        } else if found.version > promised.changes + promised.moves_in_place {
            verdict.find(Fault::Twice, || {
                format!("{id} was changed {} times, and should be {promised}", found.version)
            });
        }
    }
}

/// Nobody has one service twice at the same time.
fn find_booked_twice<'a>(verdict: &mut Verdict, booked: impl Iterator<Item = &'a Appointment>) {
    let mut first = HashMap::new();
    for appointment in booked {
        let Appointment { id, customer_id, name, service_id, start, .. } = appointment;
        let other = *first.entry((customer_id, name, service_id, start)).or_insert(id);
        if other != id {
            verdict.find(Fault::Twice, || format!("{id} is {other} once more, at {start}"));
        }
    }
}

fn compare_hearing(verdict: &mut Verdict, ledger: &Ledger, listed: &Listed<'_>) {
    for id in &ledger.unheard {
        verdict.find(Fault::Mistold, || format!("whoever has {id} asked, and was not told of it"));
    }
    for mistake in &ledger.mistold {
        verdict.find(Fault::Mistold, || mistake.clone());
    }
    for told in &ledger.told {
        for id in told.heard.iter().map(|heard| &heard.appointment_id) {
            let found = listed.by_id.get(id.as_str()).copied();
            let may_hear = found.and_then(|found| Some((found, listed.customer(found)?)));
            let may_hear = may_hear.is_some_and(|(found, customer)| hearing::may_hear(told, found, customer));
            if !may_hear {
                verdict.find(Fault::Overheard, || {
                    format!("{id} was told to {} in call {}: {:?}", told.asker.name, told.call_id, told.proof)
                });
            }
        }
    }
}

fn compare_messages(verdict: &mut Verdict, ledger: &Ledger, messages: &[Message]) {
    let by_id: HashMap<&str, &Message> = messages.iter().map(|message| (&*message.id, message)).collect();
    let is_as_told = |found: &Message, note: &Note| {
        found.text.as_ref() == Some(&note.text)
            && found.from.as_ref() == Some(&note.from.name)
            && found.phone.as_ref() == Some(&note.from.phone)
    };
    for (id, note) in &ledger.messages {
        match by_id.get(id.as_str()) {
            None => verdict.find(Fault::Lost, || format!("message {id} is missing")),
            Some(found) if note.as_ref().is_some_and(|note| !is_as_told(found, note)) => {
                verdict.find(Fault::Lost, || format!("message {id} should be {note:?}, and is {found:?}"));
            }
            Some(_) => {}
        }
    }
    let unknown = messages.iter().filter(|message| !ledger.messages.contains_key(&message.id));
    for Message { id, .. } in unknown.skip(ledger.unanswered_messages()) {
        verdict.find(Fault::Unknown, || format!("nobody was told of message {id}"));
    }
}

fn compare_deliveries(verdict: &mut Verdict, ledger: &Ledger, deliveries: &[Delivery]) {
    let mut twice = 0;
    for (kind, acknowledged) in &ledger.webhooks {
        let of_kind = || deliveries.iter().filter(|delivery| delivery.message_type == *kind);
        let (present, acknowledged) = (of_kind().count(), acknowledged.len());
        if present < acknowledged {
            let finding =
                format!("{acknowledged} {kind} webhooks were acknowledged, and {present} are there");
            verdict.findings.push(finding);
            verdict.lost += acknowledged - present;
        }
        twice += present.saturating_sub(acknowledged);
        let is_untranslated = |delivery: &&Delivery| matches!(&*delivery.state, "pending" | "parked");
        verdict.untranslated += of_kind().filter(is_untranslated).count();
    }
    // Webhooks without an answer may have been taken in. Nobody has counted them in a run that was killed.
    if let Some(unanswered) = ledger.unanswered_webhooks {
        verdict.taken_twice = twice.saturating_sub(usize::try_from(unanswered).unwrap_or(usize::MAX));
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::super::record::{Asks, Heard, Proof, Record, Service, Told};
    use super::*;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
    }

    fn ada() -> Person {
        Person { name: "Ada Moreno".into(), phone: "+12015550100".into() }
    }

    /// The appointment a, booked for the first half hour.
    fn booked() -> Appointment {
        Appointment::booked("a", at(0), at(30))
    }

    fn ledger(records: Vec<Record>) -> Ledger {
        let service = Service {
            id: "svc_1".into(),
            name: "Haircut".into(),
            buffer_before_minutes: 0,
            buffer_after_minutes: 0,
            is_class: false,
        };
        let run = Record::Run { services: vec![service], started_at: at(0) };
        let mut ledger = Ledger::of("biz_1");
        for record in std::iter::once(run).chain(records) {
            ledger.apply(record);
        }
        ledger
    }

    /// Ada was told of her appointment a.
    fn promise(minute: i64, state: State) -> Record {
        Record::Appointment {
            appointment_id: "a".into(),
            start: at(minute),
            state,
            particulars: Some(Particulars {
                person: ada(),
                service_id: "svc_1".into(),
                service: "Haircut".into(),
            }),
            call_id: "c".into(),
            tool_call_id: format!("a-{minute}"),
        }
    }

    fn attempt(tool_call: &str, appointment: Option<&str>, asks: Asks) -> Record {
        let appointment_id = appointment.map(str::to_owned);
        Record::Attempt { tool_call_id: tool_call.into(), appointment_id, asks }
    }

    /// What is found among the appointments of Ada.
    fn verdict(records: Vec<Record>, listed: &[Appointment]) -> Verdict {
        let customers = [Customer::with_phone("cus_1", "Ada Moreno", "+12015550100")];
        let mut verdict = Verdict::default();
        let listed = Listed::of(listed, &customers);
        compare_appointments(&mut verdict, &ledger(records), &listed, at(0));
        assert_eq!(verdict.is_clean(), verdict.failed().is_empty());
        verdict
    }

    /// How many appointments are lost, unknown, and there or changed once too often.
    fn found(records: Vec<Record>, listed: &[Appointment]) -> (usize, usize, usize) {
        let Verdict { lost, unknown, twice, .. } = verdict(records, listed);
        (lost, unknown, twice)
    }

    #[test]
    fn an_appointment_must_be_as_it_was_acknowledged_last() {
        let told = || vec![promise(0, State::Booked)];
        let moved = vec![promise(0, State::Booked), promise(60, State::Booked)];
        let cancelled = vec![promise(0, State::Booked), promise(0, State::Cancelled)];
        assert_eq!(found(told(), &[booked()]), (0, 0, 0));
        assert_eq!(found(told(), &[]), (1, 0, 0));
        assert_eq!(found(moved, &[booked()]), (1, 0, 0));
        assert_eq!(found(cancelled, &[booked()]), (1, 0, 0));
    }

    #[test]
    fn an_appointment_of_another_time_person_number_or_service_is_not_the_one_that_was_told() {
        let told = || vec![promise(0, State::Booked)];
        for other in [
            Appointment { start: at(15), ..booked() },
            Appointment { name: Some("Leo Moreno".into()), ..booked() },
            Appointment { name: None, ..booked() },
            Appointment { customer_id: Some("cus_2".into()), ..booked() },
            Appointment { customer_id: None, ..booked() },
            Appointment { service_id: "svc_2".into(), ..booked() },
            Appointment { status: "cancelled".into(), ..booked() },
        ] {
            assert_eq!(found(told(), std::slice::from_ref(&other)), (1, 0, 0), "{other:?}");
        }
    }

    #[test]
    fn one_too_many_and_one_too_few_are_found() {
        let told = |id: &str| match promise(0, State::Booked) {
            Record::Appointment { start, state, particulars, call_id, .. } => Record::Appointment {
                appointment_id: id.into(),
                start,
                state,
                particulars,
                call_id,
                tool_call_id: id.into(),
            },
            other => other,
        };
        let twice = [booked(), Appointment { id: "b".into(), resource_ids: vec!["s".into()], ..booked() }];
        // Nobody was told of the other one, or somebody was told of both: it is once too often.
        assert_eq!(found(vec![told("a")], &twice), (0, 1, 1));
        assert_eq!(found(vec![told("a"), told("b")], &twice), (0, 0, 1));
        assert_eq!(found(vec![told("a"), told("b")], &twice[..1]), (1, 0, 0));
        let leos = Appointment { name: Some("Leo Moreno".into()), ..twice[1].clone() };
        assert_eq!(found(vec![told("a")], &[booked(), leos]), (0, 1, 0));
    }

    #[test]
    fn every_change_was_told_and_what_was_asked_again_changed_nothing() {
        let moved = |asks| {
            let again = |minute| attempt(&format!("a-{minute}"), Some("a"), asks);
            vec![promise(0, State::Booked), promise(60, State::Booked), again(60), promise(60, State::Booked)]
        };
        let changed = |version| [Appointment { version, start: at(60), ..booked() }];
        assert_eq!(found(moved(Asks::Again), &changed(1)), (1, 0, 0));
        assert_eq!(found(moved(Asks::Again), &changed(2)), (0, 0, 0));
        assert_eq!(found(moved(Asks::Again), &changed(3)), (0, 0, 1));
        // Moved to where it is, it may get another resource.
        assert_eq!(found(moved(Asks::First), &changed(3)), (0, 0, 0));
        assert_eq!(found(moved(Asks::First), &changed(4)), (0, 0, 1));
    }

    #[test]
    fn what_got_no_answer_may_be_either_way() {
        let moved = || vec![promise(60, State::Booked), attempt("t2", Some("a"), Asks::First)];
        assert_eq!(found(vec![], &[booked()]), (0, 1, 0));
        assert_eq!(found(vec![attempt("t1", None, Asks::First)], &[booked()]), (0, 0, 0));
        assert_eq!(found(vec![attempt("t1", None, Asks::Message)], &[booked()]), (0, 1, 0));
        assert_eq!(found(moved(), &[booked()]), (0, 0, 0));
        assert_eq!(found(moved(), &[]), (1, 0, 0));
    }

    #[test]
    fn who_asks_hears_of_their_own_and_who_shows_nothing_of_none() {
        let told = |name: &str, proof, ids: &[&str]| {
            let heard = |id: &&str| Heard {
                appointment_id: (*id).to_owned(),
                service: "Haircut".into(),
                name: Some("Ada Moreno".into()),
            };
            let asker = Person { name: name.into(), ..ada() };
            let heard = ids.iter().map(heard).collect();
            Record::Told(Told { at: at(-1), call_id: "c".into(), asker, proof, heard })
        };
        let found = |told: Vec<Record>| {
            let records = std::iter::once(promise(0, State::Booked)).chain(told).collect();
            let Verdict { mistold, overheard, lost, .. } = verdict(records, &[booked()]);
            (mistold, overheard, lost)
        };
        let (ada, stranger) = ("Ada Moreno", "Chris Stranger");
        assert_eq!(found(vec![told(ada, Proof::CallsFromNumber, &["a"])]), (0, 0, 0));
        assert_eq!(found(vec![told(ada, Proof::SaysNumberAndName, &[])]), (1, 0, 0));
        // Asked once more, it is told.
        let late = vec![told(ada, Proof::CallsFromNumber, &[]), told(ada, Proof::CallsFromNumber, &["a"])];
        assert_eq!(found(late), (0, 0, 0));
        assert_eq!(found(vec![told(ada, Proof::Nothing, &[])]), (0, 0, 0));
        assert_eq!(found(vec![told(ada, Proof::Nothing, &["a"])]), (0, 1, 0));
        assert_eq!(found(vec![told(stranger, Proof::SaysNumberAndName, &["a"])]), (0, 1, 0));
        assert_eq!(found(vec![told(stranger, Proof::SaysNumberAndName, &[])]), (0, 0, 0));
    }

    #[test]
    fn messages_are_there_once_as_they_were_told() {
        let note = || Note { text: "Call me back.".into(), from: ada() };
        let message = |id: &str, text: &str| Message {
            id: id.into(),
            from: Some(ada().name),
            phone: Some(ada().phone),
            text: Some(text.into()),
        };
        let taken = |tool_call: &str| Record::Message {
            message_id: "m".into(),
            note: Some(note()),
            call_id: "c".into(),
            tool_call_id: tool_call.into(),
        };
        let found = |records: Vec<Record>, messages: &[Message]| {
            let mut verdict = Verdict::default();
            compare_messages(&mut verdict, &ledger(records), messages);
            (verdict.lost, verdict.unknown)
        };
        let right = message("m", "Call me back.");
        let leos = Message { from: Some("Leo Moreno".into()), ..right.clone() };
        assert_eq!(found(vec![taken("t1"), taken("t2")], std::slice::from_ref(&right)), (0, 0));
        assert_eq!(found(vec![taken("t1")], &[]), (1, 0));
        assert_eq!(found(vec![taken("t1")], &[message("m", "Never mind.")]), (1, 0));
        assert_eq!(found(vec![taken("t1")], &[leos]), (1, 0));
        let twice = [right, message("n", "Call me back.")];
        assert_eq!(found(vec![taken("t1")], &twice), (0, 1));
        assert_eq!(found(vec![taken("t1"), attempt("t2", None, Asks::Message)], &twice), (0, 0));
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
            compare_deliveries(&mut verdict, &ledger(records.collect()), &deliveries);
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
