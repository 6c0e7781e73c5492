//! What became of a job. The stream is named by the job's effect id, and its one event is committed with what the job did, so a job that is
//! run again, after a crash or a replay, finds that it is done. A job that failed leaves nothing here: it is still to be done.

mod aggregate;
mod command;
mod error;
mod event;
#[cfg(test)]
mod tests;

pub use aggregate::{Effect, Outcome};
pub use command::EffectCommand;
pub use error::EffectError;
pub use event::{EffectEvent, Origin};
