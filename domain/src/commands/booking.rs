//! Holding, booking, moving and cancelling.
//!
//! Each of these is one commit over the appointment and every day of every resource that it touches. Who comes second finds the version
//! of a day moved, decides again on what is now true, and is refused with the slots that are open.

mod plan;
mod time;

use std::future::Future;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use self::plan::offer_streams;
pub(super) use self::plan::{Known, OrOffer, open_instead, plan};
use self::time::count;
pub(crate) use self::time::{days, release};
pub(super) use self::time::{free, occupy};
use super::customers::{Person, find, find_or_create, streams_of};
use super::unchanged;
use crate::agenda_day::{AgendaDay, AgendaDayCommand};
use crate::appointment::{Appointment, AppointmentCommand, AppointmentError, Attendee, Source};
use crate::availability::offer::SlotOffer;
use crate::customer::{Customer, CustomerDetails};
use crate::shared::ids::{AppointmentId, CustomerId, StreamId};
use crate::shared::personal::{Personal, SubjectId};
use crate::shared::recorded::Stream;
use crate::shared::text::{Name, Note};
use crate::work::{Command, Failure, Work};

/// How long a hold stands, unless its maker says otherwise, and at most.
pub const HOLD_SECONDS: u32 = 5 * 60;
pub const HOLD_SECONDS_MAX: u32 = 60 * 60;

/// Who an appointment is for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    Customer(CustomerId),
    /// Found by their addresses, or registered.
    Person(Person),
}

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
    let customer = match &appointment {
        Appointment::Booked(booking) | Appointment::Cancelled(booking) => {
            let customer = find(work, booking.attendee.customer_id).await?;
            Some((customer.id, customer.details))
        }
        Appointment::Unknown | Appointment::Held { .. } | Appointment::Released { .. } | Appointment::Lapsed { .. } => None,
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
        let plan = plan(work, &self.offer).await?;
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
        let hold = work.load::<Appointment>(self.hold_id).await?.state;
        if let Err(error @ AppointmentError::HeldForWaitlist) = hold.freely_held() {
            return Err(Failure::refused(error));
        }
        give_up(work, self.hold_id, None).await
    }
}

/// Releases a hold, and what it took of the limits; those of the customer that it was for, if it was for one.
pub(super) async fn give_up(work: &impl Work, hold_id: AppointmentId, customer: Option<CustomerId>) -> Result<(), Failure> {
    let loaded = work.load::<Appointment>(hold_id).await?;
    work.act::<Appointment>(hold_id, AppointmentCommand::Release { by: work.actor().clone() }).await?;
    if let Ok(slot) = loaded.state.held() {
        free(work, hold_id, slot, customer).await?;
    }
    Ok(())
}

/// Books a slot that was offered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BookAppointment {
    pub offer: SlotOffer,
    pub who: Who,
    pub note: Option<Personal<Note>>,
    pub source: Source,
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
        let plan = plan(work, &self.offer).await?;
        let attendee = attendee(work, &self.who, self.note.as_ref()).await?;
        occupy(work, id, &plan, Some(attendee.customer_id), None).await?;
        let (slot, by) = (plan.slot, work.actor().clone());
        work.act::<Appointment>(id, AppointmentCommand::Book { slot, attendee, source: self.source, by }).await?;
        view(work, id).await
    }
}

/// Books the slot of a hold.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ConfirmHold {
    pub hold_id: AppointmentId,
    pub who: Who,
    pub note: Option<Personal<Note>>,
    pub source: Source,
}

impl Command for ConfirmHold {
    const NAME: &'static str = "ConfirmHold";
    type Output = AppointmentView;

    async fn decide<W: Work>(&self, work: &W) -> Result<AppointmentView, Failure> {
        let hold = work.load::<Appointment>(self.hold_id).await?.state;
        hold.freely_held().map_err(Failure::refused)?;
        confirm(work, self.hold_id, attendee(work, &self.who, self.note.as_ref()), self.source).await
    }
}

