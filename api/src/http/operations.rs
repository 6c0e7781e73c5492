//! What operators and hosting platforms ask of the process itself: `/api/v1/health`, and outside the OpenAPI
//! document `/readyz` and `/metrics`.

use std::time::Duration;

use frontdesk_adapters::event_log::ReadError;
use frontdesk_adapters::jobs::queue;
use frontdesk_application::app::App;
use frontdesk_application::workers::readers::lags;
use frontdesk_domain::kernel::chain::Chain;
use frontdesk_projections::parked;
use metrics_exporter_prometheus::PrometheusHandle;
use poem::http::StatusCode;
use poem::web::Data;
use poem::{IntoResponse, Response, handler};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde_json::{Value, json};

use super::problem::Problem;
use super::reply::Out;
use super::tag::Tag;

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

pub struct OperationsApi(pub App);

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Operations")]
impl OperationsApi {
    /// Is the process alive?
    #[oai(path = "/health", method = "get", operation_id = "health")]
    async fn health(&self) -> Result<Json<HealthOut>, Problem> {
        if !self.0.log().appender().is_running() {
            return Err(Problem::unavailable(
                "unavailable",
                "nothing can be written: restart the process",
                2,
            ));
        }
        Ok(Json(HealthOut { status: "ok".into(), version: env!("CARGO_PKG_VERSION").into() }))
    }
}

/// Whether the process can serve: the database answers, and no read model is far behind.
#[handler]
pub async fn ready(app: Data<&App>) -> Response {
    let looked =
        async { Ok::<_, ReadError>((lags(app.log()).await?, parked::counts(app.log().pool()).await?)) };
    let (status, mut body) = match tokio::time::timeout(READY_TIMEOUT, looked).await {
        Ok(Ok((lags, parked))) => {
            let ready = lags.iter().all(|(_, lag)| *lag <= LAG_MAX);
            let lags: serde_json::Map<String, Value> =
                lags.into_iter().map(|(name, lag)| (name, lag.into())).collect();
            let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
            let mut body = json!({ "status": if ready { "ready" } else { "behind" }, "lag_events": lags });
            if app.cache.leaves_shared() {
                body["shared_cache"] = json!("behind, and not used");
            }
            if !parked.is_empty() {
                body["parked_events"] = parked.into_iter().collect();
            }
            (status, body)
        }
        Ok(Err(error)) => {
            tracing::warn!(error = %Chain(&error), "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, json!({ "status": "database unavailable" }))
        }
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, json!({ "status": "database too slow" })),
    };
    let failing = app.supervisor.failing();
    if !failing.is_empty() {
        body["failing"] = json!(failing);
    }
    poem::web::Json(body).with_status(status).into_response()
}

/// Metrics in Prometheus's text format. How far the readers of the log are behind, and how many jobs there
/// are, is looked up when somebody asks.
#[handler]
pub async fn metrics(app: Data<&App>, metrics: Data<&PrometheusHandle>) -> Response {
    if let Ok(Ok(lags)) = tokio::time::timeout(READY_TIMEOUT, lags(app.log())).await {
        for (name, lag) in lags {
            ::metrics::gauge!("frontdesk_reader_lag_events", "reader" => name).set(lag as f64);
        }
    }
    if let Ok(Ok(counts)) = tokio::time::timeout(READY_TIMEOUT, parked::counts(app.log().pool())).await {
        for (name, events) in counts {
            ::metrics::gauge!("frontdesk_parked_events", "reader" => name).set(events as f64);
        }
    }
    if let Ok(Ok(depth)) =
        tokio::time::timeout(READY_TIMEOUT, queue::depth(&app.pool, app.bus.clock().now())).await
    {
        for (state, jobs) in [
            ("scheduled", depth.scheduled),
            ("due", depth.due),
            ("running", depth.running),
            ("dead", depth.dead),
        ] {
            ::metrics::gauge!("frontdesk_jobs", "state" => state).set(jobs as f64);
        }
    }
    metrics.render().with_content_type("text/plain; version=0.0.4; charset=utf-8").into_response()
}
