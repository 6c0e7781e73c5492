//! The secrets of a deployment, one for each purpose, so that no output of one use helps against another.
//!
//! They are derived from the first master key, once, and then kept (`crate::master_keys`). So they stay when
//! the master key is changed: stream ids, hashes of API keys and tokens that are under way rest on them.

use std::convert::Infallible;
use std::sync::Arc;

use super::hashing::Hasher;
use super::master_key::{MasterKey, derive};
use super::sealing::SealingKey;
use super::tokens::TokenSigner;

/// What a secret is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Hashing what must be found again and not be read: addresses, API keys, secrets of channels.
    Hashes,
    /// Encrypting the keys that channels sign with.
    ChannelKeys,
    SlotTokens,
    PageTokens,
    PositionTokens,
}

impl Purpose {
    pub const ALL: [Self; 5] =
        [Self::Hashes, Self::ChannelKeys, Self::SlotTokens, Self::PageTokens, Self::PositionTokens];

    /// Its name in the database, and what the secret is derived for. It never changes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hashes => "hash",
            Self::ChannelKeys => "seal/channels",
            Self::SlotTokens => "token/slot",
            Self::PageTokens => "token/page",
            Self::PositionTokens => "token/position",
        }
    }

    /// The secret of a deployment whose first master key is this one.
    pub fn first_secret(self, master: &MasterKey) -> SealingKey {
        SealingKey::new(master.derive(self.name()))
    }
}

/// The secrets of a deployment. Clones share them.
#[derive(Clone)]
pub struct DeploymentSecrets(Arc<Secrets>);

struct Secrets {
    hashes: SealingKey,
    channel_keys: SealingKey,
    tokens: [(Purpose, SealingKey); 3],
}

impl DeploymentSecrets {
    /// Those that `secret` finds, if it finds all of them.
    pub fn find<E>(mut secret: impl FnMut(Purpose) -> Result<SealingKey, E>) -> Result<Self, E> {
        Ok(Self(Arc::new(Secrets {
            hashes: secret(Purpose::Hashes)?,
            channel_keys: secret(Purpose::ChannelKeys)?,
            tokens: [
                (Purpose::SlotTokens, secret(Purpose::SlotTokens)?),
                (Purpose::PageTokens, secret(Purpose::PageTokens)?),
                (Purpose::PositionTokens, secret(Purpose::PositionTokens)?),
            ],
        })))
    }

    /// As long as nothing is kept: of a deployment whose first master key is this one.
    pub fn first(master: &MasterKey) -> Self {
        let Ok(secrets) = Self::find(|purpose| Ok::<_, Infallible>(purpose.first_secret(master)));
        secrets
    }

    pub fn hasher(&self) -> Hasher {
        Hasher::new(self.0.hashes.bytes())
    }

    pub fn channel_keys(&self) -> SealingKey {
        self.0.channel_keys.clone()
    }

    /// Signs tokens for a purpose. One that nothing is kept for has a secret that is derived from that of the
    /// hashes, which stays as well.
    pub fn token_signer(&self, purpose: &str) -> TokenSigner {
        let is_of = |kept: &Purpose| kept.name().strip_prefix("token/") == Some(purpose);
        match self.0.tokens.iter().find(|(kept, _)| is_of(kept)) {
            Some((_, secret)) => TokenSigner::new(secret.bytes()),
            None => TokenSigner::new(derive(&self.0.hashes.bytes(), &format!("token/{purpose}"))),
        }
    }
}

impl std::fmt::Debug for DeploymentSecrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DeploymentSecrets(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Stream ids and hashes of deployments rest on these bytes: they are those of the first release.
    #[test]
    fn the_first_secrets_of_a_master_key_stay_what_they_were() {
        let master = MasterKey::parse("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").expect("a key");
        let secrets = DeploymentSecrets::first(&master);
        assert_eq!(
            secrets.hasher().hash("phone", b"+573001234567").to_string(),
            "b6cc8e8fa1d82fec0f1c96eec32018e0d2bca5b045155f2c834ceb8fd9180df9"
        );
        assert_eq!(
            secrets.token_signer("slot").sign(b"tenant", b"content"),
            "Y29udGVudG1yw8Drbg-sbrKV6yS4Y9k"
        );
    }
}
