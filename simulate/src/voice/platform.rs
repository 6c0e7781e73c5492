//! Signed webhooks to one or several servers, sent again when nobody answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, anyhow};
use chrono::Utc;
use hmac::{Hmac, Mac};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, StatusCode};
use sha2::Sha256;

use crate::http::{Failure, PAUSE_MAX, client, retry_after};

/// Includes the first try. All pauses together are about half a minute: a server that is killed comes back
/// within it.
const TRIES_MAX: usize = 10;
const PAUSE_FIRST: Duration = Duration::from_millis(250);

/// A channel, and the key that signs its webhooks.
pub struct Channel {
    pub id: String,
    pub secret: String,
}

/// The servers of a run. All channels share them and their connections.
pub struct Servers {
    servers: Vec<Server>,
    turn: AtomicUsize,
    retries: AtomicU64,
}

/// A server, with a client of its own that keeps its connections.
struct Server {
    client: Client,
    base: String,
}

impl Servers {
    pub fn new(bases: &[String]) -> anyhow::Result<Arc<Self>> {
        let server = |base: &String| anyhow::Ok(Server { client: client()?, base: base.clone() });
        Ok(Arc::new(Self {
            servers: bases.iter().map(server).collect::<Result<_, _>>()?,
            turn: AtomicUsize::new(0),
            retries: AtomicU64::new(0),
        }))
    }

    /// How often a webhook had to be sent again.
    pub fn retries(&self) -> u64 {
        self.retries.load(Ordering::Relaxed)
    }
}

/// Delivers the webhooks of one channel.
pub struct Platform {
    servers: Arc<Servers>,
    channel_id: String,
    /// Has the channel's key already.
    mac: Hmac<Sha256>,
}

impl Platform {
    pub fn new(servers: &Arc<Servers>, channel: &Channel) -> anyhow::Result<Self> {
        Ok(Self {
            servers: servers.clone(),
            channel_id: channel.id.clone(),
            mac: Hmac::new_from_slice(channel.secret.as_bytes()).context("the channel's key cannot sign")?,
        })
    }

    /// The server whose turn it is.
    pub fn next_server(&self) -> usize {
        self.servers.turn.fetch_add(1, Ordering::Relaxed)
    }

    /// Sends a webhook until it is answered with 200, and returns the answer. Begins with the server `first`
    /// and tries the servers in turn.
    pub async fn deliver(&self, first: usize, body: &str) -> anyhow::Result<String> {
        let Servers { servers, retries, .. } = &*self.servers;
        let first = first % servers.len().max(1);
        let mut last = anyhow!("no server was given");
        let mut pause = PAUSE_FIRST;
        for (attempt, server) in servers.iter().cycle().skip(first).take(TRIES_MAX).enumerate() {
            if attempt > 0 {
                retries.fetch_add(1, Ordering::Relaxed);
            }
            match self.try_once(server, body).await {
                Ok(answer) => return Ok(answer),
                Err(Failure::Permanent(error)) => return Err(error),
                Err(Failure::Transient { error, retry_after }) => {
                    last = error;
                    // Jitter: those who were turned away together do not come back together.
                    let jitter = rand::random_range(0.5..1.5);
                    tokio::time::sleep(retry_after.unwrap_or(pause).mul_f64(jitter)).await;
                    pause = (pause * 2).min(PAUSE_MAX);
                }
            }
        }
        Err(last.context(format!("given up after {TRIES_MAX} tries")))
    }

    async fn try_once(&self, server: &Server, body: &str) -> Result<String, Failure> {
        let signed = self.sign(body);
        let webhook = format!("{}/webhooks/vapi?channel={}", server.base, self.channel_id);
        let request = server.client.post(webhook).header(CONTENT_TYPE, "application/json");
        let request = request.header("x-timestamp", signed.timestamp).header("x-signature", signed.signature);
        let response = request.body(body.to_owned()).send().await.map_err(Failure::transport)?;
        let status = response.status();
        let retry_after = retry_after(response.headers());
        let answer = response.text().await.map_err(Failure::transport)?;
        if status == StatusCode::OK {
            return Ok(answer);
        }
        let error = anyhow!("{status}: {}", answer.chars().take(200).collect::<String>());
        let is_transient = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
        Err(if is_transient { Failure::Transient { error, retry_after } } else { Failure::Permanent(error) })
    }

    /// Each try is signed anew, because the servers refuse an old timestamp.
    fn sign(&self, body: &str) -> Signed {
        let timestamp = Utc::now().timestamp_millis().to_string();
        let mac = self.mac.clone().chain_update(&timestamp).chain_update(".").chain_update(body);
        Signed { timestamp, signature: hex::encode(mac.finalize().into_bytes()) }
    }
}

struct Signed {
    timestamp: String,
    signature: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_signed_is_the_timestamp_and_the_body() {
        let channel = Channel { id: "chn_x".into(), secret: "a key of the channel".into() };
        let servers = Servers::new(&["http://127.0.0.1:1".into()]).expect("servers");
        let platform = Platform::new(&servers, &channel).expect("a platform");
        let Signed { timestamp, signature } = platform.sign("{}");
        let expected = Hmac::<Sha256>::new_from_slice(b"a key of the channel").expect("a key");
        let expected = expected.chain_update(format!("{timestamp}.{{}}")).finalize().into_bytes();
        assert_eq!(signature, hex::encode(expected));
    }
}
