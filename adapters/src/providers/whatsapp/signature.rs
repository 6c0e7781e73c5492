//! The proof that a request is from WhatsApp: `X-Hub-Signature-256`, an HMAC-SHA256 over the body as it came with
//! the secret of the app (<https://developers.facebook.com/docs/graph-api/webhooks/getting-started>). And the
//! other way round: what the platform asks for before it sends anything, to see that the address is ours.

use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::providers::provider::NotAuthentic;

const PREFIX: &str = "sha256=";

/// Whether one of the app's secrets has signed a body.
pub fn verify(secrets: &[Vec<u8>], body: &[u8], signature: Option<&str>) -> Result<(), NotAuthentic> {
    let signature = signature.filter(|signature| !signature.is_empty()).ok_or(NotAuthentic::Missing)?;
    let signature = signature.strip_prefix(PREFIX).and_then(|hex| hex::decode(hex).ok());
    let signature = signature.ok_or(NotAuthentic::Wrong)?;
    let is_signed = |secret: &Vec<u8>| {
        let mac = <Hmac<Sha256> as Mac>::new_from_slice(secret);
        mac.is_ok_and(|mac| mac.chain_update(body).verify_slice(&signature).is_ok())
    };
    if secrets.iter().any(is_signed) { Ok(()) } else { Err(NotAuthentic::Wrong) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with `printf '{"a":"\u00e9"}' | openssl dgst -sha256 -hmac secret`.
    #[test]
    fn a_body_is_signed_as_it_came() {
        let body = br#"{"a":"\u00e9"}"#;
        let mac = <Hmac<Sha256> as Mac>::new_from_slice(b"secret").expect("a key");
        let right = format!("sha256={}", hex::encode(mac.chain_update(body).finalize().into_bytes()));
        let check = |secrets: &[&str], body: &[u8], signature: Option<&str>| {
            let secrets: Vec<Vec<u8>> = secrets.iter().map(|secret| secret.as_bytes().to_vec()).collect();
            verify(&secrets, body, signature)
        };
        // While a secret is changed, either of the two is right.
        for secrets in [&["secret"][..], &["new", "secret"], &["secret", "new"]] {
            assert_eq!(check(secrets, body, Some(&right)), Ok(()));
        }
        assert_eq!(check(&["new"], body, Some(&right)), Err(NotAuthentic::Wrong));
        // The same JSON in other bytes is another body.
        assert_eq!(check(&["secret"], "{\"a\":\"é\"}".as_bytes(), Some(&right)), Err(NotAuthentic::Wrong));
        for wrong in [&right[7..], &right[..right.len() - 2], "sha256=", "sha1=00", "sha256=zz"] {
            assert_eq!(check(&["secret"], body, Some(wrong)), Err(NotAuthentic::Wrong), "{wrong}");
        }
        for missing in [None, Some("")] {
            assert_eq!(check(&["secret"], body, missing), Err(NotAuthentic::Missing));
        }
    }
}
