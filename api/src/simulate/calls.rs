//! `simulate calls`: many people, each with something on their mind.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::join;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::check::{self, Verdict};
use super::journal::{Journal, Record};
use super::line::{Line, Outcome, Repeat, World};
use super::platform::Platform;
use super::report::{Latency, Progress, Tally, add, duration, get, table};
use super::wire::{Call, OpenSlot, ToolCall};
use super::{Target, setup};

#[derive(Debug, clap::Args)]
pub struct CallsArgs {
    #[command(flatten)]
    target: Target,
    /// How many calls are going on at the same time
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    concurrency: u32,
    /// How long callers keep arriving; those in a call then finish it
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration)]
    duration: Duration,
    /// Write down each acknowledgement in this file as it comes, for `simulate verify`
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// End with one line of JSON on stdout
    #[arg(long)]
    json: bool,
}

const TICK: Duration = Duration::from_millis(250);
/// How many times somebody asks for another day, and takes another time after a refusal.
const DAYS_ASKED_MAX: usize = 3;
const TIMES_TRIED_MAX: usize = 3;
/// The first callers arrive within this time.
const ARRIVAL_MAX: Duration = Duration::from_secs(1);

const FIRST_NAMES: &[&str] = &["Ada", "Grace", "Linus", "Mary", "Alan", "Barbara", "Edsger", "Katherine", "Dennis", "Radia"];
const LAST_NAMES: &[&str] = &["Moreno", "Okafor", "Lindgren", "Tanaka", "Novak", "Silva", "Dubois", "Haddad", "Olsen", "Kaur"];
const POPULAR_DAYS: &[&str] = &["tomorrow", "monday", "next tuesday", "friday"];

#[derive(Debug, Serialize)]
struct Summary {
    calls: u64,
    booked: u64,
    moved: u64,
    cancelled: u64,
    refused: u64,
    errors: u64,
    retries: u64,
    overlaps: usize,
    lost: usize,
    repeated: u64,
    taken_twice: usize,
    untranslated: usize,
    seconds: f64,
    latency_ms: BTreeMap<&'static str, Latency>,
}

impl Summary {
    fn of(world: &World, verdict: &Verdict, took: Duration) -> Self {
        let tally = &world.tally;
        Self {
            calls: get(&tally.calls),
            booked: get(&tally.booked),
            moved: get(&tally.moved),
            cancelled: get(&tally.cancelled),
            refused: get(&tally.refused),
            errors: get(&tally.errors),
            retries: world.platform.retries(),
            overlaps: verdict.overlaps,
            lost: verdict.lost,
            repeated: get(&tally.changed_answers) + verdict.unknown as u64,
            taken_twice: verdict.taken_twice,
            untranslated: verdict.untranslated,
            seconds: (took.as_secs_f64() * 10.0).round() / 10.0,
            latency_ms: tally.latencies(),
        }
    }

    fn print(&self) {
        let Self { calls, booked, moved, cancelled, refused, errors, retries, .. } = self;
        println!("{}", table(&self.latency_ms));
        println!(
            "{calls} calls in {} seconds: {booked} booked, {moved} moved, {cancelled} cancelled, {refused} refused;",
            self.seconds
        );
        println!("{errors} errors, {retries} retries, {} overlaps, {} lost, {} repeated.", self.overlaps, self.lost, self.repeated);
    }

    fn failed(&self, tally: &Tally, verdict: &Verdict) -> Vec<String> {
        let mut failed = verdict.failed();
        let changed = get(&tally.changed_answers);
        if changed > 0 {
            failed.push(format!("{changed} tool calls were answered differently when they were repeated"));
        }
        if self.errors > 0 {
            failed.push(format!("{} requests failed", self.errors));
        }
        if self.booked == 0 {
            failed.push("nothing was booked".into());
        }
        if !failed.is_empty() {
            failed.extend(tally.complaints());
        }
        failed
    }
}

/// The checks that failed.
pub async fn run(args: CallsArgs) -> anyhow::Result<Vec<String>> {
    let api = args.target.api()?;
    let scene = setup::for_calls(&api).await?;
    let world = Arc::new(World {
        platform: Platform::new(&args.target.urls, &scene.channel)?,
        tally: Tally::default(),
        journal: Journal::begin(args.journal.as_deref(), scene.run())?,
    });
    let services: Arc<[String]> = scene.services.iter().map(|(name, _)| name.clone()).collect();
    let begun = Instant::now();
    carry_out(&args, &world, &services).await;
    let took = begun.elapsed();
    let position = scene.hang_up(&api).await?;
    world.journal.record(Record::Ended { unanswered_webhooks: get(&world.tally.unanswered_webhooks) });
    let ledger = world.journal.finish()?;
    let verdict = check::check(&api, &ledger, position.as_deref()).await?;
    scene.clear_away(&api).await?;
    let summary = Summary::of(&world, &verdict, took);
    if args.json {
        println!("{}", serde_json::to_string(&summary)?);
    } else {
        summary.print();
    }
    Ok(summary.failed(&world.tally, &verdict))
}

