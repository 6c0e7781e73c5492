//! Series of appointments: booking one by a recurrence rule, moving and cancelling several of its
//! appointments. Each is one commit.
//!
//! Every appointment is booked, moved and cancelled as if it were alone. If one is refused, all are refused,
//! with the complete list of conflicts. Only a booking can skip conflicts.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::booking::appointment::{Appointment, Booking, Source};
use crate::booking::commands::booking::{
    AppointmentView, GivenAnswer, Leeway, Own, Who, book_one, booker, cancel_one, change, contended, free,
    move_one, must_stand, preload_booking, preload_bookings, preload_plans, take, view,
};
use crate::booking::series::rule::RecurrenceRule;
use crate::booking::series::{BookedSeries, Occurrence, Series, SeriesCommand, SeriesError};
use crate::kernel::ids::{AppointmentId, BusinessId, CustomerId, SeriesId};
use crate::kernel::personal::Personal;
use crate::kernel::recorded::Stream;
use crate::kernel::refusal::{Conflict, Refusal};
use crate::kernel::work::{COMMIT_EVENTS_MAX, Command, Failure, Mark, Work};
use crate::people::commands::customers::find;
use crate::scheduling::availability::offer::SlotOffer;
use crate::scheduling::business::Business;
use crate::values::text::Note;
use crate::values::time::{LocalTime, Zone};

/// The rest of a commit is for the series itself, a new customer, and a recorded reply.
const EVENTS_MAX: usize = COMMIT_EVENTS_MAX - 100;

/// A series at its version, with its appointments as they are now, in the order of their numbers.
#[derive(Debug, Clone)]
pub struct SeriesView {
    pub id: SeriesId,
    pub version: i64,
    pub series: BookedSeries,
    pub appointments: Vec<AppointmentView>,
    /// The customer who booked it, or the survivor of a merge.
    pub customer_id: CustomerId,
}

async fn view_of(work: &impl Work, id: SeriesId) -> Result<SeriesView, Failure> {
    let loaded = work.load::<Series>(id).await?;
    let series = loaded.state.booked().map_err(Failure::refused)?.clone();
    let mut appointments = Vec::with_capacity(series.occurrences.len());
    for occurrence in &series.occurrences {
        appointments.push(view(work, occurrence.appointment_id).await?);
    }
    let customer_id = find(work, series.customer_id).await?.id;
    Ok(SeriesView { id, version: loaded.version, series, appointments, customer_id })
}

/// The refusals so far.
#[derive(Default)]
struct Conflicts(Vec<Conflict>);

impl Conflicts {
    /// The result of one appointment. It rewinds a refused one and keeps the conflict.
    fn sort<T>(
        &mut self,
        work: &impl Work,
        mark: Mark,
        number: u16,
        local_start: &LocalTime,
        result: Result<T, Failure>,
    ) -> Result<Option<T>, Failure> {
        match result {
            Ok(_) if work.appended() > EVENTS_MAX => Err(Failure::refused(SeriesError::TooLarge)),
            Ok(done) => Ok(Some(done)),
            Err(Failure::Refused(Refusal { slug, detail, .. })) => {
                work.rewind(mark);
                self.0.push(Conflict { number, local_start: local_start.clone(), slug, detail });
                Ok(None)
            }
            Err(unavailable) => Err(unavailable),
        }
    }

    /// The refusal of the whole series.
    fn refusal(self, of: usize) -> Failure {
        let refused = Refusal::from(SeriesError::Conflicts { refused: self.0.len(), of });
        Failure::Refused(Refusal { conflicts: self.0, ..refused })
    }

    fn none_of(self, of: usize) -> Result<(), Failure> {
        if self.0.is_empty() { Ok(()) } else { Err(self.refusal(of)) }
    }
}

/// Books the starts that a rule makes of an offered slot.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct BookSeries {
    pub offer: SlotOffer,
    pub rule: RecurrenceRule,
    /// Dates to leave out.
    pub without: Vec<NaiveDate>,
    pub who: Who,
    pub note: Option<Personal<Note>>,
    pub answers: Vec<GivenAnswer>,
    pub source: Source,
    /// Why the business overrides its rules of notice, horizon, hours or no-shows.
    pub override_reason: Option<Personal<Note>>,
    /// Books the others if some conflict.
    pub skip_conflicts: bool,
    /// The customer wants them although they have other appointments at these times.
    #[serde(default)]
    pub accepts_overlap: bool,
}

impl BookSeries {
    /// Without note, answers or override.
    pub fn new(offer: SlotOffer, rule: RecurrenceRule, who: Who, source: Source) -> Self {
        let (note, override_reason) = (None, None);
        Self {
            offer,
            rule,
            without: vec![],
            who,
            note,
            answers: vec![],
            source,
            override_reason,
            skip_conflicts: false,
            accepts_overlap: false,
        }
    }
}

impl Command for BookSeries {
    const NAME: &'static str = "BookSeries";
    type Output = SeriesView;

    fn contended(&self, _: BusinessId) -> Vec<Uuid> {
        contended(&self.offer)
    }

