//! What waits to be written, and which of it goes into the next batch.

use std::collections::{HashSet, VecDeque};

use frontdesk_domain::kernel::recorded::Stream;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::error::AppendError;
use crate::event_log::append::{Commit, Verdict};

/// What a batch holds at most.
const BATCH_COMMITS_MAX: usize = 1_024;
const BATCH_BYTES_MAX: usize = 4 << 20;
/// From how many commits on two batches take turns; fewer are not worth the price of a second call.
const SPLIT_MIN: usize = 64;
/// What waits at most, for each priority.
pub(super) const QUEUE_COMMITS_MAX: usize = 8_192;
/// How many times the task steps aside at most while a batch gathers.
const GATHER_YIELDS_MAX: usize = 32;

#[derive(Debug)]
pub(super) struct Pending {
    pub commit: Commit,
    pub deadline: Instant,
    /// It went out at least once, so it may stand in the log.
    pub sent: bool,
    pub reply: oneshot::Sender<Result<Verdict, AppendError>>,
}

/// Tells all of them why they get no verdict.
pub(super) fn fail(batch: Vec<Pending>, error: impl Fn(&Pending) -> AppendError) {
    for pending in batch {
        let error = error(&pending);
        let _ = pending.reply.send(Err(error));
    }
}

/// The streams of a batch, and of what had to wait behind it.
#[derive(Default)]
pub(super) struct Streams {
    written: HashSet<Stream>,
    loaded: HashSet<Stream>,
}

impl Streams {
    /// Whether a commit may be written beside these: neither appends to a stream that the other one loads.
    fn admit(&self, commit: &Commit) -> bool {
        commit.expectations.iter().all(|expectation| !self.written.contains(&expectation.stream))
            && commit
                .events
                .iter()
                .all(|event| !self.written.contains(&event.stream) && !self.loaded.contains(&event.stream))
    }

    fn add(&mut self, commit: &Commit) {
        self.loaded.extend(commit.expectations.iter().map(|expectation| expectation.stream));
        self.written.extend(commit.events.iter().map(|event| event.stream));
    }
}

/// What must be known of a batch while it is under way.
pub(super) struct UnderWay {
    /// The number of the line that it went out on.
    pub line: usize,
    pub commits: usize,
    streams: Streams,
}

/// Both in the order of priority: voice, normal.
pub(super) struct Queue {
    receivers: [mpsc::Receiver<Pending>; 2],
    /// What was taken out and not yet written: its time has not come, or the batch was full.
    waiting: [VecDeque<Pending>; 2],
}

impl Queue {
    pub fn new(receivers: [mpsc::Receiver<Pending>; 2]) -> Self {
        Self { receivers, waiting: Default::default() }
    }

    fn arrived(&self) -> usize {
        self.receivers.iter().map(mpsc::Receiver::len).sum()
    }

    fn len(&self) -> usize {
        self.waiting.iter().map(VecDeque::len).sum::<usize>() + self.arrived()
    }

    /// Waits until a batch is worth sending, while this many commits are under way. False when all handles
    /// are gone and nothing is left.
    ///
    /// When nothing is under way, that is as soon as anything is there: a lone caller waits for nobody. Else
    /// the batch would only wait in the database, so it first gathers most of its share; were it all of it,
    /// one caller who does not come back could hold up the rest.
    pub async fn gather(&mut self, under_way: usize) -> bool {
        loop {
            // The callers that the last batch has just woken are about to ask again: let them, for as long as
            // more come.
            let mut quiet = 0;
            for _ in 0..GATHER_YIELDS_MAX {
                let before = self.arrived();
                tokio::task::yield_now().await;
                let after = self.arrived();
                quiet = if after > before { 0 } else { quiet + 1 };
                if after == 0 || quiet == 2 {
                    break;
                }
            }
            let waiting = self.len();
            if waiting > 0 && (under_way == 0 || waiting * 3 >= share(waiting + under_way) * 2) {
                return true;
            }
            let [voice, normal] = &mut self.receivers;
            let (place, pending) = tokio::select! {
                biased;
                Some(pending) = voice.recv() => (0, pending),
                Some(pending) = normal.recv() => (1, pending),
                else => return waiting > 0,
            };
            self.waiting[place].push_back(pending);
        }
    }

    fn take(&mut self) {
        for (receiver, waiting) in self.receivers.iter_mut().zip(&mut self.waiting) {
            while waiting.len() < QUEUE_COMMITS_MAX {
                let Ok(pending) = receiver.try_recv() else { break };
                waiting.push_back(pending);
            }
        }
    }

    /// Tells those whose time is up while they wait for what is under way.
    pub fn expire(&mut self) {
        self.take();
        let now = Instant::now();
        for waiting in &mut self.waiting {
            let (late, rest) =
                std::mem::take(waiting).into_iter().partition(|pending| pending.deadline <= now);
            *waiting = rest;
            fail(late.into(), |_| AppendError::Overloaded);
        }
    }

