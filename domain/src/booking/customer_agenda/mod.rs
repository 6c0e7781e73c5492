//! When a customer has appointments. So a booking that is asked for again is found, and two that overlap are
//! noticed before the second one is made. Whatever takes or frees the time of a booking changes this stream
//! in the same commit. A hold of nobody is not in it. Appointments that were booked before there were such
//! streams enter it when they are moved.

mod aggregate;
mod command;
mod error;
mod event;
#[cfg(test)]
mod tests;

pub use aggregate::CustomerAgenda;
pub use command::CustomerAgendaCommand;
pub use error::CustomerAgendaError;
pub use event::{CustomerAgendaEvent, Entry};
