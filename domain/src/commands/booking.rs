//! Holding, booking, moving and cancelling.
//!
//! Each of these is one commit over the appointment and every day of every resource that it touches. Who comes second finds the version
//! of a day moved, decides again on what is now true, and is refused with the slots that are open.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::customers::{Person, find, find_or_create, streams_of};
use super::unchanged;
use crate::agenda_day::{AgendaDay, AgendaDayCommand, Occupation};
use crate::appointment::{Appointment, AppointmentCommand, Attendee, BookedSlot, RuleVersions, Source};
use crate::availability::offer::SlotOffer;
use crate::availability::rules::{BusinessRules, ResourceRules, Rules};
use crate::availability::{Agenda, Query, Slot, Violation, check, search};
use crate::business::Business;
use crate::customer::{Customer, CustomerDetails};
use crate::resource::Resource;
use crate::service::{Service, ServiceDetails};
use crate::shared::ids::{AgendaDayId, AppointmentId, CustomerId, ResourceId, ServiceId, StreamId};
use crate::shared::interval::Interval;
use crate::shared::personal::{Personal, SubjectId};
use crate::shared::recorded::Stream;
use crate::shared::refusal::{Class, OpenInstead, Refusal};
use crate::shared::text::{Name, Note};
use crate::shared::time::LocalTime;
use crate::work::{Command, Failure, Work};

/// How long a hold stands, unless its maker says otherwise, and at most.
pub const HOLD_SECONDS: u32 = 5 * 60;
pub const HOLD_SECONDS_MAX: u32 = 60 * 60;
/// How many other slots a refusal offers, and how far it looks for them.
const ALTERNATIVES: usize = 3;
const ALTERNATIVES_WITHIN_DAYS: i64 = 21;
const SEARCH_CHUNK_DAYS: i64 = 7;

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

async fn view(work: &impl Work, id: AppointmentId) -> Result<AppointmentView, Failure> {
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
        let slot = plan(work, &self.offer).await?;
        let (now, by) = (work.now(), work.actor().clone());
        let expires_at = now + TimeDelta::seconds(self.seconds.clamp(1, HOLD_SECONDS_MAX).into());
        let hold = |occupation| AgendaDayCommand::Hold { appointment_id: id, occupation, expires_at, now };
        occupy(work, &slot, hold).await?;
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
            free(work, self.hold_id, slot).await?;
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
        let mut streams = offer_streams(work, &self.offer);
        match &self.who {
            Who::Customer(id) => streams.push(Stream::of::<Customer>(*id)),
            Who::Person(person) => streams.extend(streams_of(work, person)),
        }
        work.prepare(&streams).await?;
        let id = work.new_id();
        let slot = plan(work, &self.offer).await?;
        let (now, by) = (work.now(), work.actor().clone());
        occupy(work, &slot, |occupation| AgendaDayCommand::Book { appointment_id: id, occupation, now }).await?;
        let attendee = attendee(work, &self.who, self.note.as_ref()).await?;
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
        let id = self.hold_id;
        let held = work.load::<Appointment>(id).await?.state;
        let slot = held.held().map_err(Failure::refused)?.clone();
        let now = work.now();
        let confirmed = async {
            let attendee = attendee(work, &self.who, self.note.as_ref()).await?;
            let confirm = AppointmentCommand::Confirm { attendee, source: self.source, by: work.actor().clone(), now };
            let confirmed = work.act::<Appointment>(id, confirm).await?;
            for day in days(work, &slot) {
                work.act::<AgendaDay>(day.0, AgendaDayCommand::Confirm { appointment_id: id, now }).await?;
            }
            Ok::<_, Failure>(confirmed)
        };
        confirmed.await.or_offer(work, slot.service_id, slot.time.start).await?;
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
        let loaded = work.load::<Appointment>(id).await?;
        unchanged(&loaded, self.seen_version)?;
        let booking = loaded.state.booked().map_err(Failure::refused)?;
        // Its own time is free for it: that goes first.
        free(work, id, &booking.slot).await?;
        let to = plan(work, &self.offer).await?;
        let (now, by) = (work.now(), work.actor().clone());
        let reason = about_customer(&self.reason, booking.attendee.customer_id);
        occupy(work, &to, |occupation| AgendaDayCommand::Book { appointment_id: id, occupation, now }).await?;
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
            free(work, id, &booking.slot).await?;
        }
        view(work, id).await
    }
}

fn about_customer(reason: &Option<Personal<Note>>, customer_id: CustomerId) -> Option<Personal<Note>> {
    reason.as_ref().map(|reason| reason.about(SubjectId::of(customer_id)))
}

