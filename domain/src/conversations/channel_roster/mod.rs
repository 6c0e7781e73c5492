//! The roster of a business's channels: it says which there are, and guards that there are not too many. A
//! stream of its own, small, so that adding a channel neither loads all channels nor touches the business,
//! which every booking reads.

mod aggregate;
mod command;
mod error;
mod event;
#[cfg(test)]
mod tests;

pub use aggregate::ChannelRoster;
pub use command::ChannelRosterCommand;
pub use error::ChannelRosterError;
pub use event::ChannelRosterEvent;
