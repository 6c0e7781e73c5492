use serde::{Deserialize, Serialize};

use super::command::EffectCommand;
use super::error::EffectError;
use super::event::EffectEvent;
use crate::kernel::ids::EffectId;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Effect {
    #[default]
    Pending,
    Settled(Outcome),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    Applied,
    Unneeded,
    Discarded,
}

impl Effect {
    pub fn outcome(&self) -> Option<Outcome> {
        match self {
            Self::Pending => None,
            Self::Settled(outcome) => Some(*outcome),
        }
    }

    pub fn decide(&self, command: EffectCommand) -> Result<Vec<EffectEvent>, EffectError> {
        match (self.outcome(), command) {
            (None, EffectCommand::Apply { origin }) => Ok(vec![EffectEvent::EffectApplied { origin }]),
            (None, EffectCommand::DropUnneeded { origin }) => Ok(vec![EffectEvent::EffectUnneeded { origin }]),
            (None, EffectCommand::Discard { origin, reason, by }) => Ok(vec![EffectEvent::EffectDiscarded { origin, reason, by }]),
            (Some(Outcome::Discarded), EffectCommand::Discard { .. }) => Ok(vec![]),
            // What would be committed with it has been done, or must not be.
            (Some(_), _) => Err(EffectError::AlreadySettled),
        }
    }

    pub fn evolve(&mut self, event: EffectEvent) {
        *self = Self::Settled(match event {
            EffectEvent::EffectApplied { origin: _ } => Outcome::Applied,
            EffectEvent::EffectUnneeded { origin: _ } => Outcome::Unneeded,
            EffectEvent::EffectDiscarded { origin: _, reason: _, by: _ } => Outcome::Discarded,
        });
    }
}

crate::aggregate!(Effect, "effect", EffectId, EffectCommand, EffectEvent, EffectError);
