//! The claim of a channel on a phone number, an assistant or a secret. Its stream is named by the address,
//! hashed with a secret, and is unique in the whole deployment. A webhook finds its tenant by it, and no two
//! tenants can have the same address.

mod aggregate;
mod command;
mod error;
mod event;
#[cfg(test)]
mod tests;

pub use aggregate::ChannelAddress;
pub use command::ChannelAddressCommand;
pub use error::ChannelAddressError;
pub use event::{ChannelAddressEvent, ChannelOwner};
