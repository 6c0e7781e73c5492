use chrono::NaiveDate;

use crate::kernel::ids::TimeOffId;
use crate::values::hours::{BadHours, OVERRIDES_MAX};

pub const TIME_OFF_MAX: usize = 1_000;
pub const STAYS_MAX: usize = 100;
pub const CAPACITY_MAX: u32 = 1_000;
/// At most this long at once.
pub const TIME_OFF_DAYS_MAX: i64 = 731;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum ResourceError {
    #[error("there is no such resource")]
    NotFound,
    #[error("the resource is there already")]
    AlreadyAdded,
    #[error("the resource can no longer be booked")]
    Retired,
    #[error("ignores_business_hours needs hours of its own")]
    NoHoursOfItsOwn,
    #[error("hours: {0}")]
    BadHours(#[from] BadHours),
    #[error("stays: there are at most {STAYS_MAX}, and no two of them overlap")]
    BadStays,
    #[error("capacity must be from 1 to {CAPACITY_MAX}, got {0}")]
    BadCapacity(u32),
    #[error("a resource has at most {OVERRIDES_MAX} date overrides; remove some that have passed")]
    TooManyDateOverrides,
    #[error("no override is set for {0}")]
    NoDateOverride(NaiveDate),
    #[error("time off must end after it begins and last at most {TIME_OFF_DAYS_MAX} days")]
    BadPeriod,
    #[error("a resource has at most {TIME_OFF_MAX} periods of time off; remove some that have passed")]
    TooMuchTimeOff,
    #[error("there is no time off {0}")]
    NoTimeOff(TimeOffId),
}

crate::refuses!(ResourceError, "resource", {
    Self::NotFound | Self::NoDateOverride(_) | Self::NoTimeOff(_) => NotFound,
    Self::AlreadyAdded | Self::TooManyDateOverrides | Self::TooMuchTimeOff => Conflict,
    Self::Retired => Gone,
    Self::BadPeriod | Self::NoHoursOfItsOwn | Self::BadHours(_) | Self::BadStays | Self::BadCapacity(_) => Invalid,
});
