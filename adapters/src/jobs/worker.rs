//! Takes what is due and runs it, some jobs at a time.
//!
//! Any number of processes do this side by side. What is due is looked for every [`POLL_INTERVAL`]; nobody
//! has to be notified. When the process is told to stop, it takes nothing more, lets what runs finish for a
//! while, and gives the rest back.
//!
//! Queues take turns by their weights ([`Shares`]). Businesses take turns: now and then a worker looks past those
//! that it is busy with, and one of its places is kept for what it finds there. So a job of one business waits for
//! no heap of another's.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use frontdesk_domain::kernel::chain::Chain;
use frontdesk_domain::kernel::ids::{BusinessId, StreamId};
use sqlx::PgPool;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::cron::Cron;
use super::handler::{Failed, Finished, Handler};
use super::queue::{self, Claimed, Fate, Lease, Shares};
use crate::command_bus::Clock;
use crate::postgres::pool::in_time;

/// How late a job is at most because nobody has looked.
pub const POLL_INTERVAL: Duration = Duration::from_millis(250);
/// How long one run may take.
const RUN_TIMEOUT: Duration = Duration::from_secs(60);
/// How long it may take to look for jobs. What was leased meanwhile is taken over when its lease ends.
const QUERIES_MAX: Duration = Duration::from_secs(30);
/// How long what runs may take to finish when the process stops.
const STOP_PATIENCE: Duration = Duration::from_secs(3);
/// A lease is renewed this often before it ends.
const RENEWALS: u32 = 3;
const RETRY_PAUSE: Duration = Duration::from_secs(1);
/// A look past a heap goes over all of it. The next one comes after so many times as long as it took.
const LOOK_PAST_PAUSES: u32 = 4;

#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// How many jobs a process runs at once.
    pub concurrency: usize,
    /// After how long others take the jobs of a process that has died.
    pub lease: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self { concurrency: 8, lease: Duration::from_secs(30) }
    }
}

pub struct Worker {
    lease: Lease,
    clock: Arc<dyn Clock>,
    handlers: HashMap<&'static str, Arc<dyn Handler>>,
    crons: Vec<Cron>,
    settings: Settings,
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Worker({})", self.lease.worker)
    }
}

/// What is under way.
struct Running {
    tasks: JoinSet<()>,
    jobs: HashMap<Id, Claimed>,
    /// The businesses that had a job since the last look past them.
    served: BTreeSet<BusinessId>,
    look_past_at: Instant,
    shares: Shares,
}

impl Running {
    fn nothing() -> Self {
        let look_past_at = Instant::now();
        Self {
            tasks: JoinSet::new(),
            jobs: HashMap::new(),
            served: BTreeSet::new(),
            look_past_at,
            shares: Shares::default(),
        }
    }

    /// The businesses that it would be somebody else's turn after.
    fn busy_with(&self) -> Vec<BusinessId> {
        let running = self.jobs.values().filter_map(Claimed::tenant);
        running.chain(self.served.iter().copied()).collect::<BTreeSet<_>>().into_iter().collect()
    }
}

impl Worker {
    pub fn new(
        pool: PgPool,
        clock: Arc<dyn Clock>,
        handlers: Vec<Arc<dyn Handler>>,
        crons: Vec<Cron>,
        settings: Settings,
    ) -> Self {
        let lease = Lease { pool, worker: Uuid::now_v7(), duration: settings.lease };
        let handlers = handlers.into_iter().map(|handler| (handler.policy(), handler)).collect();
        Self { lease, clock, handlers, crons, settings }
    }

