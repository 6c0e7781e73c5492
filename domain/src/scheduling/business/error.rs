use chrono::NaiveDate;

use crate::values::hours::{BadHours, OVERRIDES_MAX};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum BusinessError {
    #[error("there is no such business")]
    NotFound,
    #[error("the business is registered already")]
    AlreadyRegistered,
    #[error("a business has at most {OVERRIDES_MAX} date overrides; remove some that have passed")]
    TooManyDateOverrides,
    #[error("hours: {0}")]
    BadHours(#[from] BadHours),
    #[error("no override is set for {0}")]
    NoDateOverride(NaiveDate),
}

crate::refuses!(BusinessError, "business", {
    Self::NotFound | Self::NoDateOverride(_) => NotFound,
    Self::BadHours(_) => Invalid,
    Self::AlreadyRegistered | Self::TooManyDateOverrides => Conflict,
});
