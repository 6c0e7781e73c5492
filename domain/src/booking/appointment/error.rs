use crate::values::money::Money;
use crate::values::question::BadAnswer;
use crate::values::text::Text;

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
    #[error("the request was declined")]
    Declined,
    #[error("nobody has approved the request in time")]
    RequestExpired,
    #[error("the business has not approved the appointment yet")]
    NotApproved,
    #[error("the appointment has already begun")]
    AlreadyBegun,
    #[error("the appointment has not begun yet")]
    NotBegun,
    #[error("customers are checked in from {CHECK_IN_HOURS} hours before the start on")]
    TooEarlyToCheckIn,
    #[error(
        "it could be cancelled until {until}; the business can still do it, with a reason (override_reason)"
    )]
    TooLateToCancel { until: String },
    #[error("it could be moved until {until}; the business can still do it, with a reason (override_reason)")]
    TooLateToReschedule { until: String },
    #[error("this late it costs {fee}; do it with accept_fee, if the customer agrees to that")]
    FeeDue { fee: Money },
    #[error("answers: {id} {reason} ({question})")]
    BadAnswer { id: String, question: Text<300>, reason: BadAnswer },
    #[error("answers: the service does not ask {id:?}")]
    UnknownQuestion { id: String },
}

impl AppointmentError {
    fn fee_due(&self) -> Option<Money> {
        if let Self::FeeDue { fee } = self { Some(*fee) } else { None }
    }
}

/// How long before the start a customer can be checked in.
pub const CHECK_IN_HOURS: i64 = 12;

crate::refuses!(AppointmentError, "appointment", {
    Self::NotFound | Self::HoldNotFound => NotFound,
    Self::HoldExpired | Self::HoldReleased | Self::RequestExpired => Gone,
    Self::HeldForWaitlist | Self::AlreadyBooked | Self::Cancelled | Self::Declined | Self::NotApproved => Conflict,
    Self::AlreadyBegun | Self::NotBegun | Self::TooEarlyToCheckIn => Conflict,
    Self::TooLateToCancel { .. } | Self::TooLateToReschedule { .. } | Self::FeeDue { .. } => Conflict,
    Self::BadAnswer { .. } | Self::UnknownQuestion { .. } => Invalid,
}, fee: fee_due);
