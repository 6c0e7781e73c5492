//! The slots of the day that is raced for.

use std::collections::BTreeSet;

use anyhow::ensure;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use futures::future::try_join_all;
use futures::{StreamExt, TryStreamExt, stream};

use crate::api::Api;
use crate::business::scene::Scene;
use crate::business::slots::{self, DayQuery, SLOTS_MAX, Slot};

/// How many callers ask for their slot at the same time, before the race.
const ASKING_MAX: usize = 32;

/// The day after tomorrow.
pub fn race_day() -> NaiveDate {
    (Utc::now() + TimeDelta::days(2)).date_naive()
}

/// A slot for each caller, each at another time.
pub async fn different(api: &Api, scene: &Scene, callers: usize) -> anyhow::Result<Vec<Slot>> {
    enough(first(api, scene, 0, callers, None).await?, callers)
}

/// A slot for each caller, all at the same time. The callers ask for each service in turn.
pub async fn same(api: &Api, scene: &Scene, callers: usize) -> anyhow::Result<Vec<Slot>> {
    let each = stream::iter(0..callers).map(|number| first(api, scene, number, 1, None));
    let slots: Vec<Vec<Slot>> = each.buffer_unordered(ASKING_MAX).try_collect().await?;
    let slots = enough(slots.concat(), callers)?;
    let are_same = slots.windows(2).all(|pair| pair[0].start == pair[1].start);
    ensure!(are_same, "the callers were offered different slots, although nobody has booked yet");
    Ok(slots)
}

fn enough(slots: Vec<Slot>, needed: usize) -> anyhow::Result<Vec<Slot>> {
    ensure!(slots.len() == needed, "{} slots are open that day, and {needed} are needed", slots.len());
    Ok(slots)
}

/// How many slots of each service are open. A slot with a booked seat does not count.
pub async fn open_counts(api: &Api, scene: &Scene, min_position: Option<&str>) -> anyhow::Result<Vec<usize>> {
    let count =
        |number| async move { anyhow::Ok(first(api, scene, number, SLOTS_MAX, min_position).await?.len()) };
    try_join_all((0..scene.services.len()).map(count)).await
}

/// The first open slots of the day, of one of the services by number.
async fn first(
    api: &Api,
    scene: &Scene,
    number: usize,
    limit: usize,
    min_position: Option<&str>,
) -> anyhow::Result<Vec<Slot>> {
    ensure!(!scene.services.is_empty(), "there is no service to book");
    let service_id = &scene.services[number % scene.services.len()].id;
    slots::of_day(api, &scene.business_id, DayQuery { service_id, day: race_day(), limit, min_position })
        .await
}

/// When the open slots of the first service begin, on the day of an instant.
pub async fn open_starts(
    api: &Api,
    scene: &Scene,
    on: Option<DateTime<Utc>>,
) -> anyhow::Result<BTreeSet<DateTime<Utc>>> {
    let (Some(on), Some(service)) = (on, scene.services.first()) else {
        return Ok(BTreeSet::new());
    };
    let (service_id, day) = (&*service.id, on.date_naive());
    let query = DayQuery { service_id, day, limit: SLOTS_MAX, min_position: None };
    let open = slots::of_day(api, &scene.business_id, query).await?;
    Ok(open.into_iter().map(|slot| slot.start).collect())
}
