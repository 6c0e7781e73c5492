use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kernel::ids::ChannelId;
use crate::languages::Language;
use crate::values::hours::{DayHours, Hours};
use crate::values::origin::Origin;
use crate::values::phone::{Country, PhoneNumber};
use crate::values::sender::{Authentication, ChannelNumber};
use crate::values::text::{Name, Note};
use crate::values::time::Zone;

/// What a business says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BusinessProfile {
    pub name: Name,
    pub zone: Zone,
    /// Where a number without a country code is dialled from.
    pub country: Option<Country>,
    pub address: Option<Note>,
    /// Whom a call is handed over to when a person is wanted.
    pub handover_number: Option<PhoneNumber>,
    /// What its callers are answered in. English for businesses from before there was a choice.
    #[serde(default)]
    pub language: Language,
    /// Whether an assistant may be told who calls, and what they have booked, before they have said a word.
    #[serde(default)]
    pub recognises_callers: bool,
    #[serde(default)]
    pub caller_proof: CallerProof,
    /// The origins of pages that may call the API for it.
    #[serde(default)]
    pub allowed_origins: Vec<Origin>,
}

/// What a caller must know of an appointment before an assistant tells of it, and before it moves or cancels
/// it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CallerProof {
    pub to_hear: Proof,
    pub to_change: Proof,
}

impl CallerProof {
    /// Only the people of the business do anything.
    pub const STAFF: Self = Self { to_hear: Proof::Staff, to_change: Proof::Staff };

    /// Nobody changes what they may not hear of.
    pub fn to_change(self) -> Proof {
        self.to_change.max(self.to_hear)
    }
}

/// The more it asks for, the greater.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// Its number: by calling from it, or by saying it with a name.
    #[default]
    Number,
    /// A name that it is under, too.
    Name,
    /// The name and its day, too.
    NameAndDay,
    /// Nothing that a caller knows is enough. The people of the business do it.
    Staff,
}

impl BusinessProfile {
    /// Without what need not be known.
    pub fn new(name: Name, zone: Zone) -> Self {
        Self {
            name,
            zone,
            country: None,
            address: None,
            handover_number: None,
            language: Language::default(),
            recognises_callers: false,
            caller_proof: CallerProof::default(),
            allowed_origins: vec![],
        }
    }
}

/// A channel that was added before channels had streams of their own: see `crate::conversations::channel`. No
/// new one is added here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LegacyChannel {
    pub id: ChannelId,
    pub name: Name,
    pub provider: String,
    pub authentication: Authentication,
    pub numbers: Vec<ChannelNumber>,
    pub assistant_id: Option<String>,
}

#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, strum::IntoStaticStr, strum::VariantNames,
)]
#[serde(tag = "type")]
pub enum BusinessEvent {
    BusinessRegistered {
        profile: BusinessProfile,
        hours: Hours,
    },
    BusinessProfileChanged {
        profile: BusinessProfile,
    },
    BusinessHoursChanged {
        hours: Hours,
    },
    BusinessDateOverrideSet {
        date: NaiveDate,
        hours: DayHours,
        reason: Option<Note>,
    },
    BusinessDateOverrideRemoved {
        date: NaiveDate,
    },
    /// Of earlier releases, like the one below it.
    ChannelAdded {
        channel: LegacyChannel,
    },
    ChannelRemoved {
        channel_id: ChannelId,
    },
}

crate::domain_event!(BusinessEvent);
