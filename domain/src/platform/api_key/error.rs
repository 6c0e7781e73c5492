#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum ApiKeyError {
    #[error("there is no such key")]
    NotFound,
    #[error("the key is issued already")]
    AlreadyIssued,
    #[error("expires_at must be in the future")]
    AlreadyExpired,
    #[error("an operator's key belongs to no business, and every other key to one")]
    WrongScope,
}

crate::refuses!(ApiKeyError, "api-key", {
    Self::NotFound => NotFound,
    Self::AlreadyIssued => Conflict,
    Self::AlreadyExpired | Self::WrongScope => Invalid,
});
