//! Holding, booking, moving and cancelling.
//!
//! Each of these is one commit over the appointment and every day of every resource that it touches. Who comes second finds the version
//! of a day moved, decides again on what is now true, and is refused with the slots that are open.

mod attendee;
mod plan;
mod time;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use self::attendee::customer;
pub use self::attendee::{GivenAnswer, Who, answered};
pub(crate) use self::attendee::{admit, attendee};
pub(crate) use self::plan::{Known, OrOffer, handed_out, must_stand, open_instead, plan, prepare_plans};
use self::plan::{Plan, offer_streams};
use self::time::{count, days};
pub(crate) use self::time::{free, lapse, prepare_hold};
pub(crate) use self::time::{occupy, prepare_bookings};
use crate::booking::appointment::{
    Appointment, AppointmentCommand, AppointmentError, Attendee, Booking, Change, OverriddenRule, Override, Source,
};
use crate::kernel::ids::{AppointmentId, BusinessId, CustomerId, SeriesId, ServiceId, StreamId};
use crate::kernel::personal::{Personal, SubjectId};
use crate::kernel::recorded::Stream;
use crate::kernel::work::{Command, Failure, Work};
use crate::people::commands::customers::{find, streams_of};
use crate::people::customer::{Customer, CustomerDetails};
use crate::scheduling::agenda_day::{AgendaDay, AgendaDayCommand};
use crate::scheduling::availability::offer::SlotOffer;
use crate::scheduling::service::Service;
use crate::values::text::{Name, Note};

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

pub(crate) async fn view(work: &impl Work, id: AppointmentId) -> Result<AppointmentView, Failure> {
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

    fn contended(&self, _: BusinessId) -> Vec<Uuid> {
        contended(&self.offer)
    }

    async fn decide<W: Work>(&self, work: &W) -> Result<AppointmentView, Failure> {
        let id = work.new_id();
        let expires_at = work.now() + TimeDelta::seconds(self.seconds.clamp(1, HOLD_SECONDS_MAX).into());
        let plan = take(work, id, &self.offer, None, Some(expires_at), false).await;
        let plan = plan.or_offer(work, self.offer.service_id, self.offer.start, self.offer.terms()).await?;
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
        hold.is_free_to_all().map_err(Failure::refused)?;
        give_up(work, self.hold_id, None).await
    }
}

/// Releases a hold, and what it took of the limits; those of the customer that it was for, if it was for one.
pub(crate) async fn give_up(work: &impl Work, hold_id: AppointmentId, customer: Option<CustomerId>) -> Result<(), Failure> {
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

    fn contended(&self, _: BusinessId) -> Vec<Uuid> {
        contended(&self.offer)
    }

    async fn decide<W: Work>(&self, work: &W) -> Result<AppointmentView, Failure> {
        prepare_booking(work, &self.offer, &self.who).await?;
        let id = work.new_id();
        let (service_id, overrides) = (self.offer.service_id, self.override_reason.as_ref());
        let booker = booker(work, service_id, &self.who, self.note.as_ref(), &self.answers, overrides).await?;
        let plan = take(work, id, &self.offer, Some(booker.attendee.customer_id), None, overrides.is_some()).await;
        let plan = plan.or_offer(work, service_id, self.offer.start, self.offer.terms()).await?;
        book_one(work, id, plan, &booker, self.source, None).await?;
        view(work, id).await
    }
}

/// Loads at once what booking an offer will look at.
pub(crate) async fn prepare_booking(work: &impl Work, offer: &SlotOffer, who: &Who) -> Result<(), Failure> {
    let mut streams = offer_streams(work, offer);
    match who {
        Who::Customer(id) => streams.push(Stream::of::<Customer>(*id)),
        Who::Person(person) => streams.extend(streams_of(work, person)),
    }
    Ok(work.prepare(&streams).await?)
}

/// Somebody who may book a service.
#[derive(Debug)]
pub(crate) struct Booker {
    pub attendee: Attendee,
    /// Why the business sets its rules aside for them.
    override_reason: Option<Personal<Note>>,
    /// Whether they may only because of that.
    has_missed_too_many: bool,
}

pub(crate) async fn booker(
    work: &impl Work,
    service_id: ServiceId,
    who: &Who,
    note: Option<&Personal<Note>>,
    answers: &[GivenAnswer],
    override_reason: Option<&Personal<Note>>,
) -> Result<Booker, Failure> {
    let service = work.load::<Service>(service_id).await?.state;
    let details = service.bookable().map_err(Failure::refused)?;
    let attendee = attendee(work, who, note, answers, &details.questions).await?;
    let admitted = admit(work, &details.policy, attendee.customer_id, override_reason.is_some()).await?;
    let override_reason = override_reason.map(|reason| reason.about(SubjectId::of(attendee.customer_id)));
    Ok(Booker { attendee, override_reason, has_missed_too_many: !admitted })
}

/// Takes the time of an offer, under the rules of now.
pub(crate) async fn take(
    work: &impl Work,
    id: AppointmentId,
    offer: &SlotOffer,
    customer: Option<CustomerId>,
    held_until: Option<DateTime<Utc>>,
    overrides: bool,
) -> Result<Plan, Failure> {
    let plan = plan(work, offer, overrides).await?;
    occupy(work, id, &plan, customer, held_until).await?;
    Ok(plan)
}

