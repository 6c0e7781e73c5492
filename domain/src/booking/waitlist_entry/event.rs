use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::booking::appointment::Source;
use crate::booking::waitlist::Wish;
use crate::kernel::ids::{AppointmentId, CustomerId};
use crate::kernel::metadata::Actor;
use crate::kernel::personal::Personal;
use crate::values::interval::Interval;
use crate::values::text::Name;
use crate::values::time::Zone;

/// Who waits for what, as it was when they joined.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Joined {
    pub customer_id: CustomerId,
    /// As they gave it.
    pub name: Personal<Name>,
    pub wish: Wish,
    /// The business's, in which its dates are meant.
    pub zone: Zone,
    pub at: DateTime<Utc>,
    /// The end of its last date.
    pub until: DateTime<Utc>,
    pub source: Source,
}

/// A time that is kept for somebody until they have answered, or their time to do so has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TimeOffer {
    /// Becomes the appointment.
    pub hold_id: AppointmentId,
    pub time: Interval,
    pub expires_at: DateTime<Utc>,
    /// Who stood for the customer when it was made: the hold counts towards the limits of this one. Earlier
    /// releases did not record it.
    #[serde(default)]
    pub customer_id: Option<CustomerId>,
}

#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, strum::IntoStaticStr, strum::VariantNames,
)]
#[serde(tag = "type")]
pub enum WaitlistEntryEvent {
    WaitlistJoined {
        joined: Joined,
        by: Actor,
    },
    WaitlistOffered {
        offer: TimeOffer,
    },
    OfferAccepted {
        by: Actor,
    },
    OfferDeclined {
        by: Actor,
    },
    OfferLapsed {},
    WaitlistLeft {
        by: Actor,
    },
    /// Its dates have passed.
    WaitlistEntryExpired {},
    /// Too many offers were not taken.
    WaitlistEntryDropped {},
}

crate::domain_event!(WaitlistEntryEvent);
