//! The REST API, as the operator uses it.

use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, bail};
use reqwest::{Client, Method, StatusCode, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use super::OperatorKey;
use super::platform::{client, retry_after};

/// How long a server may be away: long enough for one that was killed to come back.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(500);
const PAGE: &str = "200";
const PAGES_MAX: usize = 20_000;

pub struct Api {
    client: Client,
    bases: Vec<String>,
    key: String,
}

/// The reply to a write.
#[derive(Debug)]
pub struct Written {
    pub body: Value,
    /// Where it stands in the log.
    pub position: Option<String>,
}

impl Written {
    pub fn id(&self) -> anyhow::Result<String> {
        self.text("id")
    }

    pub fn text(&self, name: &str) -> anyhow::Result<String> {
        let text = self.body.get(name).and_then(Value::as_str);
        text.map(str::to_owned).ok_or_else(|| anyhow!("the reply has no {name}"))
    }
}

/// It was answered no.
#[derive(Debug)]
pub struct Refused {
    pub error: anyhow::Error,
}

#[derive(Deserialize)]
struct Problem {
    detail: String,
}

#[derive(Deserialize)]
struct Page<T> {
    items: Vec<T>,
    next_cursor: Option<String>,
}

struct Asked<'a> {
    method: Method,
    path: &'a str,
    query: &'a [(&'a str, &'a str)],
    body: Option<&'a Value>,
    idempotency_key: Option<String>,
    if_match: Option<&'a str>,
}

impl<'a> Asked<'a> {
    fn of(method: Method, path: &'a str) -> Self {
        Self { method, path, query: &[], body: None, idempotency_key: None, if_match: None }
    }
}

impl Api {
    pub fn new(bases: &[String], key: &OperatorKey) -> anyhow::Result<Self> {
        Ok(Self { client: client()?, bases: bases.to_vec(), key: key.0.clone() })
    }

    pub async fn get<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> anyhow::Result<T> {
        let asked = Asked { query, ..Asked::of(Method::GET, path) };
        let body = self.send(&asked).await?.body;
        serde_json::from_value(body).with_context(|| format!("the reply to GET {path} is not understood"))
    }

