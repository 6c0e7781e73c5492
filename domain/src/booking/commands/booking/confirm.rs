//! Booking the slot of a hold.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::alternatives::OrOffer;
use super::attendee::{GivenAnswer, Who, admit, attendee, customer};
use super::own::Own;
use super::time::{count, days, give_back_of};
use super::view::{AppointmentView, view};
use crate::booking::appointment::{Appointment, AppointmentCommand, AppointmentError, Source};
use crate::kernel::ids::{AppointmentId, CustomerId};
use crate::kernel::personal::{Personal, SubjectId};
use crate::kernel::work::{Command, Failure, Work};
use crate::people::commands::customers::find;
use crate::scheduling::agenda_day::{AgendaDay, AgendaDayCommand};
use crate::scheduling::service::Service;
use crate::values::text::{Name, Note};

/// Books the slot of a hold.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ConfirmHold {
    pub hold_id: AppointmentId,
    pub who: Who,
    pub note: Option<Personal<Note>>,
    #[serde(default)]
    pub answers: Vec<GivenAnswer>,
    pub source: Source,
    /// The customer wants it although they have another appointment at that time.
    #[serde(default)]
    pub accepts_overlap: bool,
}

impl ConfirmHold {
    pub fn new(hold_id: AppointmentId, who: Who, source: Source) -> Self {
        Self { hold_id, who, note: None, answers: vec![], source, accepts_overlap: false }
    }
}

impl Command for ConfirmHold {
    const NAME: &'static str = "ConfirmHold";
    type Output = AppointmentView;

    async fn decide<W: Work>(&self, work: &W) -> Result<AppointmentView, Failure> {
        let held = work.load::<Appointment>(self.hold_id).await?.state;
        held.is_free_to_all().map_err(Failure::refused)?;
        if let Some(booking) = held.booking() {
            // A repeat by the same customer gets the same answer.
            let who = customer(work, &self.who).await?;
            let again = find(work, booking.attendee.customer_id).await?.id == who.id;
            return if again {
                view(work, self.hold_id).await
            } else {
                Err(Failure::refused(AppointmentError::AlreadyBooked))
            };
        }
        confirm(work, self, None).await
    }
}

/// Books the slot of a hold. If it was offered to somebody, their name and who stood for them then are given:
/// the name replaces the customer's.
pub(crate) async fn confirm(
    work: &impl Work,
    hold: &ConfirmHold,
    offered: Option<(&Personal<Name>, CustomerId)>,
) -> Result<AppointmentView, Failure> {
    let id = hold.hold_id;
    let held = work.load::<Appointment>(id).await?.state;
    let slot = held.held().map_err(Failure::refused)?;
    let now = work.now();
    let confirmed = async {
        let service = work.load::<Service>(slot.service_id).await?.state;
        let questions = &service.known().map_err(Failure::refused)?.details.questions;
        let mut attendee = attendee(work, &hold.who, hold.note.as_ref(), &hold.answers, questions).await?;
        if let Some((name, customer)) = offered {
            attendee.name = name.about(SubjectId::of(attendee.customer_id));
            if customer != attendee.customer_id {
                give_back_of(work, id, slot, customer).await?;
            }
        }
        let policy = &slot.agreement.policy;
        admit(work, policy, attendee.customer_id, false).await?;
        let own = Own::of(work, &hold.who, &attendee, hold.source).await?;
        own.must_not_overlap(work, slot.time, policy.overlap, hold.accepts_overlap).await?;
        count(work, id, slot, attendee.customer_id).await?;
        let confirm =
            AppointmentCommand::Confirm { attendee, source: hold.source, by: work.actor().clone(), now };
        work.execute::<Appointment>(id, confirm).await?;
        for (day, ..) in days(work, slot) {
            work.execute::<AgendaDay>(day, AgendaDayCommand::Confirm { appointment_id: id, now }).await?;
        }
        Ok::<_, Failure>(())
    };
    confirmed.await.or_offer(work, slot.service_id, slot.time.start, slot.terms(), None).await?;
    view(work, id).await
}
