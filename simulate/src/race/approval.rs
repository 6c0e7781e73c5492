//! `simulate race --kind approval`: a requested appointment is approved while it is moved.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use futures::future::join;
use serde_json::{Value, json};

use super::duel::{self, Expected, attendee};
use crate::api::Api;
use crate::business::scene::Scene;
use crate::business::slots::Slot;
use crate::report::tally::Tally;

/// All appointments are moved at once and queue for their resource. The last one waits about so long.
const APPROVED_WITHIN_MS: u64 = 800;

/// Returns the checks that failed.
pub async fn race(api: &Api, scene: &Scene, slots: &[Slot], json: bool) -> anyhow::Result<Vec<String>> {
    let tally = &Tally::default();
    let (pairs, _) = slots.as_chunks::<2>();
    let duels = pairs.iter().enumerate();
    let duels = duels.map(|(number, [from, to])| approve_and_move(api, tally, scene, number, from, to));
    duel::run(api, scene, tally, duels, json).await
}

/// Moves a request, and approves it as it was before. It is moved in any case. It is approved only if that
/// came first.
async fn approve_and_move(
    api: &Api,
    tally: &Tally,
    scene: &Scene,
    number: usize,
    from: &Slot,
    to: &Slot,
) -> anyhow::Result<Expected> {
    let booking = json!({ "slot_token": from.slot_token, "attendee": attendee(number, 32) });
    let requested = api.post(&scene.path("appointments"), &booking).await?;
    let status = requested.text("status")?;
    ensure!(status == "requested", "the booking is {status}, and should be a request");
    let id = requested.id()?;
    let path = |action| scene.path(&format!("appointments/{id}/{action}"));
    let etag = format!("\"{}\"", requested.body["version"]);
    let approve = async {
        tokio::time::sleep(Duration::from_millis(rand::random_range(0..APPROVED_WITHIN_MS))).await;
        let started = Instant::now();
        let approved = api.try_post_if_match(number, &path("approve"), &Value::Null, &etag).await;
        tally.time("approve", started.elapsed());
        approved
    };
    let reschedule = async {
        let started = Instant::now();
        let moved =
            api.try_post(number + 1, &path("reschedule"), &json!({ "slot_token": to.slot_token })).await;
        tally.time("reschedule", started.elapsed());
        moved
    };
    let (approved, moved) = join(approve, reschedule).await;
    moved?.with_context(|| format!("moving {id} was refused"))?;
    let status = if approved?.is_ok() { "booked" } else { "requested" };
    Ok(Expected { id, status, start: to.start, freed: Some(from.start) })
}
