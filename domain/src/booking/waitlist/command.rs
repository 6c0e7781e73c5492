use super::event::Place;
use crate::kernel::ids::WaitlistEntryId;
use crate::values::interval::Interval;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WaitlistCommand {
    Queue {
        place: Place,
        /// Entries of the customer that are for other people.
        of_others: Vec<WaitlistEntryId>,
    },
    Offer {
        entry_id: WaitlistEntryId,
    },
    MoveBack {
        entry_id: WaitlistEntryId,
        not_taken: Interval,
    },
    Dequeue {
        entry_id: WaitlistEntryId,
    },
}
