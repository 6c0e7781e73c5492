#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum JobOutcomeError {
    #[error("what the job is for has been settled already: retry it, and it finds that out")]
    AlreadySettled,
}

crate::refuses!(JobOutcomeError, "effect", { Self::AlreadySettled => Conflict });