/// Books the slot of a hold.
pub(super) async fn confirm(
    work: &impl Work,
    id: AppointmentId,
    attendee: impl Future<Output = Result<Attendee, Failure>> + Send,
    source: Source,
) -> Result<AppointmentView, Failure> {
    let held = work.load::<Appointment>(id).await?.state;
    let slot = held.held().map_err(Failure::refused)?;
    let now = work.now();
    let confirmed = async {
        let attendee = attendee.await?;
        count(work, id, slot, attendee.customer_id).await?;
        let confirm = AppointmentCommand::Confirm { attendee, source, by: work.actor().clone(), now };
        work.act::<Appointment>(id, confirm).await?;
        for (day, ..) in days(work, slot) {
            work.act::<AgendaDay>(day, AgendaDayCommand::Confirm { appointment_id: id, now }).await?;
        }
        Ok::<_, Failure>(())
    };
    confirmed.await.or_offer(work, slot.service_id, slot.time.start, slot.terms()).await?;
    view(work, id).await
}

/// Moves an appointment to a slot that was offered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RescheduleAppointment {
    pub appointment_id: AppointmentId,
    pub offer: SlotOffer,
    pub reason: Option<Personal<Note>>,
    pub seen_version: Option<i64>,
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
        let booking = loaded.state.booked().map_err(Failure::refused)?;
        // Its own time is free for it: that goes first.
        let customer_id = booking.attendee.customer_id;
        free(work, id, &booking.slot, Some(customer_id)).await?;
        let plan = plan(work, &self.offer).await?;
        occupy(work, id, &plan, Some(customer_id), None).await?;
        let (to, now, by) = (plan.slot, work.now(), work.actor().clone());
        let reason = about_customer(&self.reason, customer_id);
        work.act::<Appointment>(id, AppointmentCommand::Reschedule { to, reason, by, now }).await?;
        view(work, id).await
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CancelAppointment {
    pub appointment_id: AppointmentId,
    pub reason: Option<Personal<Note>>,
    pub seen_version: Option<i64>,
}

impl Command for CancelAppointment {
    const NAME: &'static str = "CancelAppointment";
    type Output = AppointmentView;

    async fn decide<W: Work>(&self, work: &W) -> Result<AppointmentView, Failure> {
        let id = self.appointment_id;
        let loaded = work.load::<Appointment>(id).await?;
        unchanged(&loaded, self.seen_version)?;
        let (now, by) = (work.now(), work.actor().clone());
        let booking = loaded.state.booked().ok();
        let reason = booking.and_then(|booking| about_customer(&self.reason, booking.attendee.customer_id));
        work.act::<Appointment>(id, AppointmentCommand::Cancel { reason, by, now }).await?;
        if let Some(booking) = booking {
            free(work, id, &booking.slot, Some(booking.attendee.customer_id)).await?;
        }
        view(work, id).await
    }
}

fn about_customer(reason: &Option<Personal<Note>>, customer_id: CustomerId) -> Option<Personal<Note>> {
    reason.as_ref().map(|reason| reason.about(SubjectId::of(customer_id)))
}

pub(super) async fn attendee(work: &impl Work, who: &Who, note: Option<&Personal<Note>>) -> Result<Attendee, Failure> {
    let (customer_id, name): (_, Personal<Name>) = match who {
        Who::Customer(id) => {
            let customer = find(work, *id).await?;
            (customer.id, customer.details.name)
        }
        Who::Person(person) => (find_or_create(work, person).await?.id, person.name.clone()),
    };
    let subject = SubjectId::of(customer_id);
    Ok(Attendee { customer_id, name: name.about(subject), note: note.map(|note| note.about(subject)) })
}

/// Those who want the same resource queue for it, whatever the day.
fn contended(offer: &SlotOffer) -> Vec<Uuid> {
    offer.resources.iter().map(|resource| resource.uuid()).collect()
}
