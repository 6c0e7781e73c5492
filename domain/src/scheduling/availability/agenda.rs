//! What a search reads of the bookings.

use chrono::NaiveDate;

use crate::kernel::ids::ResourceId;
use crate::scheduling::agenda_day::Occupation;
use crate::scheduling::service::Limit;
use crate::values::interval::Interval;

/// The bookings that a search reads.
pub trait Agenda {
    /// The occupations of a resource, in any order. At least those that overlap the span, buffers included.
    fn taken(&self, resource: ResourceId, span: Interval) -> impl Iterator<Item = &Occupation>;

    /// How much of a limit is used in the period that begins on a date. `resource` is set for a limit by
    /// resource.
    fn used(&self, limit: &Limit, resource: Option<ResourceId>, from: NaiveDate) -> Use;
}

/// How much of a limit is used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Use {
    pub bookings: u32,
    pub minutes: u32,
}

impl Use {
    /// With one more booking of so many minutes.
    pub fn with(self, minutes: u32) -> Self {
        Self { bookings: self.bookings.saturating_add(1), minutes: self.minutes.saturating_add(minutes) }
    }

    /// With one booking of so many minutes less.
    pub fn without(self, minutes: u32) -> Self {
        Self { bookings: self.bookings.saturating_sub(1), minutes: self.minutes.saturating_sub(minutes) }
    }

    /// Whether a limit leaves room for one more booking of so many minutes.
    pub fn allows(self, limit: &Limit, minutes: u32) -> bool {
        limit.bookings.is_none_or(|most| self.bookings < most)
            && limit.minutes.is_none_or(|most| self.minutes.saturating_add(minutes) <= most)
    }
}
