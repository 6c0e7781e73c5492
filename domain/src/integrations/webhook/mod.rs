//! A received webhook. Its stream is named by its identity, so a repeat finds it there and appends nothing.
//! It ends translated, ignored or skipped, or is parked until a person decides.
//!
//! Its stored names say `delivery`: the aggregate's type, the events after the first, the refusals.

mod aggregate;
mod command;
mod error;
mod event;
#[cfg(test)]
mod tests;

pub use aggregate::{Received, Webhook, WebhookStatus};
pub use command::WebhookCommand;
pub use error::WebhookError;
pub use event::{Receipt, WebhookEvent};
