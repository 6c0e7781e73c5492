//! The log through the eyes of `cqrs_es`.

use std::collections::HashMap;

use cqrs_es::persist::{PersistedEventRepository, PersistedEventStore, PersistenceError, SerializedEvent};
use cqrs_es::{Aggregate, AggregateContext, AggregateError, CqrsFramework, EventStore};
use frontdesk_adapters::crypto::MasterKey;
use frontdesk_adapters::event_log::EventLog;
use frontdesk_adapters::event_log::repository::CqrsRepository;
use frontdesk_domain::kernel::ids::{BusinessId, ResourceId, StreamId};
use frontdesk_domain::kernel::personal::{Personal, SubjectId};
use frontdesk_domain::kernel::upcast::Upcaster;
use frontdesk_domain::people::contact_address::ContactAddress;
use frontdesk_domain::people::customer::{Customer, CustomerCommand, CustomerDetails, CustomerError};
use frontdesk_domain::scheduling::service::{Service, ServiceCommand, ServiceDetails, ServiceEvent};
use uuid::Uuid;

use crate::support::commits::{sound_rows, tenant};
use crate::support::database::TestDatabase;
use crate::support::process::Process;
use crate::support::shop::{name, service_details};

fn store<A: Aggregate>(log: &EventLog) -> PersistedEventStore<CqrsRepository, A> {
    PersistedEventStore::new_event_store(CqrsRepository::new(log.clone(), tenant()))
}

fn framework<A: Aggregate<Services = ()> + 'static>(
    log: &EventLog,
) -> CqrsFramework<A, PersistedEventStore<CqrsRepository, A>> {
    CqrsFramework::new(store(log), vec![], ())
}

fn details(minutes: u32) -> ServiceDetails {
    ServiceDetails { duration_minutes: minutes, ..service_details(ResourceId::from_uuid(Uuid::from_u128(7))) }
}

fn new_id() -> String {
    Uuid::now_v7().to_string()
}

