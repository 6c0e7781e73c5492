//! One key for each person, whoever is first; and nothing more about a person whose key is destroyed.

use std::sync::Arc;

use cqrs_es::{Aggregate, DomainEvent};
use frontdesk_adapters::crypto::MasterKey;
use frontdesk_adapters::event_log::append::Expectation;
use frontdesk_adapters::event_log::appender::Priority;
use frontdesk_adapters::event_log::codec::Erased;
use frontdesk_adapters::event_log::keys::KeyError;
use frontdesk_adapters::event_log::{
    CommitError, Draft, DraftAttachment, DraftEvent, EventLog, Outcome, ReadError,
};
use frontdesk_domain::kernel::ids::{CommitId, CustomerId, EventId, StreamId};
use frontdesk_domain::kernel::metadata::Metadata;
use frontdesk_domain::kernel::personal::{Personal, SubjectId};
use frontdesk_domain::kernel::recorded::{RecordedEvent, Stream};
use frontdesk_domain::people::customer::{Customer, CustomerDetails, CustomerEvent};
use serde_json::{Value, json};
use sqlx::PgPool;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::support::commits::{deadline, sound_rows, tenant};
use crate::support::database::TestDatabase;
use crate::support::locks::HeldLog;
use crate::support::process::{Process, morning};
use crate::support::shop::name;
use crate::support::within;

/// Says something about a person, on a stream of its own.
fn about(subject: SubjectId, said: &str) -> Draft {
    let details = CustomerDetails { name: Personal::new(subject, name(said)), addresses: vec![] };
    let event = CustomerEvent::CustomerRegistered { details };
    let stream = Stream { aggregate_type: Customer::TYPE, id: Uuid::now_v7() };
    Draft {
        id: CommitId::from_uuid(Uuid::now_v7()),
        tenant: tenant(),
        expectations: vec![Expectation { stream, version: 0 }],
        events: vec![DraftEvent {
            stream,
            sequence: 1,
            id: EventId::from_uuid(Uuid::now_v7()),
            event_type: event.event_type(),
            event_version: event.event_version(),
            payload: serde_json::to_value(&event).expect("JSON"),
            metadata: Metadata::default(),
        }],
        command: json!({ "name": "Say", "said": Personal::in_command(said.to_owned()) }),
        command_subject: subject,
        attachments: Vec::new(),
    }
}

fn somebody() -> SubjectId {
    SubjectId::of(CustomerId::from_uuid(Uuid::now_v7()))
}

async fn say(log: &EventLog, draft: &Draft) -> Result<(), CommitError> {
    match log.commit(draft, Priority::Normal, deadline()).await? {
        Outcome::Committed(_) => Ok(()),
        Outcome::Moved(moved) => panic!("a new stream cannot have moved: {moved:?}"),
    }
}

async fn recorded(log: &EventLog) -> Result<Vec<RecordedEvent>, ReadError> {
    let rows = crate::support::commits::rows(log.pool()).await;
    log.decode(rows).await
}

/// What was said in each event: `None` where it is erased.
fn said(events: &[RecordedEvent]) -> Vec<Option<String>> {
    let said = |event: &RecordedEvent| {
        let CustomerEvent::CustomerRegistered { details } = event.decode().expect("a customer") else {
            panic!("registered")
        };
        details.name.known().map(|name| name.as_str().to_owned())
    };
    events.iter().map(said).collect()
}

async fn keys(pool: &PgPool) -> i64 {
    sqlx::query_scalar("select count(*) from subject_keys").fetch_one(pool).await.expect("a number")
}

