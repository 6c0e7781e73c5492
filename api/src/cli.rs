//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use frontdesk_adapters::event_log::EventLog;
use frontdesk_adapters::event_log::appender::Appender;
use frontdesk_domain::shared::ids::{AppointmentId, BusinessId};

use crate::config::{Config, Source};
use crate::http::appointments::EventOut;
use crate::serve::{Secrets, serve, with_store};
use crate::{audit, http, simulate, telemetry};

/// The backend behind AI receptionists.
///
/// Without a command it serves. Settings come from the environment; docs/CONFIGURATION.md lists them.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: ServeArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API and run the workers.
    Serve(ServeArgs),
    /// Bring the database's schema up to date.
    Migrate(StoreArgs),
    /// Print the OpenAPI document.
    Openapi,
    /// Drive running servers as a voice platform would, and check what they did.
    Simulate(simulate::SimulateArgs),
    /// Look into the log.
    #[command(subcommand)]
    Audit(AuditCommand),
}

#[derive(Debug, Args)]
struct StoreArgs {
    /// Where the PostgreSQL of our own and the generated keys are kept [default: .frontdesk]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct ServeArgs {
    /// Address and port to serve on [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// What this process does: all, api or worker [default: all]
    #[arg(long)]
    role: Option<String>,
    #[command(flatten)]
    store: StoreArgs,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// Print every event about an appointment, one JSON object a line.
    History {
        /// The business, biz_…
        #[arg(long)]
        business: BusinessId,
        /// The appointment, apt_…
        appointment: AppointmentId,
        #[command(flatten)]
        store: StoreArgs,
    },
}

impl Cli {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        match self.command.unwrap_or(Command::Serve(self.serve)) {
            Command::Serve(args) => {
                let mut source = Source::from_environment()?;
                if let Some(listen) = args.listen {
                    source.set("listen", listen.to_string());
                    source.unset("port");
                }
                if let Some(role) = args.role {
                    source.set("role", role);
                }
                serve(config(source, args.store)?).await?;
            }
            Command::Migrate(args) => {
                let config = config(Source::from_environment()?, args)?;
                let store = crate::serve::Store::open(&config).await?;
                let migrated = store.migrate().await;
                store.close().await?;
                migrated?;
                println!("the schema is up to date");
            }
            Command::Openapi => print!("{}", http::document()),
            Command::Simulate(args) => return simulate::run(args).await,
            Command::Audit(AuditCommand::History { business, appointment, store }) => {
                history(&config(Source::from_environment()?, store)?, business, appointment).await?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn config(mut source: Source, args: StoreArgs) -> anyhow::Result<Config> {
    if let Some(data_dir) = args.data_dir {
        source.set("data_dir", data_dir.to_str().context("--data-dir must be valid UTF-8")?.to_owned());
    }
    let config = Config::load(&source)?;
    telemetry::start_logging(&config.log)?;
    Ok(config)
}

async fn history(config: &Config, business: BusinessId, appointment: AppointmentId) -> anyhow::Result<()> {
    with_store(config, async |store| {
        let database = store.database.as_application().await?;
        let (appender, _) = Appender::start(database.options().clone());
        let log = EventLog::new(database.pool(2), appender, &Secrets::load(config)?.master_key);
        let events = audit::history(&log, business, appointment).await?;
        anyhow::ensure!(!events.is_empty(), "there is no appointment {appointment} in {business}");
        for event in events {
            println!("{}", poem_openapi::types::ToJSON::to_json(&EventOut::of(event)).unwrap_or_default());
        }
        log.pool().close().await;
        Ok(())
    })
    .await
}
