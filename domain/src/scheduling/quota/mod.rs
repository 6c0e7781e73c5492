//! How much of a limit is used in one period of the business's calendar: three bookings a day, ten hours a week. A booking takes its part in
//! the same commit, so that a limit holds under any race; a hold's part is free again when the hold runs out.

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
