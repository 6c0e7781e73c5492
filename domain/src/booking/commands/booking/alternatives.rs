//! The open slots that a refusal offers.

use chrono::{DateTime, TimeDelta, Utc};

use super::open_slots::{open_slots, rules_of};
use crate::kernel::ids::{CustomerId, ServiceId};
use crate::kernel::refusal::{OpenInstead, Refusal};
use crate::kernel::work::{Failure, Work};
use crate::scheduling::availability::offer::{self, SlotOffer};
use crate::scheduling::availability::{Query, Slot};
use crate::scheduling::service::Terms;
use crate::values::interval::Interval;
use crate::values::time::Zone;

/// How many slots a refusal offers, and how far it searches for them.
const ALTERNATIVES: usize = 3;
const ALTERNATIVES_WITHIN_DAYS: i64 = 21;

/// Adds open slots to a refusal.
pub trait OrOffer<T> {
    async fn or_offer(
        self,
        work: &impl Work,
        service_id: ServiceId,
        near: DateTime<Utc>,
        terms: Terms,
        customer: Option<CustomerId>,
    ) -> Result<T, Failure>;
}

impl<T: Send> OrOffer<T> for Result<T, Failure> {
    async fn or_offer(
        self,
        work: &impl Work,
        service_id: ServiceId,
        near: DateTime<Utc>,
        terms: Terms,
        customer: Option<CustomerId>,
    ) -> Self {
        match self {
            Err(Failure::Refused(refusal)) => {
                let open = open_instead(work, service_id, near, terms, customer).await?;
                Err(Failure::Refused(Refusal { open, ..refusal }))
            }
            result => result,
        }
    }
}

/// The next open slots from an instant on, for a customer if one is known. If there are none, those from now
/// on.
pub async fn open_instead(
    work: &impl Work,
    service_id: ServiceId,
    near: DateTime<Utc>,
    terms: Terms,
    customer: Option<CustomerId>,
) -> Result<Option<Box<OpenInstead>>, Failure> {
    let Some(rules) = rules_of(work, service_id).await? else { return Ok(None) };
    let now = work.now();
    let from = |start| {
        let span = Interval::starting(start, TimeDelta::days(ALTERNATIVES_WITHIN_DAYS));
        Query { terms, ..Query::within(span, now, ALTERNATIVES) }
    };
    let mut slots = open_slots(work, &rules, from(near.max(now)), customer).await?;
    if slots.is_empty() && near > now {
        slots = open_slots(work, &rules, from(now), customer).await?;
    }
    Ok(Some(Box::new(handed_out(work, service_id, rules.business.zone, &slots, terms))))
}

/// Slots with the tokens that book them.
pub fn handed_out(
    work: &impl Work,
    service_id: ServiceId,
    zone: Zone,
    slots: &[Slot],
    terms: Terms,
) -> OpenInstead {
    let sign = |content: &[u8]| work.sign(offer::TOKEN, content);
    let open = |slot| SlotOffer::of(service_id, slot, terms, work.now()).open(slot, sign);
    OpenInstead { zone, slots: slots.iter().map(open).collect() }
}