async fn destroy(database: &TestDatabase, subject: SubjectId) {
    let mut owner = database.as_owner().await;
    let destroyed =
        sqlx::query("update subject_keys set wrapped_key = null, destroyed_at = now() where subject_id = $1")
            .bind(subject.0)
            .execute(&mut owner)
            .await
            .expect("destroyed");
    assert_eq!(destroyed.rows_affected(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_that_meet_a_person_at_once_end_up_with_one_key_and_both_can_read() {
    let database = TestDatabase::create().await;
    let master = MasterKey::generate();
    let processes = [Process::start(&database, &master), Process::start(&database, &master)];
    let people: Vec<SubjectId> = (0..10).map(|_| somebody()).collect();
    // Both encrypt with keys of their own before either has written.
    let held = HeldLog::of(&database).await;
    let mut writers = JoinSet::new();
    for (number, process) in processes.iter().enumerate() {
        for subject in &people {
            let (log, draft) = (process.log.clone(), about(*subject, &format!("by {number}")));
            writers.spawn(async move { say(&log, &draft).await });
        }
    }
    held.until_waiting(2).await;
    held.let_go().await;
    for result in within(writers.join_all()).await {
        result.expect("written");
    }
    assert_eq!(keys(&database.pool).await, people.len() as i64);
    sound_rows(&database.pool).await;
    let third = Process::start(&database, &master);
    for process in processes.iter().chain([&third]) {
        let mut said = said(&recorded(&process.log).await.expect("readable"));
        said.sort_unstable();
        let expected = ["by 0", "by 1"].map(|said| vec![Some(said.to_owned()); people.len()]).concat();
        assert_eq!(said, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_process_that_says_much_about_a_new_person_at_once_makes_one_key() {
    let database = TestDatabase::create().await;
    let process = Process::start(&database, &MasterKey::generate());
    let subject = somebody();
    let mut writers = JoinSet::new();
    for number in 0..50 {
        let (log, draft) = (process.log.clone(), about(subject, &format!("{number}")));
        writers.spawn(async move { say(&log, &draft).await });
    }
    within(writers.join_all()).await.into_iter().for_each(|result| result.expect("written"));
    assert_eq!(keys(&database.pool).await, 1);
    assert_eq!(said(&recorded(&process.log).await.expect("readable")).len(), 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_more_is_written_about_somebody_whose_key_is_destroyed_and_the_rest_reads_on() {
    let database = TestDatabase::create().await;
    let master = MasterKey::generate();
    // One that knows the key, and one that has never met the person.
    let (knowing, new) = (Process::start(&database, &master), Process::start(&database, &master));
    let (erased, other) = (somebody(), somebody());
    say(&knowing.log, &about(erased, "Ada")).await.expect("written");
    say(&knowing.log, &about(other, "Grace")).await.expect("written");
    destroy(&database, erased).await;

    for process in [&knowing, &new, &knowing, &new] {
        let result = say(&process.log, &about(erased, "Ada again")).await;
        assert!(
            matches!(result, Err(CommitError::Erased(Erased(subject))) if subject == erased),
            "{result:?}"
        );
    }
    say(&new.log, &about(other, "Grace again")).await.expect("others are written about");

    let expected = [None, Some("Grace".to_owned()), Some("Grace again".to_owned())];
    for process in [&knowing, &new, &Process::start(&database, &master)] {
        let events = recorded(&process.log).await.expect("an erased person is no error");
        assert_eq!(said(&events), expected);
        let command = process.log.command_of(&events[0]).await.expect("no error").expect("a command");
        assert_eq!(command["said"], json!({ "$personal": { "subject": erased, "erased": true } }));
    }
    sound_rows(&database.pool).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_about_several_people_of_whom_one_is_erased_is_refused_whole() {
    let database = TestDatabase::create().await;
    let process = Process::start(&database, &MasterKey::generate());
    let (erased, other) = (somebody(), somebody());
    say(&process.log, &about(erased, "Ada")).await.expect("written");
    destroy(&database, erased).await;
    let mut both = about(other, "Grace");
    both.events
        .extend(about(erased, "Ada").events.into_iter().map(|event| DraftEvent { sequence: 1, ..event }));
    both.expectations.push(Expectation { stream: both.events[1].stream, version: 0 });
    assert!(
        matches!(say(&process.log, &both).await, Err(CommitError::Erased(Erased(subject))) if subject == erased)
    );
    assert_eq!(sound_rows(&database.pool).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_master_key_is_an_error_to_readers_and_writers() {
    let database = TestDatabase::create().await;
    let right = Process::start(&database, &MasterKey::generate());
    let wrong = Process::start(&database, &MasterKey::generate());
    let subject = somebody();
    say(&right.log, &about(subject, "Ada")).await.expect("written");
    let read = recorded(&wrong.log).await;
    let Err(ReadError::Unreadable(unreadable)) = read else { panic!("{read:?}") };
    assert!(unreadable.reason.contains("no master key of this process"), "{unreadable}");
    let wrote = say(&wrong.log, &about(subject, "Bob")).await;
    assert!(matches!(wrote, Err(CommitError::Read(ReadError::Key(KeyError::WrongMasterKey)))), "{wrote:?}");
    assert_eq!(said(&recorded(&right.log).await.expect("readable")), [Some("Ada".to_owned())]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_body_opens_for_its_tenant_until_its_subject_is_erased() {
    let database = TestDatabase::create().await;
    let master = MasterKey::generate();
    let process = Process::start(&database, &master);
    let (subject, of) = (somebody(), Uuid::now_v7());
    let mut draft = about(subject, "Ada");
    let content = b"{\"transcript\":\"I am Ada\"}".to_vec();
    draft.attachments =
        vec![DraftAttachment { of, subject, content: Arc::new(content.clone()), expires_at: morning() }];
    say(&process.log, &draft).await.expect("written");
    let read = async |log: &EventLog| log.attachment(tenant(), of, subject).await.expect("no error");
    assert_eq!(read(&process.log).await, Some(content));
    let stored: Vec<u8> = sqlx::query_scalar("select body from webhook_bodies")
        .fetch_one(&database.pool)
        .await
        .expect("a body");
    assert!(!stored.windows(3).any(|bytes| bytes == b"Ada"));
    destroy(&database, subject).await;
    assert_eq!(read(&Process::start(&database, &master).log).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cipher_text_that_was_moved_or_altered_is_an_error_that_names_its_position() {
    let database = TestDatabase::create().await;
    let process = Process::start(&database, &MasterKey::generate());
    let subject = somebody();
    say(&process.log, &about(subject, "Ada")).await.expect("written");
    say(&process.log, &about(subject, "Grace")).await.expect("written");
    let unreadable_at = async |position| match recorded(&process.log).await {
        Err(ReadError::Unreadable(unreadable)) => assert_eq!(unreadable.position, position, "{unreadable}"),
        other => panic!("it cannot be read: {other:?}"),
    };
    for (position, payload) in [
        // Another event's, about the same person; nothing at all; and what is no sealed leaf.
        (2, "(select payload from events where position = 1)"),
        (1, r#"'{"type":"CustomerRegistered","details":{"name":{"$personal":{}}}}'"#),
        (1, r#"'{"type":"CustomerRegistered","details":{"name":{"$personal":"Ada"}}}'"#),
    ] {
        let kept = "create table kept as select * from events";
        database
            .tamper(&format!("{kept}; update events set payload = {payload} where position = {position}"))
            .await;
        unreadable_at(position).await;
        let back = "update events e set payload = k.payload from kept k where k.position = e.position; drop table kept";
        database.tamper(back).await;
    }
    let mut payload: Value =
        serde_json::from_str(crate::support::commits::rows(&database.pool).await[0].payload.0.get())
            .expect("JSON");
    let leaf = &mut payload["details"]["name"]["$personal"];
    for (field, value) in
        [("key", json!(Uuid::new_v4())), ("subject", json!(Uuid::new_v4())), ("sealed", json!("AAAA"))]
    {
        let right = std::mem::replace(&mut leaf[field], value);
        let altered = leaf.to_string();
        leaf[field] = right;
        let payload =
            format!(r#"{{"type":"CustomerRegistered","details":{{"name":{{"$personal":{altered}}}}}}}"#);
        database.tamper(&format!("update events set payload = '{payload}' where position = 1")).await;
        unreadable_at(1).await;
    }
}

/// A cache admits what it likes, and forgets when it likes.
#[tokio::test(flavor = "multi_thread")]
async fn people_s_data_are_read_whatever_the_cache_of_keys_keeps() {
    let database = TestDatabase::create().await;
    let process = Process::start(&database, &MasterKey::generate());
    for said in ["one", "another", "a third"] {
        say(&process.log, &about(somebody(), said)).await.expect("written");
    }
    let forgetful = process.log.with_keys_kept(0);
    let events = recorded(&forgetful).await.expect("readable");
    let expected = ["one", "another", "a third"].map(|said| Some(said.to_owned()));
    assert_eq!(said(&events), expected);
    assert!(forgetful.command_of(&events[2]).await.expect("readable").is_some());
}
