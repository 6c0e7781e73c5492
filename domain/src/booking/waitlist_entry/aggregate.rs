use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::command::WaitlistEntryCommand;
use super::error::{OFFERS_MAX, WaitlistEntryError};
use super::event::{Joined, TimeOffer, WaitlistEntryEvent};
use crate::kernel::ids::{AppointmentId, WaitlistEntryId};

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum WaitlistEntry {
    #[default]
    Unknown,
    #[serde(rename = "Known")]
    Joined(JoinedEntry),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JoinedEntry {
    pub joined: Joined,
    pub stage: Stage,
    /// How many offers were not taken.
    pub offers_not_taken: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::EnumDiscriminants)]
#[strum_discriminants(name(Status), derive(strum::IntoStaticStr), strum(serialize_all = "snake_case"))]
pub enum Stage {
    Waiting,
    Offered(TimeOffer),
    Accepted {
        appointment_id: AppointmentId,
    },
    Left,
    /// Its dates have passed.
    Expired,
    /// Too many offers were not taken.
    Dropped,
}

impl WaitlistEntry {
    pub fn known(&self) -> Result<&JoinedEntry, WaitlistEntryError> {
        match self {
            Self::Unknown => Err(WaitlistEntryError::NotFound),
            Self::Joined(entry) => Ok(entry),
        }
    }

    pub fn decide(
        &self,
        command: WaitlistEntryCommand,
    ) -> Result<Vec<WaitlistEntryEvent>, WaitlistEntryError> {
        match (self, command) {
            (Self::Unknown, WaitlistEntryCommand::Join { joined, by }) => {
                Ok(vec![WaitlistEntryEvent::WaitlistJoined { joined, by }])
            }
            (Self::Unknown, _) => Err(WaitlistEntryError::NotFound),
            (Self::Joined(entry), command) => entry.decide(command),
        }
    }

    pub fn evolve(&mut self, event: WaitlistEntryEvent) {
        match (&mut *self, event) {
            (_, WaitlistEntryEvent::WaitlistJoined { joined, by: _ }) => {
                *self = Self::Joined(JoinedEntry { joined, stage: Stage::Waiting, offers_not_taken: 0 });
            }
            (Self::Joined(entry), WaitlistEntryEvent::WaitlistOffered { offer }) => {
                entry.stage = Stage::Offered(offer)
            }
            (Self::Joined(entry), WaitlistEntryEvent::OfferAccepted { by: _ }) => {
                if let Stage::Offered(offer) = entry.stage {
                    entry.stage = Stage::Accepted { appointment_id: offer.hold_id };
                }
            }
            (
                Self::Joined(entry),
                WaitlistEntryEvent::OfferDeclined { by: _ } | WaitlistEntryEvent::OfferLapsed {},
            ) => {
                entry.stage = Stage::Waiting;
                entry.offers_not_taken += 1;
            }
            (Self::Joined(entry), WaitlistEntryEvent::WaitlistLeft { by: _ }) => entry.stage = Stage::Left,
            (Self::Joined(entry), WaitlistEntryEvent::WaitlistEntryExpired {}) => {
                entry.stage = Stage::Expired
            }
            (Self::Joined(entry), WaitlistEntryEvent::WaitlistEntryDropped {}) => {
                entry.stage = Stage::Dropped
            }
            (
                Self::Unknown,
                WaitlistEntryEvent::WaitlistOffered { .. }
                | WaitlistEntryEvent::OfferAccepted { .. }
                | WaitlistEntryEvent::OfferDeclined { .. }
                | WaitlistEntryEvent::OfferLapsed {}
                | WaitlistEntryEvent::WaitlistLeft { .. }
                | WaitlistEntryEvent::WaitlistEntryExpired {}
                | WaitlistEntryEvent::WaitlistEntryDropped {},
            ) => {}
        }
    }
}

