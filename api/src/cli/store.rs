//! Where a command of the command line finds the database and the keys.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use frontdesk_adapters::command_bus::{Bus, Clock};
use frontdesk_adapters::crypto::DeploymentSecrets;
use frontdesk_adapters::event_log::EventLog;
use frontdesk_adapters::event_log::appender::Appender;
use frontdesk_adapters::master_keys::{self, DeploymentKeys};
use sqlx::PgPool;
use tokio::task::JoinHandle;

use crate::config::{Config, Source};
use crate::secrets::Secrets;
use crate::telemetry;

#[derive(Debug, Clone, Args)]
pub struct StoreArgs {
    /// Where the PostgreSQL of our own and the generated keys are kept [default: .frontdesk]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

impl StoreArgs {
    /// The same, for another command to copy.
    pub fn again(&self) -> String {
        let quoted = |dir: &PathBuf| dir.display().to_string().replace('\'', "'\\''");
        self.data_dir.as_ref().map(|dir| format!(" --data-dir '{}'", quoted(dir))).unwrap_or_default()
    }
}

/// The log, to be read by a command.
pub async fn event_log(config: &Config, pool: &PgPool) -> anyhow::Result<EventLog> {
    let (log, ..) = open(config, pool).await?;
    Ok(log)
}

/// The bus, for a command that changes something. It is by this clock.
pub async fn with_bus<T>(
    config: &Config,
    pool: &PgPool,
    clock: Arc<dyn Clock>,
    work: impl AsyncFnOnce(Bus) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let (log, secrets, appending) = open(config, pool).await?;
    let done = work(Bus::new(log, &secrets, clock)).await;
    appending.await?;
    done
}

async fn open(
    config: &Config,
    pool: &PgPool,
) -> anyhow::Result<(EventLog, DeploymentSecrets, JoinHandle<()>)> {
    let masters = Secrets::load(config)?.master_keys;
    let DeploymentKeys { wrapping, secrets } = master_keys::open(pool, &masters).await?;
    let (appender, appending) = Appender::start(pool.connect_options().as_ref().clone());
    Ok((EventLog::new(pool.clone(), appender, wrapping), secrets, appending))
}

/// The configuration of a command, and what it logs from now on.
pub fn config(mut source: Source, args: StoreArgs) -> anyhow::Result<Config> {
    if let Some(data_dir) = args.data_dir {
        source.set("data_dir", data_dir.to_str().context("--data-dir must be valid UTF-8")?.to_owned());
    }
    let config = Config::load(&source)?;
    telemetry::start_logging(&config.log)?;
    Ok(config)
}
