use crate::kernel::ids::CustomerId;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum ContactPointError {
    #[error(
        "that address belongs to another customer, {owner}; if both are the same person, merge one into the other"
    )]
    Taken { owner: CustomerId },
}

crate::refuses!(ContactPointError, "contact-point", { Self::Taken { .. } => Conflict });
