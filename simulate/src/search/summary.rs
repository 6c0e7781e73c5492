//! What came of the searches.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::report::tally::{Latency, table};

/// The steps that are measured.
pub const FIRST: &str = "search, first touch";
pub const WARM: &str = "search, under load";
pub const BOOKING: &str = "booking, under load";
/// How late a search was sent: that counts as its latency, too.
pub const LATE: &str = "(sent late by)";

#[derive(Debug, Serialize)]
pub struct Summary {
    pub business: String,
    pub resources: usize,
    pub days: u32,
    /// While the business was set up.
    pub filled: u64,
    pub searches_per_second: u32,
    pub bookings_per_second: u32,
    pub seconds: u32,
    pub booked: u64,
    pub errors: u64,
    pub latency_ms: BTreeMap<&'static str, Latency>,
}

impl Summary {
    /// The checks that failed.
    pub fn failed(&self, p99_ms: Option<f64>) -> Vec<String> {
        let mut failed = Vec::new();
        if self.errors > 0 {
            failed.push(format!("{} errors, and there should be none", self.errors));
        }
        if let (Some(most), Some(latency)) = (p99_ms, self.latency_ms.get(WARM))
            && latency.p99 > most
        {
            let p99 = latency.p99;
            failed
                .push(format!("99 of 100 searches took up to {p99} ms, and it should be at most {most} ms"));
        }
        failed
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { business, resources, days, filled, seconds, booked, errors, .. } = self;
        let (searches, bookings) = (self.searches_per_second, self.bookings_per_second);
        writeln!(f, "{}", table(&self.latency_ms))?;
        writeln!(f, "{resources} resources x {days} days of {business}, {filled} slots booked beforehand;")?;
        write!(f, "{searches} searches and {bookings} bookings a second for {seconds} s: ")?;
        write!(f, "{booked} booked, {errors} errors.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_and_a_high_percentile_fail() {
        let latency = Latency { count: 1, p50: 1.0, p95: 2.0, p99: 5.5, max: 9.0 };
        let summary = |errors| Summary {
            business: String::new(),
            resources: 50,
            days: 60,
            filled: 0,
            searches_per_second: 500,
            bookings_per_second: 50,
            seconds: 1,
            booked: 0,
            errors,
            latency_ms: BTreeMap::from([(WARM, latency)]),
        };
        assert_eq!(summary(0).failed(None).len() + summary(0).failed(Some(6.0)).len(), 0);
        assert_eq!((summary(1).failed(None).len(), summary(1).failed(Some(5.0)).len()), (1, 2));
    }
}
