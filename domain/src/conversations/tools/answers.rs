//! The answers for the model: JSON on one line, with a sentence to speak and the values that later tools
//! need.
//!
//! `message`, `time` and `service` are for the caller, in the business's language. The other fields are for
//! programs.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::conversations::tools::disclosure::are_of_several;
use crate::conversations::tools::speech::Speech;
use crate::kernel::ids::{AppointmentId, MessageId, WaitlistEntryId};
use crate::kernel::refusal::OpenSlot;
use crate::languages::{Conjunction, Language, NoTime, Reason, Said};
use crate::scheduling::availability::WhyNone;
use crate::scheduling::service::ServiceDetails;
use crate::values::money::Money;
use crate::values::question::{AnswerKind, Question};
use crate::values::time::Zone;

/// The most times in one answer: nobody remembers more.
pub const CHOICES_MAX: usize = 3;

/// An appointment to be told about.
#[derive(Debug, Clone)]
pub struct ToldAppointment {
    pub id: AppointmentId,
    pub service: String,
    pub start: DateTime<Utc>,
    /// The zone in which the start was agreed on.
    pub zone: Zone,
    /// For whom it is; `None` if they were erased.
    pub name: Option<String>,
}

/// An entry on the waitlist, for an answer.
#[derive(Debug, Clone)]
pub struct ToldEntry {
    pub id: WaitlistEntryId,
    pub service: String,
    /// Which one it is of those who wait.
    pub number: usize,
    /// When what has been offered already begins.
    pub kept: Option<DateTime<Utc>>,
}

/// An appointment that was asked for.
#[derive(Debug, Clone)]
pub struct FoundAppointment {
    pub appointment: ToldAppointment,
    pub to_change: ToChange,
    /// The business has still to approve it.
    pub is_requested: bool,
}

/// A time that the waitlist keeps for a customer.
#[derive(Debug, Clone)]
pub struct ToldOffer {
    pub entry_id: WaitlistEntryId,
    pub service: String,
    pub name: String,
    pub start: DateTime<Utc>,
    /// What is asked before it is accepted.
    pub questions: Vec<Question>,
}

/// What somebody has booked, and what is kept for them.
#[derive(Debug, Default)]
pub struct FoundForCaller {
    pub appointments: Vec<FoundAppointment>,
    /// They have more appointments than these.
    pub are_more: bool,
    pub offers: Vec<ToldOffer>,
    /// The name of the customer.
    pub customer: Option<String>,
}

/// Whether a caller may move or cancel an appointment that they are told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ToChange {
    Free,
    /// Once they have said this, too: arguments of the tool.
    AskFor(Vec<&'static str>),
    StaffOnly,
}

impl ToldAppointment {
    fn moment(&self, speech: &Speech) -> String {
        speech.agreed(self.zone, self.start).moment(self.start)
    }
}

fn times(open: &[OpenSlot], speech: &Speech) -> Value {
    let time =
        |open: &OpenSlot| json!({ "time": speech.moment(open.time.start), "slot_token": open.slot_token });
    open.iter().take(CHOICES_MAX).map(time).collect()
}

fn spoken_times(open: &[OpenSlot], speech: &Speech) -> String {
    let starts: Vec<_> = open.iter().take(CHOICES_MAX).map(|open| open.time.start).collect();
    speech.moments(&starts, Conjunction::Or)
}

/// A service whose times are told, and whom it can be had with.
#[derive(Debug, Clone, Copy)]
pub struct OfferedService<'a> {
    pub details: &'a ServiceDetails,
    /// By name, if there is a choice.
    pub people: &'a [&'a str],
}

/// Open times, as many as are told at once. One more says that there are more.
pub fn open_times(service: &OfferedService<'_>, open: &[OpenSlot], speech: &Speech) -> Value {
    let OfferedService { details, people } = service;
    let said = Said::OpenTimes { service: details.name.as_str(), times: &spoken_times(open, speech) };
    let more = (open.len() > CHOICES_MAX).then(|| speech.language.say(&Said::MoreTimes));
    let message =
        [Some(speech.language.say(&said)), more].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let mut answer = json!({ "status": "open", "message": message, "slots": times(open, speech) });
    if !details.questions.is_empty() {
        answer["questions"] = details.questions.iter().map(question).collect();
    }
    if !details.other_durations.is_empty() {
        answer["durations_minutes"] = details.durations().collect();
    }
    if details.is_class() {
        answer["seats_max"] = details.seats.into();
    }
    if !people.is_empty() {
        answer["with"] = json!(people);
    }
    answer
}

/// A question to ask before booking. The answer comes back under its id.
pub(super) fn question(question: &Question) -> Value {
    let answer = match &question.answer {
        AnswerKind::Text => json!("text"),
        AnswerKind::YesNo => json!("true or false"),
        AnswerKind::Number { min, max } => json!(format!("a whole number from {min} to {max}")),
        AnswerKind::Choice { options } => json!(options),
    };
    json!({ "id": question.id, "question": question.text, "answer": answer, "required": question.required })
}

