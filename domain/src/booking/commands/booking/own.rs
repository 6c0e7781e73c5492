//! The customer's own appointments at the time of a booking.
//!
//! One phone may be a family's: an appointment under another name is somebody else's. Appointments that were
//! booked before there were agendas of customers are not found.

use super::attendee::Who;
use crate::booking::appointment::{Appointment, Attendee, Booking, Source};
use crate::booking::customer_agenda::{CustomerAgenda, CustomerAgendaError};
use crate::kernel::ids::{AppointmentId, CustomerAgendaId};
use crate::kernel::work::{Failure, Work};
use crate::people::commands::customers::{family, is_known_by_number, survivor};
use crate::scheduling::agenda_day::AgendaDayError;
use crate::scheduling::availability::offer::SlotOffer;
use crate::scheduling::service::Overlap;
use crate::values::interval::Interval;

/// Whose appointments are looked for, and what of them may be told.
#[derive(Debug, Clone, Copy)]
pub struct Own<'a> {
    attendee: &'a Attendee,
    source: Source,
    /// A caller who only knows an email address hears of nothing but what was booked in the same call.
    hears_all: bool,
    /// The caller must not hear that there are others than those that were booked in the same call.
    hides_others: bool,
    /// The appointment that is moved.
    except: Option<AppointmentId>,
}

impl<'a> Own<'a> {
    pub async fn of(
        work: &impl Work,
        who: &Who,
        attendee: &'a Attendee,
        source: Source,
    ) -> Result<Self, Failure> {
        let hears_all = match (source, who) {
            (Source::Call { .. }, Who::Person(person)) => {
                is_known_by_number(work, person, attendee.customer_id).await?
            }
            _ => true,
        };
        Ok(Self { attendee, source, hears_all, hides_others: false, except: None })
    }

    /// Those beside an appointment that is moved.
    pub fn beside(id: AppointmentId, booking: &'a Booking) -> Self {
        let (attendee, source) = (&booking.attendee, booking.source);
        Self { attendee, source, hears_all: true, hides_others: false, except: Some(id) }
    }

    pub fn hiding(self, hides_others: bool) -> Self {
        Self { hides_others, ..self }
    }

    /// The coming bookings that may be of this person and overlap a time.
    pub async fn at(&self, work: &impl Work, time: Interval) -> Result<Overlapping<'a>, Failure> {
        let mut found = Vec::new();
        // One that is moved keeps the customer it was booked for, who may have been merged since.
        let (customer_id, _) = survivor(work, self.attendee.customer_id).await?;
        for customer in family(work, customer_id).await? {
            let agenda = CustomerAgendaId::of(work.tenant(), customer);
            for (id, _) in work.load::<CustomerAgenda>(agenda).await?.state.overlapping(time) {
                let appointment = work.load::<Appointment>(id).await?.state;
                let Some(booking) = appointment.coming().filter(|_| self.except != Some(id)) else {
                    continue;
                };
                let may_hear = self.hears_all || booking.source == self.source;
                // A release that knows no agendas of customers may have moved it.
                if may_hear && booking.slot.time.overlaps(time) && booking.attendee.may_be(self.attendee) {
                    found.push((id, booking.clone()));
                }
            }
        }
        Ok(Overlapping { own: *self, found })
    }

    /// Refuses a booking that overlaps another one of this person, unless they want both.
    pub async fn must_not_overlap(
        &self,
        work: &impl Work,
        time: Interval,
        overlap: Overlap,
        accepted: bool,
    ) -> Result<(), Failure> {
        if overlap.is_fine(accepted) {
            Ok(())
        } else {
            self.at(work, time).await?.must_be_fine(overlap, accepted)
        }
    }
}

/// What a person has at the time of a booking.
#[derive(Debug)]
pub struct Overlapping<'a> {
    own: Own<'a>,
    found: Vec<(AppointmentId, Booking)>,
}

impl Overlapping<'_> {
    /// What this person may hear of.
    fn heard(&self) -> impl Iterator<Item = &(AppointmentId, Booking)> {
        self.found.iter().filter(|(_, booking)| !self.own.hides_others || booking.source == self.own.source)
    }

    /// The booking of an offer that this person has already. One that differs in anything that they ask for
    /// is another one. Whoever accepts to have two at a time means another one unless it is with the same
    /// resources. Of what they must not hear of they are not told in this way either.
    pub fn booked_already(&self, offer: &SlotOffer, accepted: bool) -> Option<AppointmentId> {
        let asked = self.own.attendee;
        let is_it = |Booking { slot, attendee, .. }: &Booking| {
            slot.service_id == offer.service_id
                && slot.time == offer.time()
                && slot.seats.is_none_or(|seats| !accepted && seats == u32::from(offer.seats))
                && (slot.resources == offer.resources || !offer.fixed && !accepted)
                && attendee.is_named_as(asked)
                && (asked.note.is_none() || asked.note == attendee.note)
                && (asked.answers.is_empty() || asked.answers == attendee.answers)
        };
        self.heard().find(|(_, booking)| is_it(booking)).map(|(id, _)| *id)
    }

    /// Refuses another one, unless they want both. Where it must not be heard that there is one, two are only
    /// refused if they are forbidden, as a time that somebody else has.
    pub fn must_be_fine(&self, overlap: Overlap, accepted: bool) -> Result<(), Failure> {
        if self.found.is_empty() || overlap.is_fine(accepted) {
            return Ok(());
        }
        let Some((_, Booking { slot, .. })) = self.heard().next() else {
            return match overlap {
                Overlap::Forbidden => Err(Failure::refused(AgendaDayError::TimeTaken)),
                Overlap::Allowed | Overlap::Asked => Ok(()),
            };
        };
        let start = slot.local_start.zone.rfc3339(slot.time.start);
        Err(Failure::refused(match overlap {
            Overlap::Forbidden => CustomerAgendaError::OverlapForbidden { start },
            Overlap::Allowed | Overlap::Asked => CustomerAgendaError::Overlaps { start },
        }))
    }
}
