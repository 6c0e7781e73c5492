//! Authenticated encryption: XChaCha20-Poly1305 with a random nonce, which needs no counter to be kept.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::master_key::MasterKeyId;

const NONCE_BYTES: usize = 24;

/// A 256-bit key.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct SealingKey([u8; 32]);

/// It was sealed with another key, for another place, or has been altered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sealed data does not open: another key, another place, or altered")]
pub struct Sealed;

impl SealingKey {
    pub fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    pub fn generate() -> Self {
        Self(rand::random())
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.0.into())
    }

    /// For what is derived from it.
    pub(super) fn bytes(&self) -> [u8; 32] {
        self.0
    }

    /// The nonce and the cipher text. `place` must be given again to open it.
    pub fn seal(&self, place: &[u8], plain: &[u8]) -> Vec<u8> {
        self.seal_with(rand::random(), place, plain)
    }

    fn seal_with(&self, nonce: [u8; NONCE_BYTES], place: &[u8], plain: &[u8]) -> Vec<u8> {
        let cipher_text = self.cipher().encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: place });
        [&nonce[..], &cipher_text.expect("a message shorter than 256 GiB")].concat()
    }

    pub fn open(&self, place: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Sealed> {
        let (nonce, cipher_text) = sealed.split_at_checked(NONCE_BYTES).ok_or(Sealed)?;
        self.cipher()
            .decrypt(XNonce::from_slice(nonce), Payload { msg: cipher_text, aad: place })
            .map_err(|_| Sealed)
    }

    pub fn seal_text(&self, place: &[u8], plain: &[u8]) -> String {
        STANDARD.encode(self.seal(place, plain))
    }

    pub fn open_text(&self, place: &[u8], sealed: &str) -> Result<Vec<u8>, Sealed> {
        self.open(place, &STANDARD.decode(sealed).map_err(|_| Sealed)?)
    }

    /// This key, encrypted by another one. The nonce begins with a mark; what remains of it, 128 random bits,
    /// does not repeat in as many keys as there will ever be.
    pub fn wrapped_by(&self, wrapping: &Self, mark: [u8; MasterKeyId::BYTES], place: &[u8]) -> Vec<u8> {
        let mut nonce: [u8; NONCE_BYTES] = rand::random();
        nonce[..MasterKeyId::BYTES].copy_from_slice(&mark);
        wrapping.seal_with(nonce, place, &self.0)
    }

    pub fn unwrapped(wrapped: &[u8], wrapping: &Self, place: &[u8]) -> Result<Self, Sealed> {
        let mut plain = wrapping.open(place, wrapped)?;
        let key = plain.as_slice().try_into().map(Self).map_err(|_| Sealed);
        plain.zeroize();
        key
    }
}

impl std::fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealingKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_with_the_same_key_in_the_same_place_only() {
        let (key, other) = (SealingKey::generate(), SealingKey::generate());
        let sealed = key.seal(b"here", b"Ada");
        assert_eq!(key.open(b"here", &sealed).as_deref(), Ok(&b"Ada"[..]));
        assert_eq!(key.open(b"there", &sealed), Err(Sealed));
        assert_eq!(other.open(b"here", &sealed), Err(Sealed));
        for byte in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[byte] ^= 1;
            assert_eq!(key.open(b"here", &altered), Err(Sealed), "byte {byte}");
        }
        assert_eq!(key.open(b"here", b"short"), Err(Sealed));
    }

    #[test]
    fn the_same_text_is_sealed_differently_each_time() {
        let key = SealingKey::generate();
        assert_ne!(key.seal(b"", b"Ada"), key.seal(b"", b"Ada"));
    }

    #[test]
    fn keys_wrap_keys() {
        let (master, key) = (SealingKey::generate(), SealingKey::generate());
        let wrapped = key.wrapped_by(&master, *b"the mark", b"subject");
        assert!(wrapped.starts_with(b"the mark"));
        assert_ne!(wrapped, key.wrapped_by(&master, *b"the mark", b"subject"));
        let again = SealingKey::unwrapped(&wrapped, &master, b"subject").expect("unwraps");
        assert_eq!(again.open(b"", &key.seal(b"", b"x")).as_deref(), Ok(&b"x"[..]));
        assert!(SealingKey::unwrapped(&wrapped, &master, b"another").is_err());
    }
}
