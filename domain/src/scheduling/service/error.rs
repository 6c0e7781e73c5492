use crate::values::hours::BadHours;
use crate::values::money::AMOUNT_MAX;

/// The longest appointment. It bounds the days that a booking touches.
pub const DURATION_MINUTES_MAX: u32 = 24 * 60;
pub const BUFFER_MINUTES_MAX: u32 = 12 * 60;
pub const NOTICE_MINUTES_MAX: u32 = 90 * 24 * 60;
pub const HORIZON_DAYS_MAX: u32 = 730;
pub const DURATIONS_MAX: usize = 20;
pub const SEATS_MAX: u32 = 10_000;
pub const LIMITS_MAX: usize = 10;
pub const LIMIT_MAX: u32 = 1_000_000;
pub const NEEDS_MAX: usize = 5;
pub const CHOICES_MAX: usize = 100;
pub const WEIGHT_MAX: u32 = 1_000;
pub const APPROVAL_MINUTES_MAX: u32 = 30 * 24 * 60;
pub const COMPLETION_MINUTES_MAX: u32 = 7 * 24 * 60;
pub const NO_SHOWS_MAX: u32 = 100;
pub const NO_SHOW_DAYS_MAX: u32 = 730;
pub const QUESTIONS_MAX: usize = 20;
pub const QUESTION_ID_MAX: usize = 40;
pub const OPTIONS_MAX: usize = 50;

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
    #[error(
        "other_durations: at most {DURATIONS_MAX}, each another one than the rest and than duration_minutes"
    )]
    BadDurations,
    #[error(
        "limits: at most {LIMITS_MAX}, no two of the same kind and period, each with bookings or minutes or both, from 1 to {LIMIT_MAX}"
    )]
    BadLimits,
    #[error("a limit of {minutes} minutes leaves no room for an appointment of {duration}")]
    LimitBelowDuration { minutes: u32, duration: u32 },
    #[error("weights: one for each resource, from 1 to {WEIGHT_MAX}, and only where the choice is balanced")]
    BadWeights,
    #[error("needs: the same resource is listed twice")]
    RepeatedResource,
    #[error("horizon: {0}")]
    BadHorizon(#[from] BadHours),
    #[error("an amount is at most {AMOUNT_MAX} minor units")]
    AmountTooLarge,
    #[error("a fee is an amount in the currency of the price, or 1 to 100 percent of a price that there is")]
    BadFee,
    #[error(
        "questions: at most {QUESTIONS_MAX}, each with an id of its own of 1 to {QUESTION_ID_MAX} lower case letters, digits and underscores"
    )]
    BadQuestions,
    #[error(
        "questions: {id} can never be answered: a number needs min <= max, a choice 2 to {OPTIONS_MAX} different options"
    )]
    UnanswerableQuestion { id: String },
    #[error("the horizon must be longer than the minimum notice, or nothing can ever be booked")]
    NoticeBeyondHorizon,
}

crate::refuses!(ServiceError, "service", {
    Self::NotFound => NotFound,
    Self::AlreadyAdded => Conflict,
    Self::Retired => Gone,
    Self::OutOfRange { .. } | Self::BadNeeds | Self::NoticeBeyondHorizon | Self::BadDurations | Self::BadLimits => Invalid,
    Self::LimitBelowDuration { .. } | Self::BadWeights | Self::RepeatedResource | Self::BadHorizon(_) => Invalid,
    Self::AmountTooLarge | Self::BadFee | Self::BadQuestions | Self::UnanswerableQuestion { .. } => Invalid,
});
