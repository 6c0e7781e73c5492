use chrono::TimeDelta;

/// Three calls in which all that can be tried is wrong.
pub const WRONG_PROOFS_MAX: usize = 9;
pub const WITHIN: TimeDelta = TimeDelta::days(1);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum WrongProofsError {
    #[error(
        "after {WRONG_PROOFS_MAX} wrong proofs in {} hours only the people of the business tell of the customer's appointments and change them",
        WITHIN.num_hours()
    )]
    TooMany,
}

crate::refuses!(WrongProofsError, "wrong-proofs", { Self::TooMany => Forbidden });