    async fn decide<W: Work>(&self, work: &W) -> Result<SeriesView, Failure> {
        preload_booking(work, &self.offer, &self.who).await?;
        let zone = zone(work).await?;
        must_stand(work, &self.offer)?;
        let starts = self.rule.starts(self.offer.start, zone, &self.without).map_err(Failure::refused)?;
        let id: SeriesId = work.new_id();
        let (service_id, overrides) = (self.offer.service_id, self.override_reason.as_ref());
        let booker =
            booker(work, service_id, &self.who, self.note.as_ref(), &self.answers, overrides).await?;
        let customer_id = booker.attendee.customer_id;
        let own = Own::of(work, &self.who, &booker.attendee, self.source).await?;
        preload_plans(work, &self.offer, starts.iter().map(|start| start.at), customer_id).await?;
        let (mut conflicts, mut occurrences) = (Conflicts::default(), Vec::<Occurrence>::new());
        let mut offer = self.offer.clone();
        let of = starts.len();
        for start in starts {
            let (mark, appointment_id) = (work.mark(), work.new_id());
            let local_start = LocalTime::of(start.at, zone);
            offer.start = start.at;
            let booked = async {
                own.must_not_overlap(work, offer.time(), booker.overlap, self.accepts_overlap).await?;
                let leeway = Leeway::overriding(overrides.is_some());
                let plan = take(work, appointment_id, &offer, Some(customer_id), None, leeway).await?;
                let resources = plan.slot.resources.clone();
                book_one(work, appointment_id, plan, &booker, self.source, Some(id)).await?;
                Ok(resources)
            };
            if let Some(resources) = conflicts.sort(work, mark, start.number, &local_start, booked.await)? {
                // All appointments prefer the resources of the first.
                if occurrences.is_empty() {
                    offer.resources = resources;
                }
                occurrences.push(Occurrence { number: start.number, appointment_id, local_start });
            }
        }
        if occurrences.is_empty() || !(self.skip_conflicts || conflicts.0.is_empty()) {
            return Err(conflicts.refusal(of));
        }
        let book = SeriesCommand::Book {
            service_id,
            rule: self.rule.clone(),
            without: self.without.clone(),
            local_start: LocalTime::of(self.offer.start, zone),
            customer_id,
            occurrences,
            skipped: conflicts.0,
            source: self.source,
            by: work.actor().clone(),
        };
        work.execute::<Series>(id, book).await?;
        view_of(work, id).await
    }
}

/// Which appointments of a series to move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// The appointment and those after it, by number.
    Following,
    All,
}

/// Moves the appointments of a series that have not begun. One of them moves to an offered slot. The others
/// move by the same time on the wall clock, from where they are now. All get the resources and the length of
/// the slot.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RescheduleSeries {
    pub series_id: SeriesId,
    pub appointment_id: AppointmentId,
    pub offer: SlotOffer,
    pub scope: Scope,
    pub reason: Option<Personal<Note>>,
    /// The caller agrees to a fee for each late change.
    pub accepts_fee: bool,
    /// Why the business overrides the policy of the bookings.
    pub override_reason: Option<Personal<Note>>,
    pub seen_version: Option<i64>,
}

impl RescheduleSeries {
    pub fn new(series_id: SeriesId, appointment_id: AppointmentId, offer: SlotOffer, scope: Scope) -> Self {
        Self {
            series_id,
            appointment_id,
            offer,
            scope,
            reason: None,
            accepts_fee: false,
            override_reason: None,
            seen_version: None,
        }
    }
}

impl Command for RescheduleSeries {
    const NAME: &'static str = "RescheduleSeries";
    type Output = SeriesView;

    fn contended(&self, _: BusinessId) -> Vec<Uuid> {
        contended(&self.offer)
    }

