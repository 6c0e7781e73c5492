//! The voice platform's side of the wire: signed webhooks to one or several servers, sent again when nobody answers.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, anyhow};
use chrono::Utc;
use hmac::{Hmac, Mac};
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Client, StatusCode};
use sha2::Sha256;

use super::setup::Channel;

/// How long the platform waits for an answer.
const TIMEOUT: Duration = Duration::from_secs(20);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The first try counts. All pauses together are some half a minute: a server that is killed comes back within it.
const TRIES_MAX: usize = 10;
const PAUSE_FIRST: Duration = Duration::from_millis(250);
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// Sends webhooks of one channel. Each server has a client of its own, so that its connections are kept.
pub struct Platform {
    servers: Vec<Server>,
    turn: AtomicUsize,
    retries: AtomicU64,
    /// Keyed already.
    mac: Hmac<Sha256>,
}

struct Server {
    client: Client,
    webhook: String,
}

enum Failure {
    Passing { error: anyhow::Error, after: Option<Duration> },
    Final(anyhow::Error),
}

/// A client that keeps its connections and goes to the server directly: a proxy between them would be measured, too.
pub fn client() -> anyhow::Result<Client> {
    frontdesk_adapters::crypto::choose_tls();
    let client = Client::builder().no_proxy().timeout(TIMEOUT).connect_timeout(CONNECT_TIMEOUT).build();
    client.context("the HTTP client cannot be made")
}

/// How long a server asks to wait.
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(PAUSE_MAX))
}

impl Platform {
    pub fn new(bases: &[String], channel: &Channel) -> anyhow::Result<Self> {
        let server = |base: &String| {
            anyhow::Ok(Server { client: client()?, webhook: format!("{base}/webhooks/vapi?channel={}", channel.id) })
        };
        Ok(Self {
            servers: bases.iter().map(server).collect::<Result<_, _>>()?,
            turn: AtomicUsize::new(0),
            retries: AtomicU64::new(0),
            mac: Hmac::new_from_slice(channel.secret.as_bytes()).context("the channel's key cannot sign")?,
        })
    }

    /// The server whose turn it is.
    pub fn next_server(&self) -> usize {
        self.turn.fetch_add(1, Ordering::Relaxed)
    }

    /// How often a webhook had to be sent again.
    pub fn retries(&self) -> u64 {
        self.retries.load(Ordering::Relaxed)
    }

    /// Sends a message until it is answered with 200, and gives the answer. Servers are tried in turn, beginning with one of them.
    pub async fn deliver(&self, first: usize, body: &str) -> anyhow::Result<String> {
        let first = first % self.servers.len().max(1);
        let mut last = anyhow!("no server was given");
        let mut pause = PAUSE_FIRST;
        for (attempt, server) in self.servers.iter().cycle().skip(first).take(TRIES_MAX).enumerate() {
            if attempt > 0 {
                self.retries.fetch_add(1, Ordering::Relaxed);
            }
            match self.try_once(server, body).await {
                Ok(answer) => return Ok(answer),
                Err(Failure::Final(error)) => return Err(error),
                Err(Failure::Passing { error, after }) => {
                    last = error;
                    // Spread, so that all those who were turned away do not come back at the same instant.
                    tokio::time::sleep(after.unwrap_or(pause).mul_f64(rand::random_range(0.5..1.5))).await;
                    pause = (pause * 2).min(PAUSE_MAX);
                }
            }
        }
        Err(last.context(format!("given up after {TRIES_MAX} tries")))
    }

    async fn try_once(&self, server: &Server, body: &str) -> Result<String, Failure> {
        let (timestamp, signature) = self.signature(body);
        let request = server.client.post(&server.webhook).header(CONTENT_TYPE, "application/json");
        let request = request.header("x-timestamp", timestamp).header("x-signature", signature).body(body.to_owned());
        let lost = |error: reqwest::Error| {
            let is_final = error.is_builder();
            let error = anyhow::Error::new(error.without_url());
            if is_final { Failure::Final(error) } else { Failure::Passing { error, after: None } }
        };
        let response = request.send().await.map_err(lost)?;
        let (status, after) = (response.status(), retry_after(response.headers()));
        let answer = response.text().await.map_err(lost)?;
        if status == StatusCode::OK {
            return Ok(answer);
        }
        let error = anyhow!("{status}: {}", answer.chars().take(200).collect::<String>());
        let is_passing = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
        Err(if is_passing { Failure::Passing { error, after } } else { Failure::Final(error) })
    }

    /// Each try is signed anew: an old timestamp is refused.
    fn signature(&self, body: &str) -> (String, String) {
        let timestamp = Utc::now().timestamp_millis().to_string();
        let mac = self.mac.clone().chain_update(&timestamp).chain_update(".").chain_update(body);
        (timestamp, hex::encode(mac.finalize().into_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_signed_is_the_timestamp_and_the_body() {
        let channel = Channel { id: "chn_x".into(), secret: "a key of the channel".into() };
        let platform = Platform::new(&["http://127.0.0.1:1".into()], &channel).expect("a platform");
        let (timestamp, signature) = platform.signature("{}");
        let expected = Hmac::<Sha256>::new_from_slice(b"a key of the channel").expect("a key");
        let expected = expected.chain_update(format!("{timestamp}.{{}}")).finalize().into_bytes();
        assert_eq!(signature, hex::encode(expected));
    }

    #[test]
    fn a_server_cannot_make_callers_wait_for_long() {
        let headers = |seconds: &str| HeaderMap::from_iter([(RETRY_AFTER, seconds.parse().expect("a value"))]);
        assert_eq!(retry_after(&headers("2")), Some(Duration::from_secs(2)));
        assert_eq!(retry_after(&headers("86400")), Some(PAUSE_MAX));
        assert_eq!(retry_after(&headers("soon")), None);
    }
}
