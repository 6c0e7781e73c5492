//! A cache that all processes share: the port to it.

use std::sync::Arc;

use futures::future::BoxFuture;

/// A value as of a version of its stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub version: i64,
    pub value: Arc<[u8]>,
}

/// A cache that processes share.
pub trait Cache: Send + Sync + std::fmt::Debug {
    /// The entries under these keys, in their order. Whatever cannot be had is `None`.
    fn get<'a>(&'a self, keys: &'a [String]) -> BoxFuture<'a, Vec<Option<Entry>>>;

    /// Keeps entries, each unless something newer is known of its key.
    fn put<'a>(&'a self, entries: Vec<(String, Entry)>) -> BoxFuture<'a, ()>;

    /// Forgets what is older than these versions, and refuses to keep it from now on. False when that could
    /// not be done: then what it holds may be old, and must not be used until it has been told.
    fn raise<'a>(&'a self, versions: Vec<(String, i64)>) -> BoxFuture<'a, bool>;
}
