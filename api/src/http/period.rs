//! Periods in requests.

use chrono::{DateTime, Utc};
use frontdesk_domain::values::interval::Interval;

use super::problem::Problem;

/// The span of time that the API takes part in; instants outside it are mistakes.
pub fn check_period(start: DateTime<Utc>, end: DateTime<Utc>) -> Result<Interval, Problem> {
    Interval::checked(start, end).map_err(|error| Problem::invalid(error.to_string()))
}
