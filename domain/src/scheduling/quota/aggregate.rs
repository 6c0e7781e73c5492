use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::command::QuotaCommand;
use super::error::QuotaError;
use super::event::{QuotaEvent, Share};
use crate::kernel::ids::{AppointmentId, BusinessId, QuotaId, ServiceId, StreamId};
use crate::scheduling::availability::Use;
use crate::scheduling::service::Limit;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quota {
    shares: BTreeMap<AppointmentId, Share>,
}

impl QuotaId {
    /// A limit of a service in the period that begins on a date. `whose` is the resource or customer that it
    /// limits.
    pub fn of(
        tenant: BusinessId,
        service: ServiceId,
        limit: &Limit,
        whose: Option<Uuid>,
        from: NaiveDate,
    ) -> Self {
        let of: &str = limit.of.into();
        let per: &str = limit.per.into();
        let whose = whose.unwrap_or_default();
        let from = from.num_days_from_ce().to_be_bytes();
        Self::derived(
            Some(tenant),
            &[service.uuid().as_bytes(), of.as_bytes(), whose.as_bytes(), per.as_bytes(), &from],
        )
    }
}

impl Share {
    /// A hold counts until it runs out, a booking always.
    pub fn counts(&self, now: DateTime<Utc>) -> bool {
        self.held_until.is_none_or(|until| now < until)
    }

    /// The sum of shares.
    pub fn total<'a>(shares: impl Iterator<Item = &'a Self>, now: DateTime<Utc>) -> Use {
        shares
            .filter(|share| share.counts(now))
            .fold(Use::default(), |total, share| total.with(share.minutes))
    }
}

impl Quota {
    /// What is used now.
    pub fn used(&self, now: DateTime<Utc>) -> Use {
        Share::total(self.shares(), now)
    }

    /// Those of holds that have run out among them.
    pub fn shares(&self) -> impl Iterator<Item = &Share> {
        self.shares.values()
    }

    pub fn decide(&self, command: QuotaCommand) -> Result<Vec<QuotaEvent>, QuotaError> {
        match command {
            QuotaCommand::Take { appointment_id, share, limit, now } => {
                if self.shares.get(&appointment_id) == Some(&share) {
                    return Ok(vec![]);
                }
                let others = || self.shares.iter().filter(|(id, _)| **id != appointment_id);
                let used = Share::total(others().map(|(_, share)| share), now);
                if !used.allows(&limit, share.minutes) {
                    return Err(QuotaError::LimitReached { limit });
                }
                let lapsed = others().filter(|(_, share)| !share.counts(now)).map(|(id, _)| *id);
                let mut events: Vec<_> =
                    lapsed.map(|appointment_id| QuotaEvent::QuotaReleased { appointment_id }).collect();
                events.push(QuotaEvent::QuotaTaken { appointment_id, share });
                Ok(events)
            }
            QuotaCommand::Release { appointment_id } => {
                let present = self.shares.contains_key(&appointment_id);
                Ok(if present { vec![QuotaEvent::QuotaReleased { appointment_id }] } else { vec![] })
            }
        }
    }

    pub fn evolve(&mut self, event: QuotaEvent) {
        match event {
            QuotaEvent::QuotaTaken { appointment_id, share } => {
                self.shares.insert(appointment_id, share);
            }
            QuotaEvent::QuotaReleased { appointment_id } => {
                self.shares.remove(&appointment_id);
            }
        }
    }
}

crate::aggregate!(Quota, "quota", QuotaId, QuotaCommand, QuotaEvent, QuotaError);
