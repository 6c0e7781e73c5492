/// An appointment takes at most this long, so that a booking touches a bounded number of days.
pub const DURATION_MINUTES_MAX: u32 = 24 * 60;
pub const BUFFER_MINUTES_MAX: u32 = 12 * 60;
pub const NOTICE_MINUTES_MAX: u32 = 90 * 24 * 60;
pub const HORIZON_DAYS_MAX: u32 = 730;
pub const NEEDS_MAX: usize = 5;
pub const CHOICES_MAX: usize = 100;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum ServiceError {
    #[error("there is no such service")]
    NotFound,
    #[error("the service is there already")]
    AlreadyAdded,
    #[error("the service is no longer offered")]
    Retired,
    #[error("{field} must be from {min} to {max}, got {got}")]
    OutOfRange { field: &'static str, min: u32, max: u32, got: u32 },
    #[error("a service needs 1 to {NEEDS_MAX} things, each any of 1 to {CHOICES_MAX} resources")]
    BadNeeds,
    #[error("the horizon must be longer than the minimum notice, or nothing can ever be booked")]
    NoticeBeyondHorizon,
}

crate::refuses!(ServiceError, "service", {
    Self::NotFound => NotFound,
    Self::AlreadyAdded => Conflict,
    Self::Retired => Gone,
    Self::OutOfRange { .. } | Self::BadNeeds | Self::NoticeBeyondHorizon => Invalid,
});
