//! Appointments that take the same time of the same resource.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, TimeDelta, Utc};

use super::appointment::Appointment;
use super::record::Service;

/// The time that an appointment takes, with its buffers.
#[derive(Clone, Copy)]
struct Busy<'a> {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    appointment: &'a Appointment,
    is_class: bool,
}

impl<'a> Busy<'a> {
    fn of(appointment: &'a Appointment, service: Option<&Service>) -> Self {
        let buffer = |minutes: fn(&Service) -> u32| TimeDelta::minutes(service.map_or(0, minutes).into());
        Self {
            from: appointment.start - buffer(|service| service.buffer_before_minutes),
            to: appointment.end + buffer(|service| service.buffer_after_minutes),
            appointment,
            is_class: service.is_some_and(|service| service.is_class),
        }
    }

    /// Appointments of one class that begin together share their resources.
    fn overlaps(&self, earlier: &Self) -> bool {
        let (one, other) = (self.appointment, earlier.appointment);
        let is_same_class = self.is_class && one.service_id == other.service_id && one.start == other.start;
        self.from < earlier.to && !is_same_class
    }
}

pub struct Overlap<'a> {
    pub earlier: &'a Appointment,
    pub later: &'a Appointment,
}

/// The appointments that overlap an earlier one of the same resource.
pub fn overlaps<'a>(
    appointments: &'a [Appointment],
    services: &[Service],
    now: DateTime<Utc>,
) -> Vec<Overlap<'a>> {
    let services: HashMap<&str, &Service> = services.iter().map(|service| (&*service.id, service)).collect();
    let mut by_resource: BTreeMap<&str, Vec<Busy<'_>>> = BTreeMap::new();
    for appointment in appointments.iter().filter(|appointment| appointment.takes_time(now)) {
        let busy = Busy::of(appointment, services.get(&*appointment.service_id).copied());
        for resource in &appointment.resource_ids {
            by_resource.entry(resource).or_default().push(busy);
        }
    }
    by_resource.into_values().flat_map(of_resource).collect()
}

fn of_resource(mut busy: Vec<Busy<'_>>) -> Vec<Overlap<'_>> {
    busy.sort_by_key(|busy| (busy.from, busy.to));
    let mut found = Vec::new();
    // The appointment that ends last of those so far.
    let mut last: Option<Busy<'_>> = None;
    for later in busy {
        if let Some(earlier) = last.filter(|earlier| later.overlaps(earlier)) {
            found.push(Overlap { earlier: earlier.appointment, later: later.appointment });
        }
        if last.is_none_or(|last| last.to < later.to) {
            last = Some(later);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
    }

    fn booked(id: &str, resources: &[&str], from: i64, to: i64) -> Appointment {
        let resource_ids = resources.iter().map(|id| (*id).to_owned()).collect();
        Appointment { resource_ids, ..Appointment::booked(id, at(from), at(to)) }
    }

    fn service(before: u32, after: u32) -> Service {
        Service {
            id: "svc_1".into(),
            name: "Haircut".into(),
            buffer_before_minutes: before,
            buffer_after_minutes: after,
            is_class: false,
        }
    }

    fn count(appointments: &[Appointment], service: Service) -> usize {
        overlaps(appointments, &[service], at(0)).len()
    }

    #[test]
    fn appointments_that_touch_do_not_overlap_unless_their_buffers_do() {
        let list = [booked("a", &["r"], 0, 30), booked("b", &["r"], 30, 60), booked("c", &["other"], 0, 60)];
        assert_eq!(count(&list, service(0, 0)), 0);
        assert_eq!(count(&list, service(5, 0)), 1);
        assert_eq!(count(&list, service(0, 1)), 1);
    }

    #[test]
    fn every_overlap_is_found_also_behind_a_long_appointment() {
        let list = [
            booked("a", &["r", "room"], 0, 100),
            booked("b", &["r"], 10, 20),
            booked("c", &["r"], 50, 60),
            booked("d", &["room"], 99, 110),
            booked("e", &["r"], 100, 110),
        ];
        let found = overlaps(&list, &[service(0, 0)], at(0));
        let found: Vec<_> = found.iter().map(|found| (&*found.earlier.id, &*found.later.id)).collect();
        assert_eq!(found, [("a", "b"), ("a", "c"), ("a", "d")]);
    }

    #[test]
    fn only_a_class_is_shared_and_only_by_those_who_begin_together() {
        let class = || Service { is_class: true, ..service(0, 0) };
        let together = [booked("a", &["r"], 0, 30), booked("b", &["r"], 0, 30)];
        assert_eq!((count(&together, class()), count(&together, service(0, 0))), (0, 1));
        assert_eq!(count(&[booked("a", &["r"], 0, 30), booked("b", &["r"], 15, 45)], class()), 1);
    }

    #[test]
    fn what_is_cancelled_or_lapsed_takes_no_time() {
        let with = |status: &str, held_until: Option<i64>| {
            let other = booked("b", &["r"], 0, 30);
            let other = Appointment { status: status.into(), held_until: held_until.map(at), ..other };
            count(&[booked("a", &["r"], 0, 30), other], service(0, 0))
        };
        assert_eq!([with("cancelled", None), with("released", Some(9)), with("held", Some(0))], [0, 0, 0]);
        assert_eq!([with("booked", None), with("held", Some(9))], [1, 1]);
    }
}
