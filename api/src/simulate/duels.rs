//! `simulate race --kind waitlist` and `--kind approval`: the same appointment, decided on twice in the same instant, by way of two servers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{bail, ensure};
use chrono::{DateTime, TimeDelta, Timelike, Utc};
use futures::future::{join, try_join_all};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::api::{Api, Written};
use super::expiring::open_starts;
use super::race::Slot;
use super::report::{Latency, Tally, add, get, table};
use super::setup::{Scene, path};

/// How long the job that offers freed time, or a read model, may take.
const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(200);
/// All of them move at once and stand in line for their resource: about so long the last one waits.
const APPROVED_WITHIN_MS: u64 = 800;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duel {
    /// An offer of the waitlist is accepted twice.
    Waitlist,
    /// A request is approved while it is moved.
    Approval,
}

/// What is to be true of an appointment, given what the two were told.
#[derive(Debug, Clone)]
struct Verdict {
    id: String,
    status: &'static str,
    start: DateTime<Utc>,
    /// The time that is free again.
    left: Option<DateTime<Utc>>,
}

#[derive(Debug, Deserialize)]
struct Shown {
    status: String,
    start: DateTime<Utc>,
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

impl Duel {
    /// How many slots each duel takes.
    pub fn slots(self) -> usize {
        match self {
            Self::Waitlist => 1,
            Self::Approval => 2,
        }
    }

