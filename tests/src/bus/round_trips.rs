//! How often the hot path goes to the database.
//!
//! What is counted is what the wire shows: a proxy before PostgreSQL counts the server's `ReadyForQuery`
//! messages. Each ends one exchange, a question sent and its answer awaited, be it a statement, a `BEGIN`, or
//! the preparation of a statement that a connection has not run before. Every connection of the process goes
//! through it: that of the appender and those of the pool. So a commit that were `BEGIN`, statement, `COMMIT`
//! would count three; `append_events` is a transaction of its own and counts one. Not counted is what nobody
//! waits for: the bare `Sync` with which the pool tries a connection that comes back to it, and
//! notifications, the follower and the read models, which do not run in these processes.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::TimeDelta;
use frontdesk_adapters::command_bus::bus::RequestKey;
use frontdesk_adapters::command_bus::{Bus, ManualClock};
use frontdesk_adapters::crypto::{DeploymentSecrets, MasterKey, WrappingKeys};
use frontdesk_adapters::event_log::EventLog;
use frontdesk_adapters::event_log::appender::Appender;
use frontdesk_adapters::postgres::pool::Database;
use frontdesk_adapters::providers;
use frontdesk_adapters::providers::provider::{Headers, Request};
use frontdesk_adapters::supervisor::Supervisor;
use frontdesk_application::app::{App, AppParts};
use frontdesk_application::inbound::receiving::receive;
use frontdesk_application::reads::cache::ReadCache;
use frontdesk_domain::booking::appointment::Source;
use frontdesk_domain::booking::commands::booking::{ConfirmHold, HoldSlot, RescheduleAppointment, Who};
use frontdesk_domain::conversations::commands::channels::{AddChannel, RemoveChannel};
use frontdesk_domain::kernel::ids::{ResourceId, ServiceId};
use frontdesk_domain::kernel::work::Command;
use frontdesk_domain::scheduling::availability::{Query, Terms};
use frontdesk_domain::scheduling::commands::resources::AddResource;
use frontdesk_domain::scheduling::commands::services::AddService;
use frontdesk_domain::scheduling::service::ServiceDetails;
use frontdesk_domain::values::interval::Interval;
use frontdesk_domain::values::sender::Authentication;
use serde_json::json;
use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;
use uuid::Uuid;

use crate::support::app::{TestApp, tool_call};
use crate::support::database::TestDatabase;
use crate::support::process::{Process, context, morning};
use crate::support::proxy::Proxy;
use crate::support::shop::{Shop, name, need, person, refused, resource_details, service_details};

/// A pool of one connection, so that a statement is prepared once.
fn only_connection(proxy: &Proxy) -> PgPool {
    Database::with_options(proxy.options()).pool(1)
}

/// A process whose every way to the database is counted.
fn counted(database: &TestDatabase, master: &MasterKey) -> (Process, Proxy) {
    let proxy = Proxy::before(database.database.options());
    let pool = only_connection(&proxy);
    let (appender, _) = Appender::start(proxy.options());
    let log = EventLog::new(pool.clone(), appender, WrappingKeys::of(&master.clone().into()));
    let clock = Arc::new(ManualClock::at(morning()));
    let bus = Bus::new(log.clone(), &DeploymentSecrets::first(master), clock.clone());
    (Process { bus, log, clock, pool }, proxy)
}

struct Scene {
    process: Process,
    proxy: Proxy,
    shop: Shop,
}

impl Scene {
    async fn do_it<C: Command>(&self, command: &C) -> (usize, C::Output) {
        let before = self.proxy.exchanges();
        let executed =
            self.process.bus.execute(&context(self.shop.tenant), command).await.expect("carried out");
        (self.proxy.exchanges() - before, executed.output)
    }

