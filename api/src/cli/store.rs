//! Where a command of the command line finds the database and the keys.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;

use crate::config::{Config, Source};
use crate::telemetry;

#[derive(Debug, Clone, Args)]
pub struct StoreArgs {
    /// Where the PostgreSQL of our own and the generated keys are kept [default: .frontdesk]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
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
