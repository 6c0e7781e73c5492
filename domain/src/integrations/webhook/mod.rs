//! A webhook as it was taken in. Its stream is named by what its provider says makes it the same webhook, so a repeat finds it there
//! and appends nothing. It ends translated, ignored, skipped, or parked until somebody looks at it.
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
