//! A business: the tenant. Its profile, zone and hours are rules of every booking, so a booking guards its
//! version. Callers reach it through its channels.
//!
//! Its stream does not guard that a channel's address is unique. Each address is a claim: see
//! [`crate::conversations::channel_address`].

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
