//! What the streams of a business say of each other. Each appointment's own stream says what should stand
//! elsewhere. That is worked out anew here, and compared with what stands there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use uuid::Uuid;

use super::shop::Shop;
use crate::booking::appointment::{Appointment, AppointmentEvent, BookedSlot, Booking, Source};
use crate::booking::commands::booking::{Leeway, Own, admit, free, open_slots, rules_of, take};
use crate::booking::customer_agenda::{CustomerAgenda, Entry};
use crate::booking::no_shows::NoShows;
use crate::booking::series::{Series, SeriesEvent};
use crate::booking::waitlist::Waitlist;
use crate::booking::waitlist_entry::{JoinedEntry, Stage, WaitlistEntry};
use crate::kernel::ids::{
    AgendaDayId, AppointmentId, CustomerAgendaId, CustomerId, NoShowsId, QuotaId, StreamId, WaitlistEntryId,
    WaitlistId,
};
use crate::kernel::work::Work;
use crate::kernel::work::testing::ready;
use crate::people::commands::customers::claim;
use crate::people::contact_point::ContactPoint;
use crate::people::customer::Customer;
use crate::scheduling::agenda_day::{AgendaDay, AgendaEntry, EntryState, Occupation};
use crate::scheduling::availability::booked::Booked;
use crate::scheduling::availability::offer::SlotOffer;
use crate::scheduling::availability::{Query, Terms, Use, search};
use crate::scheduling::quota::{Quota, Share};
use crate::scheduling::service::{Limit, LimitOf, NoShowLimit, NoShowPolicy, Overlap, Period, Policy};
use crate::values::interval::Interval;
use crate::values::time::LocalTime;

/// Everything agrees.
pub fn assert_agrees(shop: &Shop) {
    let appointments = shop.work.all::<Appointment>();
    let taken = in_force(shop, &appointments);
    days_agree(shop, &appointments, &taken);
    quotas_agree(shop, &taken);
    customer_agendas_agree(shop, &taken);
    own_appointments_are_seen(shop, &appointments);
    no_shows_agree(shop, &appointments);
    series_agree(shop, &appointments);
    waitlist_agrees(shop, &appointments);
    contact_points_agree(shop);
}

/// What an appointment takes now.
struct Taken {
    slot: BookedSlot,
    /// Of a hold.
    until: Option<DateTime<Utc>>,
    /// A hold of nobody has none.
    customer: Option<CustomerId>,
}

type Appointments = BTreeMap<AppointmentId, Arc<Appointment>>;

fn in_force(shop: &Shop, appointments: &Appointments) -> BTreeMap<AppointmentId, Taken> {
    let now = shop.work.now();
    let taken = |id: &AppointmentId, appointment: &Appointment| match appointment {
        Appointment::Held { slot, expires_at, source: _ } => (now < *expires_at).then(|| Taken {
            slot: slot.clone(),
            until: Some(*expires_at),
            customer: shop.offered_to.get(id).copied(),
        }),
        Appointment::Requested { booking, decide_by: _ }
        | Appointment::Booked(booking)
        | Appointment::CheckedIn(booking)
        | Appointment::Completed(booking)
        | Appointment::NoShow(booking) => {
            let customer = Some(booking.attendee.customer_id);
            Some(Taken { slot: booking.slot.clone(), until: None, customer })
        }
        Appointment::Unknown
        | Appointment::Released { .. }
        | Appointment::Lapsed { .. }
        | Appointment::Declined(_)
        | Appointment::Expired(_)
        | Appointment::Cancelled(_) => None,
    };
    let with_id =
        |(id, appointment): (&AppointmentId, &Arc<Appointment>)| Some((*id, taken(id, appointment)?));
    appointments.iter().filter_map(with_id).collect()
}

