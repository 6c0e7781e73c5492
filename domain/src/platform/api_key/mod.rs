//! A key to the API. The secret is shown once; the log keeps its keyed hash.

mod aggregate;
mod command;
mod error;
mod event;
#[cfg(test)]
mod tests;

pub use aggregate::{ApiKey, IssuedKey};
pub use command::ApiKeyCommand;
pub use error::ApiKeyError;
pub use event::{ApiKeyEvent, Issue, Scope};