    async fn decide<W: Work>(&self, work: &W) -> Result<SeriesView, Failure> {
        let series = to_change(work, self.series_id, self.seen_version).await?;
        let following = series.from(self.appointment_id).map_err(Failure::refused)?;
        let meant = match self.scope {
            Scope::Following => following,
            Scope::All => &series.occurrences,
        };
        let standing = standing(work, meant).await?;
        let anchor = work.load::<Appointment>(self.appointment_id).await?.state;
        let anchor = anchor.not_begun(work.now()).map_err(Failure::refused)?;
        must_stand(work, &self.offer)?;
        if self.offer.service_id != series.service_id {
            return Err(Failure::refused(SeriesError::OtherService));
        }
        let zone = zone(work).await?;
        let shift = zone.wall(self.offer.start) - zone.wall(anchor.slot.time.start);
        let moved_to = |id: AppointmentId, booking: &Booking| match id == self.appointment_id {
            true => self.offer.start,
            false => zone.instants(zone.wall(booking.slot.time.start) + shift).first(),
        };
        let starts =
            standing.iter().map(|(occurrence, booking)| moved_to(occurrence.appointment_id, booking));
        preload_plans(work, &self.offer, starts, anchor.attendee.customer_id).await?;
        // One may move to where another was: all are freed first.
        for (occurrence, booking) in &standing {
            free(work, occurrence.appointment_id, &booking.slot, Some(booking.attendee.customer_id)).await?;
        }
        let (mut conflicts, mut appointment_ids) = (Conflicts::default(), Vec::new());
        for (occurrence, booking) in &standing {
            let (mark, id) = (work.mark(), occurrence.appointment_id);
            let offer = SlotOffer { start: moved_to(id, booking), ..self.offer.clone() };
            let customer_id = booking.attendee.customer_id;
            let change = change(&self.reason, self.accepts_fee, &self.override_reason, customer_id);
            let moved = async {
                let leeway = Leeway::of_move(&booking.slot, &offer, change.override_reason.is_some());
                let plan = take(work, id, &offer, Some(customer_id), None, leeway).await?;
                let overlap = plan.slot.agreement.policy.overlap;
                // Whoever moves several at once sees them all.
                Own::beside(id, booking).must_not_overlap(work, plan.slot.time, overlap, true).await?;
                move_one(work, id, plan, change).await
            };
            let local_start = LocalTime::of(offer.start, zone);
            let has_moved = conflicts.sort(work, mark, occurrence.number, &local_start, moved.await)?;
            if has_moved == Some(true) {
                appointment_ids.push(id);
            }
        }
        conflicts.none_of(standing.len())?;
        let by = work.actor().clone();
        work.execute::<Series>(
            self.series_id,
            SeriesCommand::Reschedule { appointment_ids, shift_minutes: shift.num_minutes(), by },
        )
        .await?;
        view_of(work, self.series_id).await
    }
}

/// Cancels the appointments of a series that have not begun: all, or those from one on, by number.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CancelSeries {
    pub series_id: SeriesId,
    pub from: Option<AppointmentId>,
    pub reason: Option<Personal<Note>>,
    /// The caller agrees to a fee for each late change.
    pub accepts_fee: bool,
    /// Why the business overrides the policy of the bookings.
    pub override_reason: Option<Personal<Note>>,
    pub seen_version: Option<i64>,
}

impl CancelSeries {
    pub fn new(series_id: SeriesId, from: Option<AppointmentId>) -> Self {
        Self { series_id, from, reason: None, accepts_fee: false, override_reason: None, seen_version: None }
    }
}

impl Command for CancelSeries {
    const NAME: &'static str = "CancelSeries";
    type Output = SeriesView;

    async fn decide<W: Work>(&self, work: &W) -> Result<SeriesView, Failure> {
        let series = to_change(work, self.series_id, self.seen_version).await?;
        let meant = match self.from {
            Some(appointment_id) => series.from(appointment_id).map_err(Failure::refused)?,
            None => &series.occurrences,
        };
        let standing = standing(work, meant).await?;
        let mut conflicts = Conflicts::default();
        for (occurrence, booking) in &standing {
            let (mark, local_start) = (work.mark(), &booking.slot.local_start);
            let change =
                change(&self.reason, self.accepts_fee, &self.override_reason, booking.attendee.customer_id);
            let cancelled = cancel_one(work, occurrence.appointment_id, booking, change).await;
            conflicts.sort(work, mark, occurrence.number, local_start, cancelled)?;
        }
        conflicts.none_of(standing.len())?;
        let (appointment_ids, by) = (ids(standing), work.actor().clone());
        work.execute::<Series>(self.series_id, SeriesCommand::Cancel { appointment_ids, by }).await?;
        view_of(work, self.series_id).await
    }
}

/// A series to change, in the version that the caller has seen. Preloads its appointments.
async fn to_change(work: &impl Work, id: SeriesId, seen: Option<i64>) -> Result<BookedSeries, Failure> {
    let loaded = work.load::<Series>(id).await?;
    loaded.unchanged_since(seen)?;
    let series = loaded.state.booked().map_err(Failure::refused)?.clone();
    work.preload(
        &series
            .occurrences
            .iter()
            .map(|one| Stream::of::<Appointment>(one.appointment_id))
            .collect::<Vec<_>>(),
    )
    .await?;
    Ok(series)
}

/// The bookings that have not begun. Preloads their time.
async fn standing<'a>(
    work: &impl Work,
    meant: &'a [Occurrence],
) -> Result<Vec<(&'a Occurrence, Booking)>, Failure> {
    let mut standing = Vec::new();
    for occurrence in meant {
        let appointment = work.load::<Appointment>(occurrence.appointment_id).await?.state;
        standing.extend(appointment.not_begun(work.now()).ok().map(|booking| (occurrence, booking.clone())));
    }
    preload_bookings(work, standing.iter().map(|(_, booking)| booking)).await?;
    Ok(standing)
}

fn ids(standing: Vec<(&Occurrence, Booking)>) -> Vec<AppointmentId> {
    standing.into_iter().map(|(occurrence, _)| occurrence.appointment_id).collect()
}

async fn zone(work: &impl Work) -> Result<Zone, Failure> {
    let business = work.load::<Business>(work.tenant()).await?.state;
    Ok(business.registered().map_err(Failure::refused)?.profile.zone)
}
