//! Which appointments to come no longer fit what a business offers: after time off, a closure, shorter hours,
//! less room, a provider or service that is retired, or a move to another zone.
//!
//! Such changes leave appointments as they are. Whoever makes them is told which ones to see to.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Utc};

use crate::booking::appointment::BookedSlot;
use crate::kernel::ids::{AppointmentId, ResourceId, ServiceId};
use crate::scheduling::agenda_day::{AgendaDay, AgendaDayCommand, Occupation, Room};
use crate::scheduling::availability::rules::{BusinessRules, ResourceRules};
use crate::scheduling::resource::AddedResource;
use crate::scheduling::service::Offered;

/// Why an appointment no longer fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Misfit {
    /// It lies outside opening hours, or on a closure.
    Closed,
    /// One of its resources has time off.
    TimeOff,
    ResourceRetired,
    ServiceRetired,
    /// Its service no longer needs one of its resources.
    ResourceNotNeeded,
    /// There is no longer room for all appointments of that time. Those that were made first keep theirs.
    NoRoom,
    /// The clocks of the business show another time for it than the one that was agreed on.
    OtherClock,
}

/// An appointment to come.
#[derive(Debug, Clone, Copy)]
pub struct Standing<'a> {
    pub id: AppointmentId,
    pub slot: &'a BookedSlot,
    pub made_at: DateTime<Utc>,
}

/// What a business offers, as it is now or would be.
#[derive(Debug, Clone)]
pub struct OnOffer {
    pub business: BusinessRules,
    pub services: HashMap<ServiceId, Offered>,
    pub resources: HashMap<ResourceId, AddedResource>,
}

