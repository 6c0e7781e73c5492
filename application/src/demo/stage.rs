//! What the demonstration is made with: commands at times that have passed.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use frontdesk_adapters::command_bus::{Bus, BusError, Context, ManualClock};
use frontdesk_adapters::event_log::ReadError;
use frontdesk_domain::kernel::ids::BusinessId;
use frontdesk_domain::kernel::metadata::{Actor, ActorKind};
use frontdesk_domain::kernel::work::Command;
use serde::de::DeserializeOwned;

/// How long a command may take.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    #[error("the demonstration is there already: {0}; `frontdesk demo remove` takes it back")]
    Exists(BusinessId),
    #[error("there is no demonstration")]
    Missing,
    #[error(
        "the read models have not come to the end of the log, so nobody knows what there is to remove; start \
         Frontdesk, and try again"
    )]
    Behind,
    #[error("what the demonstration is made of is wrong: {0}")]
    Content(#[from] serde_json::Error),
    #[error(transparent)]
    Bus(#[from] BusError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Directory(#[from] frontdesk_projections::directory::DirectoryError),
}

/// Decides commands at times that have passed.
pub struct Stage {
    pub bus: Bus,
    pub clock: Arc<ManualClock>,
    pub tenant: BusinessId,
}

impl Stage {
    pub async fn run<C: Command>(&self, at: DateTime<Utc>, command: &C) -> Result<C::Output, BusError> {
        self.clock.set(at);
        Ok(self.bus.execute(&context(self.tenant), command).await?.output)
    }
}

pub fn context(tenant: BusinessId) -> Context {
    Context::new(tenant, Actor::new(ActorKind::Operator, "demonstration"), PATIENCE)
}

/// A value of the domain, as it is written.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, serde_json::Error> {
    serde_json::from_value(text.into())
}
