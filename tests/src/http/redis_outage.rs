//! A Redis that is gone for a while: everything goes on, nothing old is told, and afterwards it is used again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use frontdesk_adapters::cache::{Cache, Entry, RedisCache};
use futures::future::BoxFuture;
use serde_json::json;

use crate::support::app::{Garage, TestApp};
use crate::support::commits::{accepted, new_commit};
use crate::support::redis::TestRedis;
use crate::support::until;

/// How long a Redis that is gone keeps a caller waiting.
const TIMEOUT: Duration = Duration::from_millis(250);

/// A way to Redis that can be cut.
#[derive(Debug, Clone)]
struct Way(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    redis: RedisCache,
    cut: AtomicBool,
    /// Versions cannot be raised: it is a cluster that refuses scripts, say.
    deaf: AtomicBool,
    answers: AtomicUsize,
}

impl Way {
    fn to(redis: &TestRedis) -> Self {
        Self(Arc::new(Inner {
            redis: redis.cache(),
            cut: AtomicBool::new(false),
            deaf: AtomicBool::new(false),
            answers: AtomicUsize::new(0),
        }))
    }

    fn cut(&self, cut: bool) {
        self.0.cut.store(cut, Ordering::SeqCst);
    }

    async fn is_open(&self) -> bool {
        let open = !self.0.cut.load(Ordering::SeqCst);
        if !open {
            tokio::time::sleep(TIMEOUT).await;
        }
        open
    }
}

impl Cache for Way {
    fn get<'a>(&'a self, keys: &'a [String]) -> BoxFuture<'a, Vec<Option<Entry>>> {
        Box::pin(async move {
            if !self.is_open().await {
                return vec![None; keys.len()];
            }
            let found = self.0.redis.get(keys).await;
            self.0.answers.fetch_add(found.iter().flatten().count(), Ordering::SeqCst);
            found
        })
    }

    fn put<'a>(&'a self, entries: Vec<(String, Entry)>) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            if self.is_open().await {
                self.0.redis.put(entries).await;
            }
        })
    }

    fn raise<'a>(&'a self, versions: Vec<(String, i64)>) -> BoxFuture<'a, bool> {
        Box::pin(async move {
            self.is_open().await && !self.0.deaf.load(Ordering::SeqCst) && self.0.redis.raise(versions).await
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_cut_off_from_redis_goes_on_and_comes_back() {
    let redis = TestRedis::claim().await;
    let (way, other_way) = (Way::to(&redis), Way::to(&redis));
    let one = TestApp::builder().shared_cache(way).start().await;
    let builder = TestApp::builder().master_key(&one.master_key).shared_cache(other_way.clone());
    let other = builder.start_on(one.database.clone()).await;
    let garage = Garage::open(&one, "Garage").await;
    let elsewhere = garage.at(&other);
    let issued = garage.post("/api-keys", json!({ "name": "x", "scope": "tenant_read" })).await.expect(201);
    let revoked = other.client(issued.body["key"].as_str());
    revoked.get(&garage.path("")).await.expect(200);
    assert_eq!(elsewhere.slots("tomorrow").await.len(), 8);

    other_way.cut(true);
    for _ in 0..25 {
        accepted(one.log().appender(), &new_commit(100)).await;
    }
    garage.client.delete(&garage.path(&format!("/api-keys/{}", issued.id()))).await.expect(204);
    let slots = garage.slots("tomorrow").await;
    for (number, slot) in slots[..3].iter().enumerate() {
        let booked = garage.book(slot, number).await.expect(201);
        let position = booked.position.expect("a position");
        let path =
            format!("/availability?service_id={}&day=tomorrow&min_position={position}", garage.service);
        let seen = elsewhere.get(&path).await.expect(200);
        assert_eq!(seen.body["slots"].as_array().map(Vec::len), Some(7 - number), "nothing old");
    }
    until(|| async { revoked.get(&garage.path("")).await.status == 401 }).await;

    // What Redis still holds is of before. When it is back, it is told before it is asked.
    let asked = other_way.0.answers.load(Ordering::SeqCst);
    let ready = other.client(None).get("/readyz").await.expect(200).body;
    assert!(ready["shared_cache"].is_string(), "{ready}");
    other_way.cut(false);
    for (number, slot) in slots.iter().enumerate().skip(3) {
        let booked = garage.book(slot, number).await.expect(201);
        let position = booked.position.expect("a position");
        let path =
            format!("/availability?service_id={}&day=tomorrow&min_position={position}", garage.service);
        let seen = elsewhere.get(&path).await.expect(200);
        assert_eq!(seen.body["slots"].as_array().map(Vec::len), Some(7 - number), "nothing old");
    }
    // It is used again: what the first process has shared, the other one finds there.
    until(|| async { other.client(None).get("/readyz").await.body.get("shared_cache").is_none() }).await;
    garage.slots("2026-12-15").await;
    elsewhere.slots("2026-12-15").await;
    assert!(other_way.0.answers.load(Ordering::SeqCst) > asked);
}

/// What was written while nobody could tell Redis is old there, and whoever starts does not know that yet.
#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_cannot_tell_redis_what_has_changed_reads_nothing_from_it() {
    let redis = TestRedis::claim().await;
    let ways = [(); 3].map(|()| Way::to(&redis));
    let one = TestApp::builder().shared_cache(ways[0].clone()).start().await;
    let beside = async |way: &Way| {
        let builder = TestApp::builder().master_key(&one.master_key).shared_cache(way.clone());
        builder.start_on(one.database.clone()).await
    };
    let garage = Garage::open(&one, "Garage").await;
    let slots = garage.slots("tomorrow").await;
    garage.book(&slots[0], 0).await.expect(201);
    let two = beside(&ways[1]).await;
    until(|| async { two.client(None).get("/readyz").await.body.get("shared_cache").is_none() }).await;
    assert_eq!(garage.at(&two).slots("tomorrow").await.len(), 7, "and it is shared");

    ways[..2].iter().for_each(|way| way.cut(true));
    let position = garage.book(&slots[1], 1).await.expect(201).position.expect("a position");
    ways[2].0.deaf.store(true, Ordering::SeqCst);
    let three = beside(&ways[2]).await;
    let path = format!("/availability?service_id={}&day=tomorrow&min_position={position}", garage.service);
    let seen = garage.at(&three).get(&path).await.expect(200);
    assert_eq!(seen.body["slots"].as_array().map(Vec::len), Some(6), "nothing old");
    assert_eq!(ways[2].0.answers.load(Ordering::SeqCst), 0, "it is not asked");
}
