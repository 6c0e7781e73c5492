//! The HTTP client, and why a request failed.

use std::time::Duration;

use anyhow::Context;
use reqwest::Client;
use reqwest::header::{HeaderMap, RETRY_AFTER};

/// The voice platform waits as long for an answer.
const TIMEOUT: Duration = Duration::from_secs(20);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Proxies let go of a connection about as soon.
const IDLE_TIMEOUT: Duration = Duration::from_secs(50);
/// The longest pause between two tries.
pub const PAUSE_MAX: Duration = Duration::from_secs(5);

/// Why a request failed, by what its sender does next.
pub enum Failure {
    /// Try again, after the pause that the server asked for, if any.
    Transient {
        error: anyhow::Error,
        retry_after: Option<Duration>,
    },
    Permanent(anyhow::Error),
}

impl Failure {
    /// The request or its answer was lost on the way.
    pub fn transport(error: reqwest::Error) -> Self {
        if error.is_builder() {
            return Self::Permanent(error.without_url().into());
        }
        Self::Transient { error: error.without_url().into(), retry_after: None }
    }

    pub fn context(self, what: String) -> Self {
        match self {
            Self::Transient { error, retry_after } => {
                Self::Transient { error: error.context(what), retry_after }
            }
            Self::Permanent(error) => Self::Permanent(error.context(what)),
        }
    }

    pub fn into_error(self) -> anyhow::Error {
        match self {
            Self::Transient { error, .. } | Self::Permanent(error) => error,
        }
    }
}

/// A client that keeps its connections. It uses no proxy, because a proxy would be measured, too.
pub fn client() -> anyhow::Result<Client> {
    // The process may have chosen its cryptography already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder().no_proxy().timeout(TIMEOUT).connect_timeout(CONNECT_TIMEOUT);
    builder.pool_idle_timeout(IDLE_TIMEOUT).build().context("the HTTP client cannot be made")
}

/// How long a server asks to wait.
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(PAUSE_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_cannot_make_callers_wait_for_long() {
        let headers =
            |seconds: &str| HeaderMap::from_iter([(RETRY_AFTER, seconds.parse().expect("a value"))]);
        assert_eq!(retry_after(&headers("2")), Some(Duration::from_secs(2)));
        assert_eq!(retry_after(&headers("86400")), Some(PAUSE_MAX));
        assert_eq!(retry_after(&headers("soon")), None);
    }
}
