//! A note of the business about a customer. It is written once and never changed. It can be redacted: no list
//! shows its text any more. In the log the text stays, encrypted with the customer's key, until the customer
//! is erased.
//!
//! Each note has a stream of its own: a booking loads the customer, and must not load all notes.

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
