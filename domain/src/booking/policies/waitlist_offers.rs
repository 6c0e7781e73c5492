//! Freed time is offered to the waitlist.

use cqrs_es::Aggregate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::booking::appointment::{Appointment, TimeEffect};
use crate::booking::commands::waitlist::{Freed, offer_freed_time};
use crate::kernel::ids::{AppointmentId, BusinessId, StreamId, WaitlistId};
use crate::kernel::metadata;
use crate::kernel::policy::{Job, Performed, Policy, Reaction};
use crate::kernel::recorded::{RecordedEvent, Unreadable};
use crate::kernel::work::{Failure, Work};

#[derive(Debug)]
pub struct WaitlistOffers;

impl Policy for WaitlistOffers {
    const NAME: &'static str = "waitlist_offers";
    const AGGREGATES: &'static [&'static str] = &[Appointment::TYPE];
    type Job = OfferFreedTime;

    fn react(recorded: &RecordedEvent) -> Result<Vec<Reaction<OfferFreedTime>>, Unreadable> {
        let Some(event) = recorded.event::<Appointment>()? else { return Ok(vec![]) };
        let moved_from = match event.effect().time {
            TimeEffect::Moved { from } => Some(Freed::from(from)),
            TimeEffect::Freed => None,
            TimeEffect::Took | TimeEffect::Unchanged => return Ok(vec![]),
        };
        let appointment_id = AppointmentId::from_uuid(recorded.aggregate_id);
        let due_at = recorded.metadata.instant(metadata::DECIDED_AT).unwrap_or(recorded.recorded_at);
        let job = OfferFreedTime { appointment_id, moved_from };
        // An appointment may free several times.
        Ok(vec![Reaction::Schedule { key: recorded.event_id.to_string(), due_at, job }])
    }
}

/// Offers freed time to those in the line who wait for it, in order, one in each commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OfferFreedTime {
    /// The appointment that had the time.
    pub appointment_id: AppointmentId,
    /// The time that a moved appointment had. Any other appointment has ended, and its state has the time.
    pub moved_from: Option<Freed>,
}

impl Job for OfferFreedTime {
    const NAME: &'static str = "OfferFreedTime";

    fn contended(&self, tenant: BusinessId) -> Vec<Uuid> {
        vec![WaitlistId::of(tenant).uuid()]
    }

    async fn perform<W: Work>(&self, work: &W) -> Result<Performed, Failure> {
        let freed = match &self.moved_from {
            Some(freed) => Some(freed.clone()),
            None => work.load::<Appointment>(self.appointment_id).await?.state.given_up().map(Freed::from),
        };
        let is_offered = match freed {
            Some(freed) if work.now() < freed.time.end => offer_freed_time(work, &freed).await?,
            Some(_) | None => false,
        };
        Ok(if is_offered { Performed::InPart } else { Performed::Unneeded })
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::booking::appointment::{AppointmentEvent, BookedSlot, Source};
    use crate::booking::policies::testing::{by, noon, recorded, slot};
    use crate::kernel::ids::EventId;
    use crate::scheduling::agenda_day::Buffers;

    fn reactions(event: AppointmentEvent) -> Vec<Reaction<OfferFreedTime>> {
        WaitlistOffers::react(&recorded::<Appointment>(serde_json::to_value(event).expect("JSON")))
            .expect("readable")
    }

    #[test]
    fn whatever_frees_time_is_looked_at_at_once_each_under_a_key_of_its_own() {
        let appointment_id = AppointmentId::from_uuid(Uuid::from_u128(2));
        let key = EventId::from_uuid(Uuid::from_u128(3)).to_string();
        let scheduled = |moved_from| {
            let job = OfferFreedTime { appointment_id, moved_from };
            vec![Reaction::Schedule { key: key.clone(), due_at: noon(), job }]
        };
        for freed in [
            AppointmentEvent::AppointmentCancelled { reason: None, by: by(), applied: None },
            AppointmentEvent::RequestDeclined { reason: None, by: by() },
            AppointmentEvent::RequestExpired {},
            AppointmentEvent::HoldReleased { by: by() },
            AppointmentEvent::HoldLapsed {},
        ] {
            assert_eq!(reactions(freed), scheduled(None));
        }
        let buffers = Buffers { before_minutes: 5, after_minutes: 10, shared: false };
        let from = BookedSlot { buffers, ..slot(noon()) };
        let time = from.time.padded(TimeDelta::minutes(5), TimeDelta::minutes(10));
        let freed = Freed { resources: from.resources.clone(), time };
        let to = slot(noon() + TimeDelta::hours(1));
        let moved = AppointmentEvent::AppointmentRescheduled {
            from,
            to,
            reason: None,
            by: by(),
            applied: None,
            decide_by: None,
        };
        assert_eq!(reactions(moved), scheduled(Some(freed)), "what it took before, with its buffers");
        let expires_at = noon() + TimeDelta::minutes(5);
        let held = AppointmentEvent::AppointmentHeld {
            slot: slot(noon()),
            expires_at,
            source: Source::Api,
            by: by(),
        };
        assert_eq!(reactions(held), []);
    }
}
