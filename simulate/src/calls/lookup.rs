//! Asking for one's own appointments.

use super::caller::Caller;
use crate::voice::session::{Found, Repeat};

/// A caller who misses their appointment asks once more: the list may be late.
const ASKED_MAX: usize = 3;

/// Asks until one's own appointment is told. Callers without habits ask once, and nobody compares what they
/// hear.
pub async fn find_own(caller: &mut Caller) {
    if caller.habits.is_none() {
        caller.ask("find_appointments", caller.identity(), Repeat::Never).await;
        return;
    }
    for _ in 0..ASKED_MAX {
        caller.talk().await;
        let (asker, proof) = (caller.person.clone(), caller.proof());
        match caller.session.find(caller.identity(), asker, proof).await {
            Found::Told(heard) => {
                let is_told = |own: &String| heard.iter().any(|heard| heard.appointment_id == *own);
                if caller.own.as_ref().is_none_or(is_told) {
                    return;
                }
            }
            Found::AskedBack => {
                caller.tally().error("find_appointments: a caller who has said who they are was asked");
                return;
            }
            Found::Failed => return,
        }
        caller.hesitate().await;
    }
}
