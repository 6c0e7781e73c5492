#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum ContactPointError {
    #[error("that phone number or email address belongs to another customer")]
    Taken,
}

crate::refuses!(ContactPointError, "contact-point", { Self::Taken => Conflict });
