//! `simulate search`: searches that arrive on their own clock, beside bookings that change what is searched.
//!
//! An open loop: when a search is sent does not depend on when others are answered, and its latency counts from the instant at which it was
//! due. So a server that stops for a second is charged with all that should have come in that second.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use futures::future::try_join_all;
use futures::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinSet;

use super::Target;
use super::api::Api;
use super::race::{Availability, Slot};
use super::report::{Latency, Progress, Tally, add, get, table};
use super::setup::{self, Wanted, path};

/// How many are told of, as on the phone.
const SLOTS: &str = "5";
/// All of one resource over all days.
const SLOTS_MAX: &str = "1000";
/// How many bookings are under way at once while the business is filled.
const FILLING: usize = 64;
/// So many people book.
const PEOPLE: usize = 200;
const TICK: Duration = Duration::from_millis(250);

#[derive(Debug, clap::Args)]
pub struct SearchArgs {
    #[command(flatten)]
    target: Target,
    /// Searches a second
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    rate: u32,
    /// Bookings a second beside them, each of another slot
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(0..=1_000))]
    bookings: u32,
    /// How long
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3_600))]
    seconds: u32,
    /// How many people the service has, any of whom will do
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100))]
    resources: u32,
    /// How many days ahead it can be booked
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=60))]
    days: u32,
    /// How many of a hundred slots are booked beforehand
    #[arg(long, value_name = "PERCENT", default_value_t = 80, value_parser = clap::value_parser!(u32).range(0..=95))]
    full: u32,
    /// Search a business that an earlier run has set up; if the servers were started since, its first searches are cold
    #[arg(long, value_name = "BIZ")]
    business: Option<String>,
    /// End with an error if the 99th percentile of the searches under load is higher
    #[arg(long, value_name = "MS")]
    p99_ms: Option<f64>,
    /// End with one line of JSON on stdout
    #[arg(long)]
    json: bool,
}

#[derive(Deserialize)]
struct Listed {
    id: String,
}

struct Scene {
    business_id: String,
    service_id: String,
    resources: Vec<String>,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
}

impl Scene {
    async fn set_up(api: &Api, args: &SearchArgs) -> anyhow::Result<Self> {
        let profile = json!({ "name": "Simulation: search", "zone": "America/New_York", "country": "US" });
        let day = json!([{ "opens": "09:00", "closes": "13:00" }, { "opens": "14:00", "closes": "18:00" }]);
        let days = ["monday", "tuesday", "wednesday", "thursday", "friday"];
        let hours: Value = days.into_iter().map(|name| (name.to_owned(), day.clone())).collect::<serde_json::Map<_, _>>().into();
        let business = api.post("/api/v1/businesses", &json!({ "profile": profile, "hours": hours })).await;
        let business_id = business.context("no business could be registered")?.id()?;
        let resources = setup::resources(api, &business_id, "Doctor", args.resources as usize).await?;
        let wanted = Wanted {
            name: "Check-up".to_owned(),
            minutes: 30,
            step_minutes: 40,
            buffers: (5, 5),
            horizon_days: args.days,
            seats: 1,
            needs_approval: false,
            pools: vec![&resources],
        };
        let ((_, service), written) = setup::service(api, &business_id, wanted).await?;
        let position = written.position.unwrap_or_default();
        api.get::<Value>(&path(&business_id, "services"), &[("min_position", &position)]).await?;
        Ok(Self::of(business_id, service.id, resources, args.days))
    }

    async fn find(api: &Api, business_id: &str, days: u32) -> anyhow::Result<Self> {
        let list = async |what: &str| api.list::<Listed>(&path(business_id, what), &[], None).await;
        let (services, resources) = (list("services").await?, list("resources").await?);
        let service = services.into_iter().next().with_context(|| format!("{business_id} has no service"))?;
        Ok(Self::of(business_id.to_owned(), service.id, resources.into_iter().map(|one| one.id).collect(), days))
    }

    fn of(business_id: String, service_id: String, resources: Vec<String>, days: u32) -> Self {
        let from = Utc::now();
        Self { business_id, service_id, resources, from, to: from + TimeDelta::days(days.into()) }
    }

    /// The first open slots from an instant on.
    async fn search(&self, api: &Api, server: usize, from: DateTime<Utc>) -> anyhow::Result<Vec<Slot>> {
        let (from, to) = (shown(from), shown(self.to));
        let query = [("service_id", self.service_id.as_str()), ("from", &from), ("to", &to), ("limit", SLOTS)];
        let found: Availability = api.get_once(server, &path(&self.business_id, "availability"), &query).await?;
        ensure!(!found.slots.is_empty(), "nothing is open from {from} on");
        Ok(found.slots)
    }

