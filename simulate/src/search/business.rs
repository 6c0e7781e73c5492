//! The business that is searched.

use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, ensure};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use futures::future::try_join_all;
use futures::{StreamExt, stream};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::api::{Api, business_path};
use crate::business::catalog::{MONDAY_TO_FRIDAY, NewService, add_resources, week};
use crate::business::slots::{Availability, SLOTS_MAX, Slot};
use crate::report::progress::Progress;
use crate::report::tally::Tally;

/// How many slots a search lists, as on the phone.
const SLOTS_FOUND_MAX: &str = "5";
/// How many bookings are under way at once while the business is filled.
const FILLING_MAX: usize = 64;
/// So many people book.
const PEOPLE: usize = 200;
/// No search begins in the last days, because these may have nothing open.
const LAST_DAYS: TimeDelta = TimeDelta::days(5);

pub struct Business {
    pub id: String,
    service_id: String,
    pub resources: Vec<String>,
    /// Its time from here to there is searched.
    pub from: DateTime<Utc>,
    to: DateTime<Utc>,
}

#[derive(Deserialize)]
struct Listed {
    id: String,
}

impl Business {
    pub async fn register(api: &Api, resources: usize, days: u32) -> anyhow::Result<Self> {
        let profile = json!({ "name": "Simulation: search", "zone": "America/New_York", "country": "US" });
        let hours = week(MONDAY_TO_FRIDAY, &[("09:00", "13:00"), ("14:00", "18:00")]);
        let registered = api.post("/api/v1/businesses", &json!({ "profile": profile, "hours": hours })).await;
        let id = registered.context("no business could be registered")?.id()?;
        let resources = add_resources(api, &id, "Doctor", resources).await?;
        let service = NewService {
            name: "Check-up".to_owned(),
            minutes: 30,
            step_minutes: 40,
            buffer_before_minutes: 5,
            buffer_after_minutes: 5,
            horizon_days: days,
            seats: 1,
            needs_approval: false,
            pools: vec![&resources],
        };
        let added = service.add(api, &id).await?;
        let position = added.position.unwrap_or_default();
        api.get::<Value>(&business_path(&id, "services"), &[("min_position", &position)]).await?;
        Ok(Self::new(id, added.service.id, resources, days))
    }

    /// The business that an earlier run has registered.
    pub async fn find(api: &Api, id: &str, days: u32) -> anyhow::Result<Self> {
        let list = async |what: &str| api.list::<Listed>(&business_path(id, what), &[], None).await;
        let (services, resources) = (list("services").await?, list("resources").await?);
        let service = services.into_iter().next().with_context(|| format!("{id} has no service"))?;
        let resources = resources.into_iter().map(|resource| resource.id).collect();
        Ok(Self::new(id.to_owned(), service.id, resources, days))
    }

    fn new(id: String, service_id: String, resources: Vec<String>, days: u32) -> Self {
        let from = Utc::now();
        Self { id, service_id, resources, from, to: from + TimeDelta::days(days.into()) }
    }

    /// How far ahead searches begin.
    pub fn search_span(&self) -> TimeDelta {
        self.to - self.from - LAST_DAYS
    }

    fn path(&self, rest: &str) -> String {
        business_path(&self.id, rest)
    }

    /// Asks one of the servers by number for the first open slots from an instant on.
    pub async fn search(&self, api: &Api, server: usize, from: DateTime<Utc>) -> anyhow::Result<()> {
        let (from, to) = (rfc3339(from), rfc3339(self.to));
        let query =
            [("service_id", &*self.service_id), ("from", &from), ("to", &to), ("limit", SLOTS_FOUND_MAX)];
        let found: Availability = api.try_get(server, &self.path("availability"), &query).await?;
        ensure!(!found.slots.is_empty(), "nothing is open from {from} on");
        Ok(())
    }

    /// Every open slot of every resource, in order of time.
    pub async fn all_slots(&self, api: &Api) -> anyhow::Result<Vec<Slot>> {
        let path = self.path("availability");
        let (from, to, limit) = (rfc3339(self.from), rfc3339(self.to), SLOTS_MAX.to_string());
        let of_resource = async |id: &String| {
            let resource = [("service_id", &*self.service_id), ("resource_id", id)];
            let span = [("from", &*from), ("to", &*to), ("limit", &*limit)];
            api.get::<Availability>(&path, &[&resource[..], &span[..]].concat()).await
        };
        let found = try_join_all(self.resources.iter().map(of_resource)).await?;
        let mut slots: Vec<Slot> = found.into_iter().flat_map(|found| found.slots).collect();
        slots.sort_by_key(|slot| slot.start);
        Ok(slots)
    }

    /// Books a slot at one of the servers by number, for one of the people by number.
    pub async fn book(&self, api: &Api, number: usize, slot: &Slot) -> anyhow::Result<()> {
        let person = number % PEOPLE;
        let attendee = json!({ "name": format!("Customer {person}"), "phone": format!("+57300{person:07}") });
        // A person by number comes back, perhaps at a time at which they have an appointment.
        let body = json!({ "slot_token": slot.slot_token, "attendee": attendee, "accept_overlap": true });
        api.try_post(number, &self.path("appointments"), &body).await??;
        Ok(())
    }

    /// Books so many of a hundred slots, chosen by chance.
    pub async fn fill(&self, api: &Api, percent: u32, tally: &Tally) -> anyhow::Result<Filled> {
        let slots = self.all_slots(api).await?.into_iter();
        let (taken, mut spare): (Vec<Slot>, Vec<Slot>) =
            slots.partition(|_| rand::random_range(0..100) < percent);
        let (count, done) = (taken.len(), AtomicUsize::new(0));
        let progress = Progress::new("filling", count as u64);
        let book = async |(number, slot)| {
            if let Err(error) = self.book(api, number, slot).await {
                tally.error(&format!("{error:#}"));
            }
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            progress.show(done as u64, &format!("{done} of {count} slots booked"));
        };
        stream::iter(taken.iter().enumerate()).for_each_concurrent(FILLING_MAX, book).await;
        progress.end();
        spare.sort_by_cached_key(|_| rand::random::<u64>());
        Ok(Filled { booked: count as u64, spare })
    }
}

pub struct Filled {
    /// How many slots were booked.
    pub booked: u64,
    /// The others, in random order.
    pub spare: Vec<Slot>,
}

fn rfc3339(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
