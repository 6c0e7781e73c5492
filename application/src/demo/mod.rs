//! A demonstration: a small dealer's business with a month of history.
//!
//! * [`dealer`]: the business, its people, its services and its keys;
//! * [`visits`]: who came in the last four weeks, who is to come, and what became of each visit;
//! * [`removal`]: taking it back;
//! * [`stage`]: commands at times that have passed.
//!
//! It is made by the commands that everybody uses. They are decided on a clock that goes through those weeks
//! (`decided_at` of each event). When they were recorded (`recorded_at`) the database says: today.

pub mod dealer;
pub mod removal;
mod stage;
pub mod visits;

use std::sync::Arc;

use chrono::TimeDelta;
use frontdesk_adapters::command_bus::{Bus, ManualClock};
use frontdesk_adapters::event_log::ReadError;
use frontdesk_domain::kernel::ids::{AppointmentId, BusinessId};
use frontdesk_domain::scheduling::business::{Business, BusinessProfile};

use dealer::{Dealer, Keys};
pub use stage::DemoError;
use stage::Stage;
use visits::{HISTORY_DAYS, Tally, Visits};

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
