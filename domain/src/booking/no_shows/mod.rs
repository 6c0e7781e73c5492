//! Which appointments a customer has missed. A service may book nobody who has missed too many: the bookings of such a service read this
//! stream, and expect its version.
//!
//! The aggregate's stored type and the refusals say `attendance`.

mod aggregate;
mod command;
mod error;
mod event;
#[cfg(test)]
mod tests;

pub use aggregate::NoShows;
pub use command::NoShowsCommand;
pub use error::NoShowsError;
pub use event::NoShowsEvent;
