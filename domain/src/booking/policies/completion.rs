//! An appointment is completed some time after its end, if its service says so and nobody has recorded an
//! outcome.

use chrono::{DateTime, TimeDelta, Utc};
use cqrs_es::Aggregate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::booking::appointment::{Appointment, AppointmentCommand, BookedSlot, CustomerEffect};
use crate::kernel::ids::{AppointmentId, StreamId};
use crate::kernel::policy::{Job, Performed, Policy, Queue, Reaction};
use crate::kernel::recorded::{RecordedEvent, Unreadable};
use crate::kernel::work::{Failure, Work};

#[derive(Debug)]
pub struct Completion;

impl Policy for Completion {
    const NAME: &'static str = "completion";
    const AGGREGATES: &'static [&'static str] = &[Appointment::TYPE];
    type Job = CompleteUnattended;

    fn react(recorded: &RecordedEvent) -> Result<Vec<Reaction<CompleteUnattended>>, Unreadable> {
        let Some(event) = recorded.event::<Appointment>()? else { return Ok(vec![]) };
        let appointment_id = AppointmentId::from_uuid(recorded.aggregate_id);
        let key = appointment_id.to_string();
        Ok(match event.effect().customer {
            CustomerEffect::Booked { slot, attendee: _ } | CustomerEffect::Moved { to: slot } => {
                vec![match due(slot) {
                    Some(due_at) => {
                        Reaction::Schedule { key, due_at, job: CompleteUnattended { appointment_id } }
                    }
                    None => Reaction::Withdraw { key },
                }]
            }
            CustomerEffect::CalledOff { .. } | CustomerEffect::Attended | CustomerEffect::Missed => {
                vec![Reaction::Withdraw { key }]
            }
            CustomerEffect::Unchanged => vec![],
        })
    }
}

fn due(slot: &BookedSlot) -> Option<DateTime<Utc>> {
    let minutes = slot.agreement.policy.complete_after_minutes?;
    // What was booked before instants were bounded may end when time does.
    slot.time.end.checked_add_signed(TimeDelta::minutes(minutes.into()))
}

/// Completes an appointment that has no outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CompleteUnattended {
    pub appointment_id: AppointmentId,
}

impl Job for CompleteUnattended {
    const NAME: &'static str = "CompleteUnattended";
    const QUEUE: Queue = Queue::Housekeeping;

    async fn perform<W: Work>(&self, work: &W) -> Result<Performed, Failure> {
        let (id, now) = (self.appointment_id, work.now());
        let appointment = work.load::<Appointment>(id).await?.state;
        let (Appointment::Booked(booking) | Appointment::CheckedIn(booking)) = &*appointment else {
            return Ok(Performed::Unneeded);
        };
        match due(&booking.slot) {
            None => Ok(Performed::Unneeded),
            Some(due_at) if now < due_at => Ok(Performed::NotBefore(due_at)),
            Some(_) => {
                work.execute::<Appointment>(
                    id,
                    AppointmentCommand::Complete { by: work.actor().clone(), now },
                )
                .await?;
                Ok(Performed::Applied)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::booking::appointment::AppointmentEvent;
    use crate::booking::policies::testing::{by, noon, recorded, slot};

    /// What follows when an appointment is moved to a slot of a service that completes them after a week.
    fn moved_to(mut slot: BookedSlot) -> Vec<Reaction<CompleteUnattended>> {
        slot.agreement.policy.complete_after_minutes = Some(10_080);
        let from = slot.clone();
        let moved = AppointmentEvent::AppointmentRescheduled {
            from,
            to: slot,
            reason: None,
            by: by(),
            applied: None,
            decide_by: None,
        };
        Completion::react(&recorded::<Appointment>(serde_json::to_value(moved).expect("JSON")))
            .expect("readable")
    }

    #[test]
    fn an_appointment_is_completed_after_its_end_unless_that_is_after_the_end_of_time() {
        let appointment_id = AppointmentId::from_uuid(Uuid::from_u128(2));
        let key = appointment_id.to_string();
        let (tomorrow, last_day) =
            (noon() + TimeDelta::days(1), DateTime::<Utc>::MAX_UTC - TimeDelta::days(1));
        let due_at = tomorrow + TimeDelta::minutes(30) + TimeDelta::days(7);
        let scheduled =
            Reaction::Schedule { key: key.clone(), due_at, job: CompleteUnattended { appointment_id } };
        assert_eq!(moved_to(slot(tomorrow)), [scheduled]);
        // Before instants were bounded it was booked.
        assert_eq!(moved_to(slot(last_day)), [Reaction::Withdraw { key }]);
    }
}
