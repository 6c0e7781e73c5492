//! The cache in Redis (or Valkey, Render's Key Value), shared by all processes.
//!
//! A value is its version in twenty digits and then its bytes; a version alone says that nothing older may be
//! kept. Two short scripts compare and set. Every call is bounded in time. After one that fails nothing is
//! read or written for a moment, so that callers do not wait for a Redis that is gone.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use frontdesk_domain::kernel::chain::Chain;
use futures::future::BoxFuture;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{AsyncCommands, Client, RedisError, Script, ScriptInvocation};

use super::shared::{Cache, Entry};

const KEPT_FOR_SECONDS: u64 = 3_600;
/// How long a process that serves waits for it.
pub const CALL_TIMEOUT: Duration = Duration::from_millis(250);
/// How long a Redis that has not answered is left alone.
const REST: Duration = Duration::from_millis(500);
const VERSION_DIGITS: usize = 20;
const PREFIX: &str = "frontdesk:";

/// KEYS: the keys; ARGV: the time to live, then for each key its new value. Keeps what is as new as what is
/// there, or newer.
const PUT: &str = r"
for i, key in ipairs(KEYS) do
  local new = ARGV[i + 1]
  local old = redis.call('GETRANGE', key, 0, 19)
  if old == '' or string.sub(new, 1, 20) >= old then redis.call('SET', key, new, 'EX', ARGV[1]) end
end";

/// The same with versions for values: replaces only what is older.
const RAISE: &str = r"
for i, key in ipairs(KEYS) do
  local new = ARGV[i + 1]
  local old = redis.call('GETRANGE', key, 0, 19)
  if old == '' or new > old then redis.call('SET', key, new, 'EX', ARGV[1]) end
end";

#[derive(Debug, thiserror::Error)]
#[error("REDIS_URL is not the address of a Redis; it should look like redis://host:6379")]
pub struct BadRedisUrl(#[source] RedisError);

pub struct RedisCache {
    connection: ConnectionManager,
    put: Script,
    raise: Script,
    call_timeout: Duration,
    /// Since when it has not answered; `None` while it does.
    silent_since: Mutex<Option<Instant>>,
}

impl std::fmt::Debug for RedisCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RedisCache")
    }
}

impl RedisCache {
    /// Connects in the background: a Redis that is down at start is used once it is up.
    pub fn connect(url: &str, call_timeout: Duration) -> Result<Self, BadRedisUrl> {
        let config = ConnectionManagerConfig::new()
            .set_response_timeout(Some(call_timeout))
            .set_connection_timeout(Some(call_timeout))
            .set_number_of_retries(1)
            .set_max_delay(REST);
        let client = Client::open(url).map_err(BadRedisUrl)?;
        let connection = ConnectionManager::new_lazy_with_config(client, config).map_err(BadRedisUrl)?;
        Ok(Self {
            connection,
            put: Script::new(PUT),
            raise: Script::new(RAISE),
            call_timeout,
            silent_since: Mutex::default(),
        })
    }

    /// Calls it. What is not answered in time is a failure: the connection may be one that is being made.
    async fn call<T>(
        &self,
        doing: &'static str,
        call: impl Future<Output = Result<T, RedisError>>,
    ) -> Option<T> {
        let error = match tokio::time::timeout(self.call_timeout, call).await {
            Ok(Ok(answer)) => {
                if self.silent_since().take().is_some() {
                    tracing::info!("Redis answers again");
                }
                return Some(answer);
            }
            Ok(Err(error)) => Chain(&error).to_string(),
            Err(_) => format!("no answer within {} ms", self.call_timeout.as_millis()),
        };
        if self.silent_since().replace(Instant::now()).is_none() {
            tracing::warn!(doing, error, "Redis does not answer; going on without it");
        }
        metrics::counter!("frontdesk_cache_failures_total").increment(1);
        None
    }

    fn rests(&self) -> bool {
        self.silent_since().is_some_and(|since| since.elapsed() < REST)
    }

    fn silent_since(&self) -> MutexGuard<'_, Option<Instant>> {
        self.silent_since.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn stored(entry: &Entry) -> Vec<u8> {
    let mut bytes = version_text(entry.version).into_bytes();
    bytes.extend_from_slice(&entry.value);
    bytes
}

fn version_text(version: i64) -> String {
    format!("{version:0VERSION_DIGITS$}")
}

fn entry(bytes: &[u8]) -> Option<Entry> {
    let (version, value) = bytes.split_at_checked(VERSION_DIGITS)?;
    let version = std::str::from_utf8(version).ok()?.parse().ok()?;
    (!value.is_empty()).then(|| Entry { version, value: Arc::from(value) })
}

impl Cache for RedisCache {
    fn get<'a>(&'a self, keys: &'a [String]) -> BoxFuture<'a, Vec<Option<Entry>>> {
        Box::pin(async move {
            if keys.is_empty() || self.rests() {
                return vec![None; keys.len()];
            }
            let keys: Vec<String> = keys.iter().map(|key| format!("{PREFIX}{key}")).collect();
            let mut connection = self.connection.clone();
            let values: Option<Vec<Option<Vec<u8>>>> = self.call("reading", connection.mget(&keys)).await;
            match values {
                Some(values) => values.iter().map(|value| entry(value.as_deref()?)).collect(),
                None => vec![None; keys.len()],
            }
        })
    }

    fn put<'a>(&'a self, entries: Vec<(String, Entry)>) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            if entries.is_empty() || self.rests() {
                return;
            }
            let mut put: ScriptInvocation<'_> = self.put.arg(KEPT_FOR_SECONDS);
            for (key, entry) in &entries {
                put.key(format!("{PREFIX}{key}")).arg(stored(entry));
            }
            let mut connection = self.connection.clone();
            self.call("writing", put.invoke_async::<()>(&mut connection)).await;
        })
    }

    fn raise<'a>(&'a self, versions: Vec<(String, i64)>) -> BoxFuture<'a, bool> {
        Box::pin(async move {
            let mut raise: ScriptInvocation<'_> = self.raise.arg(KEPT_FOR_SECONDS);
            for (key, version) in &versions {
                raise.key(format!("{PREFIX}{key}")).arg(version_text(*version));
            }
            let mut connection = self.connection.clone();
            self.call("raising versions", raise.invoke_async::<()>(&mut connection)).await.is_some()
        })
    }
}
