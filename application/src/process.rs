//! A running process: the log, the bus, the caches, and the workers that go with its role.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use frontdesk_adapters::cache::Cache;
use frontdesk_adapters::command_bus::{Bus, Clock};
use frontdesk_adapters::crypto::MasterKeys;
use frontdesk_adapters::event_log::EventLog;
use frontdesk_adapters::event_log::appender::Appender;
use frontdesk_adapters::event_log::subscribe::Wakeups;
use frontdesk_adapters::jobs::{self, Worker};
use frontdesk_adapters::master_keys::{self, DeploymentKeys};
use frontdesk_adapters::postgres::pool::Database;
use frontdesk_adapters::supervisor::Supervisor;
use frontdesk_projections::group::Group;
use frontdesk_projections::parked;
use frontdesk_projections::reader::Reader;
use frontdesk_projections::runner::Runner;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use crate::app::{App, AppParts};
use crate::reads::cache::ReadCache;
use crate::workers::editions::{EDITIONS, Editions};
use crate::workers::follower::Follower;
use crate::workers::jobs::{crons, handlers};
use crate::workers::log_source::LogSource;
use crate::workers::readers::{begin_at_the_head, readers};

/// The readers' connections come beside those of requests, so that neither can starve the other.
const WORKER_CONNECTIONS: u32 = 10;
/// Of the readers of the log.
const TURNS_AT_ONCE: usize = 2;
/// The task that runs those of them that are at the same place.
const GROUP: &str = "readers";

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    All,
    Api,
    Worker,
}

impl Role {
    pub fn serves(self) -> bool {
        self != Self::Worker
    }

    pub fn works(self) -> bool {
        self != Self::Api
    }
}

/// What a process is made of.
pub struct Parts<'a> {
    /// As the application's role.
    pub database: &'a Database,
    pub connections: u32,
    /// Redis, if there is one.
    pub shared_cache: Option<Arc<dyn Cache>>,
    pub master_keys: &'a MasterKeys,
    pub operator_key: Option<&'a str>,
    pub clock: Arc<dyn Clock>,
    pub public_url: String,
    pub role: Role,
    pub jobs: jobs::Settings,
}

pub struct Process {
    pub app: App,
    appender: JoinHandle<()>,
}

impl Process {
    pub async fn start(parts: Parts<'_>) -> anyhow::Result<Self> {
        let pool = parts.database.pool(parts.connections);
        let DeploymentKeys { wrapping, secrets } = master_keys::open(&pool, parts.master_keys).await?;
        let (appender, appender_task) = Appender::start(parts.database.options().clone());
        let log = EventLog::new(pool.clone(), appender, wrapping);
        let epoch = log.epoch().await?;
        let bus = Bus::new(log, &secrets, parts.clock.clone());
        let supervisor = Supervisor::default();

        let worker_pool = parts.database.pool(WORKER_CONNECTIONS);
        let wakeups = Wakeups::start(bus.log(), &supervisor);
        let cache = Arc::new(ReadCache::new(pool.clone(), parts.shared_cache));
        let follower = Arc::new(Follower::start(bus.clone(), cache.clone()).await?);
        if cache.is_shared() {
            supervisor.run("shared-cache", follower.clone(), |follower, stop| async move {
                follower.catch_up_shared(stop).await
            });
        }
        supervisor.run("follower", (follower, wakeups.clone()), |(follower, wakeups), stop| async move {
            follower.run(wakeups, stop).await
        });

        let mut reached = HashMap::new();
        if parts.role.works() {
            let readers = readers(&bus);
            begin_at_the_head(bus.log(), &readers)
                .await
                .context("the readers of the log cannot be started")?;
            // What the release before could not read, this one may.
            parked::want(&worker_pool, None, None).await.context("parked events cannot be tried again")?;
            let source = Arc::new(LogSource { log: bus.log().clone(), wakeups });
            let turns = Arc::new(Semaphore::new(TURNS_AT_ONCE));
            let runner = |reader: Arc<dyn Reader>| {
                let (name, noted) = (reader.name(), supervisor.clone());
                Runner::new(reader, source.clone(), worker_pool.clone())
                    .of_build(crate::BUILD)
                    .taking_turns(turns.clone())
                    .telling(move |reason| noted.note(name, reason))
            };
            let (sharing, alone): (Vec<_>, Vec<_>) =
                readers.into_iter().partition(|reader| reader.pace().shares_turns);
            let sharing = sharing.into_iter().map(runner).collect();
            let noted = supervisor.clone();
            let group = Group::of(sharing, source.clone(), worker_pool.clone(), turns.clone())
                .telling(move |reason| noted.note(GROUP, reason));
            let group = Arc::new(group);
            let alone = alone.into_iter().map(|reader| Arc::new(runner(reader)));
            for runner in group.runners().cloned().chain(alone) {
                reached.insert(runner.name(), runner.reached());
                supervisor.run(runner.name(), runner, |runner, stop| async move { runner.run(stop).await });
            }
            supervisor.run(GROUP, group, |group, stop| async move { group.run(stop).await });
            let editions = Editions { source, pool: worker_pool.clone(), supervisor: supervisor.clone() };
            supervisor.run(EDITIONS, editions, |editions, stop| editions.run(stop));
            let worker = Worker::new(
                worker_pool.clone(),
                parts.clock,
                handlers(&bus, &worker_pool),
                crons()?,
                parts.jobs,
            );
            supervisor.run("jobs", Arc::new(worker), |worker, stop| async move { worker.run(stop).await });
        }
        let app = App::new(AppParts {
            database: parts.database.clone(),
            bus,
            pool,
            cache,
            secrets: &secrets,
            operator_key: parts.operator_key,
            epoch,
            public_url: parts.public_url,
            reached,
            supervisor,
        });
        Ok(Self { app, appender: appender_task })
    }

    /// Stops the workers and writes what is queued.
    pub async fn stop(self) {
        self.app.supervisor.stop().await;
        drop(self.app);
        // The appender ends when the last handle to it is gone; whatever still holds one is abandoned.
        let _ = tokio::time::timeout(Duration::from_secs(5), self.appender).await;
    }
}