/// Nothing is open at the wanted time: why, and what there is instead.
pub fn none_open(service: &OfferedService<'_>, why: WhyNone, instead: &[OpenSlot], speech: &Speech) -> Value {
    let when: String;
    let (reason, why) = match why {
        WhyNone::TooFar(last) => {
            when = speech.date(last);
            ("too_far", NoTime::TooFar { last: &when })
        }
        WhyNone::TooSoon(soonest) => {
            // The first time that can be had says more than when the notice ends.
            when = speech.moment(instead.first().map_or(soonest, |open| open.time.start));
            ("too_soon", NoTime::TooSoon { soonest: &when })
        }
        WhyNone::Nobody => ("nobody", NoTime::Nobody),
        WhyNone::Passed => ("passed", NoTime::Passed),
        WhyNone::Skipped => ("closed", NoTime::Skipped),
        WhyNone::TooLong => ("closed", NoTime::TooLong),
        WhyNone::OffGrid => ("closed", NoTime::OffGrid),
        WhyNone::Away => ("closed", NoTime::Away),
        WhyNone::Closed => ("closed", NoTime::Closed),
        WhyNone::LimitReached => ("limit_reached", NoTime::LimitReached),
        WhyNone::Full => ("full", NoTime::Full),
    };
    let said = speech.language.say(&Said::NoneOpen { service: service.details.name.as_str(), why });
    let instead_said = still_open(instead, speech);
    json!({ "status": "none_open", "reason": reason, "message": format!("{said} {instead_said}"), "slots": times(instead, speech) })
}

/// `Still open: tomorrow at noon.`
fn still_open(open: &[OpenSlot], speech: &Speech) -> String {
    match open {
        [] => speech.language.say(&Said::NothingElseOpen),
        open => speech.language.say(&Said::StillOpen { times: &spoken_times(open, speech) }),
    }
}

pub fn booked(appointment: &ToldAppointment, name: &str, speech: &Speech) -> Value {
    let said = Said::Booked { service: &appointment.service, name, moment: &appointment.moment(speech) };
    about(appointment, "booked", &said, speech)
}

pub fn requested(appointment: &ToldAppointment, name: &str, speech: &Speech) -> Value {
    let said = Said::Requested { service: &appointment.service, name, moment: &appointment.moment(speech) };
    about(appointment, "requested", &said, speech)
}

pub fn move_requested(appointment: &ToldAppointment, speech: &Speech) -> Value {
    let said = Said::MoveRequested { service: &appointment.service, moment: &appointment.moment(speech) };
    about(appointment, "requested", &said, speech)
}

pub fn rescheduled(appointment: &ToldAppointment, speech: &Speech) -> Value {
    let said = Said::Rescheduled { service: &appointment.service, moment: &appointment.moment(speech) };
    about(appointment, "rescheduled", &said, speech)
}

pub fn cancelled(appointment: &ToldAppointment, speech: &Speech) -> Value {
    let said = Said::Cancelled { service: &appointment.service, moment: &appointment.moment(speech) };
    about(appointment, "cancelled", &said, speech)
}

fn about(appointment: &ToldAppointment, status: &str, said: &Said<'_>, speech: &Speech) -> Value {
    json!({
        "status": status, "message": speech.language.say(said), "appointment_id": appointment.id,
        "start": appointment.zone.rfc3339(appointment.start),
    })
}

/// A refusal, with open slots. `None` if no other time would help.
pub fn refused(reason: Reason, fee: Option<Money>, open: Option<&[OpenSlot]>, speech: &Speech) -> Value {
    let language = speech.language;
    let fee = fee.map(|fee| language.say(&Said::Fee { amount: &fee.spoken() }));
    let instead = open.map(|open| still_open(open, speech));
    let message = [Some(language.refusal(reason).to_owned()), fee, instead]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ");
    json!({ "status": "refused", "message": message, "slots": times(open.unwrap_or_default(), speech) })
}

