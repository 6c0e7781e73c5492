//! What callers hear who ask for appointments: all of their own, and of nobody's who shares no number with
//! them.
//!
//! Who calls from a number hears of all that is booked on it, and whose each is. Who says a number has to say
//! a name, too: that of the customer, for all of them, or that of an appointment.

use std::collections::{BTreeMap, BTreeSet};

use super::appointment::{Appointment, Customer};
use super::promised::Promised;
use super::record::{Particulars, Proof, Told};

/// The appointments of whoever asked that stand and are still to come.
pub fn own<'a>(
    told: &'a Told,
    appointments: &'a BTreeMap<String, Promised>,
) -> impl Iterator<Item = &'a str> {
    let is_own = |promised: &Promised| {
        told.proof != Proof::Nothing && promised.start > told.at && promised.is_booked_for(&told.asker)
    };
    appointments.iter().filter(move |(_, promised)| is_own(promised)).map(|(id, _)| id.as_str())
}

/// What was told otherwise than it was promised. Of others' appointments only the names are compared: these
/// do not change while somebody asks.
pub fn mistakes(told: &Told, appointments: &BTreeMap<String, Promised>) -> Vec<String> {
    let particulars = |id: &str| appointments.get(id)?.particulars.as_ref();
    let names: BTreeSet<&str> = told
        .heard
        .iter()
        .filter_map(|heard| Some(particulars(&heard.appointment_id)?.person.name.as_str()))
        .collect();
    let mut mistakes = Vec::new();
    for heard in &told.heard {
        let id = &heard.appointment_id;
        let Some(Particulars { person, service, .. }) = particulars(id) else { continue };
        match &heard.name {
            Some(name) if *name != person.name => {
                mistakes.push(format!("{id} is for {}, and was told as {name}'s", person.name));
            }
            None if names.len() > 1 => mistakes.push(format!("{id} was told without the name of its owner")),
            Some(_) | None => {}
        }
        if *person == told.asker && *service != heard.service {
            mistakes.push(format!("{id} is {service}, and was told as {}", heard.service));
        }
    }
    mistakes
}

/// Whether whoever asked has shown that they may hear of an appointment of a customer.
pub fn may_hear(told: &Told, appointment: &Appointment, customer: &Customer) -> bool {
    let is_said = |name: &Option<String>| name.as_ref() == Some(&told.asker.name);
    customer.has_address(&told.asker.phone)
        && match told.proof {
            Proof::CallsFromNumber => true,
            Proof::SaysNumberAndName => is_said(&appointment.name) || is_said(&customer.name),
            Proof::Nothing => false,
        }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::super::record::{Heard, Person, State};
    use super::*;

    const FAMILYS: &str = "+12015550100";

    fn person(name: &str, phone: &str) -> Person {
        Person { name: name.into(), phone: phone.into() }
    }

    /// Of one hour after the epoch, for somebody of the family.
    fn booked(name: &str) -> Promised {
        Promised {
            start: DateTime::UNIX_EPOCH + TimeDelta::hours(1),
            state: State::Booked,
            particulars: Some(Particulars {
                person: person(name, FAMILYS),
                service_id: "svc_1".into(),
                service: "Haircut".into(),
            }),
            changes: 1,
            moves_in_place: 0,
        }
    }

    fn heard(id: &str, service: &str, name: Option<&str>) -> Heard {
        Heard { appointment_id: id.into(), service: service.into(), name: name.map(str::to_owned) }
    }

    fn told(asker: Person, proof: Proof, heard: Vec<Heard>) -> Told {
        Told { at: DateTime::UNIX_EPOCH, call_id: "c1".into(), asker, proof, heard }
    }

    #[test]
    fn ones_own_are_those_under_ones_name_that_stand_and_are_still_to_come() {
        let appointments = BTreeMap::from([
            ("a".to_owned(), booked("Ada Moreno")),
            ("b".to_owned(), booked("Leo Moreno")),
            ("c".to_owned(), Promised { state: State::Cancelled, ..booked("Ada Moreno") }),
            ("d".to_owned(), Promised { start: DateTime::UNIX_EPOCH, ..booked("Ada Moreno") }),
            ("e".to_owned(), Promised { particulars: None, ..booked("Ada Moreno") }),
        ]);
        let own = |asker, proof| {
            let told = told(asker, proof, vec![]);
            own(&told, &appointments).map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(own(person("Ada Moreno", FAMILYS), Proof::CallsFromNumber), ["a"]);
        assert_eq!(own(person("Leo Moreno", FAMILYS), Proof::SaysNumberAndName), ["b"]);
        assert!(own(person("Ada Moreno", FAMILYS), Proof::Nothing).is_empty());
        assert!(own(person("Ada Moreno", "+12015550101"), Proof::SaysNumberAndName).is_empty());
    }

    #[test]
    fn it_is_said_whose_and_which_each_is() {
        let appointments =
            BTreeMap::from([("a".to_owned(), booked("Ada Moreno")), ("b".to_owned(), booked("Leo Moreno"))]);
        let mistakes = |heard| {
            let told = told(person("Ada Moreno", FAMILYS), Proof::CallsFromNumber, heard);
            mistakes(&told, &appointments)
        };
        let (ada, leo) = (Some("Ada Moreno"), Some("Leo Moreno"));
        assert!(mistakes(vec![heard("a", "Haircut", ada), heard("b", "Haircut", leo)]).is_empty());
        assert!(mistakes(vec![heard("a", "Haircut", None), heard("z", "Massage", leo)]).is_empty());
        // Leo's may have been moved to another service meanwhile.
        assert!(mistakes(vec![heard("a", "Haircut", ada), heard("b", "Massage", leo)]).is_empty());
        assert_eq!(mistakes(vec![heard("a", "Massage", None)]), ["a is Haircut, and was told as Massage"]);
        assert_eq!(mistakes(vec![heard("b", "Haircut", ada)]).len(), 1);
        assert_eq!(mistakes(vec![heard("a", "Haircut", ada), heard("b", "Haircut", None)]).len(), 1);
    }

    #[test]
    fn who_says_a_number_has_to_say_a_name_too() {
        let epoch = DateTime::UNIX_EPOCH;
        let leos = Appointment { name: Some("Leo Moreno".into()), ..Appointment::booked("a", epoch, epoch) };
        let ada = Customer::with_phone("cus_1", "Ada Moreno", FAMILYS);
        let may_hear =
            |name: &str, phone: &str, proof| may_hear(&told(person(name, phone), proof, vec![]), &leos, &ada);
        for (name, proof) in [
            ("Bea Moreno", Proof::CallsFromNumber),
            ("Leo Moreno", Proof::SaysNumberAndName),
            ("Ada Moreno", Proof::SaysNumberAndName),
        ] {
            assert!(may_hear(name, FAMILYS, proof), "{name}");
            assert!(!may_hear(name, "+12015550101", proof), "{name}");
        }
        assert!(!may_hear("Bea Moreno", FAMILYS, Proof::SaysNumberAndName));
        assert!(!may_hear("Leo Moreno", FAMILYS, Proof::Nothing));
    }
}
