#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum CustomerError {
    #[error("there is no such customer")]
    NotFound,
    #[error("the customer is registered already")]
    AlreadyRegistered,
    #[error("a customer needs a phone number or an email address")]
    Unreachable,
    #[error("that phone number or email address belongs to another customer")]
    AddressTaken,
}

crate::refuses!(CustomerError, "customer", {
    Self::NotFound => NotFound,
    Self::AlreadyRegistered | Self::AddressTaken => Conflict,
    Self::Unreachable => Invalid,
});
