//! `simulate race --kind confirm-expiring`: holds that are confirmed in the instant in which they expire.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::task::JoinSet;

use super::duel::attendee;
use super::slots::open_starts;
use crate::api::{Api, business_path};
use crate::business::scene::Scene;
use crate::business::slots::Slot;
use crate::report::summary;
use crate::report::tally::{Latency, Tally, get, table};

const HOLD_SECONDS: u32 = 2;
/// A hold is confirmed at most so much before and after it expires. Many confirmations at once wait for a
/// while.
const BEFORE_MS: i64 = 150;
const AFTER_MS: i64 = 50;
/// How long the job that lapses a hold may take.
const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(200);

#[derive(Debug, Deserialize)]
struct Hold {
    hold_id: String,
    expires_at: DateTime<Utc>,
}

#[derive(Debug, Deserialize)]
struct Appointment {
    status: String,
}

/// What a caller was told.
#[derive(Debug, Clone)]
struct Answer {
    id: String,
    start: DateTime<Utc>,
    is_confirmed: bool,
}

#[derive(Debug, Serialize)]
struct Summary {
    callers: usize,
    confirmed: usize,
    lapsed: usize,
    /// Holds that did not become what their callers were told.
    contradicted: usize,
    errors: u64,
    latency_ms: BTreeMap<&'static str, Latency>,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { callers, confirmed, lapsed, errors, .. } = self;
        writeln!(f, "{}", table(&self.latency_ms))?;
        write!(f, "{callers} holds: {confirmed} confirmed, {lapsed} lapsed, {errors} errors.")
    }
}

/// Returns the checks that failed.
pub async fn race(
    api: &Arc<Api>,
    scene: &Scene,
    slots: Vec<Slot>,
    json: bool,
) -> anyhow::Result<Vec<String>> {
    let tally = Arc::new(Tally::default());
    let callers = slots.len();
    let mut running = JoinSet::new();
    for (number, slot) in slots.into_iter().enumerate() {
        let (api, tally) = (api.clone(), tally.clone());
        let business_id = scene.business_id.clone();
        running.spawn(async move {
            let answer = hold_and_confirm(&api, &tally, &business_id, number, slot).await;
            answer.map_err(|error| tally.error(&format!("{error:#}"))).ok()
        });
    }
    let answers: Vec<Answer> = running.join_all().await.into_iter().flatten().collect();
    let mut failed = contradictions(api, scene, &answers).await?;
    let confirmed = answers.iter().filter(|answer| answer.is_confirmed).count();
    let summary = Summary {
        callers,
        confirmed,
        lapsed: answers.len() - confirmed,
        contradicted: failed.len(),
        errors: get(&tally.errors),
        latency_ms: tally.latencies(),
    };
    summary::print(&summary, json)?;
    if summary.errors > 0 {
        failed.push(format!("{} errors, and there should be none", summary.errors));
        failed.extend(tally.complaints());
    }
    scene.hang_up(api).await?;
    Ok(failed)
}

/// Holds at one server, and confirms at another.
async fn hold_and_confirm(
    api: &Api,
    tally: &Tally,
    business_id: &str,
    number: usize,
    slot: Slot,
) -> anyhow::Result<Answer> {
    let body = json!({ "slot_token": slot.slot_token, "seconds": HOLD_SECONDS });
    let held = api.try_post(number, &business_path(business_id, "holds"), &body).await??;
    let Hold { hold_id, expires_at } = serde_json::from_value(held.body)?;
    let at = expires_at + TimeDelta::milliseconds(rand::random_range(-BEFORE_MS..=AFTER_MS));
    tokio::time::sleep((at - Utc::now()).to_std().unwrap_or_default()).await;
    let body = json!({ "hold_id": hold_id, "attendee": attendee(number, 30) });
    let started = Instant::now();
    let answer = api.try_post(number + 1, &business_path(business_id, "appointments"), &body).await?;
    tally.time("confirm", started.elapsed());
    Ok(Answer { id: hold_id, start: slot.start, is_confirmed: answer.is_ok() })
}

/// Waits until every hold is as its caller was told, and its time is taken or open accordingly.
async fn contradictions(api: &Api, scene: &Scene, answers: &[Answer]) -> anyhow::Result<Vec<String>> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let mut found = Vec::new();
        let open = open_starts(api, scene, answers.iter().map(|answer| answer.start).min()).await?;
        for Answer { id, start, is_confirmed } in answers {
            let path = scene.path(&format!("appointments/{id}"));
            let Appointment { status } = api.get(&path, &[]).await?;
            let should = if *is_confirmed { "booked" } else { "lapsed" };
            if status != should {
                found.push(format!("{id} should be {should}, and is {status}"));
            } else if open.contains(start) == *is_confirmed {
                let is = if *is_confirmed { "open" } else { "not open" };
                found.push(format!("{id} is {status}, and its time is {is}"));
            }
        }
        if found.is_empty() || Instant::now() >= deadline {
            return Ok(found);
        }
        tokio::time::sleep(PAUSE).await;
    }
}
