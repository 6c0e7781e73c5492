#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum ChannelAddressError {
    /// It does not say whose: that is another tenant.
    #[error("that number, assistant or secret is in use already")]
    Taken,
}

crate::refuses!(ChannelAddressError, "channel-address", { Self::Taken => Conflict });
