//! What the hot path reads, kept close: decoded in the process ([`Versioned`]), and for all processes in
//! Redis ([`Cache`]), if there is one.
//!
//! Every entry is stamped with the version of the stream that it came from. A newer one replaces an older one
//! and never the other way round; and `raise`, called for every event of the log, forgets whatever is older
//! than that event. So a slow reader cannot put back what has just been forgotten. Nothing in here is truth:
//! with the cache gone everything works, slower.
//!
//! Caches are bounded by bytes, as [`weight_of`] estimates them.

mod redis;
mod shared;
mod versioned;
mod weight;

pub use redis::{BadRedisUrl, CALL_TIMEOUT, RedisCache};
pub use shared::{Cache, Entry};
pub use versioned::Versioned;
pub use weight::weight_of;
