//! The time of one resource on one UTC day. This is what makes a double booking impossible: every booking commits an event on each
//! day it touches, buffers included, and two that want the same time conflict on the version of the stream.
//!
//! UTC days, because zones and their rules change and UTC days do not. An appointment over midnight UTC stands in both days, each time
//! with its whole length: two that overlap overlap on some day that both touch.

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
