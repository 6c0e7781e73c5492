//! What panics ends nothing but itself: neither its connection nor, for long, its task.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use frontdesk_adapters::cache::{Cache, Entry};
use futures::future::BoxFuture;

use super::connections::{Connection, request};
use crate::support::app::{Garage, OPERATOR_KEY, TestApp};
use crate::support::until;

/// A shared cache that keeps nothing. It panics the next time that it is asked or told, when that is wanted.
#[derive(Debug, Clone, Default)]
struct Frail(Arc<Wanted>);

#[derive(Debug, Default)]
struct Wanted {
    when_asked: AtomicBool,
    when_told: AtomicBool,
}

impl Cache for Frail {
    fn get<'a>(&'a self, keys: &'a [String]) -> BoxFuture<'a, Vec<Option<Entry>>> {
        Box::pin(async move {
            assert!(!self.0.when_asked.swap(false, Ordering::SeqCst), "it was asked");
            vec![None; keys.len()]
        })
    }

    fn put<'a>(&'a self, _: Vec<(String, Entry)>) -> BoxFuture<'a, ()> {
        Box::pin(async {})
    }

    fn raise<'a>(&'a self, _: Vec<(String, i64)>) -> BoxFuture<'a, bool> {
        Box::pin(async move {
            assert!(!self.0.when_told.swap(false, Ordering::SeqCst), "it was told");
            true
        })
    }
}

/// A process whose shared cache knows all that there is, so that it is asked and told from now on.
async fn garage(frail: &Frail) -> (TestApp, Garage) {
    let app = TestApp::builder().shared_cache(frail.clone()).start().await;
    let garage = Garage::open(&app, "Garage").await;
    until(|| async { app.client(None).get("/readyz").await.body.get("shared_cache").is_none() }).await;
    (app, garage)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_panics_is_answered_and_the_next_one_on_its_connection_is_served() {
    let frail = Frail::default();
    let (app, garage) = garage(&frail).await;
    let path = garage.path(&format!("/availability?service_id={}&day=2026-12-15", garage.service));
    let key = format!("Authorization: Bearer {OPERATOR_KEY}");
    let search = request(&format!("GET {path}"), &[&key], b"");
    let mut connection = Connection::open(&app).await;
    frail.0.when_asked.store(true, Ordering::SeqCst);
    connection.send(&search).await;
    let answer = connection.answer().await;
    assert_eq!((answer.status, answer.closes), (500, false), "{answer:?}");
    assert!(answer.body.contains("/docs/problems#internal"), "{}", answer.body);
    assert!(!answer.body.contains("it was asked"), "what it is goes to the log only");
    connection.send(&search).await;
    assert_eq!(connection.answer().await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_panics_is_named_and_goes_on() {
    let frail = Frail::default();
    let (app, garage) = garage(&frail).await;
    let slots = garage.slots("tomorrow").await;
    frail.0.when_told.store(true, Ordering::SeqCst);
    let position = garage.book(&slots[0], 1).await.expect(201).position.expect("a position");
    until(|| async {
        let ready = app.client(None).send(reqwest::Method::GET, "/readyz", &[], None).await;
        let said = ready.body["failing"]["follower"].as_str().unwrap_or_default().to_owned();
        said.contains("it panicked: it was told")
    })
    .await;
    // What it had not followed yet it follows now.
    let path = garage
        .path(&format!("/availability?service_id={}&day=tomorrow&min_position={position}", garage.service));
    until(|| async {
        let seen = garage.client.send(reqwest::Method::GET, &path, &[], None).await;
        seen.body["slots"].as_array().map(Vec::len) == Some(7)
    })
    .await;
}
