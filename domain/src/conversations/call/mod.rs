//! A call: how it went, what the assistant asked of us and what we answered. The answers make voice tool calls idempotent: the first
//! one stands, whatever comes under the same id again, because platforms repeat requests and reorder their keys when they do.
//!
//! The data on this stream are about the caller; their subject is the call.

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