async fn service(log: &EventLog, id: &str) -> Service {
    store::<Service>(log).load_aggregate(id).await.expect("loaded").aggregate().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_framework_loads_decides_and_commits_over_the_log() {
    let database = TestDatabase::create().await;
    let process = Process::start(&database, &MasterKey::generate());
    let (services, id) = (framework::<Service>(&process.log), new_id());
    services.execute(&id, ServiceCommand::Add { details: details(10) }).await.expect("added");
    let metadata = HashMap::from([("actor_kind".to_owned(), "staff".to_owned())]);
    let change = ServiceCommand::Change { details: details(20) };
    services.execute_with_metadata(&id, change, metadata).await.expect("changed");
    let refused = services.execute(&id, ServiceCommand::Add { details: details(30) }).await;
    assert!(matches!(refused, Err(AggregateError::UserError(_))), "{refused:?}");
    assert_eq!(service(&process.log, &id).await.bookable().expect("bookable").duration_minutes, 20);
    let rows = sound_rows(&database.pool).await;
    assert_eq!(rows.len(), 2);
    assert!(rows[1].metadata.0.get().contains("\"actor_kind\":\"staff\""));
    let events = store::<Service>(&process.log).load_events(&id).await.expect("loaded");
    let sequences: Vec<usize> = events.iter().map(|event| event.sequence).collect();
    assert_eq!(sequences, [1, 2]);
    assert_eq!(events[1].metadata["actor_kind"], "staff");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_on_a_version_that_is_no_longer_current_is_an_aggregate_conflict() {
    let database = TestDatabase::create().await;
    let process = Process::start(&database, &MasterKey::generate());
    let (store, id) = (store::<Service>(&process.log), new_id());
    let both = [store.load_aggregate(&id).await.expect("new"), store.load_aggregate(&id).await.expect("new")];
    let mut results = Vec::new();
    for (context, minutes) in both.into_iter().zip([10, 20]) {
        let added = ServiceEvent::ServiceAdded { details: details(minutes) };
        results.push(store.commit(vec![added], context, HashMap::new()).await.map(drop));
    }
    assert!(matches!(results[..], [Ok(()), Err(AggregateError::AggregateConflict)]), "{results:?}");
    assert_eq!(service(&process.log, &id).await.bookable().expect("the first stands").duration_minutes, 10);
    assert_eq!(sound_rows(&database.pool).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn people_s_data_pass_through_the_framework_encrypted() {
    let database = TestDatabase::create().await;
    let process = Process::start(&database, &MasterKey::generate());
    let id = Uuid::now_v7();
    let subject = SubjectId(id);
    let email = Personal::new(subject, ContactAddress::Email("ada@example.com".parse().expect("an address")));
    let details =
        CustomerDetails { name: Personal::new(subject, name("Ada Lovelace")), addresses: vec![email] };
    let customers = framework::<Customer>(&process.log);
    customers
        .execute(&id.to_string(), CustomerCommand::Register { details: details.clone() })
        .await
        .expect("registered");
    assert!(!sound_rows(&database.pool).await[0].payload.0.get().contains("Ada"));
    let mut loaded = store::<Customer>(&process.log).load_aggregate(&id.to_string()).await.expect("loaded");
    assert_eq!(loaded.aggregate().details(), Ok(&details));
    let again = customers.execute(&id.to_string(), CustomerCommand::Register { details }).await;
    assert!(matches!(again, Err(AggregateError::UserError(CustomerError::AlreadyRegistered))), "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_streams_of_another_tenant_are_refused() {
    let database = TestDatabase::create().await;
    let process = Process::start(&database, &MasterKey::generate());
    let id = new_id();
    framework::<Service>(&process.log)
        .execute(&id, ServiceCommand::Add { details: details(10) })
        .await
        .expect("added");
    let other = CqrsRepository::new(process.log.clone(), BusinessId::from_uuid(Uuid::from_u128(2)));
    assert!(matches!(other.get_events::<Service>(&id).await, Err(PersistenceError::UnknownError(_))));
    let mut all = other.stream_all_events::<Service>().await.expect("a stream");
    assert!(all.next::<Service>(&[]).await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn snapshots_and_ids_that_are_none_are_refused_and_nothing_is_written() {
    let database = TestDatabase::create().await;
    let process = Process::start(&database, &MasterKey::generate());
    let snapshots: PersistedEventStore<_, Service> =
        PersistedEventStore::new_aggregate_store(CqrsRepository::new(process.log.clone(), tenant()));
    let add = || ServiceCommand::Add { details: details(10) };
    let result = CqrsFramework::new(snapshots, vec![], ()).execute(&new_id(), add()).await;
    assert!(matches!(result, Err(AggregateError::UnexpectedError(_))), "{result:?}");
    let result = framework::<Service>(&process.log).execute("haircut", add()).await;
    assert!(matches!(result, Err(AggregateError::UnexpectedError(_))), "{result:?}");
    assert!(sound_rows(&database.pool).await.is_empty());
}

async fn all(log: &EventLog) -> Vec<(String, usize)> {
    let mut stream =
        CqrsRepository::new(log.clone(), tenant()).stream_all_events::<Service>().await.expect("a stream");
    let mut all = Vec::new();
    while let Some(event) = stream.next::<Service>(&[]).await {
        let event = event.expect("readable");
        all.push((event.aggregate_id, event.sequence));
    }
    all
}

/// More than a page of it, on two streams by turns.
async fn write_turns(log: &EventLog, ids: [&str; 2], turns: usize) -> Vec<(String, usize)> {
    let repository = CqrsRepository::new(log.clone(), tenant());
    let mut written = Vec::new();
    for turn in 1..=turns {
        for id in ids {
            let details = details(1 + turn as u32 % 60);
            let event = if turn == 1 {
                ServiceEvent::ServiceAdded { details }
            } else {
                ServiceEvent::ServiceChanged { details }
            };
            let payload = serde_json::to_value(&event).expect("JSON");
            let event_type = cqrs_es::DomainEvent::event_type(&event);
            let event = SerializedEvent::new(
                id.into(),
                turn,
                "service".into(),
                event_type,
                "1".into(),
                payload,
                serde_json::json!({}),
            );
            repository.persist::<Service>(&[event], None).await.expect("written");
            written.push((id.to_owned(), turn));
        }
    }
    written
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_log_streams_in_its_own_order_over_many_pages() {
    let database = TestDatabase::create().await;
    let process = Process::start(&database, &MasterKey::generate());
    let (one, other) = (new_id(), new_id());
    let written = write_turns(&process.log, [&one, &other], 301).await;
    assert_eq!(all(&process.log).await, written);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_cannot_be_read_ends_a_stream_with_an_error() {
    let database = TestDatabase::create().await;
    let process = Process::start(&database, &MasterKey::generate());
    write_turns(&process.log, [&new_id(), &new_id()], 2).await;
    database.tamper("update events set aggregate_id = 'haircut' where position = 3").await;
    let repository = CqrsRepository::new(process.log.clone(), tenant());
    let mut stream = repository.stream_all_events::<Service>().await.expect("a stream");
    let mut last = None;
    while let Some(event) = stream.next::<Service>(&[]).await {
        last = Some(event);
    }
    assert!(matches!(last, Some(Err(PersistenceError::DeserializationError(_)))), "{last:?}");
}

/// Changes have lost their meaning.
const FORGETTING: &[Upcaster] = &[Upcaster {
    aggregate_type: "service",
    event_type: "ServiceChanged",
    version: "1",
    upcast: |_| Ok(vec![]),
}];

#[tokio::test(flavor = "multi_thread")]
async fn an_upcaster_that_drops_a_stream_s_last_event_does_not_block_the_stream() {
    let database = TestDatabase::create().await;
    let process = Process::start(&database, &MasterKey::generate());
    let id = new_id();
    let services = framework::<Service>(&process.log);
    services.execute(&id, ServiceCommand::Add { details: details(10) }).await.expect("added");
    services.execute(&id, ServiceCommand::Change { details: details(20) }).await.expect("changed");
    let later = process.log.with_upcasters(FORGETTING);
    assert_eq!(service(&later, &id).await.bookable().expect("bookable").duration_minutes, 10);
    framework::<Service>(&later).execute(&id, ServiceCommand::Retire).await.expect("its version counts rows");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_dropped_events_does_not_end_the_stream_of_the_whole_log() {
    let database = TestDatabase::create().await;
    let process = Process::start(&database, &MasterKey::generate());
    let (one, other, last) = (new_id(), new_id(), new_id());
    write_turns(&process.log, [&one, &other], 260).await;
    framework::<Service>(&process.log)
        .execute(&last, ServiceCommand::Add { details: details(10) })
        .await
        .expect("added");
    let later = process.log.with_upcasters(FORGETTING);
    assert_eq!(all(&later).await, [(one, 1), (other, 1), (last, 1)]);
}
