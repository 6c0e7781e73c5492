//! A webhook as it was taken in. Its stream is named by what its provider says makes it the same webhook, so a repeat finds it there
//! and appends nothing. It ends translated, ignored, skipped, or parked until somebody looks at it.

mod aggregate;
mod command;
mod error;
mod event;
#[cfg(test)]
mod tests;

pub use aggregate::{Delivery, Outcome, Received};
pub use command::DeliveryCommand;
pub use error::DeliveryError;
pub use event::{DeliveryEvent, Receipt};
