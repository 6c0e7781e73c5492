//! Keys and what is done with them.
//!
//! A deployment has one master key. Everything else is derived from it (HKDF-SHA-256, RFC 5869), one key per
//! purpose, so that no output of one use helps against another: wrapping the keys of data subjects, hashing
//! addresses and secrets that must be found again, signing tokens.

mod sealing;
mod tokens;

pub use sealing::{Sealed, SealingKey};
pub use tokens::{BadToken, TokenSigner};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use frontdesk_domain::kernel::ids::KeyedHash;
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Where all other keys come from: 256 bits.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct MasterKey([u8; 32]);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a master key is 32 bytes in base64, 44 characters; make one with `openssl rand -base64 32`")]
pub struct BadMasterKey;

impl MasterKey {
    pub fn parse(text: &str) -> Result<Self, BadMasterKey> {
        let bytes = STANDARD.decode(text.trim()).map_err(|_| BadMasterKey)?;
        bytes.try_into().map(Self).map_err(|_| BadMasterKey)
    }

    pub fn generate() -> Self {
        Self(rand::random())
    }

    pub fn to_base64(&self) -> String {
        STANDARD.encode(self.0)
    }

    fn derive(&self, purpose: &str) -> [u8; 32] {
        let mut key = [0; 32];
        Hkdf::<Sha256>::new(Some(b"frontdesk/1"), &self.0)
            .expand(purpose.as_bytes(), &mut key)
            .expect("32 bytes are within HKDF's bound");
        key
    }

    /// For what the deployment keeps and nobody else reads.
    pub fn sealing_key(&self, purpose: &str) -> SealingKey {
        SealingKey::new(self.derive(&format!("seal/{purpose}")))
    }

    pub fn token_signer(&self, purpose: &str) -> TokenSigner {
        TokenSigner::new(self.derive(&format!("token/{purpose}")))
    }

    pub fn hasher(&self) -> Hasher {
        Hasher(self.derive("hash"))
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

/// Hashes what must be found again and must not be read: addresses, secrets, ordering keys.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Hasher([u8; 32]);

impl Hasher {
    /// The same value hashes differently for each purpose.
    pub fn hash(&self, purpose: &str, value: &[u8]) -> KeyedHash {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.update(&(purpose.len() as u64).to_be_bytes());
        mac.update(purpose.as_bytes());
        mac.update(value);
        KeyedHash(mac.finalize().into_bytes().into())
    }
}

impl std::fmt::Debug for Hasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hasher(…)")
    }
}

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
    fn a_master_key_survives_its_text_form_and_nothing_else_is_one() {
        let key = MasterKey::generate();
        assert_eq!(MasterKey::parse(&key.to_base64()).expect("parses").0, key.0);
        for text in ["", "secret", &STANDARD.encode([0; 31]), &STANDARD.encode([0; 33])] {
            assert_eq!(MasterKey::parse(text).err(), Some(BadMasterKey), "{text}");
        }
    }

    #[test]
    fn hashes_differ_by_key_and_purpose() {
        let (one, other) = (MasterKey::generate().hasher(), MasterKey::generate().hasher());
        let hash = one.hash("phone", b"+573001234567");
        assert_eq!(hash, one.hash("phone", b"+573001234567"));
        assert_ne!(hash, one.hash("email", b"+573001234567"));
        assert_ne!(hash, other.hash("phone", b"+573001234567"));
    }

    #[test]
    fn random_secrets_are_long_and_new() {
        assert_eq!(random_secret().len(), 43);
        assert_ne!(random_secret(), random_secret());
    }
}
