//! The line of those who wait for a time of a business to become free, one for all of its services, so that who came first is first whatever
//! they wait for. It guards the order, that one person waits once for the same thing, and that it stays of a size that can be gone through.
//! Whom each place is for, what they were offered and what became of it is the affair of [`crate::booking::waitlist_entry`], in the same commit.

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
