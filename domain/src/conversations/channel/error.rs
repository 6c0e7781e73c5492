#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum ChannelError {
    #[error("there is no such channel")]
    ChannelNotFound,
}

// Its name is from when channels were a part of the business.
crate::refuses!(ChannelError, "business", { Self::ChannelNotFound => NotFound });
