//! What a simulation needs: a business with its services, who does them, and a channel with a key of its own.

use anyhow::Context;
use chrono::Utc;
use futures::future::{try_join, try_join_all};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::api::{Api, Written};
use super::journal::{Record, Service};

/// Under this key the business of races is registered once, and found again each time. Another body needs another key.
const RACE_BUSINESS_KEY: &str = "frontdesk-simulate-race-1";
/// Channels that were left behind by runs that were killed go before there are too many.
const CHANNELS_LEFT_MAX: usize = 40;
/// How far ahead the services of calls can be booked.
pub const HORIZON_DAYS: u32 = 300;

/// A channel and the key that signs its webhooks.
pub struct Channel {
    pub id: String,
    pub secret: String,
}

/// Everything that the callers of a run need.
pub struct Scene {
    pub business_id: String,
    pub channel: Channel,
    /// By name.
    pub services: Vec<(String, Service)>,
    resources: Vec<String>,
}

#[derive(Deserialize)]
struct Channels {
    items: Vec<Known>,
}

#[derive(Deserialize)]
struct Known {
    id: String,
}

/// A service to be made, and the pools of which it needs one each.
pub struct Wanted<'a> {
    pub name: String,
    pub minutes: u32,
    pub step_minutes: u32,
    pub buffers: (u32, u32),
    pub horizon_days: u32,
    pub seats: u32,
    pub needs_approval: bool,
    pub pools: Vec<&'a [String]>,
}

fn week(opens: &str, closes: &str, sunday: bool) -> Value {
    let open = json!([{ "opens": opens, "closes": closes }]);
    let mut week = json!({ "sunday": if sunday { open.clone() } else { json!([]) } });
    for day in ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday"] {
        week[day] = open.clone();
    }
    week
}

pub fn path(business_id: &str, rest: &str) -> String {
    format!("/api/v1/businesses/{business_id}/{rest}")
}

pub async fn resources(api: &Api, business_id: &str, kind: &str, count: usize) -> anyhow::Result<Vec<String>> {
    let add = |number: usize| async move {
        let body = json!({ "name": format!("{kind} {number}") });
        api.post(&path(business_id, "resources"), &body).await?.id()
    };
    try_join_all((1..=count).map(add)).await
}

pub async fn service(api: &Api, business_id: &str, wanted: Wanted<'_>) -> anyhow::Result<((String, Service), Written)> {
    let (before, after) = wanted.buffers;
    let mut body = json!({
        "name": wanted.name,
        "duration_minutes": wanted.minutes,
        "step_minutes": wanted.step_minutes,
        "buffer_before_minutes": before,
        "buffer_after_minutes": after,
        "seats": wanted.seats,
        "horizon": { "kind": "days", "days": wanted.horizon_days },
        "needs": wanted.pools.iter().map(|pool| json!({ "any_of": pool })).collect::<Value>(),
    });
    if wanted.needs_approval {
        body["approval_within_minutes"] = json!(60);
    }
    let written = api.post(&path(business_id, "services"), &body).await?;
    let service =
        Service { id: written.id()?, buffer_before_minutes: before, buffer_after_minutes: after, is_class: wanted.seats > 1 };
    Ok(((wanted.name, service), written))
}

/// A business with some months of time to give away: two crafts that share their people, and one that needs a person and a room.
pub async fn for_calls(api: &Api) -> anyhow::Result<Scene> {
    let profile = json!({ "name": "Simulation: calls", "zone": "America/New_York", "country": "US" });
    let business = json!({ "profile": profile, "hours": week("08:00", "20:00", false) });
    let business_id = api.post("/api/v1/businesses", &business).await.context("no business could be registered")?.id()?;
    let (stylists, (therapists, rooms)) = try_join(
        resources(api, &business_id, "Stylist", 6),
        try_join(resources(api, &business_id, "Therapist", 4), resources(api, &business_id, "Room", 4)),
    )
    .await?;
    let wanted = |name: &str, minutes, buffers, pools| Wanted {
        name: name.to_owned(),
        minutes,
        step_minutes: 15,
        buffers,
        horizon_days: HORIZON_DAYS,
        seats: 1,
        needs_approval: false,
        pools,
    };
    let made = try_join_all([
        service(api, &business_id, wanted("Haircut", 30, (0, 0), vec![&stylists])),
        service(api, &business_id, wanted("Colouring", 60, (0, 15), vec![&stylists])),
        service(api, &business_id, wanted("Massage", 45, (5, 10), vec![&therapists, &rooms])),
    ])
    .await?;
    open(api, business_id, made, [stylists, therapists, rooms].concat()).await
}

