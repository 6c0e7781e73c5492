//! Runs the readers that are at the same place together: the log is read, decrypted and decoded once for all
//! of them, and one transaction has what they write and moves their checkpoints.
//!
//! One that is far behind, or that fails, leaves the group, so that it keeps nobody up. Its own
//! [`Runner`] takes it to the end of the log, or parks what it cannot take; then it comes back.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use frontdesk_domain::kernel::chain::Chain;
use frontdesk_domain::kernel::recorded::{Batch, NotTaken, Position};
use sqlx::PgPool;
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::checkpoints::{self, Checkpoint, Locked};
use crate::reader::{EventSource, Pace, ReaderError, in_time};
use crate::runner::{BUSY_PAUSE, Care, Runner, Turn, rest};

/// The pace of all of them.
const PACE: Pace = Pace::USUAL;
/// In how many turns in a row a checkpoint may be missing before its reader looks for it by itself.
const MISSES_MAX: u32 = 50;

pub struct Group {
    members: Vec<Member>,
    /// The aggregates that any of them wants.
    aggregates: Vec<&'static str>,
    source: Arc<dyn EventSource>,
    pool: PgPool,
    wanted: Arc<Notify>,
    turns: Arc<Semaphore>,
    failed: Box<dyn Fn(String) + Send + Sync>,
}

struct Member {
    runner: Arc<Runner>,
    /// In how many turns in a row the others had their checkpoints and it had none.
    misses: AtomicU32,
}

/// A member that takes part in a turn.
struct Taking<'g> {
    runner: &'g Runner,
    locked: Locked,
}

impl Taking<'_> {
    /// Whether it has yet to take what stands at a position of a stream of this type.
    fn wants(&self, aggregate_type: &str, position: Position) -> bool {
        position > self.locked.position && self.runner.reader.aggregates().contains(&aggregate_type)
    }
}

/// What became of a turn.
enum Together {
    Done(Turn),
    /// Nothing, since somebody has left.
    Again,
}

impl std::fmt::Debug for Group {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.runners()).finish()
    }
}

impl Group {
    pub fn of(
        runners: Vec<Runner>,
        source: Arc<dyn EventSource>,
        pool: PgPool,
        turns: Arc<Semaphore>,
    ) -> Self {
        let wanted = Arc::<Notify>::default();
        let aggregates: BTreeSet<&str> =
            runners.iter().flat_map(|runner| runner.reader.aggregates()).copied().collect();
        let member = |runner: Runner| Member {
            runner: Arc::new(runner.grouped(wanted.clone())),
            misses: AtomicU32::default(),
        };
        Self {
            members: runners.into_iter().map(member).collect(),
            aggregates: aggregates.into_iter().collect(),
            source,
            pool,
            wanted: wanted.clone(),
            turns,
            failed: Box::new(|_| {}),
        }
    }

    /// With somebody who is told when a turn of the whole group has failed, and why.
    pub fn telling(self, failed: impl Fn(String) + Send + Sync + 'static) -> Self {
        Self { failed: Box::new(failed), ..self }
    }

    /// Its members. Each must run, too: for when it is not in the group.
    pub fn runners(&self) -> impl Iterator<Item = &Arc<Runner>> {
        self.members.iter().map(|member| &member.runner)
    }

    pub async fn run(&self, stop: CancellationToken) {
        let mut failures = 0;
        while !stop.is_cancelled() {
            let pause = match in_time(self.turn()).await {
                Ok(Together::Again | Together::Done(Turn::Moved { far: true, .. })) => {
                    failures = 0;
                    continue;
                }
                Ok(Together::Done(Turn::Moved { to: position, .. } | Turn::AtTheEnd(position))) => {
                    failures = 0;
                    let more = rest(PACE, &self.wanted, self.source.as_ref(), position);
                    stop.run_until_cancelled(more).await;
                    continue;
                }
                Ok(Together::Done(Turn::Busy)) => BUSY_PAUSE,
                Err(error) => {
                    failures += 1;
                    let error = Chain(&error);
                    tracing::error!(failures, %error, "the readers of the log cannot go on; they try again");
                    (self.failed)(error.to_string());
                    PACE.retry_pause(failures)
                }
            };
            stop.run_until_cancelled(tokio::time::sleep(pause)).await;
        }
    }

