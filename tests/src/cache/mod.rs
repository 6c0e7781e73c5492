//! What Redis keeps for all processes.

use std::sync::Arc;

use frontdesk_adapters::cache::{CALL_TIMEOUT, Cache, Entry, RedisCache};
use tokio::net::TcpListener;

use crate::support::redis::TestRedis;
use crate::support::within;

fn entry(version: i64, value: &str) -> Entry {
    Entry { version, value: Arc::from(value.as_bytes()) }
}

async fn put(cache: &dyn Cache, key: &str, version: i64, value: &str) {
    cache.put(vec![(key.to_owned(), entry(version, value))]).await;
}

async fn get(cache: &dyn Cache, key: &str) -> Option<Entry> {
    cache.get(&[key.to_owned()]).await.remove(0)
}

async fn raise(cache: &dyn Cache, key: &str, version: i64) -> bool {
    cache.raise(vec![(key.to_owned(), version)]).await
}

/// What holds for every cache, with one handle for each of two processes.
async fn keeps_the_newest(one: &dyn Cache, other: &dyn Cache) {
    assert_eq!(get(one, "day").await, None);
    put(one, "day", 3, "three").await;
    assert_eq!(get(other, "day").await, Some(entry(3, "three")));
    put(other, "day", 2, "two").await;
    assert_eq!(get(one, "day").await, Some(entry(3, "three")), "older does not replace newer");
    put(other, "day", 10, "ten").await;
    assert_eq!(get(one, "day").await, Some(entry(10, "ten")), "versions are numbers, not texts");
    assert!(raise(one, "day", 10).await);
    assert_eq!(get(other, "day").await, Some(entry(10, "ten")), "it is as new as that");
    assert!(raise(one, "day", 11).await);
    assert_eq!(get(other, "day").await, None, "it is older than that");
    put(other, "day", 10, "ten").await;
    assert_eq!(get(one, "day").await, None, "a slow reader cannot put it back");
    put(other, "day", 11, "eleven").await;
    assert_eq!(get(one, "day").await, Some(entry(11, "eleven")));
    let keys = ["nothing", "day", "nothing either"].map(str::to_owned);
    assert_eq!(one.get(&keys).await, [None, Some(entry(11, "eleven")), None]);
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_keeps_the_newest_and_nothing_that_is_known_to_be_old() {
    let redis = TestRedis::claim().await;
    keeps_the_newest(&redis.cache(), &redis.cache()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_redis_expires() {
    let redis = TestRedis::claim().await;
    put(&redis.cache(), "day", 1, "one").await;
    raise(&redis.cache(), "other", 1).await;
    let mut connection = redis.connection().await;
    for key in ["frontdesk:day", "frontdesk:other"] {
        let seconds: i64 = redis::cmd("TTL").arg(key).query_async(&mut connection).await.expect("an answer");
        assert!((1..=3_600).contains(&seconds), "{key}: {seconds}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_in_redis_is_nothing() {
    let redis = TestRedis::claim().await;
    let mut connection = redis.connection().await;
    for garbage in ["", "x", "12345678901234567890", "1234567890123456789x{}", "äöüäöüäöüäöüäöü"]
    {
        let () = redis::cmd("SET")
            .arg("frontdesk:day")
            .arg(garbage)
            .query_async(&mut connection)
            .await
            .expect("set");
        assert_eq!(get(&redis.cache(), "day").await, None, "{garbage:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_is_not_there_has_nothing_and_says_that_it_was_not_told() {
    // Somebody has the port and does not listen.
    let nobody = tokio::net::TcpSocket::new_v4().expect("a socket");
    nobody.bind(([127, 0, 0, 1], 0).into()).expect("a port");
    let address = nobody.local_addr().expect("an address");
    let cache =
        RedisCache::connect(&format!("redis://{address}"), CALL_TIMEOUT).expect("it connects when it can");
    put(&cache, "day", 1, "one").await;
    assert_eq!(get(&cache, "day").await, None);
    assert!(!raise(&cache, "day", 2).await);
}

/// It hangs, or was paused.
#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_accepts_and_never_speaks_keeps_nobody_waiting() {
    let silent = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = silent.local_addr().expect("an address");
    tokio::spawn(async move {
        let mut taken = Vec::new();
        while let Ok((connection, _)) = silent.accept().await {
            taken.push(connection);
        }
    });
    let cache = RedisCache::connect(&format!("redis://{address}"), CALL_TIMEOUT).expect("an address");
    assert!(!within(raise(&cache, "day", 2)).await, "it was not told");
    assert_eq!(within(get(&cache, "day")).await, None);
    within(put(&cache, "day", 2, "two")).await;
}
