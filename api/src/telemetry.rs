//! Logs and metrics. What a metric means stands in docs/LOGGING.md, and `/metrics` says it from there.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{SecondsFormat, Utc};
use frontdesk_domain::kernel::chain::Chain;
use metrics::Recorder;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use serde_json::json;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{ConfigError, Log};

/// From a round trip inside the process to what a caller does not wait for.
const SECONDS_BUCKETS: &[f64] =
    &[0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
const COMMITS_BUCKETS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1_024.0];

/// What others log of each step: that a table is there already, and each try of a download. Whoever names
/// these targets in `FRONTDESK_LOG` sees it.
const LESS: &str = "sqlx::postgres::notice=warn,reqwest_retry=error";

/// Whether the logs are JSON.
static JSON: AtomicBool = AtomicBool::new(false);

const PAGE: &str = include_str!("../../docs/LOGGING.md");

/// A row of the table of metrics.
#[derive(Debug)]
struct Metric {
    name: &'static str,
    kind: &'static str,
    meaning: String,
}

/// The table of metrics: name, kind, labels, meaning.
fn documented() -> impl Iterator<Item = Metric> {
    PAGE.lines().filter(|line| line.starts_with("| `frontdesk_")).filter_map(|row| {
        let mut cells = row.split('|').map(str::trim);
        let (name, kind, meaning) = (cells.nth(1)?, cells.next()?, cells.nth(1)?);
        let kind = kind.split(',').next()?;
        Some(Metric { name: name.trim_matches('`'), kind, meaning: meaning.replace('`', "") })
    })
}

fn describe(recorder: &impl Recorder) {
    for Metric { name, kind, meaning } in documented() {
        match kind {
            "counter" => recorder.describe_counter(name.into(), None, meaning.into()),
            "gauge" => recorder.describe_gauge(name.into(), None, meaning.into()),
            _ => recorder.describe_histogram(name.into(), None, meaning.into()),
        }
    }
}

pub fn start_logging(config: &Log) -> Result<(), ConfigError> {
    let parsed =
        |filter: &str| EnvFilter::try_new(filter).map_err(|error| ConfigError::bad("log", error.to_string()));
    let wanted = parsed(&config.filter)?;
    // Who wants errors only gets no more by it.
    let is_less = wanted.max_level_hint().is_some_and(|level| level < LevelFilter::WARN);
    let filter = if is_less { wanted } else { parsed(&format!("{LESS},{}", config.filter))? };
    // To stderr: stdout is for what a command was asked to print.
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false);
    let registry = tracing_subscriber::registry().with(filter);
    // A second start in one process (tests) keeps the first one's settings.
    let _ = if config.json {
        JSON.store(true, Ordering::Relaxed);
        std::panic::set_hook(Box::new(|panic| eprintln!("{}", line(&panic.to_string()))));
        registry.with(layer.json().flatten_event(true)).try_init()
    } else {
        registry.with(layer).try_init()
    };
    Ok(())
}

/// Whether JSON is asked for, also where the configuration could not be read.
pub fn is_json() -> bool {
    JSON.load(Ordering::Relaxed) || std::env::var("FRONTDESK_LOG_FORMAT").is_ok_and(|format| format == "json")
}

/// Why a command ends, whatever is logged.
pub fn report(error: &anyhow::Error) {
    let error = Chain(error.as_ref());
    if is_json() {
        eprintln!("{}", line(&error.to_string()));
    } else {
        eprintln!("frontdesk: {error}");
    }
}

/// An error as the other lines of the log are.
fn line(message: &str) -> serde_json::Value {
    let now = Utc::now().to_rfc3339_opts(SecondsFormat::Micros, true);
    json!({ "timestamp": now, "level": "ERROR", "message": message })
}

/// Starts to collect metrics; the handle renders them for `/metrics`.
pub fn start_metrics() -> PrometheusHandle {
    let builder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), SECONDS_BUCKETS)
        .and_then(|builder| {
            builder.set_buckets_for_metric(Matcher::Suffix("_commits".into()), COMMITS_BUCKETS)
        });
    let recorder = match builder {
        Ok(builder) => builder.build_recorder(),
        // Only an empty list of buckets is refused.
        Err(_) => PrometheusBuilder::new().build_recorder(),
    };
    describe(&recorder);
    let handle = recorder.handle();
    let _ = metrics::set_global_recorder(recorder);
    handle
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    /// The metrics of a source: `counter!("name"`, `gauge!("name"`, `histogram!("name"`.
    fn counted(source: &str) -> impl Iterator<Item = (&'static str, String)> {
        ["counter", "gauge", "histogram"].into_iter().flat_map(move |kind| {
            let call = format!("metrics::{kind}!(\"");
            let names = source.split(&call).skip(1).filter_map(|rest| rest.split('"').next());
            names.map(|name| (kind, name.to_owned())).collect::<Vec<_>>()
        })
    }

    fn read(folder: &Path, found: &mut BTreeSet<(&'static str, String)>) {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                read(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.extend(counted(&std::fs::read_to_string(&path).expect("a text")));
            }
        }
    }

    #[test]
    fn every_metric_and_no_other_is_documented_as_what_it_is() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut found = BTreeSet::new();
        for member in ["adapters", "projections", "application", "api"] {
            read(&root.join(member).join("src"), &mut found);
        }
        let documented: BTreeSet<_> =
            documented().map(|metric| (metric.kind, metric.name.to_owned())).collect();
        assert_eq!(found, documented);
        assert!(found.len() > 15, "{found:?}");
    }

    #[test]
    fn what_is_counted_comes_with_its_meaning() {
        let recorder = PrometheusBuilder::new().build_recorder();
        describe(&recorder);
        metrics::with_local_recorder(&recorder, || {
            metrics::gauge!("frontdesk_jobs", "state" => "due").set(1.0)
        });
        let shown = recorder.handle().render();
        assert!(shown.contains("# HELP frontdesk_jobs What is to be done: scheduled for later"), "{shown}");
    }
}
