//! Moving an appointment to a slot that was offered.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::alternatives::OrOffer;
use super::change::change;
use super::hold::give_up;
use super::own::Own;
use super::plan::{Leeway, Plan, contended, offer_streams};
use super::time::{free, take};
use super::view::{AppointmentView, view};
use crate::booking::appointment::{Appointment, AppointmentCommand, Change};
use crate::kernel::ids::{AppointmentId, BusinessId};
use crate::kernel::personal::Personal;
use crate::kernel::recorded::Stream;
use crate::kernel::work::{Command, Failure, Work};
use crate::scheduling::availability::offer::SlotOffer;
use crate::values::text::Note;

/// Moves an appointment to a slot that was offered.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RescheduleAppointment {
    pub appointment_id: AppointmentId,
    pub offer: SlotOffer,
    pub reason: Option<Personal<Note>>,
    /// The caller agrees to the fee.
    #[serde(default)]
    pub accepts_fee: bool,
    /// Why the business overrides the policy of the booking.
    #[serde(default)]
    pub override_reason: Option<Personal<Note>>,
    pub seen_version: Option<i64>,
    /// The hold that keeps the slot. It ends with the move.
    #[serde(default)]
    pub hold_id: Option<AppointmentId>,
    /// The customer wants it although they have another appointment at that time.
    #[serde(default)]
    pub accepts_overlap: bool,
    /// The caller must not hear that there are appointments of before their call.
    #[serde(skip)]
    pub hides_others: bool,
}

impl RescheduleAppointment {
    pub fn new(appointment_id: AppointmentId, offer: SlotOffer) -> Self {
        Self {
            appointment_id,
            offer,
            reason: None,
            accepts_fee: false,
            override_reason: None,
            seen_version: None,
            hold_id: None,
            accepts_overlap: false,
            hides_others: false,
        }
    }
}

impl Command for RescheduleAppointment {
    const NAME: &'static str = "RescheduleAppointment";
    type Output = AppointmentView;

    fn contended(&self, _: BusinessId) -> Vec<Uuid> {
        contended(&self.offer)
    }

    async fn decide<W: Work>(&self, work: &W) -> Result<AppointmentView, Failure> {
        let id = self.appointment_id;
        let mut streams = offer_streams(work, &self.offer);
        streams.push(Stream::of::<Appointment>(id));
        work.preload(&streams).await?;
        let loaded = work.load::<Appointment>(id).await?;
        loaded.unchanged_since(self.seen_version)?;
        let booking = loaded.state.standing().map_err(Failure::refused)?;
        // Its own time is free for it.
        let customer_id = booking.attendee.customer_id;
        free(work, id, &booking.slot, Some(customer_id)).await?;
        let change = change(&self.reason, self.accepts_fee, &self.override_reason, customer_id);
        if let Some(hold_id) = self.hold_id {
            let hold = work.load::<Appointment>(hold_id).await?.state;
            hold.is_free_to_all().map_err(Failure::refused)?;
            // Asked again, it has ended with the move.
            if hold.held().is_ok() {
                give_up(work, hold_id, None).await?;
            }
        }
        let leeway = Leeway::of_move(&booking.slot, &self.offer, change.override_reason.is_some());
        let plan = take(work, id, &self.offer, Some(customer_id), None, leeway).await;
        let (start, terms) = (self.offer.start, self.offer.terms());
        let plan = plan.or_offer(work, self.offer.service_id, start, terms, Some(customer_id)).await?;
        let overlap = plan.slot.agreement.policy.overlap;
        let own = Own::beside(id, booking).hiding(self.hides_others);
        own.must_not_overlap(work, plan.slot.time, overlap, self.accepts_overlap).await?;
        move_one(work, id, plan, change).await?;
        view(work, id).await
    }
}

/// Moves an appointment to a time that was taken for it. Returns whether anything has changed.
pub(crate) async fn move_one(
    work: &impl Work,
    id: AppointmentId,
    plan: Plan,
    change: Change,
) -> Result<bool, Failure> {
    let (now, by, before) = (work.now(), work.actor().clone(), work.appended());
    work.execute::<Appointment>(id, AppointmentCommand::Reschedule { to: plan.slot, change, by, now })
        .await?;
    Ok(work.appended() > before)
}
