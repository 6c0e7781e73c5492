//! What waits to be written, and which of it goes into the next batch.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use frontdesk_domain::kernel::ids::CommitId;
use frontdesk_domain::kernel::recorded::Stream;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::time::Instant;

use super::error::AppendError;
use super::fate::{Fate, Ticket, Waiting};
use crate::event_log::append::{Commit, Verdict};

/// What a batch holds at most.
const BATCH_COMMITS_MAX: usize = 1_024;
const BATCH_BYTES_MAX: usize = 4 << 20;
/// From how many commits on two batches take turns; fewer are not worth the price of a second call.
const SPLIT_MIN: usize = 64;
/// What waits at most, for each priority.
pub(super) const QUEUE_COMMITS_MAX: usize = 8_192;
pub(super) const QUEUE_BYTES_MAX: usize = 64 << 20;
/// How long a batch gathers at most: what is under way may be stuck.
const GATHER_MAX: Duration = Duration::from_millis(50);
/// How many times the task steps aside at most while a batch gathers.
const GATHER_YIELDS_MAX: usize = 32;

#[derive(Debug)]
pub(super) struct Pending {
    pub commit: Commit,
    /// What was not written yet when it was decided on.
    pub rests_on: Vec<Ticket>,
    pub deadline: Instant,
    /// It went out at least once, so it may stand in the log.
    pub sent: bool,
    pub waiting: Waiting,
    /// For its bytes, until it is answered.
    pub _room: Option<OwnedSemaphorePermit>,
}

impl Pending {
    /// Itself, unless something that it rests on was not written. Then whoever waits for it is told so.
    pub fn unless_lost(self) -> Option<Self> {
        let answer = self.rests_on.iter().find_map(|ticket| match ticket.fate() {
            Fate::Open | Fate::Written => None,
            Fate::Unknown(error) if self.sent => Some(Err(AppendError::OutcomeUnknown(error))),
            Fate::Unknown(_) => Some(Ok(Verdict::Moved(Vec::new()))),
            Fate::Lost(moved) => Some(Ok(Verdict::Moved(moved))),
        });
        match answer {
            None => Some(self),
            Some(answer) => {
                self.waiting.answer(answer);
                None
            }
        }
    }
}

/// Tells all of them why they get no verdict.
pub(super) fn fail(batch: Vec<Pending>, error: impl Fn(&Pending) -> AppendError) {
    for pending in batch {
        let error = error(&pending);
        pending.waiting.answer(Err(error));
    }
}

/// The streams of some commits.
#[derive(Default)]
struct Streams {
    /// With the version that each has then.
    written: HashMap<Stream, i64>,
    loaded: HashSet<Stream>,
}

impl Streams {
    fn add(&mut self, commit: &Commit) {
        self.loaded.extend(commit.expectations.iter().map(|expectation| expectation.stream));
        self.written.extend(commit.events.iter().map(|event| (event.stream, event.sequence)));
    }

    /// Whether a commit may be written before or after these: neither appends to a stream that the other one
    /// loads.
    fn admit_beside(&self, commit: &Commit) -> bool {
        let is_free = |stream| !self.written.contains_key(stream);
        commit.expectations.iter().all(|expectation| is_free(&expectation.stream))
            && commit
                .events
                .iter()
                .all(|event| is_free(&event.stream) && !self.loaded.contains(&event.stream))
    }

    /// Whether a commit may be written right behind these: what they write of its streams is what it has
    /// loaded.
    fn admit_behind(&self, commit: &Commit) -> bool {
        let version = |stream| self.written.get(stream).copied();
        commit.expectations.iter().all(|loaded| version(&loaded.stream).is_none_or(|at| at == loaded.version))
            && commit.events.iter().all(|event| version(&event.stream).is_none_or(|at| at < event.sequence))
    }
}

/// What must be known of a batch while it is under way.
#[derive(Default)]
pub(super) struct UnderWay {
    /// The number of the line that it went out on.
    pub line: usize,
    ids: HashSet<CommitId>,
    streams: Streams,
}

impl UnderWay {
    pub fn commits(&self) -> usize {
        self.ids.len()
    }

