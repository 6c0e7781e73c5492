//! Every reader of the log that has a checkpoint, and how far they have come.

use std::sync::Arc;

use frontdesk_adapters::command_bus::Bus;
use frontdesk_adapters::event_log::{EventLog, ReadError};
use frontdesk_projections::checkpoints;
use frontdesk_projections::read_models;
use frontdesk_projections::reader::{Reader, Start};

use super::policies::policy_readers;
use crate::inbound::translator::Translator;

/// What the runners run: the read models, the policies, the translator of webhooks.
pub fn readers(bus: &Bus) -> Vec<Arc<dyn Reader>> {
    let read_models = read_models().into_iter().map(|read_model| read_model as Arc<dyn Reader>);
    let translator: Arc<dyn Reader> = Arc::new(Translator::new(bus.clone()));
    read_models.chain(policy_readers()).chain([translator]).collect()
}

/// Gives those that start at the head of the log, and have never run, their checkpoints.
pub async fn begin_at_the_head(log: &EventLog, readers: &[Arc<dyn Reader>]) -> Result<(), ReadError> {
    let head = log.head().await?;
    for reader in readers.iter().filter(|reader| reader.start() == Start::Head) {
        reader.checkpoint().create(log.pool(), head).await?;
    }
    Ok(())
}

/// How many events each of them is behind.
pub async fn lags(log: &EventLog) -> Result<Vec<(String, i64)>, ReadError> {
    let positions = checkpoints::positions(log.pool()).await?;
    let head = log.head().await?;
    Ok(positions.into_iter().map(|(name, position)| (name, (head - position).max(0))).collect())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::app::App;

    #[tokio::test]
    async fn no_two_readers_of_the_log_have_one_checkpoint() {
        let mut names = HashSet::new();
        for reader in readers(&App::detached().bus) {
            assert!(names.insert(reader.name()), "{}", reader.name());
        }
    }
}
