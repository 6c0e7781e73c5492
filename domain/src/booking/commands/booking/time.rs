//! Taking the time and the limits of a slot, and giving them back. A booking stands in the agenda of its
//! customer, too.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::plan::{Leeway, Plan, plan};
use crate::booking::appointment::{BookedSlot, Booking};
use crate::booking::customer_agenda::{CustomerAgenda, CustomerAgendaCommand, Entry};
use crate::kernel::ids::{AgendaDayId, AppointmentId, CustomerAgendaId, CustomerId, QuotaId, StreamId};
use crate::kernel::recorded::Stream;
use crate::kernel::work::{Failure, Work};
use crate::scheduling::agenda_day::{AgendaDay, AgendaDayCommand, Occupation, Room};
use crate::scheduling::availability::offer::SlotOffer;
use crate::scheduling::quota::{Quota, QuotaCommand, Share};
use crate::scheduling::service::{Limit, LimitOf};

/// An agenda day, the occupation of its resource, and the index of the resource in the slot.
pub type Day = (AgendaDayId, Occupation, usize);

/// The agenda days that a slot touches.
pub fn days(work: &impl Work, slot: &BookedSlot) -> Vec<Day> {
    let of_resource = |(place, occupation): (usize, Occupation)| {
        let days = occupation.padded().utc_days();
        days.map(move |day| (AgendaDayId::of(work.tenant(), occupation.resource_id, day), occupation, place))
    };
    slot.occupations().enumerate().flat_map(of_resource).collect()
}

/// The quotas that a slot counts towards. Quotas of the customer need a customer.
fn quotas(work: &impl Work, slot: &BookedSlot, customer: Option<CustomerId>) -> Vec<(QuotaId, Limit)> {
    let date = slot.local_start.wall.date();
    let of_limit = |limit: &Limit| {
        let whose = match limit.of {
            LimitOf::Service => vec![None],
            LimitOf::Resource => slot.resources.iter().map(|id| Some(id.uuid())).collect(),
            LimitOf::Customer => customer.map(|id| Some(id.uuid())).into_iter().collect(),
        };
        let id = |whose| QuotaId::of(work.tenant(), slot.service_id, limit, whose, limit.per.start(date));
        whose.into_iter().map(|whose| (id(whose), *limit)).collect::<Vec<_>>()
    };
    slot.limits.iter().flat_map(of_limit).collect()
}

async fn preload(
    work: &impl Work,
    days: &[Day],
    quotas: &[(QuotaId, Limit)],
    customers: impl IntoIterator<Item = CustomerId>,
) -> Result<(), Failure> {
    let agenda = |customer| Stream::of::<CustomerAgenda>(CustomerAgendaId::of(work.tenant(), customer));
    let mut streams: Vec<_> = customers.into_iter().map(agenda).collect();
    streams.extend(days.iter().map(|(day, ..)| Stream::of::<AgendaDay>(*day)));
    streams.extend(quotas.iter().map(|(id, _)| Stream::of::<Quota>(*id)));
    Ok(work.preload(&streams).await?)
}

/// Takes the time of an offer, under the rules of now.
pub(crate) async fn take(
    work: &impl Work,
    id: AppointmentId,
    offer: &SlotOffer,
    customer: Option<CustomerId>,
    held_until: Option<DateTime<Utc>>,
    leeway: Leeway<'_>,
) -> Result<Plan, Failure> {
    let plan = plan(work, offer, leeway).await?;
    occupy(work, id, &plan, customer, held_until).await?;
    Ok(plan)
}

/// Takes the time of a slot, for a hold or for a booking.
pub async fn occupy(
    work: &impl Work,
    appointment_id: AppointmentId,
    plan: &Plan,
    customer: Option<CustomerId>,
    held_until: Option<DateTime<Utc>>,
) -> Result<(), Failure> {
    let (slot, now) = (&plan.slot, work.now());
    let (days, quotas) = (days(work, slot), quotas(work, slot, customer));
    preload(work, &days, &quotas, customer).await?;
    for (day, occupation, place) in days {
        let room = Room { appointments: plan.capacities.get(place).copied().unwrap_or(1), seats: plan.seats };
        let command = match held_until {
            Some(expires_at) => AgendaDayCommand::Hold { appointment_id, occupation, room, expires_at, now },
            None => AgendaDayCommand::Book { appointment_id, occupation, room, now },
        };
        work.execute::<AgendaDay>(day, command).await?;
    }
    if let (Some(customer), None) = (customer, held_until) {
        enter(work, appointment_id, slot, customer).await?;
    }
    take_shares(work, appointment_id, slot, quotas, held_until).await
}

