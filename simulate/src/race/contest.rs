//! Many callers who book at once, over the phone.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use chrono::Utc;
use serde_json::json;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::slots;
use super::summary::Summary;
use crate::api::Api;
use crate::business::scene::Scene;
use crate::business::slots::Slot;
use crate::promises::check;
use crate::promises::journal::Journal;
use crate::promises::record::Record;
use crate::report::progress::Progress;
use crate::report::tally::{Tally, add, get};
use crate::voice::message::{ArgumentForm, Call, ToolCall};
use crate::voice::platform::{Platform, Servers};
use crate::voice::reply::ToolReply;
use crate::voice::session::{CallSession, ChangeOutcome, Repeat, Request, Run};

const TICK: Duration = Duration::from_millis(250);

pub struct Contest<'a> {
    pub api: &'a Api,
    pub scene: &'a Scene,
    pub urls: &'a [String],
    /// How many can have the time that all want. `None` if each caller wants another time.
    pub places: Option<u64>,
    pub json: bool,
}

impl Contest<'_> {
    /// Lets each caller book a slot, and returns the checks that failed.
    pub async fn run(&self, slots: Vec<Slot>) -> anyhow::Result<Vec<String>> {
        let Self { api, scene, .. } = self;
        let callers = slots.len() as u64;
        let open_before = slots::open_counts(api, scene, None).await?;
        let servers = Servers::new(self.urls)?;
        let platform = Platform::new(&servers, &scene.channel)?;
        let journal = Journal::begin(None, &scene.business_id, scene.run_record())?;
        let run = Run::new(platform, Arc::new(Tally::default()), journal);
        let wanted_time = match self.places {
            Some(_) => Some(self.spoken_time(&run.platform).await?),
            None => None,
        };
        book_at_once(&run, slots, wanted_time.map(Arc::from)).await;
        let position = scene.hang_up(api).await?;
        run.journal.record(Record::Ended { unanswered_webhooks: 0 });
        let mut ledger = run.journal.finish()?;
        // The business has had other races, whose webhooks cannot be told from those of this race.
        ledger.webhooks.clear();
        let verdict = check::check(api, &ledger, position.as_deref()).await?;
        let open_after = slots::open_counts(api, scene, position.as_deref()).await?;
        let summary = Summary::of(callers, &run.tally, servers.retries(), &verdict);
        crate::report::summary::print(&summary, self.json)?;
        let winners = self.places.unwrap_or(callers).min(callers);
        let mut failed = summary.failed(winners, &verdict);
        failed.extend(self.wrong_counts(winners, &open_before, &open_after));
        if !failed.is_empty() {
            failed.extend(run.tally.complaints());
        }
        Ok(failed)
    }

    /// The words for the time that all callers want, as a caller hears them.
    async fn spoken_time(&self, platform: &Platform) -> anyhow::Result<String> {
        let service = self.scene.services.first().map(|service| &service.name);
        let arguments = json!({ "service": service, "day": slots::race_day().to_string() });
        let tool_call = ToolCall::new("check_availability", arguments);
        let call = Call::new(rand::random_range(0..Call::CALLERS));
        let body = call.tool_call(&tool_call, ArgumentForm::Object);
        let reply = ToolReply::parse(&platform.deliver(0, &body).await?, &tool_call)?;
        let first = reply.answer(&tool_call)?.slots.into_iter().next();
        Ok(first.context("a caller is told of no slot on that day")?.time)
    }

    /// A time without places left is not open any more. A caller who was refused has taken no other time.
    fn wrong_counts(&self, winners: u64, before: &[usize], after: &[usize]) -> Vec<String> {
        let Some(places) = self.places else { return Vec::new() };
        let gone = usize::from(winners == places);
        let counts = before.iter().zip(after).filter(|(before, after)| **before != **after + gone);
        let describe = |(before, after)| {
            format!("{before} slots were open and {after} are left, and it should be {gone} fewer")
        };
        counts.map(describe).collect()
    }
}

/// Makes a call for each slot. When all are on the line, all book at once.
async fn book_at_once(run: &Arc<Run>, slots: Vec<Slot>, wanted_time: Option<Arc<str>>) {
    let progress = Progress::new("race", slots.len() as u64);
    let barrier = Arc::new(Barrier::new(slots.len()));
    let mut callers = JoinSet::new();
    let first_caller = rand::random_range(0..Call::CALLERS);
    for (index, slot) in slots.into_iter().enumerate() {
        let call = Call::new(first_caller + index as u64);
        let session = CallSession { run: run.clone(), call, server: Some(index) };
        let name = format!("Caller {}", index + 1);
        callers.spawn(book(session, slot, name, wanted_time.clone(), barrier.clone()));
    }
    let mut tick = tokio::time::interval(TICK);
    let tally = &run.tally;
    loop {
        tokio::select! {
            joined = callers.join_next() => match joined {
                None => break,
                Some(Ok(())) => {}
                Some(Err(error)) => tally.error(&format!("a caller has broken down: {error}")),
            },
            _ = tick.tick() => {
                let (booked, refused) = (get(&tally.booked), get(&tally.refused));
                progress.show(get(&tally.calls), &format!("{booked} booked, {refused} refused"));
            }
        }
    }
    progress.end();
}

async fn book(
    session: CallSession,
    slot: Slot,
    name: String,
    wanted_time: Option<Arc<str>>,
    barrier: Arc<Barrier>,
) {
    let tally = &session.run.tally;
    // This also opens the connection over which the booking will go.
    session.update_status("in-progress", Utc::now()).await;
    let arguments = json!({ "slot_token": slot.slot_token, "name": name });
    let booking = Request::booking(arguments, None);
    barrier.wait().await;
    if let ChangeOutcome::Refused(offered) = session.change(&booking, Repeat::Never).await {
        let is_other = |time: &str| wanted_time.as_deref() != Some(time);
        if !offered.is_empty() && offered.iter().all(|slot| is_other(&slot.time)) {
            add(&tally.offered);
        }
    }
    add(&tally.calls);
}