/// Books a new appointment whose time is taken.
pub(crate) async fn book_one(
    work: &impl Work,
    id: AppointmentId,
    plan: Plan,
    booker: &Booker,
    source: Source,
    series_id: Option<SeriesId>,
) -> Result<(), Failure> {
    let Plan { slot, overridden: mut rules, .. } = plan;
    rules.extend(booker.has_missed_too_many.then_some(OverriddenRule::NoShowLimit));
    let overridden = booker.override_reason.clone().filter(|_| !rules.is_empty()).map(|reason| Override { reason, rules });
    let (attendee, by, now) = (booker.attendee.clone(), work.actor().clone(), work.now());
    work.act::<Appointment>(id, AppointmentCommand::Book { slot, attendee, source, by, overridden, series_id, now }).await?;
    Ok(())
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
        let held = work.load::<Appointment>(self.hold_id).await?.state;
        held.is_free_to_all().map_err(Failure::refused)?;
        if let Some(booking) = held.booking() {
            // The same customer is told the same again.
            let who = customer(work, &self.who).await?;
            let again = find(work, booking.attendee.customer_id).await?.id == who.id;
            return if again { view(work, self.hold_id).await } else { Err(Failure::refused(AppointmentError::AlreadyBooked)) };
        }
        confirm(work, self, None).await
    }
}

/// Books the slot of a hold; under another name than the customer's, if one was given.
pub(crate) async fn confirm(
    work: &impl Work,
    hold: &ConfirmHold,
    name: Option<&Personal<Name>>,
) -> Result<AppointmentView, Failure> {
    let id = hold.hold_id;
    let held = work.load::<Appointment>(id).await?.state;
    let slot = held.held().map_err(Failure::refused)?;
    let now = work.now();
    let confirmed = async {
        let service = work.load::<Service>(slot.service_id).await?.state;
        let questions = &service.known().map_err(Failure::refused)?.details.questions;
        let mut attendee = attendee(work, &hold.who, hold.note.as_ref(), &hold.answers, questions).await?;
        if let Some(name) = name {
            attendee.name = name.about(SubjectId::of(attendee.customer_id));
        }
        admit(work, &slot.agreement.policy, attendee.customer_id, false).await?;
        count(work, id, slot, attendee.customer_id).await?;
        let confirm = AppointmentCommand::Confirm { attendee, source: hold.source, by: work.actor().clone(), now };
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

    fn contended(&self, _: BusinessId) -> Vec<Uuid> {
        contended(&self.offer)
    }

    async fn decide<W: Work>(&self, work: &W) -> Result<AppointmentView, Failure> {
        let id = self.appointment_id;
        let mut streams = offer_streams(work, &self.offer);
        streams.push(Stream::of::<Appointment>(id));
        work.prepare(&streams).await?;
        let loaded = work.load::<Appointment>(id).await?;
        loaded.unchanged_since(self.seen_version)?;
        let booking = loaded.state.standing().map_err(Failure::refused)?;
        // Its own time is free for it: that goes first.
        let customer_id = booking.attendee.customer_id;
        free(work, id, &booking.slot, Some(customer_id)).await?;
        let change = change(&self.reason, self.accepts_fee, &self.override_reason, customer_id);
        let plan = take(work, id, &self.offer, Some(customer_id), None, change.override_reason.is_some()).await;
        let plan = plan.or_offer(work, self.offer.service_id, self.offer.start, self.offer.terms()).await?;
        move_one(work, id, plan, change).await?;
        view(work, id).await
    }
}

/// Moves an appointment that has left its time to one that is taken for it.
pub(crate) async fn move_one(work: &impl Work, id: AppointmentId, plan: Plan, change: Change) -> Result<(), Failure> {
    let (to, now, by) = (plan.slot, work.now(), work.actor().clone());
    work.act::<Appointment>(id, AppointmentCommand::Reschedule { to, change, by, now }).await?;
    Ok(())
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
        loaded.unchanged_since(self.seen_version)?;
        if let Appointment::Cancelled(_) = &*loaded.state {
            return view(work, id).await;
        }
        let booking = loaded.state.standing().map_err(Failure::refused)?;
        let change = change(&self.reason, self.accepts_fee, &self.override_reason, booking.attendee.customer_id);
        cancel_one(work, id, booking, change).await?;
        view(work, id).await
    }
}

/// Cancels an appointment and gives its time back.
pub(crate) async fn cancel_one(work: &impl Work, id: AppointmentId, booking: &Booking, change: Change) -> Result<(), Failure> {
    let (now, by) = (work.now(), work.actor().clone());
    work.act::<Appointment>(id, AppointmentCommand::Cancel { change, by, now }).await?;
    free(work, id, &booking.slot, Some(booking.attendee.customer_id)).await
}

pub(crate) fn about_customer(reason: &Option<Personal<Note>>, customer_id: CustomerId) -> Option<Personal<Note>> {
    reason.as_ref().map(|reason| reason.about(SubjectId::of(customer_id)))
}

pub(crate) fn change(
    reason: &Option<Personal<Note>>,
    accepts_fee: bool,
    override_reason: &Option<Personal<Note>>,
    customer_id: CustomerId,
) -> Change {
    let (reason, override_reason) = (about_customer(reason, customer_id), about_customer(override_reason, customer_id));
    Change { reason, accepts_fee, override_reason }
}

/// Those who want the same resource queue for it, whatever the day.
pub(crate) fn contended(offer: &SlotOffer) -> Vec<Uuid> {
    offer.resources.iter().map(|resource| resource.uuid()).collect()
}
