//! A call: its progress, its tool calls and their answers.
//!
//! The answers make tool calls idempotent: the first answer to an id stands. Platforms repeat requests, and
//! reorder their keys when they do. The subject of the caller's data is the call.

mod aggregate;
mod command;
mod error;
mod event;
#[cfg(test)]
mod tests;

pub use aggregate::Call;
pub use command::CallCommand;
pub use error::CallError;
pub use event::{CallEvent, CallReport, CallStart, TakenMessage, ToolAnswer, ToolCall};
