use chrono::NaiveDate;

use crate::kernel::work::COMMIT_EVENTS_MAX;

/// Two years of weeks.
pub const OCCURRENCES_MAX: u16 = 104;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum SeriesError {
    #[error("there is no such series")]
    NotFound,
    #[error("the series is booked already")]
    AlreadyBooked,
    #[error("the appointment is not one of this series")]
    NotInSeries,
    #[error("the series is of another service; move its appointments within that service")]
    OtherService,
    #[error("{0}; a rule of RFC 5545 looks like FREQ=WEEKLY;COUNT=10")]
    RuleUnreadable(String),
    #[error("FREQ is DAILY, WEEKLY, MONTHLY or YEARLY: several appointments on one day are several series")]
    RuleTooFrequent,
    #[error("the rule has no end; add COUNT, of at most {OCCURRENCES_MAX}, or UNTIL")]
    RuleWithoutEnd,
    #[error("a series has at most {OCCURRENCES_MAX} appointments, and this rule gives more")]
    TooMany,
    #[error("the rule gives no appointment")]
    Empty,
    #[error("{}", starts_elsewhere(*first))]
    StartNotInRule { first: NaiveDate },
    #[error(
        "all its appointments together take more entries in agendas and limits than one commit of {COMMIT_EVENTS_MAX} holds; do it with fewer"
    )]
    TooLarge,
    #[error("{refused} of its {of} appointments cannot be had; nothing was done")]
    Conflicts { refused: usize, of: usize },
}

fn starts_elsewhere(first: NaiveDate) -> String {
    format!(
        "the slot is not one that the rule gives; the first is on {first}: take a slot of that day, or change the rule"
    )
}

crate::refuses!(SeriesError, "series", {
    Self::NotFound | Self::NotInSeries => NotFound,
    Self::AlreadyBooked | Self::OtherService | Self::Conflicts { .. } => Conflict,
    Self::RuleUnreadable(_)
        | Self::RuleTooFrequent
        | Self::RuleWithoutEnd
        | Self::TooMany
        | Self::Empty
        | Self::StartNotInRule { .. }
        | Self::TooLarge => Invalid,
});
