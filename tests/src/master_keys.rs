//! Changing the master key, and what is refused with a wrong one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use frontdesk_adapters::crypto::{DeploymentSecrets, MasterKey, MasterKeys, SealingKey, WrappingKeys};
use frontdesk_adapters::event_log::keys::place;
use frontdesk_adapters::master_keys::rotation::{Status, rotate, status};
use frontdesk_adapters::master_keys::{DeploymentKeys, MasterKeyError, open};
use frontdesk_domain::kernel::ids::{BusinessId, StreamId};
use frontdesk_domain::kernel::personal::SubjectId;
use serde_json::{Value, json};
use sqlx::ConnectOptions;
use tokio::process::Command;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::release_before::fixture::Release;
use crate::support::app::{Garage, TestApp};
use crate::support::binary::frontdesk;
use crate::support::database::TestDatabase;
use crate::support::{until, within};

/// Keys of people who never come, so that a change takes a while.
const BYSTANDERS: usize = 10_000;
/// The secrets of the deployment are wrapped, too.
const SECRETS: u64 = 5;

fn with(current: &MasterKey, others: &[&MasterKey]) -> MasterKeys {
    MasterKeys::new(current.clone(), others.iter().map(|key| (*key).clone()).collect())
}

async fn opened(database: &TestDatabase, masters: &MasterKeys) -> Result<DeploymentKeys, MasterKeyError> {
    open(&database.pool, masters).await
}

#[track_caller]
fn refused_as_wrong(opened: Result<DeploymentKeys, MasterKeyError>, key: &MasterKey) {
    assert!(matches!(&opened, Err(MasterKeyError::Wrong(id)) if *id == key.id()), "{opened:?}");
}

fn hash(secrets: &DeploymentSecrets) -> String {
    secrets.hasher().hash("phone", b"+573001234567").to_string()
}

/// Keys of people, as a process with this master key makes them.
async fn add_keys(database: &TestDatabase, master: &MasterKey, count: usize) {
    let wrapping = WrappingKeys::of(&master.clone().into());
    let tenant = BusinessId::from_uuid(Uuid::from_u128(1));
    let subjects: Vec<Uuid> = (0..count).map(|_| Uuid::now_v7()).collect();
    let wrap = |subject: &Uuid| wrapping.wrap(&SealingKey::generate(), &place((tenant, SubjectId(*subject))));
    let wrapped: Vec<Vec<u8>> = subjects.iter().map(wrap).collect();
    let insert = "insert into subject_keys (tenant_id, subject_id, key_id, wrapped_key)
        select $1, subject, gen_random_uuid(), wrapped from unnest($2::uuid[], $3::bytea[]) as k (subject, wrapped)";
    let insert = sqlx::query(insert).bind(tenant.uuid()).bind(&subjects).bind(wrapped);
    insert.execute(&mut database.as_owner().await).await.expect("keys");
}

/// As the owner of the tables, who alone may wrap anew.
async fn rotated(database: &TestDatabase, masters: &MasterKeys) -> u64 {
    rotate(&database.owner.pool(2), masters, |_| ()).await.expect("rotated")
}

async fn looked_at(database: &TestDatabase, masters: &MasterKeys) -> Status {
    status(&database.pool, masters).await.expect("a status")
}

async fn keys_command(database: &TestDatabase, masters: &MasterKeys, command: &str) -> Command {
    let mut command = frontdesk(&["keys", command]).await;
    let others: Vec<String> = masters.others.iter().map(MasterKey::to_base64).collect();
    command
        .env("DATABASE_URL", database.owner.options().to_url_lossy().to_string())
        .env("FRONTDESK_MASTER_KEY", masters.current.to_base64())
        .env("FRONTDESK_OTHER_MASTER_KEYS", others.join(","))
        .env("FRONTDESK_LOG", "warn");
    command
}

