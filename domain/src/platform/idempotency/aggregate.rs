use serde::{Deserialize, Serialize};

use super::command::IdempotentRequestCommand;
use super::error::IdempotentRequestError;
use super::event::{IdempotentRequestEvent, Reply};
use crate::kernel::ids::IdempotentRequestId;

/// A request, once it is answered.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct IdempotentRequest {
    answered: Option<(String, Reply)>,
}

impl IdempotentRequest {
    /// The reply, if the request with this fingerprint was answered.
    pub fn reply(&self, fingerprint: &str) -> Result<Option<&Reply>, IdempotentRequestError> {
        match &self.answered {
            None => Ok(None),
            Some((answered, reply)) if answered == fingerprint => Ok(Some(reply)),
            Some(_) => Err(IdempotentRequestError::KeyReused),
        }
    }

    pub fn decide(
        &self,
        command: IdempotentRequestCommand,
    ) -> Result<Vec<IdempotentRequestEvent>, IdempotentRequestError> {
        let IdempotentRequestCommand::Answer { fingerprint, reply } = command;
        match self.reply(&fingerprint)? {
            None => Ok(vec![IdempotentRequestEvent::RequestAnswered { fingerprint, reply }]),
            Some(_) => Ok(vec![]),
        }
    }

    pub fn evolve(&mut self, event: IdempotentRequestEvent) {
        let IdempotentRequestEvent::RequestAnswered { fingerprint, reply } = event;
        self.answered = Some((fingerprint, reply));
    }
}

crate::aggregate!(
    IdempotentRequest,
    "request",
    IdempotentRequestId,
    IdempotentRequestCommand,
    IdempotentRequestEvent,
    IdempotentRequestError
);
