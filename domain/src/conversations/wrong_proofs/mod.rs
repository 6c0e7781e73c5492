//! What was said about a customer, in any call, to prove who the caller is, and was wrong. Names and days can be
//! guessed in one call after the other: after [`WRONG_PROOFS_MAX`] within [`WITHIN`] nothing more is proved, right
//! or wrong. Each proof guards the version of this stream, so that no two are tried at once.

mod aggregate;
mod command;
mod error;
mod event;
#[cfg(test)]
mod tests;

pub use aggregate::WrongProofs;
pub use command::WrongProofsCommand;
pub use error::{WITHIN, WRONG_PROOFS_MAX, WrongProofsError};
pub use event::WrongProofsEvent;
