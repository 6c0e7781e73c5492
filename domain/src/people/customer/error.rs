use crate::kernel::ids::CustomerId;

/// The most addresses of a customer, those of merged customers included.
pub const ADDRESSES_MAX: usize = 50;
/// The longest chain of merges. A merged customer is followed this far to its survivor.
pub const GENERATIONS_MAX: u32 = 16;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum CustomerError {
    #[error("there is no such customer")]
    NotFound,
    #[error("the customer is registered already")]
    AlreadyRegistered,
    #[error("a customer needs a phone number, a WhatsApp user id or an email address")]
    Unreachable,
    #[error("a customer has at most {ADDRESSES_MAX} addresses; remove some that are no longer used")]
    TooManyAddresses,
    #[error("the customer has no such address")]
    NoSuchAddress,
    #[error("the customer was merged into {into}; undo that first")]
    AlreadyMerged { into: CustomerId },
    #[error(
        "the customer cannot be merged into itself, nor into one that was merged into it; undo that merge first"
    )]
    MergedIntoItself,
    #[error("at most {GENERATIONS_MAX} merges can follow one another; merge the other way round")]
    MergedTooDeep,
    #[error("the customer is not merged into another one")]
    NotMerged,
}

crate::refuses!(CustomerError, "customer", {
    Self::NotFound | Self::NoSuchAddress => NotFound,
    Self::AlreadyRegistered
        | Self::TooManyAddresses
        | Self::AlreadyMerged { .. }
        | Self::MergedIntoItself
        | Self::MergedTooDeep
        | Self::NotMerged => Conflict,
    Self::Unreachable => Invalid,
});
