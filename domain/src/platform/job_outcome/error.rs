#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum EffectError {
    #[error("what the job is for has been settled already: retry it, and it finds that out")]
    AlreadySettled,
}

crate::refuses!(EffectError, "effect", { Self::AlreadySettled => Conflict });