    pub async fn run(&self, stop: CancellationToken) {
        let mut running = Running::nothing();
        let mut look_around = Instant::now();
        while !stop.is_cancelled() {
            let mut pause = POLL_INTERVAL.min(self.settings.lease / RENEWALS);
            if Instant::now() >= look_around {
                look_around = Instant::now() + self.settings.lease / RENEWALS;
                if let Err(error) = in_time(QUERIES_MAX, self.look_around(&running)).await {
                    tracing::warn!(error = %Chain(&error), "leases of jobs cannot be renewed or taken over; trying again");
                }
            }
            if let Err(error) = in_time(QUERIES_MAX, self.take(&mut running)).await {
                tracing::warn!(error = %Chain(&error), "jobs cannot be looked for; trying again");
                pause = RETRY_PAUSE;
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(pause) => {}
                Some(ended) = running.tasks.join_next_with_id() => self.ended(&mut running, ended).await,
            }
        }
        self.finish(running).await;
    }

    /// Runs what is due until nothing is, for tests.
    pub async fn drain(&self) -> Result<(), sqlx::Error> {
        let mut running = Running::nothing();
        self.look_around(&running).await?;
        loop {
            self.take(&mut running).await?;
            match running.tasks.join_next_with_id().await {
                Some(ended) => self.ended(&mut running, ended).await,
                None => return Ok(()),
            }
        }
    }

    /// Fills the free places with what is due: those that are free with the jobs of businesses whose turn it
    /// is, and all but one of the rest with what is due, from each queue its share.
    async fn take(&self, running: &mut Running) -> Result<(), sqlx::Error> {
        let busy_with = running.busy_with();
        let begun = Instant::now();
        if !busy_with.is_empty() && self.free(running) > 0 && running.look_past_at <= begun {
            self.take_past(running, self.free(running), &busy_with).await?;
            running.served.retain(|business| !busy_with.contains(business));
            running.look_past_at = Instant::now() + begun.elapsed() * LOOK_PAST_PAUSES;
        }
        let kept = usize::from(self.settings.concurrency > 1);
        match self.free(running).saturating_sub(kept) {
            0 => Ok(()),
            free => self.take_past(running, free, &[]).await,
        }
    }

    fn free(&self, running: &Running) -> usize {
        self.settings.concurrency.saturating_sub(running.tasks.len())
    }

    async fn take_past(
        &self,
        running: &mut Running,
        limit: usize,
        past: &[BusinessId],
    ) -> Result<(), sqlx::Error> {
        // Only what this build knows how to run: in the middle of a deployment the queue may hold what only
        // newer processes know.
        let policies: Vec<(&str, i32)> =
            self.handlers.iter().map(|(policy, handler)| (*policy, handler.version())).collect();
        let taken = self.lease.claim(&policies, self.clock.now(), limit, past, &running.shares).await?;
        running.shares.note(taken.iter().map(Claimed::queue));
        for job in taken {
            running.served.extend(job.tenant());
            let Some(handler) = self.handlers.get(job.policy.as_str()).cloned() else { continue };
            let (lease, clock) = (self.lease.clone(), self.clock.clone());
            let task = running.tasks.spawn(run(handler, lease, clock, job.clone()));
            running.jobs.insert(task.id(), job);
        }
        Ok(())
    }

    /// Renews what runs, takes over what others have left, and enqueues what is done again and again.
    async fn look_around(&self, running: &Running) -> Result<(), sqlx::Error> {
        let jobs: Vec<Uuid> = running.jobs.values().map(|job| job.effect_id().uuid()).collect();
        if !jobs.is_empty() {
            self.lease.renew(&jobs).await?;
        }
        for job in queue::recover(&self.lease.pool).await? {
            let effect_id = job.effect_id();
            if job.dead {
                told_dead(
                    &effect_id.to_string(),
                    &job.name,
                    job.attempts,
                    "the process that ran it has died each time",
                );
            } else {
                tracing::warn!(%effect_id, job = job.name, "a job was taken back from a process that has died");
            }
        }
        if !self.crons.is_empty() {
            let mut connection = self.lease.pool.acquire().await?;
            for cron in &self.crons {
                cron.enqueue(&mut connection, self.clock.now()).await?;
            }
        }
        Ok(())
    }

