//! What one process has: its own connections, appender, keys, cache and queues, over a database that others
//! use, too.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use frontdesk_adapters::command_bus::{Bus, Context, ManualClock};
use frontdesk_adapters::crypto::{DeploymentSecrets, MasterKey, WrappingKeys};
use frontdesk_adapters::event_log::EventLog;
use frontdesk_adapters::event_log::appender::Appender;
use frontdesk_domain::kernel::ids::BusinessId;
use frontdesk_domain::kernel::metadata::{Actor, ActorKind};
use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;

use super::SOME_TIME;
use super::database::TestDatabase;

/// A Monday morning.
pub fn morning() -> DateTime<Utc> {
    "2026-11-23T08:00:00Z".parse().expect("an instant")
}

#[derive(Debug, Clone)]
pub struct Process {
    pub log: EventLog,
    pub bus: Bus,
    /// It stands at [`morning`] until it is set.
    pub clock: Arc<ManualClock>,
    pub pool: PgPool,
}

impl Process {
    pub fn start(database: &TestDatabase, master: &MasterKey) -> Self {
        Self::start_with(database, master, database.database.options().clone())
    }

    /// A process whose appender goes another way to the database.
    pub fn start_with(database: &TestDatabase, master: &MasterKey, appending: PgConnectOptions) -> Self {
        let pool = database.pool.clone();
        let (appender, _) = Appender::start(appending);
        let log = EventLog::new(pool.clone(), appender, WrappingKeys::of(&master.clone().into()));
        let clock = Arc::new(ManualClock::at(morning()));
        let bus = Bus::new(log.clone(), &DeploymentSecrets::first(master), clock.clone());
        Self { bus, log, clock, pool }
    }

    pub fn appender(&self) -> &Appender {
        self.log.appender()
    }
}

/// Staff of a business.
pub fn context(tenant: BusinessId) -> Context {
    Context::new(tenant, Actor::new(ActorKind::Staff, "key_test"), SOME_TIME)
}
