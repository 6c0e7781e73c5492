//! Opaque, signed tokens: what we hand out and must recognise when it comes back.
//!
//! The text is base64url of the content and the first 16 bytes of its HMAC-SHA-256. Signed, not encrypted:
//! nothing secret goes in.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop};

const TAG_BYTES: usize = 16;

#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct TokenSigner([u8; 32]);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the token was not issued here, or has been altered")]
pub struct BadToken;

impl TokenSigner {
    pub(super) fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    fn mac(&self, scope: &[u8], content: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.update(&(scope.len() as u64).to_be_bytes());
        mac.update(scope);
        mac.update(content);
        mac
    }

    /// The scope (a tenant, say) is signed along and must be given again; it does not stand in the token.
    pub fn sign(&self, scope: &[u8], content: &[u8]) -> String {
        let tag = self.mac(scope, content).finalize().into_bytes();
        URL_SAFE_NO_PAD.encode([content, &tag[..TAG_BYTES]].concat())
    }

    pub fn verify(&self, scope: &[u8], token: &str) -> Result<Vec<u8>, BadToken> {
        let mut bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| BadToken)?;
        let length = bytes.len().checked_sub(TAG_BYTES).ok_or(BadToken)?;
        let tag = bytes.split_off(length);
        self.mac(scope, &bytes).verify_truncated_left(&tag).map_err(|_| BadToken)?;
        Ok(bytes)
    }
}

impl std::fmt::Debug for TokenSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenSigner(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::super::{DeploymentSecrets, MasterKey};
    use super::*;

    #[test]
    fn only_our_own_tokens_come_back() {
        let secrets = DeploymentSecrets::first(&MasterKey::generate());
        let (slots, pages) = (secrets.token_signer("slot"), secrets.token_signer("page"));
        let token = slots.sign(b"tenant", b"content");
        assert_eq!(slots.verify(b"tenant", &token).as_deref(), Ok(&b"content"[..]));
        assert_eq!(slots.verify(b"other", &token), Err(BadToken));
        assert_eq!(pages.verify(b"tenant", &token), Err(BadToken));
        for place in 0..token.len() {
            let mut altered = token.clone().into_bytes();
            altered[place] = if altered[place] == b'A' { b'B' } else { b'A' };
            assert_eq!(
                slots.verify(b"tenant", &String::from_utf8(altered).expect("text")),
                Err(BadToken),
                "{place}"
            );
        }
        for text in ["", "abc", "!!!", &"A".repeat(10_000)] {
            assert_eq!(slots.verify(b"tenant", text), Err(BadToken));
        }
    }
}
