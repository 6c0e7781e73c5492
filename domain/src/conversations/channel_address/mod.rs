//! The claim of a business's channel on a phone number, an assistant or a secret. Its stream is named by the address (hashed with a
//! secret) within the whole deployment: it is how a webhook finds its tenant, and why no two tenants can have the same one.

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
