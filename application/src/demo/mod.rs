//! A demonstration: a small dealer's business with a month of history.
//!
//! * [`dealer`]: the business, its people, its services and its keys;
//! * [`visits`]: who came in the last four weeks, who is to come, and what became of each visit;
//! * [`removal`]: taking it back.
//!
//! It is made by the commands that everybody uses. They are decided on a clock that goes through those weeks
//! (`decided_at` of each event). When they were recorded (`recorded_at`) the database says: today.

pub mod dealer;
pub mod removal;
pub mod visits;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use frontdesk_adapters::command_bus::{Bus, BusError, Context, ManualClock};
use frontdesk_adapters::event_log::ReadError;
use frontdesk_domain::kernel::ids::{AppointmentId, BusinessId};
use frontdesk_domain::kernel::metadata::{Actor, ActorKind};
use frontdesk_domain::kernel::work::Command;
use frontdesk_domain::scheduling::business::{Business, BusinessProfile};
use serde::de::DeserializeOwned;

use dealer::{Dealer, Keys};
use visits::{Tally, Visits};

/// So long its history is.
pub const HISTORY_DAYS: i64 = 28;
/// How long a command may take.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    #[error("the demonstration is there already: {0}")]
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

/// What was made.
#[derive(Debug)]
pub struct Demo {
    pub dealer: Dealer,
    pub keys: Keys,
    pub tally: Tally,
    /// One that is to come, and the number of whoever has booked it.
    pub next: Option<(AppointmentId, &'static str)>,
    /// One that was moved before it took place.
    pub moved: Option<AppointmentId>,
}

/// Decides commands at times that have passed.
pub struct Stage {
    pub bus: Bus,
    clock: Arc<ManualClock>,
    tenant: BusinessId,
}

impl Stage {
    async fn run<C: Command>(&self, at: DateTime<Utc>, command: &C) -> Result<C::Output, BusError> {
        self.clock.set(at);
        Ok(self.bus.execute(&context(self.tenant), command).await?.output)
    }
}

fn context(tenant: BusinessId) -> Context {
    Context::new(tenant, Actor::new(ActorKind::Operator, "demonstration"), PATIENCE)
}

/// Makes a demonstration, where there is none. The bus is on this clock, which says what time it is.
pub async fn make(
    bus: Bus,
    clock: Arc<ManualClock>,
    progress: impl Fn(usize, usize),
) -> Result<Demo, DemoError> {
    let now = bus.clock().now();
    let tenant = match find(&bus).await? {
        Found::There(tenant) => return Err(DemoError::Exists(tenant)),
        Found::Free(tenant) => tenant,
    };
    let stage = Stage { bus, clock, tenant };
    let opened = now - TimeDelta::days(HISTORY_DAYS + 7);
    let dealer = Dealer::open(&stage, opened).await?;
    let keys = Keys::issue(&stage, now).await?;
    let mut visits = Visits::of(&dealer, now)?;
    visits.play(&stage, &progress).await?;
    visits.wait(&stage).await?;
    let (tally, next, moved) = (visits.tally(), visits.next(), visits.moved());
    Ok(Demo { dealer, keys, tally, next, moved })
}

enum Found {
    /// Where the next one goes.
    Free(BusinessId),
    There(BusinessId),
}

/// The demonstration that has not been removed, if there is one.
async fn find(bus: &Bus) -> Result<Found, ReadError> {
    let mut number = 0_u32;
    loop {
        let id = BusinessId::derived(None, &[b"demonstration", &number.to_be_bytes()]);
        match bus.current::<Business>(id).await?.registered() {
            Err(_) => return Ok(Found::Free(id)),
            Ok(business) if !is_removed(&business.profile) => return Ok(Found::There(id)),
            Ok(_) => number = number.saturating_add(1),
        }
    }
}

fn is_removed(profile: &BusinessProfile) -> bool {
    profile.name.as_str() == dealer::REMOVED
}

/// A value of the domain, as it is written.
fn read<T: DeserializeOwned>(text: &str) -> Result<T, serde_json::Error> {
    serde_json::from_value(text.into())
}
