//! Counts and latencies.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

/// Latencies are counted in microseconds, up to this many.
const LATENCY_MAX_US: u64 = 10 * 60 * 1_000_000;
const DIGITS: u8 = 3;
const COMPLAINTS_MAX: usize = 5;

/// What happened, counted by all callers together.
#[derive(Default)]
pub struct Tally {
    latencies: Mutex<BTreeMap<&'static str, Histogram<u64>>>,
    complaints: Mutex<Vec<String>>,
    pub calls: AtomicU64,
    pub booked: AtomicU64,
    pub moved: AtomicU64,
    pub cancelled: AtomicU64,
    pub refused: AtomicU64,
    /// Refusals that came with other open slots.
    pub offered: AtomicU64,
    pub errors: AtomicU64,
    /// Tool calls that were answered differently when they were repeated.
    pub changed_answers: AtomicU64,
    /// Answers to what had been done before.
    pub done_already: AtomicU64,
    /// How often callers did what some of them do.
    pub habits: Habits,
}

/// How often callers asked for the same again, called without a number, called from a family's telephone, and
/// changed their minds.
#[derive(Default)]
pub struct Habits {
    pub repeats: AtomicU64,
    pub withheld: AtomicU64,
    pub shared: AtomicU64,
    pub changes_of_mind: AtomicU64,
}

pub fn add(count: &AtomicU64) {
    count.fetch_add(1, Ordering::Relaxed);
}

pub fn get(count: &AtomicU64) -> u64 {
    count.load(Ordering::Relaxed)
}

impl Tally {
    pub fn time(&self, step: &'static str, took: Duration) {
        let mut latencies = self.latencies.lock().unwrap_or_else(PoisonError::into_inner);
        let histogram = match latencies.get_mut(step) {
            Some(histogram) => histogram,
            None => match Histogram::new_with_bounds(1, LATENCY_MAX_US, DIGITS) {
                Ok(histogram) => latencies.entry(step).or_insert(histogram),
                Err(_) => return,
            },
        };
        histogram.saturating_record(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
    }

    pub fn error(&self, what: &str) {
        add(&self.errors);
        self.complain(what);
    }

    /// Keeps the first few different complaints.
    pub fn complain(&self, what: &str) {
        let mut complaints = self.complaints.lock().unwrap_or_else(PoisonError::into_inner);
        if complaints.len() < COMPLAINTS_MAX && !complaints.iter().any(|complaint| complaint == what) {
            complaints.push(what.to_owned());
        }
    }

    pub fn complaints(&self) -> Vec<String> {
        let complaints = self.complaints.lock().unwrap_or_else(PoisonError::into_inner);
        complaints.iter().map(|complaint| format!("  {complaint}")).collect()
    }

    pub fn latencies(&self) -> BTreeMap<&'static str, Latency> {
        let latencies = self.latencies.lock().unwrap_or_else(PoisonError::into_inner);
        latencies.iter().map(|(step, histogram)| (*step, Latency::of(histogram))).collect()
    }
}

/// How long a step took from the first try to the answer, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Latency {
    pub count: u64,
    pub p50: f64,
    pub p95: f64,
    pub p99: f64,
    pub max: f64,
}

impl Latency {
    fn of(histogram: &Histogram<u64>) -> Self {
        let ms = |us: u64| (us as f64 / 100.0).round() / 10.0;
        let at = |quantile: f64| ms(histogram.value_at_quantile(quantile));
        Self { count: histogram.len(), p50: at(0.50), p95: at(0.95), p99: at(0.99), max: ms(histogram.max()) }
    }
}

/// Latencies as a table for people.
pub fn table(latencies: &BTreeMap<&'static str, Latency>) -> String {
    let mut table = format!("{:<24}{:>9}", "step", "count");
    ["p50 ms", "p95 ms", "p99 ms", "max ms"]
        .iter()
        .for_each(|column| table.push_str(&format!("{column:>10}")));
    table.push('\n');
    for (step, Latency { count, p50, p95, p99, max }) in latencies {
        table.push_str(&format!("{step:<24}{count:>9}{p50:>10.1}{p95:>10.1}{p99:>10.1}{max:>10.1}\n"));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_in_milliseconds() {
        let tally = Tally::default();
        for ms in 1..=100 {
            tally.time("book_appointment", Duration::from_millis(ms));
        }
        tally.time("status_update", Duration::from_secs(3_600));
        let latencies = tally.latencies();
        let Latency { count, p50, p95, p99, max } = latencies["book_appointment"];
        assert_eq!(count, 100);
        for (got, expected) in [(p50, 50.0), (p95, 95.0), (p99, 99.0), (max, 100.0)] {
            assert!((got - expected).abs() <= 0.2, "{got} is not {expected}");
        }
        assert!(latencies["status_update"].p50 >= 599_000.0);
        assert_eq!(table(&latencies).lines().count(), 3);
    }

    #[test]
    fn the_same_complaint_is_kept_once() {
        let tally = Tally::default();
        for number in [1, 1, 2, 3, 4, 5, 6, 7] {
            tally.error(&format!("complaint {number}"));
        }
        assert_eq!((get(&tally.errors), tally.complaints().len()), (8, COMPLAINTS_MAX));
    }
}
