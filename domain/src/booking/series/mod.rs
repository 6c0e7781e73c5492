//! A series: appointments that were booked together by a recurrence rule. This stream keeps the rule, the
//! list of appointments, and the changes to several of them at once. Each appointment has its own stream, and
//! can be moved or cancelled alone.

mod aggregate;
mod command;
mod error;
mod event;
pub mod rule;
#[cfg(test)]
mod tests;

pub use aggregate::{BookedSeries, Series};
pub use command::SeriesCommand;
pub use error::SeriesError;
pub use event::{Occurrence, SeriesEvent};
