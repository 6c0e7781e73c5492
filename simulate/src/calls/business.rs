//! The business that callers call.

use anyhow::Context;
use futures::future::{try_join_all, try_join3};
use serde_json::json;

use crate::api::Api;
use crate::business::catalog::{MONDAY_TO_SATURDAY, NewService, add_resources, week};
use crate::business::scene::Scene;

/// How far ahead its services can be booked.
pub const HORIZON_DAYS: u32 = 300;

/// Registers a business with some months of open time. Two services share their people, and one needs a
/// person and a room.
pub async fn register(api: &Api) -> anyhow::Result<Scene> {
    let profile = json!({ "name": "Simulation: calls", "zone": "America/New_York", "country": "US" });
    let hours = week(MONDAY_TO_SATURDAY, &[("08:00", "20:00")]);
    let business = api.post("/api/v1/businesses", &json!({ "profile": profile, "hours": hours })).await;
    let business_id = business.context("no business could be registered")?.id()?;
    let (stylists, therapists, rooms) = try_join3(
        add_resources(api, &business_id, "Stylist", 6),
        add_resources(api, &business_id, "Therapist", 4),
        add_resources(api, &business_id, "Room", 4),
    )
    .await?;
    let service = |name: &str, minutes, [before, after]: [u32; 2], pools| NewService {
        name: name.to_owned(),
        minutes,
        step_minutes: 15,
        buffer_before_minutes: before,
        buffer_after_minutes: after,
        horizon_days: HORIZON_DAYS,
        seats: 1,
        needs_approval: false,
        pools,
    };
    let added = try_join_all([
        service("Haircut", 30, [0, 0], vec![&*stylists]).add(api, &business_id),
        service("Colouring", 60, [0, 15], vec![&*stylists]).add(api, &business_id),
        service("Massage", 45, [5, 10], vec![&*therapists, &*rooms]).add(api, &business_id),
    ])
    .await?;
    Scene::open(api, business_id, added, [stylists, therapists, rooms].concat()).await
}
