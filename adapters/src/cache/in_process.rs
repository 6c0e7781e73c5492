//! The cache of a process that has no Redis.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use moka::ops::compute::Op;

use super::{Cache, Entry};

const ENTRIES_MAX: u64 = 200_000;
const KEPT_FOR: Duration = Duration::from_secs(3_600);

#[derive(Debug, Clone)]
enum Slot {
    Kept(Entry),
    /// Nothing, and nothing older than this may be kept.
    Raised(i64),
}

impl Slot {
    fn version(&self) -> i64 {
        match self {
            Self::Kept(entry) => entry.version,
            Self::Raised(version) => *version,
        }
    }
}

#[derive(Debug, Clone)]
pub struct InProcessCache {
    slots: moka::sync::Cache<String, Slot>,
}

impl Default for InProcessCache {
    fn default() -> Self {
        Self { slots: moka::sync::Cache::builder().max_capacity(ENTRIES_MAX).time_to_live(KEPT_FOR).build() }
    }
}

impl InProcessCache {
    fn replace(&self, key: String, slot: Slot, newer_than: impl Fn(i64) -> bool) {
        self.slots.entry(key).and_compute_with(|present| match present {
            Some(present) if !newer_than(present.value().version()) => Op::Nop,
            _ => Op::Put(slot),
        });
    }
}

impl Cache for InProcessCache {
    fn get<'a>(&'a self, keys: &'a [String]) -> BoxFuture<'a, Vec<Option<Entry>>> {
        let entry = |key: &String| match self.slots.get(key) {
            Some(Slot::Kept(entry)) => Some(Entry { version: entry.version, value: Arc::clone(&entry.value) }),
            Some(Slot::Raised(_)) | None => None,
        };
        Box::pin(std::future::ready(keys.iter().map(entry).collect()))
    }

    fn put<'a>(&'a self, entries: Vec<(String, Entry)>) -> BoxFuture<'a, ()> {
        for (key, entry) in entries {
            let version = entry.version;
            self.replace(key, Slot::Kept(entry), |present| version >= present);
        }
        Box::pin(std::future::ready(()))
    }

    fn raise<'a>(&'a self, versions: Vec<(String, i64)>) -> BoxFuture<'a, bool> {
        for (key, version) in versions {
            self.replace(key, Slot::Raised(version), |present| version > present);
        }
        Box::pin(std::future::ready(true))
    }
}