    /// The next batch, in order of priority and arrival. A commit that may not be written beside another one
    /// of it, or beside what is under way, waits for a later one; so does everything behind it on its
    /// streams.
    pub fn take_batch(&mut self, line: usize, under_way: &[UnderWay]) -> (Vec<Pending>, UnderWay) {
        self.take();
        let limit = share(self.len() + under_way.iter().map(|other| other.commits).sum::<usize>());
        let now = Instant::now();
        let (mut batch, mut bytes, mut streams) = (Vec::new(), 0, Streams::default());
        for waiting in &mut self.waiting {
            let mut held_up = VecDeque::new();
            while let Some(pending) = waiting.pop_front() {
                let size = pending.commit.bytes();
                if batch.len() == limit || (!batch.is_empty() && bytes + size > BATCH_BYTES_MAX) {
                    waiting.push_front(pending);
                    break;
                }
                if pending.deadline <= now {
                    // Whoever asked may be gone; then nobody needs the answer.
                    let _ = pending.reply.send(Err(AppendError::Overloaded));
                    continue;
                }
                let free = under_way
                    .iter()
                    .map(|other| &other.streams)
                    .chain([&streams])
                    .all(|others| others.admit(&pending.commit));
                streams.add(&pending.commit);
                if free {
                    bytes += size;
                    batch.push(pending);
                } else {
                    held_up.push_back(pending);
                }
            }
            held_up.append(waiting);
            *waiting = held_up;
        }
        let commits = batch.len();
        (batch, UnderWay { line, commits, streams })
    }
}

/// How much of all that waits or is under way one batch takes: of much, half, so that it is made ready while
/// the other half is written.
fn share(all: usize) -> usize {
    let share = if all < SPLIT_MIN { all } else { all.div_ceil(2) };
    share.min(BATCH_COMMITS_MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use frontdesk_domain::kernel::ids::{BusinessId, CommitId, EventId, StreamId};
    use uuid::Uuid;

    use super::*;
    use crate::event_log::append::{Expectation, NewEvent};

    fn stream(id: u128) -> Stream {
        Stream { aggregate_type: "agenda_day", id: Uuid::from_u128(id) }
    }

    fn commit(loads: &[u128], appends: &[u128]) -> Commit {
        let event = |id: &u128| NewEvent {
            stream: stream(*id),
            sequence: 1,
            id: EventId::from_uuid(Uuid::now_v7()),
            event_type: "Opened".into(),
            event_version: "1".into(),
            payload: "{}".into(),
            metadata: "{}".into(),
        };
        Commit {
            id: CommitId::from_uuid(Uuid::now_v7()),
            tenant: BusinessId::from_uuid(Uuid::from_u128(1)),
            expectations: loads.iter().map(|id| Expectation { stream: stream(*id), version: 0 }).collect(),
            events: appends.iter().map(event).collect(),
            keys: vec![],
            attachments: vec![],
        }
    }

    /// What waits: of callers on the phone, and of others.
    fn queue_of(voice: &[Commit], normal: &[Commit]) -> Queue {
        let receivers = [voice, normal].map(|commits| {
            let (sender, receiver) = mpsc::channel(QUEUE_COMMITS_MAX);
            for commit in commits {
                let deadline = Instant::now() + Duration::from_secs(60);
                let pending =
                    Pending { commit: commit.clone(), deadline, sent: false, reply: oneshot::channel().0 };
                sender.try_send(pending).expect("room");
            }
            receiver
        });
        Queue::new(receivers)
    }

    fn ids(commits: &[Commit]) -> Vec<CommitId> {
        commits.iter().map(|commit| commit.id).collect()
    }

    fn take(queue: &mut Queue, under_way: &[UnderWay]) -> (Vec<CommitId>, UnderWay) {
        let (batch, load) = queue.take_batch(0, under_way);
        (batch.into_iter().map(|pending| pending.commit.id).collect(), load)
    }

    #[test]
    fn a_commit_waits_for_the_batch_that_it_touches_and_so_does_what_is_behind_it() {
        let commits = [
            commit(&[1, 2], &[1]),
            commit(&[2], &[3]), // reads what the first only reads
            commit(&[1], &[4]), // reads what the first appends to
            commit(&[], &[4]),  // behind the one before
            commit(&[], &[5]),
        ];
        let [first, beside, touching, behind, free] = commits.each_ref().map(|commit| commit.id);
        let mut queue = queue_of(&commits, &[]);
        let (batch, load) = take(&mut queue, &[]);
        assert_eq!(batch, [first, beside, free]);
        let under_way = [load];
        assert_eq!(take(&mut queue, &under_way).0, []);
        assert_eq!(take(&mut queue, &[]).0, [touching]);
        assert_eq!(take(&mut queue, &[]).0, [behind]);
    }

    #[test]
    fn voice_goes_first_when_more_waits_than_fits_into_a_batch() {
        let commits: Vec<_> = (0..1_105).map(|id| commit(&[], &[id])).collect();
        let (normal, voice) = commits.split_at(1_100);
        let mut queue = queue_of(voice, normal);
        let (first, load) = take(&mut queue, &[]);
        let (second, _) = take(&mut queue, &[load]);
        assert!(
            first.len() < commits.len() && first.starts_with(&ids(voice)),
            "{} in the first",
            first.len()
        );
        let order = [ids(voice), ids(normal)].concat();
        assert_eq!([first, second].concat(), order, "the others in the order in which they came");
    }

    #[test]
    fn of_many_commits_half_goes_out_and_of_few_all() {
        let commits: Vec<_> = (0..200).map(|id| commit(&[], &[id])).collect();
        let mut queue = queue_of(&commits, &[]);
        let (first, load) = take(&mut queue, &[]);
        assert_eq!(first.len(), 100);
        assert_eq!(take(&mut queue, &[load]).0.len(), 100);
        assert_eq!(take(&mut queue_of(&commits[..SPLIT_MIN - 1], &[]), &[]).0.len(), SPLIT_MIN - 1);
    }
}
