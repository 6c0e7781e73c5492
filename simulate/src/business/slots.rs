//! Open slots, as the REST API lists them.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;

use crate::api::{Api, business_path};

/// At most this many slots are listed at once.
pub const SLOTS_MAX: usize = 1_000;

#[derive(Debug, Clone, Deserialize)]
pub struct Slot {
    pub start: DateTime<Utc>,
    pub slot_token: String,
}

#[derive(Deserialize)]
pub struct Availability {
    pub slots: Vec<Slot>,
}

/// Which slots of a day are wanted.
pub struct DayQuery<'a> {
    pub service_id: &'a str,
    pub day: NaiveDate,
    pub limit: usize,
    pub min_position: Option<&'a str>,
}

/// The first open slots of a day.
pub async fn of_day(api: &Api, business_id: &str, query: DayQuery<'_>) -> anyhow::Result<Vec<Slot>> {
    let (day, limit) = (query.day.to_string(), query.limit.to_string());
    let mut parameters = vec![("service_id", query.service_id), ("day", &day), ("limit", &limit)];
    parameters.extend(query.min_position.map(|position| ("min_position", position)));
    let found: Availability = api.get(&business_path(business_id, "availability"), &parameters).await?;
    Ok(found.slots)
}
