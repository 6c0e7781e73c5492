//! API keys, and who they stand for.
//!
//! An API key is `fd_` and 26 characters that name it, an underscore, and its secret. We keep a keyed hash of
//! the secret. The operator's key of the configuration is any text.

use frontdesk_adapters::command_bus::Bus;
use frontdesk_adapters::crypto::{Hasher, random_secret, same_secret};
use frontdesk_adapters::event_log::ReadError;
use frontdesk_domain::kernel::ids::{ApiKeyId, BusinessId, StreamId};
use frontdesk_domain::kernel::metadata::{Actor, ActorKind};
use frontdesk_domain::platform::api_key::{ApiKey, Scope};

const KEY_PREFIX: &str = "fd_";

/// Why a key gives no access.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    #[error("the API key is not known, has expired or was revoked")]
    Unknown,
    #[error(transparent)]
    Read(#[from] ReadError),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    pub scope: Scope,
    /// `None`: an operator, who may act in every business.
    pub tenant: Option<BusinessId>,
    pub actor: Actor,
}

pub fn secret_hash(hasher: &Hasher, secret: &str) -> String {
    hasher.hash("api-key", secret.as_bytes()).to_string()
}

/// A new key as its holder gets it, and its secret's hash.
pub fn new_key(hasher: &Hasher, id: ApiKeyId) -> (String, String) {
    let secret = random_secret();
    let name = id.to_string();
    let name = name.trim_start_matches(ApiKeyId::PREFIX).trim_start_matches('_');
    (format!("{KEY_PREFIX}{name}_{secret}"), secret_hash(hasher, &secret))
}

fn parts(token: &str) -> Option<(ApiKeyId, &str)> {
    let (name, secret) = token.strip_prefix(KEY_PREFIX)?.split_once('_')?;
    Some((format!("{}_{name}", ApiKeyId::PREFIX).parse().ok()?, secret))
}

/// The principal that a key stands for.
pub async fn authenticate(
    bus: &Bus,
    operator_hash: Option<&str>,
    token: &str,
) -> Result<Principal, AccessError> {
    let is_operator_key =
        |hash: &str| same_secret(hash.as_bytes(), secret_hash(bus.hasher(), token).as_bytes());
    if operator_hash.is_some_and(is_operator_key) {
        let actor = Actor::new(ActorKind::Operator, "configuration");
        return Ok(Principal { scope: Scope::Operator, tenant: None, actor });
    }
    let (id, secret) = parts(token).ok_or(AccessError::Unknown)?;
    let key = bus.current::<ApiKey>(id).await?;
    let issued = key.issued().map_err(|_| AccessError::Unknown)?;
    let is_right =
        same_secret(issued.issue.secret_hash.as_bytes(), secret_hash(bus.hasher(), secret).as_bytes());
    if !is_right || !issued.is_valid(bus.clock().now()) {
        return Err(AccessError::Unknown);
    }
    let kind = if issued.issue.scope == Scope::Operator { ActorKind::Operator } else { ActorKind::Staff };
    Ok(Principal { scope: issued.issue.scope, tenant: issued.issue.business_id, actor: Actor::new(kind, id) })
}

#[cfg(test)]
mod tests {
    use frontdesk_adapters::crypto::{DeploymentSecrets, MasterKey};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_key_names_itself_and_hides_its_secret() {
        let hasher = DeploymentSecrets::first(&MasterKey::generate()).hasher();
        let id = ApiKeyId::from_uuid(Uuid::from_u128(7));
        let (key, hash) = new_key(&hasher, id);
        let (named, secret) = parts(&key).expect("a key");
        assert_eq!(named, id);
        assert_eq!(secret_hash(&hasher, secret), hash);
        for text in
            ["", "fd_", "fd_x_y", "key_00000000000000000000000007_x", "fd_0000000000000000000000000Z_x"]
        {
            assert!(parts(text).is_none(), "{text}");
        }
    }
}
