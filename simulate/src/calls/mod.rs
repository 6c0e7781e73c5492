//! `simulate calls`: many people, each with a wish of their own.
//!
//! * [`business`]: a business that they call; [`reception`]: where they reach it, and what it promised them;
//! * [`caller`]: one of them on the phone; [`names`]: what they are called; [`caller_id`]: what the network
//!   shows of them; [`pace`]: how fast they talk;
//! * [`story`]: what they want, from greeting to hanging up; [`requests`] and [`lookup`]: how they ask for
//!   it; [`habits`]: what some of them do besides;
//! * [`phones`]: who calls when; [`summary`]: what came of it.

mod business;
mod caller;
mod caller_id;
mod habits;
mod lookup;
mod names;
mod pace;
mod phones;
mod reception;
mod requests;
mod story;
mod summary;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::report::tally::Tally;
use crate::target::Target;
use crate::voice::platform::Servers;
use pace::Pace;
use phones::{Phones, Traffic};
use reception::Shared;
use summary::{Played, Summary};

#[derive(Debug, clap::Args)]
pub struct CallsArgs {
    #[command(flatten)]
    target: Target,
    /// How many calls are going on at the same time
    #[arg(
        long,
        value_name = "N",
        default_value_t = 50,
        value_parser = clap::value_parser!(u32).range(1..=10_000)
    )]
    concurrency: u32,
    /// How many businesses they call, in turn; each is registered first, with its resources
    #[arg(
        long,
        value_name = "N",
        default_value_t = 1,
        value_parser = clap::value_parser!(u32).range(1..=1_000)
    )]
    businesses: u32,
    /// How fast they talk
    #[arg(long, value_enum, default_value_t = Pace::Quick)]
    pace: Pace,
    /// Callers have habits: some repeat themselves under other tool-call ids, withhold their numbers, share a
    /// telephone with their family, or change their minds; what they are told of appointments is checked, too
    #[arg(long)]
    habits: bool,
    /// How long callers keep arriving; those in a call then finish it
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = parse_duration)]
    duration: Duration,
    /// Write down each acknowledgement in this file as it comes, for `simulate verify`
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// End with one line of JSON on stdout
    #[arg(long)]
    json: bool,
}

/// Returns the checks that failed.
pub async fn run(args: CallsArgs) -> anyhow::Result<Vec<String>> {
    let api = args.target.api()?;
    let servers = Servers::new(&args.target.urls)?;
    let tally = Arc::new(Tally::default());
    let shared = Shared { api: &api, servers: &servers, tally: &tally, journal: args.journal.as_deref() };
    let receptions: Arc<[_]> = shared.open(args.businesses).await?.into();
    let begun = Instant::now();
    let CallsArgs { concurrency, duration, pace, habits, .. } = args;
    let traffic = Traffic { concurrency, duration, pace, habits };
    Phones::open(traffic, &receptions).until_all_hang_up(&tally).await;
    let took = begun.elapsed();
    let verdict = shared.close(&receptions).await?;
    let played = habits.then(|| Played::of(&tally));
    let summary = Summary::of(&tally, servers.retries(), &verdict, took, played);
    crate::report::summary::print(&summary, args.json)?;
    Ok(summary.failed(&tally, &verdict))
}

/// Reads `60s`, `60`, `2m` or `1h`.
fn parse_duration(text: &str) -> Result<Duration, String> {
    let bad = || "it should be like 60s, 60 or 2m, and at most 24h".to_owned();
    let (number, unit) = match text.strip_suffix(['s', 'm', 'h']) {
        Some(number) => (number, &text[number.len()..]),
        None => (text, "s"),
    };
    let seconds = number.parse::<u64>().ok().and_then(|number| {
        number.checked_mul(match unit {
            "h" => 3_600,
            "m" => 60,
            _ => 1,
        })
    });
    match seconds {
        Some(seconds @ 1..=86_400) => Ok(Duration::from_secs(seconds)),
        _ => Err(bad()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        for (text, seconds) in [("60s", 60), ("60", 60), ("2m", 120), ("1h", 3_600), ("24h", 86_400)] {
            assert_eq!(parse_duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "s", "0", "-1", "1.5m", "25h", "60 s", "1d", "18446744073709551615h"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }
}
