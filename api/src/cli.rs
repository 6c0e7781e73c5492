//! The command line.

mod demo;
mod history;
mod keys;
mod print;
mod projections;
mod store;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, CommandFactory, Parser, Subcommand};
use clap_complete::Shell;
use frontdesk_adapters::command_bus::{Clock, Context, SystemClock};
use frontdesk_adapters::jobs::{State, queue};
use frontdesk_application::reads;
use frontdesk_application::workers::jobs;
use frontdesk_domain::kernel::ids::{AppointmentId, BusinessId, JobId};
use frontdesk_domain::kernel::metadata::{Actor, ActorKind};
use frontdesk_domain::kernel::policy::Queue;
use frontdesk_domain::values::text::Note;

use crate::config::{Config, Listen, Source};
use crate::http;
use crate::http::history::EventOut;
use crate::http::jobs::JobOut;
use crate::http::queues::QueueOut;
use crate::serve::{Store, serve, with_store};
use demo::DemoArgs;
use keys::KeysCommand;
use print::{OutputArgs, print_all};
use projections::ProjectionsCommand;
use store::{StoreArgs, config, event_log, with_bus};

const JOB_COLUMNS: &[&str] = &["id", "name", "state", "due_at", "attempts", "business_id", "error"];
const QUEUE_COLUMNS: &[&str] =
    &["name", "weight", "scheduled", "due", "running", "oldest_due_at", "paused_at", "purpose"];
/// How long a command waits for the log.
const PATIENCE: Duration = Duration::from_secs(10);

const EXAMPLES: &str = "\
Examples:
  frontdesk                                     serve, with a PostgreSQL of its own in .frontdesk
  frontdesk serve --listen 127.0.0.1:9000       serve elsewhere
  frontdesk demo                                make a business to try everything with
  frontdesk jobs list --state dead              what has failed for good
  frontdesk projections status                  how far the read models are
  frontdesk audit history --business biz_… apt_…
  frontdesk simulate calls --concurrency 20 --duration 30s";
const COMPLETIONS_EXAMPLE: &str = "\
Example:
  frontdesk completions bash > /etc/bash_completion.d/frontdesk";

/// The backend behind AI receptionists.
///
/// Without a command it serves. Settings come from the environment; docs/CONFIGURATION.md lists them.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true, after_help = EXAMPLES)]
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
    /// Make a small dealer's business with a month of history, to try everything with
    ///
    /// It prints the keys of the business, and commands to copy. `frontdesk demo remove` takes it back.
    Demo(DemoArgs),
    /// Bring the database's schema up to date.
    Migrate(MigrateArgs),
    /// Print the OpenAPI document.
    Openapi,
    /// Print what completes this command line in a shell.
    #[command(after_help = COMPLETIONS_EXAMPLE)]
    Completions { shell: Shell },
    /// Drive running servers as a voice platform would, and check what they did.
    Simulate(frontdesk_simulate::SimulateArgs),
    /// Look into the log.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Look at jobs, and decide about those that have failed for good.
    #[command(subcommand)]
    Jobs(JobsCommand),
    /// Look at the readers of the log, fill read models anew, and have what is parked tried again.
    #[command(subcommand)]
    Projections(ProjectionsCommand),
    /// Look at what the master keys wrap, and change the master key.
    #[command(subcommand)]
    Keys(KeysCommand),
}

#[derive(Debug, Args)]
struct ServeArgs {
    /// Address, or a name for it, and port to serve on [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR")]
    listen: Option<Listen>,
    /// What this process does: all, api or worker [default: all]
    #[arg(long)]
    role: Option<String>,
    #[command(flatten)]
    store: StoreArgs,
}

#[derive(Debug, Args)]
struct MigrateArgs {
    /// Also fill the read models of this release, as `projections fill` does: a deployment that waits for
    /// this never serves from one that is empty
    #[arg(long)]
    fill: bool,
    #[command(flatten)]
    store: StoreArgs,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// Print every event about an appointment: when it was decided, by whom, and what stands in it.
    History {
        /// The business, biz_…
        #[arg(long)]
        business: BusinessId,
        /// The appointment, apt_…
        appointment: AppointmentId,
        #[command(flatten)]
        output: OutputArgs,
        #[command(flatten)]
        store: StoreArgs,
    },
}

