use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::command::ChannelRosterCommand;
use super::error::{CHANNELS_MAX, ChannelRosterError};
use super::event::ChannelRosterEvent;
use crate::kernel::ids::{ChannelId, ChannelRosterId};

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelRoster {
    channels: BTreeSet<ChannelId>,
}

impl ChannelRoster {
    pub fn channels(&self) -> impl Iterator<Item = ChannelId> {
        self.channels.iter().copied()
    }

    pub fn decide(
        &self,
        command: ChannelRosterCommand,
    ) -> Result<Vec<ChannelRosterEvent>, ChannelRosterError> {
        match command {
            ChannelRosterCommand::Enroll { channel_id, legacy } => {
                if self.channels.len() + legacy >= CHANNELS_MAX {
                    return Err(ChannelRosterError::TooManyChannels);
                }
                Ok(vec![ChannelRosterEvent::ChannelEnrolled { channel_id }])
            }
            ChannelRosterCommand::Strike { channel_id } => {
                let is_enrolled = self.channels.contains(&channel_id);
                Ok(is_enrolled
                    .then_some(ChannelRosterEvent::ChannelStruck { channel_id })
                    .into_iter()
                    .collect())
            }
        }
    }

    pub fn evolve(&mut self, event: ChannelRosterEvent) {
        match event {
            ChannelRosterEvent::ChannelEnrolled { channel_id } => drop(self.channels.insert(channel_id)),
            ChannelRosterEvent::ChannelStruck { channel_id } => drop(self.channels.remove(&channel_id)),
        }
    }
}

crate::aggregate!(
    ChannelRoster,
    "channel_roster",
    ChannelRosterId,
    ChannelRosterCommand,
    ChannelRosterEvent,
    ChannelRosterError
);
