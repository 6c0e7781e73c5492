//! How much of a limit is used in one period of the business's calendar: three bookings a day, ten hours a
//! week.
//!
//! A booking takes its share in the same commit, so a limit holds under any race. The share of a hold is free
//! again when the hold runs out.

mod aggregate;
mod command;
mod error;
mod event;
#[cfg(test)]
mod tests;

pub use aggregate::Quota;
pub use command::QuotaCommand;
pub use error::QuotaError;
pub use event::{QuotaEvent, Share};
