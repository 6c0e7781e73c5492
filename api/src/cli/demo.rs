//! `frontdesk demo`: a business to try everything with.

use std::io::IsTerminal;
use std::sync::Arc;

use chrono::Utc;
use clap::{Args, Subcommand};
use frontdesk_adapters::command_bus::{ManualClock, SystemClock};
use frontdesk_application::demo::dealer::{self, Keys};
use frontdesk_application::demo::visits::{HISTORY_DAYS, Tally};
use frontdesk_application::demo::{self, Demo, removal};

use super::store::{StoreArgs, config, with_bus};
use crate::config::Source;
use crate::serve::with_store;

/// Where `simulate` looks for a server.
const USUAL_URL: &str = "http://127.0.0.1:8080";

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct DemoArgs {
    #[command(subcommand)]
    command: Option<DemoCommand>,
    /// Where Frontdesk is reached, in the commands to copy [default: where it listens]
    #[arg(long)]
    url: Option<String>,
    #[command(flatten)]
    store: StoreArgs,
}

#[derive(Debug, Subcommand)]
enum DemoCommand {
    /// Cancel its appointments to come, retire what can be booked, and make its keys worthless
    ///
    /// The log keeps what happened: the business stands in lists under another name.
    Remove {
        #[command(flatten)]
        store: StoreArgs,
    },
}

impl DemoArgs {
    pub async fn run(self) -> anyhow::Result<()> {
        let (store, removes) = match self.command {
            Some(DemoCommand::Remove { store }) => (store, true),
            None => (self.store, false),
        };
        let data_dir = store.again();
        let config = config(Source::from_environment()?, store)?;
        let url = self.url.or_else(|| config.server.public_url.clone());
        let url = url.unwrap_or_else(|| config.server.listen.url());
        with_store(&config, async |store| {
            let pool = store.database.as_application().await?.pool(2);
            if removes {
                let remove = async |bus| Ok(removal::remove(&bus, &pool).await?);
                let business = with_bus(&config, &pool, Arc::new(SystemClock), remove).await?;
                println!("{business} is removed: nothing of it can be booked, and its keys open nothing");
            } else {
                let clock = Arc::new(ManualClock::at(Utc::now()));
                let make = async |bus| Ok(demo::make(bus, clock.clone(), tell).await?);
                let demo = with_bus(&config, &pool, clock.clone(), make).await?;
                print(&demo, &url, &data_dir);
            }
            pool.close().await;
            Ok(())
        })
        .await
    }
}

/// On a terminal, how far it is.
fn tell(done: usize, of: usize) {
    if std::io::stderr().is_terminal() {
        eprint!("\r{done} of {of} changes{}", if done == of { "\r\x1b[K" } else { "" });
    }
}

/// What there is, and commands to copy. They name the server and the data directory where these are not the
/// usual ones.
fn print(demo: &Demo, url: &str, data_dir: &str) {
    let Demo { dealer, keys: Keys { api_key, channel_secret }, tally, next, moved } = demo;
    let Tally { kept, moved: come_later, cancelled, not_kept, to_come, waiting } = tally;
    let business = dealer.business;
    println!("{} is there: {business}", dealer::NAME);
    println!();
    println!("  people     Ana and Luis, and a lift");
    println!("  services   {}", dealer::SERVICES.map(|(name, ..)| name).join(", "));
    println!(
        "  history    {HISTORY_DAYS} days: {} visits, {come_later} of them moved before; {cancelled} cancelled, \
         {not_kept} not kept",
        kept + come_later
    );
    println!("  to come    {to_come} appointments; {waiting} people wait for the lift");
    println!();
    println!("Its keys, of the API and of its telephone line, which are shown only now:");
    println!();
    println!("  export KEY={api_key}");
    println!("  export CHANNEL_SECRET={channel_secret}");
    println!();
    println!("Copy those, and with Frontdesk running at {url} try:");
    let program = std::env::args().next().unwrap_or_else(|| "frontdesk".to_owned());
    let simulate = |what: &str| match url {
        USUAL_URL => format!("{program} simulate {what}"),
        _ => format!("{program} simulate {what} --url {url}"),
    };
    show(
        "Hear what is open, as a caller does",
        &simulate("tool check_availability service='Test ride' day=tomorrow"),
    );
    if let Some((appointment, number)) = next {
        show("Hear what a caller has booked", &simulate(&format!("tool find_appointments --from {number}")));
        let path = format!("{url}/api/v1/businesses/{business}/appointments/{appointment}/calendar.ics");
        show("See it in a calendar", &format!("curl -s -H \"Authorization: Bearer $KEY\" {path}"));
    }
    if let Some(appointment) = moved {
        show(
            "Read how an appointment came about that was moved",
            &format!("{program} audit history --business {business} {appointment}{data_dir}"),
        );
    }
    show("Let fifty callers want the same time", &(simulate("race --callers 50") + data_dir));
    println!("\nIt is taken back with\n\n  {program} demo remove{data_dir}");
}

fn show(what: &str, command: &str) {
    println!("\n  # {what}\n  {command}");
}
