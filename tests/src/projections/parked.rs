//! Events that a reader cannot take: tried, then parked, and nobody else waits for them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use cqrs_es::Aggregate;
use frontdesk_adapters::crypto::MasterKey;
use frontdesk_domain::booking::appointment::Appointment;
use frontdesk_domain::integrations::webhook::Webhook;
use frontdesk_domain::kernel::ids::{BusinessId, StreamId};
use frontdesk_domain::kernel::recorded::{Position, RecordedEvent, Stream, Unreadable};
use frontdesk_domain::people::customer::Customer;
use frontdesk_domain::scheduling::agenda_day::AgendaDay;
use frontdesk_domain::scheduling::business::Business;
use frontdesk_domain::scheduling::resource::Resource;
use frontdesk_domain::scheduling::service::Service;
use frontdesk_projections::parked;
use frontdesk_projections::reader::{Pace, Reader, ReaderError};
use frontdesk_projections::runner::Runner;
use futures::future::BoxFuture;
use rand::seq::IndexedRandom;
use serde_json::{Value, json};
use sqlx::{ConnectOptions, PgConnection};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::support::app::{Garage, OPERATOR_KEY, TestApp};
use crate::support::binary::{Server, frontdesk};
use crate::support::commits::{accepted, commit, new_stream, old_events};
use crate::support::database::TestDatabase;
use crate::support::process::Process;
use crate::support::source::LogSource;
use crate::support::{until, within};

const TABLE: &str = "
create schema picky_v1;
create table picky_v1.seen (position bigint primary key);
grant usage on schema picky_v1 to frontdesk_app;
grant select, insert on picky_v1.seen to frontdesk_app;
insert into checkpoints (name, version) values ('picky', 1);
";

/// How an event is not taken.
#[derive(Debug, Clone, Copy)]
enum Poison {
    Unreadable,
    Panic,
    BadData,
}

/// Writes down the position of each event that it likes.
#[derive(Debug, Clone, Default)]
struct Picky {
    poison: Arc<Mutex<BTreeMap<Position, Poison>>>,
}

impl Reader for Picky {
    fn name(&self) -> &'static str {
        "picky"
    }

    fn version(&self) -> i32 {
        1
    }

    fn aggregates(&self) -> &'static [&'static str] {
        &["note"]
    }

    fn pace(&self) -> Pace {
        Pace { retry_pauses: [std::time::Duration::from_millis(5); 4], ..Pace::USUAL }
    }

    fn take<'a>(
        &'a self,
        connection: &'a mut PgConnection,
        events: &'a [Arc<RecordedEvent>],
    ) -> BoxFuture<'a, Result<(), ReaderError>> {
        Box::pin(async move {
            for event in events {
                let poison = self.poison.lock().expect("not poisoned").get(&event.position).copied();
                sqlx::query("insert into picky_v1.seen values ($1)")
                    .bind(event.position)
                    .execute(&mut *connection)
                    .await?;
                match poison {
                    None => {}
                    Some(Poison::Panic) => panic!("no such date"),
                    Some(Poison::BadData) => {
                        sqlx::query("select 1 / 0").execute(&mut *connection).await?;
                    }
                    Some(Poison::Unreadable) => {
                        return Err(ReaderError::Unreadable(Unreadable {
                            position: event.position,
                            event_type: event.event_type.clone(),
                            reason: "of a later release".into(),
                        }));
                    }
                }
            }
            Ok(())
        })
    }
}

struct Running {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Running {
    fn start(process: &Process, picky: &Picky) -> Self {
        Self::start_build("this one", process, picky)
    }

    fn start_build(build: &'static str, process: &Process, picky: &Picky) -> Self {
        let source = Arc::new(LogSource(process.log.clone()));
        let runner = Runner::new(Arc::new(picky.clone()), source, process.pool.clone()).of_build(build);
        let stop = CancellationToken::new();
        let task = tokio::spawn({
            let stop = stop.clone();
            async move { runner.run(stop).await }
        });
        Self { stop, task }
    }

