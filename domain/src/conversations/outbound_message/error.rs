/// So often sending is tried at most.
pub const ATTEMPTS_MAX: u32 = 20;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum OutboundMessageError {
    #[error("there is no such message")]
    NotFound,
    #[error("the message is too long: at most {max} characters fit there, it has {got}")]
    TooLong { max: usize, got: usize },
    #[error("a message offers from 1 to 10 answers")]
    WrongNumberOfChoices,
    #[error("such a message cannot be sent by this medium")]
    NotByThisMedium,
    #[error("they have not written for 24 hours; until they do, only a template can be sent")]
    WindowClosed,
    #[error("there is no address to send it to")]
    NoAddress,
    #[error("nobody knows yet whether the message has gone out; it is not sent again until that is known")]
    OutcomeOpen,
    #[error("the message waits no more: it was sent, has failed or was withdrawn")]
    NotWaiting,
    #[error("sending was tried {ATTEMPTS_MAX} times")]
    TooManyAttempts,
}

crate::refuses!(OutboundMessageError, "message", {
    Self::NotFound => NotFound,
    Self::TooLong { .. } | Self::WrongNumberOfChoices | Self::NotByThisMedium => Invalid,
    Self::WindowClosed | Self::NoAddress | Self::OutcomeOpen | Self::NotWaiting => Conflict,
    Self::TooManyAttempts => Conflict,
});
