//! The time of one resource on one UTC day. It makes double bookings impossible: a booking commits an event
//! on each day that it touches, buffers included. Two bookings of the same time conflict on the version of
//! the stream.
//!
//! Days are UTC days, because zones change their rules and UTC does not. An appointment over midnight UTC
//! stands in both days, each time with its whole length. So appointments that overlap meet on a day that both
//! touch.

mod aggregate;
mod command;
mod error;
mod event;
#[cfg(test)]
mod tests;

pub use aggregate::{AgendaDay, AgendaEntry, EntryState};
pub use command::{AgendaDayCommand, Room};
pub use error::AgendaDayError;
pub use event::{AgendaDayEvent, Buffers, Occupation, full};