/// Lets callers arrive until the time is over or somebody interrupts, and waits for the last ones to hang up.
async fn carry_out(args: &CallsArgs, world: &Arc<World>, services: &Arc<[String]>) {
    let begun = Instant::now();
    let (closed, callers) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(rand::random_range(0..70_000))));
    let mut lines = JoinSet::new();
    for _ in 0..args.concurrency {
        let (world, services, closed, callers) = (world.clone(), services.clone(), closed.clone(), callers.clone());
        let duration = args.duration;
        lines.spawn(async move {
            tokio::time::sleep(ARRIVAL_MAX.min(duration / 2).mul_f64(rand::random())).await;
            while begun.elapsed() < duration && !closed.load(Ordering::Relaxed) {
                let call = Call::new(callers.fetch_add(1, Ordering::Relaxed));
                Caller::new(world.clone(), services.clone(), call).call().await;
                add(&world.tally.calls);
            }
        });
    }
    let progress = Progress::new("calls", args.duration.as_secs());
    let mut tick = tokio::time::interval(TICK);
    let mut interrupted = pin!(tokio::signal::ctrl_c());
    loop {
        tokio::select! {
            joined = lines.join_next() => match joined {
                None => break,
                Some(Ok(())) => {}
                Some(Err(error)) => world.tally.error(&format!("a caller has broken down: {error}")),
            },
            _ = tick.tick() => {
                let tally = &world.tally;
                let (calls, booked) = (get(&tally.calls), get(&tally.booked));
                let (refused, errors) = (get(&tally.refused), get(&tally.errors));
                let message = format!("{calls} calls, {booked} booked, {refused} refused, {errors} errors");
                progress.show(begun.elapsed().min(args.duration).as_secs(), &message);
            }
            _ = &mut interrupted, if !closed.load(Ordering::Relaxed) => {
                closed.store(true, Ordering::Relaxed);
                eprintln!("interrupted: no more callers arrive; those in a call finish it");
            }
        }
    }
    progress.end();
}

/// Somebody on the phone.
struct Caller {
    line: Line,
    services: Arc<[String]>,
    rng: StdRng,
    name: String,
}

impl Caller {
    fn new(world: Arc<World>, services: Arc<[String]>, call: Call) -> Self {
        let mut rng = StdRng::seed_from_u64(rand::random());
        let mut pick = |names: &[&str]| names.choose(&mut rng).copied().unwrap_or_default().to_owned();
        let name = format!("{} {}", pick(FIRST_NAMES), pick(LAST_NAMES));
        Self { line: Line { world, call, server: None }, services, rng, name }
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.rng.random_ratio(percent, 100)
    }

    async fn hesitate(&mut self) {
        let ms = self.rng.random_range(20..400);
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }

    fn repeat(&mut self) -> Repeat {
        match self.rng.random_range(0..100) {
            0..20 => Repeat::AtOnce,
            20..30 => Repeat::After(Duration::from_millis(self.rng.random_range(1..300))),
            _ => Repeat::Never,
        }
    }

    async fn call(mut self) {
        let started_at = Utc::now();
        // Webhooks of one call come in any order: sometimes the news that it began comes when it is over.
        let late = self.chance(15);
        if !late {
            self.began(started_at).await;
        }
        match self.rng.random_range(0..100) {
            0..70 => self.want_appointment().await,
            70..80 => self.leave_message().await,
            80..90 => self.ask_hours().await,
            _ => self.look_up().await,
        }
        self.hesitate().await;
        self.hang_up(started_at, late).await;
    }

    async fn began(&mut self, at: DateTime<Utc>) {
        if self.chance(20) {
            join(self.line.status("in-progress", at), self.line.status("in-progress", at)).await;
        } else {
            self.line.status("in-progress", at).await;
        }
    }