    async fn ended(&self, running: &mut Running, ended: Result<(Id, ()), JoinError>) {
        let id = match &ended {
            Ok((id, ())) => *id,
            Err(error) => error.id(),
        };
        let Some(job) = running.jobs.remove(&id) else { return };
        if ended.is_err_and(|error| error.is_panic()) {
            let failed = Failed {
                reason: "it panicked; the process's standard error says where".into(),
                lasting: false,
            };
            let retry = self.handlers.get(job.policy.as_str()).map(|handler| handler.retry());
            if let Some(retry) = retry {
                let fate = after_failure(&job, retry, failed, self.clock.as_ref());
                settle(&self.lease, &job, &fate).await;
            }
        }
    }

    async fn finish(&self, mut running: Running) {
        let all = async {
            while let Some(ended) = running.tasks.join_next_with_id().await {
                self.ended(&mut running, ended).await;
            }
        };
        if tokio::time::timeout(STOP_PATIENCE, all).await.is_err() {
            running.tasks.shutdown().await;
        }
        match self.lease.give_back().await {
            Ok(0) => {}
            Ok(jobs) => tracing::info!(jobs, "jobs were given back unfinished"),
            Err(error) => {
                tracing::warn!(error = %Chain(&error), "jobs were not given back; others take them when their leases end")
            }
        }
    }
}

async fn run(handler: Arc<dyn Handler>, lease: Lease, clock: Arc<dyn Clock>, job: Claimed) {
    let started = Instant::now();
    let result = match tokio::time::timeout(RUN_TIMEOUT, handler.run(&job)).await {
        Ok(result) => result,
        Err(_) => {
            Err(Failed { reason: format!("it took longer than {} s", RUN_TIMEOUT.as_secs()), lasting: false })
        }
    };
    let outcome = if result.is_ok() { "ok" } else { "failed" };
    metrics::histogram!("frontdesk_job_seconds", "job" => job.name.clone(), "queue" => job.queue().name(), "outcome" => outcome)
        .record(started.elapsed().as_secs_f64());
    let fate = match result {
        Ok(Finished::Done) => Fate::Done,
        Ok(Finished::NotBefore(instant)) => Fate::Postponed(instant),
        Err(failed) => after_failure(&job, handler.retry(), failed, clock.as_ref()),
    };
    settle(&lease, &job, &fate).await;
}

/// What becomes of a job that has failed: another try after a pause, or none.
fn after_failure(
    job: &Claimed,
    retry: frontdesk_domain::kernel::policy::Retry,
    failed: Failed,
    clock: &dyn Clock,
) -> Fate {
    metrics::counter!("frontdesk_job_failures_total", "job" => job.name.clone()).increment(1);
    let effect_id = job.effect_id().to_string();
    if failed.lasting || job.attempts >= job.attempts_max {
        told_dead(&effect_id, &job.name, job.attempts, &failed.reason);
        return Fate::Dead { error: failed.reason };
    }
    let pause = retry.pause(u16::try_from(job.attempts).unwrap_or(u16::MAX), rand::random());
    tracing::warn!(
        effect_id,
        job = job.name,
        attempts = job.attempts,
        error = failed.reason,
        "a job has failed; it is tried again"
    );
    Fate::Retry { at: clock.now() + pause, error: failed.reason }
}

fn told_dead(effect_id: &str, job: &str, attempts: i32, error: &str) {
    metrics::counter!("frontdesk_jobs_died_total", "job" => job.to_owned()).increment(1);
    tracing::error!(
        effect_id,
        job,
        attempts,
        error,
        "a job has failed for good: see `frontdesk jobs show`, put right what is wrong, then `frontdesk jobs retry` or `discard` it"
    );
}

async fn settle(lease: &Lease, job: &Claimed, fate: &Fate) {
    let effect_id = job.effect_id();
    match lease.settle(job, fate).await {
        Ok(true) => {}
        Ok(false) => {
            tracing::debug!(%effect_id, job = job.name, "a job that has run was no longer this worker's")
        }
        // When its lease ends it is run again, and found done if it was.
        Err(error) => {
            tracing::warn!(%effect_id, job = job.name, error = %Chain(&error), "what became of a job was not written down")
        }
    }
}
