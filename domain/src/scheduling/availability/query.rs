//! The query of a search, and the slots that it finds.

use chrono::{DateTime, Utc};

use crate::kernel::ids::ResourceId;
use crate::languages::when::Times;
use crate::scheduling::service::Terms;
use crate::values::interval::Interval;
use crate::values::time::TimeOfDay;

/// The query of a search.
#[derive(Debug, Clone, Copy)]
pub struct Query {
    /// Of the starts.
    pub span: Interval,
    /// The time of day of the starts, on the business's clock.
    pub from_time: TimeOfDay,
    pub to_time: TimeOfDay,
    pub now: DateTime<Utc>,
    /// At most this many slots.
    pub limit: usize,
    pub terms: Terms,
}

impl Query {
    pub fn within(span: Interval, now: DateTime<Utc>, limit: usize) -> Self {
        let (from_time, to_time) = (TimeOfDay::START, TimeOfDay::END);
        Self { span, from_time, to_time, now, limit, terms: Terms::default() }
    }

    /// At times of the day that somebody has named.
    pub fn at(self, times: Times) -> Self {
        Self { from_time: times.from, to_time: times.to, ..self }
    }
}

/// A time that can be booked, and the resources for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    pub time: Interval,
    /// One for each need of the service, in order.
    pub resources: Vec<ResourceId>,
    /// Only of a class.
    pub seats_left: Option<u32>,
}
