#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum AppointmentError {
    #[error("there is no such appointment")]
    NotFound,
    #[error("there is no such hold")]
    HoldNotFound,
    #[error("the hold has expired")]
    HoldExpired,
    #[error("the hold was released")]
    HoldReleased,
    #[error("that time is kept for somebody on the waitlist; accept or decline the offer there")]
    HeldForWaitlist,
    #[error("the appointment is booked already")]
    AlreadyBooked,
    #[error("the appointment was cancelled")]
    Cancelled,
    #[error("the appointment has already begun")]
    AlreadyBegun,
}

crate::refuses!(AppointmentError, "appointment", {
    Self::NotFound | Self::HoldNotFound => NotFound,
    Self::HoldExpired | Self::HoldReleased => Gone,
    Self::HeldForWaitlist | Self::AlreadyBooked | Self::Cancelled | Self::AlreadyBegun => Conflict,
});
