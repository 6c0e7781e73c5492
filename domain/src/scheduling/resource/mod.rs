//! Who or what is booked: a person, a room, a bay. Its hours and its time off say when it can be booked. Its
//! bookings stand in [`crate::scheduling::agenda_day`].

mod aggregate;
mod command;
mod error;
mod event;
#[cfg(test)]
mod tests;

pub use aggregate::{AddedResource, Resource};
pub use command::ResourceCommand;
pub use error::ResourceError;
pub use event::{ResourceDetails, ResourceEvent, Stay, TimeOff};
