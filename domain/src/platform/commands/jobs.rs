//! Performing a job once, and discarding one.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::kernel::ids::{BusinessId, JobId};
use crate::kernel::policy::{Job, Performed};
use crate::kernel::work::{Command, Failure, Work};
use crate::platform::job_outcome::{JobOrigin, JobOutcome, JobOutcomeCommand, Settlement};
use crate::values::text::Note;

/// Performs a job, unless it is settled. Its outcome is in the same commit, or in that of its last part.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct PerformJob<J> {
    #[serde(rename = "effect_id")]
    pub job_id: JobId,
    pub origin: JobOrigin,
    pub job: J,
}

/// What a run of a job came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobRun {
    /// By this run or an earlier one.
    Settled(Settlement),
    /// It ran too early, or did a part of its work.
    NotBefore(DateTime<Utc>),
}

impl<J: Job> Command for PerformJob<J> {
    const NAME: &'static str = J::NAME;
    type Output = JobRun;

    fn contended(&self, tenant: BusinessId) -> Vec<Uuid> {
        self.job.contended(tenant)
    }

    async fn decide<W: Work>(&self, work: &W) -> Result<JobRun, Failure> {
        work.presume_new::<JobOutcome>(self.job_id);
        if let Some(outcome) = work.load::<JobOutcome>(self.job_id).await?.state.settlement() {
            return Ok(JobRun::Settled(outcome));
        }
        let origin = self.origin.clone();
        let (command, outcome) = match self.job.perform(work).await? {
            Performed::Applied => (JobOutcomeCommand::Apply { origin }, Settlement::Applied),
            Performed::InPart => return Ok(JobRun::NotBefore(work.now())),
            Performed::Unneeded => (JobOutcomeCommand::DropUnneeded { origin }, Settlement::Unneeded),
            Performed::NotBefore(instant) => return Ok(JobRun::NotBefore(instant)),
        };
        work.execute::<JobOutcome>(self.job_id, command).await?;
        Ok(JobRun::Settled(outcome))
    }
}

/// Discards a job: it never runs again. Its stored name is `DiscardEffect`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct DiscardJob {
    #[serde(rename = "effect_id")]
    pub job_id: JobId,
    pub origin: JobOrigin,
    pub reason: Note,
}

impl Command for DiscardJob {
    const NAME: &'static str = "DiscardEffect";
    type Output = ();

    async fn decide<W: Work>(&self, work: &W) -> Result<(), Failure> {
        let (reason, by) = (self.reason.as_str().to_owned(), work.actor().clone());
        work.execute::<JobOutcome>(
            self.job_id,
            JobOutcomeCommand::Discard { origin: self.origin.clone(), reason, by },
        )
        .await
        .map(drop)
    }
}
