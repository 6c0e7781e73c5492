//! The origins of pages, as browsers send them (RFC 6454, section 6.2).

use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `https://app.example.com:8443`: a scheme, a host and perhaps a port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Origin(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no origin; it should look like https://app.example.com, in small letters and without a path"
)]
pub struct BadOrigin(String);

impl Origin {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// RFC 1035 bounds a name, and no port has more than five digits.
const HOST_BYTES_MAX: usize = 253;

fn is_origin(text: &str) -> bool {
    let (scheme, authority) = text.split_once("://").unwrap_or_default();
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !authority.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let is_name =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "-._".contains(letter);
    let is_address =
        |letter: char| letter.is_ascii_hexdigit() && !letter.is_ascii_uppercase() || ":.".contains(letter);
    let is_host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => !address.is_empty() && address.chars().all(is_address),
        None => !host.is_empty() && host.chars().all(is_name),
    };
    // Browsers leave out the port that a scheme has anyway.
    let own_port = if scheme == "http" { "80" } else { "443" };
    let is_port = |port: &str| port != own_port && !port.starts_with('0') && port.parse::<u16>().is_ok();
    matches!(scheme, "http" | "https")
        && is_host
        && host.len() <= HOST_BYTES_MAX
        && port.is_none_or(|port| port.bytes().all(|byte| byte.is_ascii_digit()) && is_port(port))
}

impl FromStr for Origin {
    type Err = BadOrigin;

    fn from_str(text: &str) -> Result<Self, BadOrigin> {
        if is_origin(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadOrigin(text.chars().take(100).collect()))
        }
    }
}

impl TryFrom<String> for Origin {
    type Error = BadOrigin;

    fn try_from(text: String) -> Result<Self, BadOrigin> {
        text.parse()
    }
}

impl From<Origin> for String {
    fn from(origin: Origin) -> Self {
        origin.0
    }
}

impl JsonSchema for Origin {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PageOrigin".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^https?://[a-z0-9._:\\[\\]-]+$",
            "description": "The origin of a page, as browsers send it.",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_taken_as_browsers_send_them() {
        for right in [
            "https://a.example",
            "http://localhost:3000",
            "https://xn--caf-dma.example",
            "http://[::1]:8080",
            "http://127.0.0.1",
        ] {
            assert_eq!(right.parse::<Origin>().map(String::from).as_deref(), Ok(right));
        }
        for wrong in [
            "",
            "a.example",
            "https://",
            "https://a.example/",
            "https://a.example/x",
            "https://A.example",
            "ftp://a.example",
            "https://*.example",
            "https://me@a.example",
            "null",
            "*",
            "https://a.example:443",
            "http://a.example:80",
            "https://a.example:",
            "https://a.example:99999",
            "https://a.example:+1",
            "https://a b",
            "https://é.example",
            "https://a.example:8080:1",
            "https://[]",
            "http://[::1",
        ] {
            assert!(wrong.parse::<Origin>().is_err_and(|error| error.to_string().contains(wrong)), "{wrong}");
        }
    }
}
