//! Fills the editions of read models that do not serve, as long as there are any; and has tried again what
//! processes of another build have parked.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use frontdesk_adapters::supervisor::Supervisor;
use frontdesk_domain::kernel::chain::Chain;
use frontdesk_projections::checkpoints::{self, Checkpoint};
use frontdesk_projections::edition::Edition;
use frontdesk_projections::parked;
use frontdesk_projections::read_model::Filling;
use frontdesk_projections::read_models;
use frontdesk_projections::reader::{EventSource, Reader};
use frontdesk_projections::runner::Runner;
use sqlx::PgPool;
use tokio::sync::Semaphore;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// The name of the task.
pub const EDITIONS: &str = "editions";
/// How often it looks whether there are any.
const INTERVAL: Duration = Duration::from_secs(1);
/// How often it looks for what other builds have parked. While two run, either may take up what is tried
/// again.
const OTHERS_INTERVAL: Duration = Duration::from_secs(60);
/// Of those that are filled, one at a time: what serves comes first. Those that served before are near the
/// end of the log, and do not wait for these.
const TURNS_AT_ONCE: usize = 1;

#[derive(Debug, Clone)]
pub struct Editions {
    pub source: Arc<dyn EventSource>,
    pub pool: PgPool,
    pub supervisor: Supervisor,
}

impl Editions {
    pub async fn run(self, stop: CancellationToken) {
        let turns = [Edition::Next, Edition::Previous]
            .map(|edition| (edition, Arc::new(Semaphore::new(TURNS_AT_ONCE))));
        let turns = HashMap::from(turns);
        let (mut running, mut tasks) = (HashMap::<Checkpoint, AbortHandle>::new(), JoinSet::new());
        let mut others_at = Instant::now() + OTHERS_INTERVAL;
        loop {
            if others_at <= Instant::now() {
                others_at = Instant::now() + OTHERS_INTERVAL;
                if let Err(error) = parked::want_of_others(&self.pool, crate::BUILD).await {
                    self.supervisor.note(EDITIONS, Chain(&error).to_string());
                }
            }
            match self.there().await {
                Ok(there) => {
                    running.retain(|_, task| !task.is_finished());
                    for filling in there {
                        running.entry(filling.checkpoint()).or_insert_with(|| {
                            let runner = self.runner(filling, &turns);
                            let stop = stop.clone();
                            tasks.spawn(async move { runner.run(stop).await })
                        });
                    }
                }
                Err(error) => self.supervisor.note(EDITIONS, Chain(&error).to_string()),
            }
            if stop.run_until_cancelled(tokio::time::sleep(INTERVAL)).await.is_none() {
                break;
            }
            while tasks.try_join_next().is_some() {}
        }
        while tasks.join_next().await.is_some() {}
    }

    /// Those of the versions that this build knows.
    async fn there(&self) -> Result<Vec<Filling>, sqlx::Error> {
        let rows = checkpoints::list(&self.pool).await?;
        let models = read_models().into_iter();
        let editions = models.flat_map(|model| {
            [Edition::Next, Edition::Previous].map(|edition| Filling { model: model.clone(), edition })
        });
        Ok(editions.filter(|filling| rows.iter().any(|row| row.is_of(filling.checkpoint()))).collect())
    }

    fn runner(&self, filling: Filling, turns: &HashMap<Edition, Arc<Semaphore>>) -> Runner {
        let (supervisor, turns) = (self.supervisor.clone(), turns[&filling.edition].clone());
        Runner::new(Arc::new(filling), self.source.clone(), self.pool.clone())
            .of_build(crate::BUILD)
            .taking_turns(turns)
            .telling(move |reason| supervisor.note(EDITIONS, reason))
    }
}
