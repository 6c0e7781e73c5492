//! What operators and platforms ask of the process itself: `/api/v1/health`, `/api/v1/assistant-tools`, and outside the OpenAPI document
//! `/readyz` and `/metrics`.

use std::time::Duration;

use frontdesk_adapters::providers::vapi;
use frontdesk_projections::registry::projectors;
use frontdesk_projections::runner::checkpoint;
use poem::http::StatusCode;
use poem::web::Data;
use poem::{IntoResponse, Response, handler};
use poem_openapi::payload::Json;
use poem_openapi::types::Any;
use poem_openapi::{Object, OpenApi};
use serde_json::{Value, json};

use super::Tag;
use super::caller::Caller;
use super::problem::ReadProblem;
use super::reply::{Out, Reply};
use crate::app::App;

/// A read model further behind than this makes a process unready: what it would show is old.
const LAG_MAX: i64 = 100_000;
const READY_TIMEOUT: Duration = Duration::from_secs(2);

#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "Health")]
pub struct HealthOut {
    /// ok.
    pub status: String,
    pub version: String,
}

impl Out for HealthOut {}

/// The tools to paste into the voice platform.
#[derive(Debug, Clone, Object)]
#[oai(rename = "AssistantTools")]
pub struct ToolsOut {
    pub tools: Vec<Any<Value>>,
}

impl Out for ToolsOut {}

pub struct OperationsApi(pub App);

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Operations")]
impl OperationsApi {
    /// Is the process alive?
    #[oai(path = "/health", method = "get", operation_id = "health")]
    async fn health(&self) -> Json<HealthOut> {
        Json(HealthOut { status: "ok".into(), version: env!("CARGO_PKG_VERSION").into() })
    }

    /// Get the tools of the voice assistant
    ///
    /// Function tools for Vapi, with the address of this deployment: paste them into the assistant.
    #[oai(path = "/assistant-tools", method = "get", operation_id = "get_assistant_tools")]
    async fn assistant_tools(&self, _caller: Caller) -> Result<Reply<ToolsOut>, ReadProblem> {
        let url = format!("{}/webhooks/vapi", self.0.public_url);
        Ok(Reply::new(ToolsOut { tools: vapi::reply::tool_definitions(&url).into_iter().map(Any).collect() }))
    }
}

/// Whether the process can serve: the database answers, and no read model is far behind.
#[handler]
pub async fn ready(app: Data<&App>) -> Response {
    let (status, body) = match tokio::time::timeout(READY_TIMEOUT, lags(&app)).await {
        Ok(Ok(lags)) => {
            let ready = lags.iter().all(|(_, lag)| *lag <= LAG_MAX);
            let lags: serde_json::Map<String, Value> = lags.into_iter().map(|(name, lag)| (name.to_owned(), lag.into())).collect();
            let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
            (status, json!({ "status": if ready { "ready" } else { "behind" }, "lag_events": lags }))
        }
        Ok(Err(error)) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, json!({ "status": "database unavailable" }))
        }
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, json!({ "status": "database too slow" })),
    };
    poem::web::Json(body).with_status(status).into_response()
}

/// How many events each read model is behind.
async fn lags(app: &App) -> Result<Vec<(&'static str, i64)>, sqlx::Error> {
    let head: Option<i64> = sqlx::query_scalar("select max(position) from events").fetch_one(&app.pool).await?;
    let mut lags = Vec::new();
    for projector in projectors() {
        let reached = checkpoint(&app.pool, projector.as_ref()).await?.unwrap_or(0);
        lags.push((projector.name(), (head.unwrap_or(0) - reached).max(0)));
    }
    Ok(lags)
}

/// Metrics in Prometheus's text format. How far the read models are behind is looked up when somebody asks.
#[handler]
pub async fn metrics(app: Data<&App>) -> Response {
    if let Ok(Ok(lags)) = tokio::time::timeout(READY_TIMEOUT, lags(&app)).await {
        for (name, lag) in lags {
            ::metrics::gauge!("frontdesk_projection_lag_events", "projection" => name).set(lag as f64);
        }
    }
    app.metrics.render().with_content_type("text/plain; version=0.0.4; charset=utf-8").into_response()
}
