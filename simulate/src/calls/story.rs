//! What somebody wants who calls, from greeting to hanging up.

use rand::Rng;

use super::caller::Caller;
use super::habits::{wavering, withholding};
use super::lookup::find_own;
use super::requests::Booked;
use super::requests::{ask_hours, book, cancel, find_slots, leave_message, reschedule};

/// Makes a call.
pub async fn call(mut caller: Caller) {
    caller.pick_up().await;
    if caller.is_withheld {
        withholding::ask_without_proof(&mut caller).await;
    }
    match caller.rng.random_range(0..100) {
        0..70 => want_appointment(&mut caller).await,
        70..80 => leave_message(&mut caller).await,
        80..90 => ask_hours(&mut caller).await,
        _ => find_own(&mut caller).await,
    }
    caller.hesitate().await;
    caller.hang_up().await;
}

async fn want_appointment(caller: &mut Caller) {
    if caller.chance(15) {
        ask_hours(caller).await;
    }
    let Some(open) = find_slots(caller, None).await else { return };
    let Some(booked) = book(caller, open).await else { return };
    caller.hesitate().await;
    match caller.habits {
        None => think_again(caller, &booked).await,
        Some(habits) => {
            if habits.withholds && caller.chance(30) {
                withholding::cancel_without_proof(caller, &booked.id, &booked.service_id).await;
            }
            if habits.wavers {
                wavering::waver(caller, booked).await;
            }
            find_own(caller).await;
        }
    }
}

/// Most callers keep what they have booked.
async fn think_again(caller: &mut Caller, booked: &Booked) {
    match caller.rng.random_range(0..100) {
        0..25 => {
            if let Some(open) = find_slots(caller, None).await {
                reschedule(caller, booked, open).await;
            }
        }
        25..45 => {
            cancel(caller, booked).await;
        }
        45..55 => find_own(caller).await,
        55..60 => leave_message(caller).await,
        _ => {}
    }
}
