use crate::scheduling::service::{Limit, Period};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum QuotaError {
    #[error("{}", reached(limit))]
    LimitReached { limit: Limit },
}

fn reached(limit: &Limit) -> String {
    let period = match limit.per {
        Period::Day => "day",
        Period::Week => "week",
        Period::Month => "month",
        Period::Year => "year",
    };
    let bookings = limit.bookings.map(|most| format!("{most} of these"));
    let minutes = limit.minutes.map(|most| format!("{most} minutes of these"));
    let most = [bookings, minutes].into_iter().flatten().collect::<Vec<_>>().join(" and ");
    format!("at most {most} can be booked in a {period}, and that {period} has no more")
}

crate::refuses!(QuotaError, "quota", {
    Self::LimitReached { .. } => Conflict,
});