impl JoinedEntry {
    /// The offer that waits for an answer.
    pub fn offer(&self) -> Result<&TimeOffer, WaitlistEntryError> {
        match &self.stage {
            Stage::Offered(offer) => Ok(offer),
            Stage::Waiting if self.offers_not_taken == 0 => Err(WaitlistEntryError::NotOffered),
            Stage::Waiting | Stage::Dropped => Err(WaitlistEntryError::OfferLapsed),
            Stage::Accepted { .. } => Err(WaitlistEntryError::AlreadyAccepted),
            Stage::Left | Stage::Expired => Err(WaitlistEntryError::Ended),
        }
    }

    /// The offer, if it can still be accepted.
    pub fn standing_offer(&self, now: DateTime<Utc>) -> Option<&TimeOffer> {
        self.offer().ok().filter(|offer| now < offer.expires_at)
    }

    /// Whether it waits, or has an offer to answer.
    pub fn is_open(&self) -> bool {
        matches!(self.stage, Stage::Waiting | Stage::Offered(_))
    }

    /// When it ends while it is open: with its dates, but not under an offer that stands. Time is offered on
    /// the dates of the zone that the business has by then, and may be later.
    pub fn ends_at(&self) -> DateTime<Utc> {
        self.offer().map_or(self.joined.until, |offer| self.joined.until.max(offer.expires_at))
    }

    fn decide(&self, command: WaitlistEntryCommand) -> Result<Vec<WaitlistEntryEvent>, WaitlistEntryError> {
        match command {
            WaitlistEntryCommand::Join { .. } => Err(WaitlistEntryError::AlreadyJoined),
            WaitlistEntryCommand::Offer { offer } => match self.stage {
                Stage::Waiting => Ok(vec![WaitlistEntryEvent::WaitlistOffered { offer }]),
                Stage::Offered(_) => Err(WaitlistEntryError::AlreadyOffered),
                Stage::Accepted { .. } | Stage::Left | Stage::Expired | Stage::Dropped => {
                    Err(WaitlistEntryError::Ended)
                }
            },
            WaitlistEntryCommand::Accept { by } => match self.stage {
                Stage::Accepted { .. } => Ok(vec![]),
                _ => self.offer().map(|_| vec![WaitlistEntryEvent::OfferAccepted { by }]),
            },
            WaitlistEntryCommand::Decline { by } => match self.offer() {
                Ok(_) => Ok(self.not_taken(WaitlistEntryEvent::OfferDeclined { by })),
                // Declining twice, or after the offer has lapsed, changes nothing.
                Err(WaitlistEntryError::OfferLapsed) => Ok(vec![]),
                Err(error) => Err(error),
            },
            WaitlistEntryCommand::Lapse { hold_id } => Ok(match &self.stage {
                Stage::Offered(offer) if offer.hold_id == hold_id => {
                    self.not_taken(WaitlistEntryEvent::OfferLapsed {})
                }
                _ => vec![],
            }),
            WaitlistEntryCommand::Leave { by } => match self.stage {
                Stage::Waiting | Stage::Offered(_) => Ok(vec![WaitlistEntryEvent::WaitlistLeft { by }]),
                Stage::Accepted { .. } => Err(WaitlistEntryError::AlreadyAccepted),
                Stage::Left | Stage::Expired | Stage::Dropped => Ok(vec![]),
            },
            WaitlistEntryCommand::Expire { now } => {
                let expired = self.is_open() && self.ends_at() <= now;
                Ok(if expired { vec![WaitlistEntryEvent::WaitlistEntryExpired {}] } else { vec![] })
            }
        }
    }

    fn not_taken(&self, how: WaitlistEntryEvent) -> Vec<WaitlistEntryEvent> {
        let dropped =
            (self.offers_not_taken + 1 >= OFFERS_MAX).then_some(WaitlistEntryEvent::WaitlistEntryDropped {});
        std::iter::once(how).chain(dropped).collect()
    }
}

crate::aggregate!(
    WaitlistEntry,
    "waitlist_entry",
    WaitlistEntryId,
    WaitlistEntryCommand,
    WaitlistEntryEvent,
    WaitlistEntryError
);
