//! Master keys: what an operator configures.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// What all other keys are wrapped with: 256 bits.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
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

    /// A key for one purpose.
    pub(super) fn derive(&self, purpose: &str) -> [u8; 32] {
        derive(&self.0, purpose)
    }

    /// Its name where the key itself must not be told.
    pub fn id(&self) -> MasterKeyId {
        let mut id = [0; MasterKeyId::BYTES];
        id.copy_from_slice(&self.derive("id")[..MasterKeyId::BYTES]);
        MasterKeyId(id)
    }
}

/// A key for one purpose, from a root (HKDF-SHA-256, RFC 5869).
pub(super) fn derive(root: &[u8; 32], purpose: &str) -> [u8; 32] {
    let mut key = [0; 32];
    Hkdf::<Sha256>::new(Some(b"frontdesk/1"), root)
        .expand(purpose.as_bytes(), &mut key)
        .expect("32 bytes are within HKDF's bound");
    key
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MasterKey({})", self.id())
    }
}

/// Derived from the key, so nobody has to hand out names.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MasterKeyId([u8; Self::BYTES]);

impl MasterKeyId {
    pub const BYTES: usize = 8;

    pub fn bytes(self) -> [u8; Self::BYTES] {
        self.0
    }
}

impl std::fmt::Display for MasterKeyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl std::fmt::Debug for MasterKeyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

/// The master keys of a process.
#[derive(Debug, Clone)]
pub struct MasterKeys {
    /// What is new is wrapped with this one.
    pub current: MasterKey,
    /// What these have wrapped is opened, too: the one before while the current one takes its place, or the
    /// next one before it does.
    pub others: Vec<MasterKey>,
}

impl MasterKeys {
    pub fn new(current: MasterKey, others: Vec<MasterKey>) -> Self {
        let others = others.into_iter().filter(|other| *other != current).collect();
        Self { current, others }
    }

    /// Several keys, separated by commas or white space.
    pub fn parse_others(text: &str) -> Result<Vec<MasterKey>, BadMasterKey> {
        let parts = text.split(|c: char| c == ',' || c.is_whitespace()).filter(|part| !part.is_empty());
        parts.map(MasterKey::parse).collect()
    }
}

impl From<MasterKey> for MasterKeys {
    fn from(key: MasterKey) -> Self {
        Self::new(key, Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_master_key_survives_its_text_form_and_nothing_else_is_one() {
        let key = MasterKey::generate();
        assert_eq!(MasterKey::parse(&key.to_base64()).expect("parses"), key);
        for text in ["", "secret", &STANDARD.encode([0; 31]), &STANDARD.encode([0; 33])] {
            assert_eq!(MasterKey::parse(text).err(), Some(BadMasterKey), "{text}");
        }
    }

    #[test]
    fn several_keys_are_separated_by_commas_or_lines() {
        let keys = [MasterKey::generate(), MasterKey::generate()];
        let [one, other] = keys.each_ref().map(MasterKey::to_base64);
        for text in [format!("{one},{other}"), format!(" {one}\n{other}\n"), format!("{one}, {other},")] {
            assert_eq!(MasterKeys::parse_others(&text).expect("keys"), keys, "{text}");
        }
        assert_eq!(MasterKeys::parse_others(" \n").expect("none"), []);
        assert_eq!(MasterKeys::parse_others(&format!("{one},nonsense")), Err(BadMasterKey));
    }

    #[test]
    fn the_id_of_a_key_stays() {
        let key = MasterKey::parse("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").expect("a key");
        assert_eq!(key.id(), key.clone().id());
        assert_ne!(key.id(), MasterKey::generate().id());
        assert_eq!(format!("{key:?}"), format!("MasterKey({})", key.id()));
    }
}
