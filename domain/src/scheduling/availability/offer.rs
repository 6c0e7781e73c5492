//! A slot as it is offered. The caller gets an opaque, signed token. A model copies it and computes nothing.
//!
//! The token is short, because voice models copy it character by character. Its content is a version byte,
//! two times in whole minutes, the length, the seats, the service and the resources. It is signed for
//! [`TOKEN`].

use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::query::Slot;
use crate::kernel::ids::{ResourceId, ServiceId, StreamId};
use crate::kernel::refusal::OpenSlot;
use crate::scheduling::service::Terms;
use crate::values::interval::Interval;

/// The purpose of its tokens.
pub const TOKEN: &str = "slot";

/// How long an offer stands. It reserves nothing: the booking decides whether the time is free and keeps the
/// rules.
pub const OFFER_MINUTES: i64 = 30;

const VERSION: u8 = 1;
const ID_BYTES: usize = 16;
const TIME_BYTES: usize = 4;
const NUMBER_BYTES: usize = 2;
/// A bit in the number of seats: the resources are fixed.
const FIXED: u16 = 1 << 15;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SlotOffer {
    pub service_id: ServiceId,
    pub start: DateTime<Utc>,
    pub duration_minutes: u16,
    /// The seats of a class, at most 32,767.
    pub seats: u16,
    pub resources: Vec<ResourceId>,
    /// Whether the customer asked for these resources. If not, others that fill the same needs may replace
    /// them.
    pub fixed: bool,
    pub expires_at: DateTime<Utc>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a slot token")]
pub struct NotAnOffer;

impl SlotOffer {
    pub fn of(service_id: ServiceId, slot: &Slot, terms: Terms, now: DateTime<Utc>) -> Self {
        let minutes = (slot.time.end - slot.time.start).num_minutes();
        Self {
            service_id,
            start: slot.time.start,
            // A day has 1,440 minutes, and a class at most 10,000 seats.
            duration_minutes: u16::try_from(minutes).unwrap_or(u16::MAX),
            seats: u16::try_from(terms.seats).unwrap_or(u16::MAX) & !FIXED,
            resources: slot.resources.clone(),
            fixed: terms.with.is_some(),
            expires_at: from_minutes(to_minutes(now + TimeDelta::minutes(OFFER_MINUTES))),
        }
    }

    /// The slot with its token. `sign` makes a token for [`TOKEN`].
    pub fn open(&self, slot: &Slot, sign: impl Fn(&[u8]) -> String) -> OpenSlot {
        OpenSlot {
            time: slot.time,
            resources: slot.resources.clone(),
            seats_left: slot.seats_left,
            slot_token: sign(&self.to_bytes()),
            token_expires_at: self.expires_at,
        }
    }

    pub fn time(&self) -> Interval {
        Interval::starting(self.start, TimeDelta::minutes(self.duration_minutes.into()))
    }

    /// When it was offered, to the minute.
    pub fn offered_at(&self) -> DateTime<Utc> {
        self.expires_at - TimeDelta::minutes(OFFER_MINUTES)
    }

    /// The terms that it was offered for.
    pub fn terms(&self) -> Terms {
        let with = self.resources.first().filter(|_| self.fixed).copied();
        Terms { duration_minutes: Some(self.duration_minutes.into()), seats: self.seats.into(), with }
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(&to_minutes(self.start).to_be_bytes());
        bytes.extend_from_slice(&to_minutes(self.expires_at).to_be_bytes());
        bytes.extend_from_slice(&self.duration_minutes.to_be_bytes());
        bytes.extend_from_slice(&(self.seats | if self.fixed { FIXED } else { 0 }).to_be_bytes());
        bytes.extend_from_slice(self.service_id.uuid().as_bytes());
        for resource in &self.resources {
            bytes.extend_from_slice(resource.uuid().as_bytes());
        }
        bytes
    }

    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NotAnOffer> {
        let rest = bytes.strip_prefix(&[VERSION]).ok_or(NotAnOffer)?;
        let (start, rest) = rest.split_first_chunk::<TIME_BYTES>().ok_or(NotAnOffer)?;
        let (expires_at, rest) = rest.split_first_chunk::<TIME_BYTES>().ok_or(NotAnOffer)?;
        let (duration, rest) = rest.split_first_chunk::<NUMBER_BYTES>().ok_or(NotAnOffer)?;
        let (seats, rest) = rest.split_first_chunk::<NUMBER_BYTES>().ok_or(NotAnOffer)?;
        let seats = u16::from_be_bytes(*seats);
        let (service, rest) = rest.split_first_chunk::<ID_BYTES>().ok_or(NotAnOffer)?;
        let (resources, []) = rest.as_chunks::<ID_BYTES>() else { return Err(NotAnOffer) };
        Ok(Self {
            service_id: ServiceId::from_uuid(Uuid::from_bytes(*service)),
            start: from_minutes(u32::from_be_bytes(*start)),
            duration_minutes: u16::from_be_bytes(*duration),
            seats: seats & !FIXED,
            fixed: seats & FIXED != 0,
            expires_at: from_minutes(u32::from_be_bytes(*expires_at)),
            resources: resources.iter().map(|id| ResourceId::from_uuid(Uuid::from_bytes(*id))).collect(),
        })
    }
}

/// Whole minutes since 1970, rounded up. 32 bits last until the year 10136.
fn to_minutes(instant: DateTime<Utc>) -> u32 {
    u32::try_from((instant.timestamp() + 59).div_euclid(60)).unwrap_or(0)
}

fn from_minutes(minutes: u32) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes.into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_offer_survives_its_bytes(service: u128, resources in prop::collection::vec(any::<u128>(), 0..5), start: u32, expires: u32,
            duration_minutes: u16, seats in 0_u16..FIXED, fixed: bool) {
            let offer = SlotOffer {
                service_id: ServiceId::from_uuid(Uuid::from_u128(service)),
                start: from_minutes(start),
                resources: resources.into_iter().map(|id| ResourceId::from_uuid(Uuid::from_u128(id))).collect(),
                duration_minutes,
                seats,
                fixed,
                expires_at: from_minutes(expires),
            };
            prop_assert_eq!(SlotOffer::from_bytes(&offer.to_bytes()), Ok(offer));
        }

        #[test]
        fn other_bytes_are_refused_and_never_panic(bytes: Vec<u8>) {
            if let Ok(offer) = SlotOffer::from_bytes(&bytes) {
                prop_assert_eq!(offer.to_bytes(), bytes);
            }
        }
    }
}
