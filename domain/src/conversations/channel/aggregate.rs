use serde::{Deserialize, Serialize};

use super::command::ChannelCommand;
use super::error::ChannelError;
use super::event::{ChannelDetails, ChannelEvent};
use crate::kernel::ids::ChannelId;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum Channel {
    #[default]
    Unknown,
    Open(ChannelDetails),
    Removed,
}

impl Channel {
    pub fn open(&self) -> Result<&ChannelDetails, ChannelError> {
        match self {
            Self::Open(details) => Ok(details),
            Self::Unknown | Self::Removed => Err(ChannelError::ChannelNotFound),
        }
    }

    pub fn decide(&self, command: ChannelCommand) -> Result<Vec<ChannelEvent>, ChannelError> {
        match command {
            ChannelCommand::Add { details } if *self == Self::Unknown => {
                Ok(vec![ChannelEvent::ChannelAdded { details }])
            }
            // An id is given to one channel, once.
            ChannelCommand::Add { .. } => Ok(vec![]),
            ChannelCommand::Remove => self.open().map(|_| vec![ChannelEvent::ChannelRemoved {}]),
        }
    }

    pub fn evolve(&mut self, event: ChannelEvent) {
        *self = match event {
            ChannelEvent::ChannelAdded { details } => Self::Open(details),
            ChannelEvent::ChannelRemoved {} => Self::Removed,
        };
    }
}

crate::aggregate!(Channel, "channel", ChannelId, ChannelCommand, ChannelEvent, ChannelError);
