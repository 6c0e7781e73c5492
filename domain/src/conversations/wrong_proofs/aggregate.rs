use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::command::WrongProofsCommand;
use super::error::{WITHIN, WRONG_PROOFS_MAX, WrongProofsError};
use super::event::WrongProofsEvent;
use crate::kernel::ids::WrongProofsId;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrongProofs {
    /// The last ones, at most as many as are allowed.
    given: Vec<DateTime<Utc>>,
}

impl WrongProofs {
    pub fn may_prove(&self, now: DateTime<Utc>) -> Result<(), WrongProofsError> {
        let lately = self.given.iter().filter(|at| **at > now - WITHIN).count();
        if lately < WRONG_PROOFS_MAX { Ok(()) } else { Err(WrongProofsError::TooMany) }
    }

    pub fn decide(&self, command: WrongProofsCommand) -> Result<Vec<WrongProofsEvent>, WrongProofsError> {
        let WrongProofsCommand::Prove { at, is_wrong } = command;
        self.may_prove(at)?;
        Ok(if is_wrong { vec![WrongProofsEvent::WrongProofGiven { at }] } else { vec![] })
    }

    pub fn evolve(&mut self, event: WrongProofsEvent) {
        let WrongProofsEvent::WrongProofGiven { at } = event;
        if self.given.len() == WRONG_PROOFS_MAX {
            self.given.remove(0);
        }
        self.given.push(at);
    }
}

crate::aggregate!(
    WrongProofs,
    "wrong_proofs",
    WrongProofsId,
    WrongProofsCommand,
    WrongProofsEvent,
    WrongProofsError
);
