//! Workers that are killed under load, at any instant: every job that was due ran, and none took effect
//! twice.
//!
//! `FRONTDESK_TEST_KILLS` says how often; a few times unless it is set.

use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use frontdesk_adapters::command_bus::{Bus, SystemClock};
use frontdesk_adapters::crypto::{DeploymentSecrets, MasterKey};
use frontdesk_application::workers::policies::policy_readers;
use frontdesk_application::workers::readers::begin_at_the_head;
use frontdesk_domain::booking::appointment::Source;
use frontdesk_domain::booking::commands::booking::{ConfirmHold, HoldSlot, ReleaseHold, Who};
use frontdesk_domain::scheduling::availability::offer::SlotOffer;
use tempfile::TempDir;

use crate::support::binary::worker;
use crate::support::commits::sound_rows;
use crate::support::database::TestDatabase;
use crate::support::process::{Process, context};
use crate::support::shop::{SLOT_MINUTES, Shop, person};
use crate::support::until;

const KILLS: usize = 5;
/// Between work that was done and the next kill: any instant will do.
const PEACE_MS: std::ops::Range<u64> = 0..1_000;
/// Between one hold and the next.
const LOAD_PAUSE: Duration = Duration::from_millis(8);

fn offer(shop: &Shop, first: DateTime<Utc>, slot: i64) -> SlotOffer {
    let start = first + TimeDelta::minutes(slot * SLOT_MINUTES);
    SlotOffer { start, expires_at: Utc::now() + TimeDelta::hours(1), ..shop.offer(0) }
}

/// Holds one slot after the other for a moment, until told to stop. Some holds are released or confirmed in
/// time. How many were made.
async fn holds(bus: Bus, shop: Shop, stop: Arc<AtomicBool>) -> i64 {
    let first = (Utc::now() + TimeDelta::hours(2)).duration_trunc(TimeDelta::hours(1)).expect("an hour");
    let mut slot = 0;
    while !stop.load(Ordering::SeqCst) {
        let hold =
            HoldSlot { offer: offer(&shop, first, slot), seconds: 1 + slot as u32 % 3, source: Source::Api };
        let hold_id = bus.execute(&context(shop.tenant), &hold).await.expect("held").output.id;
        match slot % 10 {
            3 => drop(bus.execute(&context(shop.tenant), &ReleaseHold { hold_id }).await.expect("released")),
            7 => {
                let who = Who::Person(person(slot as usize));
                let confirm = ConfirmHold::new(hold_id, who, Source::Api);
                // On a slow machine it may have run out by now.
                let _ = bus.execute(&context(shop.tenant), &confirm).await;
            }
            _ => {}
        }
        slot += 1;
        tokio::time::sleep(LOAD_PAUSE).await;
    }
    slot
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_that_are_killed_at_any_instant_leave_no_due_job_undone_and_do_none_twice() {
    let kills =
        std::env::var("FRONTDESK_TEST_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(KILLS);
    let database = TestDatabase::create().await;
    let master = MasterKey::generate();
    let log = Process::start(&database, &master).log;
    let bus = Bus::new(log, &DeploymentSecrets::first(&master), Arc::new(SystemClock));
    let shop = Shop::open(&bus).await;
    begin_at_the_head(bus.log(), &policy_readers()).await.expect("checkpoints");

    let folder = TempDir::new().expect("a folder");
    let log = folder.path().join("log");
    let open = || File::options().create(true).append(true).open(&log).expect("a log");
    let start = async || worker(database.owner.options(), &master, open()).await;
    let mut workers = [start().await, start().await];
    let stop = Arc::new(AtomicBool::new(false));
    let load = tokio::spawn(holds(bus, shop, stop.clone()));
    let count = async |condition: &str| -> i64 {
        let statement = format!("select count(*) from events where {condition}");
        sqlx::query_scalar(&statement).fetch_one(&database.pool).await.expect("a count")
    };
    for _ in 0..kills {
        let before = count("event_type = 'EffectApplied'").await;
        until(|| async { count("event_type = 'EffectApplied'").await > before }).await;
        tokio::time::sleep(Duration::from_millis(rand::random_range(PEACE_MS))).await;
        let victim = rand::random_range(0..workers.len());
        // SIGKILL: it can finish nothing.
        workers[victim].kill().await.expect("killed");
        workers[victim] = start().await;
    }
    stop.store(true, Ordering::SeqCst);
    let made = load.await.expect("the load");
    let all_done = "select not exists (select from jobs)
                        and (select position from checkpoints where name = 'hold_expiry') = (select max(position) from events)";
    until(|| async {
        sqlx::query_scalar::<_, bool>(all_done).fetch_one(&database.pool).await.expect("an answer")
    })
    .await;

    sound_rows(&database.pool).await;
    assert_eq!(count("event_type = 'AppointmentHeld'").await, made);
    let lapsed = count("aggregate_type = 'appointment' and event_type = 'HoldLapsed'").await;
    let ended = "aggregate_type = 'appointment' and event_type in ('HoldLapsed', 'HoldReleased', 'AppointmentBooked')";
    assert_eq!(count(ended).await, made, "every hold has ended, once");
    assert!(lapsed >= made * 7 / 10, "{lapsed} of {made} have lapsed");
    assert_eq!(
        count("aggregate_type = 'agenda_day' and event_type = 'HoldLapsed'").await,
        lapsed,
        "and so has its time"
    );
    assert_eq!(count("event_type = 'EffectApplied'").await, lapsed, "each by one job");
    assert_eq!(count("aggregate_type = 'effect' and sequence > 1").await, 0, "no effect is settled twice");
    let text = std::fs::read_to_string(&log).expect("a log");
    let taken_back = text.matches("was taken back from a process that has died").count();
    println!(
        "{kills} kills, {made} holds, {lapsed} lapsed, {taken_back} jobs taken back from killed workers"
    );
    assert!(!text.contains("failed for good"), "{text}");
}
