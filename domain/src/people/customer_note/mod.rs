//! A note that somebody of the business makes about a customer. It is written once and never changed; what should not have been written is
//! redacted: no list shows its text any more. In the log the text stays, encrypted with the customer's key, until the customer is erased.
//!
//! Each note is a stream of its own, so that a booking, which loads the customer, does not load what was ever noted about them.

mod aggregate;
mod command;
mod error;
mod event;
#[cfg(test)]
mod tests;

pub use aggregate::CustomerNote;
pub use command::CustomerNoteCommand;
pub use error::CustomerNoteError;
pub use event::CustomerNoteEvent;
