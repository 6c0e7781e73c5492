//! `simulate race`: everybody at the same instant.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::ensure;
use chrono::{DateTime, TimeDelta, Utc};
use frontdesk_domain::languages::Language;
use futures::future::try_join_all;
use futures::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::Target;
use super::api::Api;
use super::check::{self, Verdict};
use super::duels::Duel;
use super::expiring;
use super::journal::{Journal, Record};
use super::line::{Line, Outcome, Repeat, World};
use super::platform::Platform;
use super::report::{Latency, Progress, Tally, add, get, table};
use super::setup::{self, Prize, Scene, path};
use super::wire::{Call, ToolCall};

/// So many slots of a day are listed at once, and so many people can want one each.
const DISTINCT_MAX: usize = 1_000;
/// How many callers ask for their slot at the same time, before the race.
const ASKING: usize = 32;
const TICK: Duration = Duration::from_millis(250);

#[derive(Debug, clap::Args)]
pub struct RaceArgs {
    #[command(flatten)]
    pub target: Target,
    /// How many people want to book
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=5_000))]
    callers: u32,
    /// Each wants another time of the same day, instead of all the same; at most 1000 callers
    #[arg(long)]
    distinct: bool,
    /// What they want
    #[arg(long, value_enum, default_value_t = Kind::One, conflicts_with = "distinct")]
    kind: Kind,
    /// End with one line of JSON on stdout
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Kind {
    /// The same slot: one gets it
    One,
    /// A time at which five are free: five get it
    Pool,
    /// A time of two resources, which half of the callers need in one order and half in the other: one gets both
    Crossed,
    /// A class with ten seats: ten get one
    Seats,
    /// Each confirms a hold of its own in the instant in which it expires: it is booked or it has lapsed; at most 1000 callers
    ConfirmExpiring,
    /// Each waits for a time of its own that becomes free, and accepts the offer of it twice at once; at most 1000 callers
    Waitlist,
    /// Each asks for a time of its own, which is approved in the instant in which it is moved; at most 500 callers
    Approval,
}

impl Kind {
    fn prize(self) -> Prize {
        match self {
            Self::One | Self::ConfirmExpiring | Self::Waitlist => Prize::OneOf(1),
            Self::Approval => Prize::Approved,
            Self::Pool => Prize::OneOf(5),
            Self::Crossed => Prize::Both,
            Self::Seats => Prize::Seats(10),
        }
    }

    /// How many times each takes that nobody else wants; none where all want the same.
    fn own_times(self) -> usize {
        match self {
            Self::One | Self::Pool | Self::Crossed | Self::Seats => 0,
            Self::ConfirmExpiring => 1,
            Self::Waitlist => Duel::Waitlist.slots(),
            Self::Approval => Duel::Approval.slots(),
        }
    }

