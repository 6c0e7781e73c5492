#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum NoShowsError {
    #[error(
        "the customer has missed {missed} appointments in {days} days; the business can still book them, with a reason (override_reason)"
    )]
    TooManyNoShows { missed: usize, days: u32 },
}

crate::refuses!(NoShowsError, "attendance", {
    Self::TooManyNoShows { .. } => Conflict,
});
