//! The outcome of a job. The stream is named by the job's id. Its one event is committed with what the job
//! did, so a job that runs again after a crash or a replay finds its outcome. A failed job has none: it is
//! still to be done.
//!
//! Its stored names say `effect`: the aggregate's type, the events, the refusals, the job's id in commands.

mod aggregate;
mod command;
mod error;
mod event;
#[cfg(test)]
mod tests;

pub use aggregate::{JobOutcome, Settlement};
pub use command::JobOutcomeCommand;
pub use error::JobOutcomeError;
pub use event::{JobOrigin, JobOutcomeEvent};
