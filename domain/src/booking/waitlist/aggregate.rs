use serde::{Deserialize, Serialize};

use super::command::WaitlistCommand;
use super::error::{WAITING_MAX, WaitlistError};
use super::event::{Place, WaitlistEvent, Wish};
use crate::kernel::ids::{CustomerId, WaitlistEntryId, WaitlistId};
use crate::values::interval::Interval;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waitlist {
    /// The longest wait comes first.
    line: Vec<Waiting>,
}

/// A place in the line, with its state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    pub place: Place,
    /// Whether they have an offer to answer.
    pub is_offered: bool,
    /// The offered times that were not taken.
    pub not_taken: Vec<Interval>,
}

impl Waitlist {
    /// The places without an open offer, in order.
    pub fn waiting(&self) -> impl Iterator<Item = &Waiting> {
        self.line.iter().filter(|waiting| !waiting.is_offered)
    }

    /// The customer's entries for like wishes: one for each person of a family that has one number.
    pub fn like(&self, customer_id: CustomerId, wish: &Wish) -> impl Iterator<Item = WaitlistEntryId> {
        let places = self.line.iter().map(|waiting| waiting.place);
        places
            .filter(move |place| place.customer_id == customer_id && place.wish.is_like(wish))
            .map(|place| place.entry_id)
    }

    /// The number of the entry among those of its service, from 1.
    pub fn number(&self, entry_id: WaitlistEntryId) -> Option<usize> {
        let service_id = self.find(entry_id)?.place.wish.service_id;
        let mut line = self.waiting().filter(|waiting| waiting.place.wish.service_id == service_id);
        line.position(|waiting| waiting.place.entry_id == entry_id).map(|place| place + 1)
    }

    fn find(&self, entry_id: WaitlistEntryId) -> Option<&Waiting> {
        self.line.iter().find(|waiting| waiting.place.entry_id == entry_id)
    }

    pub fn decide(&self, command: WaitlistCommand) -> Result<Vec<WaitlistEvent>, WaitlistError> {
        match command {
            WaitlistCommand::Queue { place, of_others } => {
                let mut own = self.like(place.customer_id, &place.wish).filter(|id| !of_others.contains(id));
                if self.find(place.entry_id).is_some() || own.next().is_some() {
                    return Err(WaitlistError::AlreadyWaiting);
                }
                let of_service = |waiting: &&Waiting| waiting.place.wish.service_id == place.wish.service_id;
                if self.line.iter().filter(of_service).count() >= WAITING_MAX {
                    return Err(WaitlistError::Full);
                }
                Ok(vec![WaitlistEvent::EntryQueued { place }])
            }
            WaitlistCommand::Offer { entry_id } => match self.find(entry_id) {
                Some(waiting) if !waiting.is_offered => Ok(vec![WaitlistEvent::EntryOffered { entry_id }]),
                Some(_) | None => Err(WaitlistError::NotWaiting),
            },
            WaitlistCommand::MoveBack { entry_id, not_taken } => Ok(match self.find(entry_id) {
                Some(waiting) if waiting.is_offered => {
                    vec![WaitlistEvent::EntryMovedBack { entry_id, not_taken }]
                }
                Some(_) | None => vec![],
            }),
            WaitlistCommand::Dequeue { entry_id } => Ok(self
                .find(entry_id)
                .map(|_| WaitlistEvent::EntryDequeued { entry_id })
                .into_iter()
                .collect()),
        }
    }

    pub fn evolve(&mut self, event: WaitlistEvent) {
        match event {
            WaitlistEvent::EntryQueued { place } => {
                self.line.push(Waiting { place, is_offered: false, not_taken: vec![] });
            }
            WaitlistEvent::EntryOffered { entry_id } => {
                if let Some(waiting) = self.line.iter_mut().find(|waiting| waiting.place.entry_id == entry_id)
                {
                    waiting.is_offered = true;
                }
            }
            WaitlistEvent::EntryMovedBack { entry_id, not_taken } => {
                if let Some(mut waiting) = self.remove(entry_id) {
                    waiting.is_offered = false;
                    waiting.not_taken.push(not_taken);
                    self.line.push(waiting);
                }
            }
            WaitlistEvent::EntryDequeued { entry_id } => drop(self.remove(entry_id)),
        }
    }

    fn remove(&mut self, entry_id: WaitlistEntryId) -> Option<Waiting> {
        let place = self.line.iter().position(|waiting| waiting.place.entry_id == entry_id)?;
        Some(self.line.remove(place))
    }
}

crate::aggregate!(
    Waitlist,
    "waitlist",
    WaitlistId,
    WaitlistCommand,
    WaitlistEvent,
    WaitlistError,
    contended: true
);
