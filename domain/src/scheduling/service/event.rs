use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate, TimeDelta, Weekday};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::policy::Policy;
use crate::kernel::ids::ResourceId;
use crate::scheduling::agenda_day::Buffers;
use crate::values::hours::Dates;
use crate::values::money::Money;
use crate::values::question::Question;
use crate::values::text::{Name, Note};
use crate::values::time::{in_reach, week_start};

/// A service as it is offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ServiceDetails {
    pub name: Name,
    pub description: Option<Note>,
    pub duration_minutes: u32,
    /// Further durations that a customer may choose.
    #[serde(default)]
    pub other_durations: Vec<u32>,
    /// Time kept free before and after each appointment.
    pub buffers: Buffers,
    /// How long before its start it can be booked at the latest.
    pub minimum_notice_minutes: u32,
    /// How far ahead it can be booked.
    pub horizon: Horizon,
    /// Where appointments start.
    pub grid: Grid,
    /// More than one: a class, whose bookings of the same time share its resources until its seats are taken.
    pub seats: u32,
    #[serde(default)]
    pub limits: Vec<Limit>,
    /// How long a time that has become free is kept for whoever is first on the waitlist.
    #[serde(default = "waitlist_offer_minutes")]
    pub waitlist_offer_minutes: u32,
    /// What it takes, all of it.
    pub needs: Vec<Need>,
    /// Of an appointment; of a class, of a seat.
    #[serde(default)]
    pub price: Option<Money>,
    #[serde(default)]
    pub policy: Policy,
    /// What is asked before it is booked.
    #[serde(default)]
    pub questions: Vec<Question>,
}

/// Unless the service says otherwise.
pub const WAITLIST_OFFER_MINUTES: u32 = 30;

fn waitlist_offer_minutes() -> u32 {
    WAITLIST_OFFER_MINUTES
}

impl ServiceDetails {
    /// With nothing special about it: for one customer at a time, without price, at every quarter of an hour,
    /// up to 60 days ahead.
    pub fn new(name: Name, duration_minutes: u32, needs: Vec<Need>) -> Self {
        Self {
            name,
            description: None,
            duration_minutes,
            other_durations: vec![],
            buffers: Buffers::default(),
            minimum_notice_minutes: 0,
            horizon: Horizon::Days { days: 60 },
            grid: Grid { kind: GridKind::Clock, step_minutes: 15, offset_minutes: 0 },
            seats: 1,
            limits: vec![],
            waitlist_offer_minutes: WAITLIST_OFFER_MINUTES,
            needs,
            price: None,
            policy: Policy::default(),
            questions: vec![],
        }
    }

    /// Every resource that it may need.
    pub fn resources(&self) -> BTreeSet<ResourceId> {
        self.needs.iter().flat_map(|need| &need.any_of).copied().collect()
    }

    pub fn durations(&self) -> impl Iterator<Item = u32> {
        std::iter::once(self.duration_minutes).chain(self.other_durations.iter().copied())
    }

    pub fn is_class(&self) -> bool {
        self.seats > 1
    }
}

/// One of these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Need {
    pub any_of: Vec<ResourceId>,
    #[serde(default)]
    pub choice: Choice,
    /// For [`Choice::Balanced`]: how much each takes in relation to the others; the same if empty.
    #[serde(default)]
    pub weights: Vec<u32>,
}

impl Need {
    /// In order of preference.
    pub fn any_of(resources: impl IntoIterator<Item = ResourceId>) -> Self {
        Self { any_of: resources.into_iter().collect(), choice: Choice::Preferred, weights: vec![] }
    }
}

/// Which of those that are free is taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// The first, in the order in which they are listed.
    #[default]
    Preferred,
    /// The one with the fewest minutes of appointments that day.
    LeastBusy,
    /// In turn, by weight: the one with the fewest appointments that week for its weight.
    Balanced,
}

/// How far ahead it can be booked, in dates of the business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Horizon {
    /// Today and this many days more.
    Days { days: u32 },
    /// Today and on until this many days from Monday to Friday have passed.
    BusinessDays { days: u32 },
    /// The first so many days on which anything is open.
    AvailableDays { days: u32 },
    /// These dates only.
    Dates(Dates),
}

impl Horizon {
    /// The dates that it allows. Of available days it is the most that they can reach.
    pub fn dates(self, today: NaiveDate) -> Dates {
        let until = |last| Dates { first: today, last };
        match self {
            Self::Days { days } => until(today + TimeDelta::days(days.into())),
            Self::BusinessDays { days } => {
                let is_business_day =
                    |date: &NaiveDate| !matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
                let ahead = today.iter_days().skip(1).filter(is_business_day).take(days as usize).last();
                until(ahead.unwrap_or(today))
            }
            Self::AvailableDays { .. } => until(today + TimeDelta::days(AVAILABLE_DAYS_REACH)),
            Self::Dates(Dates { first, last }) => Dates { first: in_reach(first), last: in_reach(last) },
        }
    }
}

/// How far the search for days with anything open goes.
pub const AVAILABLE_DAYS_REACH: i64 = 366;

/// Where appointments start within the time that is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Grid {
    pub kind: GridKind,
    pub step_minutes: u32,
    /// How much later than the grid would have it each appointment starts.
    #[serde(default)]
    pub offset_minutes: u32,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GridKind {
    /// In each free stretch from the first round time on the business's clock.
    #[default]
    Clock,
    /// From each opening in steps, whatever is booked.
    Opening,
    /// In each free stretch so that the most appointments fit, at round times where that costs none.
    Tight,
}

/// So much at most in a period of the business's calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Limit {
    pub of: LimitOf,
    pub per: Period,
    pub bookings: Option<u32>,
    pub minutes: Option<u32>,
}

#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum LimitOf {
    /// All bookings of the service.
    Service,
    /// Those of the service with one resource.
    Resource,
    /// Those of the service for one customer.
    Customer,
}

#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Period {
    Day,
    /// From Monday.
    Week,
    Month,
    Year,
}

impl Period {
    /// The first day of the period that a date lies in.
    pub fn start(self, date: NaiveDate) -> NaiveDate {
        match self {
            Self::Day => date,
            Self::Week => week_start(date),
            Self::Month => date.with_day(1).unwrap_or(date),
            Self::Year => date.with_day(1).and_then(|date| date.with_month(1)).unwrap_or(date),
        }
    }
}

#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, strum::IntoStaticStr, strum::VariantNames,
)]
#[serde(tag = "type")]
pub enum ServiceEvent {
    ServiceAdded { details: ServiceDetails },
    ServiceChanged { details: ServiceDetails },
    ServiceRetired {},
}

crate::domain_event!(ServiceEvent);
