//! A channel: a way by which callers reach a business, an assistant on a provider's platform. It says how the
//! provider proves that its webhooks are its own.
//!
//! It has a stream of its own, so that adding one touches nothing that a booking reads. That a business has
//! not too many is guarded by its [`super::channel_roster`]; that each address leads to one channel, by
//! [`super::channel_address`].
//!
//! Releases before this one kept channels in the stream of their business. Those still stand in
//! [`Registered::legacy_channels`](crate::scheduling::business::Registered), and [`ChannelDetails`] can be
//! made of them.

mod aggregate;
mod command;
mod error;
mod event;
#[cfg(test)]
mod tests;

pub use aggregate::Channel;
pub use command::ChannelCommand;
pub use error::ChannelError;
pub use event::{ChannelDetails, ChannelEvent};