    async fn hang_up(&mut self, started_at: DateTime<Utc>, late: bool) {
        let ended_at = Utc::now().max(started_at + TimeDelta::milliseconds(1));
        let (report_first, again) = (self.chance(30), self.chance(20));
        let line = &self.line;
        if report_first {
            line.report(started_at, ended_at).await;
            line.status("ended", ended_at).await;
        } else {
            join(line.status("ended", ended_at), line.report(started_at, ended_at)).await;
        }
        if again {
            join(line.report(started_at, ended_at), line.status("ended", ended_at)).await;
        }
        if late {
            self.began(started_at).await;
        }
    }

    async fn want_appointment(&mut self) {
        if self.chance(15) {
            self.ask_hours().await;
        }
        let Some(slots) = self.find_slots().await else { return };
        let Some(appointment_id) = self.book(slots).await else { return };
        self.hesitate().await;
        match self.rng.random_range(0..100) {
            0..25 => self.change_mind(&appointment_id).await,
            25..45 => self.withdraw(&appointment_id).await,
            45..55 => self.look_up().await,
            55..60 => self.leave_message().await,
            _ => {}
        }
    }

    /// Most ask for some day in the coming months, some for the days that everybody wants.
    fn wish(&mut self) -> Value {
        let service = self.services.choose(&mut self.rng).cloned().unwrap_or_default();
        if self.chance(20) {
            let day = POPULAR_DAYS.choose(&mut self.rng).copied().unwrap_or_default();
            return json!({ "service": service, "day": day, "part_of_day": "morning" });
        }
        let ahead = self.rng.random_range(2..i64::from(setup::HORIZON_DAYS) - 2);
        let day = (Utc::now() + TimeDelta::days(ahead)).date_naive().to_string();
        let time = format!("{}:{:02}", self.rng.random_range(8..18), self.rng.random_range(0..4) * 15);
        json!({ "service": service, "day": day, "time": time })
    }

    async fn find_slots(&mut self) -> Option<Vec<OpenSlot>> {
        for _ in 0..DAYS_ASKED_MAX {
            let (wish, repeat) = (self.wish(), if self.chance(5) { Repeat::AtOnce } else { Repeat::Never });
            let answer = self.line.ask("check_availability", wish, repeat).await?;
            if !answer.slots.is_empty() {
                return Some(answer.slots);
            }
            self.hesitate().await;
        }
        None
    }

    /// Books one of the slots, or one of those that are offered instead.
    async fn book(&mut self, mut slots: Vec<OpenSlot>) -> Option<String> {
        for _ in 0..TIMES_TRIED_MAX {
            self.hesitate().await;
            if self.chance(5) {
                return None;
            }
            let slot = slots.choose(&mut self.rng)?;
            let arguments = json!({ "slot_token": slot.slot_token, "name": self.name, "note": "Booked by a simulation." });
            let repeat = self.repeat();
            match self.line.change(&ToolCall::new("book_appointment", arguments), None, repeat).await {
                Outcome::Done { appointment_id } => return Some(appointment_id),
                Outcome::Refused(open) => slots = open,
                Outcome::Failed => return None,
            }
        }
        None
    }

    async fn change_mind(&mut self, appointment_id: &str) {
        let Some(mut slots) = self.find_slots().await else { return };
        for _ in 0..TIMES_TRIED_MAX {
            self.hesitate().await;
            let Some(slot) = slots.choose(&mut self.rng) else { return };
            let arguments = json!({ "appointment_id": appointment_id, "slot_token": slot.slot_token });
            let repeat = self.repeat();
            let call = ToolCall::new("reschedule_appointment", arguments);
            match self.line.change(&call, Some(appointment_id), repeat).await {
                Outcome::Refused(open) => slots = open,
                Outcome::Done { .. } | Outcome::Failed => return,
            }
        }
    }

    async fn withdraw(&mut self, appointment_id: &str) {
        self.look_up().await;
        let arguments = json!({ "appointment_id": appointment_id, "reason": "Something came up." });
        let repeat = self.repeat();
        self.line.change(&ToolCall::new("cancel_appointment", arguments), Some(appointment_id), repeat).await;
    }

    async fn look_up(&mut self) {
        self.line.ask("find_appointments", json!({}), Repeat::Never).await;
    }

    async fn ask_hours(&mut self) {
        let arguments = if self.chance(50) { json!({ "day": "tomorrow" }) } else { json!({}) };
        self.line.ask("get_business_hours", arguments, Repeat::Never).await;
    }

    async fn leave_message(&mut self) {
        let arguments = json!({ "message": "Please call me back about my last visit.", "name": self.name });
        let repeat = self.repeat();
        self.line.leave_message(arguments, repeat).await;
    }
}
