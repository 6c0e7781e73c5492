//! Version 1 of a customer's details had one phone number and one email address.

use serde_json::{Value, json};

use crate::kernel::upcast::Upcast;

pub fn registered(old: Value) -> Result<Vec<Upcast>, String> {
    with_addresses("CustomerRegistered", old)
}

pub fn changed(old: Value) -> Result<Vec<Upcast>, String> {
    with_addresses("CustomerChanged", old)
}

fn with_addresses(event_type: &str, mut old: Value) -> Result<Vec<Upcast>, String> {
    let details = old.get_mut("details").and_then(Value::as_object_mut).ok_or("no details")?;
    let mut addresses = Vec::new();
    for kind in ["phone", "email"] {
        let mut leaf = details.remove(kind).unwrap_or_default();
        if let Some(value) = leaf.pointer_mut("/$personal/value") {
            *value = json!({ "kind": kind, "address": value.take() });
        }
        if !leaf.is_null() {
            addresses.push(leaf);
        }
    }
    details.insert("addresses".to_owned(), addresses.into());
    Ok(vec![Upcast { event_type: event_type.to_owned(), version: "2".to_owned(), payload: old }])
}

#[cfg(test)]
mod tests {
    use crate::kernel::personal::{Personal, SubjectId};
    use crate::kernel::upcast::{Upcast, upcast};
    use crate::people::contact_address::ContactAddress;
    use crate::people::customer::{CustomerDetails, CustomerEvent};
    use crate::registry::UPCASTERS;
    use crate::values::text::Name;

    fn read(event_type: &str, payload: &str) -> CustomerEvent {
        let payload = serde_json::from_str(payload).expect("JSON");
        let old = Upcast { event_type: event_type.into(), version: "1".into(), payload };
        let mut now = upcast(UPCASTERS, "customer", old).expect("upcast");
        assert_eq!((now.len(), now[0].version.as_str()), (1, "2"));
        serde_json::from_value(now.remove(0).payload).expect("an event of today")
    }

    #[test]
    fn details_of_the_first_version_become_addresses() {
        let subject: SubjectId =
            serde_json::from_str("\"01890a5d-ac96-774b-bcce-b302099a8057\"").expect("a subject");
        let name = |text: &str| Personal::new(subject, Name::parse(text).expect("a name"));
        let phone = ContactAddress::Phone("+573001234567".to_owned().try_into().expect("a number"));
        let email = ContactAddress::Email("ada@example.com".parse().expect("an address"));

        let registered =
            read("CustomerRegistered", include_str!("../../../fixtures/customer-registered-1.json"));
        let addresses = vec![Personal::new(subject, phone), Personal::new(subject, email)];
        assert_eq!(
            registered,
            CustomerEvent::CustomerRegistered { details: CustomerDetails { name: name("Ada"), addresses } }
        );

        let changed = read("CustomerChanged", include_str!("../../../fixtures/customer-changed-1.json"));
        let addresses = vec![Personal::Erased { subject }];
        assert_eq!(
            changed,
            CustomerEvent::CustomerChanged {
                details: CustomerDetails { name: Personal::Erased { subject }, addresses }
            }
        );
    }
}
