//! A request under an idempotency key is answered once; a repeat gets the same answer and does nothing.

use chrono::TimeDelta;
use frontdesk_adapters::command_bus::bus::RequestKey;
use frontdesk_adapters::command_bus::{BusError, Replied};
use frontdesk_adapters::crypto::MasterKey;
use frontdesk_domain::booking::appointment::Appointment;
use frontdesk_domain::booking::commands::booking::{AppointmentView, BookAppointment};
use frontdesk_domain::kernel::refusal::Refusal;
use frontdesk_domain::platform::idempotency::IdempotentRequest;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::commits::sound_rows;
use crate::support::database::TestDatabase;
use crate::support::process::{Process, context, morning};
use crate::support::shop::{Shop, refused};
use crate::support::within;

struct Scene {
    database: TestDatabase,
    processes: [Process; 2],
    shop: Shop,
}

async fn scene() -> Scene {
    let database = TestDatabase::create().await;
    let master = MasterKey::generate();
    let processes = [Process::start(&database, &master), Process::start(&database, &master)];
    let shop = Shop::open(&processes[0].bus).await;
    Scene { database, processes, shop }
}

fn render(result: Result<AppointmentView, Refusal>) -> (u16, Value) {
    match result {
        Ok(view) => (201, json!({ "id": view.id.to_string() })),
        Err(refusal) => (409, json!({ "type": refusal.slug })),
    }
}

impl Scene {
    fn key(&self, key: &str, fingerprint: &str) -> RequestKey {
        RequestKey::of(self.shop.tenant, "caller", key, fingerprint.into())
    }

    async fn ask(
        &self,
        process: usize,
        booking: &BookAppointment,
        key: &RequestKey,
    ) -> Result<Replied, BusError> {
        self.processes[process].bus.execute_once(&context(self.shop.tenant), booking, key, render).await
    }

    async fn count<A: cqrs_es::Aggregate>(&self) -> usize {
        sound_rows(&self.database.pool).await.iter().filter(|row| row.aggregate_type == A::TYPE).count()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_comes_20_times_at_once_has_one_effect_and_one_answer() {
    let scene = scene().await;
    let (booking, key) = (scene.shop.booking(0, 1), scene.key("k", "f"));
    let mut callers = JoinSet::new();
    for number in 0..20 {
        let (bus, booking, key) = (scene.processes[number % 2].bus.clone(), booking.clone(), key.clone());
        let context = context(scene.shop.tenant);
        callers.spawn(async move { bus.execute_once(&context, &booking, &key, render).await });
    }
    let replies: Vec<Replied> =
        within(callers.join_all()).await.into_iter().map(|reply| reply.expect("answered")).collect();
    assert_eq!(replies.iter().filter(|reply| !reply.repeated).count(), 1);
    for reply in &replies {
        assert_eq!((reply.status, &reply.body), (201, &replies[0].body));
    }
    assert_eq!((scene.count::<Appointment>().await, scene.count::<IdempotentRequest>().await), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_written_in_the_commit_of_what_it_answers_and_says_where_it_stands() {
    let scene = scene().await;
    let reply = scene.ask(0, &scene.shop.booking(0, 1), &scene.key("k", "f")).await.expect("booked");
    let rows = sound_rows(&scene.database.pool).await;
    let last = rows.last().expect("events");
    assert_eq!(reply.position, Some(last.position));
    let commit: Vec<&str> = rows
        .iter()
        .filter(|row| row.commit_id == last.commit_id)
        .map(|row| row.aggregate_type.as_str())
        .collect();
    assert_eq!(
        commit,
        ["customer", "contact_point", "agenda_day", "customer_agenda", "appointment", "request"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_command_says_where_it_stands() {
    let scene = scene().await;
    let executed = scene.shop.book(&scene.processes[1].bus, 0, 1).await.expect("booked");
    let rows = sound_rows(&scene.database.pool).await;
    assert_eq!(executed.position, rows.last().map(|row| row.position));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_was_used_for_something_else_is_refused() {
    let scene = scene().await;
    scene.ask(0, &scene.shop.booking(0, 1), &scene.key("k", "f")).await.expect("booked");
    let before = sound_rows(&scene.database.pool).await.len();
    for process in [0, 1] {
        let other = scene.ask(process, &scene.shop.booking(1, 1), &scene.key("k", "another")).await;
        assert_eq!(refused(other), "idempotency-key-reused");
    }
    assert_eq!(sound_rows(&scene.database.pool).await.len(), before);
    let other = RequestKey::of(scene.shop.tenant, "another caller", "k", "another".into());
    assert!(!scene.ask(1, &scene.shop.booking(1, 1), &other).await.expect("another caller's key").repeated);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_recorded_and_repeated_even_when_it_would_be_granted_by_now() {
    let scene = scene().await;
    let taken = scene.shop.book(&scene.processes[0].bus, 0, 1).await.expect("booked").output;
    let before = scene.count::<Appointment>().await;
    let (booking, key) = (scene.shop.booking(0, 2), scene.key("k", "f"));
    let first = scene.ask(0, &booking, &key).await.expect("answered");
    assert_eq!(
        (first.status, &first.body, first.repeated),
        (409, &json!({ "type": "agenda-time-taken" }), false)
    );
    assert!(first.position.is_some(), "the refusal stands in the log");
    scene.shop.cancel(&scene.processes[1].bus, taken.id).await.expect("cancelled");
    for process in [0, 1] {
        let again = scene.ask(process, &booking, &key).await.expect("answered");
        assert_eq!((again.status, &again.body, again.repeated), (409, &first.body, true));
    }
    assert_eq!(scene.count::<Appointment>().await, before + 1, "the cancellation and nothing else");
    assert_eq!(scene.ask(0, &booking, &scene.key("new", "f")).await.expect("answered").status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_on_a_stale_state_is_not_recorded() {
    let scene = scene().await;
    let [a, b] = &scene.processes;
    let taken = scene.shop.book(&a.bus, 0, 1).await.expect("booked").output;
    scene.shop.cancel(&b.bus, taken.id).await.expect("cancelled");
    let reply = scene.ask(0, &scene.shop.booking(0, 2), &scene.key("k", "f")).await.expect("answered");
    assert_eq!((reply.status, reply.repeated), (201, false), "process A only remembers the slot as taken");
}

/// The recorded answer stands whatever has become of the request since.
#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_is_answered_when_its_offer_has_long_expired() {
    let scene = scene().await;
    let (booking, key) = (scene.shop.booking(0, 1), scene.key("k", "f"));
    let first = scene.ask(0, &booking, &key).await.expect("booked");
    scene.processes[1].clock.set(morning() + TimeDelta::days(3));
    let again = scene.ask(1, &booking, &key).await.expect("answered");
    assert_eq!((again.status, again.body, again.repeated), (201, first.body, true));
    let other = scene.shop.booking(0, 2);
    let late = scene.ask(1, &other, &scene.key("new", "f")).await.expect("answered");
    assert_eq!((late.status, late.body), (409, json!({ "type": "slot-token-expired" })));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_says_where_what_it_repeats_can_be_read() {
    let scene = scene().await;
    let (booking, key) = (scene.shop.booking(0, 1), scene.key("k", "f"));
    let first = scene.ask(0, &booking, &key).await.expect("booked");
    let again = scene.ask(1, &booking, &key).await.expect("answered");
    assert!(again.repeated);
    assert!(
        again.position >= first.position,
        "a client that missed the first reply reads its own write by the second: {again:?}"
    );
}