    /// The checks that failed.
    pub async fn run(self, api: Arc<Api>, scene: &Scene, slots: &[Slot], json: bool) -> anyhow::Result<Vec<String>> {
        let (api, tally) = (&api, &Tally::default());
        let duels: Vec<&[Slot]> = slots.chunks_exact(self.slots()).collect();
        let fights = duels.iter().enumerate().map(|(number, slots)| async move {
            let verdict = match (self, *slots) {
                (Self::Waitlist, [slot]) => waitlist(api, tally, scene, number, slot).await,
                (Self::Approval, [from, to]) => approval(api, tally, scene, number, from, to).await,
                _ => return None,
            };
            add(&tally.calls);
            verdict.map_err(|error| tally.error(&format!("{error:#}"))).ok()
        });
        let verdicts: Vec<Verdict> = futures::future::join_all(fights).await.into_iter().flatten().collect();
        let mut failed = contradictions(api, scene, &verdicts).await?;
        let mut became = BTreeMap::new();
        verdicts.iter().for_each(|verdict| *became.entry(verdict.status).or_insert(0) += 1);
        let (duels, contradicted, errors) = (duels.len(), failed.len(), get(&tally.errors));
        let summary = Summary { duels, became, contradicted, errors, latency_ms: tally.latencies() };
        if json {
            println!("{}", serde_json::to_string(&summary)?);
        } else {
            println!("{}", table(&summary.latency_ms));
            println!("{duels} appointments, each decided on twice at once: {:?}, {errors} errors.", summary.became);
        }
        if errors > 0 {
            failed.push(format!("{errors} errors, and there should be none"));
            failed.extend(tally.complaints());
        }
        Ok(failed)
    }
}

fn attendee(number: usize, who: u32) -> Value {
    json!({ "name": format!("Caller {number}"), "phone": format!("+57{who}0{number:07}") })
}

/// Somebody has the slot, somebody else waits for it, it is cancelled, and the offer is accepted twice: one booking, which both are told of.
async fn waitlist(api: &Api, tally: &Tally, scene: &Scene, number: usize, slot: &Slot) -> anyhow::Result<Verdict> {
    let at = |rest: &str| path(&scene.business_id, rest);
    let taken =
        api.post(&at("appointments"), &json!({ "slot_token": slot.slot_token, "attendee": attendee(number, 30) })).await?.id()?;
    let clock = |minute: u32| format!("{:02}:{:02}", minute / 60, minute % 60);
    let minute = slot.start.hour() * 60 + slot.start.minute();
    let wish = json!({
        "service_id": scene.services.first().map(|(_, service)| &service.id), "first_date": slot.start.date_naive(),
        "from_time": clock(minute), "to_time": clock(minute + 1), "attendee": attendee(number, 31),
    });
    let entry = api.post(&at("waitlist"), &wish).await?.id()?;
    api.post(&at(&format!("appointments/{taken}/cancel")), &json!({})).await?;
    let deadline = Instant::now() + PATIENCE;
    while api.get::<Value>(&at(&format!("waitlist/{entry}")), &[]).await?["status"] != "offered" {
        ensure!(Instant::now() < deadline, "{entry} was offered nothing within {PATIENCE:?}");
        tokio::time::sleep(PAUSE).await;
    }
    let accept = async |server: usize| -> anyhow::Result<String> {
        let started = Instant::now();
        let accepted = api.post_once_only(server, &at(&format!("waitlist/{entry}/accept")), &json!({})).await?;
        tally.time("accept", started.elapsed());
        accepted.map_err(|refused| refused.error)?.id()
    };
    let (one, other) = join(accept(number), accept(number + 1)).await;
    let (id, other) = (one?, other?);
    ensure!(id == other, "{entry} was booked twice: {id} and {other}");
    Ok(Verdict { id, status: "booked", start: slot.start, left: None })
}

/// A request is moved while it is approved as it was. It is moved in any case; approved it is only if that came first.
async fn approval(api: &Api, tally: &Tally, scene: &Scene, number: usize, from: &Slot, to: &Slot) -> anyhow::Result<Verdict> {
    let at = |rest: &str| path(&scene.business_id, rest);
    let requested = json!({ "slot_token": from.slot_token, "attendee": attendee(number, 32) });
    let Written { body, .. } = api.post(&at("appointments"), &requested).await?;
    ensure!(body["status"] == "requested", "the booking is {}, and should be a request", body["status"]);
    let (id, version) = (body["id"].as_str().unwrap_or_default().to_owned(), format!("\"{}\"", body["version"]));
    let approve = async {
        tokio::time::sleep(Duration::from_millis(rand::random_range(0..APPROVED_WITHIN_MS))).await;
        let started = Instant::now();
        let approved = api.post_if(number, &at(&format!("appointments/{id}/approve")), &Value::Null, &version).await;
        tally.time("approve", started.elapsed());
        approved
    };
    let reschedule = async {
        let (path, body) = (at(&format!("appointments/{id}/reschedule")), json!({ "slot_token": to.slot_token }));
        let started = Instant::now();
        let moved = api.post_once_only(number + 1, &path, &body).await;
        tally.time("reschedule", started.elapsed());
        moved
    };
    let (approved, moved) = join(approve, reschedule).await;
    if let Err(refused) = moved? {
        bail!("moving {id} was refused: {:#}", refused.error);
    }
    let status = if approved?.is_ok() { "booked" } else { "requested" };
    Ok(Verdict { id, status, start: to.start, left: Some(from.start) })
}

/// Waits until every appointment is what it is to be, and its time taken, and names those that do not become it.
async fn contradictions(api: &Api, scene: &Scene, verdicts: &[Verdict]) -> anyhow::Result<Vec<String>> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let first = verdicts.iter().map(|verdict| verdict.start).min();
        let open = open_starts(api, scene, first).await?;
        let look = |verdict: &Verdict| {
            let path = path(&scene.business_id, &format!("appointments/{}", verdict.id));
            async move { api.get::<Shown>(&path, &[]).await }
        };
        let shown = try_join_all(verdicts.iter().map(look)).await?;
        let wrong = |(Verdict { id, status, start, left }, shown): (&Verdict, Shown)| {
            let as_told = shown.status == *status && (shown.start - *start) < TimeDelta::seconds(1);
            let free = left.is_none_or(|left| open.contains(&left)) && !open.contains(start);
            let what = format!("{id} should be {status} at {start}, and is {} at {}", shown.status, shown.start);
            (!as_told || !free).then_some(what)
        };
        let found: Vec<String> = verdicts.iter().zip(shown).filter_map(wrong).collect();
        if found.is_empty() || Instant::now() >= deadline {
            return Ok(found);
        }
        tokio::time::sleep(PAUSE).await;
    }
}