/// On every UTC day that an appointment touches, each of its resources has exactly what it takes. Holds that
/// have run out may still stand there.
fn days_agree(shop: &Shop, appointments: &Appointments, taken: &BTreeMap<AppointmentId, Taken>) {
    let mut expected: BTreeMap<AgendaDayId, BTreeMap<AppointmentId, AgendaEntry>> = BTreeMap::new();
    for (id, Taken { slot, until, .. }) in taken {
        assert_eq!(slot.local_start, LocalTime::of(slot.time.start, slot.local_start.zone), "{id}");
        let state = until.map_or(EntryState::Booked, |expires_at| EntryState::Held { expires_at });
        let first = slot.time.start - TimeDelta::minutes(slot.buffers.before_minutes.into());
        let end = slot.time.end + TimeDelta::minutes(slot.buffers.after_minutes.into());
        let last = (end - TimeDelta::seconds(1)).date_naive();
        for date in first.date_naive().iter_days().take_while(|date| *date <= last) {
            let utc_day = i32::try_from((date - NaiveDate::default()).num_days()).expect("a day");
            for resource_id in slot.resources.iter().copied() {
                let (service_id, appointment) = (slot.service_id, slot.time);
                let (buffers, seats) = (slot.buffers, slot.seats);
                let occupation = Occupation { resource_id, service_id, appointment, buffers, seats };
                let day = AgendaDayId::of(shop.work.tenant(), resource_id, utc_day);
                expected.entry(day).or_default().insert(*id, AgendaEntry { occupation, state });
            }
        }
    }
    let now = shop.work.now();
    let has_run_out = |id: &AppointmentId| matches!(&*appointments[id], Appointment::Held { expires_at, .. } if *expires_at <= now);
    let stands = |day: Arc<AgendaDay>| -> BTreeMap<_, _> {
        day.entries().filter(|(id, _)| !has_run_out(id)).map(|(id, entry)| (id, *entry)).collect()
    };
    let actual = shop.work.all::<AgendaDay>().into_iter().map(|(id, day)| (id, stands(day)));
    let actual: BTreeMap<_, _> = actual.filter(|(_, entries)| !entries.is_empty()).collect();
    assert_eq!(actual, expected, "agenda days");
}

/// Of each limit in each period exactly what counts is taken.
fn quotas_agree(shop: &Shop, taken: &BTreeMap<AppointmentId, Taken>) {
    let now = shop.work.now();
    let mut expected: BTreeMap<QuotaId, Vec<Share>> = BTreeMap::new();
    for Taken { slot, until, customer } in taken.values() {
        let minutes = u32::try_from((slot.time.end - slot.time.start).num_minutes()).expect("minutes");
        for limit in &slot.limits {
            let whose: Vec<Option<Uuid>> = match limit.of {
                LimitOf::Service => vec![None],
                LimitOf::Resource => slot.resources.iter().map(|id| Some(id.uuid())).collect(),
                LimitOf::Customer => customer.iter().map(|id| Some(id.uuid())).collect(),
            };
            for whose in whose {
                let from = first_of(limit, slot.local_start.wall.date());
                let quota = QuotaId::of(shop.work.tenant(), slot.service_id, limit, whose, from);
                expected.entry(quota).or_default().push(Share { minutes, held_until: *until });
            }
        }
    }
    let sorted = |mut shares: Vec<Share>| {
        shares.sort_by_key(|share| (share.minutes, share.held_until));
        shares
    };
    let expected: BTreeMap<_, _> = expected.into_iter().map(|(id, shares)| (id, sorted(shares))).collect();
    let mut actual = BTreeMap::new();
    for (id, quota) in shop.work.all::<Quota>() {
        let counts = |share: &&Share| share.held_until.is_none_or(|until| now < until);
        let shares = sorted(quota.shares().filter(counts).copied().collect());
        let minutes = shares.iter().map(|share| share.minutes).sum();
        assert_eq!(quota.used(now), Use { bookings: shares.len() as u32, minutes });
        actual.insert(id, shares);
    }
    actual.retain(|_, shares| !shares.is_empty());
    assert_eq!(actual, expected, "quotas");
}

fn first_of(limit: &Limit, date: NaiveDate) -> NaiveDate {
    match limit.per {
        Period::Day => date,
        Period::Week => date - TimeDelta::days(date.weekday().num_days_from_monday().into()),
        Period::Month => NaiveDate::from_ymd_opt(date.year(), date.month(), 1).expect("a date"),
        Period::Year => NaiveDate::from_ymd_opt(date.year(), 1, 1).expect("a date"),
    }
}

