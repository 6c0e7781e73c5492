#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum WebhookError {
    #[error("there is no such delivery")]
    NotFound,
    #[error("the delivery is not parked")]
    NotParked,
    #[error("the delivery waits behind another one of its conversation: retry or skip that one")]
    Behind,
}

crate::refuses!(WebhookError, "delivery", {
    Self::NotFound => NotFound,
    Self::NotParked | Self::Behind => Conflict,
});
