//! What callers reach at a business, from the day it opens until its promises are checked.

use std::path::Path;
use std::sync::Arc;

use futures::stream::{self, StreamExt, TryStreamExt};

use super::business;
use crate::api::Api;
use crate::business::scene::Scene;
use crate::promises::check;
use crate::promises::journal::Journal;
use crate::promises::record::{Record, Service};
use crate::promises::verdict::Verdict;
use crate::report::progress::Progress;
use crate::report::tally::{Tally, get};
use crate::voice::platform::{Platform, Servers};
use crate::voice::session::Run;

/// So many businesses are set up, or checked, at the same time.
const AT_ONCE: usize = 8;

pub struct Reception {
    pub run: Arc<Run>,
    /// What callers can ask for.
    pub services: Arc<[Service]>,
    scene: Scene,
}

/// What all businesses of a simulation share.
pub struct Shared<'a> {
    pub api: &'a Api,
    pub servers: &'a Arc<Servers>,
    pub tally: &'a Arc<Tally>,
    pub journal: Option<&'a Path>,
}

impl Shared<'_> {
    /// Registers so many businesses.
    pub async fn open(&self, count: u32) -> anyhow::Result<Vec<Reception>> {
        let progress = Progress::new("setup", count.into());
        let mut opening = stream::iter(0..count).map(|_| self.open_one()).buffer_unordered(AT_ONCE);
        let mut receptions = Vec::new();
        while let Some(reception) = opening.try_next().await? {
            receptions.push(reception);
            progress.show(receptions.len() as u64, &format!("{} of {count} businesses", receptions.len()));
        }
        progress.end();
        Ok(receptions)
    }

    async fn open_one(&self) -> anyhow::Result<Reception> {
        let scene = business::register(self.api).await?;
        let platform = Platform::new(self.servers, &scene.channel)?;
        let journal = Journal::begin(self.journal, &scene.business_id, scene.run_record())?;
        let run = Run::new(platform, self.tally.clone(), journal);
        let services = scene.services.as_slice().into();
        Ok(Reception { run, services, scene })
    }

    /// Closes the businesses, and adds up what was found at each.
    pub async fn close(&self, receptions: &[Reception]) -> anyhow::Result<Verdict> {
        let count = receptions.len();
        let progress = Progress::new("check", count as u64);
        let closing = receptions.iter().map(|reception| reception.close(self.api));
        let mut checking = stream::iter(closing).buffer_unordered(AT_ONCE);
        let mut all = Verdict::default();
        let mut checked = 0;
        while let Some(verdict) = checking.try_next().await? {
            all.add(verdict);
            checked += 1;
            progress.show(checked, &format!("{checked} of {count} businesses"));
        }
        progress.end();
        Ok(all)
    }
}

impl Reception {
    async fn close(&self, api: &Api) -> anyhow::Result<Verdict> {
        let Self { run, scene, .. } = self;
        let position = scene.hang_up(api).await?;
        run.journal.record(Record::Ended { unanswered_webhooks: get(&run.unanswered_webhooks) });
        let ledger = run.journal.finish()?;
        let verdict = check::check(api, &ledger, position.as_deref()).await?;
        scene.retire(api).await?;
        Ok(verdict)
    }
}