/// Enters a booking in the agenda of its customer.
async fn enter(
    work: &impl Work,
    appointment_id: AppointmentId,
    slot: &BookedSlot,
    customer: CustomerId,
) -> Result<(), Failure> {
    let entry = Entry { service_id: slot.service_id, time: slot.time };
    let enter = CustomerAgendaCommand::Enter { appointment_id, entry, now: work.now() };
    work.execute::<CustomerAgenda>(CustomerAgendaId::of(work.tenant(), customer), enter).await?;
    Ok(())
}

/// Loads what taking or freeing the time of several bookings reads, in one round trip.
pub async fn preload_bookings(
    work: &impl Work,
    bookings: impl Iterator<Item = &Booking>,
) -> Result<(), Failure> {
    let (mut all_days, mut all_quotas, mut customers) = (Vec::new(), Vec::new(), BTreeSet::new());
    for booking in bookings {
        customers.insert(booking.attendee.customer_id);
        all_days.extend(days(work, &booking.slot));
        all_quotas.extend(quotas(work, &booking.slot, Some(booking.attendee.customer_id)));
    }
    preload(work, &all_days, &all_quotas, customers).await
}

/// Turns a hold's shares of limits into a booking's, takes the customer's shares, and enters the booking in
/// the customer's agenda. It loads the days of the slot, too.
pub async fn count(
    work: &impl Work,
    id: AppointmentId,
    slot: &BookedSlot,
    customer: CustomerId,
) -> Result<(), Failure> {
    let quotas = quotas(work, slot, Some(customer));
    preload(work, &days(work, slot), &quotas, Some(customer)).await?;
    enter(work, id, slot, customer).await?;
    take_shares(work, id, slot, quotas, None).await
}

async fn take_shares(
    work: &impl Work,
    appointment_id: AppointmentId,
    slot: &BookedSlot,
    quotas: Vec<(QuotaId, Limit)>,
    held_until: Option<DateTime<Utc>>,
) -> Result<(), Failure> {
    let minutes = slot.minutes();
    for (id, limit) in quotas {
        let share = Share { minutes, held_until };
        work.execute::<Quota>(id, QuotaCommand::Take { appointment_id, share, limit, now: work.now() })
            .await?;
    }
    Ok(())
}

/// Frees the time of a slot and its shares of limits.
pub async fn free(
    work: &impl Work,
    appointment_id: AppointmentId,
    slot: &BookedSlot,
    customer: Option<CustomerId>,
) -> Result<(), Failure> {
    let (days, quotas) = (days(work, slot), quotas(work, slot, customer));
    preload(work, &days, &quotas, customer).await?;
    for (day, ..) in days {
        work.execute::<AgendaDay>(day, AgendaDayCommand::Free { appointment_id }).await?;
    }
    if let Some(customer) = customer {
        let agenda = CustomerAgendaId::of(work.tenant(), customer);
        work.execute::<CustomerAgenda>(agenda, CustomerAgendaCommand::Strike { appointment_id }).await?;
    }
    give_back(work, appointment_id, quotas).await
}

/// Loads what the end of a hold reads, in one round trip.
pub async fn preload_hold(work: &impl Work, slot: &BookedSlot) -> Result<(), Failure> {
    preload(work, &days(work, slot), &quotas(work, slot, None), None).await
}

/// Frees the time of a hold that has run out, and its shares of limits.
pub async fn lapse(
    work: &impl Work,
    hold_id: AppointmentId,
    slot: &BookedSlot,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    for (day, ..) in days(work, slot) {
        work.execute::<AgendaDay>(day, AgendaDayCommand::Lapse { appointment_id: hold_id, now }).await?;
    }
    give_back(work, hold_id, quotas(work, slot, None)).await
}

/// Gives back a customer's shares of limits alone, where another one books what was held for them.
pub async fn give_back_of(
    work: &impl Work,
    appointment_id: AppointmentId,
    slot: &BookedSlot,
    customer: CustomerId,
) -> Result<(), Failure> {
    let mut quotas = quotas(work, slot, Some(customer));
    quotas.retain(|(_, limit)| limit.of == LimitOf::Customer);
    give_back(work, appointment_id, quotas).await
}

async fn give_back(
    work: &impl Work,
    appointment_id: AppointmentId,
    quotas: Vec<(QuotaId, Limit)>,
) -> Result<(), Failure> {
    for (id, _) in quotas {
        work.execute::<Quota>(id, QuotaCommand::Release { appointment_id }).await?;
    }
    Ok(())
}
