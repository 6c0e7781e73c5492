//! What a commit may hold, and why there may be no verdict on it.

use std::sync::Arc;

/// What one commit holds at most; larger ones are refused before they are queued.
pub use frontdesk_domain::kernel::work::COMMIT_EVENTS_MAX;
/// A transcript of 4 MiB, encrypted in an event and in the command that is recorded with it, still fits.
pub const COMMIT_BYTES_MAX: usize = 16 << 20;

/// Why there is no verdict.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AppendError {
    #[error("more is waiting to be written than can be written in time; nothing was written")]
    Overloaded,
    #[error("the database cannot be reached; nothing was written")]
    Unavailable(#[source] Arc<sqlx::Error>),
    #[error("the database stopped answering; the commit may or may not have been written")]
    OutcomeUnknown(#[source] Arc<sqlx::Error>),
    #[error("the database refuses the data; nothing was written")]
    Rejected(#[source] Arc<sqlx::Error>),
    #[error(
        "a commit holds at most {COMMIT_EVENTS_MAX} events and {COMMIT_BYTES_MAX} bytes; nothing was written"
    )]
    TooLarge,
    #[error("the process is stopping; nothing was written")]
    Stopping,
}
