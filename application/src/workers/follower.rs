//! Keeps the caches of a process behind the log: whatever the log says has changed is forgotten.
//!
//! It is no [`Reader`](frontdesk_projections::reader::Reader), since it keeps the opposite promises. A reader
//! runs once in a deployment, and what it writes moves with its checkpoint in one transaction. The follower
//! runs in every process and writes to memory. It has no checkpoint: it begins where the caches of its
//! process begin. It needs the headers of events only, so it neither decrypts nor decodes them.

use std::sync::Arc;
use std::time::Duration;

use cqrs_es::Aggregate;
use frontdesk_adapters::command_bus::Bus;
use frontdesk_adapters::event_log::ReadError;
use frontdesk_adapters::event_log::subscribe::{Header, Wakeups};
use frontdesk_adapters::postgres::pool::in_time;
use frontdesk_domain::booking::appointment::Appointment;
use frontdesk_domain::booking::waitlist_entry::WaitlistEntry;
use frontdesk_domain::kernel::chain::Chain;
use frontdesk_domain::kernel::recorded::Position;
use frontdesk_domain::people::customer::Customer;
use frontdesk_domain::scheduling::agenda_day::AgendaDay;
use frontdesk_domain::scheduling::business::Business;
use frontdesk_domain::scheduling::quota::Quota;
use frontdesk_domain::scheduling::resource::Resource;
use frontdesk_domain::scheduling::service::Service;
use tokio_util::sync::CancellationToken;

use crate::reads::cache::{Agenda, Changes, ReadCache};

/// What is written within this time is looked at together.
const PACE: Duration = Duration::from_millis(3);
const READ_MAX: Duration = Duration::from_secs(10);
const RETRY_PAUSE: Duration = Duration::from_millis(500);
/// A shared cache may hold what was written while no process followed: so far back it is gone over again.
const SHARED_BACKLOG: Position = 10_000;

pub struct Follower {
    bus: Bus,
    cache: Arc<ReadCache>,
}

impl Follower {
    /// One that begins at the head of the log, where the caches of its process begin. The shared one may hold
    /// older things.
    pub async fn start(bus: Bus, cache: Arc<ReadCache>) -> Result<Self, ReadError> {
        let head = bus.log().head().await?;
        cache.begin(head, (head - SHARED_BACKLOG).max(0));
        Ok(Self { bus, cache })
    }

    /// Tells the shared cache what it has missed: at the start, and after it did not answer for a while.
    pub async fn catch_up_shared(&self, stop: CancellationToken) {
        while let Some(after) = stop.run_until_cancelled(self.cache.shared_behind()).await {
            let told = match self.headers_after(after).await {
                Ok(headers) => match headers.last() {
                    Some(last) => self.cache.tell_shared(self.changes(&headers), last.position).await,
                    None => false,
                },
                Err(error) => {
                    tracing::warn!(error = %Chain(&error), "the log cannot be followed; trying again");
                    false
                }
            };
            if !told {
                stop.run_until_cancelled(tokio::time::sleep(RETRY_PAUSE)).await;
            }
        }
    }

    pub async fn run(&self, mut wakeups: Wakeups, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let after = self.cache.followed();
            match self.headers_after(after).await {
                Ok(headers) => match headers.last() {
                    Some(last) => {
                        self.cache.tell(self.changes(&headers), last.position).await;
                        stop.run_until_cancelled(tokio::time::sleep(PACE)).await;
                        continue;
                    }
                    None => {
                        stop.run_until_cancelled(wakeups.beyond(after)).await;
                        continue;
                    }
                },
                Err(error) => {
                    tracing::warn!(error = %Chain(&error), "the log cannot be followed; trying again");
                }
            }
            stop.run_until_cancelled(tokio::time::sleep(RETRY_PAUSE)).await;
        }
    }

    async fn headers_after(&self, after: Position) -> Result<Vec<Header>, ReadError> {
        in_time(READ_MAX, self.bus.log().headers_after(after)).await
    }

    fn changes(&self, headers: &[Header]) -> Changes {
        let mut changes = Changes::default();
        for Header { position, tenant_id, aggregate_type, aggregate_id, sequence } in headers {
            if matches!(aggregate_type.as_str(), Appointment::TYPE | Customer::TYPE | WaitlistEntry::TYPE) {
                self.cache.see(*tenant_id, *position);
            }
            let Ok(id) = aggregate_id.parse() else { continue };
            let now = self.bus.cache().forget_older(aggregate_type, id, *sequence);
            match aggregate_type.as_str() {
                AgendaDay::TYPE => {
                    let now = now.map(|now| (now.version, Agenda::from(now.state::<AgendaDay>().as_ref())));
                    self.cache.change_agenda(&mut changes, id, *sequence, now);
                }
                Quota::TYPE => {
                    let now = now.map(|now| (now.version, Agenda::from(now.state::<Quota>().as_ref())));
                    self.cache.change_agenda(&mut changes, id, *sequence, now);
                }
                Business::TYPE | Service::TYPE | Resource::TYPE => {
                    self.cache.change_directory(&mut changes, id, *sequence, now)
                }
                _ => {}
            }
            if aggregate_type == Service::TYPE && *sequence == 1 {
                self.cache.add_service(*tenant_id, *position);
            }
        }
        changes
    }
}
