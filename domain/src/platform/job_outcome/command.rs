use super::event::Origin;
use crate::kernel::metadata::Actor;

#[derive(Debug, Clone, PartialEq)]
pub enum EffectCommand {
    /// It is done.
    Apply { origin: Origin },
    /// There is nothing left to do.
    DropUnneeded { origin: Origin },
    /// By a person: it is not to be done any more.
    Discard { origin: Origin, reason: String, by: Actor },
}
