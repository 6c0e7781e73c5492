//! Where to serve.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

/// An address of this machine, or a name for one, and a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listen {
    pub host: String,
    pub port: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it must be an address and a port, like 127.0.0.1:8080 or localhost:8080, not {0:?}")]
pub struct BadListen(String);

impl Default for Listen {
    fn default() -> Self {
        Self { host: "127.0.0.1".to_owned(), port: 8080 }
    }
}

impl FromStr for Listen {
    type Err = BadListen;

    fn from_str(text: &str) -> Result<Self, BadListen> {
        let text = text.trim();
        if let Ok(address) = text.parse::<SocketAddr>() {
            return Ok(Self { host: address.ip().to_string(), port: address.port() });
        }
        let is_name = |host: &str| {
            host.starts_with(|letter: char| letter.is_ascii_alphanumeric())
                && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
        };
        let parts = text.rsplit_once(':').filter(|(host, _)| is_name(host));
        let listen =
            parts.and_then(|(host, port)| Some(Self { host: host.to_owned(), port: port.parse().ok()? }));
        listen.ok_or_else(|| BadListen(text.to_owned()))
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.parse() {
            Ok(IpAddr::V6(host)) => write!(f, "[{host}]:{}", self.port),
            _ => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

impl Listen {
    /// How it is reached from this machine.
    pub fn url(&self) -> String {
        match self.host.parse::<IpAddr>() {
            Ok(host) if host.is_unspecified() => format!("http://localhost:{}", self.port),
            _ => format!("http://{self}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_or_a_name_is_taken_and_leads_somewhere() {
        for (text, shown, url) in [
            ("127.0.0.1:9000", "127.0.0.1:9000", "http://127.0.0.1:9000"),
            ("0.0.0.0:80", "0.0.0.0:80", "http://localhost:80"),
            ("[::1]:8080", "[::1]:8080", "http://[::1]:8080"),
            ("[::]:8080", "[::]:8080", "http://localhost:8080"),
            (" localhost:8080 ", "localhost:8080", "http://localhost:8080"),
            ("front-desk.internal:0", "front-desk.internal:0", "http://front-desk.internal:0"),
        ] {
            let listen: Listen = text.parse().expect(text);
            assert_eq!((listen.to_string().as_str(), listen.url().as_str()), (shown, url));
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "8080",
            ":8080",
            "localhost",
            "localhost:",
            "localhost:x",
            "localhost:70000",
            "::1:8080",
            "http://localhost:8080",
            "a b:1",
        ] {
            assert!(text.parse::<Listen>().is_err(), "{text}");
        }
    }
}