/// What is raced for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prize {
    /// A time of one of so many.
    OneOf(u32),
    /// A time of two, whom one service names in one order and another in the other.
    Both,
    /// So many seats of a class.
    Seats(u32),
    /// A time that the business has to approve.
    Approved,
}

/// Services that are open around the clock, every day, for as many slots a day as are wanted.
pub async fn for_race(api: &Api, slots: usize, prize: Prize) -> anyhow::Result<Scene> {
    let profile = json!({ "name": "Simulation: race", "zone": "Etc/UTC" });
    let business = json!({ "profile": profile, "hours": week("00:00", "24:00", true) });
    let written = api.post_once("/api/v1/businesses", &business, RACE_BUSINESS_KEY.into()).await;
    let business_id = written.context("the business could not be registered")?.id()?;
    let run = Uuid::new_v4().simple().to_string();
    let (count, seats) = match prize {
        Prize::OneOf(count) => (count as usize, 1),
        Prize::Both => (2, 1),
        Prize::Seats(seats) => (1, seats),
        Prize::Approved => (1, 1),
    };
    let desks = resources(api, &business_id, &format!("Desk {}", &run[..8]), count).await?;
    let minutes = if slots * 5 <= 24 * 60 { 5 } else { 1 };
    let wanted = |number: usize, pools| Wanted {
        name: format!("Desk time {number} {}", &run[..8]),
        minutes,
        step_minutes: minutes,
        buffers: (0, 0),
        horizon_days: 30,
        seats,
        needs_approval: prize == Prize::Approved,
        pools,
    };
    let made = match desks.as_slice() {
        [one, other] if prize == Prize::Both => {
            let (one, other) = (std::slice::from_ref(one), std::slice::from_ref(other));
            let (straight, crossed) = (wanted(1, vec![one, other]), wanted(2, vec![other, one]));
            try_join_all([service(api, &business_id, straight), service(api, &business_id, crossed)]).await?
        }
        all => vec![service(api, &business_id, wanted(1, vec![all])).await?],
    };
    open(api, business_id, made, desks).await
}

/// Adds a channel, and waits until everything can be seen.
async fn open(
    api: &Api,
    business_id: String,
    made: Vec<((String, Service), Written)>,
    resources: Vec<String>,
) -> anyhow::Result<Scene> {
    let channels = path(&business_id, "channels");
    let position = made.iter().find_map(|(_, written)| written.position.as_deref());
    let query: Vec<_> = position.map(|position| ("min_position", position)).into_iter().collect();
    let mut left: Vec<String> = api.get::<Channels>(&channels, &query).await?.items.into_iter().map(|channel| channel.id).collect();
    left.sort_unstable();
    // Ids are in order of time: the oldest half is nobody's any more.
    let stale = if left.len() >= CHANNELS_LEFT_MAX { &left[..CHANNELS_LEFT_MAX / 2] } else { &[] };
    for id in stale {
        api.delete(&format!("{channels}/{id}")).await?;
    }
    let written = api.post(&channels, &json!({ "name": "Simulation", "authentication": "hmac" })).await?;
    let channel = Channel { id: written.id()?, secret: written.text("secret")? };
    let services: Vec<_> = made.into_iter().map(|(service, _)| service).collect();
    if let Some(position) = &written.position {
        api.get::<Value>(&channels, &[("min_position", position)]).await?;
    }
    Ok(Scene { business_id, channel, services, resources })
}

impl Scene {
    pub fn run(&self) -> Record {
        let services = self.services.iter().map(|(_, service)| service.clone()).collect();
        Record::Run { business_id: self.business_id.clone(), services, started_at: Utc::now() }
    }

    /// Closes the channel. Everything that the callers did comes before the position that this gives.
    pub async fn hang_up(&self, api: &Api) -> anyhow::Result<Option<String>> {
        let closed = api.delete(&path(&self.business_id, &format!("channels/{}", self.channel.id))).await;
        Ok(closed.context("the channel could not be removed")?.position)
    }

    /// Retires what was made for this run only, so that it is not offered any more.
    pub async fn clear_away(&self, api: &Api) -> anyhow::Result<()> {
        for (_, service) in &self.services {
            api.delete(&path(&self.business_id, &format!("services/{}", service.id))).await?;
        }
        for id in &self.resources {
            api.delete(&path(&self.business_id, &format!("resources/{id}"))).await?;
        }
        Ok(())
    }
}
