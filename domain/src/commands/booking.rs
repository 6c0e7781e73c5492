//! Holding, booking, moving and cancelling.
//!
//! Each of these is one commit over the appointment and every day of every resource that it touches. Who comes second finds the version
//! of a day moved, decides again on what is now true, and is refused with the slots that are open.

mod attendee;
mod plan;
mod time;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use self::attendee::{GivenAnswer, Who, answered};
use self::attendee::{admit, attendee};
pub(super) use self::plan::open_instead;
use self::plan::{OrOffer, offer_streams, plan};
use self::time::{count, occupy};
pub(crate) use self::time::{days, free, release};
use super::customers::{find, streams_of};
use super::unchanged;
use crate::agenda_day::{AgendaDay, AgendaDayCommand};
use crate::appointment::{Appointment, AppointmentCommand, AppointmentError, Change, OverriddenRule, Override, Source};
use crate::availability::offer::SlotOffer;
use crate::customer::{Customer, CustomerDetails};
use crate::service::Service;
use crate::shared::ids::{AppointmentId, CustomerId, StreamId};
use crate::shared::personal::{Personal, SubjectId};
use crate::shared::recorded::Stream;
use crate::shared::text::Note;
use crate::work::{Command, Failure, Work};

/// How long a hold stands, unless its maker says otherwise, and at most.
pub const HOLD_SECONDS: u32 = 5 * 60;
pub const HOLD_SECONDS_MAX: u32 = 60 * 60;

/// An appointment at its version, and whose it is.
#[derive(Debug, Clone)]
pub struct AppointmentView {
    pub id: AppointmentId,
    pub version: i64,
    pub appointment: Appointment,
    pub customer: Option<(CustomerId, CustomerDetails)>,
}

pub(super) async fn view(work: &impl Work, id: AppointmentId) -> Result<AppointmentView, Failure> {
    let loaded = work.load::<Appointment>(id).await?;
    let appointment = (*loaded.state).clone();
    let customer = match appointment.booking() {
        Some(booking) => {
            let customer = find(work, booking.attendee.customer_id).await?;
            Some((customer.id, customer.details))
        }
        None => None,
    };
    Ok(AppointmentView { id, version: loaded.version, appointment, customer })
}

/// Keeps a slot for somebody who is making up their mind.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HoldSlot {
    pub offer: SlotOffer,
    pub seconds: u32,
    pub source: Source,
}

impl Command for HoldSlot {
    const NAME: &'static str = "HoldSlot";
    type Output = AppointmentView;

    fn contended(&self) -> Vec<Uuid> {
        contended(&self.offer)
    }

    async fn decide<W: Work>(&self, work: &W) -> Result<AppointmentView, Failure> {
        let id = work.new_id();
        let plan = plan(work, &self.offer, false).await?;
        let expires_at = work.now() + TimeDelta::seconds(self.seconds.clamp(1, HOLD_SECONDS_MAX).into());
        occupy(work, id, &plan, None, Some(expires_at)).await?;
        let (slot, by) = (plan.slot, work.actor().clone());
        work.act::<Appointment>(id, AppointmentCommand::Hold { slot, expires_at, source: self.source, by }).await?;
        view(work, id).await
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReleaseHold {
    pub hold_id: AppointmentId,
}

impl Command for ReleaseHold {
    const NAME: &'static str = "ReleaseHold";
    type Output = ();

    async fn decide<W: Work>(&self, work: &W) -> Result<(), Failure> {
        let loaded = work.load::<Appointment>(self.hold_id).await?;
        work.act::<Appointment>(self.hold_id, AppointmentCommand::Release { by: work.actor().clone() }).await?;
        if let Ok(slot) = loaded.state.held() {
            free(work, self.hold_id, slot, None).await?;
        }
        Ok(())
    }
}

/// Books a slot that was offered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BookAppointment {
    pub offer: SlotOffer,
    pub who: Who,
    pub note: Option<Personal<Note>>,
    #[serde(default)]
    pub answers: Vec<GivenAnswer>,
    pub source: Source,
    /// Why the business books it against its rules of notice, horizon, hours or no-shows. Nobody can book time that is taken.
    #[serde(default)]
    pub override_reason: Option<Personal<Note>>,
}

impl BookAppointment {
    /// With nothing special about it.
    pub fn new(offer: SlotOffer, who: Who, source: Source) -> Self {
        Self { offer, who, note: None, answers: vec![], source, override_reason: None }
    }
}

impl Command for BookAppointment {
    const NAME: &'static str = "BookAppointment";
    type Output = AppointmentView;

