//! Arrivals at a fixed rate, whatever the servers do.

use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinSet;

/// Starts so many a second for a while, at random distances, as people come. `each` gets the number and the
/// instant at which it was due.
pub async fn at_rate<F>(rate: u32, lasts: Duration, mut each: impl FnMut(usize, Instant) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let (mut arrivals, mut running) = (arrivals(rate, lasts), JoinSet::new());
    let mut numbers = 0..;
    while let (Some(due), Some(number)) = (arrivals.recv().await, numbers.next()) {
        running.spawn(each(number, due));
        while running.try_join_next().is_some() {}
    }
    running.join_all().await;
}

/// Sends each instant of a Poisson process when it has come. It has a thread of its own, because the timers
/// of the runtime are up to a millisecond late.
fn arrivals(rate: u32, lasts: Duration) -> UnboundedReceiver<Instant> {
    let (sender, receiver) = unbounded_channel();
    std::thread::spawn(move || {
        let started = Instant::now();
        let mut due = started;
        loop {
            let distance = -(1.0 - rand::random::<f64>()).ln() / f64::from(rate);
            due += Duration::try_from_secs_f64(distance).unwrap_or(lasts);
            std::thread::sleep(due.min(started + lasts).saturating_duration_since(Instant::now()));
            if due - started >= lasts || sender.send(due).is_err() {
                return;
            }
        }
    });
    receiver
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_due_comes_whether_or_not_others_have_been_answered() {
        let (sender, mut due) = tokio::sync::mpsc::unbounded_channel();
        let each = |_, at: Instant| {
            sender.send(at).expect("somebody listens");
            // Nobody is answered before the end.
            tokio::time::sleep(Duration::from_millis(300))
        };
        at_rate(1_000, Duration::from_millis(200), each).await;
        let mut times = Vec::new();
        while let Ok(at) = due.try_recv() {
            times.push(at);
        }
        // 200 are expected; five standard deviations are 71.
        assert!((129..=271).contains(&times.len()), "{}", times.len());
        assert!(times.is_sorted());
    }
}
