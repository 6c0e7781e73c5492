//! The waitlist of a business: one line for all of its services, in the order of joining. It guards the
//! order, the length of the line, and that a customer waits once for the same thing.
//!
//! Each place in the line has an entry: [`crate::booking::waitlist_entry`]. It keeps the customer, the offer
//! and the outcome, in the same commit.

mod aggregate;
mod command;
mod error;
mod event;
#[cfg(test)]
mod tests;

pub use aggregate::{Waiting, Waitlist};
pub use command::WaitlistCommand;
pub use error::WaitlistError;
pub use event::{Place, WaitlistEvent, Wish};
