//! What came of the calls.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::promises::check::Verdict;
use crate::report::tally::{Latency, Tally, get, table};

#[derive(Debug, Serialize)]
pub struct Summary {
    calls: u64,
    booked: u64,
    moved: u64,
    cancelled: u64,
    refused: u64,
    errors: u64,
    retries: u64,
    overlaps: usize,
    lost: usize,
    repeated: u64,
    taken_twice: usize,
    untranslated: usize,
    seconds: f64,
    latency_ms: BTreeMap<&'static str, Latency>,
}

impl Summary {
    pub fn of(tally: &Tally, retries: u64, verdict: &Verdict, took: Duration) -> Self {
        Self {
            calls: get(&tally.calls),
            booked: get(&tally.booked),
            moved: get(&tally.moved),
            cancelled: get(&tally.cancelled),
            refused: get(&tally.refused),
            errors: get(&tally.errors),
            retries,
            overlaps: verdict.overlaps,
            lost: verdict.lost,
            repeated: get(&tally.changed_answers) + verdict.unknown as u64,
            taken_twice: verdict.taken_twice,
            untranslated: verdict.untranslated,
            seconds: (took.as_secs_f64() * 10.0).round() / 10.0,
            latency_ms: tally.latencies(),
        }
    }

    /// The checks that failed.
    pub fn failed(&self, tally: &Tally, verdict: &Verdict) -> Vec<String> {
        let mut failed = verdict.failed();
        let changed = get(&tally.changed_answers);
        if changed > 0 {
            failed.push(format!("{changed} tool calls were answered differently when they were repeated"));
        }
        if self.errors > 0 {
            failed.push(format!("{} requests failed", self.errors));
        }
        if self.booked == 0 {
            failed.push("nothing was booked".into());
        }
        if !failed.is_empty() {
            failed.extend(tally.complaints());
        }
        failed
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { calls, booked, moved, cancelled, refused, errors, retries, .. } = self;
        let Self { overlaps, lost, repeated, seconds, .. } = self;
        writeln!(f, "{}", table(&self.latency_ms))?;
        write!(f, "{calls} calls in {seconds} seconds: ")?;
        writeln!(f, "{booked} booked, {moved} moved, {cancelled} cancelled, {refused} refused;")?;
        write!(
            f,
            "{errors} errors, {retries} retries, {overlaps} overlaps, {lost} lost, {repeated} repeated."
        )
    }
}

/// How far the calls are.
pub fn progress(tally: &Tally) -> String {
    let Tally { calls, booked, refused, errors, .. } = tally;
    let (calls, booked) = (get(calls), get(booked));
    let (refused, errors) = (get(refused), get(errors));
    format!("{calls} calls, {booked} booked, {refused} refused, {errors} errors")
}