#[derive(Debug, Subcommand)]
enum JobsCommand {
    /// Print what is to be done, in the order in which it is due.
    List {
        /// waiting, running or dead [default: all]
        #[arg(long, value_parser = state)]
        state: Option<State>,
        /// How many at most
        #[arg(long, default_value_t = 100)]
        limit: u32,
        #[command(flatten)]
        output: OutputArgs,
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Print one job, with the error of its last try.
    Show {
        /// The job, eff_…
        job: JobId,
        #[command(flatten)]
        output: OutputArgs,
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Let a dead job begin anew.
    Retry {
        /// The job, eff_…
        job: JobId,
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Give a dead job up. The log keeps the reason.
    Discard {
        /// The job, eff_…
        job: JobId,
        /// Why it is not to be done any more; the log keeps it in clear, so name nobody
        #[arg(long, value_parser = Note::parse)]
        reason: Note,
        #[command(flatten)]
        store: StoreArgs,
    },
    /// List the queues that jobs wait in: how many, and since when.
    Queues {
        #[command(flatten)]
        output: OutputArgs,
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Have every process take nothing from a queue; what runs is finished.
    Pause {
        /// The queue, as `frontdesk jobs queues` lists it
        #[arg(value_parser = queue_named)]
        queue: Queue,
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Have what is due in a queue run again.
    Resume {
        /// The queue
        #[arg(value_parser = queue_named)]
        queue: Queue,
        #[command(flatten)]
        store: StoreArgs,
    },
}

fn queue_named(text: &str) -> Result<Queue, String> {
    Queue::named(text).ok_or_else(|| format!("it must be one of {}", Queue::ALL.map(Queue::name).join(", ")))
}

fn state(text: &str) -> Result<State, String> {
    let found = [State::Waiting, State::Running, State::Dead].into_iter().find(|state| state.name() == text);
    found.ok_or_else(|| "it must be waiting, running or dead".into())
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
                let config = config(Source::from_environment()?, args.store)?;
                let store = Store::open(&config).await?;
                let migrated = migrate(&config, &store, args.fill).await;
                store.close().await?;
                migrated?;
            }
            Command::Demo(args) => args.run().await?,
            Command::Completions { shell } => {
                let mut script = Vec::new();
                clap_complete::generate(shell, &mut Self::command(), "frontdesk", &mut script);
                print_all(&script)?;
            }
            Command::Openapi => print_all(http::document().as_bytes())?,
            Command::Simulate(args) => return frontdesk_simulate::run(args).await,
            Command::Audit(AuditCommand::History { business, appointment, output, store }) => {
                history(&config(Source::from_environment()?, store)?, business, appointment, output).await?;
            }
            Command::Jobs(command) => command.run().await?,
            Command::Projections(command) => command.run().await?,
            Command::Keys(command) => command.run().await?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl JobsCommand {
    async fn run(self) -> anyhow::Result<()> {
        let (Self::List { store, .. }
        | Self::Show { store, .. }
        | Self::Retry { store, .. }
        | Self::Discard { store, .. }
        | Self::Queues { store, .. }
        | Self::Pause { store, .. }
        | Self::Resume { store, .. }) = &self;
        let config = config(Source::from_environment()?, store.clone())?;
        with_store(&config, async |store| {
            let pool = store.database.as_application().await?.pool(2);
            match self {
                Self::List { state, limit, output, .. } => {
                    let jobs = queue::list(&pool, state, None, limit.into()).await?;
                    let jobs: Vec<_> = jobs.into_iter().map(JobOut::of).collect();
                    output.table(&jobs, JOB_COLUMNS, "there are no such jobs");
                }
                Self::Show { job, output, .. } => output.record(&JobOut::of(jobs::find(&pool, job).await?)),
                Self::Retry { job, .. } => {
                    jobs::retry(&pool, job, SystemClock.now()).await?;
                    println!("{job} is run again");
                }
                Self::Discard { job, reason, .. } => {
                    let context = |tenant| {
                        Context::new(tenant, Actor::new(ActorKind::Operator, "command line"), PATIENCE)
                    };
                    with_bus(&config, &pool, Arc::new(SystemClock), async |bus| {
                        Ok(jobs::discard(&bus, &pool, job, reason, context).await?)
                    })
                    .await?;
                    println!("{job} is discarded");
                }
                Self::Queues { output, .. } => {
                    let queues = queue::queues(&pool, SystemClock.now()).await?;
                    let queues: Vec<_> = queues.into_iter().filter_map(QueueOut::of).collect();
                    output.table(&queues, QUEUE_COLUMNS, "there are no queues");
                }
                Self::Pause { queue, .. } => {
                    queue::pause(&pool, queue, "command line").await?;
                    println!("nothing is taken from {} any more", queue.name());
                }
                Self::Resume { queue, .. } => {
                    queue::resume(&pool, queue).await?;
                    println!("what is due in {} is run", queue.name());
                }
            }
            pool.close().await;
            Ok(())
        })
        .await
    }
}

async fn migrate(config: &Config, store: &Store, fill: bool) -> anyhow::Result<()> {
    store.migrate().await?;
    println!("the schema is up to date");
    if fill { projections::fill_all(config, store).await } else { Ok(()) }
}

async fn history(
    config: &Config,
    business: BusinessId,
    appointment: AppointmentId,
    output: OutputArgs,
) -> anyhow::Result<()> {
    with_store(config, async |store| {
        let log = event_log(config, &store.database.as_application().await?.pool(2)).await?;
        let events = reads::history::history(&log, business, appointment).await?;
        anyhow::ensure!(!events.is_empty(), "there is no appointment {appointment} in {business}");
        match output.is_json() {
            true => output.table(&events.into_iter().map(EventOut::of).collect::<Vec<_>>(), &[], ""),
            false => print!("{}", history::told(&events)),
        }
        log.pool().close().await;
        Ok(())
    })
    .await
}
