//! A message by the name that its provider gave it: what came in, and what is said of it later. Its stream is
//! named by channel and name. The name is hashed, because WhatsApp's holds the number of the person.
//!
//! Everything may come in any order and more than once: an edit before its message, a receipt before we know
//! that the message is ours. Whatever names the message lands here and waits. Of several edits or reactions
//! the one that was written last counts.
//!
//! A message that we have sent has this name beside its own ([`super::outbound_message`]), from when the
//! provider says so. Its receipts go there from then on, those that came before included.

mod aggregate;
mod command;
mod error;
mod event;
#[cfg(test)]
mod tests;

pub use aggregate::ProviderMessage;
pub use command::ProviderMessageCommand;
pub use error::ProviderMessageError;
pub use event::{
    AnnouncedMedia, Choice, Moment, ProviderMessageEvent, Reactor, ReceivedContent, ReceivedMessage,
};
