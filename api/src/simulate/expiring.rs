//! `simulate race --kind confirm-expiring`: holds that are confirmed in the instant in which they expire.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::task::JoinSet;

use super::api::Api;
use super::race::{Availability, Slot};
use super::report::{Latency, Tally, add, get, table};
use super::setup::{Scene, path};

const HOLD_SECONDS: u32 = 2;
/// Confirmed at most so much before and after it expires; many at once are waited for a while.
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
struct Shown {
    status: String,
}

/// What a caller was told.
#[derive(Debug, Clone)]
struct Told {
    id: String,
    start: DateTime<Utc>,
    confirmed: bool,
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

/// The checks that failed.
pub async fn race(api: Arc<Api>, scene: &Scene, slots: Vec<Slot>, json: bool) -> anyhow::Result<Vec<String>> {
    let (tally, callers) = (Arc::new(Tally::default()), slots.len());
    let mut running = JoinSet::new();
    for (number, slot) in slots.into_iter().enumerate() {
        let (api, tally, business) = (api.clone(), tally.clone(), scene.business_id.clone());
        running.spawn(async move {
            let told = hold_and_confirm(&api, &tally, &business, number, slot).await;
            told.map_err(|error| tally.error(&format!("{error:#}"))).ok()
        });
    }
    let told: Vec<Told> = running.join_all().await.into_iter().flatten().collect();
    let contradictions = contradictions(&api, scene, &told).await?;
    let confirmed = told.iter().filter(|told| told.confirmed).count();
    let summary = Summary {
        callers,
        confirmed,
        lapsed: told.len() - confirmed,
        contradicted: contradictions.len(),
        errors: get(&tally.errors),
        latency_ms: tally.latencies(),
    };
    if json {
        println!("{}", serde_json::to_string(&summary)?);
    } else {
        println!("{}", table(&summary.latency_ms));
        println!("{callers} holds: {confirmed} confirmed, {} lapsed, {} errors.", summary.lapsed, summary.errors);
    }
    let mut failed = contradictions;
    if summary.errors > 0 {
        failed.push(format!("{} errors, and there should be none", summary.errors));
        failed.extend(tally.complaints());
    }
    Ok(failed)
}

/// Of two servers, one holds and the other confirms.
async fn hold_and_confirm(api: &Api, tally: &Tally, business: &str, number: usize, slot: Slot) -> anyhow::Result<Told> {
    let body = json!({ "slot_token": slot.slot_token, "seconds": HOLD_SECONDS });
    let held = api.post_once_only(number, &path(business, "holds"), &body).await?.map_err(|refused| refused.error)?;
    let Hold { hold_id, expires_at } = serde_json::from_value(held.body)?;
    let at = expires_at + TimeDelta::milliseconds(rand::random_range(-BEFORE_MS..=AFTER_MS));
    tokio::time::sleep((at - Utc::now()).to_std().unwrap_or_default()).await;
    let attendee = json!({ "name": format!("Caller {number}"), "phone": format!("+57300{number:07}") });
    let body = json!({ "hold_id": hold_id, "attendee": attendee });
    let started = Instant::now();
    let answer = api.post_once_only(number + 1, &path(business, "appointments"), &body).await?;
    tally.time("confirm", started.elapsed());
    add(&tally.calls);
    Ok(Told { id: hold_id, start: slot.start, confirmed: answer.is_ok() })
}

/// Waits until every hold is settled, and compares what it became, and whether its time is open, with what its caller was told.
async fn contradictions(api: &Api, scene: &Scene, told: &[Told]) -> anyhow::Result<Vec<String>> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let mut found = Vec::new();
        let open = open_starts(api, scene, told.iter().map(|told| told.start).min()).await?;
        for Told { id, start, confirmed } in told {
            let Shown { status } = api.get(&path(&scene.business_id, &format!("appointments/{id}")), &[]).await?;
            let should = if *confirmed { "booked" } else { "lapsed" };
            if status != should {
                found.push(format!("{id} should be {should}, and is {status}"));
            } else if open.contains(start) == *confirmed {
                found.push(format!("{id} is {status}, and its time is {}", if *confirmed { "open" } else { "not open" }));
            }
        }
        if found.is_empty() || Instant::now() >= deadline {
            return Ok(found);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// What is open of the scene's first service, on the day of an instant.
pub async fn open_starts(api: &Api, scene: &Scene, first: Option<DateTime<Utc>>) -> anyhow::Result<BTreeSet<DateTime<Utc>>> {
    let (Some(first), Some((_, service))) = (first, scene.services.first()) else {
        return Ok(BTreeSet::new());
    };
    let day = first.date_naive().to_string();
    let query = [("service_id", service.id.as_str()), ("day", &day), ("limit", "1000")];
    let found: Availability = api.get(&path(&scene.business_id, "availability"), &query).await?;
    Ok(found.slots.into_iter().map(|slot| slot.start).collect())
}
