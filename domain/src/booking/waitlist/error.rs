/// The most entries for one service.
pub const WAITING_MAX: usize = 500;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum WaitlistError {
    #[error("{WAITING_MAX} people wait for this service already; no more are taken")]
    Full,
    #[error("this customer waits for that already")]
    AlreadyWaiting,
    #[error("nobody with that entry waits for an offer")]
    NotWaiting,
}

crate::refuses!(WaitlistError, "waitlist", {
    Self::Full | Self::AlreadyWaiting | Self::NotWaiting => Conflict,
});