const EVER: Interval = Interval { start: DateTime::<Utc>::MIN_UTC, end: DateTime::<Utc>::MAX_UTC };

/// A customer's agenda has their bookings. Those that are over may be forgotten.
fn customer_agendas_agree(shop: &Shop, taken: &BTreeMap<AppointmentId, Taken>) {
    let mut expected: BTreeMap<CustomerAgendaId, BTreeMap<AppointmentId, Entry>> = BTreeMap::new();
    for (id, Taken { slot, until, customer }) in taken {
        if let (Some(customer), None) = (customer, until) {
            let agenda = CustomerAgendaId::of(shop.work.tenant(), *customer);
            let entry = Entry { service_id: slot.service_id, time: slot.time };
            expected.entry(agenda).or_default().insert(*id, entry);
        }
    }
    let now = shop.work.now();
    let agendas = shop.work.all::<CustomerAgenda>();
    let entries = |agenda: &Arc<CustomerAgenda>| agenda.overlapping(EVER).collect::<BTreeMap<_, _>>();
    let mut actual: BTreeMap<_, _> = agendas.iter().map(|(id, agenda)| (*id, entries(agenda))).collect();
    for (agenda, expected) in &mut expected {
        let actual = actual.entry(*agenda).or_default();
        expected.retain(|id, entry| now < entry.time.end || actual.contains_key(id));
    }
    actual.retain(|agenda, entries| expected.contains_key(agenda) || !entries.is_empty());
    assert_eq!(actual, expected, "customers' agendas");
}

/// Whoever has an appointment hears of another one at its time, whichever of the customers who are one person
/// it was booked for.
fn own_appointments_are_seen(shop: &Shop, appointments: &Appointments) {
    let of_person = |(id, appointment): (&AppointmentId, _)| {
        let booking: &Booking = Appointment::coming(appointment)?;
        let name = booking.attendee.name.known().expect("nobody is erased").as_str();
        Some((*id, booking, (shop.stands_for(booking.attendee.customer_id), name)))
    };
    let coming: Vec<_> = appointments.iter().filter_map(|(id, one)| of_person((id, &**one))).collect();
    // What is over may be forgotten.
    let ahead = coming.iter().filter(|(_, booking, _)| shop.work.now() < booking.slot.time.start);
    for (id, booking, person) in ahead {
        let time = booking.slot.time;
        let expected = coming.iter().any(|(other_id, other, their_person)| {
            other_id != id && person == their_person && other.slot.time.overlaps(time)
        });
        let own = Own::beside(*id, booking);
        let told = ready(own.must_not_overlap(&shop.work, time, Overlap::Forbidden, false));
        assert_eq!(told.is_err(), expected, "what overlaps {id}");
    }
}

/// A customer has missed the appointments that say so.
fn no_shows_agree(shop: &Shop, appointments: &Appointments) {
    let mut expected: BTreeMap<NoShowsId, Vec<DateTime<Utc>>> = BTreeMap::new();
    for appointment in appointments.values() {
        if let Appointment::NoShow(booking) = &**appointment {
            let id = NoShowsId::of(shop.work.tenant(), booking.attendee.customer_id);
            expected.entry(id).or_default().push(booking.slot.time.start);
        }
    }
    for (id, no_shows) in shop.work.all::<NoShows>() {
        let starts = expected.remove(&id).unwrap_or_default();
        for since in starts.iter().copied().chain([EVER.start]) {
            let missed = starts.iter().filter(|start| **start >= since).count();
            assert_eq!(no_shows.missed_since(since), missed, "no-shows since {since}");
        }
    }
    assert_eq!(expected, BTreeMap::new(), "no-shows");
    // Those of all the customers who are one person count.
    for customer in shop.work.all::<Customer>().into_keys().filter(|id| shop.stands_for(*id) == *id) {
        let is_theirs = |one: &&Arc<Appointment>| match &***one {
            Appointment::NoShow(booking) => shop.stands_for(booking.attendee.customer_id) == customer,
            _ => false,
        };
        let missed = appointments.values().filter(is_theirs).count();
        let limit = |no_shows| Policy {
            no_show: NoShowPolicy { fee: None, limit: Some(NoShowLimit { no_shows, within_days: 365 }) },
            ..Policy::default()
        };
        let admitted = |no_shows: usize| {
            let policy = limit(u32::try_from(no_shows).expect("a few"));
            ready(admit(&shop.work, &policy, customer, false)).is_ok()
        };
        assert_eq!((admitted(missed), admitted(missed + 1)), (false, true), "{customer} has missed {missed}");
    }
}

