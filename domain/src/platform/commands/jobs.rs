//! Jobs: doing what one is for, once, and giving one up.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::kernel::ids::{BusinessId, EffectId};
use crate::kernel::policy::{Job, Performed};
use crate::kernel::work::{Command, Failure, Work};
use crate::platform::job_outcome::{Effect, EffectCommand, Origin, Outcome};
use crate::values::text::Note;

/// Does what a job is for, unless that has been settled: the outcome is in the same commit.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Perform<J> {
    pub effect_id: EffectId,
    pub origin: Origin,
    pub job: J,
}

/// What a run came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ran {
    /// Now or before.
    Settled(Outcome),
    /// It was too early.
    NotBefore(DateTime<Utc>),
}

impl<J: Job> Command for Perform<J> {
    const NAME: &'static str = J::NAME;
    type Output = Ran;

    fn contended(&self, tenant: BusinessId) -> Vec<Uuid> {
        self.job.contended(tenant)
    }

    async fn decide<W: Work>(&self, work: &W) -> Result<Ran, Failure> {
        work.presume_new::<Effect>(self.effect_id);
        if let Some(outcome) = work.load::<Effect>(self.effect_id).await?.state.outcome() {
            return Ok(Ran::Settled(outcome));
        }
        let origin = self.origin.clone();
        let (command, outcome) = match self.job.perform(work).await? {
            Performed::Applied => (EffectCommand::Apply { origin }, Outcome::Applied),
            Performed::Unneeded => (EffectCommand::DropUnneeded { origin }, Outcome::Unneeded),
            Performed::NotBefore(instant) => return Ok(Ran::NotBefore(instant)),
        };
        work.act::<Effect>(self.effect_id, command).await?;
        Ok(Ran::Settled(outcome))
    }
}

/// Gives a job up: it is not run again, whatever is replayed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DiscardEffect {
    pub effect_id: EffectId,
    pub origin: Origin,
    pub reason: Note,
}

impl Command for DiscardEffect {
    const NAME: &'static str = "DiscardEffect";
    type Output = ();

    async fn decide<W: Work>(&self, work: &W) -> Result<(), Failure> {
        let (reason, by) = (self.reason.as_str().to_owned(), work.actor().clone());
        work.act::<Effect>(self.effect_id, EffectCommand::Discard { origin: self.origin.clone(), reason, by }).await.map(drop)
    }
}
