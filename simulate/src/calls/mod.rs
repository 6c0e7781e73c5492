//! `simulate calls`: many people, each with a wish of their own.
//!
//! * [`business`]: the business that they call; [`caller`]: one of them, from greeting to hanging up;
//! * [`summary`]: what came of it.

mod business;
mod caller;
mod summary;

use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::promises::check;
use crate::promises::journal::Journal;
use crate::promises::ledger::Record;
use crate::report::progress::Progress;
use crate::report::tally::{Tally, add, get};
use crate::target::Target;
use crate::voice::message::Call;
use crate::voice::platform::Platform;
use crate::voice::session::Run;
use caller::Caller;
use summary::Summary;

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

const TICK: Duration = Duration::from_millis(250);
/// The first callers arrive within this time.
const ARRIVAL_MAX: Duration = Duration::from_secs(1);

/// Returns the checks that failed.
pub async fn run(args: CallsArgs) -> anyhow::Result<Vec<String>> {
    let api = args.target.api()?;
    let scene = business::register(&api).await?;
    let run = Arc::new(Run {
        platform: Platform::new(&args.target.urls, &scene.channel)?,
        tally: Tally::default(),
        journal: Journal::begin(args.journal.as_deref(), scene.run_record())?,
    });
    let services: Arc<[String]> = scene.services.iter().map(|named| named.name.clone()).collect();
    let begun = Instant::now();
    let mut phones = Phones::open(&args, &run, &services);
    phones.until_all_hang_up(&args, &run).await;
    let took = begun.elapsed();
    let position = scene.hang_up(&api).await?;
    run.journal.record(Record::Ended { unanswered_webhooks: get(&run.tally.unanswered_webhooks) });
    let ledger = run.journal.finish()?;
    let verdict = check::check(&api, &ledger, position.as_deref()).await?;
    scene.retire(&api).await?;
    let summary = Summary::of(&run, &verdict, took);
    crate::report::summary::print(&summary, args.json)?;
    Ok(summary.failed(&run.tally, &verdict))
}

/// The phones over which callers call, one after another.
struct Phones {
    opened_at: Instant,
    closed: Arc<AtomicBool>,
    calling: JoinSet<()>,
}

impl Phones {
    /// Callers arrive until the time is over or the phones are closed.
    fn open(args: &CallsArgs, run: &Arc<Run>, services: &Arc<[String]>) -> Self {
        let duration = args.duration;
        let opened_at = Instant::now();
        let closed = Arc::new(AtomicBool::new(false));
        let callers = Arc::new(AtomicU64::new(rand::random_range(0..Call::CALLERS)));
        let mut calling = JoinSet::new();
        for _ in 0..args.concurrency {
            let (run, services) = (run.clone(), services.clone());
            let (closed, callers) = (closed.clone(), callers.clone());
            calling.spawn(async move {
                tokio::time::sleep(ARRIVAL_MAX.min(duration / 2).mul_f64(rand::random())).await;
                while opened_at.elapsed() < duration && !closed.load(Ordering::Relaxed) {
                    let call = Call::new(callers.fetch_add(1, Ordering::Relaxed));
                    Caller::new(run.clone(), services.clone(), call).call().await;
                    add(&run.tally.calls);
                }
            });
        }
        Self { opened_at, closed, calling }
    }

    /// Waits for the last callers, and shows how far they are. An interrupt closes the phones.
    async fn until_all_hang_up(&mut self, args: &CallsArgs, run: &Run) {
        let progress = Progress::new("calls", args.duration.as_secs());
        let mut tick = tokio::time::interval(TICK);
        let mut interrupted = pin!(tokio::signal::ctrl_c());
        loop {
            tokio::select! {
                joined = self.calling.join_next() => match joined {
                    None => break,
                    Some(Ok(())) => {}
                    Some(Err(error)) => run.tally.error(&format!("a caller has broken down: {error}")),
                },
                _ = tick.tick() => {
                    let elapsed = self.opened_at.elapsed().min(args.duration);
                    progress.show(elapsed.as_secs(), &summary::progress(&run.tally));
                }
                _ = &mut interrupted, if !self.closed.load(Ordering::Relaxed) => {
                    self.closed.store(true, Ordering::Relaxed);
                    eprintln!("interrupted: no more callers arrive; those in a call finish it");
                }
            }
        }
        progress.end();
    }
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
