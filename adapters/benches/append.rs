//! Appends, measured in one run: stock `postgres-es`, our appender, and COPY into the same indexes.
//!
//! "Stock" is what postgres-es sets up by itself (`default_postgress_pool`: ten connections, each asked
//! whether it lives before it is used); "tuned" is the same code with 64 connections that are not asked.
//!
//! Every writer commits to new streams, one after another, as fast as it is answered. The variants take turns
//! within each round, so that a slow moment of the machine hits all of them; the ratios are taken round by
//! round and their median is printed.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use frontdesk_adapters::event_log::appender::Appender;
use frontdesk_adapters::postgres::embedded::Embedded;
use frontdesk_adapters::postgres::pool::Database;
use sqlx::postgres::PgPoolOptions;
use sqlx::{Connection, PgPool};
use support::{STOCK_TABLE, Variant, metadata, payload};
use uuid::Uuid;

const ROUNDS: usize = 4;
const TURN: Duration = Duration::from_secs(2);
const TUNED_CONNECTIONS: u32 = 64;

/// Commits a second with this many writers.
async fn commits_per_second(variant: &Variant, writers: usize, events: usize) -> f64 {
    let done = Arc::new(AtomicU64::new(0));
    let started = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..writers {
        let (variant, done) = (variant.clone(), done.clone());
        tasks.spawn(async move {
            while started.elapsed() < TURN {
                variant.write(events).await;
                done.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    tasks.join_all().await;
    done.load(Ordering::Relaxed) as f64 / started.elapsed().as_secs_f64()
}

/// Rows a second that COPY writes into a table with the same indexes, a thousand rows a transaction.
async fn copied_rows_per_second(database: &Database) -> f64 {
    let mut connection = database.connect_as_owner().await.expect("a connection");
    let (started, mut position) = (Instant::now(), copied(&mut connection).await);
    let first = position;
    while started.elapsed() < TURN {
        let mut text = String::new();
        for _ in 0..1_000 {
            position += 1;
            let (id, event, commit) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
            let (payload, metadata) = (payload().to_string(), metadata().to_string());
            text.push_str(&format!(
                "{position}\t00000000-0000-0000-0000-000000000001\taccount\t{id}\t1\t{event}\tOpened\t1\t{payload}\t{metadata}\t{commit}\tt\t2026-11-22 15:00:00+00\n"
            ));
        }
        let mut copy = connection.copy_in_raw("copy copied_events from stdin").await.expect("copy");
        copy.send(text.into_bytes()).await.expect("rows");
        copy.finish().await.expect("copied");
    }
    let rows = (position - first) as f64 / started.elapsed().as_secs_f64();
    connection.close().await.expect("closed");
    rows
}

async fn copied(connection: &mut sqlx::PgConnection) -> i64 {
    sqlx::query_scalar("select coalesce(max(position), 0) from copied_events")
        .fetch_one(connection)
        .await
        .expect("a number")
}

/// The numbers of writers given on the command line, or all of them.
fn wanted() -> Vec<usize> {
    let given: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    if given.is_empty() { vec![1, 64, 256, 1_000] } else { given }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

async fn prepare(pool: &PgPool) {
    for statement in [STOCK_TABLE, "create table copied_events (like events including all)"] {
        sqlx::query(statement).execute(pool).await.expect(statement);
    }
}

#[tokio::main]
async fn main() {
    let home = tempfile::tempdir().expect("a directory");
    let (server, database) = Embedded::start(home.path()).await.expect("a PostgreSQL");
    database.migrate().await.expect("migrated");
    let pool = database.pool(TUNED_CONNECTIONS);
    prepare(&pool).await;
    let default_pool = PgPoolOptions::new()
        .max_connections(10)
        .connect_with(database.options().clone())
        .await
        .expect("a pool");
    let (stock, tuned) = (Variant::stock(default_pool.clone()), Variant::stock(pool.clone()));
    let application = database.as_application().await.expect("a role");
    let (appender, task) = Appender::start(application.options().clone());
    let ours = Variant::Ours(appender);

    println!("commits a second; medians of {ROUNDS} rounds");
    println!(
        "{:>7} {:>7} {:>8} {:>8} {:>8} {:>12} {:>11} {:>11} {:>10}",
        "events", "writers", "stock", "tuned", "ours", "COPY rows/s", "ours/stock", "ours/tuned", "ours/COPY"
    );
    for events in [1, 4] {
        for writers in wanted() {
            // What the last row left to be written back is not charged to this one.
            sqlx::query("checkpoint").execute(&pool).await.expect("a checkpoint");
            let mut rounds: Vec<[f64; 4]> = Vec::new();
            for round in 0..ROUNDS {
                let mut figures = [0.0; 4];
                // Each variant goes first, second and so on in turn: whoever follows COPY finds a busier
                // disk.
                for turn in 0..4 {
                    let variant = (round + turn) % 4;
                    figures[variant] = match variant {
                        0 => commits_per_second(&stock, writers, events).await,
                        1 => commits_per_second(&tuned, writers, events).await,
                        2 => commits_per_second(&ours, writers, events).await,
                        _ => copied_rows_per_second(&database).await,
                    };
                }
                rounds.push(figures);
            }
            let of = |figure: &dyn Fn(&[f64; 4]) -> f64| median(rounds.iter().map(figure).collect());
            println!(
                "{events:>7} {writers:>7} {:>8.0} {:>8.0} {:>8.0} {:>12.0} {:>11.2} {:>11.2} {:>9.0}%",
                of(&|r| r[0]),
                of(&|r| r[1]),
                of(&|r| r[2]),
                of(&|r| r[3]),
                of(&|r| r[2] / r[0]),
                of(&|r| r[2] / r[1]),
                of(&|r| r[2] * events as f64 / r[3] * 100.0)
            );
        }
    }
    drop(ours);
    task.await.expect("the appender ends");
    default_pool.close().await;
    pool.close().await;
    server.stop().await.expect("stopped");
}
