use chrono::TimeDelta;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kernel::ids::{CustomerId, ServiceId, WaitlistEntryId};
use crate::scheduling::availability::Terms;
use crate::values::hours::Dates;
use crate::values::interval::Interval;
use crate::values::time::{TimeOfDay, Zone};

/// What somebody waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Wish {
    pub service_id: ServiceId,
    pub terms: Terms,
    /// Of the business, both ends included.
    pub dates: Dates,
    /// An appointment starts from this time of its day on, and before the other.
    pub from_time: TimeOfDay,
    pub to_time: TimeOfDay,
}

impl Wish {
    /// The time from its first date to the end of its last.
    pub fn span(&self, zone: Zone) -> Interval {
        Interval::new(zone.midnight(self.dates.first), zone.midnight(self.dates.last + TimeDelta::days(1)))
    }

    /// Whether it is the same wish, on other days perhaps. Another time of the day, length, number of seats
    /// or resource is another wish.
    pub fn is_like(&self, other: &Self) -> bool {
        self.service_id == other.service_id
            && self.terms == other.terms
            && (self.from_time, self.to_time) == (other.from_time, other.to_time)
            && self.dates.first <= other.dates.last
            && other.dates.first <= self.dates.last
    }
}

/// A place in the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    pub entry_id: WaitlistEntryId,
    /// As they were when they joined, whoever stands for them now.
    pub customer_id: CustomerId,
    pub wish: Wish,
}

#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, strum::IntoStaticStr, strum::VariantNames,
)]
#[serde(tag = "type")]
pub enum WaitlistEvent {
    /// At the end of the line.
    EntryQueued {
        place: Place,
    },
    /// It keeps its place until the offer is answered, and is offered nothing else.
    EntryOffered {
        entry_id: WaitlistEntryId,
    },
    /// It did not take the time that it was offered: to the end of the line.
    EntryMovedBack {
        entry_id: WaitlistEntryId,
        not_taken: Interval,
    },
    EntryDequeued {
        entry_id: WaitlistEntryId,
    },
}

crate::domain_event!(WaitlistEvent);
