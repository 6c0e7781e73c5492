//! What the callers of a run need: a business with its services, and a channel with a key of its own.

use anyhow::Context;
use chrono::Utc;
use serde::Deserialize;
use serde_json::{Value, json};

use super::catalog::Added;
use crate::api::{Api, business_path};
use crate::promises::record::{Record, Service};
use crate::voice::platform::Channel;

/// With so many channels, older ones are removed. Runs that were killed leave theirs behind.
const CHANNELS_MAX: usize = 40;

pub struct Scene {
    pub business_id: String,
    pub channel: Channel,
    pub services: Vec<Service>,
    resources: Vec<String>,
}

#[derive(Deserialize)]
struct Channels {
    items: Vec<ListedChannel>,
}

#[derive(Deserialize)]
struct ListedChannel {
    id: String,
}

impl Scene {
    /// Adds a channel, and waits until everything can be seen.
    pub async fn open(
        api: &Api,
        business_id: String,
        added: Vec<Added>,
        resources: Vec<String>,
    ) -> anyhow::Result<Self> {
        let channels = business_path(&business_id, "channels");
        let position = added.iter().find_map(|added| added.position.as_deref());
        remove_old_channels(api, &channels, position).await?;
        let body = json!({ "name": "Simulation", "authentication": "hmac" });
        let reply = api.post(&channels, &body).await?;
        let channel = Channel { id: reply.id()?, secret: reply.text("secret")? };
        if let Some(position) = &reply.position {
            api.get::<Value>(&channels, &[("min_position", position)]).await?;
        }
        let services = added.into_iter().map(|added| added.service).collect();
        Ok(Self { business_id, channel, services, resources })
    }

    pub fn path(&self, rest: &str) -> String {
        business_path(&self.business_id, rest)
    }

    /// The first record of a run.
    pub fn run_record(&self) -> Record {
        Record::Run { services: self.services.clone(), started_at: Utc::now() }
    }

    /// Removes the channel. Everything that the callers did comes before the position that this returns.
    pub async fn hang_up(&self, api: &Api) -> anyhow::Result<Option<String>> {
        let removed = api.delete(&self.path(&format!("channels/{}", self.channel.id))).await;
        Ok(removed.context("the channel could not be removed")?.position)
    }

    /// Retires the services and the resources of this run, so that nobody is offered them any more.
    pub async fn retire(&self, api: &Api) -> anyhow::Result<()> {
        for service in &self.services {
            api.delete(&self.path(&format!("services/{}", service.id))).await?;
        }
        for id in &self.resources {
            api.delete(&self.path(&format!("resources/{id}"))).await?;
        }
        Ok(())
    }
}

async fn remove_old_channels(api: &Api, channels: &str, min_position: Option<&str>) -> anyhow::Result<()> {
    let query: Vec<_> = min_position.map(|position| ("min_position", position)).into_iter().collect();
    let listed: Channels = api.get(channels, &query).await?;
    if listed.items.len() < CHANNELS_MAX {
        return Ok(());
    }
    let mut ids: Vec<String> = listed.items.into_iter().map(|channel| channel.id).collect();
    // Ids are in order of time: no run uses the oldest half any more.
    ids.sort_unstable();
    for id in &ids[..CHANNELS_MAX / 2] {
        api.delete(&format!("{channels}/{id}")).await?;
    }
    Ok(())
}
