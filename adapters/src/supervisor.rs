//! The tasks that run as long as the process: started again when they end or panic, counted, and named to
//! whoever asks how the process is.

use std::collections::BTreeMap;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use frontdesk_domain::kernel::chain::panic_message;
use futures::FutureExt;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Before the first restart. Each further one in a row waits twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// Longer than a batch or a job has to end.
const STOP_MAX: Duration = Duration::from_secs(20);
/// A task that has run so long is sound again.
const SOUND_AFTER: Duration = Duration::from_secs(30);

/// Starts tasks, and starts them again. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Supervisor {
    stop: CancellationToken,
    tracker: TaskTracker,
    failures: Arc<Mutex<BTreeMap<String, Failure>>>,
}

/// The last time that a task ended by itself.
#[derive(Debug)]
struct Failure {
    reason: String,
    at: Instant,
}

impl Supervisor {
    /// Runs a task until the supervisor is stopped. `start` begins it anew each time, with a clone of what it
    /// needs.
    pub fn run<T, F>(
        &self,
        name: impl Into<String>,
        needs: T,
        start: impl Fn(T, CancellationToken) -> F + Send + Sync + 'static,
    ) where
        T: Clone + Send + Sync + 'static,
        F: Future<Output = ()> + Send,
    {
        let (name, supervisor) = (name.into(), self.clone());
        self.tracker.spawn(async move {
            let mut pause = FIRST_PAUSE;
            loop {
                let started = Instant::now();
                let task = async { start(needs.clone(), supervisor.stop.clone()).await };
                let ended = AssertUnwindSafe(task).catch_unwind().await;
                if supervisor.stop.is_cancelled() {
                    return;
                }
                let reason =
                    ended.map_or_else(|panic| panic_message(panic.as_ref()), |()| "it ended".to_owned());
                supervisor.failed(&name, reason);
                if started.elapsed() >= SOUND_AFTER {
                    pause = FIRST_PAUSE;
                }
                supervisor.stop.run_until_cancelled(tokio::time::sleep(pause)).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        });
    }

    fn failed(&self, name: &str, reason: String) {
        tracing::error!(task = name, reason, "a task of the process has stopped; it is started again");
        metrics::counter!("frontdesk_task_failures_total", "task" => name.to_owned()).increment(1);
        self.note(name, reason);
    }

    /// Notes that a task has failed, whether or not it goes on.
    pub fn note(&self, name: &str, reason: String) {
        self.failures().insert(name.to_owned(), Failure { reason, at: Instant::now() });
    }

    /// The tasks that have failed a short while ago, and why. They may be running again.
    pub fn failing(&self) -> BTreeMap<String, String> {
        let mut failures = self.failures();
        failures.retain(|_, failure| failure.at.elapsed() < SOUND_AFTER);
        failures.iter().map(|(name, failure)| (name.clone(), failure.reason.clone())).collect()
    }

    fn failures(&self) -> MutexGuard<'_, BTreeMap<String, Failure>> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells all tasks to end, and waits until they have, or for some time: one may wait for a host that is
    /// gone.
    pub async fn stop(&self) {
        self.stop.cancel();
        self.tracker.close();
        if tokio::time::timeout(STOP_MAX, self.tracker.wait()).await.is_err() {
            tracing::warn!(tasks = self.tracker.len(), "tasks have not ended in time and are abandoned");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// A bound on what must happen some time. Nothing is measured with it.
    const SOME_TIME: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn what_ends_or_panics_is_started_again_and_named_until_it_is_sound() {
        let (supervisor, starts) = (Supervisor::default(), Arc::new(AtomicUsize::new(0)));
        supervisor.run("frail", starts.clone(), |starts, stop| {
            let start = starts.fetch_add(1, Ordering::SeqCst);
            async move {
                match start {
                    0 => panic!("the first time"),
                    1 => {}
                    _ => stop.cancelled().await,
                }
            }
        });
        supervisor.run("sound", (), |(), stop| async move { stop.cancelled().await });
        let mut said = Vec::new();
        let begun = Instant::now();
        while starts.load(Ordering::SeqCst) < 3 {
            assert!(begun.elapsed() < SOME_TIME, "it is not started again: {said:?}");
            said.extend(
                supervisor
                    .failing()
                    .into_iter()
                    .filter(|failing| said.last() != Some(failing))
                    .collect::<Vec<_>>(),
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let failing = |reason: &str| ("frail".to_owned(), reason.to_owned());
        assert_eq!(said, [failing("it panicked: the first time"), failing("it ended")]);
        supervisor.stop().await;
        assert_eq!(starts.load(Ordering::SeqCst), 3, "what was told to end is not started again");
    }
}