async fn told(mut command: Command) -> (bool, String) {
    let output = within(command.output()).await.expect("an output");
    let text =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    (output.status.success(), text)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_master_key_is_refused_by_an_empty_store_too() {
    let database = TestDatabase::create().await;
    let (right, wrong) = (MasterKey::generate(), MasterKey::generate());
    // Of two that start at once on an empty store with different keys one is the first.
    let (one_key, other_key) = (with(&right, &[]), with(&wrong, &[]));
    let (one, other) = tokio::join!(opened(&database, &one_key), opened(&database, &other_key));
    let (right, wrong) = if one.is_ok() { (right, wrong) } else { (wrong, right) };
    assert_ne!(one.is_ok(), other.is_ok(), "{one:?} {other:?}");
    let keys = opened(&database, &with(&right, &[])).await.expect("the right one");
    assert_eq!(hash(&keys.secrets), hash(&DeploymentSecrets::first(&right)));
    refused_as_wrong(opened(&database, &with(&wrong, &[])).await, &wrong);

    let (done, text) = told(keys_command(&database, &with(&wrong, &[]), "rotate").await).await;
    assert!(
        !done && text.contains("belongs to another master key") && text.contains(&wrong.id().to_string())
    );
    let mut serve = frontdesk(&["serve", "--listen", "127.0.0.1:0"]).await;
    serve.env("DATABASE_URL", database.owner.options().to_url_lossy().to_string());
    serve.env("FRONTDESK_MASTER_KEY", wrong.to_base64());
    let (served, text) = told(serve).await;
    assert!(!served && text.contains("belongs to another master key"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_of_the_release_before_takes_its_own_key_only_and_keeps_its_hashes() {
    let release = Release::before();
    let database = release.database().await;
    let (right, other) = (release.master_key(), MasterKey::generate());
    refused_as_wrong(opened(&database, &with(&other, &[])).await, &other);
    // Which of two is the one that it has had until now nobody can tell.
    for masters in [with(&other, &[&right]), with(&right, &[&other])] {
        let early = opened(&database, &masters).await;
        assert!(matches!(early, Err(MasterKeyError::OthersAtFirst)), "{early:?}");
    }
    let keys = opened(&database, &with(&right, &[])).await.expect("the right one");
    assert_eq!(hash(&keys.secrets), hash(&DeploymentSecrets::first(&right)));

    let both = with(&other, &[&right]);
    let before = looked_at(&database, &both).await;
    assert!(before.unnamed > 0 && before.foreign == 0, "{before:?}");
    assert_eq!(rotated(&database, &both).await, before.left(other.id()));
    assert_eq!(looked_at(&database, &both).await.left(other.id()), 0);
    refused_as_wrong(opened(&database, &with(&right, &[])).await, &right);
    let keys = opened(&database, &with(&other, &[])).await.expect("the new one");
    assert_eq!(hash(&keys.secrets), hash(&DeploymentSecrets::first(&right)), "hashes stay");
}

/// A customer whose name was written by one process and changed by the other.
struct Regular {
    id: String,
    phone: String,
    contact_point: Value,
    name: String,
}

/// Registers customers by one process and renames them by the other, until told to stop.
async fn serve_people(here: Garage, there: Garage, number: usize, stop: Arc<AtomicBool>) -> Vec<Regular> {
    let mut regulars = Vec::new();
    while !stop.load(Ordering::SeqCst) {
        let phone = format!("+5730{number}{:06}", regulars.len());
        let body = json!({ "name": "Somebody", "phone": phone });
        let registered = here.post("/customers", body).await.expect(201);
        let name = format!("Customer {number}-{}", regulars.len());
        let path = there.path(&format!("/customers/{}", registered.id()));
        there.client.put(&path, json!({ "name": name })).await.expect(200);
        let contact_point = registered.body["contact_points"][0]["id"].clone();
        regulars.push(Regular { id: registered.id(), phone, contact_point, name });
    }
    regulars
}

#[tokio::test(flavor = "multi_thread")]
async fn the_master_key_is_changed_while_two_processes_serve_and_nothing_else_changes() {
    let (old, new) = (MasterKey::generate(), MasterKey::generate());
    let first = TestApp::builder().master_key(&old).start().await;
    let garage = Garage::open(&first, "Garage").await;
    let slots = garage.slots("tomorrow").await;
    let booked = garage.book(&slots[0], 1).await.expect(201);
    let position = booked.position.clone().expect("a position");
    let database = first.database.clone();
    first.process.stop().await;
    add_keys(&database, &old, BYSTANDERS).await;

    // Half of the deployment has been restarted with the new key as the current one.
    let start = |current: &MasterKey, others: &[&MasterKey]| {
        let builder = TestApp::builder().master_key(current);
        builder.other_master_keys(&with(current, others).others).start_on(database.clone())
    };
    let (behind, ahead) = (start(&old, &[&new]).await, start(&new, &[&old]).await);
    let (stop, batches) = (Arc::new(AtomicBool::new(false)), AtomicUsize::new(0));
    let mut load = JoinSet::new();
    for number in 10..14 {
        let (here, there) = if number % 2 == 0 { (&behind, &ahead) } else { (&ahead, &behind) };
        load.spawn(serve_people(garage.at(here), garage.at(there), number, stop.clone()));
    }
    let both = with(&new, &[&old]);
    let count_batch = |_| {
        batches.fetch_add(1, Ordering::SeqCst);
    };
    rotate(&database.owner.pool(2), &both, count_batch).await.expect("rotated");
    assert!(batches.load(Ordering::SeqCst) >= BYSTANDERS / 500, "{batches:?}");
    stop.store(true, Ordering::SeqCst);
    let regulars: Vec<Regular> = within(load.join_all()).await.into_iter().flatten().collect();
    assert!(regulars.len() > 4, "{}", regulars.len());

    // One that has not been restarted has gone on with the old key.
    behind.process.stop().await;
    add_keys(&database, &old, 1).await;
    let left = looked_at(&database, &both).await.left(new.id());
    assert!(left >= 1, "{left}");
    let early = opened(&database, &with(&new, &[])).await;
    assert!(matches!(early, Err(MasterKeyError::NotRotated)), "{early:?}");
    assert_eq!(rotated(&database, &both).await, left);
    assert_eq!(looked_at(&database, &both).await.left(new.id()), 0);
    ahead.process.stop().await;

    refused_as_wrong(opened(&database, &with(&old, &[])).await, &old);
    let after = start(&new, &[]).await;
    let garage = garage.at(&after);
    garage.get(&format!("/appointments/{}?min_position={position}", booked.id())).await.expect(200);
    garage.book(&slots[1], 2).await.expect(201);
    let answer = garage.answer("call-1", "t1", "take_message", json!({ "message": "Call me" })).await;
    assert_eq!(answer["status"], "taken", "{answer}");
    after.operator().get("/api/v1/jobs").await.expect(200);
    for Regular { id, phone, contact_point, name } in &regulars {
        let path = garage.path(&format!("/customers/{id}"));
        let shown = garage.client.get(&path).await.expect(200).body;
        assert_eq!(
            (shown["name"].as_str(), shown["phone"].as_str()),
            (Some(name.as_str()), Some(phone.as_str()))
        );
        assert_eq!(&shown["contact_points"][0]["id"], contact_point);
        // The number still leads to them.
        let again = json!({ "kind": "phone", "address": phone });
        let again = garage.post(&format!("/customers/{id}/contact-points"), again).await.expect(201);
        assert_eq!(again.body["version"], shown["version"], "{}", again.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_is_killed_goes_on_where_it_was() {
    let database = TestDatabase::create().await;
    let (old, new) = (MasterKey::generate(), MasterKey::generate());
    opened(&database, &with(&old, &[])).await.expect("a deployment");
    add_keys(&database, &old, BYSTANDERS).await;
    let both = with(&new, &[&old]);
    let by_new = async || looked_at(&database, &both).await.by_master[&new.id()];
    let mut before = 0;
    for _ in 0..2 {
        let mut command = keys_command(&database, &both, "rotate").await;
        let mut running = command.stdout(std::process::Stdio::null()).spawn().expect("it runs");
        until(|| async { by_new().await > before + 500 }).await;
        // SIGKILL: it can finish nothing.
        running.kill().await.expect("killed");
        let reached = by_new().await;
        assert!(reached < BYSTANDERS as u64, "it was killed too late");
        opened(&database, &both).await.expect("whoever has both keys goes on");
        before = reached;
    }
    let (done, text) = told(keys_command(&database, &both, "status").await).await;
    assert!(done && text.contains(&format!("{} (current)", new.id())), "{text}");
    let (done, text) = told(keys_command(&database, &both, "rotate").await).await;
    assert!(done && text.contains(&format!("everything is wrapped by {}", new.id())), "{text}");
    let expected = [(old.id(), 0), (new.id(), BYSTANDERS as u64 + SECRETS)].into();
    let status = looked_at(&database, &both).await;
    assert_eq!(status, Status { by_master: expected, unnamed: 0, foreign: 0 });
    opened(&database, &with(&new, &[])).await.expect("the new one alone");

    // Back, with the keys changing places.
    let back = with(&old, &[&new]);
    assert_eq!(rotated(&database, &back).await, BYSTANDERS as u64 + SECRETS);
    opened(&database, &with(&old, &[])).await.expect("the old one alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_destroyed_meanwhile_stays_destroyed() {
    let database = Arc::new(TestDatabase::create().await);
    let (old, new) = (MasterKey::generate(), MasterKey::generate());
    opened(&database, &with(&old, &[])).await.expect("a deployment");
    add_keys(&database, &old, 3).await;
    // Somebody is being erased: not committed yet when the change comes by.
    let mut eraser = database.as_owner().await;
    let erase = "begin; update subject_keys set wrapped_key = null, destroyed_at = now()
                 where subject_id = (select min(subject_id::text)::uuid from subject_keys)";
    sqlx::raw_sql(erase).execute(&mut eraser).await.expect("erased");
    let changing = tokio::spawn({
        let (database, both) = (database.clone(), with(&new, &[&old]));
        async move { rotated(&database, &both).await }
    });
    // Who waits for what, only the owner sees of others.
    let owner = database.owner.pool(1);
    until(|| async {
        let waits = "select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')";
        sqlx::query_scalar(waits).fetch_one(&owner).await.expect("an answer")
    })
    .await;
    sqlx::raw_sql("commit").execute(&mut eraser).await.expect("committed");
    assert_eq!(within(changing).await.expect("changed"), 2 + SECRETS);
    let destroyed = "select count(*) from subject_keys where wrapped_key is null";
    let destroyed: i64 = sqlx::query_scalar(destroyed).fetch_one(&database.pool).await.expect("a number");
    assert_eq!(destroyed, 1);
    opened(&database, &with(&new, &[])).await.expect("the new one alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_no_master_key_opens_is_told_and_left_alone() {
    let database = TestDatabase::create().await;
    let [old, new, lost] = std::array::from_fn(|_| MasterKey::generate());
    opened(&database, &with(&old, &[])).await.expect("a deployment");
    add_keys(&database, &old, 2).await;
    add_keys(&database, &lost, 1).await;
    let both = with(&new, &[&old]);
    rotated(&database, &both).await;
    let status = looked_at(&database, &both).await;
    assert_eq!((status.foreign, status.left(new.id())), (1, 1));
    let refused = opened(&database, &both).await;
    assert!(matches!(refused, Err(MasterKeyError::NotRotated)), "{refused:?}");
    opened(&database, &with(&new, &[&lost])).await.expect("with the one that was missing");
}
