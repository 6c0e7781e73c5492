//! `frontdesk keys`: what the master keys wrap, and the change from one to the next.

use clap::Subcommand;
use frontdesk_adapters::crypto::MasterKeys;
use frontdesk_adapters::master_keys;
use frontdesk_adapters::master_keys::rotation::{self, Status};
use sqlx::PgPool;

use super::store::{StoreArgs, config};
use crate::config::Source;
use crate::secrets::Secrets;
use crate::serve::with_store;

#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Print how many keys each master key wraps.
    Status {
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Wrap every key by FRONTDESK_MASTER_KEY, while Frontdesk serves. docs/CONFIGURATION.md says in which
    /// order a master key is changed.
    Rotate {
        #[command(flatten)]
        store: StoreArgs,
    },
}

impl KeysCommand {
    pub async fn run(self) -> anyhow::Result<()> {
        let (Self::Status { store } | Self::Rotate { store }) = &self;
        let config = config(Source::from_environment()?, store.clone())?;
        with_store(&config, async |store| {
            let masters = Secrets::load(&config)?.master_keys;
            // As the owner: the application may not change a wrapped key.
            let pool = store.database.pool(2);
            match self {
                Self::Status { .. } => print(&masters, &rotation::status(&pool, &masters).await?),
                Self::Rotate { .. } => rotate(&pool, &masters).await?,
            }
            pool.close().await;
            Ok(())
        })
        .await
    }
}

async fn rotate(pool: &PgPool, masters: &MasterKeys) -> anyhow::Result<()> {
    // Also the first time: with wrong keys nothing begins.
    master_keys::open(pool, masters).await?;
    let current = masters.current.id();
    let left = rotation::status(pool, masters).await?.left(current);
    rotation::rotate(pool, masters, |done| println!("{done} of {left} keys are wrapped anew")).await?;
    let status = rotation::status(pool, masters).await?;
    print(masters, &status);
    anyhow::ensure!(
        status.left(current) == 0,
        "not everything is wrapped by {current}: a process that still wraps with another master key has made \
         keys meanwhile; restart it with the new FRONTDESK_MASTER_KEY, and run this again"
    );
    println!("everything is wrapped by {current}");
    Ok(())
}

fn print(masters: &MasterKeys, status: &Status) {
    let current = masters.current.id();
    println!("{:<24} {:>12}", "master key", "wraps");
    for (id, count) in &status.by_master {
        let name = if *id == current { format!("{id} (current)") } else { id.to_string() };
        println!("{name:<24} {count:>12}");
    }
    for (name, count) in [("one of them, not noted", status.unnamed), ("none of them", status.foreign)] {
        if count > 0 {
            println!("{name:<24} {count:>12}");
        }
    }
}
