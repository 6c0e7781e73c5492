//! A request without a decision in time expires. Its time is free again, and the customer need not wait any
//! longer.

use cqrs_es::Aggregate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::booking::appointment::{Appointment, AppointmentCommand, Wait};
use crate::booking::commands::booking::free;
use crate::kernel::ids::{AppointmentId, BusinessId, ResourceId, StreamId};
use crate::kernel::policy::{Job, Performed, Policy, Reaction};
use crate::kernel::recorded::{RecordedEvent, Unreadable};
use crate::kernel::work::{Failure, Work};

#[derive(Debug)]
pub struct RequestExpiry;

impl Policy for RequestExpiry {
    const NAME: &'static str = "request_expiry";
    const AGGREGATES: &'static [&'static str] = &[Appointment::TYPE];
    type Job = ExpireRequest;

    fn react(recorded: &RecordedEvent) -> Result<Vec<Reaction<ExpireRequest>>, Unreadable> {
        let Some(event) = recorded.event::<Appointment>()? else { return Ok(vec![]) };
        let appointment_id = AppointmentId::from_uuid(recorded.aggregate_id);
        let key = appointment_id.to_string();
        Ok(match event.effect().decision {
            Wait::Began { until, slot } => {
                let job = ExpireRequest { appointment_id, resources: slot.resources.clone() };
                vec![Reaction::Schedule { key, due_at: until, job }]
            }
            Wait::Ended => vec![Reaction::Withdraw { key }],
            Wait::Unchanged => vec![],
        })
    }
}

/// Ends a request whose time has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExpireRequest {
    pub appointment_id: AppointmentId,
    /// Whose time it takes.
    pub resources: Vec<ResourceId>,
}

impl Job for ExpireRequest {
    const NAME: &'static str = "ExpireRequest";

    fn contended(&self, _: BusinessId) -> Vec<Uuid> {
        self.resources.iter().map(|resource| resource.uuid()).collect()
    }

    async fn perform<W: Work>(&self, work: &W) -> Result<Performed, Failure> {
        let (id, now) = (self.appointment_id, work.now());
        let appointment = work.load::<Appointment>(id).await?.state;
        let Appointment::Requested { booking, decide_by } = &*appointment else {
            return Ok(Performed::Unneeded);
        };
        if now < *decide_by {
            return Ok(Performed::NotBefore(*decide_by));
        }
        work.execute::<Appointment>(id, AppointmentCommand::Expire { now }).await?;
        free(work, id, &booking.slot, Some(booking.attendee.customer_id)).await?;
        Ok(Performed::Applied)
    }
}
