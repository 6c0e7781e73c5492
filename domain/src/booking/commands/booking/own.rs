//! The customer's own appointments at the time of a booking.

use crate::booking::appointment::{Appointment, Attendee, Booking};
use crate::booking::customer_agenda::{CustomerAgenda, CustomerAgendaError};
use crate::kernel::ids::{AppointmentId, CustomerAgendaId};
use crate::kernel::work::{Failure, Work};
use crate::people::commands::customers::family;
use crate::scheduling::availability::offer::SlotOffer;
use crate::scheduling::service::Overlap;
use crate::values::interval::Interval;

/// The bookings that may be of this person and overlap a time. One phone may be a family's: an appointment
/// under another name is somebody else's.
async fn own(
    work: &impl Work,
    attendee: &Attendee,
    time: Interval,
) -> Result<Vec<(AppointmentId, Booking)>, Failure> {
    let mut found = Vec::new();
    for customer in family(work, attendee.customer_id).await? {
        let agenda = work.load::<CustomerAgenda>(CustomerAgendaId::of(work.tenant(), customer)).await?.state;
        for (id, _) in agenda.overlapping(time) {
            let appointment = work.load::<Appointment>(id).await?.state;
            let Ok(booking) = appointment.standing() else { continue };
            if booking.attendee.may_be(attendee) {
                found.push((id, booking.clone()));
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
    let is_it = |Booking { slot, attendee: booked, .. }: &Booking| {
        slot.service_id == offer.service_id
            && slot.time == offer.time()
            && slot.seats.is_none_or(|seats| seats == u32::from(offer.seats))
            && booked.is_named_as(attendee)
    };
    let own = own(work, attendee, offer.time()).await?;
    Ok(own.into_iter().find(|(_, booking)| is_it(booking)).map(|(id, _)| id))
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
    let own = own(work, attendee, time).await?;
    let Some((_, Booking { slot, .. })) = own.first() else { return Ok(()) };
    let start = slot.local_start.zone.rfc3339(slot.time.start);
    Err(Failure::refused(match overlap {
        Overlap::Forbidden => CustomerAgendaError::OverlapForbidden { start },
        Overlap::Allowed | Overlap::Asked => CustomerAgendaError::Overlaps { start },
    }))
}
