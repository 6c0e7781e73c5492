//! Aggregates as they will be: with what is decided and not written yet.
//!
//! A command is decided on what is about to be written, so that a crowd at one resource does not wait for a
//! round trip each. Its commit rests on the ones before it, and the appender writes it behind them or not at
//! all. What is here is told to nobody: an answer waits for its own commit, a refusal for all that it rests
//! on.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use frontdesk_domain::kernel::ids::CommitId;
use frontdesk_domain::kernel::recorded::Stream;

use super::cache::{AggregateCache, Folded};
use crate::event_log::append::Expectation;
use crate::event_log::appender::Ticket;
use crate::event_log::commits::{Prepared, Submitted};

#[derive(Debug, Clone)]
struct State {
    folded: Folded,
    ticket: Ticket,
}

/// The states that each stream will have, oldest first.
type States = HashMap<Stream, Vec<State>>;

#[derive(Debug, Clone)]
pub struct Ahead {
    states: Arc<Mutex<States>>,
    /// What is written.
    cache: AggregateCache,
}

impl Ahead {
    pub fn of(cache: &AggregateCache) -> Self {
        Self { states: Arc::default(), cache: cache.clone() }
    }

    /// The latest state of a stream that is not written yet, and the commit that will have written it.
    pub fn get(&self, stream: Stream) -> Option<(Folded, Ticket)> {
        let states = lock(&self.states);
        let latest = states.get(&stream)?.last()?;
        Some((latest.folded.clone(), latest.ticket.clone()))
    }

    /// Hands a commit in, so that from now on its states are decided on. Not if this process knows that a
    /// stream has moved since it was loaded.
    ///
    /// All under one lock: commits are queued in the order in which they were decided.
    pub fn submit<'l>(
        &self,
        prepared: Prepared<'l>,
        expectations: &[Expectation],
        written: Vec<(Stream, Folded)>,
    ) -> Option<Submitted<'l>> {
        let mut states = lock(&self.states);
        if expectations.iter().any(|loaded| self.version(&states, loaded.stream) > loaded.version) {
            return None;
        }
        let commit = prepared.id();
        let (ahead, ended) = (self.clone(), written.clone());
        let submitted = prepared.submit(Box::new(move |is_written| ahead.end(commit, ended, is_written)));
        for (stream, folded) in written {
            let ticket = submitted.ticket().clone();
            states.entry(stream).or_default().push(State { folded, ticket });
        }
        Some(submitted)
    }

    /// The version of a stream as far as this process knows it.
    fn version(&self, states: &States, stream: Stream) -> i64 {
        let ahead = states.get(&stream).and_then(|states| states.last()).map(|state| state.folded.version);
        ahead.or_else(|| Some(self.cache.get(stream)?.version)).unwrap_or_default()
    }

    /// A commit has ended. Its states are in the cache before they are gone from here.
    fn end(&self, commit: CommitId, written: Vec<(Stream, Folded)>, is_written: bool) {
        let streams: Vec<Stream> = written.iter().map(|(stream, _)| *stream).collect();
        if is_written {
            written.into_iter().for_each(|(stream, folded)| self.cache.put(stream, folded));
        }
        let mut states = lock(&self.states);
        for stream in streams {
            if let Some(of_stream) = states.get_mut(&stream) {
                of_stream.retain(|state| state.ticket.commit != commit);
                if of_stream.is_empty() {
                    states.remove(&stream);
                }
            }
        }
    }
}

fn lock(states: &Mutex<States>) -> MutexGuard<'_, States> {
    states.lock().unwrap_or_else(PoisonError::into_inner)
}