    /// Every open slot of every resource, in order of time.
    async fn all_slots(&self, api: &Api) -> anyhow::Result<Vec<Slot>> {
        let (from, to) = (&shown(self.from), &shown(self.to));
        let of_resource = |id: &String| {
            let id = id.clone();
            async move {
                let query =
                    [("service_id", &*self.service_id), ("resource_id", &id), ("from", from), ("to", to), ("limit", SLOTS_MAX)];
                anyhow::Ok(api.get::<Availability>(&path(&self.business_id, "availability"), &query).await?.slots)
            }
        };
        let mut slots: Vec<Slot> = try_join_all(self.resources.iter().map(of_resource)).await?.into_iter().flatten().collect();
        slots.sort_by_key(|slot| slot.start);
        Ok(slots)
    }

    async fn book(&self, api: &Api, server: usize, number: usize, slot: &Slot) -> anyhow::Result<()> {
        let person = number % PEOPLE;
        let attendee = json!({ "name": format!("Customer {person}"), "phone": format!("+57300{person:07}") });
        let body = json!({ "slot_token": slot.slot_token, "attendee": attendee });
        api.post_once_only(server, &path(&self.business_id, "appointments"), &body).await?.map_err(|refused| refused.error)?;
        Ok(())
    }
}

fn shown(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[derive(Debug, Serialize)]
struct Summary {
    business: String,
    resources: usize,
    days: u32,
    /// While the business was set up.
    filled: u64,
    searches_per_second: u32,
    bookings_per_second: u32,
    seconds: u32,
    booked: u64,
    errors: u64,
    latency_ms: BTreeMap<&'static str, Latency>,
}

const FIRST: &str = "search, first touch";
const WARM: &str = "search, under load";
const BOOKING: &str = "booking, under load";
/// How late a search was sent: that counts as its latency, too.
const LATE: &str = "(sent late by)";

impl Summary {
    fn print(&self) {
        let Self { business, resources, days, filled, searches_per_second, bookings_per_second, seconds, booked, errors, .. } =
            self;
        println!("{}", table(&self.latency_ms));
        println!("{resources} resources x {days} days of {business}, {filled} slots booked beforehand;");
        println!(
            "{searches_per_second} searches and {bookings_per_second} bookings a second for {seconds} s: {booked} booked, {errors} errors."
        );
    }

    fn failed(&self, p99_ms: Option<f64>) -> Vec<String> {
        let mut failed = Vec::new();
        if self.errors > 0 {
            failed.push(format!("{} errors, and there should be none", self.errors));
        }
        if let (Some(most), Some(latency)) = (p99_ms, self.latency_ms.get(WARM))
            && latency.p99 > most
        {
            failed.push(format!("99 of 100 searches took up to {} ms, and it should be at most {most} ms", latency.p99));
        }
        failed
    }
}

/// The checks that failed.
pub async fn run(args: SearchArgs) -> anyhow::Result<Vec<String>> {
    let (api, tally) = (Arc::new(args.target.api()?), Arc::new(Tally::default()));
    let (scene, spare, filled) = match &args.business {
        Some(business_id) => {
            let scene = Scene::find(&api, business_id, args.days).await?;
            first_touch(&api, &scene, &tally).await;
            let spare = scene.all_slots(&api).await?;
            (scene, spare, 0)
        }
        None => {
            let scene = Scene::set_up(&api, &args).await?;
            let (spare, filled) = fill(&api, &scene, args.full, &tally).await?;
            first_touch(&api, &scene, &tally).await;
            (scene, spare, filled)
        }
    };
    let needed = args.bookings as usize * args.seconds as usize;
    ensure!(spare.len() >= needed, "{} slots are open, and {needed} would be booked", spare.len());
    let scene = Arc::new(scene);
    load(&api, &scene, spare, &args, &tally).await;
    let summary = Summary {
        business: scene.business_id.clone(),
        resources: scene.resources.len(),
        days: args.days,
        filled,
        searches_per_second: args.rate,
        bookings_per_second: args.bookings,
        seconds: args.seconds,
        booked: get(&tally.booked),
        errors: get(&tally.errors),
        latency_ms: tally.latencies(),
    };
    if args.json {
        println!("{}", serde_json::to_string(&summary)?);
    } else {
        summary.print();
    }
    let mut failed = summary.failed(args.p99_ms);
    if summary.errors > 0 {
        failed.extend(tally.complaints());
    }
    Ok(failed)
}

/// Books so many of a hundred slots, chosen by chance; those that stay open, in any order.
async fn fill(api: &Api, scene: &Scene, percent: u32, tally: &Tally) -> anyhow::Result<(Vec<Slot>, u64)> {
    let (taken, mut spare): (Vec<Slot>, Vec<Slot>) =
        scene.all_slots(api).await?.into_iter().partition(|_| rand::random_range(0..100) < percent);
    let (count, done) = (taken.len(), AtomicUsize::new(0));
    let progress = Progress::new("filling", count as u64);
    let booked = stream::iter(taken.iter().enumerate()).for_each_concurrent(FILLING, |(number, slot)| {
        let (progress, done) = (&progress, &done);
        async move {
            if let Err(error) = scene.book(api, number, number, slot).await {
                tally.error(&format!("{error:#}"));
            }
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            progress.show(done as u64, &format!("{done} of {count} slots booked"));
        }
    });
    booked.await;
    progress.end();
    // Bookings under load fall on all days.
    spare.sort_by_cached_key(|_| rand::random::<u64>());
    Ok((spare, count as u64))
}

/// One search from each day on, one after another.
async fn first_touch(api: &Api, scene: &Scene, tally: &Tally) {
    for day in 0..(scene.to - scene.from).num_days().saturating_sub(5).max(1) {
        let started = Instant::now();
        if let Err(error) = scene.search(api, 0, scene.from + TimeDelta::days(day)).await {
            tally.error(&format!("{error:#}"));
        }
        tally.time(FIRST, started.elapsed());
    }
}

async fn load(api: &Arc<Api>, scene: &Arc<Scene>, spare: Vec<Slot>, args: &SearchArgs, tally: &Arc<Tally>) {
    let lasts = Duration::from_secs(args.seconds.into());
    // The last days may have nothing open.
    let minutes = (scene.to - scene.from).num_minutes() - TimeDelta::days(5).num_minutes();
    let searches = at_rate(args.rate, lasts, |number, due| {
        let (api, scene, tally) = (api.clone(), scene.clone(), tally.clone());
        let from = scene.from + TimeDelta::minutes(rand::random_range(0..minutes.max(1)));
        async move {
            tally.time(LATE, due.elapsed());
            if let Err(error) = scene.search(&api, number, from).await {
                tally.error(&format!("{error:#}"));
            }
            tally.time(WARM, due.elapsed());
            add(&tally.calls);
        }
    });
    let mut spare = spare.into_iter();
    let bookings = at_rate(args.bookings, lasts, |number, due| {
        let (api, scene, tally, slot) = (api.clone(), scene.clone(), tally.clone(), spare.next());
        async move {
            let Some(slot) = slot else { return };
            match scene.book(&api, number, number, &slot).await {
                Ok(()) => add(&tally.booked),
                Err(error) => tally.error(&format!("{error:#}")),
            }
            tally.time(BOOKING, due.elapsed());
        }
    });
    let progress = Progress::new("searching", u64::from(args.rate) * lasts.as_secs());
    let mut tick = tokio::time::interval(TICK);
    let under_load = async { tokio::join!(searches, bookings) };
    tokio::pin!(under_load);
    loop {
        tokio::select! {
            _ = &mut under_load => break,
            _ = tick.tick() => {
                let (searches, booked) = (get(&tally.calls), get(&tally.booked));
                progress.show(searches, &format!("{searches} searches, {booked} booked"));
            }
        }
    }
    progress.end();
}

/// So many a second for a while, at random distances, as people come; each is told its number and when it was due.
async fn at_rate<F>(rate: u32, lasts: Duration, mut each: impl FnMut(usize, Instant) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let (mut arrivals, mut running) = (arrivals(rate, lasts), JoinSet::new());
    let mut numbers = 0..;
    while let (Some(due), Some(number)) = (arrivals.recv().await, numbers.next()) {
        running.spawn(each(number, due));
        while running.try_join_next().is_some() {}
    }
    running.join_all().await;
}

/// The instants at which somebody comes, each when it has come: a Poisson process. The timers of the runtime are up to a millisecond late, so it
/// has a thread of its own.
fn arrivals(rate: u32, lasts: Duration) -> UnboundedReceiver<Instant> {
    let (sender, receiver) = unbounded_channel();
    std::thread::spawn(move || {
        let started = Instant::now();
        let mut due = started;
        loop {
            let distance = -(1.0 - rand::random::<f64>()).ln() / f64::from(rate);
            due += Duration::try_from_secs_f64(distance).unwrap_or(lasts);
            std::thread::sleep(due.min(started + lasts).saturating_duration_since(Instant::now()));
            if due - started >= lasts || sender.send(due).is_err() {
                return;
            }
        }
    });
    receiver
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_due_comes_whether_or_not_others_have_been_answered() {
        let (sender, mut due) = tokio::sync::mpsc::unbounded_channel();
        let each = |_, at: Instant| {
            sender.send(at).expect("somebody listens");
            // Nobody is answered before the end.
            tokio::time::sleep(Duration::from_millis(300))
        };
        at_rate(1_000, Duration::from_millis(200), each).await;
        let mut times = Vec::new();
        while let Ok(at) = due.try_recv() {
            times.push(at);
        }
        // 200 are expected; five standard deviations are 71.
        assert!((129..=271).contains(&times.len()), "{}", times.len());
        assert!(times.is_sorted());
    }

    #[test]
    fn errors_and_a_high_percentile_fail() {
        let latency = Latency { count: 1, p50: 1.0, p95: 2.0, p99: 5.5, max: 9.0 };
        let summary = |errors| Summary {
            business: String::new(),
            resources: 50,
            days: 60,
            filled: 0,
            searches_per_second: 500,
            bookings_per_second: 50,
            seconds: 1,
            booked: 0,
            errors,
            latency_ms: BTreeMap::from([(WARM, latency)]),
        };
        assert_eq!(summary(0).failed(None).len() + summary(0).failed(Some(6.0)).len(), 0);
        assert_eq!((summary(1).failed(None).len(), summary(1).failed(Some(5.0)).len()), (1, 2));
    }
}
