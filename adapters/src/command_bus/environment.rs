//! What decisions are made with, besides what a command says itself.

use std::sync::Arc;

use super::ahead::Ahead;
use super::cache::AggregateCache;
use super::context::Clock;
use crate::crypto::{Hasher, MasterKey, TokenSigner};
use crate::event_log::EventLog;

#[derive(Debug, Clone)]
pub struct Environment {
    pub log: EventLog,
    pub cache: AggregateCache,
    pub ahead: Ahead,
    pub clock: Arc<dyn Clock>,
    pub hasher: Hasher,
    master: MasterKey,
}

impl Environment {
    pub fn new(log: EventLog, master: &MasterKey, clock: Arc<dyn Clock>) -> Self {
        let (master, cache) = (master.clone(), AggregateCache::default());
        Self { log, ahead: Ahead::of(&cache), cache, clock, hasher: master.hasher(), master }
    }

    /// Signs tokens for a purpose.
    pub fn token_signer(&self, purpose: &str) -> TokenSigner {
        self.master.token_signer(purpose)
    }
}