/// Coming appointments of a customer. Whose each is is said where they are for several people. One that the
/// caller may not change comes without its id, and with what to ask for first.
pub fn found(found: &FoundForCaller, speech: &Speech) -> Value {
    let FoundForCaller { appointments, are_more, offers, customer } = found;
    let names = appointments.iter().map(|found| found.appointment.name.as_deref());
    let are_of_several = are_of_several(customer.as_deref(), names);
    let (mut told, mut spoken) = (Vec::new(), Vec::new());
    for FoundAppointment { appointment, to_change, is_requested } in appointments {
        let ToldAppointment { id, service, name, .. } = appointment;
        let (moment, name) = (appointment.moment(speech), name.as_deref().filter(|_| are_of_several));
        let mut said = speech.language.say(&Said::Appointment { service, moment: &moment, name });
        let mut entry = json!({ "service": service, "time": moment });
        if *is_requested {
            said = format!("{said} ({})", speech.language.say(&Said::ToBeApproved));
            entry["status"] = "requested".into();
        }
        spoken.push(said);
        match to_change {
            ToChange::Free => entry["appointment_id"] = json!(id),
            ToChange::AskFor(what) => entry["to_change_ask_for"] = json!(what),
            ToChange::StaffOnly => {}
        }
        if let Some(name) = name {
            entry["name"] = name.into();
        }
        told.push(entry);
    }
    let said = match spoken.as_slice() {
        [] => Said::NoAppointments,
        spoken => Said::Appointments { appointments: &speech.language.list(spoken, Conjunction::And) },
    };
    let only_staff = appointments.iter().any(|found| found.to_change == ToChange::StaffOnly);
    let message = [Some(said), are_more.then_some(Said::MoreTimes), only_staff.then_some(Said::StaffChanges)];
    let mut message: Vec<_> = message.iter().flatten().map(|said| speech.language.say(said)).collect();
    let status = if told.is_empty() && offers.is_empty() { "none_found" } else { "found" };
    let mut kept = Vec::new();
    for ToldOffer { entry_id, service, name, start, questions } in offers {
        let moment = speech.moment(*start);
        message.push(speech.language.say(&Said::KeptFor { service, name, moment: &moment }));
        let mut offer = json!({ "entry_id": entry_id, "service": service, "time": moment });
        if !questions.is_empty() {
            offer["questions"] = questions.iter().map(question).collect();
        }
        kept.push(offer);
    }
    let mut answer = json!({ "status": status, "message": message.join(" "), "appointments": told });
    if !kept.is_empty() {
        answer["offers"] = kept.into();
    }
    answer
}

/// No caller is told of appointments.
pub fn staff_only(language: Language) -> Value {
    json!({ "status": "refused", "message": language.say(&Said::StaffTells), "appointments": [] })
}

/// On the waitlist, and what is open already.
pub fn waitlisted(entry: &ToldEntry, name: &str, open: &[OpenSlot], speech: &Speech) -> Value {
    let (language, service) = (speech.language, entry.service.as_str());
    let kept = entry.kept.map(|start| speech.moment(start));
    let (status, said) = match &kept {
        Some(moment) => ("kept", Said::KeptFor { service, name, moment }),
        None => ("waitlisted", Said::Waitlisted { service, name, number: entry.number }),
    };
    let still_open =
        (!open.is_empty()).then(|| language.say(&Said::StillOpen { times: &spoken_times(open, speech) }));
    let message = [Some(language.say(&said)), still_open].into_iter().flatten().collect::<Vec<_>>().join(" ");
    json!({ "status": status, "message": message, "entry_id": entry.id, "slots": times(open, speech) })
}

pub fn offer_declined(service: &str, language: Language) -> Value {
    json!({ "status": "declined", "message": language.say(&Said::OfferDeclined { service }) })
}

pub fn message_taken(id: MessageId, language: Language) -> Value {
    json!({ "status": "taken", "message": language.say(&Said::MessageTaken), "message_id": id })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scheduling::business::BusinessProfile;
    use crate::values::text::Name;

    fn speech(language: &str) -> Speech {
        let profile = BusinessProfile {
            language: language.parse().expect("a language"),
            ..BusinessProfile::new(
                Name::parse("Garage").expect("a name"),
                "America/Bogota".parse().expect("a zone"),
            )
        };
        Speech::of(&profile, None)
    }

    fn open() -> Vec<OpenSlot> {
        let first: DateTime<Utc> = "2026-11-24T15:00:00Z".parse().expect("an instant");
        let at = |hour: i64| OpenSlot {
            slot_token: format!("token{hour}"),
            ..crate::languages::tests::open_slot(first + chrono::TimeDelta::hours(hour))
        };
        (0..5).map(at).collect()
    }

    #[test]
    fn a_refusal_says_what_is_open() {
        let answer = refused(Reason::AgendaTimeTaken, None, Some(&open()), &speech("en"));
        assert_eq!(
            answer["message"],
            "That time has just been taken. Still open: Tuesday, November 24th at 10 in the morning, at 11 in the morning or at noon."
        );
        assert_eq!(answer["slots"].as_array().map(Vec::len), Some(3));
        assert_eq!(answer["slots"][2]["slot_token"], "token2");
        assert_eq!(
            refused(Reason::AgendaTimeTaken, None, Some(&open()), &speech("es"))["message"],
            "Esa hora se acaba de ocupar. Todavía hay disponibilidad el martes 24 de noviembre a las diez de la mañana, a las once \
             de la mañana o al mediodía."
        );
        let nothing = refused(Reason::AgendaTimeTaken, None, Some(&[]), &speech("en"));
        assert_eq!(
            nothing["message"],
            "That time has just been taken. Nothing else is open in the coming weeks. Offer to take a message."
        );
        assert_eq!(
            refused(Reason::AppointmentCancelled, None, None, &speech("en"))["message"],
            "That appointment was cancelled."
        );
    }
}
