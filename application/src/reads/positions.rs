//! Reading one's own writes.
//!
//! Every reply to a write names its place in the log, as an opaque token of position and log epoch. Who reads
//! with that token waits, for a bounded time, until the read model and the caches of this process have come
//! that far.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use frontdesk_adapters::crypto::TokenSigner;
use frontdesk_adapters::event_log::EventLog;
use frontdesk_domain::kernel::recorded::Position;
use frontdesk_projections::edition::Edition;
use frontdesk_projections::reached::{Reached, wait_for};
use frontdesk_projections::read_model::ReadModel;
use uuid::Uuid;

use super::ReadError;
use super::cache::ReadCache;
use super::error::BadPosition;

/// What the tokens are signed for.
pub const TOKEN: &str = "position";

/// How long a reader waits for a read model to reach a position.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long something that is not there may take to appear.
const CATCH_UP_PATIENCE: Duration = Duration::from_millis(500);

pub struct Positions {
    pub log: EventLog,
    pub cache: Arc<ReadCache>,
    /// Which log this is: a position means something in one epoch only.
    pub epoch: Uuid,
    pub signer: TokenSigner,
    /// How far the readers that this process runs have come.
    pub reached: HashMap<&'static str, Reached>,
}

impl Positions {
    /// A place in this log, for clients to hand back.
    pub fn token(&self, position: Position) -> String {
        let content = [self.epoch.as_bytes().as_slice(), &position.to_be_bytes()].concat();
        self.signer.sign(b"", &content)
    }

    /// The position that a token stands for.
    pub fn of_token(&self, token: &str) -> Result<Position, BadPosition> {
        let content = self.signer.verify(b"", token).map_err(|_| BadPosition::NotAToken)?;
        let (epoch, position) = content.split_first_chunk::<16>().ok_or(BadPosition::NotAToken)?;
        if *epoch != self.epoch.into_bytes() {
            return Err(BadPosition::OfAnotherLog);
        }
        Ok(Position::from_be_bytes(position.try_into().map_err(|_| BadPosition::NotAToken)?))
    }

    /// Waits until a read model, and what this process keeps of it, has reached the position of a token.
    pub async fn wait_for(&self, reader: &dyn ReadModel, token: Option<&str>) -> Result<(), ReadError> {
        let Some(token) = token else { return Ok(()) };
        let position = self.of_token(token)?;
        self.reach(reader, position, PATIENCE).await?;
        if self.cache.follows(position, PATIENCE).await { Ok(()) } else { Err(ReadError::Behind) }
    }

    /// Finds something in a read model. What is not there is looked for once more when the read model shows
    /// what this process has written so far, so whoever makes something and asks for it finds it.
    pub async fn find<T, E, F>(
        &self,
        reader: &dyn ReadModel,
        find: impl Fn() -> F + Send,
    ) -> Result<Option<T>, E>
    where
        F: Future<Output = Result<Option<T>, E>> + Send,
    {
        if let Some(found) = find().await? {
            return Ok(Some(found));
        }
        let head = *self.log.appender().head().borrow();
        // A read model that is late has not got it.
        let _ = self.reach(reader, head, CATCH_UP_PATIENCE).await;
        find().await
    }

    /// Gives a read model, and what this process keeps of it, the time to show what this process has written so
    /// far: some milliseconds mostly. One that is late does not show it.
    pub async fn catch_up(&self, reader: &dyn ReadModel) {
        let head = *self.log.appender().head().borrow();
        if self.reach(reader, head, CATCH_UP_PATIENCE).await.is_ok() {
            self.cache.follows(head, CATCH_UP_PATIENCE).await;
        }
    }

    /// Waits until a read model has reached a position.
    pub async fn reach(
        &self,
        reader: &dyn ReadModel,
        position: Position,
        patience: Duration,
    ) -> Result<(), ReadError> {
        let reached = self.reached.get(reader.name()).cloned();
        if wait_for(self.log.pool(), reader.checkpoint(Edition::Serving), reached, position, patience).await?
        {
            Ok(())
        } else {
            Err(ReadError::Behind)
        }
    }
}
