use serde::{Deserialize, Serialize};

use super::command::CustomerCommand;
use super::error::CustomerError;
use super::event::{CustomerDetails, CustomerEvent};
use crate::shared::ids::CustomerId;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum Customer {
    #[default]
    Unknown,
    Registered(CustomerDetails),
}

impl Customer {
    pub fn details(&self) -> Result<&CustomerDetails, CustomerError> {
        match self {
            Self::Unknown => Err(CustomerError::NotFound),
            Self::Registered(details) => Ok(details),
        }
    }

    pub fn decide(&self, command: CustomerCommand) -> Result<Vec<CustomerEvent>, CustomerError> {
        match command {
            CustomerCommand::Register { details } => {
                if *self != Self::Unknown {
                    return Err(CustomerError::AlreadyRegistered);
                }
                Ok(vec![CustomerEvent::CustomerRegistered { details }])
            }
            CustomerCommand::Change { details } => {
                let present = self.details()?;
                if details.phone.is_none() && details.email.is_none() {
                    return Err(CustomerError::Unreachable);
                }
                Ok(if *present == details { vec![] } else { vec![CustomerEvent::CustomerChanged { details }] })
            }
        }
    }

    pub fn evolve(&mut self, event: CustomerEvent) {
        match event {
            CustomerEvent::CustomerRegistered { details } | CustomerEvent::CustomerChanged { details } => {
                *self = Self::Registered(details)
            }
        }
    }
}

crate::aggregate!(Customer, "customer", CustomerId, CustomerCommand, CustomerEvent, CustomerError);
