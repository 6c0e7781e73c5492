//! What a booking agrees to: its price, until when it may be changed, and what it costs after that. A booking
//! keeps the policy that it was made under, whatever becomes of the service later.

use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::values::money::Money;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Policy {
    /// A booking is a request until the business says yes.
    pub approval: Option<Approval>,
    pub cancellation: Deadline,
    pub reschedule: Deadline,
    pub no_show: NoShowPolicy,
    /// Whether a customer may have another appointment at the same time.
    #[serde(default)]
    pub overlap: Overlap,
    /// So long after its end an appointment is completed, unless somebody has said what became of it.
    pub complete_after_minutes: Option<u32>,
}

/// What becomes of a booking that overlaps another appointment of the same customer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Overlap {
    Allowed,
    /// It needs their consent.
    #[default]
    Asked,
    Forbidden,
}

impl Overlap {
    /// Whether a customer who accepts it, or does not, may have two at a time.
    pub fn is_fine(self, accepted: bool) -> bool {
        match self {
            Self::Allowed => true,
            Self::Asked => accepted,
            Self::Forbidden => false,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Approval {
    /// So long a request stands, and never after its appointment begins.
    pub within_minutes: u32,
}

impl Approval {
    pub fn until(self, now: DateTime<Utc>, start: DateTime<Utc>) -> DateTime<Utc> {
        (now + TimeDelta::minutes(self.within_minutes.into())).min(start)
    }
}

/// Until when something is free of charge, and what then.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Deadline {
    /// Before the start.
    pub minutes_before: u32,
    pub after: Late,
}

impl Deadline {
    pub fn until(self, start: DateTime<Utc>) -> DateTime<Utc> {
        start - TimeDelta::minutes(self.minutes_before.into())
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Late {
    /// Only the business can still do it.
    #[default]
    Refused,
    Charged {
        fee: Fee,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fee {
    Amount {
        money: Money,
    },
    /// Of the price.
    Percent {
        percent: u32,
    },
}

impl Fee {
    pub fn of(self, price: Option<Money>) -> Option<Money> {
        match self {
            Self::Amount { money } => Some(money),
            Self::Percent { percent } => price.map(|price| price.percent(percent)),
        }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NoShowPolicy {
    pub fee: Option<Fee>,
    pub limit: Option<NoShowLimit>,
}

/// Whoever has missed so many appointments of the business is booked by its people only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NoShowLimit {
    pub no_shows: u32,
    pub within_days: u32,
}

/// What customer and business agreed on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Agreement {
    pub price: Option<Money>,
    pub policy: Policy,
}
