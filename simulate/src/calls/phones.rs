//! The phones, and those who are calling.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::caller::{Arrival, Caller};
use super::pace::Pace;
use super::reception::Reception;
use super::{story, summary};
use crate::report::progress::Progress;
use crate::report::tally::Tally;
use crate::voice::message::Call;

const TICK: Duration = Duration::from_millis(250);

/// How much is called.
#[derive(Debug, Clone, Copy)]
pub struct Traffic {
    /// How many calls are going on at the same time.
    pub concurrency: u32,
    /// How long callers keep arriving.
    pub duration: Duration,
    pub pace: Pace,
    /// Whether callers have habits.
    pub habits: bool,
}

/// The phones over which callers call, one after another.
pub struct Phones {
    traffic: Traffic,
    opened_at: Instant,
    closed: Arc<AtomicBool>,
    calling: JoinSet<()>,
}

impl Phones {
    /// Callers arrive until the time is over or the phones are closed.
    pub fn open(traffic: Traffic, receptions: &Arc<[Reception]>) -> Self {
        let Traffic { concurrency, duration, pace, habits } = traffic;
        let arrival_max = pace.arrival_max().min(duration / 2);
        let opened_at = Instant::now();
        let closed = Arc::new(AtomicBool::new(false));
        let callers = Arc::new(AtomicU64::new(rand::random_range(0..Call::CALLERS)));
        let mut calling = JoinSet::new();
        for _ in 0..concurrency {
            let (receptions, closed, callers) = (receptions.clone(), closed.clone(), callers.clone());
            calling.spawn(async move {
                tokio::time::sleep(arrival_max.mul_f64(rand::random())).await;
                while opened_at.elapsed() < duration && !closed.load(Ordering::Relaxed) {
                    let number = callers.fetch_add(1, Ordering::Relaxed);
                    let businesses = receptions.len();
                    let Some(reception) = receptions.get(number as usize % businesses) else { return };
                    let arrival = Arrival { number, businesses, pace, habits };
                    story::call(Caller::new(reception, arrival)).await;
                }
            });
        }
        Self { traffic, opened_at, closed, calling }
    }

    /// Waits for the last callers, and shows how far they are. An interrupt closes the phones.
    pub async fn until_all_hang_up(&mut self, tally: &Tally) {
        let duration = self.traffic.duration;
        let progress = Progress::new("calls", duration.as_secs());
        let mut tick = tokio::time::interval(TICK);
        let mut interrupted = pin!(tokio::signal::ctrl_c());
        loop {
            tokio::select! {
                joined = self.calling.join_next() => match joined {
                    None => break,
                    Some(Ok(())) => {}
                    Some(Err(error)) => tally.error(&format!("a caller has broken down: {error}")),
                },
                _ = tick.tick() => {
                    let elapsed = self.opened_at.elapsed().min(duration);
                    progress.show(elapsed.as_secs(), &summary::progress(tally));
                }
                _ = &mut interrupted, if !self.closed.load(Ordering::Relaxed) => {
                    self.closed.store(true, Ordering::Relaxed);
                    eprintln!("interrupted: no more callers arrive; those in a call finish it");
                }
            }
        }
        progress.end();
    }
}
