//! The REST API, as the operator uses it.

use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, bail};
use reqwest::header::HeaderMap;
use reqwest::{Client, Method, RequestBuilder, StatusCode, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use crate::http::{Failure, client, retry_after};

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

/// The reply to a request that was carried out.
#[derive(Debug)]
pub struct Reply {
    pub body: Value,
    /// Of a write: where it stands in the log.
    pub position: Option<String>,
}

impl Reply {
    pub fn id(&self) -> anyhow::Result<String> {
        self.text("id")
    }

    pub fn text(&self, name: &str) -> anyhow::Result<String> {
        let text = self.body.get(name).and_then(Value::as_str);
        text.map(str::to_owned).ok_or_else(|| anyhow!("the reply has no {name}"))
    }
}

/// The server understood the request, and refused it as things stand.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Refused(String);

#[derive(Deserialize)]
struct Problem {
    detail: String,
}

#[derive(Deserialize)]
struct Page<T> {
    items: Vec<T>,
    next_cursor: Option<String>,
}

struct Request<'a> {
    method: Method,
    path: &'a str,
    query: &'a [(&'a str, &'a str)],
    body: Option<&'a Value>,
    idempotency_key: Option<String>,
    if_match: Option<&'a str>,
}

impl<'a> Request<'a> {
    fn new(method: Method, path: &'a str) -> Self {
        Self { method, path, query: &[], body: None, idempotency_key: None, if_match: None }
    }
}

/// The path of something that belongs to a business.
pub fn business_path(business_id: &str, rest: &str) -> String {
    format!("/api/v1/businesses/{business_id}/{rest}")
}

impl Api {
    pub fn new(bases: &[String], operator_key: String) -> anyhow::Result<Self> {
        Ok(Self { client: client()?, bases: bases.to_vec(), key: operator_key })
    }

    pub async fn get<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> anyhow::Result<T> {
        let request = Request { query, ..Request::new(Method::GET, path) };
        parse(path, self.send(&request).await?)
    }

    /// All pages of a list. The first page waits until the servers have reached `min_position`.
    pub async fn list<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
        min_position: Option<&str>,
    ) -> anyhow::Result<Vec<T>> {
        let mut items = Vec::new();
        let mut cursor: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let mut query = [&[("limit", PAGE)], query].concat();
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

    /// Makes one try, at the server with this number.
    pub async fn try_get<T: DeserializeOwned>(
        &self,
        server: usize,
        path: &str,
        query: &[(&str, &str)],
    ) -> anyhow::Result<T> {
        let request = Request { query, ..Request::new(Method::GET, path) };
        parse(path, self.try_once(self.base(server), &request).await.map_err(Failure::into_error)??)
    }

    /// Makes one try, at the server with this number. A refusal is an answer.
    pub async fn try_post(
        &self,
        server: usize,
        path: &str,
        body: &Value,
    ) -> anyhow::Result<Result<Reply, Refused>> {
        let request = Request { body: Some(body), ..Request::new(Method::POST, path) };
        self.try_once(self.base(server), &request).await.map_err(Failure::into_error)
    }

    /// Does the same, on the condition that the version has not changed.
    pub async fn try_post_if_match(
        &self,
        server: usize,
        path: &str,
        body: &Value,
        etag: &str,
    ) -> anyhow::Result<Result<Reply, Refused>> {
        let request = Request { body: Some(body), if_match: Some(etag), ..Request::new(Method::POST, path) };
        self.try_once(self.base(server), &request).await.map_err(Failure::into_error)
    }

    fn base(&self, server: usize) -> &str {
        self.bases.get(server % self.bases.len().max(1)).map_or("", String::as_str)
    }

    pub async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Reply> {
        self.post_with_key(path, body, format!("simulate-{}", Uuid::new_v4())).await
    }

    /// The servers do it once for each idempotency key, however often it is sent.
    pub async fn post_with_key(
        &self,
        path: &str,
        body: &Value,
        idempotency_key: String,
    ) -> anyhow::Result<Reply> {
        let idempotency_key = Some(idempotency_key);
        self.send(&Request { body: Some(body), idempotency_key, ..Request::new(Method::POST, path) }).await
    }

    pub async fn delete(&self, path: &str) -> anyhow::Result<Reply> {
        self.send(&Request::new(Method::DELETE, path)).await
    }

    /// Tries one server after another until one answers. A refusal is an error.
    async fn send(&self, request: &Request<'_>) -> anyhow::Result<Reply> {
        let deadline = Instant::now() + PATIENCE;
        let mut last = anyhow!("no server was given");
        for base in self.bases.iter().cycle() {
            let pause = match self.try_once(base, request).await {
                Ok(answer) => return Ok(answer?),
                Err(Failure::Permanent(error)) => return Err(error),
                Err(Failure::Transient { error, retry_after }) => {
                    last = error;
                    retry_after.unwrap_or(PAUSE)
                }
            };
            if Instant::now() + pause >= deadline {
                break;
            }
            tokio::time::sleep(pause).await;
        }
        Err(last)
    }

    async fn try_once(&self, base: &str, request: &Request<'_>) -> Result<Result<Reply, Refused>, Failure> {
        let what = format!("{} {base}{}", request.method, request.path);
        let lost = |error| Failure::transport(error).context(what.clone());
        let response = self.build(base, request)?.send().await.map_err(lost)?;
        let status = response.status();
        let retry_after = retry_after(response.headers());
        let position = position(response.headers());
        let text = response.text().await.map_err(lost)?;
        if status == StatusCode::NO_CONTENT {
            return Ok(Ok(Reply { body: Value::Null, position }));
        }
        if status.is_success() {
            let body =
                serde_json::from_str(&text).with_context(|| format!("the reply to {what} is not JSON"));
            return Ok(Ok(Reply { body: body.map_err(Failure::Permanent)?, position }));
        }
        let detail = serde_json::from_str::<Problem>(&text).map_or(text, |problem| problem.detail);
        let error = format!("{what}: {status}: {detail}");
        match status.as_u16() {
            429 | 502 | 503 | 504 => Err(Failure::Transient { error: anyhow!(error), retry_after }),
            409 | 410 | 412 => Ok(Err(Refused(error))),
            _ => Err(Failure::Permanent(anyhow!(error))),
        }
    }

    fn build(&self, base: &str, request: &Request<'_>) -> Result<RequestBuilder, Failure> {
        let Request { method, path, query, body, idempotency_key, if_match } = request;
        let mut url =
            Url::parse(&format!("{base}{path}")).map_err(|error| Failure::Permanent(error.into()))?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(*query);
        }
        let mut built = self.client.request(method.clone(), url).bearer_auth(&self.key);
        if let Some(body) = body {
            built = built.json(body);
        }
        if let Some(key) = idempotency_key {
            built = built.header("Idempotency-Key", key);
        }
        if let Some(etag) = if_match {
            built = built.header("If-Match", *etag);
        }
        Ok(built)
    }
}

fn position(headers: &HeaderMap) -> Option<String> {
    headers.get("frontdesk-position")?.to_str().ok().map(str::to_owned)
}

fn parse<T: DeserializeOwned>(path: &str, reply: Reply) -> anyhow::Result<T> {
    serde_json::from_value(reply.body).with_context(|| format!("the reply to GET {path} is not understood"))
}
