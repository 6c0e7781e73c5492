//! A message that the business sends: what it says, and what becomes of it.
//!
//! A message that a job is there to send has the job's id, so a job that runs again finds it. Its id goes to
//! the provider and comes back with each receipt.
//!
//! No provider takes an idempotency key. So a try is recorded before it is made. Whoever finds a try without
//! an end knows that the message may have gone out, and sends nothing until that is settled: by a receipt, by
//! the provider's list, or by a person.
//!
//! What providers report goes one way: sent, failed, delivered, read. Each report is recorded once, in
//! whatever order they come, and the furthest one counts. A message that was delivered has not failed,
//! whatever is said later.

mod aggregate;
mod command;
mod content;
mod error;
mod event;
#[cfg(test)]
mod tests;

pub use aggregate::{Life, OutboundMessage};
pub use command::OutboundMessageCommand;
pub use content::{MediaKind, MessageText, Offered, OutboundContent};
pub use error::OutboundMessageError;
pub use event::{
    DeliveryReport, DeliveryStatus, Failure, FailureKind, OutboundMessageEvent, OutboundRequest,
    SuppressionReason, Topic,
};
