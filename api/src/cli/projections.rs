//! `frontdesk projections`: the readers of the log, what they have parked, and filling read models anew.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::Subcommand;
use frontdesk_adapters::event_log::subscribe::Wakeups;
use frontdesk_adapters::supervisor::Supervisor;
use frontdesk_application::workers::log_source::LogSource;
use frontdesk_application::workers::readers::{ReaderStatus, statuses};
use frontdesk_domain::kernel::metadata::{Actor, ActorKind};
use frontdesk_projections::edition::Edition;
use frontdesk_projections::editions::{self, Asked, Change, ChangeError, NEAR};
use frontdesk_projections::group::Group;
use frontdesk_projections::page::PageRequest;
use frontdesk_projections::read_model::{Filling, ReadModel};
use frontdesk_projections::runner::Runner;
use frontdesk_projections::{parked, read_model, read_models};
use futures::future::join_all;
use sqlx::PgPool;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::print::OutputArgs;
use super::store::{StoreArgs, config, event_log};
use crate::config::{Config, Source};
use crate::http::parked_events::ParkedEventOut;
use crate::http::projections::ProjectionChangeOut;
use crate::serve::{Store, with_store};

/// Between two lines that say how far a filling has come.
const TOLD_EVERY: Duration = Duration::from_secs(2);
/// Read models that are filled at once take turns at them.
const FILLING_CONNECTIONS: u32 = 4;
const CHANGE_COLUMNS: &[&str] = &["changed_at", "name", "version", "change", "actor_kind", "actor_id"];
const PARKED_COLUMNS: &[&str] =
    &["position", "reader", "business_id", "aggregate_type", "retries", "parked_at", "error"];
const LOOKED_EVERY: Duration = Duration::from_millis(100);

