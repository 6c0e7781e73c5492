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
    let nobody = Person { name: String::new(), phone: String::new() };
    must_be_asked_back(caller, json!({}), nobody.clone()).await;
    let others = caller.others_phone.clone();
    if caller.chance(30) {
        must_be_asked_back(caller, json!({ "phone_number": &others }), nobody).await;
    }
    if caller.chance(30) {
        let stranger = Person { name: STRANGER.to_owned(), phone: others };
        let arguments = json!({ "phone_number": stranger.phone, "name": stranger.name });
        caller.talk().await;
        caller.session.find(arguments, stranger, Proof::SaysNumberAndName).await;
    }
}

async fn must_be_asked_back(caller: &mut Caller, arguments: Value, asker: Person) {
    caller.talk().await;
    if let Found::Told(_) = caller.session.find(arguments, asker, Proof::Nothing).await {
        let complaint = "find_appointments: somebody was answered who had not said a number and a name";
        caller.tally().error(complaint);
    }
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
