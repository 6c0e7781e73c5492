//! What people say of themselves stands nowhere in clear.

use frontdesk_adapters::command_bus::bus::RequestKey;
use frontdesk_adapters::crypto::MasterKey;
use frontdesk_domain::booking::commands::booking::{
    BookAppointment, CancelAppointment, RescheduleAppointment, Who,
};
use frontdesk_domain::kernel::personal::{Personal, SubjectId};
use frontdesk_domain::people::commands::customer_merges::{MergeCustomer, UndoMerge};
use frontdesk_domain::people::commands::customer_notes::{RedactNote, WriteNote};
use frontdesk_domain::people::commands::customers::{
    AddContactAddress, Person, RegisterCustomer, RenameCustomer,
};
use frontdesk_domain::people::contact_address::ContactAddress;
use frontdesk_domain::scheduling::commands::resources::AddTimeOff;
use frontdesk_domain::values::interval::Interval;
use frontdesk_domain::values::phone::PhoneNumber;
use frontdesk_domain::values::text::Note;
use serde_json::json;

use crate::support::commits::rows;
use crate::support::database::TestDatabase;
use crate::support::process::{Process, context};
use crate::support::shop::{Shop, name, person};

/// Every row of every table of the log, as text.
async fn everything(database: &TestDatabase) -> String {
    let mut text = String::new();
    for table in ["events", "subject_keys", "webhook_bodies", "held_deliveries", "checkpoints"] {
        let rows: Vec<String> = sqlx::query_scalar(&format!("select t::text from {table} t"))
            .fetch_all(&database.pool)
            .await
            .expect("rows");
        text.extend(rows);
    }
    text
}

fn note(text: &str) -> Option<Personal<Note>> {
    Some(Personal::in_command(Note::parse(text).expect("a note")))
}

fn ada() -> Person {
    let phone = PhoneNumber::parse("+573009998877", None).expect("a number");
    let email = "ada.lovelace@example.com".parse().expect("an address");
    Person::new(name("Ada Lovelace"), Some(phone), Some(email))
}

const SECRETS: [&str; 13] = [
    "Lovelace",
    "9998877",
    "ada.lovelace",
    "Byron",
    "knee-surgery",
    "overslept",
    "moving-house",
    "Augusta",
    "99988877766",
    "lavender",
    "hearsay",
    "married-since",
    "two-people",
];

#[tokio::test(flavor = "multi_thread")]
async fn no_name_number_address_note_or_reply_stands_in_clear_in_events_or_commands() {
    let database = TestDatabase::create().await;
    let process = Process::start(&database, &MasterKey::generate());
    let shop = Shop::open(&process.bus).await;
    let bus = &process.bus;
    let customer = bus
        .execute(&context(shop.tenant), &RegisterCustomer { person: ada() })
        .await
        .expect("registered")
        .output;
    let rename = RenameCustomer {
        customer_id: customer.id,
        name: Personal::in_command(name("Ada Byron")),
        seen_version: None,
    };
    bus.execute(&context(shop.tenant), &rename).await.expect("renamed");
    let address = Personal::in_command(ContactAddress::Whatsapp("US.99988877766".parse().expect("an id")));
    let add = AddContactAddress { customer_id: customer.id, address, seen_version: None };
    bus.execute(&context(shop.tenant), &add).await.expect("added");
    let text = note("allergic to lavender").expect("a note");
    let written = bus
        .execute(&context(shop.tenant), &WriteNote { customer_id: customer.id, text })
        .await
        .expect("written")
        .output;
    let redact = RedactNote { customer_id: customer.id, note_id: written.id, reason: note("hearsay") };
    bus.execute(&context(shop.tenant), &redact).await.expect("redacted");
    let other = bus
        .execute(&context(shop.tenant), &RegisterCustomer { person: person(1) })
        .await
        .expect("registered")
        .output;
    let merge = MergeCustomer {
        customer_id: other.id,
        into: customer.id,
        reason: note("married-since"),
        seen_version: None,
    };
    bus.execute(&context(shop.tenant), &merge).await.expect("merged");
    let undo = UndoMerge { customer_id: other.id, reason: note("two-people"), seen_version: None };
    bus.execute(&context(shop.tenant), &undo).await.expect("undone");
    let reason = note("knee-surgery");
    let off = AddTimeOff {
        resource_id: shop.resource,
        period: Interval::new(Shop::start(900), Shop::start(901)),
        reason,
    };
    bus.execute(&context(shop.tenant), &off).await.expect("added");
    let book =
        BookAppointment { note: note("Augusta comes along"), who: Who::Person(ada()), ..shop.booking(0, 0) };
    let key = RequestKey::of(shop.tenant, "caller", "key", "fingerprint".into());
    let reply = bus
        .execute_once(&context(shop.tenant), &book, &key, |result| {
            let view = result.expect("booked");
            let name = view.customer.and_then(|(_, details)| details.name.into_known());
            (201, json!({ "id": view.id.to_string(), "name": name.map(|name| name.as_str().to_owned()) }))
        })
        .await
        .expect("booked");
    assert_eq!(reply.body["name"], "Ada Byron");
    let appointment_id = reply.body["id"].as_str().and_then(|id| id.parse().ok()).expect("an id");
    let reason = note("moving-house");
    let reschedule =
        RescheduleAppointment { reason, ..RescheduleAppointment::new(appointment_id, shop.offer(3)) };
    bus.execute(&context(shop.tenant), &reschedule).await.expect("moved");
    let cancel = CancelAppointment { reason: note("overslept"), ..CancelAppointment::new(appointment_id) };
    bus.execute(&context(shop.tenant), &cancel).await.expect("cancelled");

    let everything = everything(&database).await;
    assert!(
        everything.contains("CustomerRegistered") && everything.contains("RescheduleAppointment"),
        "it is all there"
    );
    for secret in SECRETS {
        assert!(!everything.contains(secret), "{secret:?} stands in clear");
    }
    // And it is all there to be read, by whoever has the keys: in events and in commands.
    let events = process.log.decode(rows(&database.pool).await).await.expect("readable");
    let mut readable = String::new();
    for event in &events {
        readable.push_str(&event.payload.to_string());
        let command = process.log.command_of(event).await.expect("readable");
        assert_eq!(
            command.is_some(),
            events.iter().find(|first| first.commit_id == event.commit_id) == Some(event)
        );
        readable.push_str(&command.unwrap_or_default().to_string());
    }
    for secret in SECRETS {
        assert!(readable.contains(secret), "{secret:?} got lost");
    }
    for subject in [SubjectId::of(customer.id), SubjectId::of(shop.resource)] {
        let known: i64 = sqlx::query_scalar("select count(*) from subject_keys where subject_id = $1")
            .bind(subject.0)
            .fetch_one(&database.pool)
            .await
            .expect("a number");
        assert_eq!(known, 1, "each person has a key");
    }
}