/// A series and its appointments name each other.
fn series_agree(shop: &Shop, appointments: &Appointments) {
    let mut of_series = BTreeSet::new();
    for (id, series) in shop.work.all::<Series>() {
        let series = series.booked().expect("booked");
        assert!(series.occurrences.is_sorted_by_key(|occurrence| occurrence.number), "{id}");
        for occurrence in &series.occurrences {
            assert!(of_series.insert((id, occurrence.appointment_id)), "{id} has one of them twice");
            let booking = appointments[&occurrence.appointment_id].booking().expect("booked");
            assert_eq!(booking.attendee.customer_id, series.customer_id, "{id}");
        }
    }
    let series_of = |(id, one): (&AppointmentId, &Arc<Appointment>)| Some((one.booking()?.series_id?, *id));
    assert_eq!(appointments.iter().filter_map(series_of).collect::<BTreeSet<_>>(), of_series, "series");
}

/// A series says of a commit what its appointments say of it.
pub fn assert_series_notes_what_is_done(shop: &Shop, before: usize) {
    let mut done = BTreeSet::new();
    for (id, event) in shop.work.events_after::<Appointment>(before) {
        match event {
            AppointmentEvent::AppointmentRescheduled { .. } => done.insert((id, "moved")),
            AppointmentEvent::AppointmentCancelled { .. } => done.insert((id, "cancelled")),
            _ => continue,
        };
    }
    for (id, event) in shop.work.events_after::<Series>(before) {
        let (ids, how) = match event {
            SeriesEvent::SeriesRescheduled { appointment_ids, .. } => (appointment_ids, "moved"),
            SeriesEvent::SeriesCancelled { appointment_ids, .. } => (appointment_ids, "cancelled"),
            SeriesEvent::SeriesBooked { .. } => continue,
        };
        let noted: BTreeSet<_> = ids.into_iter().map(|appointment| (appointment, how)).collect();
        assert_eq!(noted, done, "{id}");
    }
}

/// Entries, the line and the holds of offers agree.
fn waitlist_agrees(shop: &Shop, appointments: &Appointments) {
    let line = shop.work.all::<Waitlist>().remove(&WaitlistId::of(shop.work.tenant())).unwrap_or_default();
    let waiting: BTreeMap<WaitlistEntryId, _> =
        line.waiting().map(|waiting| (waiting.place.entry_id, waiting)).collect();
    let mut offers = BTreeMap::new();
    for (id, entry) in shop.work.all::<WaitlistEntry>() {
        let entry: &JoinedEntry = entry.known().expect("joined");
        let in_line = line.like(entry.joined.customer_id, &entry.joined.wish).any(|like| like == id);
        assert_eq!(in_line, entry.is_open(), "{id} in the line");
        assert_eq!(waiting.contains_key(&id), entry.stage == Stage::Waiting, "{id} waits");
        if let Some(waiting) = waiting.get(&id) {
            let (place, joined) = (waiting.place, &entry.joined);
            assert_eq!((place.customer_id, place.wish), (joined.customer_id, joined.wish), "{id}");
            assert_eq!(waiting.not_taken.len(), entry.offers_not_taken as usize, "{id}");
        }
        match entry.stage {
            Stage::Offered(offer) => drop(offers.insert(offer.hold_id, (id, offer.time, offer.expires_at))),
            Stage::Accepted { appointment_id } => {
                let booking = appointments[&appointment_id].booking().expect("booked");
                assert_eq!(booking.source, Source::Waitlist { entry_id: id });
            }
            Stage::Waiting | Stage::Left | Stage::Expired | Stage::Dropped => {}
        }
    }
    let now = shop.work.now();
    let hold = |(id, appointment): (&AppointmentId, &Arc<Appointment>)| match &**appointment {
        Appointment::Held { slot, source: Source::Waitlist { entry_id }, expires_at } => {
            Some((*id, (*entry_id, slot.time, *expires_at)))
        }
        _ => None,
    };
    let mut holds: BTreeMap<_, _> = appointments.iter().filter_map(hold).collect();
    // An entry that has ended leaves a hold that has run out.
    holds.retain(|id, (_, _, expires_at)| now < *expires_at || offers.contains_key(id));
    assert_eq!(holds, offers, "offers");
}

