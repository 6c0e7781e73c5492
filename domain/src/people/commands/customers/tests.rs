use super::*;
use crate::kernel::metadata::{Actor, ActorKind};
use crate::kernel::work::testing::{MemoryWork, ready};
use crate::people::contact_point::ContactPointEvent;
use crate::people::customer::CustomerEvent;

/// Numbers as they were recorded before they were read as today's, with today's.
const RENUMBERED: [(&str, &str); 4] = [
    ("+5215512345678", "+525512345678"),
    ("+551187654321", "+5511987654321"),
    ("+541123456789", "+5491123456789"),
    ("+5491123456789", "+541123456789"),
];

fn recorded(number: &str) -> PhoneNumber {
    serde_json::from_value(number.into()).expect("a recorded number")
}

fn person(name: &str, phone: PhoneNumber) -> Person {
    Person::new(Name::parse(name).expect("a name"), Some(phone), None)
}

/// A customer who was registered with a number in this form.
fn registered(work: &MemoryWork, number: &str) -> CustomerId {
    let id: CustomerId = work.new_id();
    let phone = recorded(number);
    let details = person("Ada", phone.clone()).about(id);
    work.given::<Customer>(id, [CustomerEvent::CustomerRegistered { details }]);
    let claimed = ContactPointEvent::ContactPointClaimed { customer_id: id };
    work.given::<ContactPoint>(claim(work, &ContactAddress::Phone(phone)), [claimed]);
    id
}

fn register(work: &MemoryWork, number: &str) -> Result<CustomerView, Failure> {
    let phone = PhoneNumber::parse(number, None).expect(number);
    ready(find_or_create(work, &person("Ada", phone)))
}

fn add(work: &MemoryWork, customer_id: CustomerId, number: &str) -> Result<CustomerView, Failure> {
    let phone = PhoneNumber::parse(number, None).expect(number);
    let address = Personal::in_command(ContactAddress::Phone(phone));
    ready(AddContactAddress { customer_id, address, seen_version: None }.decide(work))
}

#[test]
fn whoever_is_recorded_under_an_old_number_is_found_by_the_new_one() {
    for (old, new) in RENUMBERED {
        let work = MemoryWork::default();
        let ada = registered(&work, old);
        let found = register(&work, new).expect("found");
        assert_eq!((found.id, found.is_new), (ada, false), "{old}, {new}");
        // The address is shown as it was recorded, and can be removed by that.
        assert_eq!(found.contact_points[0].1, ContactAddress::Phone(recorded(old)));
        let contact_point_id = found.contact_points[0].0;
        let removed = RemoveContactAddress { customer_id: ada, contact_point_id, seen_version: None };
        assert!(ready(removed.decide(&work)).expect("removed").contact_points.is_empty());
        assert!(register(&work, new).expect("registered").is_new);
    }
}

#[test]
fn whoever_comes_with_either_number_is_one_person() {
    for (old, new) in RENUMBERED {
        let work = MemoryWork::default();
        let first = register(&work, old).expect("registered");
        let second = register(&work, new).expect("found");
        assert_eq!((first.is_new, second.is_new, second.id), (true, false, first.id), "{old}, {new}");
    }
}

#[test]
fn a_number_that_somebody_has_in_another_form_is_theirs() {
    for (old, new) in RENUMBERED {
        let work = MemoryWork::default();
        let ada = registered(&work, old);
        let ben = register(&work, "+573001112233").expect("registered").id;
        let Err(Failure::Refused(refusal)) = add(&work, ben, new) else { panic!("{new} is Ada's") };
        assert_eq!(refusal.slug, "contact-point-taken");
        let before = work.appended();
        let unchanged = add(&work, ada, new).expect("hers already");
        assert_eq!((unchanged.contact_points.len(), work.appended()), (1, before));
    }
}

/// No merge leads there. What stands in the log does not end a process all the same.
#[test]
fn a_walk_over_merges_that_go_in_a_circle_ends() {
    let work = MemoryWork::default();
    let (ada, ben) = (registered(&work, "+573001112233"), registered(&work, "+573001112244"));
    let by = || Actor::new(ActorKind::Staff, "key");
    for (one, other) in [(ada, ben), (ben, ada)] {
        let absorbed = CustomerEvent::CustomerAbsorbed {
            customer_id: other,
            addresses: vec![],
            generations: 1,
            by: by(),
        };
        work.given::<Customer>(one, [absorbed]);
    }
    assert_eq!(ready(family(&work, ada)).expect("a family"), BTreeSet::from([ada, ben]));
    for (one, other) in [(ada, ben), (ben, ada)] {
        let merged = CustomerEvent::CustomerMerged { into: other, moved: vec![], reason: None, by: by() };
        work.given::<Customer>(one, [merged]);
    }
    let Err(Failure::Refused(refusal)) = ready(find(&work, ada)) else { panic!("nobody survives") };
    assert_eq!(refusal.slug, "customer-merged-too-deep");
}
