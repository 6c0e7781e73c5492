//! Every reader of the log that has a checkpoint, and how far they have come.

use std::sync::Arc;
use std::time::Duration;

use frontdesk_adapters::command_bus::Bus;
use frontdesk_adapters::event_log::{EventLog, ReadError, subscribe};
use frontdesk_domain::kernel::recorded::Position;
use frontdesk_projections::checkpoints::{self, Checkpoint, CheckpointRow};
use frontdesk_projections::edition::Edition;
use frontdesk_projections::editions::NEAR;
use frontdesk_projections::parked;
use frontdesk_projections::read_model::Filling;
use frontdesk_projections::read_models;
use frontdesk_projections::reader::{Reader, Start};
use sqlx::PgPool;

use super::policies::policy_readers;
use crate::inbound::translator::{self, Translator};

/// For so long a version is taken for one that is being filled, if it has not come to the end of the log.
const NEW_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// What the runners run: the read models, the policies, the translator of webhooks.
pub fn readers(bus: &Bus) -> Vec<Arc<dyn Reader>> {
    let read_models = read_models().into_iter().map(Filling::serving);
    let translator: Arc<dyn Reader> = Arc::new(Translator::new(bus.clone()));
    read_models.chain(policy_readers()).chain([translator]).collect()
}

/// Gives those that start at the head of the log, and have never run, their checkpoints.
pub async fn begin_at_the_head(log: &EventLog, readers: &[Arc<dyn Reader>]) -> Result<(), ReadError> {
    let head = log.head().await?;
    let mut connection = log.pool().acquire().await?;
    for reader in readers.iter().filter(|reader| reader.start() == Start::Head) {
        reader.checkpoint().create(&mut connection, head).await?;
    }
    Ok(())
}

/// An edition of a reader, and how it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReaderStatus {
    /// What the lists of what is parked and the metrics call it.
    pub key: String,
    pub name: String,
    pub version: i32,
    pub edition: Edition,
    pub is_read_model: bool,
    /// Whether this build runs it. What others have left is kept, and nobody takes it further.
    pub is_of_this_build: bool,
    pub position: Position,
    /// How many events stand in the log behind its position.
    pub behind: Position,
    pub parked: i64,
    pub paused: bool,
    /// How long it has yet to fill its tables, at the speed so far; of those that do.
    pub time_left: Option<Duration>,
}

/// All that have a checkpoint.
pub async fn statuses(pool: &PgPool) -> Result<Vec<ReaderStatus>, sqlx::Error> {
    let rows = checkpoints::list(pool).await?;
    let mut parked = parked::counts(pool).await?;
    let head = subscribe::head(pool).await?;
    let models: Vec<Checkpoint> =
        read_models().iter().map(|model| model.checkpoint(Edition::Serving)).collect();
    let others: Vec<Checkpoint> =
        policy_readers().iter().map(|policy| policy.checkpoint()).chain([translator::CHECKPOINT]).collect();
    let status = |row: CheckpointRow| {
        let (name, edition) = row.reader();
        let is_here = |of: &[Checkpoint]| of.iter().any(|of| of.name == name && of.version == row.version);
        let behind = (head - row.position).max(0);
        let fills = edition == Edition::Next || row.age() < NEW_FOR;
        ReaderStatus {
            is_read_model: models.iter().any(|model| model.name == name),
            is_of_this_build: is_here(&models) || is_here(&others),
            behind,
            parked: parked.remove(&(row.key.clone(), row.version)).unwrap_or(0),
            time_left: if fills && behind > NEAR && !row.paused { row.time_for(behind) } else { None },
            name: name.to_owned(),
            edition,
            version: row.version,
            position: row.position,
            paused: row.paused,
            key: row.key,
        }
    };
    Ok(rows.into_iter().map(status).collect())
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