/// An address belongs to the customer who has it.
fn contact_points_agree(shop: &Shop) {
    let mut expected = BTreeSet::new();
    for (id, customer) in shop.work.all::<Customer>() {
        let addresses = customer.details().map(|details| details.addresses.clone()).unwrap_or_default();
        expected.extend(addresses.iter().map(|one| (claim(&shop.work, one.known().expect("known")), id)));
    }
    let owned = shop.work.all::<ContactPoint>().into_iter();
    assert_eq!(owned.filter_map(|(id, one)| Some((id, one.owner?))).collect::<BTreeSet<_>>(), expected);
}

/// A search for another time of an appointment finds what is open once its own time is free.
pub fn assert_own_time_counts_as_free(shop: &Shop) {
    let appointments = shop.work.all::<Appointment>();
    for (id, appointment) in &appointments {
        let Some(booking) = appointment.coming() else { continue };
        let (slot, customer) = (&booking.slot, booking.attendee.customer_id);
        let Some(rules) = ready(rules_of(&shop.work, slot.service_id)).expect("rules") else { continue };
        let span = slot.time.padded(TimeDelta::hours(4), TimeDelta::hours(4));
        let query = Query { terms: slot.terms(), ..Query::within(span, shop.work.now(), usize::MAX) };
        let (tenant, mut booked) = (shop.work.tenant(), Booked::at(shop.work.now()));
        let days = shop.work.all::<AgendaDay>();
        let around = span.padded(TimeDelta::days(1), TimeDelta::days(1));
        for (id, key) in rules.days(tenant, around) {
            let entries = days.get(&id).into_iter().flat_map(|day| day.entries().map(|(_, entry)| *entry));
            booked.put(key, entries.collect());
        }
        let quotas = shop.work.all::<Quota>();
        let limits = [rules.limits(tenant, around), rules.customer_limits(tenant, around, customer)];
        for (id, key) in limits.into_iter().flatten() {
            let used = quotas.get(&id).map(|quota| quota.used(shop.work.now()));
            booked.count(key, used.unwrap_or_default());
        }
        let asked = search(&rules, &booked.without(&slot.own_time(), slot.service_id), &query);
        let mark = shop.work.mark();
        ready(free(&shop.work, *id, slot, Some(customer))).expect("freed");
        let freed = ready(open_slots(&shop.work, &rules, query, Some(customer))).expect("searched");
        shop.work.rewind(mark);
        assert_eq!(asked, freed, "where {id} can be moved");
    }
}

/// What a search finds can be taken.
pub fn assert_what_is_offered_can_be_taken(shop: &Shop) {
    let now = shop.work.now();
    for (seats, service_id) in (1..3).flat_map(|seats| shop.services.iter().map(move |id| (seats, *id))) {
        let Some(rules) = ready(rules_of(&shop.work, service_id)).expect("rules") else { continue };
        let terms = Terms { seats, ..Terms::default() };
        let span = Interval::new(now + TimeDelta::minutes(1), now + TimeDelta::days(1));
        let query = Query { terms, ..Query::within(span, now, 12) };
        for slot in ready(open_slots(&shop.work, &rules, query, None)).expect("searched") {
            let offer = SlotOffer::of(service_id, &slot, terms, now);
            let (mark, id) = (shop.work.mark(), shop.work.new_id());
            let taken = ready(take(&shop.work, id, &offer, None, None, Leeway::default()));
            shop.work.rewind(mark);
            let resources = taken.map(|plan| plan.slot.resources).map_err(|refused| refused.to_string());
            assert_eq!(resources, Ok(slot.resources), "{} at {}", service_id, slot.time.start);
        }
    }
}
