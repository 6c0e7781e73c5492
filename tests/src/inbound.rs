//! The translator of webhooks as the one runner runs it.

use std::sync::Arc;
use std::time::Duration;

use frontdesk_application::inbound::translator::Translator;
use frontdesk_application::process::Role;
use frontdesk_domain::kernel::ids::{BusinessId, StreamId};
use frontdesk_domain::kernel::recorded::{Batch, Position};
use frontdesk_projections::reader::{EventSource, Reader, ReaderError};
use frontdesk_projections::runner::Runner;
use futures::future::BoxFuture;
use serde_json::json;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::support::app::{Garage, TestApp};
use crate::support::process::morning;
use crate::support::source::LogSource;
use crate::support::{until, within};

/// Long enough for a runner to find its checkpoint taken, more than once.
const SOME_LOOKS: Duration = Duration::from_millis(500);

/// A process that takes webhooks in. It runs no reader: the tests run the translator.
struct Scene {
    app: TestApp,
    garage: Garage,
    other: Garage,
}

impl Scene {
    async fn set() -> Self {
        let first = TestApp::start().await;
        let garage = Garage::open(&first, "Garage").await;
        let other = Garage::open(&first, "Another garage").await;
        let app = TestApp::builder()
            .master_key(&first.master_key)
            .role(Role::Api)
            .start_on(first.database.clone())
            .await;
        first.process.stop().await;
        Self { garage: garage.at(&app), other: other.at(&app), app }
    }

    fn translator(&self) -> Translator {
        Translator::new(self.app.process.app.bus.clone())
    }

    fn log(&self) -> LogSource {
        LogSource(self.app.log().clone())
    }

    fn runner(&self, source: impl EventSource + 'static) -> Runner {
        Runner::new(Arc::new(self.translator()), Arc::new(source), self.app.database.pool.clone())
    }

    /// The platform says that a call is at some point.
    async fn hear(&self, call: &str, status: &str) {
        hear(&self.garage, call, status).await;
    }

    async fn count(&self, event_type: &str) -> i64 {
        sqlx::query_scalar("select count(*) from events where event_type = $1")
            .bind(event_type)
            .fetch_one(&self.app.database.pool)
            .await
            .expect("a count")
    }

    async fn checkpoint(&self) -> Position {
        let position = self.translator().checkpoint().position(&self.app.database.pool).await;
        position.expect("an answer").expect("a checkpoint")
    }

    async fn as_owner(&self, statement: &str) {
        sqlx::raw_sql(statement).execute(&mut self.app.database.as_owner().await).await.expect(statement);
    }
}

async fn hear(garage: &Garage, call: &str, status: &str) {
    let message = json!({ "message": { "type": "status-update", "status": status, "call": { "id": call } } });
    garage.hook_at_once(morning(), message.to_string().as_bytes()).await.expect(200);
}

/// The log, a few events at once.
#[derive(Debug)]
struct InSmallBatches(LogSource);

impl EventSource for InSmallBatches {
    fn read_after<'a>(
        &'a self,
        after: Position,
        limit: i64,
        aggregates: &'a [&'static str],
    ) -> BoxFuture<'a, Result<Option<Batch>, Box<dyn std::error::Error + Send + Sync>>> {
        self.0.read_after(after, limit.min(50), aggregates)
    }

    fn read_at<'a>(
        &'a self,
        positions: &'a [Position],
    ) -> BoxFuture<'a, Result<Batch, Box<dyn std::error::Error + Send + Sync>>> {
        self.0.read_at(positions)
    }

    fn beyond(&self, position: Position) -> BoxFuture<'_, ()> {
        self.0.beyond(position)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_heap_of_one_business_keeps_no_other_waiting() {
    let scene = Scene::set().await;
    for call in 0..200 {
        scene.hear(&format!("c{call}"), "ended").await;
    }
    for status in ["ringing", "in-progress", "ended"] {
        hear(&scene.other, "c", status).await;
    }
    within(scene.runner(InSmallBatches(scene.log())).drain()).await.expect("the end of the log");
    let done: Vec<(Uuid, String)> = sqlx::query_as(
        "select tenant_id, event_type from events
         where event_type in ('DeliveryTranslated', 'CallProgressed', 'CallEnded') order by position",
    )
    .fetch_all(&scene.app.database.pool)
    .await
    .expect("rows");
    let other: BusinessId = scene.other.business.parse().expect("an id");
    let of_other = |(tenant, _): &&(Uuid, String)| *tenant == other.uuid();
    let in_order: Vec<&str> = done
        .iter()
        .filter(of_other)
        .map(|(_, name)| name.as_str())
        .filter(|name| *name != "DeliveryTranslated")
        .collect();
    assert_eq!(in_order, ["CallProgressed", "CallProgressed", "CallEnded"]);
    let before = done.iter().rposition(|done| of_other(&done)).expect("they were translated");
    // Two events for each: the first batches have 50 of the 200.
    assert!(before < 200, "{before} events came before the last of another business");
    assert_eq!((scene.count("DeliveryTranslated").await, scene.count("CallEnded").await), (203, 201));
}

