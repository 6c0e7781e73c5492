//! `simulate search`: searches at a fixed rate, beside bookings that change what is searched.
//!
//! It is an open loop. A search is sent when it is due, whether or not others have been answered, and its
//! latency counts from that instant. So a server that stops for a second is charged with all searches of that
//! second.
//!
//! * [`business`]: the business that is searched; [`arrivals`]: when somebody comes; [`load`]: searches and
//!   bookings at the same time; [`summary`]: what came of them.

mod arrivals;
mod business;
mod load;
mod summary;

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::ensure;
use chrono::TimeDelta;

use crate::api::Api;
use crate::report::tally::{Tally, get};
use crate::target::Target;
use business::{Business, Filled};
use load::Load;
use summary::{FIRST, Summary};

#[derive(Debug, clap::Args)]
pub struct SearchArgs {
    #[command(flatten)]
    target: Target,
    /// Searches a second
    #[arg(
        long,
        value_name = "N",
        default_value_t = 500,
        value_parser = clap::value_parser!(u32).range(1..=20_000)
    )]
    rate: u32,
    /// Bookings a second beside them, each of another slot
    #[arg(
        long,
        value_name = "N",
        default_value_t = 50,
        value_parser = clap::value_parser!(u32).range(0..=1_000)
    )]
    bookings: u32,
    /// How long
    #[arg(
        long,
        value_name = "N",
        default_value_t = 30,
        value_parser = clap::value_parser!(u32).range(1..=3_600)
    )]
    seconds: u32,
    /// How many people the service has, any of whom will do
    #[arg(
        long,
        value_name = "N",
        default_value_t = 50,
        value_parser = clap::value_parser!(u32).range(1..=100)
    )]
    resources: u32,
    /// How many days ahead it can be booked
    #[arg(
        long,
        value_name = "N",
        default_value_t = 60,
        value_parser = clap::value_parser!(u32).range(1..=60)
    )]
    days: u32,
    /// How many of a hundred slots are booked beforehand
    #[arg(
        long,
        value_name = "PERCENT",
        default_value_t = 80,
        value_parser = clap::value_parser!(u32).range(0..=95)
    )]
    full: u32,
    /// Search a business that an earlier run has set up; if the servers were started since, its first
    /// searches are cold
    #[arg(long, value_name = "BIZ")]
    business: Option<String>,
    /// End with an error if the 99th percentile of the searches under load is higher
    #[arg(long, value_name = "MS")]
    p99_ms: Option<f64>,
    /// End with one line of JSON on stdout
    #[arg(long)]
    json: bool,
}

/// Returns the checks that failed.
pub async fn run(args: SearchArgs) -> anyhow::Result<Vec<String>> {
    let api = Arc::new(args.target.api()?);
    let tally = Arc::new(Tally::default());
    let (business, filled) = match &args.business {
        Some(id) => {
            let business = Business::find(&api, id, args.days).await?;
            first_touch(&api, &business, &tally).await;
            let spare = business.all_slots(&api).await?;
            (business, Filled { booked: 0, spare })
        }
        None => {
            let business = Business::register(&api, args.resources as usize, args.days).await?;
            let filled = business.fill(&api, args.full, &tally).await?;
            first_touch(&api, &business, &tally).await;
            (business, filled)
        }
    };
    let Filled { booked: filled, spare } = filled;
    let needed = args.bookings as usize * args.seconds as usize;
    ensure!(spare.len() >= needed, "{} slots are open, and {needed} would be booked", spare.len());
    let business = Arc::new(business);
    let load = Load {
        api: &api,
        business: &business,
        tally: &tally,
        searches_per_second: args.rate,
        bookings_per_second: args.bookings,
        lasts: Duration::from_secs(args.seconds.into()),
    };
    load.run(spare).await;
    let summary = Summary {
        business: business.id.clone(),
        resources: business.resources.len(),
        days: args.days,
        filled,
        searches_per_second: args.rate,
        bookings_per_second: args.bookings,
        seconds: args.seconds,
        booked: get(&tally.booked),
        errors: get(&tally.errors),
        latency_ms: tally.latencies(),
    };
    crate::report::summary::print(&summary, args.json)?;
    let mut failed = summary.failed(args.p99_ms);
    if summary.errors > 0 {
        failed.extend(tally.complaints());
    }
    Ok(failed)
}

/// Searches once from each day on, one search after another.
async fn first_touch(api: &Api, business: &Business, tally: &Tally) {
    for day in 0..business.search_span().num_days().max(1) {
        let started = Instant::now();
        if let Err(error) = business.search(api, 0, business.from + TimeDelta::days(day)).await {
            tally.error(&format!("{error:#}"));
        }
        tally.time(FIRST, started.elapsed());
    }
}
