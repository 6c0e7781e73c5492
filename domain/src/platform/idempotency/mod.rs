//! A request with an `Idempotency-Key`, and its reply. The reply is in the commit of what the request caused,
//! even if it is a refusal. So a repeat gets the same reply and causes nothing.
//!
//! The aggregate's stored type is `request`. The header is that of the IETF draft "The Idempotency-Key HTTP
//! Header Field".

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
