use serde::{Deserialize, Serialize};

use super::command::BusinessCommand;
use super::error::BusinessError;
use super::event::{BusinessEvent, BusinessProfile, LegacyChannel};
use crate::kernel::ids::{BusinessId, ChannelId};
use crate::values::hours::{Hours, OVERRIDES_MAX, Schedule};

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum Business {
    #[default]
    Unregistered,
    Registered(Registered),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Registered {
    pub profile: BusinessProfile,
    pub schedule: Schedule,
    /// From before channels had streams of their own. Read models hold it under this name.
    #[serde(rename = "channels")]
    pub legacy_channels: Vec<LegacyChannel>,
}

impl Business {
    pub fn registered(&self) -> Result<&Registered, BusinessError> {
        match self {
            Self::Unregistered => Err(BusinessError::NotFound),
            Self::Registered(registered) => Ok(registered),
        }
    }

    pub fn decide(&self, command: BusinessCommand) -> Result<Vec<BusinessEvent>, BusinessError> {
        if let BusinessCommand::Register { profile, hours } = command {
            if *self != Self::Unregistered {
                return Err(BusinessError::AlreadyRegistered);
            }
            // Without hours it is closed.
            if hours != Hours::default() {
                hours.check()?;
            }
            return Ok(vec![BusinessEvent::BusinessRegistered { profile, hours }]);
        }
        self.registered()?.decide(command)
    }

    pub fn evolve(&mut self, event: BusinessEvent) {
        match (self, event) {
            (this @ Self::Unregistered, BusinessEvent::BusinessRegistered { profile, hours }) => {
                let schedule = Schedule { hours, ..Schedule::default() };
                *this = Self::Registered(Registered { profile, schedule, legacy_channels: Vec::new() });
            }
            (Self::Registered(registered), event) => registered.evolve(event),
            // Nothing happens to a business before it is registered.
            (Self::Unregistered, _) => {}
        }
    }
}

impl Registered {
    pub fn legacy_channel(&self, id: ChannelId) -> Option<&LegacyChannel> {
        self.legacy_channels.iter().find(|channel| channel.id == id)
    }

    fn decide(&self, command: BusinessCommand) -> Result<Vec<BusinessEvent>, BusinessError> {
        // What is so already needs no event.
        let if_new = |is_new: bool, event| Ok(if is_new { vec![event] } else { vec![] });
        match command {
            BusinessCommand::Register { .. } => Err(BusinessError::AlreadyRegistered),
            BusinessCommand::ChangeProfile { profile } => {
                if_new(self.profile != profile, BusinessEvent::BusinessProfileChanged { profile })
            }
            BusinessCommand::ChangeHours { hours } => {
                hours.check()?;
                if_new(self.schedule.hours != hours, BusinessEvent::BusinessHoursChanged { hours })
            }
            BusinessCommand::SetDateOverride { date, hours, reason } => {
                let present = self.schedule.overrides.get(&date);
                if present.is_none() && self.schedule.overrides.len() >= OVERRIDES_MAX {
                    return Err(BusinessError::TooManyDateOverrides);
                }
                if_new(
                    present != Some(&hours),
                    BusinessEvent::BusinessDateOverrideSet { date, hours, reason },
                )
            }
            BusinessCommand::RemoveDateOverride { date } => {
                if !self.schedule.overrides.contains_key(&date) {
                    return Err(BusinessError::NoDateOverride(date));
                }
                Ok(vec![BusinessEvent::BusinessDateOverrideRemoved { date }])
            }
            BusinessCommand::RemoveChannel { channel_id } => if_new(
                self.legacy_channel(channel_id).is_some(),
                BusinessEvent::ChannelRemoved { channel_id },
            ),
        }
    }

    fn evolve(&mut self, event: BusinessEvent) {
        match event {
            BusinessEvent::BusinessRegistered { .. } => {}
            BusinessEvent::BusinessProfileChanged { profile } => self.profile = profile,
            BusinessEvent::BusinessHoursChanged { hours } => self.schedule.hours = hours,
            BusinessEvent::BusinessDateOverrideSet { date, hours, reason: _ } => {
                self.schedule.overrides.insert(date, hours);
            }
            BusinessEvent::BusinessDateOverrideRemoved { date } => {
                self.schedule.overrides.remove(&date);
            }
            BusinessEvent::ChannelAdded { channel } => self.legacy_channels.push(channel),
            BusinessEvent::ChannelRemoved { channel_id } => {
                self.legacy_channels.retain(|channel| channel.id != channel_id)
            }
        }
    }
}

crate::aggregate!(Business, "business", BusinessId, BusinessCommand, BusinessEvent, BusinessError);
