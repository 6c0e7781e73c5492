//! What came of a contest.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::promises::verdict::Verdict;
use crate::report::tally::{Latency, Tally, get, table};

#[derive(Debug, Serialize)]
pub struct Summary {
    callers: u64,
    booked: u64,
    refused: u64,
    /// Refusals that offered other slots.
    offered: u64,
    errors: u64,
    retries: u64,
    overlaps: usize,
    lost: usize,
    latency_ms: BTreeMap<&'static str, Latency>,
}

impl Summary {
    pub fn of(callers: u64, tally: &Tally, retries: u64, verdict: &Verdict) -> Self {
        Self {
            callers,
            booked: get(&tally.booked),
            refused: get(&tally.refused),
            offered: get(&tally.offered),
            errors: get(&tally.errors),
            retries,
            overlaps: verdict.overlaps,
            lost: verdict.lost,
            latency_ms: tally.latencies(),
        }
    }

    /// The checks that failed, if so many should have booked.
    pub fn failed(&self, winners: u64, verdict: &Verdict) -> Vec<String> {
        let losers = self.callers - winners;
        let checks = [
            (self.booked, "booked", winners),
            (self.refused, "refused", losers),
            (self.offered, "refused with other open slots", losers),
            (self.errors, "errors", 0),
            (verdict.booked as u64, "in the list of appointments", winners),
        ];
        let wrong = checks.into_iter().filter(|(is, _, should)| is != should);
        let wrong = wrong.map(|(is, what, should)| format!("{is} {what}, and it should be {should}"));
        verdict.failed().into_iter().chain(wrong).collect()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { callers, booked, refused, offered, errors, retries, overlaps, .. } = self;
        writeln!(f, "{}", table(&self.latency_ms))?;
        writeln!(
            f,
            "{callers} callers: {booked} booked, {refused} refused, {offered} of them with other slots;"
        )?;
        write!(f, "{errors} errors, {retries} retries, {overlaps} overlaps.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(summary: Summary, winners: u64) -> usize {
        let verdict = Verdict { booked: summary.booked as usize, ..Verdict::default() };
        summary.failed(winners, &verdict).len()
    }

    /// A race of 200 callers.
    fn summary(booked: u64, refused: u64, offered: u64, errors: u64) -> Summary {
        let latency_ms = BTreeMap::new();
        Summary {
            callers: 200,
            booked,
            refused,
            offered,
            errors,
            retries: 0,
            overlaps: 0,
            lost: 0,
            latency_ms,
        }
    }

    #[test]
    fn a_race_has_one_winner_and_everybody_else_is_offered_something() {
        assert_eq!(failed(summary(1, 199, 199, 0), 1), 0);
        assert_eq!(failed(summary(1, 199, 198, 0), 1), 1);
        assert_eq!(failed(summary(1, 198, 198, 1), 1), 3);
        assert_eq!(failed(summary(2, 198, 198, 0), 1), 4);
    }

    #[test]
    fn with_distinct_times_everybody_wins() {
        assert_eq!(failed(summary(200, 0, 0, 0), 200), 0);
        assert_eq!(failed(summary(199, 1, 1, 0), 200), 4);
    }
}
