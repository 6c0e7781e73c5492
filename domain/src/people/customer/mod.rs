//! Somebody the business serves: a name, and any number of addresses. That an address belongs to one customer only is guarded by
//! [`crate::people::contact_point`], in the same commit.
//!
//! Two that turn out to be one person are merged: the one stands for the other from then on, and its addresses move. Both streams say so,
//! so that of two merges at once which would make a circle, the later one finds the earlier. What a merged customer was is kept, to be given
//! back when the merge is undone. Data stay about the customer they were given for, and encrypted with that one's key, wherever a merge
//! takes them.

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
