//! The hours, the resources and the services of a business.

use futures::future::try_join_all;
use serde_json::{Value, json};

use crate::api::{Api, business_path};
use crate::promises::record::Service;

/// The same hours on each of these days, and none on the others.
pub fn week(days: &[&str], windows: &[(&str, &str)]) -> Value {
    let window = |&(opens, closes): &(&str, &str)| json!({ "opens": opens, "closes": closes });
    let hours: Value = windows.iter().map(window).collect();
    days.iter().map(|day| ((*day).to_owned(), hours.clone())).collect::<serde_json::Map<_, _>>().into()
}

pub const MONDAY_TO_FRIDAY: &[&str] = &["monday", "tuesday", "wednesday", "thursday", "friday"];
pub const MONDAY_TO_SATURDAY: &[&str] = &["monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
pub const EVERY_DAY: &[&str] =
    &["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Registers so many resources of a kind, and returns their ids.
pub async fn add_resources(
    api: &Api,
    business_id: &str,
    kind: &str,
    count: usize,
) -> anyhow::Result<Vec<String>> {
    let path = business_path(business_id, "resources");
    let bodies = (1..=count).map(|number| json!({ "name": format!("{kind} {number}") }));
    let add = |body| {
        let path = &path;
        async move { api.post(path, &body).await?.id() }
    };
    try_join_all(bodies.map(add)).await
}

/// A service to be registered.
pub struct NewService<'a> {
    pub name: String,
    pub minutes: u32,
    pub step_minutes: u32,
    pub buffer_before_minutes: u32,
    pub buffer_after_minutes: u32,
    pub horizon_days: u32,
    pub seats: u32,
    pub needs_approval: bool,
    /// It needs one resource of each pool.
    pub pools: Vec<&'a [String]>,
}

/// A service that is registered.
pub struct Added {
    pub service: Service,
    pub position: Option<String>,
}

impl NewService<'_> {
    pub async fn add(self, api: &Api, business_id: &str) -> anyhow::Result<Added> {
        let mut body = json!({
            "name": self.name,
            "duration_minutes": self.minutes,
            "step_minutes": self.step_minutes,
            "buffer_before_minutes": self.buffer_before_minutes,
            "buffer_after_minutes": self.buffer_after_minutes,
            "seats": self.seats,
            "horizon": { "kind": "days", "days": self.horizon_days },
            "needs": self.pools.iter().map(|pool| json!({ "any_of": pool })).collect::<Value>(),
        });
        if self.needs_approval {
            body["approval_within_minutes"] = json!(60);
        }
        let reply = api.post(&business_path(business_id, "services"), &body).await?;
        let service = Service {
            id: reply.id()?,
            name: self.name,
            buffer_before_minutes: self.buffer_before_minutes,
            buffer_after_minutes: self.buffer_after_minutes,
            is_class: self.seats > 1,
        };
        Ok(Added { service, position: reply.position })
    }
}
