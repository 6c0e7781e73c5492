//! The appointments that a customer has missed. A service may limit no-shows. The bookings of such a service
//! guard the version of this stream.
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
