//! `frontdesk serve`: from a configuration to a running server, and back.

use std::sync::Arc;

use anyhow::{Context, bail};
use frontdesk_adapters::cache::{CALL_TIMEOUT, Cache, RedisCache};
use frontdesk_adapters::command_bus::SystemClock;
use frontdesk_adapters::postgres::embedded::Embedded;
use frontdesk_adapters::postgres::pool::Database;
use frontdesk_application::process::{Parts, Process};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::config::{Config, Listen};
use crate::http::body;
use crate::secrets::Secrets;
use crate::{connections, http, telemetry};

/// The database of a configuration, and its server where that is ours.
pub struct Store {
    pub database: Database,
    embedded: Option<Embedded>,
}

impl Store {
    pub async fn open(config: &Config) -> anyhow::Result<Self> {
        match &config.database.url {
            Some(url) => {
                let database = Database::at(url)?;
                database.reached().await?;
                Ok(Self { database, embedded: None })
            }
            None => {
                let (embedded, database) = Embedded::start(&config.database.data_dir).await?;
                Ok(Self { database, embedded: Some(embedded) })
            }
        }
    }

    /// Brings the schema up to date: the log's tables, then those of the read models.
    pub async fn migrate(&self) -> anyhow::Result<()> {
        self.database.migrate().await?;
        let mut connection = self.database.connect_as_owner().await?;
        frontdesk_projections::tables::migrate(&mut connection)
            .await
            .context("the read models' tables cannot be made")
    }

    /// Refuses to go on where the schema is older than this build.
    async fn check_migrated(&self) -> anyhow::Result<()> {
        self.database.check_migrated().await?;
        let mut connection = self.database.connect_as_owner().await?;
        let missing = frontdesk_projections::tables::missing(&mut connection)
            .await
            .context("the checkpoints of the read models cannot be read")?;
        if !missing.is_empty() {
            bail!(
                "read models of this build have no tables yet ({}): run `frontdesk migrate`",
                missing.join(", ")
            );
        }
        Ok(())
    }

    /// Keeps our own server running, as long as a process does.
    fn watch(&self, process: &Process) {
        if let Some(embedded) = &self.embedded {
            embedded.watch(&process.app.supervisor);
        }
    }

    pub async fn close(self) -> anyhow::Result<()> {
        match self.embedded {
            Some(embedded) => embedded.stop().await.context("the embedded PostgreSQL did not stop"),
            None => Ok(()),
        }
    }
}

pub async fn serve(config: Config) -> anyhow::Result<()> {
    let stop = stop_signal()?;
    // First of all: if somebody else has the address, nothing else should begin.
    let listener =
        if config.server.role.serves() {
            let listen = &config.server.listen;
            let listener = TcpListener::bind((listen.host.as_str(), listen.port)).await;
            Some(listener.with_context(|| {
                format!("cannot listen on {listen}; choose another address with --listen")
            })?)
        } else {
            None
        };
    if !config.database.migrate {
        must_be_there(&config)?;
    }
    let metrics = telemetry::start_metrics();
    let store = tokio::select! {
        store = Store::open(&config) => store?,
        // One that is waited for need not come. One of our own is started to the end, and then stopped.
        () = stop.cancelled(), if config.database.url.is_some() => return Ok(()),
    };
    let served = run(&config, &store, listener, metrics, stop).await;
    let closed = store.close().await;
    served.and(closed)
}

async fn run(
    config: &Config,
    store: &Store,
    listener: Option<TcpListener>,
    metrics: metrics_exporter_prometheus::PrometheusHandle,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    if config.database.migrate {
        store.migrate().await?;
    } else {
        store.check_migrated().await?;
    }
    let secrets = Secrets::load(config)?;
    let database = store.database.as_application().await?;
    let shared_cache = match &config.database.redis_url {
        Some(url) => Some(Arc::new(RedisCache::connect(url, CALL_TIMEOUT)?) as Arc<dyn Cache>),
        None => None,
    };
    let listen = match &listener {
        // Port 0 is any that is free.
        Some(listener) => Listen { port: listener.local_addr()?.port(), ..config.server.listen.clone() },
        None => config.server.listen.clone(),
    };
    let public_url = config.server.public_url.clone().unwrap_or_else(|| listen.url());
    let process = Process::start(Parts {
        database: &database,
        connections: config.database.connections,
        shared_cache,
        master_keys: &secrets.master_keys,
        operator_key: secrets.operator_key.as_deref(),
        clock: Arc::new(SystemClock),
        public_url: public_url.clone(),
        role: config.server.role,
        jobs: config.jobs,
    })
    .await?;
    store.watch(&process);
    match listener {
        Some(listener) => {
            welcome(config, &public_url, &secrets);
            let origins = config.server.origins.clone();
            let routes = http::routes(process.app.clone(), metrics, body::Limits::default(), origins);
            let limits = connections::Limits::default();
            connections::serve(listener, routes, limits, stop, config.server.shutdown).await;
        }
        None => {
            tracing::info!("working: read models, policies, jobs and webhooks");
            stop.cancelled().await;
        }
    }
    tracing::info!("stopping");
    process.stop().await;
    Ok(())
}

/// Cancelled at the first SIGTERM or SIGINT. A second one is as hard as ever.
fn stop_signal() -> anyhow::Result<CancellationToken> {
    use tokio::signal::unix::{SignalKind, signal};

    let stop = CancellationToken::new();
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let stopping = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        stopping.cancel();
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        std::process::exit(130);
    });
    Ok(stop)
}

/// Where things are, for whoever has just started it. Where programs read the log, it is a line of that, and
/// a generated key stands in its file only.
fn welcome(config: &Config, url: &str, secrets: &Secrets) {
    if telemetry::is_json() {
        tracing::info!(url, "serving");
        return;
    }
    let home = config.database.data_dir.display();
    println!("Frontdesk is at {url}; its API is documented at {url}/docs");
    match &secrets.operator_key {
        Some(key) if secrets.is_new => println!(
            "\nEverything is kept in {home}. The operator's key was made just now and stands in {home}/operator-key:\n\n    {key}\n\n\
             To make the first booking, follow the tour in README.md, or let simulated callers do it:\n\n    \
             frontdesk simulate race --callers 20 --url {url}\n"
        ),
        Some(_) if config.security.operator_key.is_some() => {}
        Some(_) => println!("The operator's key stands in {home}/operator-key"),
        None => println!("There is no operator's key: set FRONTDESK_OPERATOR_KEY to make the first business"),
    }
}

/// Refuses to make a deployment where there is none.
fn must_be_there(config: &Config) -> anyhow::Result<()> {
    let home = &config.database.data_dir;
    if config.database.url.is_none() && !Embedded::is_known(home) {
        bail!(
            "there is no deployment in {}; start `frontdesk`, which makes one, mount its volume, name its data \
             directory with --data-dir, or set DATABASE_URL",
            home.display()
        );
    }
    Ok(())
}

/// What the tools of a command line need: the database, for the time that they run.
pub async fn with_store<T>(
    config: &Config,
    work: impl AsyncFnOnce(&Store) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    must_be_there(config)?;
    let store = Store::open(config).await?;
    let done = work(&store).await;
    store.close().await?;
    done
}