    async fn stop(self) {
        self.stop.cancel();
        within(self.task).await.expect("stopped");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_reader_does_not_take_is_parked_with_what_follows_it_and_all_else_goes_on() {
    let database = TestDatabase::create().await;
    sqlx::raw_sql(TABLE).execute(&mut database.as_owner().await).await.expect("a table");
    let process = Process::start(&database, &MasterKey::generate());
    // Ten streams with three events each, one stream after the other in every round.
    let streams: Vec<Stream> = (0..10).map(|_| new_stream()).collect();
    for round in 0..3 {
        for stream in &streams {
            accepted(process.appender(), &commit(&[(*stream, round, 1)])).await;
        }
    }
    let picky = Picky::default();
    let poison = [(3, Poison::Unreadable), (14, Poison::Panic), (15, Poison::BadData), (27, Poison::Panic)];
    picky.poison.lock().expect("a map").extend(poison);
    let running = Running::start(&process, &picky);

    let seen = async || -> Vec<Position> {
        let seen = sqlx::query_scalar("select position from picky_v1.seen order by position");
        seen.fetch_all(&database.pool).await.expect("positions")
    };
    let parked = async || {
        let rows = sqlx::query_as("select position, error from parked_events order by position");
        let rows: Vec<(Position, String)> = rows.fetch_all(&database.pool).await.expect("rows");
        rows
    };
    // Streams 3, 4, 5 and 7 wait from their bad event on.
    let expected = [3, 13, 14, 15, 23, 24, 25, 27];
    until(|| async { seen().await.len() + expected.len() == 30 }).await;
    let rows = parked().await;
    assert_eq!(rows.iter().map(|(position, _)| *position).collect::<Vec<_>>(), expected);
    assert!(rows[0].1.contains("of a later release"), "{rows:?}");
    assert!(rows[2].1.contains("it panicked: no such date"), "{rows:?}");
    assert!(rows[3].1.contains("division by zero"), "{rows:?}");
    assert!(rows[1].1.contains("waits behind"), "{rows:?}");
    // What comes later to such a stream waits, too.
    accepted(process.appender(), &commit(&[(streams[2], 3, 1), (streams[0], 3, 1)])).await;
    until(|| async { parked().await.len() == 9 }).await;
    until(|| async { seen().await.len() == 23 }).await;

    // One is mended; what waits behind it comes after it. Another one is tried in vain.
    picky.poison.lock().expect("a map").remove(&3);
    assert_eq!(parked::want(&database.pool, Some("picky"), Some(3)).await.expect("wanted"), 4);
    assert_eq!(parked::want(&database.pool, Some("picky"), Some(14)).await.expect("wanted"), 2);
    until(|| async { parked().await.len() == 5 }).await;
    assert_eq!(seen().await.len(), 27);
    let retries: i32 = sqlx::query_scalar("select retries from parked_events where position = 14")
        .fetch_one(&database.pool)
        .await
        .expect("a count");
    assert_eq!(retries, 1);
    // All the rest.
    picky.poison.lock().expect("a map").clear();
    assert_eq!(parked::want(&database.pool, None, None).await.expect("wanted"), 5);
    until(|| async { parked().await.is_empty() }).await;
    assert_eq!(seen().await, (1..=32).collect::<Vec<_>>());
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_stream_that_waits_behind_one_event_comes_with_it() {
    let database = TestDatabase::create().await;
    sqlx::raw_sql(TABLE).execute(&mut database.as_owner().await).await.expect("a table");
    let process = Process::start(&database, &MasterKey::generate());
    accepted(process.appender(), &commit(&[(new_stream(), 0, 700)])).await;
    let picky = Picky::default();
    picky.poison.lock().expect("a map").insert(1, Poison::BadData);
    let running = Running::start(&process, &picky);
    let counts = async || -> (i64, i64, i64) {
        let counts = "select count(*), count(*) filter (where wanted), coalesce(max(retries), 0)::bigint from parked_events";
        sqlx::query_as(counts).fetch_one(&database.pool).await.expect("counts")
    };
    until(|| async { counts().await == (700, 0, 0) }).await;
    assert_eq!(parked::want(&database.pool, Some("picky"), Some(1)).await.expect("wanted"), 700);
    until(|| async { counts().await == (700, 0, 1) }).await;
    picky.poison.lock().expect("a map").clear();
    parked::want(&database.pool, Some("picky"), Some(1)).await.expect("wanted");
    until(|| async { counts().await.0 == 0 }).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_build_cannot_take_another_one_does_even_if_the_first_one_goes_on_trying() {
    let database = TestDatabase::create().await;
    sqlx::raw_sql(TABLE).execute(&mut database.as_owner().await).await.expect("a table");
    let process = Process::start(&database, &MasterKey::generate());
    accepted(process.appender(), &commit(&[(new_stream(), 0, 3)])).await;
    let (old, new) = (Picky::default(), Picky::default());
    old.poison.lock().expect("a map").insert(1, Poison::Unreadable);
    let parked = async || -> (i64, i64) {
        let counts = "select count(*), count(*) filter (where wanted) from parked_events";
        sqlx::query_as(counts).fetch_one(&database.pool).await.expect("counts")
    };
    let running = Running::start_build("old", &process, &old);
    until(|| async { parked().await == (3, 0) }).await;
    // The old one takes it up, and fails.
    assert_eq!(parked::want_of_others(&database.pool, "new").await.expect("wanted"), 3);
    until(|| async { parked().await == (3, 0) }).await;
    running.stop().await;
    let running = Running::start_build("new", &process, &new);
    assert_eq!(parked::want_of_others(&database.pool, "old").await.expect("wanted"), 0, "it has tried these");
    assert_eq!(parked::want_of_others(&database.pool, "new").await.expect("wanted"), 3);
    until(|| async { parked().await == (0, 0) }).await;
    running.stop().await;
}

const SUBJECT: Uuid = Uuid::from_u128(7);

/// Payloads that no release has written.
fn poisons() -> Vec<Value> {
    vec![
        json!({ "type": "OfALaterRelease", "what": 7 }),
        json!({ "type": "CustomerRegistered", "details": { "name": 7 } }),
        json!({ "type": "BusinessRegistered", "profile": [], "hours": null }),
        json!({ "type": "TimeBooked", "appointment_id": "x", "occupation": { "start": "+262142-12-27T10:00:00Z" } }),
        json!({ "type": "AppointmentBooked", "slot": { "time": "-262143-01-01T00:00:00Z" } }),
        json!({ "type": "Sealed", "name": { "$personal": { "subject": Uuid::new_v4(), "key": Uuid::new_v4(), "sealed": "AAAA" } } }),
        json!({ "type": "ServiceAdded", "details": { "$personal": 1 } }),
        json!({ "type": "WebhookReceived", "receipt": 7 }),
        json!({ "type": "Sealed", "name": { "$personal": { "subject": SUBJECT, "key": SUBJECT, "sealed": "AAAA" } } }),
        json!({ "type": "Deep", "a": { "b": { "c": [[[[[]]]]] } } }),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_events_that_nobody_can_read_stop_nobody() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let types = [
        Business::TYPE,
        Service::TYPE,
        Resource::TYPE,
        AgendaDay::TYPE,
        Appointment::TYPE,
        Customer::TYPE,
        Webhook::TYPE,
    ];
    let stranger = BusinessId::from_uuid(Uuid::now_v7());
    // Somebody's key that no master key opens.
    let key = format!(
        "insert into subject_keys (tenant_id, subject_id, key_id, wrapped_key) values ('{}', '{SUBJECT}', '{SUBJECT}', '\\x00')",
        stranger.uuid()
    );
    app.database.tamper(&key).await;
    let slots = garage.slots("tomorrow").await;
    let mut booked = Vec::new();
    for round in 0..20 {
        let poisons = poisons();
        let events: Vec<_> = (0..50)
            .map(|_| {
                let aggregate_type = types.choose(&mut rand::rng()).expect("a type");
                let stream = Stream { aggregate_type, id: Uuid::now_v7() };
                (stream, 0, poisons.choose(&mut rand::rng()).expect("a poison").clone())
            })
            .collect();
        accepted(app.log().appender(), &old_events(stranger, &events)).await;
        if let Some(slot) = slots.get(round) {
            booked.push(garage.book(slot, round + 1).await.expect(201));
        }
    }
    // Everybody else's reads catch up.
    for reply in &booked {
        let path = format!("/appointments/{}", reply.id());
        until(|| async { garage.get(&path).await.status == 200 }).await;
    }
    let lags = async || -> i64 {
        let behind =
            "select coalesce(max((select max(position) from events) - position), 0) from checkpoints";
        sqlx::query_scalar(behind).fetch_one(&app.database.pool).await.expect("a number")
    };
    until(|| async { lags().await == 0 }).await;

    let ready = app.client(None).get("/readyz").await.expect(200).body;
    assert!(ready["parked_events"]["directory"].as_i64().is_some_and(|count| count > 0), "{ready}");
    assert!(ready["failing"]["directory"].is_string(), "{ready}");
    let page = app.operator().get("/api/v1/parked-events?limit=200&reader=directory").await.expect(200).body;
    let item = &page["items"][0];
    assert_eq!((&item["reader"], &item["retries"]), (&json!("directory"), &json!(0)));
    let next = page["next_cursor"].as_str().expect("there are more");
    let next = format!("/api/v1/parked-events?limit=200&reader=directory&cursor={next}");
    let after = app.operator().get(&next).await.expect(200).body;
    assert!(after["items"][0]["position"].as_i64() > page["items"][199]["position"].as_i64());
    let one = json!({ "reader": "directory", "position": item["position"] });
    let wanted = app.operator().post("/api/v1/parked-events/retry", one).await.expect(200).body;
    assert_eq!(wanted["wanted"], 1);
    until(|| async {
        let page = app.operator().get("/api/v1/parked-events?limit=1&reader=directory").await.body;
        page["items"][0]["retries"] == 1
    })
    .await;
    garage.client.get("/api/v1/parked-events").await.problem(403, "forbidden");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_parked_is_counted_and_tried_again_by_command_and_by_every_start() {
    let database = TestDatabase::create().await;
    let mut server = Server::start(database.owner.options()).await;
    let (http, url) = (reqwest::Client::new(), server.url.clone());
    let post = async |path: &str, body: Value| -> Value {
        let request = http.post(format!("{url}{path}")).bearer_auth(OPERATOR_KEY);
        let request = request.header("content-type", "application/json").body(body.to_string());
        let text = request.send().await.expect("a response").text().await.expect("a text");
        serde_json::from_str(&text).expect("JSON")
    };
    let garage = post("/api/v1/businesses", json!({ "profile": { "name": "Garage", "zone": "UTC" } })).await;
    let customers = format!("/api/v1/businesses/{}/customers", garage["id"].as_str().expect("an id"));
    let parked = async || -> i64 {
        let count = "select count(*) from parked_events where reader = 'customers'";
        sqlx::query_scalar(count).fetch_one(&database.pool).await.expect("a count")
    };
    // Nobody is taken for a while, and one comes meanwhile.
    let park = async |phone: &str| {
        let table = "alter table customers_v2.customers";
        database.tamper(&format!("{table} add constraint nobody check (false) not valid")).await;
        post(&customers, json!({ "name": "Ada", "phone": phone })).await;
        until(|| async { parked().await == 1 }).await;
        database.tamper(&format!("{table} drop constraint nobody")).await;
    };

    park("+573001112233").await;
    until(|| async {
        let metrics = http.get(format!("{url}/metrics")).send().await.expect("a response");
        let text = metrics.text().await.expect("a text");
        text.lines().any(|line| line == r#"frontdesk_parked_events{reader="customers"} 1"#)
    })
    .await;
    let mut retry = frontdesk(&["projections", "retry", "--reader", "customers"]).await;
    retry.env("DATABASE_URL", database.owner.options().to_url_lossy().to_string());
    // It wants one, and decrypts nothing.
    retry.env("FRONTDESK_MASTER_KEY", MasterKey::generate().to_base64());
    let output = within(retry.output()).await.expect("an output");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.starts_with("1 parked events are tried again"), "{output:?}");
    until(|| async { parked().await == 0 }).await;

    park("+573001112244").await;
    server.kill_and_restart().await;
    until(|| async { parked().await == 0 }).await;
}
