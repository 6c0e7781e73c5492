//! Keyed hashes (HMAC-SHA-256): the same value gives the same hash, and nobody without the key can try values.

use frontdesk_domain::kernel::ids::KeyedHash;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Hashes what must be found again and must not be read: addresses, secrets, ordering keys.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Hasher([u8; 32]);

impl Hasher {
    pub(super) fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_differ_by_key_and_purpose() {
        let (one, other) = (Hasher::new([1; 32]), Hasher::new([2; 32]));
        let hash = one.hash("phone", b"+573001234567");
        assert_eq!(hash, one.hash("phone", b"+573001234567"));
        assert_ne!(hash, one.hash("email", b"+573001234567"));
        assert_ne!(hash, other.hash("phone", b"+573001234567"));
    }
}
