//! Who or what is booked: a person, a room, a bay. Its hours and time off say when it can be; what is booked stands in its agenda,
//! see [`crate::scheduling::agenda_day`].

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
