use crate::kernel::ids::ConversationId;

/// The most addresses of one person on one channel.
pub const ADDRESSES_MAX: usize = 50;
/// The longest way from a conversation over those it was joined into.
pub const JOINED_MAX: usize = 16;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum ConversationError {
    #[error("there is no such conversation")]
    NotFound,
    #[error("it has begun already")]
    AlreadyBegun,
    #[error("it was joined into {into}")]
    Joined { into: ConversationId },
    #[error("a person has at most {ADDRESSES_MAX} addresses on a channel")]
    TooManyAddresses,
    #[error("it was joined into others more than {JOINED_MAX} times")]
    JoinedTooDeep,
}

crate::refuses!(ConversationError, "conversation", {
    Self::NotFound => NotFound,
    Self::AlreadyBegun | Self::Joined { .. } | Self::TooManyAddresses => Conflict,
    Self::JoinedTooDeep => Conflict,
});