    fn add(&mut self, commit: &Commit) {
        self.ids.insert(commit.id);
        self.streams.add(commit);
    }

    /// Whether a commit may go out behind what this batch has so far.
    fn admit_behind(&self, pending: &Pending) -> bool {
        let rests_on = |ticket: &Ticket| self.ids.contains(&ticket.commit) || !ticket.is_open();
        pending.rests_on.iter().all(rests_on) && self.streams.admit_behind(&pending.commit)
    }
}

/// Both in the order of priority: voice, normal.
pub(super) struct Queue {
    receivers: [mpsc::Receiver<Pending>; 2],
    /// What was taken out and not yet written: its time has not come, or the batch was full.
    waiting: [VecDeque<Pending>; 2],
    /// Since when a batch gathers.
    gathers_since: Option<Instant>,
    /// Whether all that waits must let what is under way go first. What arrives may be about something else.
    pub held_up: bool,
}

impl Queue {
    pub fn new(receivers: [mpsc::Receiver<Pending>; 2]) -> Self {
        Self { receivers, waiting: Default::default(), gathers_since: None, held_up: false }
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
        if self.held_up && !self.arrival().await {
            // Until what is under way has ended.
            return std::future::pending().await;
        }
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
            let enough = if waiting == 0 {
                None
            } else {
                Some(*self.gathers_since.get_or_insert_with(Instant::now) + GATHER_MAX)
            };
            let arrived = match enough {
                Some(enough) => tokio::time::timeout_at(enough, self.arrival()).await.unwrap_or(false),
                None => self.arrival().await,
            };
            if !arrived {
                return waiting > 0;
            }
        }
    }

    /// Waits for another commit. False when there will be none.
    async fn arrival(&mut self) -> bool {
        let [voice, normal] = &mut self.receivers;
        let (place, pending) = tokio::select! {
            biased;
            Some(pending) = voice.recv() => (0, pending),
            Some(pending) = normal.recv() => (1, pending),
            else => return false,
        };
        self.waiting[place].push_back(pending);
        self.held_up = false;
        true
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

    /// The next batch, in order of priority and arrival. A commit that may be written neither behind the
    /// others of it nor beside what is under way waits for a later one; so does everything behind it on its
    /// streams.
    pub fn take_batch(&mut self, line: usize, under_way: &[UnderWay]) -> (Vec<Pending>, UnderWay) {
        self.take();
        self.gathers_since = None;
        let limit = share(self.len() + under_way.iter().map(UnderWay::commits).sum::<usize>());
        let now = Instant::now();
        let (mut batch, mut bytes) = (Vec::new(), 0);
        let mut load = UnderWay { line, ..UnderWay::default() };
        let mut held_up_streams = Streams::default();
        for waiting in &mut self.waiting {
            let mut held_up = VecDeque::new();
            while let Some(pending) = waiting.pop_front() {
                let size = pending.commit.bytes();
                if batch.len() == limit || (!batch.is_empty() && bytes + size > BATCH_BYTES_MAX) {
                    waiting.push_front(pending);
                    break;
                }
                if pending.deadline <= now {
                    pending.waiting.answer(Err(AppendError::Overloaded));
                    continue;
                }
                let Some(pending) = pending.unless_lost() else { continue };
                let free = load.admit_behind(&pending)
                    && under_way
                        .iter()
                        .map(|other| &other.streams)
                        .chain([&held_up_streams])
                        .all(|others| others.admit_beside(&pending.commit));
                if free {
                    bytes += size;
                    load.add(&pending.commit);
                    batch.push(pending);
                } else {
                    held_up_streams.add(&pending.commit);
                    held_up.push_back(pending);
                }
            }
            held_up.append(waiting);
            *waiting = held_up;
        }
        (batch, load)
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
    use frontdesk_domain::kernel::ids::{BusinessId, CommitId, EventId, StreamId};
    use tokio::sync::oneshot;
    use uuid::Uuid;

    use super::*;
    use crate::event_log::append::{Accepted, Expectation, MovedStream, NewEvent};
    use crate::event_log::appender::priority::Priority;

    /// So long nothing takes here, however busy the machine.
    const LONG: Duration = Duration::from_secs(60);

    type Verdicts = oneshot::Receiver<Result<Verdict, AppendError>>;

    fn stream(id: u128) -> Stream {
        Stream { aggregate_type: "agenda_day", id: Uuid::from_u128(id) }
    }

    /// Loads streams at their versions, and appends an event to each of some.
    fn commit_at(loads: &[(u128, i64)], appends: &[(u128, i64)]) -> Commit {
        let event = |(id, version): &(u128, i64)| NewEvent {
            stream: stream(*id),
            sequence: version + 1,
            id: EventId::from_uuid(Uuid::now_v7()),
            event_type: "Opened".into(),
            event_version: "1".into(),
            payload: "{}".into(),
            metadata: "{}".into(),
        };
        let expectation =
            |(id, version): &(u128, i64)| Expectation { stream: stream(*id), version: *version };
        Commit {
            id: CommitId::from_uuid(Uuid::now_v7()),
            tenant: BusinessId::from_uuid(Uuid::from_u128(1)),
            expectations: loads.iter().map(expectation).collect(),
            events: appends.iter().map(event).collect(),
            keys: vec![],
            attachments: vec![],
        }
    }

    fn commit(loads: &[u128], appends: &[u128]) -> Commit {
        let new = |ids: &[u128]| ids.iter().map(|id| (*id, 0)).collect::<Vec<_>>();
        commit_at(&new(loads), &new(appends))
    }

    fn pending(commit: Commit, rests_on: &[&Ticket]) -> (Pending, Ticket, Verdicts) {
        let (waiting, ticket, verdict) = Waiting::new(commit.id, Priority::Normal, Box::new(|_| ()));
        let deadline = Instant::now() + Duration::from_secs(60);
        let rests_on = rests_on.iter().copied().cloned().collect();
        (Pending { commit, rests_on, deadline, sent: false, waiting, _room: None }, ticket, verdict)
    }

    /// What waits: of callers on the phone, and of others.
    fn queue(waiting: [Vec<Pending>; 2]) -> Queue {
        let receivers = waiting.map(|waiting| {
            let (sender, receiver) = mpsc::channel(QUEUE_COMMITS_MAX);
            waiting.into_iter().for_each(|pending| sender.try_send(pending).expect("room"));
            receiver
        });
        Queue::new(receivers)
    }

    fn queue_of(voice: &[Commit], normal: &[Commit]) -> Queue {
        queue([voice, normal].map(|commits| commits.iter().map(|one| pending(one.clone(), &[]).0).collect()))
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

    #[test]
    fn what_rests_on_a_commit_goes_out_behind_it_in_the_same_batch() {
        let (first, written, _first) = pending(commit_at(&[(1, 4)], &[(1, 4)]), &[]);
        let (second, also, _second) = pending(commit_at(&[(1, 5)], &[(1, 5)]), &[&written]);
        let (reading, _, _third) = pending(commit_at(&[(1, 6), (2, 0)], &[(2, 0)]), &[&also]);
        let order = [first.commit.id, second.commit.id, reading.commit.id];
        let mut queue = queue([vec![], vec![first, second, reading]]);
        assert_eq!(take(&mut queue, &[]).0, order);
    }

    #[test]
    fn what_has_loaded_an_older_version_waits_for_the_next_batch() {
        let [first, stale] = [commit_at(&[(1, 4)], &[(1, 4)]), commit_at(&[(1, 4)], &[(2, 0)])];
        let mut queue = queue_of(&[], &[first.clone(), stale.clone()]);
        assert_eq!(take(&mut queue, &[]).0, [first.id]);
        assert_eq!(take(&mut queue, &[]).0, [stale.id], "for the log to say that it has moved");
    }

    #[tokio::test]
    async fn what_arrives_need_not_wait_with_those_who_rest_on_what_is_stuck() {
        let ((voice, of_voice), (_normal, of_normal)) = (mpsc::channel(8), mpsc::channel(8));
        let mut queue = Queue::new([of_voice, of_normal]);
        let (stuck, ticket, _stuck) = pending(commit_at(&[(1, 4)], &[(1, 4)]), &[]);
        voice.try_send(stuck).expect("room");
        let (stuck, under_way) = take(&mut queue, &[]);
        assert_eq!(stuck.len(), 1);
        let under_way = [under_way];
        for version in [5, 6] {
            let (behind, _, _) = pending(commit_at(&[(1, version)], &[(1, version)]), &[&ticket]);
            voice.try_send(behind).expect("room");
        }
        assert!(queue.gather(1).await);
        assert_eq!(take(&mut queue, &under_way).0, []);
        queue.held_up = true;
        let a_while = Duration::from_millis(200);
        assert!(tokio::time::timeout(a_while, queue.gather(1)).await.is_err(), "nothing can be written");
        let other = commit(&[], &[9]);
        voice.try_send(pending(other.clone(), &[]).0).expect("room");
        assert!(tokio::time::timeout(LONG, queue.gather(1)).await.expect("in time"));
        assert_eq!(take(&mut queue, &under_way).0, [other.id]);
    }

    #[tokio::test]
    async fn one_commit_does_not_gather_others_for_as_long_as_another_is_stuck() {
        let ((voice, of_voice), (_normal, of_normal)) = (mpsc::channel(8), mpsc::channel(8));
        let mut queue = Queue::new([of_voice, of_normal]);
        voice.try_send(pending(commit(&[], &[1]), &[]).0).expect("room");
        assert!(tokio::time::timeout(LONG, queue.gather(1)).await.expect("in time"));
    }

    #[test]
    fn what_rests_on_a_commit_waits_while_that_is_under_way() {
        let (first, written, _first) = pending(commit_at(&[(1, 4)], &[(1, 4)]), &[]);
        let (second, _, _second) = pending(commit_at(&[(1, 5)], &[(3, 0)]), &[&written]);
        let id = second.commit.id;
        let mut queue = queue([vec![], vec![first]]);
        let (batch, load) = queue.take_batch(0, &[]);
        queue.waiting[1].push_back(second);
        assert_eq!(take(&mut queue, &[load]).0, []);
        batch.into_iter().for_each(|first| {
            first.waiting.answer(Ok(Verdict::Accepted(Accepted {
                first_position: 1,
                last_position: 1,
                recorded_at: chrono::DateTime::UNIX_EPOCH,
            })))
        });
        assert_eq!(take(&mut queue, &[]).0, [id]);
    }

    #[test]
    fn what_rests_on_a_lost_commit_is_not_written_and_hears_what_has_moved() {
        let (first, written, _first) = pending(commit_at(&[(1, 4)], &[(1, 4)]), &[]);
        let (second, also, mut second_verdict) = pending(commit_at(&[(1, 5)], &[(1, 5)]), &[&written]);
        let (third, _, mut third_verdict) = pending(commit_at(&[(1, 6)], &[(1, 6)]), &[&also]);
        let moved =
            MovedStream { aggregate_type: "agenda_day".into(), id: Uuid::nil(), from: 4, events: vec![] };
        first.waiting.answer(Ok(Verdict::Moved(vec![moved])));
        let mut queue = queue([vec![], vec![second, third]]);
        assert_eq!(take(&mut queue, &[]).0, []);
        for verdict in [&mut second_verdict, &mut third_verdict] {
            let verdict = verdict.try_recv().expect("a verdict");
            assert!(matches!(&verdict, Ok(Verdict::Moved(moved)) if moved[0].from == 4), "{verdict:?}");
        }
    }

    #[test]
    fn what_rests_on_a_commit_of_which_nothing_is_known_is_unknown_too_if_it_was_sent() {
        let (first, written, _first) = pending(commit_at(&[(1, 4)], &[(1, 4)]), &[]);
        let (mut sent, _, mut sent_verdict) = pending(commit_at(&[(1, 5)], &[(1, 5)]), &[&written]);
        let (unsent, _, mut unsent_verdict) = pending(commit_at(&[(1, 5)], &[(1, 5)]), &[&written]);
        sent.sent = true;
        drop(first);
        assert!(sent.unless_lost().is_none() && unsent.unless_lost().is_none());
        assert!(matches!(sent_verdict.try_recv(), Ok(Err(AppendError::OutcomeUnknown(_)))));
        assert!(matches!(unsent_verdict.try_recv(), Ok(Ok(Verdict::Moved(_)))));
    }
}
