//! To what the person behind an address has agreed, and what they have taken back: for each medium and each
//! purpose, in whose words, when, and how it is known.
//!
//! The stream is named by the address, as its claim is. A law, a carrier and a platform all go by the
//! address. So a merge of customers moves nothing here, and neither does undoing it. What is given in the name
//! of a customer counts as long as the address is theirs; what is taken back stays taken back with the
//! address, whoever has it.
//!
//! The latest moment counts, whatever comes first: changes may arrive in any order and more than once. The
//! subject of the personal data is the ledger itself, and the state has none. So an opt-out stands when a
//! conversation or a customer is erased.
//!
//! What nobody has said anything about is allowed for service and reminders, which follow from what somebody
//! has booked or asked, and for nothing else.

mod aggregate;
mod command;
mod error;
mod event;
#[cfg(test)]
mod tests;

pub use aggregate::{Consent, Standing};
pub use command::ConsentCommand;
pub use error::ConsentError;
pub use event::{ConsentChange, ConsentEvent, ConsentSource, Purpose};
