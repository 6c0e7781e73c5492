//! The proof that a webhook is from the platform (<https://docs.vapi.ai/server-url/server-authentication>).
//!
//! Three ways: the legacy shared secret in `X-Vapi-Secret`; a bearer token; an HMAC over the raw body, each
//! part of which is configured on their side and therefore on ours. The first two name the channel by
//! themselves, because we find it by the hash of the secret; a signature does not, so there the message's own
//! numbers say which channel's key to try.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use frontdesk_domain::values::sender::{Authentication, HmacAlgorithm, HmacEncoding, HmacScheme};
use hmac::{Hmac, Mac};
use sha1::Sha1;
use sha2::{Sha256, Sha512};

use crate::crypto::Hasher;
use crate::providers::provider::{Headers, KEY_PLACE, Means, NotAuthentic, Request};

/// How old or how far ahead a signed timestamp may be.
const TOLERANCE_SECONDS: i64 = 300;
const STALE: NotAuthentic = NotAuthentic::Stale { tolerance_seconds: TOLERANCE_SECONDS };

/// A secret or token that came with a request, by its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presented {
    Secret(String),
    Bearer(String),
}

impl Presented {
    pub fn into_hash(self) -> String {
        match self {
            Self::Secret(hash) | Self::Bearer(hash) => hash,
        }
    }
}

pub fn secret_hash(hasher: &Hasher, secret: &str) -> String {
    hasher.hash("vapi-secret", secret.as_bytes()).to_string()
}

/// The secrets that a request presents.
pub fn presented(headers: &dyn Headers, hasher: &Hasher) -> Vec<Presented> {
    let secret = headers.get("x-vapi-secret").map(|secret| Presented::Secret(secret_hash(hasher, secret)));
    let bearer = headers.get("authorization").and_then(|value| value.strip_prefix("Bearer "));
    secret
        .into_iter()
        .chain(bearer.map(|token| Presented::Bearer(secret_hash(hasher, token.trim()))))
        .collect()
}

/// Whether a channel takes a request for the platform's own.
pub fn verify(
    authentication: &Authentication,
    request: &Request<'_>,
    means: &Means<'_>,
) -> Result<(), NotAuthentic> {
    let presented = || presented(request.headers, means.hasher);
    match authentication {
        Authentication::Secret { hash } => matches(&presented(), &Presented::Secret(hash.clone())),
        Authentication::Bearer { hash } => matches(&presented(), &Presented::Bearer(hash.clone())),
        Authentication::Hmac { sealed_key, scheme } => {
            let key = means.sealing.open_text(KEY_PLACE, sealed_key).map_err(|_| NotAuthentic::Wrong)?;
            verify_signature(&key, scheme, request, means.now)
        }
        Authentication::Signature { .. } => Err(NotAuthentic::Wrong),
    }
}

fn matches(presented: &[Presented], expected: &Presented) -> Result<(), NotAuthentic> {
    // Hashes keyed with a secret of ours: comparing them tells nothing about the secrets.
    match presented {
        [] => Err(NotAuthentic::Missing),
        some if some.contains(expected) => Ok(()),
        _ => Err(NotAuthentic::Wrong),
    }
}

fn verify_signature(
    key: &[u8],
    scheme: &HmacScheme,
    request: &Request<'_>,
    now: DateTime<Utc>,
) -> Result<(), NotAuthentic> {
    let Request { headers, url: _, body } = request;
    let signature = headers.get(&scheme.signature_header).ok_or(NotAuthentic::Missing)?.trim();
    let signature = signature.strip_prefix(&scheme.signature_prefix).ok_or(NotAuthentic::Wrong)?;
    let signature = match scheme.encoding {
        HmacEncoding::Hex => hex::decode(signature).map_err(|_| NotAuthentic::Wrong)?,
        HmacEncoding::Base64 => STANDARD.decode(signature).map_err(|_| NotAuthentic::Wrong)?,
    };
    let timestamp = match &scheme.timestamp_header {
        Some(name) => {
            let timestamp = headers.get(name).ok_or(STALE)?.trim();
            let sent_at = unix_time(timestamp).ok_or(STALE)?;
            if now.timestamp().abs_diff(sent_at) > TOLERANCE_SECONDS.unsigned_abs() {
                return Err(STALE);
            }
            timestamp
        }
        None => "",
    };
    let signed = signed_text(&scheme.payload_format, timestamp, body);
    let is_right = match scheme.algorithm {
        HmacAlgorithm::Sha1 => is_mac::<Hmac<Sha1>>(key, &signed, &signature),
        HmacAlgorithm::Sha256 => is_mac::<Hmac<Sha256>>(key, &signed, &signature),
        HmacAlgorithm::Sha512 => is_mac::<Hmac<Sha512>>(key, &signed, &signature),
    };
    if is_right { Ok(()) } else { Err(NotAuthentic::Wrong) }
}

