//! The claim of a conversation on an address of a person, on one channel. Its stream is named by channel and
//! address, hashed with a secret. Two processes that take in the first two messages of somebody at the same
//! instant conflict here, and one of them finds the conversation that the other has begun.

mod aggregate;
mod command;
mod error;
mod event;
#[cfg(test)]
mod tests;

pub use aggregate::ConversationClaim;
pub use command::ConversationClaimCommand;
pub use error::ConversationClaimError;
pub use event::ConversationClaimEvent;
