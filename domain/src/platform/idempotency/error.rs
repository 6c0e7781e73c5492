#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum RequestError {
    #[error("this Idempotency-Key was used for another request; use a new key for each request")]
    KeyReused,
}

crate::refuses!(RequestError, "idempotency", { Self::KeyReused => Invalid });
