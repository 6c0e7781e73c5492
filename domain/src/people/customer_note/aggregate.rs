use serde::{Deserialize, Serialize};

use super::command::CustomerNoteCommand;
use super::error::CustomerNoteError;
use super::event::CustomerNoteEvent;
use crate::kernel::ids::{CustomerId, NoteId};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum CustomerNote {
    #[default]
    Unknown,
    Written {
        customer_id: CustomerId,
    },
    Redacted {
        customer_id: CustomerId,
    },
}

impl CustomerNote {
    /// The customer about whom it was written.
    pub fn customer_id(&self) -> Result<CustomerId, CustomerNoteError> {
        match self {
            Self::Unknown => Err(CustomerNoteError::NotFound),
            Self::Written { customer_id } | Self::Redacted { customer_id } => Ok(*customer_id),
        }
    }

    pub fn decide(&self, command: CustomerNoteCommand) -> Result<Vec<CustomerNoteEvent>, CustomerNoteError> {
        match (self, command) {
            (Self::Unknown, CustomerNoteCommand::Write { customer_id, text, by, now }) => {
                Ok(vec![CustomerNoteEvent::NoteWritten { customer_id, text, by, at: now }])
            }
            (Self::Written { .. } | Self::Redacted { .. }, CustomerNoteCommand::Write { .. }) => {
                Err(CustomerNoteError::AlreadyWritten)
            }
            (Self::Written { .. }, CustomerNoteCommand::Redact { reason, by }) => {
                Ok(vec![CustomerNoteEvent::NoteRedacted { reason, by }])
            }
            (Self::Redacted { .. }, CustomerNoteCommand::Redact { .. }) => Ok(vec![]),
            (Self::Unknown, CustomerNoteCommand::Redact { .. }) => Err(CustomerNoteError::NotFound),
        }
    }

    pub fn evolve(&mut self, event: CustomerNoteEvent) {
        *self = match (*self, event) {
            (_, CustomerNoteEvent::NoteWritten { customer_id, text: _, by: _, at: _ }) => {
                Self::Written { customer_id }
            }
            (
                Self::Written { customer_id } | Self::Redacted { customer_id },
                CustomerNoteEvent::NoteRedacted { .. },
            ) => Self::Redacted { customer_id },
            (Self::Unknown, CustomerNoteEvent::NoteRedacted { .. }) => Self::Unknown,
        };
    }
}

crate::aggregate!(
    CustomerNote,
    "customer_note",
    NoteId,
    CustomerNoteCommand,
    CustomerNoteEvent,
    CustomerNoteError
);
