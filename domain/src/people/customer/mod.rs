//! A customer of a business: a name, and any number of addresses. [`crate::people::contact_point`] guards, in
//! the same commit, that an address belongs to one customer.
//!
//! Two customers who are one person are merged. The survivor stands for the merged customer from then on, and
//! takes its addresses. Both streams record the merge, so two merges that would make a circle conflict. The
//! state of the merged customer is kept for an undo. Personal data keep their subject and its key when a
//! merge moves them.

mod aggregate;
mod command;
mod error;
mod event;
#[cfg(test)]
mod tests;
pub(crate) mod upcast;

pub use aggregate::Customer;
pub use command::CustomerCommand;
pub use error::{ADDRESSES_MAX, CustomerError, GENERATIONS_MAX};
pub use event::{CustomerDetails, CustomerEvent, MovedAddress};
