use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kernel::ids::{CallId, CustomerId, ResourceId, SeriesId, ServiceId, WaitlistEntryId};
use crate::kernel::metadata::Actor;
use crate::kernel::personal::Personal;
use crate::people::names::is_same_name;
use crate::scheduling::agenda_day::{Buffers, Occupation};
use crate::scheduling::availability::Terms;
use crate::scheduling::availability::booked::OwnTime;
use crate::scheduling::service::{Agreement, Limit};
use crate::values::interval::Interval;
use crate::values::money::Money;
use crate::values::question::Answer;
use crate::values::text::{Name, Note, Text};
use crate::values::time::{LocalTime, Zone};
use crate::values::words::words;

/// What was agreed: which service, when, with what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BookedSlot {
    pub service_id: ServiceId,
    /// One for each need of the service, in order.
    pub resources: Vec<ResourceId>,
    pub time: Interval,
    /// The start as people saw it on the business's wall clock.
    pub local_start: LocalTime,
    pub buffers: Buffers,
    /// Seats of a class.
    pub seats: Option<u32>,
    /// The limits that it counts towards.
    #[serde(default)]
    pub limits: Vec<Limit>,
    /// What was agreed on: the policy of the service at the version in `rules`.
    #[serde(default)]
    pub agreement: Agreement,
    /// The rules that it was decided by.
    pub rules: RuleVersions,
}

impl BookedSlot {
    /// What it takes.
    pub fn own_time(&self) -> OwnTime {
        OwnTime {
            occupations: self.occupations().collect(),
            service_id: self.service_id,
            limits: self.limits.clone(),
            date: self.local_start.wall.date(),
            minutes: self.minutes(),
        }
    }

    pub fn minutes(&self) -> u32 {
        u32::try_from((self.time.end - self.time.start).num_minutes()).unwrap_or(u32::MAX)
    }

    /// Whether both are the same to the customer.
    pub fn is_the_same(&self, other: &Self) -> bool {
        self.time == other.time
            && self.service_id == other.service_id
            && self.resources == other.resources
            && self.seats == other.seats
    }

    /// Whether both take the same time of resources and the same shares of limits.
    pub fn takes_the_same(&self, other: &Self) -> bool {
        self.is_the_same(other)
            && self.buffers == other.buffers
            && self.limits == other.limits
            // Limits are counted by its date.
            && self.local_start.wall == other.local_start.wall
    }

    /// With nothing special about it.
    pub fn new(
        service_id: ServiceId,
        resources: Vec<ResourceId>,
        time: Interval,
        zone: Zone,
        rules: RuleVersions,
    ) -> Self {
        Self {
            service_id,
            resources,
            time,
            local_start: LocalTime::of(time.start, zone),
            buffers: Buffers::default(),
            seats: None,
            limits: vec![],
            agreement: Agreement::default(),
            rules,
        }
    }

    /// What another slot in its place is asked for with.
    pub fn terms(&self) -> Terms {
        Terms { duration_minutes: Some(self.minutes()), seats: self.seats.unwrap_or(1), with: None }
    }

    /// The time it takes of each resource.
    pub fn occupations(&self) -> impl Iterator<Item = Occupation> {
        self.resources.iter().map(|resource_id| Occupation {
            resource_id: *resource_id,
            service_id: self.service_id,
            appointment: self.time,
            buffers: self.buffers,
            seats: self.seats,
        })
    }
}

/// The versions of the streams that hold the rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RuleVersions {
    pub business: i64,
    pub service: i64,
    pub resources: Vec<i64>,
}

/// Whom it is for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Attendee {
    pub customer_id: CustomerId,
    pub name: Personal<Name>,
    pub note: Option<Personal<Note>>,
    #[serde(default)]
    pub answers: Vec<Answered>,
}

impl Attendee {
    /// Whether both may be one person, by their names.
    pub fn may_be(&self, other: &Self) -> bool {
        self.names(other).is_some_and(|(one, other)| is_same_name(one, other))
    }

