//! The proof that a request is from Twilio: `X-Twilio-Signature`
//! (<https://www.twilio.com/docs/usage/webhooks/webhooks-security>).
//!
//! The account's auth token signs the address that Twilio has called, followed by the names and values of the
//! form, sorted. Of another body it signs the address only, which then holds the body's digest (`bodySHA256`).
//! A `GET` has no body.
//!
//! Twilio signs an address now with its port and now without it, so both are tried. What its Node library tries
//! besides, an address whose query is written anew, is not: Twilio calls our addresses as we gave them out.

use std::borrow::Cow;
use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha1::Sha1;

use crate::crypto::sha256_hex;
use crate::providers::provider::NotAuthentic;

/// The parameters of a form, as they came.
pub type Form = [(String, String)];

/// What is signed besides the address.
#[derive(Debug, Clone, Copy)]
pub enum Signed<'a> {
    /// A form. A request without a body has an empty one.
    Form(&'a Form),
    /// A body of any other kind.
    Body(&'a [u8]),
}

/// Whether one of the account's tokens has signed a request to an address.
pub fn verify(
    tokens: &[Vec<u8>],
    url: &str,
    signed: Signed<'_>,
    signature: Option<&str>,
) -> Result<(), NotAuthentic> {
    let signature = signature.filter(|signature| !signature.is_empty()).ok_or(NotAuthentic::Missing)?;
    let signature = STANDARD.decode(signature).map_err(|_| NotAuthentic::Wrong)?;
    let text = match signed {
        Signed::Form(form) => joined(form),
        Signed::Body(body) => {
            let digest = query(url, "bodySHA256").ok_or(NotAuthentic::Wrong)?;
            // Both are known to whoever sent the request: nothing is learnt from how long this takes.
            if !digest.eq_ignore_ascii_case(&sha256_hex(body)) {
                return Err(NotAuthentic::Wrong);
            }
            String::new()
        }
    };
    let is_signed = |token: &[u8], url: &str| {
        let mac = <Hmac<Sha1> as Mac>::new_from_slice(token);
        mac.is_ok_and(|mac| mac.chain_update(url).chain_update(&text).verify_slice(&signature).is_ok())
    };
    let urls = urls(url);
    let is_genuine = tokens.iter().any(|token| urls.iter().any(|url| is_signed(token, url)));
    if is_genuine { Ok(()) } else { Err(NotAuthentic::Wrong) }
}

/// Names and values, sorted by their bytes, each once.
fn joined(form: &Form) -> String {
    let sorted: BTreeSet<(&str, &str)> =
        form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    sorted.into_iter().flat_map(|(name, value)| [name, value]).collect()
}

/// The address as it is, without its port, and with the port that its scheme has anyway.
fn urls(url: &str) -> Vec<Cow<'_, str>> {
    let mut urls = vec![Cow::Borrowed(url)];
    let Some((scheme, rest)) = url.split_once("://") else { return urls };
    let (authority, rest) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let host_at = authority.rfind('@').map_or(0, |at| at + 1);
    // The colons of an IPv6 address stand in brackets.
    let port_at = authority[host_at..].rfind([':', ']']).map(|at| at + host_at);
    match port_at.filter(|at| authority[*at..].starts_with(':')) {
        Some(at) => urls.push(format!("{scheme}://{}{rest}", &authority[..at]).into()),
        None => {
            let port = if scheme == "https" { 443 } else { 80 };
            urls.push(format!("{scheme}://{authority}:{port}{rest}").into());
        }
    }
    urls
}

fn query<'a>(url: &'a str, name: &str) -> Option<&'a str> {
    let (_, query) = url.split_once('?')?;
    query
        .split('&')
        .find_map(|pair| pair.split_once('=').filter(|(key, _)| *key == name).map(|(_, value)| value))
}

/// What the platform would have signed: for tests, and whoever plays the platform.
#[cfg(test)]
pub fn sign(token: &[u8], url: &str, form: &Form) -> String {
    let mac = <Hmac<Sha1> as Mac>::new_from_slice(token).expect("a token");
    STANDARD.encode(mac.chain_update(url).chain_update(joined(form)).finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://example.com/webhooks/twilio/sms?channel=chn_1";

    fn form(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    /// Made with `printf '%s' "$URL$TEXT" | openssl dgst -sha1 -hmac secret -binary | base64`.
    #[test]
    fn a_form_is_signed_with_its_address_sorted_and_each_pair_once() {
        let sent = form(&[("SidB", "2"), ("Sid", "b"), ("Sid", "a"), ("Sid", "b"), ("From", "+1555 ñ")]);
        let text = format!("{URL}From+1555 ñSidaSidbSidB2");
        let mac = <Hmac<Sha1> as Mac>::new_from_slice(b"secret").expect("a key");
        let signature = STANDARD.encode(mac.chain_update(text).finalize().into_bytes());
        let check = |token: &[u8], url: &str, sent: &Form, signature: &str| {
            verify(&[b"other".to_vec(), token.to_vec()], url, Signed::Form(sent), Some(signature))
        };
        assert_eq!(check(b"secret", URL, &sent, &signature), Ok(()));
        assert_eq!(check(b"Secret", URL, &sent, &signature), Err(NotAuthentic::Wrong));
        assert_eq!(check(b"secret", &URL.replace("sms", "mms"), &sent, &signature), Err(NotAuthentic::Wrong));
        assert_eq!(check(b"secret", URL, &sent[1..], &signature), Err(NotAuthentic::Wrong));
        for wrong in ["WRONG", "====", "ñ"] {
            assert_eq!(check(b"secret", URL, &sent, wrong), Err(NotAuthentic::Wrong), "{wrong}");
        }
        for missing in [None, Some("")] {
            let checked = verify(&[b"secret".to_vec()], URL, Signed::Form(&sent), missing);
            assert_eq!(checked, Err(NotAuthentic::Missing));
        }
    }

    #[test]
    fn a_port_may_be_signed_or_not() {
        for (called, signed) in [
            ("https://example.com/x?a=1", "https://example.com:443/x?a=1"),
            ("https://example.com:8443/x?a=1", "https://example.com/x?a=1"),
            ("http://example.com/x", "http://example.com:80/x"),
            ("https://me:word@example.com/x", "https://me:word@example.com:443/x"),
            ("https://[::1]/x", "https://[::1]:443/x"),
            ("https://[::1]:8443/x", "https://[::1]/x"),
            ("https://example.com", "https://example.com:443"),
        ] {
            let signature = sign(b"secret", signed, &[]);
            let checked = verify(&[b"secret".to_vec()], called, Signed::Form(&[]), Some(&signature));
            assert_eq!(checked, Ok(()), "{called}");
        }
    }

    #[test]
    fn a_body_that_is_no_form_is_signed_by_its_digest() {
        let body = br#"{"a":1}"#;
        let url = format!("https://example.com/x?a=1&bodySHA256={}", sha256_hex(body));
        let check = |url: &str, body: &[u8]| {
            let signature = sign(b"secret", url, &[]);
            verify(&[b"secret".to_vec()], url, Signed::Body(body), Some(&signature))
        };
        assert_eq!(check(&url, body), Ok(()));
        assert_eq!(check(&url, br#"{"a":2}"#), Err(NotAuthentic::Wrong));
        assert_eq!(check("https://example.com/x?a=1", body), Err(NotAuthentic::Wrong));
    }
}
