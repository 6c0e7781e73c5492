#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum AgendaDayError {
    #[error("that time has just been taken")]
    TimeTaken,
    #[error("the hold has expired")]
    HoldExpired,
}

crate::refuses!(AgendaDayError, "agenda", {
    Self::TimeTaken => Conflict,
    Self::HoldExpired => Gone,
});
