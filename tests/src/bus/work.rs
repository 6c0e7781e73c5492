//! What a commit says of how it came about, and who may see what.

use chrono::{DateTime, TimeDelta, Utc};
use frontdesk_adapters::command_bus::BusError;
use frontdesk_adapters::command_bus::bus::RequestKey;
use frontdesk_adapters::crypto::MasterKey;
use frontdesk_domain::kernel::metadata::{ACTOR_KIND, COMMAND, COMMAND_ID, DECIDED_AT};
use frontdesk_domain::kernel::work::{Command, Failure, Work};
use frontdesk_domain::scheduling::business::Business;
use frontdesk_domain::scheduling::commands::services::RetireService;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::support::commits::{rows, sound_rows};
use crate::support::database::TestDatabase;
use crate::support::process::{Process, context, morning};
use crate::support::shop::{Shop, refused};
use crate::support::within;

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_carries_its_command_once_and_who_decided_it_everywhere() {
    let database = TestDatabase::create().await;
    let process = Process::start(&database, &MasterKey::generate());
    let shop = Shop::open(&process.bus).await;
    let before = sound_rows(&database.pool).await.len();
    let circumstances = context(shop.tenant);
    let booking = shop.booking(0, 1);
    process.bus.execute(&circumstances, &booking).await.expect("booked");
    let events = process.log.decode(rows(&database.pool).await).await.expect("readable");
    for (place, event) in events[before..].iter().enumerate() {
        assert_eq!(event.metadata.get(ACTOR_KIND), Some("staff"));
        assert_eq!(event.metadata.get(COMMAND_ID), Some(circumstances.command_id.to_string().as_str()));
        assert_eq!(event.metadata.get(COMMAND).is_some(), place == 0);
    }
    let command = process.log.command_of(&events[before]).await.expect("readable").expect("recorded");
    assert_eq!(command["name"], "BookAppointment");
    assert_eq!(command["command"]["offer"], serde_json::to_value(&booking.offer).expect("JSON"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_is_never_earlier_than_what_it_rests_on() {
    let database = TestDatabase::create().await;
    let master = MasterKey::generate();
    let (ahead, behind) = (Process::start(&database, &master), Process::start(&database, &master));
    let shop = Shop::open(&behind.bus).await;
    let later = morning() + TimeDelta::minutes(10);
    ahead.clock.set(later);
    let booked = shop.book(&ahead.bus, 5, 1).await.expect("booked").output;
    shop.cancel(&behind.bus, booked.id).await.expect("cancelled");
    let events = process_events(&behind, &database).await;
    let decided: DateTime<Utc> =
        events.last().expect("events").metadata.instant(DECIDED_AT).expect("an instant");
    assert_eq!(decided, later);
}

async fn process_events(
    process: &Process,
    database: &TestDatabase,
) -> Vec<frontdesk_domain::kernel::recorded::RecordedEvent> {
    process.log.decode(rows(&database.pool).await).await.expect("readable")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_another_business_does_not_exist() {
    let database = TestDatabase::create().await;
    let process = Process::start(&database, &MasterKey::generate());
    let (mine, other) = (Shop::open(&process.bus).await, Shop::open(&process.bus).await);
    let theirs = other.book(&process.bus, 0, 1).await.expect("booked").output;
    let before = sound_rows(&database.pool).await.len();
    assert_eq!(refused(mine.cancel(&process.bus, theirs.id).await), "appointment-not-found");
    let retire = RetireService { service_id: other.service };
    assert_eq!(refused(process.bus.execute(&context(mine.tenant), &retire).await), "service-not-found");
    let foreign_service = Shop { service: other.service, ..mine.clone() };
    assert_eq!(refused(foreign_service.book(&process.bus, 0, 1).await), "service-not-found");
    let foreign_resource = Shop { resource: other.resource, ..mine.clone() };
    assert_eq!(refused(foreign_resource.book(&process.bus, 0, 1).await), "slot-no-longer-offered");
    assert_eq!(sound_rows(&database.pool).await.len(), before);

    // Under a key the refusal is recorded, on the stream of the one who asked.
    let key = RequestKey::of(mine.tenant, "caller", "k", "f".into());
    let render = |result: Result<_, frontdesk_domain::kernel::refusal::Refusal>| match result {
        Ok(_) => (200, json!({})),
        Err(refusal) => (404, json!({ "type": refusal.slug })),
    };
    let reply =
        process.bus.execute_once(&context(mine.tenant), &retire, &key, render).await.expect("answered");
    assert_eq!((reply.status, reply.body), (404, json!({ "type": "service-not-found" })));
    // The same person with the same number is another customer to another business.
    let booked = mine.book(&process.bus, 0, 1).await.expect("booked").output;
    assert_ne!(booked.customer.map(|(id, _)| id), theirs.customer.map(|(id, _)| id));
}

/// It loads what is known, again and again.
#[derive(Debug, Serialize, Deserialize)]
struct GoOnWithoutEnd {}

impl Command for GoOnWithoutEnd {
    const NAME: &'static str = "GoOnWithoutEnd";
    type Output = ();

    async fn decide<W: Work>(&self, work: &W) -> Result<(), Failure> {
        loop {
            work.load::<Business>(work.tenant()).await?;
        }
    }
}

/// Its deadline does not end it: it never waits.
#[tokio::test(flavor = "multi_thread")]
async fn a_decision_that_computes_without_end_is_ended_and_holds_nobody_up() {
    let database = TestDatabase::create().await;
    let process = Process::start(&database, &MasterKey::generate());
    let shop = Shop::open(&process.bus).await;
    let going_on = tokio::spawn({
        let (bus, context) = (process.bus.clone(), context(shop.tenant));
        async move { bus.execute(&context, &GoOnWithoutEnd {}).await.map(drop) }
    });
    let ended = within(going_on).await.expect("an answer");
    assert!(matches!(ended, Err(BusError::TooMuchWork)), "{ended:?}");
    shop.book(&process.bus, 0, 1).await.expect("booked");
}
