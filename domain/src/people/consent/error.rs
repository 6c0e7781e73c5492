use super::event::Purpose;

/// So far a moment may lie ahead of our clock. Clocks differ.
pub const AHEAD_MINUTES_MAX: i64 = 5;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum ConsentError {
    #[error("name at least one purpose: service, reminders, marketing, recording or assistant")]
    NoPurpose,
    #[error("nobody can have said it yet: its moment lies more than {AHEAD_MINUTES_MAX} minutes ahead")]
    NotYet,
    #[error("who is behind that address wants no messages for this purpose: {purpose}", purpose = <&str>::from(purpose))]
    OptedOut { purpose: Purpose },
    #[error("who is behind that address has not agreed to this purpose: {purpose}", purpose = <&str>::from(purpose))]
    NotAgreed { purpose: Purpose },
}

crate::refuses!(ConsentError, "consent", {
    Self::NoPurpose | Self::NotYet => Invalid,
    Self::OptedOut { .. } | Self::NotAgreed { .. } => Conflict,
});