#[derive(Debug, Subcommand)]
pub enum ProjectionsCommand {
    /// Print each edition of each reader: how far it has come, how far it is behind, what it has parked.
    Status {
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Bring the read models of this release to the end of the log, before it serves.
    Fill {
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Fill a next edition of a read model from the beginning of the log, while the present one serves.
    Rebuild {
        /// The read model, as `status` names it
        name: String,
        /// Have it serve as soon as it is filled
        #[arg(long)]
        switch: bool,
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Have the next edition serve that a rebuild has filled; the present one becomes the previous one.
    Switch(Named),
    /// Have the previous edition serve again.
    Rollback(Named),
    /// Give an edition up that does not serve.
    Drop {
        /// next or previous
        #[arg(long, value_parser = ["next", "previous"])]
        edition: String,
        #[command(flatten)]
        named: Named,
    },
    /// Have a read model stand still.
    Pause(Named),
    /// Have it go on.
    Resume(Named),
    /// Print what was done to read models, the newest first.
    Changes {
        /// Of one of them
        #[arg(long)]
        name: Option<String>,
        /// How many at most
        #[arg(long, default_value_t = 100)]
        limit: u16,
        #[command(flatten)]
        output: OutputArgs,
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Print the parked events, in the order of the log.
    Parked {
        /// Those of one reader
        #[arg(long)]
        reader: Option<String>,
        /// How many at most
        #[arg(long, default_value_t = 100)]
        limit: u16,
        #[command(flatten)]
        output: OutputArgs,
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Have parked events tried again by the worker.
    Retry {
        /// Those of one reader
        #[arg(long)]
        reader: Option<String>,
        /// The one at this position of the log
        #[arg(long)]
        position: Option<i64>,
        #[command(flatten)]
        store: StoreArgs,
    },
}

#[derive(Debug, clap::Args)]
pub struct Named {
    /// The read model, as `status` names it
    name: String,
    #[command(flatten)]
    store: StoreArgs,
}

impl ProjectionsCommand {
    pub async fn run(self) -> anyhow::Result<()> {
        let config = config(Source::from_environment()?, self.store().clone())?;
        with_store(&config, async |store| {
            let pool = store.database.as_application().await?.pool(FILLING_CONNECTIONS);
            match self {
                Self::Status { .. } => print(&statuses(&pool).await?),
                Self::Fill { .. } => fill_all(&config, store).await?,
                Self::Rebuild { name, switch, .. } => {
                    match change(store, &name, Change::Rebuild).await {
                        Err(error) if matches!(error.downcast_ref(), Some(ChangeError::Rebuilding(_))) => {
                            println!("{name} is being filled anew already; this goes on with it");
                        }
                        made => made?,
                    }
                    let next = Readers::of(&config, &pool, Edition::Next, vec![find(&name)?]).await?;
                    next.while_running(async {
                        next.filled().await?;
                        if switch {
                            return change(store, &name, Change::Switch).await;
                        }
                        println!("filled: `frontdesk projections switch {name}` has it serve");
                        Ok(())
                    })
                    .await?;
                }
                // Perhaps no worker runs.
                Self::Switch(Named { name, .. }) => {
                    let next = Readers::of(&config, &pool, Edition::Next, vec![find(&name)?]).await?;
                    next.while_running(change(store, &name, Change::Switch)).await?;
                }
                Self::Rollback(Named { name, .. }) => {
                    let previous = Readers::of(&config, &pool, Edition::Previous, vec![find(&name)?]).await?;
                    previous.while_running(change(store, &name, Change::Rollback)).await?;
                }
                Self::Pause(Named { name, .. }) => change(store, &name, Change::Pause).await?,
                Self::Resume(Named { name, .. }) => change(store, &name, Change::Resume).await?,
                Self::Drop { edition, named } => {
                    let dropped = if edition == "next" { Change::DropNext } else { Change::DropPrevious };
                    change(store, &named.name, dropped).await?;
                }
                Self::Changes { name, limit, output, .. } => {
                    name.as_deref().map(find).transpose()?;
                    let request = PageRequest { after: None, limit };
                    let changes = editions::changes(&pool, name.as_deref(), request).await?.items;
                    let changes: Vec<_> = changes.into_iter().map(ProjectionChangeOut::of).collect();
                    output.table(&changes, CHANGE_COLUMNS, "nothing was done to read models");
                }
                Self::Parked { reader, limit, output, .. } => {
                    let request = PageRequest { after: None, limit };
                    let parked = parked::list(&pool, reader.as_deref(), request).await?.items;
                    let parked: Vec<_> = parked.into_iter().map(ParkedEventOut::of).collect();
                    output.table(&parked, PARKED_COLUMNS, "nothing is parked");
                }
                Self::Retry { reader, position, .. } => {
                    let wanted = parked::want(&pool, reader.as_deref(), position).await?;
                    println!("{wanted} parked events are tried again as soon as a worker runs");
                }
            }
            pool.close().await;
            Ok(())
        })
        .await
    }

    fn store(&self) -> &StoreArgs {
        match self {
            Self::Switch(named) | Self::Rollback(named) | Self::Pause(named) | Self::Resume(named) => {
                &named.store
            }
            Self::Drop { named, .. } => &named.store,
            Self::Status { store }
            | Self::Fill { store }
            | Self::Rebuild { store, .. }
            | Self::Changes { store, .. }
            | Self::Parked { store, .. }
            | Self::Retry { store, .. } => store,
        }
    }
}

fn find(name: &str) -> anyhow::Result<Arc<dyn ReadModel>> {
    let names = || read_models().iter().map(|model| model.name()).collect::<Vec<_>>().join(", ");
    read_model(name).with_context(|| format!("there is no read model {name}; there are {}", names()))
}

async fn change(store: &Store, name: &str, change: Change) -> anyhow::Result<()> {
    let model = find(name)?;
    let mut owner = store.database.connect_as_owner().await?;
    let by = Actor::new(ActorKind::Operator, "command line");
    let asked = Asked { by: &by, request: None };
    let made = editions::make(&mut owner, model.as_ref(), change, asked).await?;
    println!("{}: {name}, version {}", made.change.change, made.change.version);
    Ok(())
}

/// Takes the read models of this release to the end of the log.
pub async fn fill_all(config: &Config, store: &Store) -> anyhow::Result<()> {
    let pool = store.database.as_application().await?.pool(FILLING_CONNECTIONS);
    let readers = Readers::of(config, &pool, Edition::Serving, read_models()).await?;
    readers.while_running(readers.filled()).await?;
    pool.close().await;
    println!("the read models are filled");
    Ok(())
}

/// Editions of read models that are taken to the end of the log here, or by a worker that is faster.
struct Readers<'a> {
    pool: &'a PgPool,
    edition: Edition,
    models: Vec<Arc<dyn ReadModel>>,
    group: Group,
}

impl<'a> Readers<'a> {
    async fn of(
        config: &Config,
        pool: &'a PgPool,
        edition: Edition,
        models: Vec<Arc<dyn ReadModel>>,
    ) -> anyhow::Result<Self> {
        let log = event_log(config, pool).await?;
        let wakeups = Wakeups::start(&log, &Supervisor::default());
        let source = Arc::new(LogSource { log, wakeups });
        let runner = |model: &Arc<dyn ReadModel>| {
            let filling = Filling { model: model.clone(), edition };
            Runner::new(Arc::new(filling), source.clone(), pool.clone())
        };
        let turns = Arc::new(Semaphore::new(FILLING_CONNECTIONS as usize));
        let group = Group::of(models.iter().map(runner).collect(), source.clone(), pool.clone(), turns);
        Ok(Self { pool, edition, models, group })
    }

    /// Has them run as long as something else is done.
    async fn while_running<T>(&self, work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
        let stop = CancellationToken::new();
        let alone = join_all(self.group.runners().map(|runner| runner.run(stop.clone())));
        let work = async {
            let done = work.await;
            stop.cancel();
            done
        };
        tokio::join!(work, self.group.run(stop.clone()), alone).0
    }

    /// Waits until they have come to the end of the log, and says how far they have come. What is paused is
    /// left as it is.
    async fn filled(&self) -> anyhow::Result<()> {
        let mut told = None::<Instant>;
        loop {
            let mut statuses = statuses(self.pool).await?;
            statuses.retain(|status| self.has(status));
            anyhow::ensure!(
                statuses.len() == self.models.len(),
                "an edition that was being filled was dropped meanwhile"
            );
            let (paused, running): (Vec<_>, Vec<_>) = statuses.into_iter().partition(|status| status.paused);
            let behind: Vec<_> = running.iter().filter(|status| status.behind > NEAR).collect();
            if behind.is_empty() {
                for status in paused {
                    println!("{} is paused, and left {} events behind", status.key, status.behind);
                }
                return Ok(());
            }
            if told.is_none_or(|told| told.elapsed() >= TOLD_EVERY) {
                behind.iter().for_each(|status| eprintln!("{}", progress(status)));
                told = Some(Instant::now());
            }
            tokio::time::sleep(LOOKED_EVERY).await;
        }
    }

    fn has(&self, status: &ReaderStatus) -> bool {
        let is_of =
            |model: &Arc<dyn ReadModel>| status.name == model.name() && status.version == model.version();
        status.edition == self.edition && self.models.iter().any(is_of)
    }
}

fn progress(status: &ReaderStatus) -> String {
    let whole = status.position + status.behind;
    let percent = status.position * 100 / whole.max(1);
    let left = status.time_left.map(|left| format!(", {} left", in_words(left))).unwrap_or_default();
    format!("{}: {} of {whole} events ({percent} %){left}", status.key, status.position)
}

fn print(statuses: &[ReaderStatus]) {
    println!("{:<28} {:>7} {:>12} {:>10} {:>8}  state", "reader", "version", "position", "behind", "parked");
    for status in statuses {
        let ReaderStatus { key, version, position, behind, parked, .. } = status;
        println!("{key:<28} {version:>7} {position:>12} {behind:>10} {parked:>8}  {}", state(status));
    }
}

fn state(status: &ReaderStatus) -> String {
    if !status.is_of_this_build {
        return "of another release".to_owned();
    }
    if status.paused {
        return "paused".to_owned();
    }
    if let Some(left) = status.time_left {
        return format!("filling, {} left", in_words(left));
    }
    let near = if status.behind <= NEAR { "" } else { ", behind" };
    match (status.edition, status.is_read_model) {
        (Edition::Serving, true) => format!("serving{near}"),
        (Edition::Serving, false) => format!("running{near}"),
        (Edition::Next, _) => if status.behind <= NEAR { "filled" } else { "filling" }.to_owned(),
        (Edition::Previous | Edition::Retiring, _) => format!("served before{near}"),
    }
}

fn in_words(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7_200 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3_600),
    }
}
