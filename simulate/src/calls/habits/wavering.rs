//! Callers who change their minds: they move and move back, cancel, book again, and ask for what they have.

use rand::Rng;
use rand::rngs::StdRng;

use super::repeating;
use crate::calls::caller::Caller;
use crate::calls::requests::{self, Booked, Open};
use crate::promises::record::Asks;
use crate::report::tally::add;
use crate::voice::session::{ChangeOutcome, Made, Request};

const CHANGES_MAX: usize = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Move,
    /// To where it was before.
    MoveBack,
    /// It is booked as if it were not booked yet.
    AskForTheSame,
    Cancel,
    /// The time that was cancelled.
    CancelAndBook,
}

impl Change {
    fn draw(rng: &mut StdRng) -> Self {
        match rng.random_range(0..100) {
            0..30 => Self::Move,
            30..45 => Self::MoveBack,
            45..65 => Self::AskForTheSame,
            65..75 => Self::Cancel,
            _ => Self::CancelAndBook,
        }
    }
}

/// Changes one's mind about an appointment, as often as it comes to mind.
pub async fn waver(caller: &mut Caller, mut booked: Booked) {
    let mut before = None;
    for _ in 0..caller.rng.random_range(1..=CHANGES_MAX) {
        let change = Change::draw(&mut caller.rng);
        add(&caller.tally().habits.changes_of_mind);
        let now = match change {
            Change::Move => move_elsewhere(caller, &booked).await,
            Change::MoveBack => match before.take() {
                Some(open) => requests::reschedule(caller, &booked, open).await,
                None => move_elsewhere(caller, &booked).await,
            },
            Change::AskForTheSame => {
                ask_for_the_same(caller, &booked).await;
                continue;
            }
            Change::Cancel | Change::CancelAndBook if !requests::cancel(caller, &booked).await => return,
            Change::Cancel => return,
            Change::CancelAndBook => requests::book(caller, open_at(&booked)).await,
        };
        let Some(now) = now else { return };
        before = (change != Change::CancelAndBook).then(|| open_at(&booked));
        booked = now;
        caller.hesitate().await;
    }
}

/// The time of an appointment, which nobody else has if it has been given up.
fn open_at(booked: &Booked) -> Open {
    Open { service_id: booked.service_id.clone(), slots: vec![booked.slot.clone()] }
}

async fn move_elsewhere(caller: &mut Caller, booked: &Booked) -> Option<Booked> {
    let open = requests::find_slots(caller, Some(booked)).await?;
    requests::reschedule(caller, booked, open).await
}

/// Books the time that the appointment has. It is the same appointment.
async fn ask_for_the_same(caller: &mut Caller, booked: &Booked) {
    let booking = requests::booking(caller, &booked.service_id, &booked.slot);
    let booking = Request { asks: Asks::Again, ..booking };
    let first = Made { appointment_id: booked.id.clone(), start: booked.start };
    let second = caller.change(&booking).await;
    repeating::compare(caller, &booking, &ChangeOutcome::Made(first), &second);
}
