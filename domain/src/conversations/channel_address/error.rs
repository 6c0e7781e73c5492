#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum ChannelAddressError {
    /// Not whose: that is another tenant's affair.
    #[error("that number, assistant or secret is in use already")]
    Taken,
}

crate::refuses!(ChannelAddressError, "channel-address", { Self::Taken => Conflict });
