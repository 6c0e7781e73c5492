//! A Redis for each test: one of the server's numbered databases, emptied first.

use std::sync::{LazyLock, Mutex, PoisonError};

use frontdesk_adapters::cache::RedisCache;
use frontdesk_provision::Server;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::SOME_TIME;

/// What a server has unless it is told otherwise; number 0 is left to whoever uses the server by hand.
const DATABASES: std::ops::Range<usize> = 1..16;

struct Harness {
    server: Server,
    free: Mutex<Vec<usize>>,
    permits: Semaphore,
    _runtime: Runtime,
}

static HARNESS: LazyLock<Harness> =
    LazyLock::new(|| std::thread::spawn(Harness::start).join().expect("a Redis"));

impl Harness {
    fn start() -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let server =
            runtime.block_on(frontdesk_provision::redis()).unwrap_or_else(|error| panic!("{error:#}"));
        let permits = Semaphore::new(DATABASES.len());
        Self { server, free: Mutex::new(DATABASES.collect()), permits, _runtime: runtime }
    }
}

/// A numbered database, until it is dropped.
#[derive(Debug)]
pub struct TestRedis {
    pub url: String,
    number: usize,
    _permit: SemaphorePermit<'static>,
}

impl TestRedis {
    pub async fn claim() -> Self {
        let harness = tokio::task::spawn_blocking(|| &*HARNESS).await.expect("a harness");
        let permit = harness.permits.acquire().await.expect("never closed");
        let number =
            harness.free.lock().unwrap_or_else(PoisonError::into_inner).pop().expect("as many as permits");
        let url = format!("{}/{number}", harness.server.url.trim_end_matches('/'));
        let claimed = Self { url, number, _permit: permit };
        let () = redis::cmd("FLUSHDB").query_async(&mut claimed.connection().await).await.expect("emptied");
        claimed
    }

    pub async fn connection(&self) -> redis::aio::MultiplexedConnection {
        let client =
            redis::Client::open(self.url.as_str()).expect("TEST_REDIS_URL is the address of a Redis");
        client.get_multiplexed_async_connection().await.expect("Redis answers")
    }

    /// What a process has of it.
    pub fn cache(&self) -> RedisCache {
        RedisCache::connect(&self.url, SOME_TIME).expect("an address")
    }
}

impl Drop for TestRedis {
    fn drop(&mut self) {
        // Before the permit goes.
        HARNESS.free.lock().unwrap_or_else(PoisonError::into_inner).push(self.number);
    }
}
