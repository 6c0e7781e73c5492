//! A request under an `Idempotency-Key`, with the reply it got. It is written in the commit of what the request caused, refusals included,
//! so a repeat gets the same reply and causes nothing.
//!
//! The aggregate's stored type is `request`. The header is that of the IETF draft "The Idempotency-Key HTTP Header Field".

mod aggregate;
mod command;
mod error;
mod event;
#[cfg(test)]
mod tests;

pub use aggregate::IdempotentRequest;
pub use command::IdempotentRequestCommand;
pub use error::IdempotentRequestError;
pub use event::{IdempotentRequestEvent, Reply};
