use serde::{Deserialize, Serialize};

use super::command::JobOutcomeCommand;
use super::error::JobOutcomeError;
use super::event::JobOutcomeEvent;
use crate::kernel::ids::JobId;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum JobOutcome {
    #[default]
    Pending,
    Settled(Settlement),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Settlement {
    Applied,
    Unneeded,
    Discarded,
}

impl JobOutcome {
    pub fn settlement(&self) -> Option<Settlement> {
        match self {
            Self::Pending => None,
            Self::Settled(outcome) => Some(*outcome),
        }
    }

    pub fn decide(&self, command: JobOutcomeCommand) -> Result<Vec<JobOutcomeEvent>, JobOutcomeError> {
        match (self.settlement(), command) {
            (None, JobOutcomeCommand::Apply { origin }) => {
                Ok(vec![JobOutcomeEvent::EffectApplied { origin }])
            }
            (None, JobOutcomeCommand::DropUnneeded { origin }) => {
                Ok(vec![JobOutcomeEvent::EffectUnneeded { origin }])
            }
            (None, JobOutcomeCommand::Discard { origin, reason, by }) => {
                Ok(vec![JobOutcomeEvent::EffectDiscarded { origin, reason, by }])
            }
            (Some(Settlement::Discarded), JobOutcomeCommand::Discard { .. }) => Ok(vec![]),
            // Another outcome would commit its effect twice, or one that was discarded.
            (Some(_), _) => Err(JobOutcomeError::AlreadySettled),
        }
    }

    pub fn evolve(&mut self, event: JobOutcomeEvent) {
        *self = Self::Settled(match event {
            JobOutcomeEvent::EffectApplied { origin: _ } => Settlement::Applied,
            JobOutcomeEvent::EffectUnneeded { origin: _ } => Settlement::Unneeded,
            JobOutcomeEvent::EffectDiscarded { origin: _, reason: _, by: _ } => Settlement::Discarded,
        });
    }
}

crate::aggregate!(JobOutcome, "effect", JobId, JobOutcomeCommand, JobOutcomeEvent, JobOutcomeError);
