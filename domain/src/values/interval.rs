//! A span of time between two instants, the end not included.

use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::values::time::is_in_reach;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Interval {
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
}

/// Why two instants are no period that the product takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPeriod {
    #[error("the end must be after the start")]
    Backwards,
    #[error("times must be from 1970 to 2199")]
    OutOfReach,
}

impl Interval {
    /// A period as it comes from outside.
    pub fn checked(start: DateTime<Utc>, end: DateTime<Utc>) -> Result<Self, BadPeriod> {
        if start >= end {
            return Err(BadPeriod::Backwards);
        }
        // The end is not included.
        if !is_in_reach(start) || !is_in_reach(end - TimeDelta::nanoseconds(1)) {
            return Err(BadPeriod::OutOfReach);
        }
        Ok(Self::new(start, end))
    }

    pub fn new(start: DateTime<Utc>, end: DateTime<Utc>) -> Self {
        Self { start, end }
    }

    pub fn starting(start: DateTime<Utc>, length: TimeDelta) -> Self {
        Self { start, end: start + length }
    }

    pub fn is_empty(self) -> bool {
        self.start >= self.end
    }

    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    pub fn intersection(self, other: Self) -> Option<Self> {
        let both = Self { start: self.start.max(other.start), end: self.end.min(other.end) };
        (!both.is_empty()).then_some(both)
    }

    /// Wider by this much on each side.
    pub fn padded(self, before: TimeDelta, after: TimeDelta) -> Self {
        Self { start: self.start - before, end: self.end + after }
    }

    /// From the earlier start to the later end.
    pub fn hull(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The last instant in it; its start, if it is empty.
    pub fn last(self) -> DateTime<Utc> {
        if self.is_empty() { self.start } else { self.end - TimeDelta::nanoseconds(1) }
    }

    /// The UTC days it touches, counted in days since 1970-01-01.
    pub fn utc_days(self) -> std::ops::RangeInclusive<i32> {
        utc_day(self.start)..=utc_day(self.last())
    }
}

/// The UTC day of an instant, counted in days since 1970-01-01.
pub fn utc_day(instant: DateTime<Utc>) -> i32 {
    // Years past 9999 never get here: every instant is parsed within bounds, and i32 holds 5.8 million years
    // of days.
    instant.timestamp().div_euclid(86_400) as i32
}

/// Joins intervals that touch or overlap; the result is sorted and disjoint.
pub fn merged(mut intervals: Vec<Interval>) -> Vec<Interval> {
    intervals.retain(|interval| !interval.is_empty());
    intervals.sort_unstable();
    let mut joined: Vec<Interval> = Vec::with_capacity(intervals.len());
    for interval in intervals {
        match joined.last_mut() {
            Some(last) if interval.start <= last.end => last.end = last.end.max(interval.end),
            _ => joined.push(interval),
        }
    }
    joined
}

/// What both sorted, disjoint lists cover.
pub fn intersected(left: &[Interval], right: &[Interval]) -> Vec<Interval> {
    let (mut i, mut j) = (0, 0);
    let mut common = Vec::new();
    while let (Some(a), Some(b)) = (left.get(i), right.get(j)) {
        common.extend(a.intersection(*b));
        if a.end <= b.end { i += 1 } else { j += 1 }
    }
    common
}

/// What the first sorted, disjoint list covers and the second does not.
pub fn subtracted(from: &[Interval], what: &[Interval]) -> Vec<Interval> {
    let mut rest = Vec::with_capacity(from.len());
    let mut first = 0;
    for interval in from {
        while what.get(first).is_some_and(|cut| cut.end <= interval.start) {
            first += 1;
        }
        let mut start = interval.start;
        for cut in what[first..].iter().take_while(|cut| cut.start < interval.end) {
            rest.push(Interval::new(start, cut.start));
            start = start.max(cut.end);
        }
        rest.push(Interval::new(start, interval.end));
    }
    rest.retain(|interval| !interval.is_empty());
    rest
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use proptest::prelude::*;

    use super::*;

    fn at(minute: i64) -> DateTime<Utc> {
        Utc.timestamp_opt(minute * 60, 0).single().expect("in range")
    }

    fn span(start: i64, end: i64) -> Interval {
        Interval::new(at(start), at(end))
    }

    fn minutes(list: &[Interval]) -> Vec<bool> {
        (0..200)
            .map(|minute| list.iter().any(|interval| interval.contains(span(minute, minute + 1))))
            .collect()
    }

    #[test]
    fn a_span_that_ends_at_midnight_does_not_touch_the_next_day() {
        let day = 24 * 60;
        assert_eq!(span(day - 30, day).utc_days(), 0..=0);
        assert_eq!(span(day - 30, day + 1).utc_days(), 0..=1);
        assert_eq!(span(-30, 0).utc_days(), -1..=-1);
    }

    #[test]
    fn a_period_from_outside_lies_in_the_years_of_the_product() {
        let check = |start: &str, end: &str| {
            let at = |text: &str| text.parse().expect("an instant");
            Interval::checked(at(start), at(end)).map(|period| period.end == at(end))
        };
        assert_eq!(check("1970-01-01T00:00:00Z", "2200-01-01T00:00:00Z"), Ok(true));
        assert_eq!(check("1969-12-31T23:59:00Z", "1970-01-02T00:00:00Z"), Err(BadPeriod::OutOfReach));
        assert_eq!(check("2199-12-31T23:59:00Z", "2200-01-01T00:01:00Z"), Err(BadPeriod::OutOfReach));
        assert_eq!(check("2026-11-25T10:00:00Z", "2026-11-25T10:00:00Z"), Err(BadPeriod::Backwards));
    }

    prop_compose! {
        fn spans()(parts in prop::collection::vec((0_i64..180, 0_i64..20), 0..12)) -> Vec<Interval> {
            parts.into_iter().map(|(start, length)| span(start, start + length)).collect()
        }
    }

    proptest! {
        #[test]
        fn set_operations_agree_with_counting_minutes(a in spans(), b in spans()) {
            let (covered_a, covered_b) = (minutes(&a), minutes(&b));
            let (a, b) = (merged(a), merged(b));
            prop_assert_eq!(&minutes(&a), &covered_a);
            prop_assert!(a.windows(2).all(|pair| pair[0].end < pair[1].start));
            let both: Vec<bool> = covered_a.iter().zip(&covered_b).map(|(a, b)| *a && *b).collect();
            prop_assert_eq!(minutes(&intersected(&a, &b)), both);
            let only: Vec<bool> = covered_a.iter().zip(&covered_b).map(|(a, b)| *a && !*b).collect();
            prop_assert_eq!(minutes(&subtracted(&a, &b)), only);
        }
    }
}
