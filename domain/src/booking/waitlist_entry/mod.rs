//! Somebody who waits for a time to become free, from joining the waitlist to the appointment, or to the end of what they wait for.
//!
//! An offer is a hold: the time is kept by an [`Appointment`](crate::booking::appointment::Appointment), written in the same commit, and becomes the
//! booking when the offer is accepted. The order of those who wait is guarded by [`crate::booking::waitlist`].

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
