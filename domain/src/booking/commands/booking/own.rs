//! The customer's own appointments at the time of a booking.

use crate::booking::appointment::{Appointment, Attendee, BookedSlot};
use crate::booking::customer_agenda::{CustomerAgenda, CustomerAgendaError};
use crate::kernel::ids::{AppointmentId, CustomerAgendaId};
use crate::kernel::work::{Failure, Work};
use crate::people::commands::customers::family;
use crate::scheduling::availability::offer::SlotOffer;
use crate::scheduling::service::Overlap;
use crate::values::interval::Interval;

/// The appointments of this person that overlap a time. One phone may be a family's: an appointment under
/// another name is somebody else's.
async fn own(
    work: &impl Work,
    attendee: &Attendee,
    time: Interval,
) -> Result<Vec<(AppointmentId, BookedSlot)>, Failure> {
    let mut found = Vec::new();
    for customer in family(work, attendee.customer_id).await? {
        let agenda = work.load::<CustomerAgenda>(CustomerAgendaId::of(work.tenant(), customer)).await?.state;
        for (id, _) in agenda.overlapping(time) {
            let appointment = work.load::<Appointment>(id).await?.state;
            let Ok(booking) = appointment.standing() else { continue };
            if booking.attendee.is_named_as(attendee) {
                found.push((id, booking.slot.clone()));
            }
        }
    }
    Ok(found)
}

/// The booking of an offer that this person has already.
pub async fn booked_already(
    work: &impl Work,
    attendee: &Attendee,
    offer: &SlotOffer,
) -> Result<Option<AppointmentId>, Failure> {
    let is_it = |slot: &BookedSlot| {
        slot.service_id == offer.service_id
            && slot.time == offer.time()
            && slot.seats.is_none_or(|seats| seats == u32::from(offer.seats))
    };
    Ok(own(work, attendee, offer.time()).await?.into_iter().find(|(_, slot)| is_it(slot)).map(|(id, _)| id))
}

/// Refuses a booking that overlaps another one of this person, unless they want both.
pub async fn must_not_overlap(
    work: &impl Work,
    attendee: &Attendee,
    time: Interval,
    overlap: Overlap,
    accepted: bool,
) -> Result<(), Failure> {
    if overlap == Overlap::Allowed || (overlap == Overlap::Asked && accepted) {
        return Ok(());
    }
    let Some((_, slot)) = own(work, attendee, time).await?.into_iter().next() else { return Ok(()) };
    let start = slot.local_start.zone.rfc3339(slot.time.start);
    Err(Failure::refused(match overlap {
        Overlap::Forbidden => CustomerAgendaError::OverlapForbidden { start },
        Overlap::Allowed | Overlap::Asked => CustomerAgendaError::Overlaps { start },
    }))
}
