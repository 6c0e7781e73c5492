//! A hold that runs out lapses: its time is free again, and its appointment records that.

use cqrs_es::Aggregate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::booking::appointment::{Appointment, AppointmentCommand, Source, Wait};
use crate::booking::commands::booking::{lapse, preload_hold};
use crate::booking::commands::waitlist::offer_lapsed;
use crate::kernel::ids::{AppointmentId, BusinessId, ResourceId, StreamId};
use crate::kernel::policy::{Job, Performed, Policy, Reaction};
use crate::kernel::recorded::{RecordedEvent, Unreadable};
use crate::kernel::work::{Failure, Work};

#[derive(Debug)]
pub struct HoldExpiry;

impl Policy for HoldExpiry {
    const NAME: &'static str = "hold_expiry";
    const AGGREGATES: &'static [&'static str] = &[Appointment::TYPE];
    type Job = LapseHold;

    fn react(recorded: &RecordedEvent) -> Result<Vec<Reaction<LapseHold>>, Unreadable> {
        let Some(event) = recorded.event::<Appointment>()? else { return Ok(vec![]) };
        let hold_id = AppointmentId::from_uuid(recorded.aggregate_id);
        let key = hold_id.to_string();
        Ok(match event.effect().confirmation {
            Wait::Began { until, slot } => {
                vec![Reaction::Schedule {
                    key,
                    due_at: until,
                    job: LapseHold { hold_id, resources: slot.resources.clone() },
                }]
            }
            Wait::Ended => vec![Reaction::Withdraw { key }],
            Wait::Unchanged => vec![],
        })
    }
}

/// Ends a hold whose time has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LapseHold {
    pub hold_id: AppointmentId,
    /// The resources whose time was held. Holds of one day often run out together.
    pub resources: Vec<ResourceId>,
}

impl Job for LapseHold {
    const NAME: &'static str = "LapseHold";

    fn contended(&self, _: BusinessId) -> Vec<Uuid> {
        self.resources.iter().map(|resource| resource.uuid()).collect()
    }

    async fn perform<W: Work>(&self, work: &W) -> Result<Performed, Failure> {
        let hold = work.load::<Appointment>(self.hold_id).await?.state;
        let Appointment::Held { slot, expires_at, source } = &*hold else { return Ok(Performed::Unneeded) };
        preload_hold(work, slot).await?;
        let now = work.now();
        if now < *expires_at {
            return Ok(Performed::NotBefore(*expires_at));
        }
        lapse(work, self.hold_id, slot, now).await?;
        work.execute::<Appointment>(self.hold_id, AppointmentCommand::Lapse { now }).await?;
        if let Source::Waitlist { entry_id } = source {
            offer_lapsed(work, *entry_id, self.hold_id).await?;
        }
        Ok(Performed::Applied)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use serde_json::json;

    use super::*;
    use crate::booking::appointment::AppointmentEvent;
    use crate::booking::policies::testing::{by, noon, recorded, slot};

    fn reactions(event: AppointmentEvent) -> Vec<Reaction<LapseHold>> {
        HoldExpiry::react(&recorded::<Appointment>(serde_json::to_value(event).expect("JSON")))
            .expect("readable")
    }

    #[test]
    fn a_hold_is_scheduled_to_lapse_when_it_expires_and_whatever_ends_it_before_withdraws_that() {
        let hold_id = AppointmentId::from_uuid(Uuid::from_u128(2));
        let key = hold_id.to_string();
        let (slot, expires_at) = (slot(noon()), noon() + TimeDelta::minutes(5));
        let resources = slot.resources.clone();
        let held = AppointmentEvent::AppointmentHeld { slot, expires_at, source: Source::Api, by: by() };
        let scheduled = Reaction::Schedule {
            key: key.clone(),
            due_at: expires_at,
            job: LapseHold { hold_id, resources },
        };
        assert_eq!(reactions(held), [scheduled]);
        for ended in [AppointmentEvent::HoldReleased { by: by() }, AppointmentEvent::HoldLapsed {}] {
            assert_eq!(reactions(ended), [Reaction::Withdraw { key: key.clone() }]);
        }
        assert_eq!(
            reactions(AppointmentEvent::AppointmentCancelled { reason: None, by: by(), applied: None }),
            []
        );
    }

    #[test]
    fn an_event_that_cannot_be_read_stops_the_policy_and_names_its_position() {
        let error = HoldExpiry::react(&recorded::<Appointment>(json!({ "type": "Nonsense" })))
            .expect_err("unreadable");
        assert_eq!(error.position, 7);
    }
}
