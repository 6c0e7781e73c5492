use serde::{Deserialize, Serialize};

use super::command::RequestCommand;
use super::error::RequestError;
use super::event::{Reply, RequestEvent};
use crate::kernel::ids::RequestId;

/// A request, once it is answered.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Request {
    answered: Option<(String, Reply)>,
}

impl Request {
    /// The reply, if this very request was answered.
    pub fn reply(&self, fingerprint: &str) -> Result<Option<&Reply>, RequestError> {
        match &self.answered {
            None => Ok(None),
            Some((answered, reply)) if answered == fingerprint => Ok(Some(reply)),
            Some(_) => Err(RequestError::KeyReused),
        }
    }

    pub fn decide(&self, command: RequestCommand) -> Result<Vec<RequestEvent>, RequestError> {
        let RequestCommand::Answer { fingerprint, reply } = command;
        match self.reply(&fingerprint)? {
            None => Ok(vec![RequestEvent::RequestAnswered { fingerprint, reply }]),
            Some(_) => Ok(vec![]),
        }
    }

    pub fn evolve(&mut self, event: RequestEvent) {
        let RequestEvent::RequestAnswered { fingerprint, reply } = event;
        self.answered = Some((fingerprint, reply));
    }
}

crate::aggregate!(Request, "request", RequestId, RequestCommand, RequestEvent, RequestError);
