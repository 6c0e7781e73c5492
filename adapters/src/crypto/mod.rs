//! Keys and what is done with them.
//!
//! * [`MasterKey`]: what an operator configures. Each wraps keys that are kept in the database
//!   ([`WrappingKeys`]);
//! * [`DeploymentSecrets`]: what the deployment hashes, seals and signs with. They are among those that are
//!   kept, so a change of the master key changes none of them;
//! * [`SealingKey`], [`Hasher`] and [`TokenSigner`]: what is done with a key.

mod hashing;
mod master_key;
mod sealing;
mod secrets;
mod tokens;
mod wrapping;

pub use hashing::Hasher;
pub use master_key::{BadMasterKey, MasterKey, MasterKeyId, MasterKeys};
pub use sealing::{Sealed, SealingKey};
pub use secrets::{DeploymentSecrets, Purpose};
pub use tokens::{BadToken, TokenSigner};
pub use wrapping::WrappingKeys;

use base64::Engine;
use sha2::{Digest, Sha256};

/// Chooses the cryptography of TLS for HTTP clients, which bring none of their own. Only the first choice of
/// a process counts.
pub fn choose_tls() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// SHA-256 in hexadecimal, for digests that hold no secret.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// A secret for somebody to keep: 256 random bits in 43 characters.
pub fn random_secret() -> String {
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

/// Compares in a time that tells nothing about where they differ.
pub fn same_secret(one: &[u8], other: &[u8]) -> bool {
    use subtle::ConstantTimeEq;
    one.ct_eq(other).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_secrets_are_long_and_new() {
        assert_eq!(random_secret().len(), 43);
        assert_ne!(random_secret(), random_secret());
    }
}
