//! Saying no.
//!
//! A refusal is an answer, not a failure. It has a stable name for programs and a sentence for people. Its
//! class says what the caller can do about it.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kernel::ids::ResourceId;
use crate::values::interval::Interval;
use crate::values::money::Money;
use crate::values::time::{LocalTime, Zone};

/// What the caller can do about a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// It does not exist, or not for this caller.
    NotFound,
    /// It cannot be done now. Something else can.
    Conflict,
    /// It can never be done again.
    Gone,
    /// What was asked for makes no sense.
    Invalid,
    /// This caller may not do it.
    Forbidden,
    /// It has changed since the caller read it.
    Changed,
}

/// An aggregate's error: why it said no.
pub trait Refuses: std::error::Error {
    fn class(&self) -> Class;
    /// The stable name, unique in the product: `appointment-already-cancelled`.
    fn slug(&self) -> String;
    /// What the caller has not agreed to pay.
    fn fee(&self) -> Option<Money> {
        None
    }
}

/// Implements [`Refuses`] for an enum that derives `strum::IntoStaticStr` in kebab case: each variant's
/// class, and the aggregate's name before the variant's.
#[macro_export]
macro_rules! refuses {
    ($error:ty, $aggregate:literal, { $($variant:pat => $class:ident),* $(,)? } $(, fee: $fee:ident)?) => {
        impl $crate::kernel::refusal::Refuses for $error {
            fn class(&self) -> $crate::kernel::refusal::Class {
                match self { $($variant => $crate::kernel::refusal::Class::$class),* }
            }

            fn slug(&self) -> String {
                format!("{}-{}", $aggregate, <&'static str>::from(self))
            }

            $(fn fee(&self) -> Option<$crate::values::money::Money> {
                Self::$fee(self)
            })?
        }
    };
}

/// A refusal as it reaches the caller.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{detail}")]
pub struct Refusal {
    pub slug: String,
    pub class: Class,
    /// What is wrong and, where it helps, what would be right.
    pub detail: String,
    /// What can be booked instead, where a time was refused.
    pub open: Option<Box<OpenInstead>>,
    /// What the caller has not agreed to pay.
    pub fee: Option<Money>,
    /// The appointments because of which a series was refused.
    pub conflicts: Vec<Conflict>,
}

/// An appointment of a series for which the answer was no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Conflict {
    /// Its number in the series.
    pub number: u16,
    pub local_start: LocalTime,
    /// The stable name of the refusal.
    pub slug: String,
    pub detail: String,
}

/// The next open slots of the service that somebody wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenInstead {
    pub zone: Zone,
    pub slots: Vec<OpenSlot>,
}

/// A slot as it is handed out, with the token that books it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenSlot {
    pub time: Interval,
    pub resources: Vec<ResourceId>,
    /// Of a class that others have booked already.
    pub seats_left: Option<u32>,
    pub slot_token: String,
    pub token_expires_at: DateTime<Utc>,
}

impl Refusal {
    pub fn new(slug: &str, class: Class, detail: impl Into<String>) -> Self {
        Self {
            slug: slug.to_owned(),
            class,
            detail: detail.into(),
            open: None,
            fee: None,
            conflicts: Vec::new(),
        }
    }
}

impl<E: Refuses> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self { fee: error.fee(), ..Self::new(&error.slug(), error.class(), error.to_string()) }
    }
}
