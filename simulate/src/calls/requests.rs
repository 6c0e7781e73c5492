//! What callers ask for: open times, a booking, another time, to cancel, and that somebody calls back.

use chrono::{DateTime, TimeDelta, Utc};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use serde_json::{Value, json};

use super::business::HORIZON_DAYS;
use super::caller::Caller;
use super::habits::{repeating, withholding};
use super::lookup;
use crate::promises::record::Note;
use crate::voice::message::ToolCall;
use crate::voice::reply::SpokenSlot;
use crate::voice::session::{ChangeOutcome, Made, Repeat, Request};

/// How many times a caller asks for another day, and takes another time after a refusal.
const DAYS_ASKED_MAX: usize = 3;
const TIMES_TRIED_MAX: usize = 3;

const POPULAR_DAYS: &[&str] = &["tomorrow", "monday", "next tuesday", "friday"];
const NOTE: &str = "Booked by a simulation.";
const MESSAGE: &str = "Please call me back about my last visit.";

/// Times of a service that are open.
#[derive(Debug, Clone)]
pub struct Open {
    pub service_id: String,
    pub slots: Vec<SpokenSlot>,
}

/// An appointment, and the time that was chosen for it.
#[derive(Debug, Clone)]
pub struct Booked {
    pub id: String,
    pub service_id: String,
    pub start: DateTime<Utc>,
    pub slot: SpokenSlot,
}

impl Booked {
    fn of(made: Made, service_id: &str, slot: SpokenSlot) -> Self {
        let Made { appointment_id: id, start } = made;
        Self { id, service_id: service_id.to_owned(), start, slot }
    }
}

/// Most callers ask for any day of the coming months. Some ask for a popular day.
fn wish(rng: &mut StdRng, service: &str) -> Value {
    if rng.random_ratio(20, 100) {
        let day = POPULAR_DAYS.choose(rng).copied().unwrap_or_default();
        return json!({ "service": service, "day": day, "part_of_day": "morning" });
    }
    let ahead = rng.random_range(2..i64::from(HORIZON_DAYS) - 2);
    let day = (Utc::now() + TimeDelta::days(ahead)).date_naive().to_string();
    let time = format!("{}:{:02}", rng.random_range(8..18), rng.random_range(0..4) * 15);
    json!({ "service": service, "day": day, "time": time })
}

/// Asks for open times; for an appointment that is to be moved, at times with all that is free for it.
pub async fn find_slots(caller: &mut Caller, moving: Option<&Booked>) -> Option<Open> {
    for _ in 0..DAYS_ASKED_MAX {
        let service = caller.services.choose(&mut caller.rng).cloned()?;
        let mut wish = wish(&mut caller.rng, &service.name);
        if let Some(booked) = moving.filter(|_| caller.chance(50)) {
            wish["appointment_id"] = json!(booked.id);
        }
        let repeat = if caller.chance(5) { Repeat::AtOnce } else { Repeat::Never };
        let slots = caller.ask("check_availability", wish, repeat).await?.slots;
        if !slots.is_empty() {
            return Some(Open { service_id: service.id, slots });
        }
        caller.hesitate().await;
    }
    None
}

pub fn booking(caller: &Caller, service_id: &str, slot: &SpokenSlot) -> Request {
    let arguments = caller.with_name(json!({ "slot_token": slot.slot_token, "note": NOTE }));
    Request::booking(arguments, Some(caller.particulars(service_id)))
}

/// Books one of the slots, or after a refusal one of those that are offered instead.
pub async fn book(caller: &mut Caller, open: Open) -> Option<Booked> {
    let Open { service_id, mut slots } = open;
    for _ in 0..TIMES_TRIED_MAX {
        caller.hesitate().await;
        if caller.chance(5) {
            return None;
        }
        let slot = slots.choose(&mut caller.rng).cloned()?;
        if caller.is_withheld && caller.chance(30) {
            withholding::book_without_number(caller, &slot.slot_token, &service_id).await;
        }
        let booking = booking(caller, &service_id, &slot);
        match repeating::change(caller, &booking).await {
            ChangeOutcome::Made(made) => {
                caller.own = Some(made.appointment_id.clone());
                return Some(Booked::of(made, &service_id, slot));
            }
            ChangeOutcome::Refused(open) => slots = open,
            ChangeOutcome::Failed => return None,
        }
    }
    None
}

/// Moves an appointment to one of the slots, or after a refusal to one of those that are offered instead.
pub async fn reschedule(caller: &mut Caller, booked: &Booked, open: Open) -> Option<Booked> {
    let Open { service_id, mut slots } = open;
    for _ in 0..TIMES_TRIED_MAX {
        caller.hesitate().await;
        let slot = slots.choose(&mut caller.rng).cloned()?;
        let arguments = json!({ "appointment_id": booked.id, "slot_token": slot.slot_token });
        let particulars = caller.particulars(&service_id);
        let moving = Request::change("reschedule_appointment", arguments, &booked.id, particulars);
        match repeating::change(caller, &moving).await {
            ChangeOutcome::Made(made) => return Some(Booked::of(made, &service_id, slot)),
            ChangeOutcome::Refused(open) => slots = open,
            ChangeOutcome::Failed => return None,
        }
    }
    None
}

/// Returns whether the appointment is cancelled.
pub async fn cancel(caller: &mut Caller, booked: &Booked) -> bool {
    lookup::find_own(caller).await;
    let arguments = json!({ "appointment_id": booked.id, "reason": "Something came up." });
    let particulars = caller.particulars(&booked.service_id);
    let cancellation = Request::change("cancel_appointment", arguments, &booked.id, particulars);
    let is_cancelled = matches!(repeating::change(caller, &cancellation).await, ChangeOutcome::Made(_));
    caller.own = caller.own.take().filter(|_| !is_cancelled);
    is_cancelled
}

pub async fn ask_hours(caller: &mut Caller) {
    let arguments = if caller.chance(50) { json!({ "day": "tomorrow" }) } else { json!({}) };
    caller.ask("get_business_hours", arguments, Repeat::Never).await;
}

pub async fn leave_message(caller: &mut Caller) {
    let call = ToolCall::new("take_message", caller.with_name(json!({ "message": MESSAGE })));
    let note = Note { text: MESSAGE.to_owned(), from: caller.person.clone() };
    let repeat = caller.repeat();
    caller.talk().await;
    repeating::leave_message(caller, &call, &note, repeat).await;
}