fn is_mac<M: Mac + hmac::digest::KeyInit>(key: &[u8], text: &[u8], signature: &[u8]) -> bool {
    <M as Mac>::new_from_slice(key).is_ok_and(|mac| mac.chain_update(text).verify_slice(signature).is_ok())
}

/// What is signed. The body's bytes go in as they are, whatever they are.
fn signed_text(format: &str, timestamp: &str, body: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(format.len() + timestamp.len() + body.len());
    let mut rest = format;
    while let Some(place) = rest.find('{') {
        text.extend_from_slice(&rest.as_bytes()[..place]);
        rest = &rest[place..];
        if let Some(after) = rest.strip_prefix("{timestamp}") {
            text.extend_from_slice(timestamp.as_bytes());
            rest = after;
        } else if let Some(after) = rest.strip_prefix("{body}") {
            text.extend_from_slice(body);
            rest = after;
        } else {
            text.push(b'{');
            rest = &rest[1..];
        }
    }
    text.extend_from_slice(rest.as_bytes());
    text
}

/// Seconds or milliseconds since 1970, or ISO 8601.
fn unix_time(text: &str) -> Option<i64> {
    match text.parse::<i64>() {
        Ok(number) if number > 100_000_000_000 => Some(number / 1_000),
        Ok(number) => Some(number),
        Err(_) => text.parse::<DateTime<Utc>>().ok().map(|instant| instant.timestamp()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::crypto::{DeploymentSecrets, MasterKey};

    impl Headers for HashMap<&str, String> {
        fn get(&self, name: &str) -> Option<&str> {
            HashMap::get(self, name).map(String::as_str)
        }
    }

    fn scheme() -> HmacScheme {
        HmacScheme {
            algorithm: HmacAlgorithm::Sha256,
            encoding: HmacEncoding::Hex,
            signature_header: "x-signature".into(),
            signature_prefix: String::new(),
            timestamp_header: Some("x-timestamp".into()),
            payload_format: "{timestamp}.{body}".into(),
        }
    }

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_000_000, 0).expect("an instant")
    }

    /// The vector was made with `printf '1795000000.{"a":1}' | openssl dgst -sha256 -hmac key`.
    const SIGNATURE: &str = "1bd16f4bb96630234f5d9db1391a58d04079ea2aaf515271f43b4b91dcdfe987";

    fn signed(signature: &str, timestamp: &str) -> HashMap<&'static str, String> {
        HashMap::from([("x-signature", signature.to_owned()), ("x-timestamp", timestamp.to_owned())])
    }

    fn own_signature(scheme: &HmacScheme, timestamp: &str, body: &[u8]) -> Vec<u8> {
        let text = signed_text(&scheme.payload_format, timestamp, body);
        match scheme.algorithm {
            HmacAlgorithm::Sha1 => <Hmac<Sha1> as Mac>::new_from_slice(b"key")
                .expect("a key")
                .chain_update(text)
                .finalize()
                .into_bytes()
                .to_vec(),
            HmacAlgorithm::Sha256 => <Hmac<Sha256> as Mac>::new_from_slice(b"key")
                .expect("a key")
                .chain_update(text)
                .finalize()
                .into_bytes()
                .to_vec(),
            HmacAlgorithm::Sha512 => <Hmac<Sha512> as Mac>::new_from_slice(b"key")
                .expect("a key")
                .chain_update(text)
                .finalize()
                .into_bytes()
                .to_vec(),
        }
    }

    #[test]
    fn a_signature_holds_for_its_body_its_time_and_its_key() {
        let check = |headers: &HashMap<&'static str, String>, body: &[u8], key: &[u8]| {
            verify_signature(key, &scheme(), &Request { headers, url: "", body }, now())
        };
        let right = hex::encode(own_signature(&scheme(), "1795000000", b"{\"a\":1}"));
        assert_eq!(right, SIGNATURE);
        assert_eq!(check(&signed(SIGNATURE, "1795000000"), b"{\"a\":1}", b"key"), Ok(()));
        assert_eq!(check(&signed(SIGNATURE, "1795000000"), b"{\"a\":2}", b"key"), Err(NotAuthentic::Wrong));
        assert_eq!(check(&signed(SIGNATURE, "1795000000"), b"{\"a\":1}", b"other"), Err(NotAuthentic::Wrong));
        assert_eq!(check(&signed(SIGNATURE, "1795000001"), b"{\"a\":1}", b"key"), Err(NotAuthentic::Wrong));
        assert_eq!(check(&signed("nonsense", "1795000000"), b"{\"a\":1}", b"key"), Err(NotAuthentic::Wrong));
        assert_eq!(check(&HashMap::new(), b"{\"a\":1}", b"key"), Err(NotAuthentic::Missing));
        for stale in ["1794999699", "1795000301", "soon", "-9223372036854775808"] {
            let signature = hex::encode(own_signature(&scheme(), stale, b"{\"a\":1}"));
            assert!(check(&signed(&signature, stale), b"{\"a\":1}", b"key").is_err(), "{stale}");
        }
    }

    #[test]
    fn every_part_of_the_scheme_can_be_another() {
        for algorithm in [HmacAlgorithm::Sha1, HmacAlgorithm::Sha256, HmacAlgorithm::Sha512] {
            for encoding in [HmacEncoding::Hex, HmacEncoding::Base64] {
                let scheme = HmacScheme {
                    algorithm,
                    encoding,
                    signature_prefix: "v1=".into(),
                    payload_format: "{body}|{timestamp}|{x}".into(),
                    ..scheme()
                };
                let timestamp = "1795000000000";
                let mac = own_signature(&scheme, timestamp, b"body");
                let text = match encoding {
                    HmacEncoding::Hex => hex::encode(mac),
                    HmacEncoding::Base64 => STANDARD.encode(mac),
                };
                let check = |signature: &str| {
                    let headers = signed(signature, timestamp);
                    verify_signature(
                        b"key",
                        &scheme,
                        &Request { headers: &headers, url: "", body: b"body" },
                        now(),
                    )
                };
                assert_eq!(check(&format!("v1={text}")), Ok(()));
                assert_eq!(check(&text), Err(NotAuthentic::Wrong));
            }
        }
    }

    #[test]
    fn secrets_and_tokens_are_known_by_their_hash() {
        let secrets = DeploymentSecrets::first(&MasterKey::generate());
        let (hasher, sealing) = (secrets.hasher(), secrets.channel_keys());
        let secret = Authentication::Secret { hash: secret_hash(&hasher, "s3cret") };
        let bearer = Authentication::Bearer { hash: secret_hash(&hasher, "s3cret") };
        let check = |authentication: &Authentication, name: &'static str, value: &str| {
            let headers = HashMap::from([(name, value.to_owned())]);
            let means = Means { hasher: &hasher, sealing: &sealing, now: now() };
            verify(authentication, &Request { headers: &headers, url: "", body: b"" }, &means)
        };
        assert_eq!(check(&secret, "x-vapi-secret", "s3cret"), Ok(()));
        assert_eq!(check(&secret, "x-vapi-secret", "other"), Err(NotAuthentic::Wrong));
        assert_eq!(check(&secret, "authorization", "Bearer s3cret"), Err(NotAuthentic::Wrong));
        assert_eq!(check(&bearer, "authorization", "Bearer s3cret"), Ok(()));
        assert_eq!(check(&bearer, "authorization", "Basic s3cret"), Err(NotAuthentic::Missing));
    }
}
