//! What operators and hosting platforms ask of the process itself: `/api/v1/health`, and outside the OpenAPI
//! document `/readyz` and `/metrics`.

use std::time::Duration;

use frontdesk_adapters::jobs::queue;
use frontdesk_application::app::App;
use frontdesk_application::reads::readiness::Unready;
use frontdesk_application::workers::readers::{ReaderStatus, statuses};
use frontdesk_domain::kernel::chain::Chain;
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

const READY_TIMEOUT: Duration = Duration::from_secs(2);

/// The process is alive.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "Health")]
pub struct HealthOut {
    /// Always ok: a process that is not says so with 503.
    pub status: String,
    /// The version of the product.
    pub version: String,
}

impl Out for HealthOut {}

pub struct OperationsApi(pub App);

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Operations")]
impl OperationsApi {
    /// Is the process alive?
    ///
    /// Yes, as long as it can write. Whether it can serve requests, /readyz says.
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

/// Whether the process can serve: the database answers, and no read model of this build is unfilled or far
/// behind.
#[handler]
pub async fn ready(app: Data<&App>) -> Response {
    let looked = app.readiness.look(&app.pool);
    let (status, mut body) = match tokio::time::timeout(READY_TIMEOUT, looked).await {
        Ok(Ok((unready, statuses))) => {
            let (status, said) = match unready {
                None => (StatusCode::OK, "ready"),
                Some(Unready::Filling) => (StatusCode::SERVICE_UNAVAILABLE, "filling"),
                Some(Unready::Behind) => (StatusCode::SERVICE_UNAVAILABLE, "behind"),
            };
            let each = |value: &dyn Fn(&ReaderStatus) -> i64| -> serde_json::Map<String, Value> {
                statuses.iter().map(|status| (status.name.clone(), value(status).into())).collect()
            };
            let mut body = json!({ "status": said, "lag_events": each(&|status| status.behind) });
            if app.cache.leaves_shared() {
                body["shared_cache"] = json!("behind, and not used");
            }
            let mut parked = each(&|status| status.parked);
            parked.retain(|_, events| *events != 0);
            if !parked.is_empty() {
                body["parked_events"] = parked.into();
            }
            let paused: Vec<&str> =
                statuses.iter().filter(|status| status.paused).map(|status| status.name.as_str()).collect();
            if !paused.is_empty() {
                body["paused"] = json!(paused);
            }
            let time_left = statuses.iter().filter_map(|status| status.time_left).max();
            if let (Some(Unready::Filling), Some(time_left)) = (unready, time_left) {
                body["seconds_left"] = json!(time_left.as_secs());
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
    if let Ok(Ok(statuses)) = tokio::time::timeout(READY_TIMEOUT, statuses(&app.pool)).await {
        for status in statuses.into_iter().filter(|status| status.is_of_this_build) {
            let labels = [("reader", status.key)];
            ::metrics::gauge!("frontdesk_reader_lag_events", &labels).set(status.behind as f64);
            ::metrics::gauge!("frontdesk_parked_events", &labels).set(status.parked as f64);
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
    let now = app.bus.clock().now();
    if let Ok(Ok(queues)) = tokio::time::timeout(READY_TIMEOUT, queue::queues(&app.pool, now)).await {
        for (row, queue) in queues.iter().filter_map(|row| Some((row, row.queue()?.name()))) {
            let age = row.oldest_due_at.map_or(0, |oldest| (now - oldest).num_seconds().max(0));
            for (state, jobs) in [("scheduled", row.scheduled), ("due", row.due), ("running", row.running)] {
                ::metrics::gauge!("frontdesk_queue_jobs", "queue" => queue, "state" => state)
                    .set(jobs as f64);
            }
            ::metrics::gauge!("frontdesk_queue_oldest_seconds", "queue" => queue).set(age as f64);
            ::metrics::gauge!("frontdesk_queue_paused", "queue" => queue)
                .set(f64::from(row.paused_at.is_some()));
        }
    }
    metrics.render().with_content_type("text/plain; version=0.0.4; charset=utf-8").into_response()
}

#[cfg(test)]
mod tests {
    use frontdesk_adapters::event_log::appender::Appender;
    use sqlx::postgres::PgConnectOptions;

    use super::*;

    #[tokio::test]
    async fn a_process_whose_appender_is_gone_is_not_healthy() {
        let operations = OperationsApi(App::detached());
        assert_eq!(operations.health().await.map(|health| health.0.status), Ok("ok".to_owned()));
        let (appender, task) = Appender::start(PgConnectOptions::new_without_pgpass());
        task.abort();
        assert!(task.await.is_err(), "it has ended");
        let operations = OperationsApi(App::detached_with(appender));
        let problem = operations.health().await.expect_err("nothing can be written");
        assert_eq!(problem.body.status, 503);
    }
}
