//! A business: the tenant. Its profile, zone and hours are what every booking is decided by, so a booking reads it and expects its
//! version; its channels are the ways by which callers reach it.
//!
//! The uniqueness of a channel's addresses is not guarded here: each is a claim, see [`crate::conversations::channel_address`].

mod aggregate;
mod command;
mod error;
mod event;
#[cfg(test)]
mod tests;

pub use aggregate::{Business, Registered};
pub use command::BusinessCommand;
pub use error::BusinessError;
pub use event::{
    Authentication, BusinessEvent, BusinessProfile, Channel, ChannelAddressKind, ChannelNumber, HmacAlgorithm, HmacEncoding,
    HmacScheme,
};
