//! Saying no.
//!
//! A refusal is an answer, not a failure: it has a stable name that programs can rely on, a sentence for people, and a class that says
//! what the caller can do about it.

use super::ids::ServiceId;
use super::money::Money;
use super::time::Zone;
use crate::availability::{Slot, Terms};

/// What the caller can do about a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// There is no such thing, or not for this caller.
    NotFound,
    /// It cannot be done as things stand; something else can.
    Conflict,
    /// It could have been done earlier, and never again.
    Gone,
    /// What was asked for makes no sense.
    Invalid,
    /// It is not for this caller to do.
    Forbidden,
    /// It has changed since the caller last looked.
    Changed,
}

/// An aggregate's error: why it said no.
pub trait Refuses: std::error::Error {
    fn class(&self) -> Class;
    /// The stable name, unique in the product: `appointment-already-cancelled`.
    fn slug(&self) -> String;
    /// What it would cost, where that is what is in the way.
    fn fee(&self) -> Option<Money> {
        None
    }
}

/// Implements [`Refuses`] for an enum that derives `strum::IntoStaticStr` in kebab case: each variant's class, and the aggregate's name
/// before the variant's.
#[macro_export]
macro_rules! refuses {
    ($error:ty, $aggregate:literal, { $($variant:pat => $class:ident),* $(,)? } $(, fee: $fee:ident)?) => {
        impl $crate::shared::refusal::Refuses for $error {
            fn class(&self) -> $crate::shared::refusal::Class {
                match self { $($variant => $crate::shared::refusal::Class::$class),* }
            }

            fn slug(&self) -> String {
                format!("{}-{}", $aggregate, <&'static str>::from(self))
            }

            $(fn fee(&self) -> Option<$crate::shared::money::Money> {
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
    /// A sentence that says what is wrong and, where it helps, what would be right.
    pub detail: String,
    /// What can be booked instead, where a time was refused.
    pub open: Option<Box<OpenInstead>>,
    /// What it would cost, where that is what is in the way.
    pub fee: Option<Money>,
}

/// The next open slots of the service that somebody wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenInstead {
    pub service_id: ServiceId,
    pub zone: Zone,
    pub slots: Vec<Slot>,
    /// What they were searched with.
    pub terms: Terms,
}

impl Refusal {
    pub fn new(slug: &str, class: Class, detail: impl Into<String>) -> Self {
        Self { slug: slug.to_owned(), class, detail: detail.into(), open: None, fee: None }
    }
}

impl<E: Refuses> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self { fee: error.fee(), ..Self::new(&error.slug(), error.class(), error.to_string()) }
    }
}
