//! A hold that runs out lapses: its time is free again and its appointment says so, without anybody having to ask for the time.

use cqrs_es::Aggregate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Job, Performed, Policy, Reaction};
use crate::agenda_day::{AgendaDay, AgendaDayCommand};
use crate::appointment::{Appointment, AppointmentCommand, AppointmentEvent};
use crate::commands::booking::{days, release};
use crate::shared::ids::{AppointmentId, ResourceId, StreamId};
use crate::shared::recorded::{RecordedEvent, Stream, Unreadable};
use crate::work::{Failure, Work};

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
        Ok(match event {
            AppointmentEvent::AppointmentHeld { slot, expires_at, source: _, by: _ } => {
                vec![Reaction::Schedule { key, due_at: expires_at, job: LapseHold { hold_id, resources: slot.resources } }]
            }
            AppointmentEvent::AppointmentBooked { .. }
            | AppointmentEvent::AppointmentRequested { .. }
            | AppointmentEvent::HoldReleased { .. }
            | AppointmentEvent::HoldLapsed {} => vec![Reaction::Withdraw { key }],
            AppointmentEvent::RequestApproved { .. }
            | AppointmentEvent::RequestDeclined { .. }
            | AppointmentEvent::RequestExpired {}
            | AppointmentEvent::AppointmentRescheduled { .. }
            | AppointmentEvent::AppointmentCancelled { .. }
            | AppointmentEvent::CustomerCheckedIn { .. }
            | AppointmentEvent::AppointmentCompleted { .. }
            | AppointmentEvent::NoShowRecorded { .. } => vec![],
        })
    }
}

/// Ends a hold whose time has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LapseHold {
    pub hold_id: AppointmentId,
    /// Whose time was held: holds of one day often run out together.
    pub resources: Vec<ResourceId>,
}

impl Job for LapseHold {
    const NAME: &'static str = "LapseHold";

    fn contended(&self) -> Vec<Uuid> {
        self.resources.iter().map(|resource| resource.uuid()).collect()
    }

    async fn perform<W: Work>(&self, work: &W) -> Result<Performed, Failure> {
        let hold = work.load::<Appointment>(self.hold_id).await?.state;
        let Appointment::Held { slot, expires_at, source: _ } = &*hold else { return Ok(Performed::Unneeded) };
        let days = days(work, slot);
        work.prepare(&days.iter().map(|(day, ..)| Stream::of::<AgendaDay>(*day)).collect::<Vec<_>>()).await?;
        let now = work.now();
        if now < *expires_at {
            return Ok(Performed::NotBefore(*expires_at));
        }
        for (day, ..) in days {
            work.act::<AgendaDay>(day, AgendaDayCommand::Lapse { appointment_id: self.hold_id, now }).await?;
        }
        release(work, self.hold_id, slot).await?;
        work.act::<Appointment>(self.hold_id, AppointmentCommand::Lapse { now }).await?;
        Ok(Performed::Applied)
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};
    use serde_json::{Value, json};

    use super::*;
    use crate::agenda_day::Buffers;
    use crate::appointment::{BookedSlot, RuleVersions, Source};
    use crate::service::Agreement;
    use crate::shared::ids::{BusinessId, CommitId, EventId, ServiceId};
    use crate::shared::interval::Interval;
    use crate::shared::metadata::{Actor, ActorKind, Metadata};
    use crate::shared::time::{LocalTime, Zone};

    fn recorded(payload: Value) -> RecordedEvent {
        RecordedEvent {
            position: 7,
            tenant: BusinessId::from_uuid(Uuid::from_u128(1)),
            aggregate_type: Appointment::TYPE.into(),
            aggregate_id: Uuid::from_u128(2),
            sequence: 1,
            event_id: EventId::from_uuid(Uuid::from_u128(3)),
            event_type: payload["type"].as_str().unwrap_or_default().to_owned(),
            payload,
            metadata: Metadata::default(),
            commit_id: CommitId::from_uuid(Uuid::from_u128(4)),
            last_in_commit: true,
            recorded_at: noon(),
        }
    }

    fn noon() -> DateTime<Utc> {
        "2026-11-24T12:00:00Z".parse().expect("an instant")
    }

    fn by() -> Actor {
        Actor::new(ActorKind::Staff, "key")
    }

    fn reactions(event: AppointmentEvent) -> Vec<Reaction<LapseHold>> {
        HoldExpiry::react(&recorded(serde_json::to_value(event).expect("JSON"))).expect("readable")
    }

    #[test]
    fn a_hold_is_scheduled_to_lapse_when_it_expires_and_whatever_ends_it_before_withdraws_that() {
        let hold_id = AppointmentId::from_uuid(Uuid::from_u128(2));
        let key = hold_id.to_string();
        let expires_at = noon() + TimeDelta::minutes(5);
        let resources = vec![ResourceId::from_uuid(Uuid::from_u128(6))];
        let slot = BookedSlot {
            service_id: ServiceId::from_uuid(Uuid::from_u128(5)),
            resources: resources.clone(),
            time: Interval::starting(noon(), TimeDelta::minutes(30)),
            local_start: LocalTime::of(noon(), Zone::UTC),
            buffers: Buffers::default(),
            seats: None,
            limits: vec![],
            agreement: Agreement::default(),
            rules: RuleVersions { business: 1, service: 1, resources: vec![1] },
        };
        let held = AppointmentEvent::AppointmentHeld { slot, expires_at, source: Source::Api, by: by() };
        let scheduled = Reaction::Schedule { key: key.clone(), due_at: expires_at, job: LapseHold { hold_id, resources } };
        assert_eq!(reactions(held), [scheduled]);
        for ended in [AppointmentEvent::HoldReleased { by: by() }, AppointmentEvent::HoldLapsed {}] {
            assert_eq!(reactions(ended), [Reaction::Withdraw { key: key.clone() }]);
        }
        assert_eq!(reactions(AppointmentEvent::AppointmentCancelled { reason: None, by: by(), applied: None }), []);
    }

    #[test]
    fn an_event_that_cannot_be_read_stops_the_policy_and_names_its_position() {
        let error = HoldExpiry::react(&recorded(json!({ "type": "Nonsense" }))).expect_err("unreadable");
        assert_eq!(error.position, 7);
    }
}
