//! The query of a search, and the slots that it finds.

use chrono::{DateTime, Utc};

use crate::kernel::ids::ResourceId;
use crate::languages::Language;
use crate::languages::when::{self, BadWhen};
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

    /// Within a part of the day, and from a time on, both as people say them.
    pub fn at(
        self,
        part_of_day: Option<&str>,
        time: Option<&str>,
        language: Language,
    ) -> Result<Self, BadWhen> {
        let mut query = self;
        let part = part_of_day.map(|part| when::part_of_day(part, language)).transpose()?;
        if let Some(part) = part {
            (query.from_time, query.to_time) = (part.from, part.to);
        }
        if let Some(time) = time {
            query.from_time = query.from_time.max(when::time(time, part, language)?);
        }
        Ok(query)
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