    /// Whether both have the same name. A mother's may be a part of her child's.
    pub fn is_named_as(&self, other: &Self) -> bool {
        let sorted = |name: &str| BTreeSet::from_iter(words(name));
        self.names(other).is_some_and(|(one, other)| sorted(one) == sorted(other))
    }

    fn names<'a>(&'a self, other: &'a Self) -> Option<(&'a str, &'a str)> {
        Some((self.name.known()?.as_str(), other.name.known()?.as_str()))
    }
}

/// An answer to what the service asks, with the question as it was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Answered {
    pub question_id: String,
    pub question: Text<300>,
    pub answer: Personal<Answer>,
}

/// By which way it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Source {
    Api,
    Call {
        call_id: CallId,
    },
    /// An offer to somebody who waited for it.
    Waitlist {
        entry_id: WaitlistEntryId,
    },
}

/// Rules that somebody of the business has set aside for a booking, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Override {
    pub reason: Personal<Note>,
    pub rules: Vec<OverriddenRule>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OverriddenRule {
    MinimumNotice,
    Horizon,
    Hours,
    NoShowLimit,
}

/// What the policy that a booking was made under said to a change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AppliedPolicy {
    /// Of the service: its version when it was booked.
    pub service_version: i64,
    /// Whether it came after its deadline.
    pub late: bool,
    /// What is owed for it. Nothing is charged here.
    pub fee: Option<Money>,
    /// Why somebody of the business set the policy aside.
    pub override_reason: Option<Personal<Note>>,
}

impl Source {
    /// The call that it came in, if it came in one.
    pub fn call_id(self) -> Option<CallId> {
        match self {
            Self::Call { call_id } => Some(call_id),
            Self::Api | Self::Waitlist { .. } => None,
        }
    }

    /// The entry of the waitlist whose offer it was, if it was one.
    pub fn waitlist_entry_id(self) -> Option<WaitlistEntryId> {
        match self {
            Self::Waitlist { entry_id } => Some(entry_id),
            Self::Api | Self::Call { .. } => None,
        }
    }
}

#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, strum::IntoStaticStr, strum::VariantNames,
)]
#[serde(tag = "type")]
pub enum AppointmentEvent {
    AppointmentHeld {
        slot: BookedSlot,
        expires_at: DateTime<Utc>,
        source: Source,
        by: Actor,
    },
    HoldReleased {
        by: Actor,
    },
    HoldLapsed {},
    /// A booking that the business has still to approve.
    AppointmentRequested {
        slot: BookedSlot,
        attendee: Attendee,
        source: Source,
        by: Actor,
        decide_by: DateTime<Utc>,
        overridden: Option<Override>,
        /// The series that it was booked with, if it was.
        #[serde(default)]
        series_id: Option<SeriesId>,
    },
    RequestApproved {
        by: Actor,
    },
    RequestDeclined {
        reason: Option<Personal<Note>>,
        by: Actor,
    },
    /// Nobody has decided on it in time.
    RequestExpired {},
    AppointmentBooked {
        slot: BookedSlot,
        attendee: Attendee,
        source: Source,
        by: Actor,
        #[serde(default)]
        overridden: Option<Override>,
        /// The series that it was booked with, if it was.
        #[serde(default)]
        series_id: Option<SeriesId>,
    },
    AppointmentRescheduled {
        from: BookedSlot,
        to: BookedSlot,
        reason: Option<Personal<Note>>,
        by: Actor,
        #[serde(default)]
        applied: Option<AppliedPolicy>,
        /// Set where it is a request now: until then.
        #[serde(default)]
        decide_by: Option<DateTime<Utc>>,
    },
    AppointmentCancelled {
        reason: Option<Personal<Note>>,
        by: Actor,
        #[serde(default)]
        applied: Option<AppliedPolicy>,
    },
    CustomerCheckedIn {
        by: Actor,
    },
    AppointmentCompleted {
        by: Actor,
    },
    /// The customer did not come.
    NoShowRecorded {
        reason: Option<Personal<Note>>,
        by: Actor,
        applied: AppliedPolicy,
    },
}

crate::domain_event!(AppointmentEvent);
