//! The business whose times are raced for.

use std::slice;

use anyhow::Context;
use futures::future::try_join_all;
use serde_json::json;
use uuid::Uuid;

use crate::api::Api;
use crate::business::catalog::{EVERY_DAY, NewService, add_resources, week};
use crate::business::scene::Scene;

/// Under this key the business is registered once, and found again by each run. Another body needs another
/// key.
const BUSINESS_KEY: &str = "frontdesk-simulate-race-1";

/// What is raced for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prize {
    /// A time of one of so many resources.
    OneOf(u32),
    /// A time of two resources, which one service needs in one order and another service in the other.
    Both,
    /// So many seats of a class.
    Seats(u32),
    /// A time that the business has to approve.
    Approved,
}

impl Prize {
    /// How many callers can win it.
    pub fn places(self) -> u32 {
        match self {
            Self::OneOf(count) => count,
            Self::Both | Self::Approved => 1,
            Self::Seats(seats) => seats,
        }
    }
}

/// Registers services that are open around the clock, with at least so many slots a day.
pub async fn register(api: &Api, slots: usize, prize: Prize) -> anyhow::Result<Scene> {
    let profile = json!({ "name": "Simulation: race", "zone": "Etc/UTC" });
    let business = json!({ "profile": profile, "hours": week(EVERY_DAY, &[("00:00", "24:00")]) });
    let reply = api.post_with_key("/api/v1/businesses", &business, BUSINESS_KEY.into()).await;
    let business_id = reply.context("the business could not be registered")?.id()?;
    let run = &Uuid::new_v4().simple().to_string()[..8];
    let desk_count = match prize {
        Prize::OneOf(count) => count as usize,
        Prize::Both => 2,
        Prize::Seats(_) | Prize::Approved => 1,
    };
    let desks = add_resources(api, &business_id, &format!("Desk {run}"), desk_count).await?;
    let minutes = if slots * 5 <= 24 * 60 { 5 } else { 1 };
    let service = |number: usize, pools| NewService {
        name: format!("Desk time {number} {run}"),
        minutes,
        step_minutes: minutes,
        buffer_before_minutes: 0,
        buffer_after_minutes: 0,
        horizon_days: 30,
        seats: if let Prize::Seats(seats) = prize { seats } else { 1 },
        needs_approval: prize == Prize::Approved,
        pools,
    };
    let services = match desks.as_slice() {
        [one, other] if prize == Prize::Both => {
            let (one, other) = (slice::from_ref(one), slice::from_ref(other));
            vec![service(1, vec![one, other]), service(2, vec![other, one])]
        }
        all => vec![service(1, vec![all])],
    };
    let added = try_join_all(services.into_iter().map(|service| service.add(api, &business_id))).await?;
    Scene::open(api, business_id, added, desks).await
}