    fn hold(&self, slot: i64) -> HoldSlot {
        HoldSlot { offer: self.shop.offer(slot), seconds: 60, source: Source::Api }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_process_knows_takes_one_round_trip() {
    let (database, master) = (TestDatabase::create().await, MasterKey::generate());
    let (process, proxy) = counted(&database, &master);
    let shop = Shop::open(&process.bus).await;
    // Business, service, resource, agenda and customer are known, and every statement is prepared.
    let first = shop.book(&process.bus, 0, 1).await.expect("booked").output;
    assert_eq!(refused(shop.book(&process.bus, 0, 2).await), "agenda-time-taken");
    let scene = Scene { process, proxy, shop };

    let (hold, held) = scene.do_it(&scene.hold(1)).await;
    let confirm = ConfirmHold::new(held.id, Who::Person(person(1)), Source::Api);
    let (confirm, _) = scene.do_it(&confirm).await;
    let (book, _) = scene.do_it(&scene.shop.booking(2, 1)).await;

    let moved = RescheduleAppointment::new(first.id, scene.shop.offer(3));
    let (reschedule, _) = scene.do_it(&moved).await;
    let key = RequestKey::of(scene.shop.tenant, "caller", "key", "asked".into());
    let (under_a_key, booking) = (context(scene.shop.tenant), scene.shop.booking(5, 1));
    let before = scene.proxy.exchanges();
    let replied = scene
        .process
        .bus
        .execute_once(&under_a_key, &booking, &key, |result| (u16::from(result.is_ok()), json!({})))
        .await;
    assert_eq!(replied.expect("replied").status, 1);
    let keyed = scene.proxy.exchanges() - before;
    let before = scene.proxy.exchanges();
    scene.shop.cancel(&scene.process.bus, first.id).await.expect("cancelled");
    let cancel = scene.proxy.exchanges() - before;
    let (new_caller, _) = scene.do_it(&scene.shop.booking(4, 99)).await;
    let before = scene.proxy.exchanges();
    assert_eq!(refused(scene.shop.book(&scene.process.bus, 2, 2).await), "agenda-time-taken");
    let refusal = scene.proxy.exchanges() - before;
    println!(
        "round trips: hold {hold}, confirm {confirm}, book {book}, under a key {keyed}, reschedule {reschedule}, cancel {cancel}"
    );
    println!("round trips: book for a new caller {new_caller}, refuse {refusal}");
    assert_eq!((hold, confirm, book, keyed, reschedule, cancel), (1, 1, 1, 1, 1, 1));
    // Whether anybody has that number is asked; that nothing has moved before somebody is told no, too.
    assert_eq!((new_caller, refusal), (2, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_comes_or_goes_makes_no_booking_decide_again() {
    let (database, master) = (TestDatabase::create().await, MasterKey::generate());
    let (process, proxy) = counted(&database, &master);
    let other = Process::start(&database, &master);
    let shop = Shop::open(&process.bus).await;
    shop.book(&process.bus, 0, 1).await.expect("booked");
    let scene = Scene { process, proxy, shop };
    let add = AddChannel {
        name: name("Front line"),
        provider: "platform".into(),
        authentication: Authentication::Secret { hash: "00".into() },
        numbers: vec![],
        assistant_id: None,
    };
    let channel_id = other.bus.execute(&context(scene.shop.tenant), &add).await.expect("added").output.id;
    let (after_one_came, _) = scene.do_it(&scene.shop.booking(1, 1)).await;
    other.bus.execute(&context(scene.shop.tenant), &RemoveChannel { channel_id }).await.expect("removed");
    let (after_it_went, _) = scene.do_it(&scene.shop.booking(2, 1)).await;
    // A decision on what has moved would be sent twice.
    assert_eq!((after_one_came, after_it_went), (1, 1));
}

#[derive(Debug)]
struct Bearer(String);

impl Headers for Bearer {
    fn get(&self, name: &str) -> Option<&str> {
        (name == "authorization").then_some(&self.0)
    }
}

/// What takes webhooks in, by this process.
fn receiving(process: &Process, master: &MasterKey) -> App {
    App::new(AppParts {
        database: Database::with_options(PgConnectOptions::new_without_pgpass()),
        bus: process.bus.clone(),
        cache: Arc::new(ReadCache::new(process.pool.clone(), None)),
        pool: process.pool.clone(),
        secrets: &DeploymentSecrets::first(master),
        operator_key: None,
        epoch: Uuid::nil(),
        public_url: String::new(),
        reached: HashMap::new(),
        supervisor: Supervisor::default(),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_call_on_a_known_channel_takes_one_round_trip() {
    let (database, master) = (TestDatabase::create().await, MasterKey::generate());
    let (process, proxy) = counted(&database, &master);
    let shop = Shop::open(&process.bus).await;
    let provider = providers::of_new_channels();
    let add = AddChannel {
        name: name("Front line"),
        provider: provider.name().into(),
        authentication: Authentication::Bearer { hash: provider.secret_hash(process.bus.hasher(), "secret") },
        numbers: vec![],
        assistant_id: None,
    };
    process.bus.execute(&context(shop.tenant), &add).await.expect("added");
    let app = receiving(&process, &master);
    let call = async |id: &str| {
        let message = tool_call("c1", id, "get_business_hours", json!({}));
        let body = json!({ "message": message }).to_string();
        let request = Request { headers: &Bearer("Bearer secret".into()), url: "", body: body.as_bytes() };
        let before = proxy.exchanges();
        receive(&app, provider, None, &request).await.expect("answered");
        proxy.exchanges() - before
    };
    let (first, second, repeated) = (call("t1").await, call("t2").await, call("t2").await);
    println!("round trips: first tool call of a call {first}, another one {second}, repeated {repeated}");
    assert_eq!((second, repeated), (1, 0));
}

/// Whoever names many numbers makes nobody ask for each.
#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_of_nobody_takes_a_round_trip_for_its_secrets_and_one_for_all_its_numbers() {
    let (database, master) = (TestDatabase::create().await, MasterKey::generate());
    let (process, proxy) = counted(&database, &master);
    let (app, provider) = (receiving(&process, &master), providers::of_new_channels());
    let refused = async |number: u32| {
        let line =
            |of: &str| json!({ "id": format!("{of}-{number}"), "number": format!("+57300{number:07}") });
        let call = json!({ "id": "c1", "phoneNumberId": format!("p{number}"), "assistantId": format!("a{number}"), "phoneNumber": line("call") });
        let assistant = json!({ "id": format!("other-{number}") });
        let message = json!({ "type": "status-update", "call": call, "phoneNumber": line("own"), "assistant": assistant });
        let body = json!({ "message": message }).to_string();
        let bearer = Bearer(format!("Bearer guessed-{number}"));
        let before = proxy.exchanges();
        let request = Request { headers: &bearer, url: "", body: body.as_bytes() };
        assert!(receive(&app, provider, None, &request).await.is_err(), "nobody vouches for it");
        proxy.exchanges() - before
    };
    // The first one has its statement prepared.
    refused(1).await;
    assert_eq!(refused(2).await, 2);
}

/// A service that any of fifty can do, with something booked of each over sixty days.
async fn large(app: &TestApp) -> (Shop, ServiceId, Vec<ResourceId>) {
    let bus = &app.process.app.bus;
    let shop = Shop::open(bus).await;
    let context = || context(shop.tenant);
    let mut pool = Vec::new();
    for number in 0..50 {
        let details = resource_details(&format!("Bay {number}"));
        pool.push(bus.execute(&context(), &AddResource { details }).await.expect("added").output.id);
    }
    let details = ServiceDetails { needs: vec![need(&pool)], ..service_details(pool[0]) };
    let service = bus.execute(&context(), &AddService { details }).await.expect("added").output.id;
    (shop, service, pool)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_over_what_is_known_asks_nothing_and_a_cold_one_asks_step_by_step_not_day_by_day() {
    let app = TestApp::start().await;
    let (shop, service, pool) = large(&app).await;
    let head = app.log().head().await.expect("a head");
    let directory = frontdesk_projections::directory::Directory;
    app.process
        .app
        .positions
        .reach(&directory, head, std::time::Duration::from_secs(30))
        .await
        .expect("the read model is there");

    // Another process, in which nothing runs but what is asked here.
    let proxy = Proxy::before(app.database.database.options());
    let pool_of_one = only_connection(&proxy);
    let cold = App::new(AppParts {
        database: Database::with_options(PgConnectOptions::new_without_pgpass()),
        bus: app.process.app.bus.clone(),
        cache: Arc::new(ReadCache::new(pool_of_one.clone(), None)),
        pool: pool_of_one,
        secrets: &DeploymentSecrets::first(&app.master_key),
        operator_key: None,
        epoch: app.process.app.positions.epoch,
        public_url: String::new(),
        reached: HashMap::new(),
        supervisor: Supervisor::default(),
    });
    let connected = sqlx::query("select 1").execute(&cold.pool).await;
    connected.expect("a connection");
    // All slots of sixty days, and with whom.
    let query = Query::within(Interval::starting(morning(), TimeDelta::days(60)), morning(), usize::MAX);
    let search = async || {
        let before = proxy.exchanges();
        let offer = cold.open_slots.offer(shop.tenant, service).await.expect("an offer");
        let query = Query { terms: Terms::default(), ..query };
        let slots = cold.open_slots.search(&offer, query, None).await.expect("slots");
        (proxy.exchanges() - before, slots.len())
    };
    let ((cold_trips, found), (warm_trips, again)) = (search().await, search().await);
    let list = async || {
        let before = proxy.exchanges();
        let listed = cold.cache.services(shop.tenant).await.expect("services").len();
        (proxy.exchanges() - before, listed)
    };
    let ((cold_list, listed), (warm_list, _)) = (list().await, list().await);
    println!(
        "round trips: search over {} resources x 60 days cold {cold_trips}, warm {warm_trips}",
        pool.len()
    );
    println!("round trips: services by name cold {cold_list}, warm {warm_list}");
    assert!(found > 10_000 && found == again, "{found} {again}");
    assert_eq!((warm_trips, warm_list, listed), (0, 0, 2));
    // Business, service and resources; then the days in steps of 1, 2, 4, 8, 16 and 32; and each of the two
    // statements is prepared once.
    assert!(cold_trips <= 3 + 6 + 2, "{cold_trips}");
    // The read model's checkpoint, the list, and the services that are not known yet; two of the statements
    // are prepared.
    assert!(cold_list <= 5, "{cold_list}");
}
