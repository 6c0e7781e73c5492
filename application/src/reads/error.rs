use frontdesk_domain::kernel::refusal::Refusal;
use frontdesk_projections::directory::DirectoryError;

/// Why something cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is an answer, and it is no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Position(#[from] BadPosition),
    /// The read model is late; it catches up.
    #[error("the read model has not reached that position yet")]
    Behind,
    #[error(transparent)]
    Log(#[from] frontdesk_adapters::event_log::ReadError),
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    #[error("the database cannot be read")]
    Database(#[from] sqlx::Error),
}

/// Why a position cannot be waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPosition {
    #[error("this is not a position token; copy it from the Frontdesk-Position header of a reply")]
    NotAToken,
    #[error("this position is of another log; the database was restored since. Read without it")]
    OfAnotherLog,
}
