//! A series: appointments that were booked together by a recurrence rule. This stream keeps the rule and the list of what came of it, and
//! what was done to many of them at once; each appointment guards its own life, in its own stream, and may be moved or cancelled alone.

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
