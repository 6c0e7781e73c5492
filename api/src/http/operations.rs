//! What operators and platforms ask of the process itself: `/api/v1/health`, `/api/v1/assistant-tools`, and outside the OpenAPI document
//! `/readyz` and `/metrics`.

use std::time::Duration;

use frontdesk_adapters::jobs::queue;
use frontdesk_adapters::providers;
use frontdesk_application::app::App;
use frontdesk_application::workers::readers::lags;
use frontdesk_domain::kernel::chain::Chain;
use frontdesk_domain::kernel::ids::ChannelId;
use frontdesk_domain::languages::Language;
use frontdesk_projections::channels;
use metrics_exporter_prometheus::PrometheusHandle;
use poem::http::StatusCode;
use poem::web::Data;
use poem::{IntoResponse, Response, handler};
use poem_openapi::param::Query;
use poem_openapi::payload::Json;
use poem_openapi::types::Any;
use poem_openapi::{Object, OpenApi};
use serde_json::{Value, json};

use super::Tag;
use super::businesses::entry;
use super::caller::Caller;
use super::field::Field;
use super::problem::ReadProblem;
use super::reply::{Out, Reply};

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
    /// Function tools for Vapi: paste them into the assistant. They are sent to the assistant's own server, which knows the secret; with
    /// channel_id, to the address of that channel, and the credential must be chosen in each tool. They tell the model which language to speak.
    #[oai(path = "/assistant-tools", method = "get", operation_id = "get_assistant_tools")]
    async fn assistant_tools(
        &self,
        caller: Caller,
        channel_id: Query<Option<Field<ChannelId>>>,
        /// The business's own, if it is left out; en for operators.
        language: Query<Option<Field<Language>>>,
    ) -> Result<Reply<ToolsOut>, ReadProblem> {
        let language = match (&*language, caller.0.tenant) {
            (Some(language), _) => language.0,
            (None, Some(tenant)) => {
                let business = entry(&self.0, tenant).await?.state;
                business.registered().map(|business| business.profile.language).unwrap_or_default()
            }
            (None, None) => Language::default(),
        };
        let (provider, url) = match &*channel_id {
            Some(channel_id) => {
                let channel = channels::find(&self.0.pool, caller.0.tenant, channel_id.0).await?;
                let provider = channel.and_then(|channel| providers::find(&channel.details.provider));
                let provider = provider.unwrap_or_else(providers::of_new_channels);
                (provider, Some(self.0.webhook_url(provider.name(), channel_id.0)))
            }
            None => (providers::of_new_channels(), None),
        };
        let tools = provider.tool_definitions(url.as_deref(), language);
        Ok(Reply::new(ToolsOut { tools: tools.into_iter().map(Any).collect() }))
    }
}

/// Whether the process can serve: the database answers, and no read model is far behind.
#[handler]
pub async fn ready(app: Data<&App>) -> Response {
    let (status, body) = match tokio::time::timeout(READY_TIMEOUT, lags(app.log())).await {
        Ok(Ok(lags)) => {
            let ready = lags.iter().all(|(_, lag)| *lag <= LAG_MAX);
            let lags: serde_json::Map<String, Value> = lags.into_iter().map(|(name, lag)| (name, lag.into())).collect();
            let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
            (status, json!({ "status": if ready { "ready" } else { "behind" }, "lag_events": lags }))
        }
        Ok(Err(error)) => {
            tracing::warn!(error = %Chain(&error), "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, json!({ "status": "database unavailable" }))
        }
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, json!({ "status": "database too slow" })),
    };
    poem::web::Json(body).with_status(status).into_response()
}

/// Metrics in Prometheus's text format. How far the readers of the log are behind, and how many jobs there are, is looked up when somebody
/// asks.
#[handler]
pub async fn metrics(app: Data<&App>, metrics: Data<&PrometheusHandle>) -> Response {
    if let Ok(Ok(lags)) = tokio::time::timeout(READY_TIMEOUT, lags(app.log())).await {
        for (name, lag) in lags {
            ::metrics::gauge!("frontdesk_reader_lag_events", "reader" => name).set(lag as f64);
        }
    }
    if let Ok(Ok(depth)) = tokio::time::timeout(READY_TIMEOUT, queue::depth(&app.pool, app.bus.clock().now())).await {
        for (state, jobs) in [("scheduled", depth.scheduled), ("due", depth.due), ("running", depth.running), ("dead", depth.dead)]
        {
            ::metrics::gauge!("frontdesk_jobs", "state" => state).set(jobs as f64);
        }
    }
    metrics.render().with_content_type("text/plain; version=0.0.4; charset=utf-8").into_response()
}