impl OnOffer {
    /// What no longer fits, and why. Room is looked at among these appointments only.
    pub fn misfits(&self, standing: &[Standing<'_>]) -> BTreeMap<AppointmentId, BTreeSet<Misfit>> {
        let rules: HashMap<_, _> =
            self.resources.iter().map(|(id, resource)| (*id, ResourceRules::of(*id, resource))).collect();
        let mut found = BTreeMap::new();
        for appointment in standing {
            let misfits = self.misfits_of(appointment.slot, &rules);
            if !misfits.is_empty() {
                found.insert(appointment.id, misfits);
            }
        }
        for id in self.without_room(standing) {
            found.entry(id).or_default().insert(Misfit::NoRoom);
        }
        found
    }

    fn misfits_of(&self, slot: &BookedSlot, rules: &HashMap<ResourceId, ResourceRules>) -> BTreeSet<Misfit> {
        let mut misfits = BTreeSet::new();
        let mut note = |misfit, applies: bool| {
            if applies {
                misfits.insert(misfit);
            }
        };
        let zone = self.business.zone;
        note(Misfit::OtherClock, zone.wall(slot.time.start) != slot.local_start.wall);
        if let Some(service) = self.services.get(&slot.service_id) {
            let needs = |id| service.details.needs.iter().any(|need| need.any_of.contains(id));
            note(Misfit::ServiceRetired, service.retired);
            note(Misfit::ResourceNotNeeded, !slot.resources.iter().all(needs));
        }
        // Wider than the slot, so that windows are not cut at its edges.
        let around = slot.time.padded(TimeDelta::minutes(1), TimeDelta::minutes(1));
        let business_open = self.business.schedule.open_within(around, zone);
        for id in &slot.resources {
            let (Some(resource), Some(rules)) = (self.resources.get(id), rules.get(id)) else { continue };
            let open = rules.hours_within(around, &self.business, &business_open);
            note(Misfit::Closed, !open.iter().any(|open| open.contains(slot.time)));
            note(Misfit::TimeOff, rules.time_off.iter().any(|away| away.overlaps(slot.time)));
            note(Misfit::ResourceRetired, resource.retired);
        }
        misfits
    }

    /// Those for which there would be no room, if all were booked again in the order in which they were made.
    fn without_room(&self, standing: &[Standing<'_>]) -> BTreeSet<AppointmentId> {
        let mut in_order = standing.to_vec();
        in_order.sort_unstable_by_key(|appointment| (appointment.made_at, appointment.id));
        let mut days: HashMap<(ResourceId, i32), AgendaDay> = HashMap::new();
        let mut without_room = BTreeSet::new();
        for Standing { id, slot, made_at } in in_order {
            let mut booked = Vec::new();
            let has_room = slot.occupations().all(|occupation| {
                let Some(room) = self.room(&occupation) else { return true };
                occupation.padded().utc_days().all(|date| {
                    let day = (occupation.resource_id, date);
                    let book = AgendaDayCommand::Book { appointment_id: id, occupation, room, now: made_at };
                    let events = days.entry(day).or_default().decide(book);
                    events.map(|events| booked.push((day, events))).is_ok()
                })
            });
            if !has_room {
                without_room.insert(id);
                continue;
            }
            for (day, events) in booked {
                let day = days.entry(day).or_default();
                events.into_iter().for_each(|event| day.evolve(event));
            }
        }
        without_room
    }

    fn room(&self, occupation: &Occupation) -> Option<Room> {
        let resource = self.resources.get(&occupation.resource_id)?;
        let seats = self.services.get(&occupation.service_id).map_or(u32::MAX, |known| known.details.seats);
        Some(Room { appointments: resource.details.capacity, seats })
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::booking::appointment::RuleVersions;
    use crate::kernel::ids::{StreamId, TimeOffId};
    use crate::scheduling::resource::{ResourceDetails, TimeOff};
    use crate::scheduling::service::{Need, ServiceDetails};
    use crate::values::hours::{DayHours, Schedule, WeeklyHours, Window};
    use crate::values::interval::Interval;
    use crate::values::text::Name;
    use crate::values::time::Zone;

    const BOGOTA: &str = "America/Bogota";

    fn at(text: &str) -> DateTime<Utc> {
        format!("2026-12-01T{text}:00-05:00").parse().expect("an instant")
    }

    fn appointment(number: u128) -> AppointmentId {
        AppointmentId::from_uuid(Uuid::from_u128(number))
    }

    fn ada() -> ResourceId {
        ResourceId::from_uuid(Uuid::from_u128(1))
    }

    fn service() -> ServiceId {
        ServiceId::from_uuid(Uuid::from_u128(2))
    }

    fn name() -> Name {
        Name::parse("Ada").expect("a name")
    }

    fn slot(start: &str, end: &str) -> BookedSlot {
        let (time, zone) = (Interval::new(at(start), at(end)), BOGOTA.parse().expect("a zone"));
        let rules = RuleVersions { business: 1, service: 1, resources: vec![1] };
        BookedSlot::new(service(), vec![ada()], time, zone, rules)
    }

    fn open(opens: &str, closes: &str) -> Schedule {
        let window =
            Window { opens: opens.parse().expect("a time"), closes: closes.parse().expect("a time") };
        let hours = DayHours::try_from(vec![window]).expect("hours");
        let week = WeeklyHours { tuesday: hours, ..WeeklyHours::default() };
        Schedule { hours: week.into(), overrides: BTreeMap::new() }
    }

    /// Tuesdays from 9 to 17 in Bogota; one service, by Ada.
    fn on_offer() -> OnOffer {
        let zone: Zone = BOGOTA.parse().expect("a zone");
        let need = Need::any_of([ada()]);
        let details = ServiceDetails::new(name(), 60, vec![need]);
        let resource = AddedResource {
            details: ResourceDetails::new(name()),
            schedule: Schedule::default(),
            time_off: vec![],
            retired: false,
        };
        OnOffer {
            business: BusinessRules { zone, schedule: open("09:00", "17:00") },
            services: [(service(), Offered { details, retired: false })].into(),
            resources: [(ada(), resource)].into(),
        }
    }

    /// Why these do not fit, in their order.
    fn misfits(on_offer: &OnOffer, slots: &[BookedSlot]) -> Vec<Vec<Misfit>> {
        let standing: Vec<_> = slots
            .iter()
            .zip(1..)
            .map(|(slot, number)| Standing {
                id: appointment(number),
                slot,
                made_at: at("08:00") + TimeDelta::minutes(number as i64),
            })
            .collect();
        let found = on_offer.misfits(&standing);
        let of = |appointment: &Standing<'_>| {
            found.get(&appointment.id).map(|misfits| misfits.iter().copied().collect()).unwrap_or_default()
        };
        standing.iter().map(of).collect()
    }

    #[test]
    fn whatever_is_taken_away_concerns_those_who_have_it_and_no_others() {
        let slots = [slot("09:00", "10:00"), slot("16:00", "17:00")];
        let after = |change: &dyn Fn(&mut OnOffer)| {
            let mut on_offer = on_offer();
            change(&mut on_offer);
            misfits(&on_offer, &slots)
        };
        let ada_is = |change: &'static dyn Fn(&mut AddedResource)| {
            after(&|offer| offer.resources.values_mut().for_each(change))
        };
        let (none, both) = (Vec::new(), |misfit| vec![vec![misfit], vec![misfit]]);
        assert_eq!(after(&|_| {}), [none.clone(), none.clone()]);
        assert_eq!(
            after(&|offer| offer.business.schedule = open("09:00", "16:30")),
            [none.clone(), vec![Misfit::Closed]]
        );
        let closed = after(&|offer| {
            offer.business.schedule.overrides.insert(at("09:00").date_naive(), DayHours::closed());
        });
        assert_eq!(closed, both(Misfit::Closed));
        let away = ada_is(&|ada| {
            let period = Interval::new(at("09:59"), at("12:00"));
            ada.time_off.push(TimeOff { id: TimeOffId::from_uuid(Uuid::nil()), period, reason: None });
        });
        assert_eq!(away, [vec![Misfit::TimeOff], none.clone()]);
        assert_eq!(ada_is(&|ada| ada.retired = true), both(Misfit::ResourceRetired));
        let services =
            |change: &dyn Fn(&mut Offered)| after(&|offer| offer.services.values_mut().for_each(change));
        assert_eq!(services(&|service| service.retired = true), both(Misfit::ServiceRetired));
        assert_eq!(services(&|service| service.details.needs.clear()), both(Misfit::ResourceNotNeeded));
        let moved = after(&|offer| {
            offer.business = BusinessRules { zone: Zone::UTC, schedule: offer.business.schedule.clone() };
        });
        assert_eq!(moved, [vec![Misfit::OtherClock], vec![Misfit::Closed, Misfit::OtherClock]]);
        let same_clock = after(&|offer| offer.business.zone = "America/Lima".parse().expect("a zone"));
        assert_eq!(same_clock, [none.clone(), none]);
    }

    #[test]
    fn where_room_is_short_the_last_ones_to_have_been_made_are_named() {
        let class = |seats| BookedSlot { seats: Some(seats), ..slot("10:00", "11:00") };
        let of = |capacity, seats, slots: &[BookedSlot]| {
            let mut on_offer = on_offer();
            on_offer.resources.values_mut().for_each(|ada| ada.details.capacity = capacity);
            on_offer.services.values_mut().for_each(|service| service.details.seats = seats);
            misfits(&on_offer, slots)
                .iter()
                .map(|misfits| misfits.contains(&Misfit::NoRoom))
                .collect::<Vec<_>>()
        };
        let three = [slot("09:00", "10:00"), slot("09:30", "10:30"), slot("09:00", "10:00")];
        assert_eq!(of(3, 1, &three), [false, false, false]);
        assert_eq!(of(2, 1, &three), [false, false, true]);
        assert_eq!(of(1, 1, &three), [false, true, true]);
        let seats = [class(3), class(2), class(1)];
        assert_eq!(of(1, 6, &seats), [false, false, false]);
        assert_eq!(of(1, 4, &seats), [false, true, false]);
    }

    #[test]
    fn an_appointment_across_midnight_has_room_on_both_days_or_none() {
        let late = |start: &str, end: &str| {
            let at = |text: &str| text.parse::<DateTime<Utc>>().expect("an instant");
            BookedSlot { time: Interval::new(at(start), at(end)), ..slot("09:00", "10:00") }
        };
        let across = late("2026-12-01T23:30:00Z", "2026-12-02T00:30:00Z");
        let after = late("2026-12-02T00:15:00Z", "2026-12-02T01:00:00Z");
        let across_too = late("2026-12-01T23:00:00Z", "2026-12-02T00:45:00Z");
        let before = late("2026-12-01T23:00:00Z", "2026-12-01T23:30:00Z");
        let without_room = |slots: &[BookedSlot]| {
            let found = misfits(&on_offer(), slots);
            found.iter().map(|misfits| misfits.contains(&Misfit::NoRoom)).collect::<Vec<_>>()
        };
        assert_eq!(without_room(&[across, after.clone(), before.clone()]), [false, true, false]);
        assert_eq!(without_room(&[after, across_too, before]), [false, true, false]);
    }
}