    fn contended(&self) -> Vec<Uuid> {
        contended(&self.offer)
    }

    async fn decide<W: Work>(&self, work: &W) -> Result<AppointmentView, Failure> {
        let mut streams = offer_streams(work, &self.offer);
        match &self.who {
            Who::Customer(id) => streams.push(Stream::of::<Customer>(*id)),
            Who::Person(person) => streams.extend(streams_of(work, person)),
        }
        work.prepare(&streams).await?;
        let id = work.new_id();
        let overrides = self.override_reason.is_some();
        let mut plan = plan(work, &self.offer, overrides).await?;
        let attendee = attendee(work, &self.who, self.note.as_ref(), &self.answers, &plan.questions).await?;
        let customer_id = attendee.customer_id;
        if !admit(work, &plan.slot.agreement.policy, customer_id, overrides).await? {
            plan.overridden.push(OverriddenRule::NoShowLimit);
        }
        occupy(work, id, &plan, Some(customer_id), None).await?;
        let (slot, by, now) = (plan.slot, work.actor().clone(), work.now());
        let overridden = about_customer(&self.override_reason, customer_id)
            .filter(|_| !plan.overridden.is_empty())
            .map(|reason| Override { reason, rules: plan.overridden });
        work.act::<Appointment>(id, AppointmentCommand::Book { slot, attendee, source: self.source, by, overridden, now }).await?;
        view(work, id).await
    }
}

/// Books the slot of a hold.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ConfirmHold {
    pub hold_id: AppointmentId,
    pub who: Who,
    pub note: Option<Personal<Note>>,
    #[serde(default)]
    pub answers: Vec<GivenAnswer>,
    pub source: Source,
}

impl ConfirmHold {
    pub fn new(hold_id: AppointmentId, who: Who, source: Source) -> Self {
        Self { hold_id, who, note: None, answers: vec![], source }
    }
}

impl Command for ConfirmHold {
    const NAME: &'static str = "ConfirmHold";
    type Output = AppointmentView;

    async fn decide<W: Work>(&self, work: &W) -> Result<AppointmentView, Failure> {
        let id = self.hold_id;
        let held = work.load::<Appointment>(id).await?.state;
        if let Some(booking) = held.booking() {
            // The same customer is told the same again.
            let who = attendee::customer(work, &self.who).await?;
            let again = find(work, booking.attendee.customer_id).await?.id == who.id;
            return if again { view(work, id).await } else { Err(Failure::refused(AppointmentError::AlreadyBooked)) };
        }
        let slot = held.held().map_err(Failure::refused)?.clone();
        let now = work.now();
        let confirmed = async {
            let service = work.load::<Service>(slot.service_id).await?.state;
            let questions = &service.known().map_err(Failure::refused)?.details.questions;
            let attendee = attendee(work, &self.who, self.note.as_ref(), &self.answers, questions).await?;
            admit(work, &slot.agreement.policy, attendee.customer_id, false).await?;
            count(work, id, &slot, attendee.customer_id).await?;
            let confirm = AppointmentCommand::Confirm { attendee, source: self.source, by: work.actor().clone(), now };
            let confirmed = work.act::<Appointment>(id, confirm).await?;
            for (day, ..) in days(work, &slot) {
                work.act::<AgendaDay>(day, AgendaDayCommand::Confirm { appointment_id: id, now }).await?;
            }
            Ok::<_, Failure>(confirmed)
        };
        confirmed.await.or_offer(work, slot.service_id, slot.time.start, slot.terms()).await?;
        view(work, id).await
    }
}

