//! How many jobs there are is counted without going through all of them.

use chrono::{DateTime, TimeDelta, Utc};
use frontdesk_adapters::jobs::queue::{ALONG_INDEXES, DEPTH, DEPTH_MAX, Depth, depth};
use frontdesk_domain::kernel::policy::Queue;
use serde_json::Value;
use sqlx::types::Json;

use crate::support::database::TestDatabase;
use crate::support::process::morning;

const JOBS: i32 = 100_000;
const DUE: i32 = 4_321;
const RUNNING: i32 = 12;
const DEAD: i32 = 34;

/// Jobs of three queues; the last of them run or are dead, those before are due.
async fn fill(database: &TestDatabase) {
    let fill = "insert into jobs (policy, key, effect_id, name, payload, position, number, priority, attempts_max, state, due_at,
                                  worker, leased_until)
        select 'probe', n::text, gen_random_uuid(), 'Probe', '{}', n, 0, 1 + n % 3, 3,
               case when n <= $4 then 'running' when n <= $4 + $5 then 'dead' else 'waiting' end,
               $1 + make_interval(secs => case when n <= $3 + $4 + $5 then -n else n end),
               case when n <= $4 then gen_random_uuid() end, case when n <= $4 then now() end
        from generate_series(1, $2) n";
    let mut owner = database.as_owner().await;
    let filled = sqlx::query(fill).bind(morning()).bind(JOBS).bind(DUE).bind(RUNNING).bind(DEAD);
    filled.execute(&mut owner).await.expect("jobs");
}

/// Every step of a plan.
fn steps(plan: &Value) -> Vec<&Value> {
    let parts = plan["Plans"].as_array().into_iter().flatten().flat_map(steps);
    std::iter::once(plan).chain(parts).collect()
}

/// How many rows of the table were looked at; it is an error to look at the table other than by an index.
async fn rows_looked_at(database: &TestDatabase, now: DateTime<Utc>) -> f64 {
    let mut transaction = database.pool.begin().await.expect("a transaction");
    sqlx::query(ALONG_INDEXES).execute(&mut *transaction).await.expect("set");
    let Json(explained): Json<Value> = sqlx::query_scalar(&format!("explain (analyze, format json) {DEPTH}"))
        .bind(Queue::ALL.map(Queue::number))
        .bind(now)
        .bind(DEPTH_MAX)
        .fetch_one(&mut *transaction)
        .await
        .expect("a plan");
    let number = |step: &Value, name: &str| step[name].as_f64().unwrap_or(0.0);
    let mut looked_at = 0.0;
    for step in steps(&explained[0]["Plan"]) {
        if step["Relation Name"] == "jobs" {
            let kind = step["Node Type"].as_str().expect("a kind");
            assert!(kind.starts_with("Index"), "{kind}: {explained}");
            let rows = number(step, "Actual Rows") + number(step, "Rows Removed by Filter");
            looked_at += rows * number(step, "Actual Loops");
        }
    }
    looked_at
}

#[tokio::test(flavor = "multi_thread")]
async fn of_100_000_jobs_no_more_are_looked_at_than_are_counted() {
    let database = TestDatabase::create().await;
    fill(&database).await;
    let mut owner = database.as_owner().await;
    let expected =
        Depth { scheduled: DEPTH_MAX, due: DUE.into(), running: RUNNING.into(), dead: DEAD.into() };
    // With the statistics of an empty table, and with true ones.
    for _ in 0..2 {
        assert_eq!(depth(&database.pool, morning()).await.expect("counted"), expected);
        let looked_at = rows_looked_at(&database, morning()).await;
        let counted = expected.scheduled + expected.due + expected.running + expected.dead;
        // Each priority may go as far as the limit.
        assert!(looked_at <= (counted + 2 * DEPTH_MAX) as f64, "{looked_at} of {JOBS}");
        sqlx::raw_sql("analyze jobs").execute(&mut owner).await.expect("analyzed");
    }

    // All of them are due, and the statistics say otherwise.
    let later = morning() + TimeDelta::days(30);
    let all_due = depth(&database.pool, later).await.expect("counted");
    assert_eq!((all_due.scheduled, all_due.due), (0, DEPTH_MAX));
    let looked_at = rows_looked_at(&database, later).await;
    assert!(looked_at <= (4 * DEPTH_MAX) as f64, "{looked_at} of {JOBS}");
}
