//! Where a command of the command line finds the database and the keys.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use frontdesk_adapters::event_log::EventLog;
use frontdesk_adapters::event_log::appender::Appender;
use frontdesk_adapters::master_keys;
use sqlx::PgPool;

use crate::config::{Config, Source};
use crate::secrets::Secrets;
use crate::telemetry;

#[derive(Debug, Clone, Args)]
pub struct StoreArgs {
    /// Where the PostgreSQL of our own and the generated keys are kept [default: .frontdesk]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

/// The log, to be read by a command.
pub async fn event_log(config: &Config, pool: &PgPool) -> anyhow::Result<EventLog> {
    let keys = master_keys::open(pool, &Secrets::load(config)?.master_keys).await?;
    let (appender, _) = Appender::start(pool.connect_options().as_ref().clone());
    Ok(EventLog::new(pool.clone(), appender, keys.wrapping))
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
