//! Appends from several processes at once, where a commit takes 2 or 5 milliseconds: the lock in
//! `append_events` lets one batch through at a time, so what does that cost against inserts that know nothing
//! of each other?
//!
//! The parent starts real processes of itself, each with its own runtime, appender and connections, and
//! shares 256 writers among them. `commit_delay` with `commit_siblings = 0` makes every flush of the
//! write-ahead log wait, as a disk elsewhere would.

mod support;

use std::process::Stdio;
use std::time::{Duration, Instant};

use frontdesk_adapters::event_log::appender::Appender;
use frontdesk_adapters::postgres::embedded::Embedded;
use frontdesk_adapters::postgres::pool::Database;
use sqlx::ConnectOptions;
use support::{STOCK_TABLE, Variant};
use tokio::process::Command;
use tokio::task::JoinSet;

const WRITERS: usize = 256;
const TURN: Duration = Duration::from_secs(3);
const ROUNDS: usize = 3;
/// All processes of a round together have this many connections for inserts.
const CONNECTIONS: usize = 64;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.iter().position(|argument| argument == "--writer") {
        Some(place) => {
            write(
                &arguments[place + 1],
                &arguments[place + 2],
                arguments[place + 3].parse().expect("a number"),
            )
            .await
        }
        None => compare().await,
    }
}

/// A process of its own: prints how long each of its commits took, in microseconds.
async fn write(variant: &str, url: &str, processes: usize) {
    let database = Database::at(url).expect("a database");
    let variant = match variant {
        "ours" => Variant::Ours(Appender::start(database.options().clone()).0),
        _ => Variant::stock(database.pool((CONNECTIONS / processes) as u32)),
    };
    variant.write(1).await;
    let started = Instant::now();
    let mut writers = JoinSet::new();
    for _ in 0..WRITERS / processes {
        let variant = variant.clone();
        writers.spawn(async move {
            let mut taken = Vec::new();
            while started.elapsed() < TURN {
                let begun = Instant::now();
                variant.write(1).await;
                taken.push(begun.elapsed().as_micros().to_string());
            }
            taken
        });
    }
    println!("{}", writers.join_all().await.concat().join(" "));
}

struct Figures {
    commits_per_second: f64,
    p99_ms: f64,
}

async fn run(variant: &'static str, url: &str, processes: usize) -> Figures {
    let mut children = JoinSet::new();
    for _ in 0..processes {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.args(["--writer", variant, url, &processes.to_string()]).stdout(Stdio::piped());
        children.spawn(async move { command.output().await.expect("a writer") });
    }
    let mut taken: Vec<u64> = Vec::new();
    for output in children.join_all().await {
        assert!(output.status.success(), "a writer failed");
        taken.extend(
            String::from_utf8_lossy(&output.stdout)
                .split_whitespace()
                .map(|text| text.parse::<u64>().expect("a number")),
        );
    }
    taken.sort_unstable();
    let p99 = taken[taken.len() * 99 / 100] as f64 / 1_000.0;
    Figures { commits_per_second: taken.len() as f64 / TURN.as_secs_f64(), p99_ms: p99 }
}

async fn compare() {
    let home = tempfile::tempdir().expect("a directory");
    let (server, database) = Embedded::start(home.path()).await.expect("a PostgreSQL");
    database.migrate().await.expect("migrated");
    let pool = database.pool(2);
    sqlx::query(STOCK_TABLE).execute(&pool).await.expect("a table");
    let url = database.options().to_url_lossy().to_string();

    println!("{WRITERS} writers, one event a commit; medians of {ROUNDS} rounds");
    println!(
        "{:>13} {:>10} {:>14} {:>10} {:>14} {:>10} {:>12} {:>12}",
        "commit_delay", "processes", "inserts/s", "p99 ms", "ours/s", "p99 ms", "throughput", "p99 ratio"
    );
    for delay_ms in [2, 5] {
        for statement in [
            format!("alter system set commit_delay = {}", delay_ms * 1_000),
            "alter system set commit_siblings = 0".into(),
        ] {
            sqlx::raw_sql(&statement).execute(&pool).await.expect("a setting");
        }
        sqlx::query("select pg_reload_conf()").execute(&pool).await.expect("reloaded");
        for processes in [1, 4, 8] {
            let mut rounds = Vec::new();
            for round in 0..ROUNDS {
                // Each goes first in turn.
                let order = if round % 2 == 0 { ["inserts", "ours"] } else { ["ours", "inserts"] };
                let (first, second) =
                    (run(order[0], &url, processes).await, run(order[1], &url, processes).await);
                rounds.push(if round % 2 == 0 { (first, second) } else { (second, first) });
            }
            let median = |figure: &dyn Fn(&(Figures, Figures)) -> f64| {
                let mut values: Vec<f64> = rounds.iter().map(figure).collect();
                values.sort_by(f64::total_cmp);
                values[values.len() / 2]
            };
            println!(
                "{:>10} ms {processes:>10} {:>14.0} {:>10.1} {:>14.0} {:>10.1} {:>12.2} {:>12.2}",
                delay_ms,
                median(&|(inserts, _)| inserts.commits_per_second),
                median(&|(inserts, _)| inserts.p99_ms),
                median(&|(_, ours)| ours.commits_per_second),
                median(&|(_, ours)| ours.p99_ms),
                median(&|(inserts, ours)| ours.commits_per_second / inserts.commits_per_second),
                median(&|(inserts, ours)| ours.p99_ms / inserts.p99_ms),
            );
        }
    }
    pool.close().await;
    server.stop().await.expect("stopped");
}
