//! Waiting in line for what others want, too.
//!
//! Within a process, commands that take time of the same resource queue here and are decided when it is their
//! turn, so that two hundred callers for two hundred times of one day do not decide on the same version and
//! lose to each other. Keys are taken in order, so sets of them cannot deadlock. Between processes the
//! version in the log decides.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;
use uuid::Uuid;

type Line = Arc<tokio::sync::Mutex<()>>;
type Lines = Mutex<HashMap<Uuid, Line>>;

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
        let mut turn = self.no_turn();
        for key in in_order(keys) {
            // While the map is locked: whoever leaves the line sees that nobody else knows it, and forgets
            // it.
            let guard = self.known_lines().entry(key).or_default().clone().try_lock_owned();
            turn.held.push((key, guard.ok()?));
        }
        Some(turn)
    }

    pub async fn wait(&self, keys: &[Uuid], deadline: Instant) -> Result<Turn, TooLate> {
        let mut turn = self.no_turn();
        for key in in_order(keys) {
            let line = self.known_lines().entry(key).or_default().clone();
            let guard = tokio::time::timeout_at(deadline, line.lock_owned()).await.map_err(|_| TooLate)?;
            turn.held.push((key, guard));
        }
        Ok(turn)
    }

    fn no_turn(&self) -> Turn {
        Turn { lines: self.lines.clone(), held: Vec::new() }
    }

    fn known_lines(&self) -> MutexGuard<'_, HashMap<Uuid, Line>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn in_order(keys: &[Uuid]) -> BTreeSet<Uuid> {
    keys.iter().copied().collect()
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, guard) in self.held.drain(..) {
            drop(guard);
            // Only the map knows the line any more: nobody waits, and nobody can begin to while the map is
            // locked.
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
        let first = queues.wait(&[key(1), key(2)], soon()).await.expect("nobody is there");
        assert_eq!(queues.wait(&[key(2)], soon()).await.err(), Some(TooLate));
        queues.wait(&[key(3)], soon()).await.expect("nobody is there");
        drop(first);
        queues.wait(&[key(2)], soon()).await.expect("the first has gone");
    }

    #[tokio::test]
    async fn lines_that_nobody_stands_in_are_forgotten() {
        let queues = Queues::default();
        let turn = queues.wait(&[key(1)], soon()).await.expect("nobody is there");
        assert!(queues.wait(&[key(1)], soon()).await.is_err());
        drop(turn);
        drop(queues.wait(&[key(1)], soon()).await.expect("nobody is there"));
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
                let _turn =
                    queues.wait(&keys, Instant::now() + Duration::from_secs(300)).await.expect("a turn");
                tokio::task::yield_now().await;
            });
        }
        tasks.join_all().await;
    }

    #[tokio::test]
    async fn a_turn_now_is_had_only_if_all_lines_are_empty_and_leaves_nothing_behind() {
        let queues = Queues::default();
        let first = queues.now(&[key(2), key(1)]).expect("nobody is there");
        assert!(queues.now(&[key(3), key(1)]).is_none());
        assert!(queues.now(&[key(3)]).is_some(), "what was taken for the refused turn is free again");
        drop(first);
        assert!(queues.now(&[key(1), key(2)]).is_some());
        assert!(queues.lines.lock().expect("lines").is_empty());
    }
}
