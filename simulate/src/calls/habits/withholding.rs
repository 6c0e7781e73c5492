//! Callers whose number is withheld. They have to say it, with their name, before they hear of an appointment
//! or get one.

use serde_json::{Value, json};

use crate::calls::caller::Caller;
use crate::calls::lookup;
use crate::calls::names::STRANGER;
use crate::promises::record::{Person, Proof};
use crate::voice::session::{ChangeOutcome, Found, Request};

/// Asks for their appointments without saying who they are, and for those of somebody else. They must hear of
/// none.
pub async fn ask_without_proof(caller: &mut Caller) {
    let anybody = Person { name: String::new(), phone: String::new() };
    if let Found::Told(_) = find(caller, json!({}), anybody.clone(), Proof::Nothing).await {
        caller.tally().error("find_appointments: a caller without a number was not asked for one");
    }
    let phone = caller.others_phone.clone();
    if caller.chance(30) {
        find(caller, json!({ "phone_number": phone }), anybody, Proof::Nothing).await;
    }
    if caller.chance(30) {
        let arguments = json!({ "phone_number": phone, "name": STRANGER });
        let stranger = Person { name: STRANGER.to_owned(), phone };
        find(caller, arguments, stranger, Proof::SaysNumberAndName).await;
    }
}

async fn find(caller: &mut Caller, arguments: Value, asker: Person, proof: Proof) -> Found {
    caller.talk().await;
    caller.session.find(arguments, asker, proof).await
}

/// Asks for a booking without saying a number. It must be asked for.
pub async fn book_without_number(caller: &mut Caller, slot_token: &str, service_id: &str) {
    let arguments = json!({ "slot_token": slot_token, "name": caller.person.name });
    let booking = Request::booking(arguments, Some(caller.particulars(service_id)));
    if let ChangeOutcome::Made(_) = caller.change(&booking).await {
        caller.tally().error("book_appointment: somebody without a number was booked");
    }
}

/// Hangs up, calls again, and cancels an appointment without having found it. It must be found first.
pub async fn cancel_without_proof(caller: &mut Caller, appointment_id: &str, service_id: &str) {
    caller.call_again().await;
    let cancellation = Request::change(
        "cancel_appointment",
        json!({ "appointment_id": appointment_id }),
        appointment_id,
        caller.particulars(service_id),
    );
    if let ChangeOutcome::Made(_) = caller.change(&cancellation).await {
        let complaint = "cancel_appointment: an appointment was cancelled that the caller had not found";
        caller.tally().error(complaint);
        caller.own = None;
        return;
    }
    lookup::find_own(caller).await;
}
