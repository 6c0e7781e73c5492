//! Appointments of a series that cannot be had.

use chrono::{DateTime, FixedOffset};
use frontdesk_domain::kernel::refusal::Conflict;
use poem_openapi::Object;

use super::problem_type;

/// An appointment of a series that cannot be had.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "SeriesConflict")]
pub struct ConflictOut {
    /// Its number in the series.
    pub number: u16,
    /// When it would be, on the business's wall clock, with its offset.
    pub start: DateTime<FixedOffset>,
    /// Why, as the type of a problem.
    #[oai(rename = "type")]
    pub kind: String,
    /// Why, in words.
    pub detail: String,
}

impl ConflictOut {
    pub fn of(conflict: &Conflict) -> Self {
        Self {
            number: conflict.number,
            start: conflict.local_start.instant(),
            kind: problem_type::of(&conflict.slug),
            detail: conflict.detail.clone(),
        }
    }
}
