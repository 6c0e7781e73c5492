//! `simulate race --kind waitlist`: an offer of the waitlist is accepted twice at once.

use std::time::{Duration, Instant};

use anyhow::ensure;
use chrono::Timelike;
use futures::future::join;
use serde_json::{Value, json};

use super::duel::{self, Expected, attendee};
use crate::api::Api;
use crate::business::scene::Scene;
use crate::business::slots::Slot;
use crate::report::tally::Tally;

/// How long the job that offers freed time may take.
const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(200);

/// Returns the checks that failed.
pub async fn race(api: &Api, scene: &Scene, slots: &[Slot], json: bool) -> anyhow::Result<Vec<String>> {
    let tally = &Tally::default();
    let duels = slots.iter().enumerate().map(|(number, slot)| accept_twice(api, tally, scene, number, slot));
    duel::run(api, scene, tally, duels, json).await
}

/// Frees a slot that somebody waits for, and accepts its offer twice. Both answers must name the same
/// booking.
async fn accept_twice(
    api: &Api,
    tally: &Tally,
    scene: &Scene,
    number: usize,
    slot: &Slot,
) -> anyhow::Result<Expected> {
    let entry = wait_for(api, scene, number, slot).await?;
    let path = scene.path(&format!("waitlist/{entry}/accept"));
    let accept = async |server: usize| -> anyhow::Result<String> {
        let started = Instant::now();
        let accepted = api.try_post(server, &path, &json!({})).await?;
        tally.time("accept", started.elapsed());
        accepted?.id()
    };
    let (one, other) = join(accept(number), accept(number + 1)).await;
    let (id, other) = (one?, other?);
    ensure!(id == other, "{entry} was booked twice: {id} and {other}");
    Ok(Expected { id, status: "booked", start: slot.start, freed: None })
}

/// Books a slot, lets somebody else wait for it, cancels the booking, and returns the entry once it has an
/// offer.
async fn wait_for(api: &Api, scene: &Scene, number: usize, slot: &Slot) -> anyhow::Result<String> {
    let booking = json!({ "slot_token": slot.slot_token, "attendee": attendee(number, 30) });
    let booked = api.post(&scene.path("appointments"), &booking).await?.id()?;
    let clock = |minute: u32| format!("{:02}:{:02}", minute / 60, minute % 60);
    let minute = slot.start.hour() * 60 + slot.start.minute();
    let wish = json!({
        "service_id": scene.services.first().map(|service| &service.id),
        "first_date": slot.start.date_naive(),
        "from_time": clock(minute),
        "to_time": clock(minute + 1),
        "attendee": attendee(number, 31),
    });
    let entry = api.post(&scene.path("waitlist"), &wish).await?.id()?;
    api.post(&scene.path(&format!("appointments/{booked}/cancel")), &json!({})).await?;
    let path = scene.path(&format!("waitlist/{entry}"));
    let deadline = Instant::now() + PATIENCE;
    while api.get::<Value>(&path, &[]).await?["status"] != "offered" {
        ensure!(Instant::now() < deadline, "{entry} was offered nothing within {PATIENCE:?}");
        tokio::time::sleep(PAUSE).await;
    }
    Ok(entry)
}