    /// How many get a time that all want.
    fn places(self) -> u32 {
        match self.prize() {
            Prize::OneOf(count) => count,
            Prize::Both | Prize::Approved => 1,
            Prize::Seats(seats) => seats,
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
pub struct Slot {
    pub start: DateTime<Utc>,
    pub slot_token: String,
}

#[derive(Deserialize)]
pub struct Availability {
    pub slots: Vec<Slot>,
}

#[derive(Debug, Serialize)]
struct Summary {
    callers: u32,
    booked: u64,
    refused: u64,
    /// Refusals that offered other slots.
    offered: u64,
    errors: u64,
    retries: u64,
    overlaps: usize,
    lost: usize,
    latency_ms: BTreeMap<&'static str, Latency>,
}

impl Summary {
    fn print(&self) {
        let Self { callers, booked, refused, offered, errors, retries, overlaps, .. } = self;
        println!("{}", table(&self.latency_ms));
        println!("{callers} callers: {booked} booked, {refused} refused, {offered} of them with other slots;");
        println!("{errors} errors, {retries} retries, {overlaps} overlaps.");
    }

    /// The checks that failed, when so many should have booked.
    fn failed(&self, expected: u64, verdict: &Verdict) -> Vec<String> {
        let refused = u64::from(self.callers) - expected;
        let mut failed = verdict.failed();
        for (is, what, should) in [
            (self.booked, "booked", expected),
            (self.refused, "refused", refused),
            (self.offered, "refused with other open slots", refused),
            (self.errors, "errors", 0),
            (verdict.booked as u64, "in the list of appointments", expected),
        ] {
            if is != should {
                failed.push(format!("{is} {what}, and it should be {should}"));
            }
        }
        failed
    }
}

/// The checks that failed.
pub async fn run(args: RaceArgs) -> anyhow::Result<Vec<String>> {
    let own_times = args.kind.own_times().max(usize::from(args.distinct));
    let (each_another, wanted) = (own_times > 0, args.callers as usize * own_times.max(1));
    ensure!(!each_another || wanted <= DISTINCT_MAX, "a day has {DISTINCT_MAX} times to be raced for, and {wanted} are needed");
    let api = Arc::new(args.target.api()?);
    let scene = setup::for_race(&api, if each_another { wanted } else { 1 }, args.kind.prize()).await?;
    let slots = slots(&api, &scene, wanted, each_another).await?;
    let alone = match args.kind {
        Kind::One | Kind::Pool | Kind::Crossed | Kind::Seats => None,
        Kind::ConfirmExpiring => Some(expiring::race(api.clone(), &scene, slots.clone(), args.json).await?),
        Kind::Waitlist => Some(Duel::Waitlist.run(api.clone(), &scene, &slots, args.json).await?),
        Kind::Approval => Some(Duel::Approval.run(api.clone(), &scene, &slots, args.json).await?),
    };
    if let Some(failed) = alone {
        scene.hang_up(&api).await?;
        scene.clear_away(&api).await?;
        return Ok(failed);
    }
    let open_before = open(&api, &scene, None).await?;
    let world = Arc::new(World {
        platform: Platform::new(&args.target.urls, &scene.channel)?,
        tally: Tally::default(),
        journal: Journal::begin(None, scene.run())?,
    });
    race(&world, slots).await;
    let position = scene.hang_up(&api).await?;
    world.journal.record(Record::Ended { unanswered_webhooks: 0 });
    let mut ledger = world.journal.finish()?;
    // The business has had other races: its webhooks cannot be told apart.
    ledger.webhooks.clear();
    let verdict = check::check(&api, &ledger, position.as_deref()).await?;
    let open_after = open(&api, &scene, position.as_deref()).await?;
    scene.clear_away(&api).await?;
    let tally = &world.tally;
    let summary = Summary {
        callers: args.callers,
        booked: get(&tally.booked),
        refused: get(&tally.refused),
        offered: get(&tally.offered),
        errors: get(&tally.errors),
        retries: world.platform.retries(),
        overlaps: verdict.overlaps,
        lost: verdict.lost,
        latency_ms: tally.latencies(),
    };
    if args.json {
        println!("{}", serde_json::to_string(&summary)?);
    } else {
        summary.print();
    }
    let winners = if args.distinct { args.callers } else { args.kind.places().min(args.callers) };
    let mut failed = summary.failed(winners.into(), &verdict);
    // Whoever was refused has taken nothing: of each service the time that was won is gone, and no other.
    let gone = usize::from(winners == args.kind.places());
    for (before, after) in open_before.iter().zip(&open_after).filter(|_| !args.distinct) {
        if *before != after + gone {
            failed.push(format!("{before} slots were open and {after} are left, and it should be {gone} fewer"));
        }
    }
    if !failed.is_empty() {
        failed.extend(tally.complaints());
    }
    Ok(failed)
}

/// What each caller has been offered: all the same time, of each service in turn, or each another one.
async fn slots(api: &Api, scene: &Scene, wanted: usize, each_another: bool) -> anyhow::Result<Vec<Slot>> {
    ensure!(!scene.services.is_empty(), "there is no service to book");
    let slots: Vec<Slot> = if each_another {
        find(api, scene, 0, wanted, None).await?
    } else {
        let each = stream::iter(0..wanted).map(|number| find(api, scene, number, 1, None)).buffer_unordered(ASKING);
        each.try_collect::<Vec<_>>().await?.into_iter().flatten().collect()
    };
    ensure!(slots.len() == wanted, "{} slots are open that day, and {wanted} are needed", slots.len());
    let is_one = slots.windows(2).all(|pair| pair[0].start == pair[1].start);
    ensure!(each_another || is_one, "the callers were offered different slots, although nobody has booked yet");
    Ok(slots)
}

/// The first open slots of the day after tomorrow, of one of the services by number.
async fn find(api: &Api, scene: &Scene, number: usize, limit: usize, position: Option<&str>) -> anyhow::Result<Vec<Slot>> {
    let (_, service) = &scene.services[number % scene.services.len()];
    let (date, limit) = ((Utc::now() + TimeDelta::days(2)).date_naive().to_string(), limit.to_string());
    let mut query = vec![("service_id", service.id.as_str()), ("day", &date), ("limit", &limit)];
    query.extend(position.map(|position| ("min_position", position)));
    Ok(api.get::<Availability>(&path(&scene.business_id, "availability"), &query).await?.slots)
}

/// How many slots of each service at which nobody has booked a seat are open.
async fn open(api: &Api, scene: &Scene, position: Option<&str>) -> anyhow::Result<Vec<usize>> {
    let of_service = |number| async move { anyhow::Ok(find(api, scene, number, DISTINCT_MAX, position).await?.len()) };
    try_join_all((0..scene.services.len()).map(of_service)).await
}

/// A call for each slot; when all are on the line, all book at once.
async fn race(world: &Arc<World>, slots: Vec<Slot>) {
    let progress = Progress::new("race", slots.len() as u64);
    let barrier = Arc::new(Barrier::new(slots.len()));
    let first = rand::random_range(0..70_000);
    let mut callers = JoinSet::new();
    for (index, slot) in slots.into_iter().enumerate() {
        let line = Line { world: world.clone(), call: Call::new(first + index as u64), server: Some(index) };
        callers.spawn(want(line, slot, barrier.clone(), index));
    }
    let mut tick = tokio::time::interval(TICK);
    loop {
        tokio::select! {
            joined = callers.join_next() => match joined {
                None => break,
                Some(Ok(())) => {}
                Some(Err(error)) => world.tally.error(&format!("a caller has broken down: {error}")),
            },
            _ = tick.tick() => {
                let (booked, refused) = (get(&world.tally.booked), get(&world.tally.refused));
                progress.show(get(&world.tally.calls), &format!("{booked} booked, {refused} refused"));
            }
        }
    }
    progress.end();
}

async fn want(line: Line, slot: Slot, barrier: Arc<Barrier>, index: usize) {
    let tally = &line.world.tally;
    // The call begins, which also opens the connection over which the booking will go.
    line.status("in-progress", Utc::now()).await;
    let arguments = json!({ "slot_token": slot.slot_token, "name": format!("Caller {}", index + 1) });
    let call = ToolCall::new("book_appointment", arguments);
    barrier.wait().await;
    if let Outcome::Refused(open) = line.change(&call, None, Repeat::Never).await {
        let (wall, language) = (slot.start.naive_utc(), Language::default());
        let wanted = format!("{} {}", language.date(wall.date()), language.at(wall.time()));
        if !open.is_empty() && open.iter().all(|other| other.time != wanted) {
            add(&tally.offered);
        }
    }
    add(&tally.calls);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(callers: u32, booked: u64, refused: u64, offered: u64, errors: u64, expected: u64) -> usize {
        let summary =
            Summary { callers, booked, refused, offered, errors, retries: 0, overlaps: 0, lost: 0, latency_ms: BTreeMap::new() };
        let verdict = Verdict { booked: booked as usize, ..Verdict::default() };
        summary.failed(expected, &verdict).len()
    }

    #[test]
    fn a_race_has_one_winner_and_everybody_else_is_offered_something() {
        assert_eq!(failed(200, 1, 199, 199, 0, 1), 0);
        assert_eq!(failed(200, 1, 199, 198, 0, 1), 1);
        assert_eq!(failed(200, 1, 198, 198, 1, 1), 3);
        assert_eq!(failed(200, 2, 198, 198, 0, 1), 4);
    }

    #[test]
    fn with_distinct_times_everybody_wins() {
        assert_eq!(failed(200, 200, 0, 0, 0, 200), 0);
        assert_eq!(failed(200, 199, 1, 1, 0, 200), 4);
    }
}
