//! What decisions are made with, besides what a command says itself.

use std::sync::Arc;

use super::ahead::Ahead;
use super::cache::AggregateCache;
use super::context::Clock;
use crate::crypto::{DeploymentSecrets, Hasher};
use crate::event_log::EventLog;

#[derive(Debug, Clone)]
pub struct Environment {
    pub log: EventLog,
    pub cache: AggregateCache,
    pub ahead: Ahead,
    pub clock: Arc<dyn Clock>,
    pub hasher: Hasher,
    pub secrets: DeploymentSecrets,
}

impl Environment {
    pub fn new(log: EventLog, secrets: &DeploymentSecrets, clock: Arc<dyn Clock>) -> Self {
        let cache = AggregateCache::default();
        Self {
            log,
            ahead: Ahead::of(&cache),
            cache,
            clock,
            hasher: secrets.hasher(),
            secrets: secrets.clone(),
        }
    }
}
