//! The texts that go back to the model: JSON on one line, with a sentence to be spoken and what later tools need.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};

use super::speech;
use crate::shared::hours::DayHours;
use crate::shared::ids::{AppointmentId, MessageId};
use crate::shared::time::Zone;

/// At most this many times in one answer: nobody remembers more.
pub const CHOICES_MAX: usize = 3;

/// A time that is open, with what it takes to book it.
#[derive(Debug, Clone)]
pub struct OpenTime {
    pub start: DateTime<Utc>,
    pub slot_token: String,
}

/// An appointment to be told about.
#[derive(Debug, Clone)]
pub struct ToldAppointment {
    pub id: AppointmentId,
    pub service: String,
    pub start: DateTime<Utc>,
}

fn said(start: DateTime<Utc>, zone: Zone) -> String {
    speech::moment(zone.wall(start))
}

fn times(open: &[OpenTime], zone: Zone) -> Value {
    let time = |open: &OpenTime| json!({ "time": said(open.start, zone), "slot_token": open.slot_token });
    open.iter().take(CHOICES_MAX).map(time).collect()
}

fn spoken_times(open: &[OpenTime], zone: Zone) -> String {
    let times: Vec<_> = open.iter().take(CHOICES_MAX).map(|open| said(open.start, zone)).collect();
    speech::list(&times, "or")
}

pub fn open_times(service: &str, open: &[OpenTime], zone: Zone) -> Value {
    let message = format!("For {service} there is {}.", spoken_times(open, zone));
    json!({ "status": "open", "message": message, "slots": times(open, zone) })
}

/// Nothing is open when the caller wanted it; what is open later.
pub fn none_open(service: &str, later: &[OpenTime], zone: Zone) -> Value {
    let message = if later.is_empty() {
        format!("There is no open time for {service} in the coming weeks. Offer to take a message.")
    } else {
        format!("There is no open time for {service} then. The next ones are {}.", spoken_times(later, zone))
    };
    json!({ "status": "none_open", "message": message, "slots": times(later, zone) })
}

pub fn booked(appointment: &ToldAppointment, name: &str, zone: Zone) -> Value {
    let message = format!("{} is booked for {name} on {}.", appointment.service, said(appointment.start, zone));
    about(appointment, "booked", message, zone)
}

pub fn rescheduled(appointment: &ToldAppointment, zone: Zone) -> Value {
    let message = format!("{} is now on {}.", appointment.service, said(appointment.start, zone));
    about(appointment, "rescheduled", message, zone)
}

pub fn cancelled(appointment: &ToldAppointment, zone: Zone) -> Value {
    let message = format!("{} on {} is cancelled.", appointment.service, said(appointment.start, zone));
    about(appointment, "cancelled", message, zone)
}

fn about(appointment: &ToldAppointment, status: &str, message: String, zone: Zone) -> Value {
    json!({
        "status": status, "message": message, "appointment_id": appointment.id, "start": zone.rfc3339(appointment.start),
    })
}

/// No, and what is open instead.
pub fn refused(reason: &str, open: &[OpenTime], zone: Zone) -> Value {
    let mut message = sentence(reason);
    if !open.is_empty() {
        message.push_str(&format!(" Still open: {}.", spoken_times(open, zone)));
    }
    json!({ "status": "refused", "message": message, "slots": times(open, zone) })
}

pub fn found(appointments: &[ToldAppointment], zone: Zone) -> Value {
    let told: Vec<_> = appointments
        .iter()
        .map(|appointment| json!({ "appointment_id": appointment.id, "service": appointment.service, "time": said(appointment.start, zone) }))
        .collect();
    let spoken: Vec<_> =
        appointments.iter().map(|appointment| format!("{} on {}", appointment.service, said(appointment.start, zone))).collect();
    let message = match spoken.len() {
        0 => "There are no coming appointments under that number.".to_owned(),
        _ => format!("Found: {}.", speech::list(&spoken, "and")),
    };
    json!({ "status": if told.is_empty() { "none_found" } else { "found" }, "message": message, "appointments": told })
}

pub fn hours_on(date: NaiveDate, hours: &DayHours) -> Value {
    json!({ "status": "ok", "message": sentence(&format!("{}: {}", speech::date(date), speech::hours(hours))) })
}

/// `week` begins with Monday; `exceptions` are the coming dates with hours of their own.
pub fn weekly_hours(week: &[(&str, &DayHours)], exceptions: &[(NaiveDate, &DayHours)], zone: Zone) -> Value {
    let days: Vec<_> = week.iter().map(|(day, hours)| format!("{day} {}", speech::hours(hours))).collect();
    let exceptions: Vec<_> =
        exceptions.iter().map(|(date, hours)| format!("{} {}", speech::date(*date), speech::hours(hours))).collect();
    let mut message = sentence(&days.join("; "));
    if !exceptions.is_empty() {
        message.push_str(&format!(" Exceptions: {}.", exceptions.join("; ")));
    }
    json!({ "status": "ok", "message": message, "zone": zone.name() })
}

pub fn message_taken(id: MessageId) -> Value {
    json!({ "status": "taken", "message": "The message has been passed on.", "message_id": id })
}

/// With a capital at its beginning and a full stop at its end.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}{}", letters.as_str(), if text.ends_with('.') { "" } else { "." })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_what_is_open() {
        let zone = "America/Bogota".parse().expect("a zone");
        let open: Vec<_> = (0..5)
            .map(|hour| OpenTime {
                start: "2026-11-24T15:00:00Z".parse::<DateTime<Utc>>().expect("an instant") + chrono::TimeDelta::hours(hour),
                slot_token: format!("token{hour}"),
            })
            .collect();
        let answer = refused("that time has just been taken", &open, zone);
        assert_eq!(
            answer["message"],
            "That time has just been taken. Still open: Tuesday, November 24 at 10:00 AM, Tuesday, November 24 at 11:00 AM or Tuesday, \
             November 24 at noon."
        );
        assert_eq!(answer["slots"].as_array().map(Vec::len), Some(3));
        assert_eq!(answer["slots"][2]["slot_token"], "token2");
    }
}