    async fn turn(&self) -> Result<Together, ReaderError> {
        let _permit = self.turns.acquire().await;
        let mut transaction = self.pool.begin().await?;
        let here: Vec<&Member> = self.members.iter().filter(|member| !member.runner.is_alone()).collect();
        let wanted: Vec<Checkpoint> = here.iter().map(|member| member.runner.checkpoint()).collect();
        let taking = together(&here, checkpoints::lock_all(&mut transaction, &wanted).await?);
        let positions = || taking.iter().map(|member| member.locked.position);
        let (Some(after), Some(front)) = (positions().min(), positions().max()) else {
            return Ok(Together::Done(Turn::Busy));
        };
        let batch = self
            .source
            .read_after(after, PACE.batch_events, &self.aggregates)
            .await
            .map_err(ReaderError::Source)?;
        let Some(Batch { events, unreadable, through, more }) = batch else {
            taking.iter().for_each(|member| member.runner.reach(front));
            return Ok(Together::Done(Turn::AtTheEnd(front)));
        };
        if leave_to_themselves(&taking, &unreadable) {
            return Ok(Together::Again);
        }
        for member in &taking {
            let wanted = events.iter().filter(|event| member.wants(&event.aggregate_type, event.position));
            let (wanted, parks) = (wanted.cloned().collect(), member.locked.parks);
            let taken = member.runner.take_batch(&mut transaction, Care::Whole, parks, wanted, Vec::new());
            if let Err(error) = taken.await {
                member.runner.fail_in_group(&error);
                return Ok(Together::Again);
            }
        }
        let moved: Vec<&Taking> = taking.iter().filter(|member| member.locked.position < through).collect();
        let checkpoints: Vec<Checkpoint> = moved.iter().map(|member| member.runner.checkpoint()).collect();
        checkpoints::advance_all(&mut transaction, &checkpoints, through).await?;
        transaction.commit().await?;
        moved.iter().for_each(|member| member.runner.reach(through));
        let far = more || through - after >= PACE.batch_events / 2;
        Ok(Together::Done(Turn::Moved { to: through, far }))
    }
}

/// Those of the members here that take part: they have their checkpoints, and are near the first of them. The
/// others leave; not those that another process runs.
fn together<'g>(here: &[&'g Member], locked: HashMap<Checkpoint, Locked>) -> Vec<Taking<'g>> {
    let front = locked.values().map(|locked| locked.position).max().unwrap_or_default();
    let mut taking = Vec::with_capacity(here.len());
    for member in here {
        let runner = member.runner.as_ref();
        let Some(locked) = locked.get(&runner.checkpoint()).copied() else {
            let misses = if locked.is_empty() { 0 } else { 1 + member.misses.load(Ordering::Relaxed) };
            member.misses.store(misses % MISSES_MAX, Ordering::Relaxed);
            if misses == MISSES_MAX {
                runner.leave_group();
            }
            continue;
        };
        member.misses.store(0, Ordering::Relaxed);
        if locked.retries || front - locked.position > PACE.batch_events {
            runner.leave_group();
        } else {
            taking.push(Taking { runner, locked });
        }
    }
    taking
}

/// Whether somebody wants what cannot be read. Whoever does leaves, to park it.
fn leave_to_themselves(taking: &[Taking<'_>], unreadable: &[NotTaken]) -> bool {
    let mut left = false;
    for member in taking {
        let wants = |event: &&NotTaken| member.wants(&event.aggregate_type, event.position);
        let wanted: Vec<NotTaken> = unreadable.iter().filter(wants).cloned().collect();
        if !wanted.is_empty() {
            member.runner.fail_in_group(&ReaderError::unreadable(&wanted));
            left = true;
        }
    }
    left
}
