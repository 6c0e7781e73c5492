//! Holding, booking, moving and cancelling.
//!
//! Each of these is one commit over the appointment and every day of every resource that it touches. Who comes second finds the version
//! of a day moved, decides again on what is now true, and is refused with the slots that are open.

mod plan;
mod time;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub(super) use self::plan::open_instead;
use self::plan::{OrOffer, offer_streams, plan};
pub(super) use self::plan::{must_stand, prepare_plans};
pub(super) use self::time::prepare_bookings;
use self::time::{count, free, occupy};
pub(crate) use self::time::{days, release};
use super::customers::{Person, find, find_or_create, streams_of};
use super::unchanged;
use crate::agenda_day::{AgendaDay, AgendaDayCommand};
use crate::appointment::{Appointment, AppointmentCommand, Attendee, BookedSlot, Booking, Source};
use crate::availability::offer::SlotOffer;
use crate::customer::{Customer, CustomerDetails};
use crate::shared::ids::{AppointmentId, CustomerId, SeriesId, StreamId};
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
        let expires_at = work.now() + TimeDelta::seconds(self.seconds.clamp(1, HOLD_SECONDS_MAX).into());
        let slot = take(work, id, &self.offer, None, Some(expires_at)).await;
        let slot = slot.or_offer(work, self.offer.service_id, self.offer.start, self.offer.terms()).await?;
        let by = work.actor().clone();
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
    pub source: Source,
}

impl Command for BookAppointment {
    const NAME: &'static str = "BookAppointment";
    type Output = AppointmentView;

    fn contended(&self) -> Vec<Uuid> {
        contended(&self.offer)
    }

    async fn decide<W: Work>(&self, work: &W) -> Result<AppointmentView, Failure> {
        prepare_booking(work, &self.offer, &self.who).await?;
        let id = work.new_id();
        let attendee = attendee(work, &self.who, self.note.as_ref()).await?;
        let slot = take(work, id, &self.offer, Some(attendee.customer_id), None).await;
        let slot = slot.or_offer(work, self.offer.service_id, self.offer.start, self.offer.terms()).await?;
        book_one(work, id, slot, attendee, self.source, None).await?;
        view(work, id).await
    }
}

/// Loads at once what booking an offer will look at.
pub(super) async fn prepare_booking(work: &impl Work, offer: &SlotOffer, who: &Who) -> Result<(), Failure> {
    let mut streams = offer_streams(work, offer);
    match who {
        Who::Customer(id) => streams.push(Stream::of::<Customer>(*id)),
        Who::Person(person) => streams.extend(streams_of(work, person)),
    }
    Ok(work.prepare(&streams).await?)
}

/// Takes the time of an offer: what was agreed, for the appointment to keep.
pub(super) async fn take(
    work: &impl Work,
    id: AppointmentId,
    offer: &SlotOffer,
    customer: Option<CustomerId>,
    held_until: Option<DateTime<Utc>>,
) -> Result<BookedSlot, Failure> {
    let plan = plan(work, offer).await?;
    occupy(work, id, &plan, customer, held_until).await?;
    Ok(plan.slot)
}

/// Books a new appointment whose time is taken.
pub(super) async fn book_one(
    work: &impl Work,
    id: AppointmentId,
    slot: BookedSlot,
    attendee: Attendee,
    source: Source,
    series_id: Option<SeriesId>,
) -> Result<(), Failure> {
    let by = work.actor().clone();
    work.act::<Appointment>(id, AppointmentCommand::Book { slot, attendee, source, series_id, by }).await?;
    Ok(())
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
        let id = self.hold_id;
        let held = work.load::<Appointment>(id).await?.state;
        let slot = held.held().map_err(Failure::refused)?.clone();
        let now = work.now();
        let confirmed = async {
            let attendee = attendee(work, &self.who, self.note.as_ref()).await?;
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
        unchanged(&work.load::<Appointment>(id).await?, self.seen_version)?;
        let booking = leave(work, id).await?;
        let to = take(work, id, &self.offer, Some(booking.attendee.customer_id), None).await;
        let to = to.or_offer(work, self.offer.service_id, self.offer.start, self.offer.terms()).await?;
        move_one(work, id, &booking, to, &self.reason).await?;
        view(work, id).await
    }
}

/// Gives back the time of an appointment that is about to move: its own time is free for it, so that goes first.
pub(super) async fn leave(work: &impl Work, id: AppointmentId) -> Result<Booking, Failure> {
    let booking = work.load::<Appointment>(id).await?.state.booked().map_err(Failure::refused)?.clone();
    free(work, id, &booking.slot, Some(booking.attendee.customer_id)).await?;
    Ok(booking)
}

/// Moves an appointment that has left its time to one that is taken for it.
pub(super) async fn move_one(
    work: &impl Work,
    id: AppointmentId,
    booking: &Booking,
    to: BookedSlot,
    reason: &Option<Personal<Note>>,
) -> Result<(), Failure> {
    let (now, by, reason) = (work.now(), work.actor().clone(), about_customer(reason, booking.attendee.customer_id));
    work.act::<Appointment>(id, AppointmentCommand::Reschedule { to, reason, by, now }).await?;
    Ok(())
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
        unchanged(&work.load::<Appointment>(id).await?, self.seen_version)?;
        cancel_one(work, id, &self.reason).await?;
        view(work, id).await
    }
}

pub(super) async fn cancel_one(work: &impl Work, id: AppointmentId, reason: &Option<Personal<Note>>) -> Result<(), Failure> {
    let (loaded, now, by) = (work.load::<Appointment>(id).await?, work.now(), work.actor().clone());
    let booking = loaded.state.booked().ok();
    let reason = booking.and_then(|booking| about_customer(reason, booking.attendee.customer_id));
    work.act::<Appointment>(id, AppointmentCommand::Cancel { reason, by, now }).await?;
    if let Some(booking) = booking {
        free(work, id, &booking.slot, Some(booking.attendee.customer_id)).await?;
    }
    Ok(())
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
pub(super) fn contended(offer: &SlotOffer) -> Vec<Uuid> {
    offer.resources.iter().map(|resource| resource.uuid()).collect()
}
