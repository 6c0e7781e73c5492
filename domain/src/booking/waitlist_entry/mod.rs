//! An entry on the waitlist, from joining to the appointment or to the end of its dates.
//!
//! An offer is a hold: an [`Appointment`](crate::booking::appointment::Appointment) in the same commit keeps
//! the time. It becomes the booking when the customer accepts. [`crate::booking::waitlist`] guards the order
//! of entries.

mod aggregate;
mod command;
mod error;
mod event;
#[cfg(test)]
mod tests;

pub use aggregate::{JoinedEntry, Stage, Status, WaitlistEntry};
pub use command::WaitlistEntryCommand;
pub use error::{OFFERS_MAX, WaitlistEntryError};
pub use event::{Joined, TimeOffer, WaitlistEntryEvent};