#[tokio::test(flavor = "multi_thread")]
async fn while_another_process_has_the_checkpoint_nothing_is_translated() {
    let scene = Scene::set().await;
    scene.hear("c1", "ended").await;
    let mut other = scene.app.database.pool.begin().await.expect("a transaction");
    let locked = scene.translator().checkpoint().lock(&mut other).await.expect("an answer");
    assert!(locked.is_some());
    let runner = scene.runner(scene.log());
    assert!(tokio::time::timeout(SOME_LOOKS, runner.drain()).await.is_err(), "it waits for the other one");
    assert_eq!(scene.count("DeliveryTranslated").await, 0);
    other.rollback().await.expect("let go");
    within(runner.drain()).await.expect("the end of the log");
    assert_eq!((scene.count("DeliveryTranslated").await, scene.count("CallEnded").await), (1, 1));
}

/// The effects of a batch are commits of their own: they stand before the batch fails.
#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_fails_is_tried_again_and_what_it_has_done_is_found_done() {
    let scene = Scene::set().await;
    for call in ["c1", "c2", "c3"] {
        scene.hear(call, "ended").await;
    }
    scene.as_owner("revoke insert, delete on held_deliveries from frontdesk_app").await;
    let before = scene.checkpoint().await;
    let runner = scene.runner(scene.log());
    assert!(matches!(within(runner.drain()).await, Err(ReaderError::Effect(_))));
    assert_eq!((scene.count("DeliveryTranslated").await, scene.count("CallEnded").await), (3, 3));
    assert_eq!(scene.checkpoint().await, before);

    let stop = CancellationToken::new();
    let running = tokio::spawn({
        let stop = stop.clone();
        async move { runner.run(stop).await }
    });
    scene.as_owner("grant insert, delete on held_deliveries to frontdesk_app").await;
    let head = scene.app.events().await;
    until(|| async { scene.checkpoint().await == head }).await;
    stop.cancel();
    within(running).await.expect("stopped");
    assert_eq!((scene.count("DeliveryTranslated").await, scene.count("CallEnded").await), (3, 3));
}

/// The log without polling: whoever has read to its end waits until the bell rings.
#[derive(Debug)]
struct WithBell {
    log: LogSource,
    bell: Arc<Bell>,
}

#[derive(Debug, Default)]
struct Bell {
    awaited: Notify,
    rung: Notify,
}

impl EventSource for WithBell {
    fn read_after<'a>(
        &'a self,
        after: Position,
        limit: i64,
        aggregates: &'a [&'static str],
    ) -> BoxFuture<'a, Result<Option<Batch>, Box<dyn std::error::Error + Send + Sync>>> {
        self.log.read_after(after, limit, aggregates)
    }

    fn read_at<'a>(
        &'a self,
        positions: &'a [Position],
    ) -> BoxFuture<'a, Result<Batch, Box<dyn std::error::Error + Send + Sync>>> {
        self.log.read_at(positions)
    }

    fn beyond(&self, _: Position) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            self.bell.awaited.notify_one();
            self.bell.rung.notified().await;
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_in_wakes_the_translator_at_the_end_of_the_log() {
    let scene = Scene::set().await;
    let bell = Arc::new(Bell::default());
    let stop = CancellationToken::new();
    let running = tokio::spawn({
        let (task, stop) = (scene.runner(WithBell { log: scene.log(), bell: bell.clone() }), stop.clone());
        async move { task.run(stop).await }
    });
    // Once after the events that stood there, once at the end.
    for call in ["c1", "c2"] {
        within(bell.awaited.notified()).await;
        scene.hear(call, "ended").await;
        bell.rung.notify_one();
    }
    until(|| async { scene.count("CallEnded").await == 2 }).await;
    stop.cancel();
    within(running).await.expect("stopped");
}