async fn attendee(work: &impl Work, who: &Who, note: Option<&Personal<Note>>) -> Result<Attendee, Failure> {
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

fn offer_streams(work: &impl Work, offer: &SlotOffer) -> Vec<Stream> {
    let mut streams = vec![Stream::of::<Business>(work.tenant()), Stream::of::<Service>(offer.service_id)];
    for resource in &offer.resources {
        streams.push(Stream::of::<Resource>(*resource));
        // How long it takes is the service's to say; most appointments stay within the day in which they start, or the next.
        let likely = Interval::starting(offer.start, TimeDelta::hours(1)).utc_days();
        streams.extend(likely.map(|day| Stream::of::<AgendaDay>(AgendaDayId::of(work.tenant(), *resource, day))));
    }
    streams
}

/// What an offer comes to under the rules of now.
async fn plan(work: &impl Work, offer: &SlotOffer) -> Result<BookedSlot, Failure> {
    work.prepare(&offer_streams(work, offer)).await?;
    let business = work.load::<Business>(work.tenant()).await?;
    let service = work.load::<Service>(offer.service_id).await?;
    let details = service.state.bookable().map_err(Failure::refused)?.clone();
    let business_rules = BusinessRules::from(business.state.registered().map_err(Failure::refused)?);
    let (mut resources, mut versions) = (Vec::new(), Vec::new());
    for id in &offer.resources {
        let resource = work.load::<Resource>(*id).await?;
        versions.push(resource.version);
        if let Ok(known) = resource.state.bookable() {
            resources.push(ResourceRules::of(*id, known));
        }
    }
    let now = work.now();
    let rules = Rules { business: &business_rules, service: &details, resources: &resources };
    let slot = Slot { time: Interval::starting(offer.start, rules.duration()), resources: offer.resources.clone() };
    let decided = if offer.expires_at <= now {
        Err(Refusal::new("slot-token-expired", Class::Gone, "the slot token has expired; ask for the open slots again"))
    } else {
        check(&rules, &slot, now).map_err(violated)
    };
    decided.map_err(Failure::Refused).or_offer(work, offer.service_id, offer.start).await?;
    Ok(BookedSlot {
        service_id: offer.service_id,
        resources: slot.resources,
        time: slot.time,
        local_start: LocalTime::of(slot.time.start, business_rules.zone),
        buffer_before_minutes: details.buffer_before_minutes,
        buffer_after_minutes: details.buffer_after_minutes,
        rules: RuleVersions { business: business.version, service: service.version, resources: versions },
    })
}

fn violated(violation: Violation) -> Refusal {
    let (slug, class) = match violation {
        Violation::Past => ("slot-in-the-past", Class::Gone),
        Violation::ShortNotice => ("slot-short-notice", Class::Conflict),
        Violation::TooFarAhead => ("slot-too-far-ahead", Class::Conflict),
        Violation::OffGrid | Violation::Closed | Violation::WrongResources => ("slot-no-longer-offered", Class::Conflict),
    };
    Refusal::new(slug, class, violation.to_string())
}

/// The agenda days that a slot touches, each with what it takes of that resource.
pub(crate) fn days(work: &impl Work, slot: &BookedSlot) -> Vec<(AgendaDayId, Occupation)> {
    let of_resource = |occupation: Occupation| {
        let days = occupation.padded().utc_days();
        days.map(move |day| (AgendaDayId::of(work.tenant(), occupation.resource_id, day), occupation))
    };
    slot.occupations().flat_map(of_resource).collect()
}

async fn occupy(
    work: &impl Work,
    slot: &BookedSlot,
    command: impl Fn(Occupation) -> AgendaDayCommand + Send,
) -> Result<(), Failure> {
    let days = days(work, slot);
    let streams: Vec<_> = days.iter().map(|(day, _)| Stream::of::<AgendaDay>(*day)).collect();
    work.prepare(&streams).await?;
    let mut taken = Ok(());
    for (day, occupation) in days {
        taken = work.act::<AgendaDay>(day, command(occupation)).await.map(drop);
        if taken.is_err() {
            break;
        }
    }
    taken.or_offer(work, slot.service_id, slot.time.start).await
}

async fn free(work: &impl Work, id: AppointmentId, slot: &BookedSlot) -> Result<(), Failure> {
    let days = days(work, slot);
    let streams: Vec<_> = days.iter().map(|(day, _)| Stream::of::<AgendaDay>(*day)).collect();
    work.prepare(&streams).await?;
    for (day, _) in days {
        work.act::<AgendaDay>(day, AgendaDayCommand::Free { appointment_id: id }).await?;
    }
    Ok(())
}

/// A refusal about a time says what is open instead.
trait OrOffer<T> {
    async fn or_offer(self, work: &impl Work, service_id: ServiceId, near: DateTime<Utc>) -> Result<T, Failure>;
}

impl<T: Send> OrOffer<T> for Result<T, Failure> {
    async fn or_offer(self, work: &impl Work, service_id: ServiceId, near: DateTime<Utc>) -> Self {
        match self {
            Err(Failure::Refused(refusal)) => {
                let open = open_instead(work, service_id, near).await?;
                Err(Failure::Refused(Refusal { open, ..refusal }))
            }
            result => result,
        }
    }
}

/// The next open slots at or after an instant; those from now on, if there are none.
async fn open_instead(work: &impl Work, service_id: ServiceId, near: DateTime<Utc>) -> Result<Option<OpenInstead>, Failure> {
    let Some(known) = Known::glance(work, service_id).await? else { return Ok(None) };
    let now = work.now();
    let mut slots = known.search(work, near.max(now), now).await?;
    if slots.is_empty() && near > now {
        slots = known.search(work, now, now).await?;
    }
    Ok(Some(OpenInstead { service_id, zone: known.business.zone, slots }))
}

/// A service with everything that it may need.
struct Known {
    business: BusinessRules,
    service: ServiceDetails,
    resources: Vec<ResourceRules>,
}

impl Known {
    async fn glance(work: &impl Work, service_id: ServiceId) -> Result<Option<Self>, Failure> {
        let business = work.glance::<Business>(work.tenant()).await?.state;
        let service = work.glance::<Service>(service_id).await?.state;
        let (Ok(business), Ok(service)) = (business.registered(), service.bookable()) else { return Ok(None) };
        let mut ids: Vec<ResourceId> = service.needs.iter().flat_map(|need| need.any_of.clone()).collect();
        ids.sort_unstable();
        ids.dedup();
        work.prepare(&ids.iter().map(|id| Stream::of::<Resource>(*id)).collect::<Vec<_>>()).await?;
        let mut resources = Vec::new();
        for id in ids {
            let resource = work.glance::<Resource>(id).await?.state;
            resources.extend(resource.bookable().ok().map(|known| ResourceRules::of(id, known)));
        }
        Ok(Some(Self { business: business.into(), service: service.clone(), resources }))
    }

    async fn search(&self, work: &impl Work, from: DateTime<Utc>, now: DateTime<Utc>) -> Result<Vec<Slot>, Failure> {
        let rules = Rules { business: &self.business, service: &self.service, resources: &self.resources };
        let (mut slots, mut start) = (Vec::new(), from);
        let end = from + TimeDelta::days(ALTERNATIVES_WITHIN_DAYS);
        while slots.len() < ALTERNATIVES && start < end {
            let span = Interval::starting(start, TimeDelta::days(SEARCH_CHUNK_DAYS));
            let agenda = Days::glance(work, &rules, span).await?;
            slots.extend(search(&rules, &agenda, &Query::within(span, now, ALTERNATIVES - slots.len())));
            start = span.end;
        }
        Ok(slots)
    }
}

/// The agenda days of some resources over a span, as the aggregates know them.
struct Days(Vec<(ResourceId, Vec<Interval>)>);

impl Days {
    async fn glance(work: &impl Work, rules: &Rules<'_>, span: Interval) -> Result<Self, Failure> {
        let reach = span.padded(rules.buffer_before(), rules.duration() + rules.buffer_after());
        let day_ids = |id: ResourceId| reach.utc_days().map(move |day| AgendaDayId::of(work.tenant(), id, day));
        let all = rules.resources.iter().flat_map(|resource| day_ids(resource.id));
        work.prepare(&all.map(Stream::of::<AgendaDay>).collect::<Vec<_>>()).await?;
        let mut busy = Vec::new();
        for resource in rules.resources {
            let mut taken = Vec::new();
            for day in day_ids(resource.id) {
                taken.extend(work.glance::<AgendaDay>(day).await?.state.busy(work.now()));
            }
            busy.push((resource.id, taken));
        }
        Ok(Self(busy))
    }
}

impl Agenda for Days {
    fn busy(&self, resource: ResourceId, _: Interval) -> Vec<Interval> {
        self.0.iter().find(|(id, _)| *id == resource).map(|(_, busy)| busy.clone()).unwrap_or_default()
    }
}
