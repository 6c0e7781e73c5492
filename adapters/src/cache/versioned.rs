//! A cache in the process, of values as they are.
//!
//! A search looks into it for every resource and day, so a look has to cost little: `quick_cache` keeps no
//! record of reads but a bit.

use std::fmt;
use std::hash::Hash;

use quick_cache::Weighter;
use quick_cache::sync::{Cache, EntryAction, EntryResult};

/// It grows beyond this.
const EXPECTED: usize = 1_000;
/// What an entry takes beside its value.
const ENTRY_BYTES: u64 = 96;

#[derive(Debug, Clone)]
enum Slot<V> {
    Kept(i64, V),
    /// Nothing, and nothing older than this may be kept.
    Raised(i64),
}

impl<V> Slot<V> {
    fn version(&self) -> i64 {
        match self {
            Self::Kept(version, _) | Self::Raised(version) => *version,
        }
    }
}

/// Each value is stamped with a version, as in [`super::Cache`]: a newer one replaces an older one and never
/// the other way round, and what has been raised takes nothing older. Clones of a value should cost little;
/// an `Arc` does.
pub struct Versioned<K, V> {
    slots: Cache<K, Slot<V>, Weigh<V>>,
}

impl<K, V> fmt::Debug for Versioned<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Versioned")
    }
}

#[derive(Clone)]
struct Weigh<V>(fn(&V) -> u64);

impl<K, V> Weighter<K, Slot<V>> for Weigh<V> {
    fn weight(&self, _: &K, slot: &Slot<V>) -> u64 {
        ENTRY_BYTES
            + match slot {
                Slot::Kept(_, value) => self.0(value),
                Slot::Raised(_) => 0,
            }
    }
}

impl<K: Hash + Eq + Clone, V: Clone> Versioned<K, V> {
    /// Of values that together take at most so many bytes. `weight` says how many one takes.
    pub fn new(bytes_max: u64, weight: fn(&V) -> u64) -> Self {
        Self { slots: Cache::with_weighter(EXPECTED, bytes_max, Weigh(weight)) }
    }

    pub fn get(&self, key: &K) -> Option<V> {
        match self.slots.get(key)? {
            Slot::Kept(_, value) => Some(value),
            Slot::Raised(_) => None,
        }
    }

    /// Keeps a value, unless something newer is known of its key. Whether nothing is.
    pub fn put(&self, key: K, version: i64, value: V) -> bool {
        self.replace(key, Slot::Kept(version, value), |present| version >= present)
    }

    /// Forgets what is older than a version, and refuses to keep it from now on.
    pub fn raise(&self, key: K, version: i64) {
        self.replace(key, Slot::Raised(version), |present| version > present);
    }

    fn replace(&self, key: K, slot: Slot<V>, is_newer: impl Fn(i64) -> bool) -> bool {
        let present = self.slots.entry(&key, None, |_, present| {
            let newer = is_newer(present.version());
            if newer {
                *present = slot.clone();
            }
            EntryAction::Retain(newer)
        });
        match present {
            EntryResult::Vacant(place) => {
                // Somebody else may have emptied the cache meanwhile; then it is not kept, and nothing is
                // lost.
                let _ = place.insert(slot);
                true
            }
            EntryResult::Retained(newer) => newer,
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_is_kept_and_nothing_that_is_known_to_be_old() {
        let cache = Versioned::new(10_000, |_| 1);
        assert_eq!(cache.get(&"day"), None);
        assert!(cache.put("day", 3, "three"));
        assert!(!cache.put("day", 2, "two"), "it is known to be old");
        assert_eq!(cache.get(&"day"), Some("three"), "older does not replace newer");
        cache.raise("day", 3);
        assert_eq!(cache.get(&"day"), Some("three"), "it is as new as that");
        cache.raise("day", 4);
        assert_eq!(cache.get(&"day"), None, "it is older than that");
        assert!(!cache.put("day", 3, "three"));
        assert_eq!(cache.get(&"day"), None, "a slow reader cannot put it back");
        cache.put("day", 4, "four");
        assert_eq!((cache.get(&"day"), cache.get(&"other")), (Some("four"), None));
    }

    #[test]
    fn together_they_weigh_no_more_than_they_may() {
        let cache = Versioned::new(100_000, |text: &String| text.len() as u64);
        for number in 0..1_000 {
            cache.put(number, 1, "x".repeat(1_000));
            cache.raise(1_000 + number, 1);
        }
        assert!((1..=100_000).contains(&cache.slots.weight()), "{}", cache.slots.weight());
        let kept = (0..1_000).filter(|number| cache.get(number).is_some()).count();
        assert!((1..100).contains(&kept), "{kept} values of 1,000 bytes");
    }
}
