//! Several processes over one database.

use crate::support::app::{Garage, TestApp};
use crate::support::redis::TestRedis;
use crate::support::until;

#[tokio::test(flavor = "multi_thread")]
async fn what_one_process_writes_the_other_serves_and_never_contradicts() {
    let one = TestApp::start().await;
    let other = TestApp::builder().master_key(&one.master_key).start_on(one.database.clone()).await;
    let garage = Garage::open(&one, "Garage").await;
    let elsewhere = garage.at(&other);

    // Both know all there is to know when the race begins.
    let slots = garage.slots("tomorrow").await;
    assert_eq!(elsewhere.slots("tomorrow").await.len(), 8);
    let attempts = (0..40).map(|number| {
        if number % 2 == 0 { garage.book(&slots[0], number) } else { elsewhere.book(&slots[0], number) }
    });
    let replies = futures::future::join_all(attempts).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 1);
    assert!(
        replies.iter().filter(|reply| reply.status != 201).all(|reply| reply.status == 409),
        "{replies:?}"
    );

    // The other one's cache follows.
    until(|| async {
        elsewhere.slots("tomorrow").await.len() == 7 && garage.slots("tomorrow").await.len() == 7
    })
    .await;
    let booked = elsewhere.book(&slots[1], 100).await.expect(201);
    garage.post(&format!("/appointments/{}/cancel", booked.id()), serde_json::json!({})).await.expect(200);
    elsewhere.book(&slots[1], 101).await.expect(201);
}

/// What was written through one process is seen by whoever names the write to another, however fast, and
/// whatever that one has kept.
async fn a_named_write_is_seen(one: &TestApp, other: &TestApp) {
    let garage = Garage::open(one, "Garage").await;
    let elsewhere = garage.at(other);
    for number in 0..8 {
        let (open, known) = (garage.slots("tomorrow").await, elsewhere.slots("tomorrow").await);
        assert_eq!((open.len(), known.len()), (8 - number, 8 - number));
        let booked = garage.book(&open[0], number).await.expect(201);
        let position = booked.position.expect("a position");
        let path =
            format!("/availability?service_id={}&day=tomorrow&min_position={position}", garage.service);
        for process in [&elsewhere, &garage] {
            let seen = process.get(&path).await.expect(200);
            assert_eq!(
                seen.body["slots"].as_array().map(Vec::len),
                Some(7 - number),
                "after booking {number}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_names_a_write_sees_it_in_every_process() {
    let one = TestApp::start().await;
    let other = TestApp::builder().master_key(&one.master_key).start_on(one.database.clone()).await;
    a_named_write_is_seen(&one, &other).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_names_a_write_sees_it_in_every_process_over_redis_too() {
    let redis = TestRedis::claim().await;
    let one = TestApp::builder().shared_cache(redis.cache()).start().await;
    let builder = TestApp::builder().master_key(&one.master_key).shared_cache(redis.cache());
    let other = builder.start_on(one.database.clone()).await;
    a_named_write_is_seen(&one, &other).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_one_process_revokes_the_other_takes_no_more() {
    let one = TestApp::start().await;
    let other = TestApp::builder().master_key(&one.master_key).start_on(one.database.clone()).await;
    let garage = Garage::open(&one, "Garage").await;
    let issued = garage
        .post("/api-keys", serde_json::json!({ "name": "x", "scope": "tenant_read" }))
        .await
        .expect(201);
    let client = other.client(issued.body["key"].as_str());
    client.get(&garage.path("")).await.expect(200);
    garage.client.delete(&garage.path(&format!("/api-keys/{}", issued.id()))).await.expect(204);
    until(|| async { client.get(&garage.path("")).await.status == 401 }).await;
}
