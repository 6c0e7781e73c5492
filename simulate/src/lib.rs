//! `frontdesk simulate`: simulated callers, who see the servers from outside.
//!
//! It drives running servers over HTTP, as the voice platform and the operator do. Then it asks the REST API
//! whether every acknowledged change is there once. It shares no type with the servers.
//!
//! * [`calls`]: people who ask, hesitate, book, reschedule, cancel and hang up, some of them with habits;
//! * [`race`]: many people who decide in the same instant;
//! * [`search`]: searches at a fixed rate, and their latency;
//! * [`tool`]: one tool call;
//! * [`promises`]: what the servers acknowledged, the journal that keeps it, and the check against the API;
//! * [`business`]: the simulated business, and the open slots of it;
//! * [`voice`]: the voice platform's side, from a phone call to its signed webhooks;
//! * [`api`] and [`http`]: the REST API as the operator uses it, over one HTTP client;
//! * [`target`]: which servers, and the key to them; [`report`]: counts, latencies and progress.

mod api;
mod business;
mod calls;
mod http;
mod promises;
mod race;
mod report;
mod search;
mod target;
mod tool;
mod voice;

use std::process::ExitCode;

use calls::CallsArgs;
use promises::verify::{self, VerifyArgs};
use race::RaceArgs;
use search::SearchArgs;
use tool::ToolArgs;

/// Play callers against running servers, and check what comes of it
#[derive(Debug, clap::Args)]
pub struct SimulateArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Many people call, book, repeat themselves, move, cancel and hang up
    ///
    /// Each run registers businesses of its own, "Simulation: calls", so that their appointments, messages and
    /// webhooks can all be counted afterwards. It ends with an error if appointments overlap, if something
    /// that was acknowledged is missing or different, if a repeated tool call did more than the first one, if
    /// somebody heard of an appointment without showing that it is theirs, or if requests failed.
    Calls(CallsArgs),
    /// Many people want to book at the same instant
    ///
    /// All want the same slot: one gets it, the others are refused and offered other slots. With --distinct
    /// each wants another time of the same day: all get theirs. With --kind they want one of a pool, crossed
    /// resources, seats of a class, or to confirm holds as they expire.
    Race(RaceArgs),
    /// Many people ask for open slots while others book, and it is measured how long they wait
    ///
    /// Sets up a business of 50 people over 60 days with four fifths of its time booked. Searches and
    /// bookings then arrive on their own clock, whatever the servers do (an open loop), and latency counts
    /// from the instant at which each was due. To measure cold searches, start the servers again and give
    /// --business.
    Search(SearchArgs),
    /// Make one tool call, and print what the caller hears
    #[command(after_help = tool::EXAMPLE)]
    Tool(ToolArgs),
    /// Check that everything in a journal is there
    ///
    /// The journal is what `simulate calls --journal` has written, also if it or the servers were killed in
    /// the middle.
    Verify(VerifyArgs),
}

/// Runs a simulation. A check that fails makes the exit code a failure. A simulation that cannot be carried
/// out is an error.
pub async fn run(args: SimulateArgs) -> anyhow::Result<ExitCode> {
    let failed = match args.what {
        What::Tool(args) => {
            tool::run(args).await?;
            vec![]
        }
        What::Calls(args) => calls::run(args).await?,
        What::Race(args) => race::run(args).await?,
        What::Search(args) => search::run(args).await?,
        What::Verify(args) => verify::run(args).await?,
    };
    for check in &failed {
        eprintln!("failed: {check}");
    }
    Ok(if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, clap::Parser)]
    struct Cli {
        #[command(flatten)]
        args: SimulateArgs,
    }

    #[test]
    fn several_servers_can_be_given_and_a_key_is_never_shown() {
        let line =
            "simulate race --callers 3 --url http://a:1 --url http://b:2 --operator-key very-secret-key";
        let cli = Cli::try_parse_from(line.split(' ')).expect("arguments");
        assert!(!format!("{cli:?}").contains("very-secret-key"));
        let What::Race(race) = cli.args.what else { panic!("another command") };
        assert_eq!(race.target.urls, ["http://a:1", "http://b:2"]);
        assert!(Cli::try_parse_from(["simulate", "race", "--callers", "0"]).is_err());
    }
}
