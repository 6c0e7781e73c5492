//! How much a decision may compute.
//!
//! A deadline does not end a decision that never waits: what it loads comes from the cache, so it holds its
//! thread. The unit of work therefore yields from time to time ([`tokio::task::consume_budget`]), and what
//! the decision has computed in between is added up here.

use std::future::Future;
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

/// A thousand times what the costliest decision takes.
pub const PROCESSOR_TIME_MAX: Duration = Duration::from_secs(2);

/// The decision has used up its processor time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsedUp;

/// Polls a future until it is ready, or until its polls have taken too long together.
pub async fn within<F: Future>(budget: Duration, future: F) -> Result<F::Output, UsedUp> {
    let mut future = pin!(future);
    let mut used = Duration::ZERO;
    std::future::poll_fn(|context| {
        let started = Instant::now();
        if let Poll::Ready(output) = future.as_mut().poll(context) {
            return Poll::Ready(Ok(output));
        }
        used += started.elapsed();
        if used > budget { Poll::Ready(Err(UsedUp)) } else { Poll::Pending }
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A bound on what must happen some time. Nothing is measured with it.
    const SOME_TIME: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn what_computes_without_end_is_ended_and_what_waits_is_not() {
        let endless = async {
            loop {
                std::thread::sleep(Duration::from_millis(1));
                tokio::task::consume_budget().await;
            }
        };
        let ended = tokio::time::timeout(SOME_TIME, within(Duration::from_millis(50), endless)).await;
        assert_eq!(ended.expect("it is ended"), Err::<(), _>(UsedUp));
        let patient = async {
            tokio::time::sleep(Duration::from_millis(60)).await;
            7
        };
        assert_eq!(within(Duration::from_millis(50), patient).await, Ok(7));
    }
}
