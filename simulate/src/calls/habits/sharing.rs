//! Families: several callers with one telephone, each with a name of their own.

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use crate::calls::names::{FIRST_NAMES, LAST_NAMES};
use crate::promises::record::Person;
use crate::voice::message::Call;

/// So many callers of a business in a row have one telephone, if they are a family.
const MEMBERS: usize = 4;
/// Of five such groups, so many are families.
const FAMILIES_OF_FIVE: u64 = 2;

/// One of several people with one telephone. Each has one appointment at most, so all of them can be told at
/// once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub person: Person,
    /// The telephone of a family before them, or after them.
    pub others_phone: String,
    /// Whether there are others.
    pub shares: bool,
}

/// Who the caller with this number is, if each of so many businesses is called in turn.
pub fn member(number: u64, businesses: usize) -> Member {
    let (businesses, members) = (businesses.max(1) as u64, MEMBERS as u64);
    let place = number / businesses % members;
    let first = number - place * businesses;
    let mut rng = StdRng::seed_from_u64(first);
    let shares = first / (members * businesses) % 5 < FAMILIES_OF_FIVE;
    let mut own = StdRng::seed_from_u64(number);
    let names: Vec<&str> = FIRST_NAMES.choose_multiple(&mut rng, MEMBERS).copied().collect();
    let last_name = LAST_NAMES.choose(if shares { &mut rng } else { &mut own }).copied().unwrap_or_default();
    let first_name = names.get(place as usize).copied().unwrap_or_default();
    let others = first.checked_sub(members * businesses).unwrap_or(first + members * businesses);
    Member {
        person: Person {
            name: format!("{first_name} {last_name}"),
            phone: Call::phone(if shares { first } else { number }),
        },
        others_phone: Call::phone(others),
        shares,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    #[test]
    fn a_family_has_one_telephone_and_a_name_for_each() {
        for businesses in [1, 3] {
            let mut families: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
            for number in (0..3_600).filter(|number| number % businesses == 0) {
                let Member { person, others_phone, shares } = member(number, businesses as usize);
                assert_ne!(person.phone, others_phone);
                let names = families.entry(person.phone).or_default();
                assert!(names.insert(person.name) && (shares || names.len() == 1));
            }
            let count = |members| families.values().filter(|names| names.len() == members).count();
            let (alone, together) = (count(1), count(MEMBERS));
            assert_eq!(alone + together, families.len());
            // Two groups of four with one telephone, and three with four telephones.
            assert_eq!(together * 12, alone * 2);
        }
    }

    #[test]
    fn members_of_a_family_call_the_same_business() {
        let of_business = |business: u64| -> BTreeSet<String> {
            let numbers = (0..1_200).filter(|number| number % 3 == business);
            numbers.map(|number| member(number, 3).person.phone).collect()
        };
        assert!(of_business(0).is_disjoint(&of_business(1)));
    }
}
