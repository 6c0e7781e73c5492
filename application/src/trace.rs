//! The trace (W3C Trace Context) that the current work belongs to. It is recorded in the metadata of what the
//! work causes.

use std::future::Future;

tokio::task_local! {
    static TRACE_ID: String;
}

/// Does some work in a trace.
pub async fn scope<T>(trace_id: String, work: impl Future<Output = T>) -> T {
    TRACE_ID.scope(trace_id, work).await
}

/// The trace of the current work, if it has one.
pub fn current() -> Option<String> {
    TRACE_ID.try_with(Clone::clone).ok()
}
