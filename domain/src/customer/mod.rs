//! Somebody the business serves. That an address belongs to one customer only is guarded by [`crate::contact_point`].

mod aggregate;
mod command;
mod error;
mod event;
#[cfg(test)]
mod tests;

pub use aggregate::Customer;
pub use command::CustomerCommand;
pub use error::CustomerError;
pub use event::{CustomerDetails, CustomerEvent};
