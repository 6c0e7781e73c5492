//! Waiting in line for what others want, too.
//!
//! Within a process, commands that take time of the same resource queue here and are decided when it is their turn, so that two hundred
//! callers for two hundred times of one day do not decide on the same version and lose to each other. Keys are taken in order, so sets of
//! them cannot deadlock. Between processes the version in the log decides.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;
use uuid::Uuid;

type Lines = Mutex<HashMap<Uuid, Arc<tokio::sync::Mutex<()>>>>;

#[derive(Debug, Clone, Default)]
pub struct Queues {
    lines: Arc<Lines>,
}

/// A place at the head of some lines, until it is dropped.
#[derive(Debug)]
pub struct Turn {
    lines: Arc<Lines>,
    held: Vec<(Uuid, OwnedMutexGuard<()>)>,
}

/// The deadline passed in the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLate;

impl Queues {
    /// A turn, if nobody is in any of these lines.
    pub fn now(&self, keys: &[Uuid]) -> Option<Turn> {
        let mut keys = keys.to_vec();
        keys.sort_unstable();
        keys.dedup();
        let mut turn = Turn { lines: self.lines.clone(), held: Vec::with_capacity(keys.len()) };
        for key in keys {
            let line = self.lines.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default().clone();
            turn.held.push((key, line.try_lock_owned().ok()?));
        }
        Some(turn)
    }

    pub async fn wait(&self, mut keys: Vec<Uuid>, deadline: Instant) -> Result<Turn, TooLate> {
        keys.sort_unstable();
        keys.dedup();
        let mut turn = Turn { lines: self.lines.clone(), held: Vec::with_capacity(keys.len()) };
        for key in keys {
            let line = self.lines.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default().clone();
            let guard = tokio::time::timeout_at(deadline, line.lock_owned()).await.map_err(|_| TooLate)?;
            turn.held.push((key, guard));
        }
        Ok(turn)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, guard) in self.held.drain(..) {
            drop(guard);
            // Only the map knows the line any more: nobody waits, and nobody can begin to while the map is locked.
            if lines.get(&key).is_some_and(|line| Arc::strong_count(line) == 1) {
                lines.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_millis(20)
    }

    fn key(number: u128) -> Uuid {
        Uuid::from_u128(number)
    }

    #[tokio::test]
    async fn who_wants_the_same_waits_and_who_wants_something_else_does_not() {
        let queues = Queues::default();
        let first = queues.wait(vec![key(1), key(2)], soon()).await.expect("nobody is there");
        assert_eq!(queues.wait(vec![key(2)], soon()).await.err(), Some(TooLate));
        queues.wait(vec![key(3)], soon()).await.expect("nobody is there");
        drop(first);
        queues.wait(vec![key(2)], soon()).await.expect("the first has gone");
    }

    #[tokio::test]
    async fn lines_that_nobody_stands_in_are_forgotten() {
        let queues = Queues::default();
        let turn = queues.wait(vec![key(1)], soon()).await.expect("nobody is there");
        assert!(queues.wait(vec![key(1)], soon()).await.is_err());
        drop(turn);
        drop(queues.wait(vec![key(1)], soon()).await.expect("nobody is there"));
        assert!(queues.lines.lock().expect("not poisoned").is_empty());
    }

    #[tokio::test]
    async fn crossed_sets_do_not_deadlock() {
        let queues = Queues::default();
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..50_u128 {
            let queues = queues.clone();
            let keys = if number % 2 == 0 { vec![key(1), key(2)] } else { vec![key(2), key(1)] };
            tasks.spawn(async move {
                let _turn = queues.wait(keys, Instant::now() + Duration::from_secs(5)).await.expect("a turn");
                tokio::task::yield_now().await;
            });
        }
        tasks.join_all().await;
    }
}