    /// All pages of a list.
    pub async fn list<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
        min_position: Option<&str>,
    ) -> anyhow::Result<Vec<T>> {
        let (mut items, mut cursor): (Vec<T>, Option<String>) = (Vec::new(), None);
        for _ in 0..PAGES_MAX {
            let mut query = [&[("limit", PAGE)], query].concat();
            // The first page waits; those after it come later anyway.
            match &cursor {
                Some(cursor) => query.push(("cursor", cursor)),
                None => query.extend(min_position.map(|position| ("min_position", position))),
            }
            let page: Page<T> = self.get(path, &query).await?;
            items.extend(page.items);
            match page.next_cursor {
                Some(next) => cursor = Some(next),
                None => return Ok(items),
            }
        }
        bail!("{path} has more than {PAGES_MAX} pages")
    }

    /// One try, at one of the servers by number.
    pub async fn get_once<T: DeserializeOwned>(&self, server: usize, path: &str, query: &[(&str, &str)]) -> anyhow::Result<T> {
        let asked = Asked { query, ..Asked::of(Method::GET, path) };
        let body = self.try_once(self.base(server), &asked).await.map_err(Failure::error)?.body;
        serde_json::from_value(body).with_context(|| format!("the reply to GET {path} is not understood"))
    }

    /// One try, at one of the servers by number. A refusal is an answer.
    pub async fn post_once_only(&self, server: usize, path: &str, body: &Value) -> anyhow::Result<Result<Written, Refused>> {
        self.try_write(server, Asked { body: Some(body), ..Asked::of(Method::POST, path) }).await
    }

    /// The same, if it is still as it was in this version.
    pub async fn post_if(&self, server: usize, path: &str, body: &Value, etag: &str) -> anyhow::Result<Result<Written, Refused>> {
        self.try_write(server, Asked { body: Some(body), if_match: Some(etag), ..Asked::of(Method::POST, path) }).await
    }

    async fn try_write(&self, server: usize, asked: Asked<'_>) -> anyhow::Result<Result<Written, Refused>> {
        match self.try_once(self.base(server), &asked).await {
            Ok(written) => Ok(Ok(written)),
            Err(Failure::Refused(error)) => Ok(Err(Refused { error })),
            Err(failure) => Err(failure.error()),
        }
    }

    fn base(&self, server: usize) -> &str {
        self.bases.get(server % self.bases.len().max(1)).map_or("", String::as_str)
    }

    pub async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Written> {
        self.post_once(path, body, format!("simulate-{}", Uuid::new_v4())).await
    }

    /// Under the same key it is done once, whoever repeats it.
    pub async fn post_once(&self, path: &str, body: &Value, idempotency_key: String) -> anyhow::Result<Written> {
        self.send(&Asked { body: Some(body), idempotency_key: Some(idempotency_key), ..Asked::of(Method::POST, path) }).await
    }

    pub async fn delete(&self, path: &str) -> anyhow::Result<Written> {
        self.send(&Asked::of(Method::DELETE, path)).await
    }

    async fn send(&self, asked: &Asked<'_>) -> anyhow::Result<Written> {
        let deadline = Instant::now() + PATIENCE;
        let mut last = anyhow!("no server was given");
        for base in self.bases.iter().cycle() {
            let pause = match self.try_once(base, asked).await {
                Ok(written) => return Ok(written),
                Err(Failure::Final(error) | Failure::Refused(error)) => return Err(error),
                Err(Failure::Passing { error, after }) => {
                    last = error;
                    after.unwrap_or(PAUSE)
                }
            };
            if Instant::now() + pause >= deadline {
                break;
            }
            tokio::time::sleep(pause).await;
        }
        Err(last)
    }

    async fn try_once(&self, base: &str, asked: &Asked<'_>) -> Result<Written, Failure> {
        let Asked { method, path, query, body, idempotency_key, if_match } = asked;
        let what = || format!("{method} {base}{path}");
        let mut url = Url::parse(&format!("{base}{path}")).map_err(|error| Failure::Final(error.into()))?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(*query);
        }
        let mut request = self.client.request(method.clone(), url).bearer_auth(&self.key);
        if let Some(body) = body {
            request = request.json(body);
        }
        if let Some(key) = idempotency_key {
            request = request.header("Idempotency-Key", key);
        }
        if let Some(etag) = if_match {
            request = request.header("If-Match", *etag);
        }
        let lost = |error: reqwest::Error| {
            let is_final = error.is_builder();
            let error = anyhow::Error::new(error.without_url()).context(what());
            if is_final { Failure::Final(error) } else { Failure::Passing { error, after: None } }
        };
        let response = request.send().await.map_err(lost)?;
        let (status, after) = (response.status(), retry_after(response.headers()));
        let position = response.headers().get("frontdesk-position").and_then(|value| value.to_str().ok()).map(str::to_owned);
        let text = response.text().await.map_err(lost)?;
        if status == StatusCode::NO_CONTENT {
            return Ok(Written { body: Value::Null, position });
        }
        if status.is_success() {
            let body = serde_json::from_str(&text).with_context(|| format!("the reply to {} is not JSON", what()));
            return Ok(Written { body: body.map_err(Failure::Final)?, position });
        }
        let detail = serde_json::from_str::<Problem>(&text).map_or(text, |problem| problem.detail);
        let error = anyhow!("{}: {status}: {detail}", what());
        Err(match status.as_u16() {
            429 | 502 | 503 | 504 => Failure::Passing { error, after },
            409 | 410 | 412 => Failure::Refused(error),
            _ => Failure::Final(error),
        })
    }
}

/// Why a request failed, by what to do next.
enum Failure {
    Passing {
        error: anyhow::Error,
        after: Option<Duration>,
    },
    /// As things stand, no.
    Refused(anyhow::Error),
    Final(anyhow::Error),
}

impl Failure {
    fn error(self) -> anyhow::Error {
        match self {
            Self::Passing { error, .. } | Self::Refused(error) | Self::Final(error) => error,
        }
    }
}
