//! Appointments that are decided on twice in the same instant, by way of two servers.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::{join_all, try_join_all};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::slots::open_starts;
use crate::api::Api;
use crate::business::scene::Scene;
use crate::report::summary;
use crate::report::tally::{Latency, Tally, get, table};

/// How long a read model may take.
const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(200);

/// How an appointment must become, given the answers to both decisions.
#[derive(Debug, Clone)]
pub struct Expected {
    pub id: String,
    pub status: &'static str,
    pub start: DateTime<Utc>,
    /// The time that must be free again.
    pub freed: Option<DateTime<Utc>>,
}

#[derive(Debug, Deserialize)]
struct Appointment {
    status: String,
    start: DateTime<Utc>,
}

impl Expected {
    /// What is wrong, if anything is.
    fn contradiction(&self, found: &Appointment, open: &BTreeSet<DateTime<Utc>>) -> Option<String> {
        let Self { id, status, start, freed } = self;
        let is_as_told = found.status == *status && found.start - *start < TimeDelta::seconds(1);
        let is_taken = !open.contains(start);
        if is_as_told && is_taken && freed.is_none_or(|freed| open.contains(&freed)) {
            return None;
        }
        Some(format!("{id} should be {status} at {start}, and is {} at {}", found.status, found.start))
    }
}

#[derive(Debug, Serialize)]
struct Summary {
    duels: usize,
    /// By what the appointments became.
    became: BTreeMap<&'static str, usize>,
    contradicted: usize,
    errors: u64,
    latency_ms: BTreeMap<&'static str, Latency>,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { duels, became, errors, .. } = self;
        writeln!(f, "{}", table(&self.latency_ms))?;
        write!(f, "{duels} appointments, each decided on twice at once: {became:?}, {errors} errors.")
    }
}

/// Carries out all duels at the same time, and returns the checks that failed.
pub async fn run(
    api: &Api,
    scene: &Scene,
    tally: &Tally,
    duels: impl ExactSizeIterator<Item = impl Future<Output = anyhow::Result<Expected>>>,
    json: bool,
) -> anyhow::Result<Vec<String>> {
    let count = duels.len();
    let mut expected = Vec::new();
    for outcome in join_all(duels).await {
        match outcome {
            Ok(outcome) => expected.push(outcome),
            Err(error) => tally.error(&format!("{error:#}")),
        }
    }
    let mut failed = contradictions(api, scene, &expected).await?;
    let mut became = BTreeMap::new();
    expected.iter().for_each(|expected| *became.entry(expected.status).or_insert(0) += 1);
    let errors = get(&tally.errors);
    let contradicted = failed.len();
    let summary = Summary { duels: count, became, contradicted, errors, latency_ms: tally.latencies() };
    summary::print(&summary, json)?;
    scene.hang_up(api).await?;
    if errors > 0 {
        failed.push(format!("{errors} errors, and there should be none"));
        failed.extend(tally.complaints());
    }
    Ok(failed)
}

/// Somebody who books. The phone numbers of different parts of a race begin with different digits.
pub fn attendee(number: usize, prefix: u32) -> Value {
    json!({ "name": format!("Caller {number}"), "phone": format!("+57{prefix}0{number:07}") })
}

/// Waits until every appointment is as expected, and names those that do not become it.
async fn contradictions(api: &Api, scene: &Scene, expected: &[Expected]) -> anyhow::Result<Vec<String>> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let first = expected.iter().map(|expected| expected.start).min();
        let open = open_starts(api, scene, first).await?;
        let find = async |expected: &Expected| {
            api.get::<Appointment>(&scene.path(&format!("appointments/{}", expected.id)), &[]).await
        };
        let found = try_join_all(expected.iter().map(find)).await?;
        let pairs = expected.iter().zip(&found);
        let wrong: Vec<_> =
            pairs.filter_map(|(expected, found)| expected.contradiction(found, &open)).collect();
        if wrong.is_empty() || Instant::now() >= deadline {
            return Ok(wrong);
        }
        tokio::time::sleep(PAUSE).await;
    }
}
