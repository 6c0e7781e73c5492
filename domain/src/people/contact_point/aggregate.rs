use serde::{Deserialize, Serialize};

use super::command::ContactPointCommand;
use super::error::ContactPointError;
use super::event::ContactPointEvent;
use crate::kernel::ids::{ContactPointId, CustomerId};

/// Whose it is, if anybody's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactPoint {
    pub owner: Option<CustomerId>,
}

impl ContactPoint {
    pub fn decide(&self, command: ContactPointCommand) -> Result<Vec<ContactPointEvent>, ContactPointError> {
        match command {
            ContactPointCommand::Claim { customer_id } => match self.owner {
                Some(owner) if owner != customer_id => Err(ContactPointError::Taken { owner }),
                Some(_) => Ok(vec![]),
                None => Ok(vec![ContactPointEvent::ContactPointClaimed { customer_id }]),
            },
            ContactPointCommand::Release { customer_id } if self.owner == Some(customer_id) => {
                Ok(vec![ContactPointEvent::ContactPointReleased { customer_id }])
            }
            ContactPointCommand::Release { .. } => Ok(vec![]),
            ContactPointCommand::Move { from, to } if self.owner == Some(from) => {
                Ok(vec![ContactPointEvent::ContactPointMoved { from, to }])
            }
            ContactPointCommand::Move { .. } => Ok(vec![]),
        }
    }

    pub fn evolve(&mut self, event: ContactPointEvent) {
        match event {
            ContactPointEvent::ContactPointClaimed { customer_id } => self.owner = Some(customer_id),
            ContactPointEvent::ContactPointReleased { customer_id: _ } => self.owner = None,
            ContactPointEvent::ContactPointMoved { from: _, to } => self.owner = Some(to),
        }
    }
}

crate::aggregate!(
    ContactPoint,
    "contact_point",
    ContactPointId,
    ContactPointCommand,
    ContactPointEvent,
    ContactPointError
);