/// Moves an appointment to a slot that was offered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RescheduleAppointment {
    pub appointment_id: AppointmentId,
    pub offer: SlotOffer,
    pub reason: Option<Personal<Note>>,
    /// Whoever asks knows that it costs a fee.
    #[serde(default)]
    pub accepts_fee: bool,
    /// Why the business sets aside the policy that the appointment was booked under.
    #[serde(default)]
    pub override_reason: Option<Personal<Note>>,
    pub seen_version: Option<i64>,
}

impl RescheduleAppointment {
    pub fn new(appointment_id: AppointmentId, offer: SlotOffer) -> Self {
        Self { appointment_id, offer, reason: None, accepts_fee: false, override_reason: None, seen_version: None }
    }
}

impl Command for RescheduleAppointment {
    const NAME: &'static str = "RescheduleAppointment";
    type Output = AppointmentView;

    fn contended(&self) -> Vec<Uuid> {
        contended(&self.offer)
    }

    async fn decide<W: Work>(&self, work: &W) -> Result<AppointmentView, Failure> {
        let id = self.appointment_id;
        let mut streams = offer_streams(work, &self.offer);
        streams.push(Stream::of::<Appointment>(id));
        work.prepare(&streams).await?;
        let loaded = work.load::<Appointment>(id).await?;
        unchanged(&loaded, self.seen_version)?;
        let booking = loaded.state.standing().map_err(Failure::refused)?;
        // Its own time is free for it: that goes first.
        let customer_id = booking.attendee.customer_id;
        free(work, id, &booking.slot, Some(customer_id)).await?;
        let plan = plan(work, &self.offer, self.override_reason.is_some()).await?;
        occupy(work, id, &plan, Some(customer_id), None).await?;
        let (to, now, by) = (plan.slot, work.now(), work.actor().clone());
        let change = change(&self.reason, self.accepts_fee, &self.override_reason, customer_id);
        work.act::<Appointment>(id, AppointmentCommand::Reschedule { to, change, by, now }).await?;
        view(work, id).await
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CancelAppointment {
    pub appointment_id: AppointmentId,
    pub reason: Option<Personal<Note>>,
    /// Whoever asks knows that it costs a fee.
    #[serde(default)]
    pub accepts_fee: bool,
    /// Why the business sets aside the policy that the appointment was booked under.
    #[serde(default)]
    pub override_reason: Option<Personal<Note>>,
    pub seen_version: Option<i64>,
}

impl CancelAppointment {
    pub fn new(appointment_id: AppointmentId) -> Self {
        Self { appointment_id, reason: None, accepts_fee: false, override_reason: None, seen_version: None }
    }
}

impl Command for CancelAppointment {
    const NAME: &'static str = "CancelAppointment";
    type Output = AppointmentView;

    async fn decide<W: Work>(&self, work: &W) -> Result<AppointmentView, Failure> {
        let id = self.appointment_id;
        let loaded = work.load::<Appointment>(id).await?;
        unchanged(&loaded, self.seen_version)?;
        let (now, by) = (work.now(), work.actor().clone());
        if let Appointment::Cancelled(_) = &*loaded.state {
            return view(work, id).await;
        }
        let booking = loaded.state.standing().map_err(Failure::refused)?;
        let customer_id = booking.attendee.customer_id;
        let change = change(&self.reason, self.accepts_fee, &self.override_reason, customer_id);
        work.act::<Appointment>(id, AppointmentCommand::Cancel { change, by, now }).await?;
        free(work, id, &booking.slot, Some(customer_id)).await?;
        view(work, id).await
    }
}

pub(super) fn about_customer(reason: &Option<Personal<Note>>, customer_id: CustomerId) -> Option<Personal<Note>> {
    reason.as_ref().map(|reason| reason.about(SubjectId::of(customer_id)))
}

fn change(
    reason: &Option<Personal<Note>>,
    accepts_fee: bool,
    override_reason: &Option<Personal<Note>>,
    customer_id: CustomerId,
) -> Change {
    let (reason, override_reason) = (about_customer(reason, customer_id), about_customer(override_reason, customer_id));
    Change { reason, accepts_fee, override_reason }
}

/// Those who want the same resource queue for it, whatever the day.
fn contended(offer: &SlotOffer) -> Vec<Uuid> {
    offer.resources.iter().map(|resource| resource.uuid()).collect()
}
