/// At most this many channels of a business.
pub const CHANNELS_MAX: usize = 50;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum ChannelRosterError {
    #[error("a business has at most {CHANNELS_MAX} channels")]
    TooManyChannels,
}

// Its name is from when channels were a part of the business.
crate::refuses!(ChannelRosterError, "business", { Self::TooManyChannels => Conflict });
