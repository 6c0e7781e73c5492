use super::event::JobOrigin;
use crate::kernel::metadata::Actor;

#[derive(Debug, Clone, PartialEq)]
pub enum JobOutcomeCommand {
    /// It is done.
    Apply { origin: JobOrigin },
    /// There is nothing left to do.
    DropUnneeded { origin: JobOrigin },
    /// By a person: it is not to be done any more.
    Discard { origin: JobOrigin, reason: String, by: Actor },
}
