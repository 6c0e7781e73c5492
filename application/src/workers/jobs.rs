//! Who runs the jobs, what is done again and again, and what operators do about jobs that have failed for
//! good.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use frontdesk_adapters::command_bus::{Bus, BusError, Context};
use frontdesk_adapters::event_log::attachments;
use frontdesk_adapters::jobs::handler::{Failed, Finished, Handler};
use frontdesk_adapters::jobs::{Claimed, Cron, JobRow, queue, registered_policies};
use frontdesk_domain::kernel::ids::{BusinessId, JobId};
use frontdesk_domain::kernel::policy::Retry;
use frontdesk_domain::kernel::refusal::{Class, Refusal};
use frontdesk_domain::platform::commands::jobs::DiscardJob;
use frontdesk_domain::values::text::Note;
use futures::future::BoxFuture;
use sqlx::PgPool;

/// Who runs the jobs of each policy and of each schedule.
pub fn handlers(bus: &Bus, pool: &PgPool) -> Vec<Arc<dyn Handler>> {
    let policies = registered_policies().into_iter().map(|policy| (policy.handler)(bus.clone()));
    let expired_bodies: Arc<dyn Handler> =
        Arc::new(RemoveExpiredBodies { bus: bus.clone(), pool: pool.clone() });
    policies.chain([expired_bodies]).collect()
}

/// What is done again and again.
pub fn crons() -> anyhow::Result<Vec<Cron>> {
    Ok(vec![Cron::new(RemoveExpiredBodies::NAME, RemoveExpiredBodies::PATTERN, Retry::USUAL)?])
}

/// Removes the bodies of webhooks whose retention has ended.
pub struct RemoveExpiredBodies {
    /// Whose clock says what has ended.
    bus: Bus,
    pool: PgPool,
}

impl RemoveExpiredBodies {
    const NAME: &'static str = "remove_expired_bodies";
    const PATTERN: &'static str = "*/10 * * * *";
    const BATCH: u32 = 10_000;
}

impl Handler for RemoveExpiredBodies {
    fn policy(&self) -> &'static str {
        Self::NAME
    }

    fn retry(&self) -> Retry {
        Retry::USUAL
    }

    fn run<'a>(&'a self, _: &'a Claimed) -> BoxFuture<'a, Result<Finished, Failed>> {
        Box::pin(async move {
            loop {
                let removed =
                    attachments::remove_expired(&self.pool, self.bus.clock().now(), Self::BATCH).await;
                if removed.map_err(|error| Failed::now(&error))? < u64::from(Self::BATCH) {
                    return Ok(Finished::Done);
                }
            }
        })
    }
}

/// Why an operator's wish about a job was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    #[error(transparent)]
    Refused(Refusal),
    #[error("the queue cannot be read or written")]
    Database(#[from] sqlx::Error),
    #[error("it cannot be recorded that the job was discarded")]
    Bus(#[source] BusError),
}

/// The job of an effect.
pub async fn find(pool: &PgPool, effect_id: JobId) -> Result<JobRow, JobError> {
    let gone = || {
        Refusal::new(
            "job-not-found",
            Class::NotFound,
            "there is no such job: it was done, withdrawn or discarded, or never was",
        )
    };
    queue::find(pool, effect_id).await?.ok_or_else(|| JobError::Refused(gone()))
}

fn not_dead() -> JobError {
    let detail = "the job has not failed for good: it runs, or waits for its time or its next try";
    JobError::Refused(Refusal::new("job-not-dead", Class::Conflict, detail))
}

/// Lets a job that has failed for good begin anew.
pub async fn retry(pool: &PgPool, effect_id: JobId, now: DateTime<Utc>) -> Result<(), JobError> {
    find(pool, effect_id).await?;
    if queue::retry(pool, effect_id, now).await? { Ok(()) } else { Err(not_dead()) }
}

/// Gives a job up that has failed for good. That stands in the log before the job goes, so no replay brings
/// it back.
pub async fn discard(
    bus: &Bus,
    pool: &PgPool,
    effect_id: JobId,
    reason: Note,
    context: impl FnOnce(BusinessId) -> Context,
) -> Result<(), JobError> {
    let job = find(pool, effect_id).await?;
    if !job.is_dead() {
        return Err(not_dead());
    }
    if let Some(tenant) = job.tenant() {
        let discard = DiscardJob { job_id: effect_id, origin: job.origin(), reason };
        match bus.execute(&context(tenant), &discard).await {
            Ok(_) => {}
            Err(BusError::Refused(refusal)) => return Err(JobError::Refused(refusal)),
            Err(error) => return Err(JobError::Bus(error)),
        }
    }
    Ok(queue::remove_dead(pool, effect_id).await?)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::app::App;

    #[tokio::test]
    async fn each_policy_and_each_schedule_has_one_handler() {
        let app = App::detached();
        let mut names = HashSet::new();
        for handler in handlers(&app.bus, &app.pool) {
            assert!(names.insert(handler.policy()), "{}", handler.policy());
        }
        for cron in crons().expect("patterns") {
            assert!(names.contains(cron.name), "{}", cron.name);
        }
    }
}
