//! A conversation: what a business and one person say to each other on one channel. This stream says who the
//! person is there and which chapter is the current one. What is said, and who is in charge, is in
//! [`super::chapter`].
//!
//! It has an event for each address and each chapter, and none for a message. So it stays short for years.
//!
//! Of two conversations that turn out to be one person's, one is joined into the other, and its id stands for
//! that one from then on. The subject of all personal data of a conversation is the conversation.

mod aggregate;
mod command;
mod error;
mod event;
#[cfg(test)]
mod tests;

pub use aggregate::{Conversation, Open};
pub use command::ConversationCommand;
pub use error::{ConversationError, JOINED_MAX};
pub use event::{ConversationEvent, KnownAs};
