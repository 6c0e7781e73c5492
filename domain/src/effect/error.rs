#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum EffectError {
    #[error("that has been settled already")]
    AlreadySettled,
}

crate::refuses!(EffectError, "effect", { Self::AlreadySettled => Conflict });
