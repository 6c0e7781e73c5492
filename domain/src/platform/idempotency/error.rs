#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum IdempotentRequestError {
    #[error("this Idempotency-Key was used for another request; use a new key for each request")]
    KeyReused,
}

crate::refuses!(IdempotentRequestError, "idempotency", { Self::KeyReused => Invalid });
