//! What the tests stand on.

pub mod app;
pub mod binary;
pub mod commits;
pub mod database;
pub mod deployment;
pub mod locks;
pub mod process;
pub mod proxy;
pub mod redis;
pub mod shop;
pub mod source;
pub mod whatsapp;

use std::time::Duration;

/// A bound on what must happen some time: a test that would wait forever fails instead. Nothing is measured
/// with it.
pub const SOME_TIME: Duration = Duration::from_secs(300);

pub async fn within<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(SOME_TIME, future).await.expect("it happens some time")
}

/// Asks until the answer is yes.
pub async fn until<F: Future<Output = bool>>(mut answer: impl FnMut() -> F) {
    within(async {
        while !answer().await {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await;
}
