use serde::{Deserialize, Serialize};

use super::command::ChannelAddressCommand;
use super::error::ChannelAddressError;
use super::event::{ChannelAddressEvent, ChannelOwner};
use crate::kernel::ids::ChannelAddressId;

/// Where it leads, if anywhere.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelAddress {
    pub owner: Option<ChannelOwner>,
}

impl ChannelAddress {
    pub fn decide(
        &self,
        command: ChannelAddressCommand,
    ) -> Result<Vec<ChannelAddressEvent>, ChannelAddressError> {
        match command {
            ChannelAddressCommand::Claim { owner } => match self.owner {
                Some(_) => Err(ChannelAddressError::Taken),
                None => Ok(vec![ChannelAddressEvent::ChannelAddressClaimed { owner }]),
            },
            ChannelAddressCommand::Release { owner } if self.owner == Some(owner) => {
                Ok(vec![ChannelAddressEvent::ChannelAddressReleased { owner }])
            }
            ChannelAddressCommand::Release { .. } => Ok(vec![]),
        }
    }

    pub fn evolve(&mut self, event: ChannelAddressEvent) {
        match event {
            ChannelAddressEvent::ChannelAddressClaimed { owner } => self.owner = Some(owner),
            ChannelAddressEvent::ChannelAddressReleased { owner: _ } => self.owner = None,
        }
    }
}

crate::aggregate!(
    ChannelAddress,
    "channel_address",
    ChannelAddressId,
    ChannelAddressCommand,
    ChannelAddressEvent,
    ChannelAddressError,
    shared: true
);
