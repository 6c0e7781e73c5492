//! The table `jobs`: every statement on it.
//!
//! A row belongs to its key, not to one job: scheduling a key anew turns its row into that of the new job.
//! Whoever still runs the old one finds at the end that the row is no longer theirs, and leaves it. Nothing
//! here notifies anybody: `NOTIFY` takes a global lock at commit, and jobs are enqueued in transactions that
//! hold a checkpoint.

use std::time::Duration;

use chrono::{DateTime, Utc};
use frontdesk_domain::kernel::ids::{BusinessId, EventId, JobId, StreamId};
use frontdesk_domain::kernel::policy::{Queue, Retry};
use frontdesk_domain::kernel::recorded::Position;
use frontdesk_domain::platform::job_outcome::JobOrigin;
use serde_json::Value;
use sqlx::types::Json;
use sqlx::{PgConnection, PgExecutor, PgPool};
use uuid::Uuid;

/// How many jobs whose worker has died are taken back at once.
const RECOVERED_MAX: i64 = 1_000;
/// How much of an error is kept.
const ERROR_CHARS_MAX: usize = 2_000;

/// What an event does to the queue.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    Schedule(Box<NewJob>),
    /// The job under a key is no longer needed, unless it was scheduled after this position.
    Withdraw {
        policy: &'static str,
        key: String,
        position: Position,
    },
}

/// A job to be run.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJob {
    pub policy: &'static str,
    pub key: String,
    pub effect_id: JobId,
    pub name: &'static str,
    pub tenant: Option<BusinessId>,
    pub payload: Value,
    /// In which form the payload is.
    pub version: i32,
    pub position: Position,
    pub number: u32,
    pub event_id: Option<EventId>,
    pub correlation: Option<String>,
    pub queue: Queue,
    pub due_at: DateTime<Utc>,
    pub retry: Retry,
}

/// A job that a worker has taken.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Claimed {
    pub policy: String,
    pub key: String,
    effect_id: Uuid,
    pub name: String,
    tenant_id: Option<Uuid>,
    pub payload: Json<Value>,
    pub position: Position,
    number: i32,
    priority: i16,
    pub event_id: Option<Uuid>,
    pub correlation: Option<String>,
    /// With this one.
    pub attempts: i32,
    pub attempts_max: i32,
}

impl Claimed {
    pub fn effect_id(&self) -> JobId {
        JobId::from_uuid(self.effect_id)
    }

    pub fn tenant(&self) -> Option<BusinessId> {
        self.tenant_id.map(BusinessId::from_uuid)
    }

    pub fn queue(&self) -> Queue {
        Queue::of_number(self.priority).unwrap_or(Queue::Housekeeping)
    }

    pub fn origin(&self) -> JobOrigin {
        origin(&self.policy, &self.name, self.position, self.number)
    }
}

fn origin(policy: &str, job: &str, position: Position, number: i32) -> JobOrigin {
    JobOrigin { policy: policy.to_owned(), job: job.to_owned(), position, number: number.unsigned_abs() }
}

/// What becomes of a job that was run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    Done,
    /// It was too early; that does not count as a try.
    Postponed(DateTime<Utc>),
    /// Again at an instant.
    Retry {
        at: DateTime<Utc>,
        error: String,
    },
    Dead {
        error: String,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// For its time to come, or for the next try.
    Waiting,
    Running,
    /// It has failed too often and waits for somebody to look.
    Dead,
}

impl State {
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Dead => "dead",
        }
    }
}

/// A job as people see it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct JobRow {
    effect_id: Uuid,
    pub policy: String,
    pub key: String,
    pub name: String,
    tenant_id: Option<Uuid>,
    pub payload: Json<Value>,
    pub position: Position,
    number: i32,
    pub state: String,
    pub due_at: DateTime<Utc>,
    pub attempts: i32,
    pub attempts_max: i32,
    pub error: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl JobRow {
    pub fn effect_id(&self) -> JobId {
        JobId::from_uuid(self.effect_id)
    }

    pub fn tenant(&self) -> Option<BusinessId> {
        self.tenant_id.map(BusinessId::from_uuid)
    }

    pub fn is_dead(&self) -> bool {
        self.state == State::Dead.name()
    }

    pub fn origin(&self) -> JobOrigin {
        origin(&self.policy, &self.name, self.position, self.number)
    }
}

/// Applies changes in order, in the caller's transaction. What was changed by a later event stays.
pub async fn apply(connection: &mut PgConnection, changes: Vec<Change>) -> Result<(), sqlx::Error> {
    // The last word about a key counts; PostgreSQL would refuse two in one statement.
    let mut last = std::collections::BTreeMap::new();
    for change in changes {
        let key = match &change {
            Change::Schedule(job) => (job.policy, job.key.clone()),
            Change::Withdraw { policy, key, position: _ } => (*policy, key.clone()),
        };
        last.insert(key, change);
    }
    let (mut jobs, mut withdrawn) = (Vec::new(), Vec::new());
    for change in last.into_values() {
        match change {
            Change::Schedule(job) => jobs.push(*job),
            Change::Withdraw { policy, key, position } => withdrawn.push((policy, key, position)),
        }
    }
    withdraw(connection, &withdrawn).await?;
    schedule(connection, &jobs, "(jobs.position, jobs.number) < (excluded.position, excluded.number)")
        .await
        .map(drop)
}

async fn withdraw(
    connection: &mut PgConnection,
    withdrawn: &[(&str, String, Position)],
) -> Result<(), sqlx::Error> {
    if withdrawn.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "delete from jobs j using unnest($1::text[], $2::text[], $3::bigint[]) as w (policy, key, position)
         where j.policy = w.policy and j.key = w.key and j.position <= w.position",
    )
    .bind(withdrawn.iter().map(|(policy, _, _)| *policy).collect::<Vec<_>>())
    .bind(withdrawn.iter().map(|(_, key, _)| key.as_str()).collect::<Vec<_>>())
    .bind(withdrawn.iter().map(|(_, _, position)| *position).collect::<Vec<_>>())
    .execute(connection)
    .await
    .map(drop)
}

/// Writes jobs; where a key has one already, if `replaces` holds. How many were written.
pub(super) async fn schedule(
    connection: &mut PgConnection,
    jobs: &[NewJob],
    replaces: &str,
) -> Result<u64, sqlx::Error> {
    if jobs.is_empty() {
        return Ok(0);
    }
    let statement = format!(
        "insert into jobs (policy, key, effect_id, name, tenant_id, payload, position, number, event_id, correlation, priority, due_at,
                           attempts_max, version)
         select * from unnest($1::text[], $2::text[], $3::uuid[], $4::text[], $5::uuid[], $6::json[], $7::bigint[], $8::integer[],
                              $9::uuid[], $10::text[], $11::smallint[], $12::timestamptz[], $13::integer[],
                              $14::integer[])
         on conflict (policy, key) do update set
             effect_id = excluded.effect_id, name = excluded.name, tenant_id = excluded.tenant_id, payload = excluded.payload,
             position = excluded.position, number = excluded.number, event_id = excluded.event_id, correlation = excluded.correlation,
             priority = excluded.priority, due_at = excluded.due_at, attempts_max = excluded.attempts_max, version = excluded.version,
             state = 'waiting', attempts = 0, worker = null, leased_until = null, error = null, created_at = now(), updated_at = now()
         where {replaces}"
    );
    let done = sqlx::query(&statement)
        .bind(jobs.iter().map(|job| job.policy).collect::<Vec<_>>())
        .bind(jobs.iter().map(|job| job.key.as_str()).collect::<Vec<_>>())
        .bind(jobs.iter().map(|job| job.effect_id.uuid()).collect::<Vec<_>>())
        .bind(jobs.iter().map(|job| job.name).collect::<Vec<_>>())
        .bind(jobs.iter().map(|job| job.tenant.map(BusinessId::uuid)).collect::<Vec<_>>())
        .bind(jobs.iter().map(|job| Json(&job.payload)).collect::<Vec<_>>())
        .bind(jobs.iter().map(|job| job.position).collect::<Vec<_>>())
        .bind(jobs.iter().map(|job| i32::try_from(job.number).unwrap_or(i32::MAX)).collect::<Vec<_>>())
        .bind(jobs.iter().map(|job| job.event_id.map(EventId::uuid)).collect::<Vec<_>>())
        .bind(jobs.iter().map(|job| job.correlation.as_deref()).collect::<Vec<_>>())
        .bind(jobs.iter().map(|job| job.queue.number()).collect::<Vec<_>>())
        .bind(jobs.iter().map(|job| job.due_at).collect::<Vec<_>>())
        .bind(jobs.iter().map(|job| i32::from(job.retry.attempts_max)).collect::<Vec<_>>())
        .bind(jobs.iter().map(|job| job.version).collect::<Vec<_>>())
        .execute(connection)
        .await?;
    Ok(done.rows_affected())
}

/// How much each queue has had: stride scheduling, with the weights of the queues.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Shares {
    /// In the order of [`Queue::ALL`]. The queue with the smallest one, its stride added, is next.
    passes: [f64; Queue::ALL.len()],
}

impl Shares {
    fn stride(queue: Queue) -> f64 {
        1.0 / f64::from(queue.weight())
    }

    /// Notes what was taken. A queue that has had nothing to be taken saves no more than one turn up: those that
    /// had something and were passed over are no further behind.
    pub fn note(&mut self, taken: impl IntoIterator<Item = Queue>) {
        let mut reached = None;
        for queue in taken {
            let passes = Queue::ALL.iter().zip(&mut self.passes);
            for (_, pass) in passes.filter(|(known, _)| **known == queue) {
                *pass += Self::stride(queue);
                reached = Some(pass.max(reached.unwrap_or(*pass)));
            }
        }
        let Some(reached) = reached else { return };
        for (queue, pass) in Queue::ALL.into_iter().zip(&mut self.passes) {
            // They count from there, so that they stay small and exact.
            *pass = (*pass - reached).max(-Self::stride(queue));
        }
    }
}

/// One process's hold on the jobs that it runs.
#[derive(Debug, Clone)]
pub struct Lease {
    pub pool: PgPool,
    pub worker: Uuid,
    pub duration: Duration,
}

impl Lease {
    fn seconds(&self) -> f64 {
        self.duration.as_secs_f64()
    }

    /// Takes some of the jobs of these policies that are due, from each queue its share, past those of some
    /// businesses. With each policy comes the latest form of its payloads that this build reads.
    pub async fn claim(
        &self,
        policies: &[(&str, i32)],
        now: DateTime<Utc>,
        limit: usize,
        past: &[BusinessId],
        shares: &Shares,
    ) -> Result<Vec<Claimed>, sqlx::Error> {
        sqlx::query_as(
            "with due as (
                 select job.policy, job.key
                 from unnest($1::smallint[], $9::double precision[], $10::double precision[]) as queue (number, pass, stride)
                 cross join lateral (
                     select locked.policy, locked.key, row_number() over (order by locked.due_at) as turn
                     from (
                         select j.policy, j.key, j.due_at from jobs j
                         join unnest($3::text[], $8::integer[]) as known (policy, version)
                           on known.policy = j.policy and known.version >= j.version
                         where j.state = 'waiting' and j.priority = queue.number and j.due_at <= $2
                           and (j.tenant_id is null or j.tenant_id <> all ($7))
                         order by j.due_at limit $4
                         for update of j skip locked
                     ) locked
                 ) job
                 where queue.number not in (select paused.queue from paused_queues paused)
                 order by queue.pass + job.turn * queue.stride limit $4
             )
             update jobs j
             set state = 'running', attempts = j.attempts + 1, worker = $5, leased_until = clock_timestamp() + make_interval(secs => $6),
                 updated_at = now()
             from due where j.policy = due.policy and j.key = due.key
             returning j.policy, j.key, j.effect_id, j.name, j.tenant_id, j.payload, j.position, j.number, j.priority, j.event_id,
                       j.correlation, j.attempts, j.attempts_max",
        )
        .bind(Queue::ALL.map(Queue::number))
        .bind(now)
        .bind(policies.iter().map(|(policy, _)| *policy).collect::<Vec<_>>())
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .bind(self.worker)
        .bind(self.seconds())
        .bind(past.iter().map(|business| business.uuid()).collect::<Vec<_>>())
        .bind(policies.iter().map(|(_, version)| *version).collect::<Vec<_>>())
        .bind(shares.passes)
        .bind(Queue::ALL.map(Shares::stride))
        .fetch_all(&self.pool)
        .await
    }

    /// Holds on to the jobs that still run.
    pub async fn renew(&self, running: &[Uuid]) -> Result<(), sqlx::Error> {
        sqlx::query(
            "update jobs set leased_until = clock_timestamp() + make_interval(secs => $3)
             where effect_id = any ($1) and worker = $2 and state = 'running'",
        )
        .bind(running)
        .bind(self.worker)
        .bind(self.seconds())
        .execute(&self.pool)
        .await
        .map(drop)
    }

    /// Writes down what became of a job. False if it is no longer this worker's: its key was scheduled anew,
    /// or its lease had ended.
    pub async fn settle(&self, job: &Claimed, fate: &Fate) -> Result<bool, sqlx::Error> {
        const MINE: &str = "effect_id = $1 and worker = $2 and attempts = $3 and state = 'running'";
        let change = match fate {
            Fate::Done => "delete from jobs",
            Fate::Postponed(_) => "update jobs set state = 'waiting', due_at = $4, attempts = attempts - 1",
            Fate::Retry { .. } => "update jobs set state = 'waiting', due_at = $4, error = $5",
            Fate::Dead { .. } => "update jobs set state = 'dead', error = $4",
        };
        let freed =
            if *fate == Fate::Done { "" } else { ", worker = null, leased_until = null, updated_at = now()" };
        let statement = format!("{change}{freed} where {MINE}");
        let query = sqlx::query(&statement).bind(job.effect_id).bind(self.worker).bind(job.attempts);
        let query = match fate {
            Fate::Done => query,
            Fate::Postponed(at) => query.bind(at),
            Fate::Retry { at, error } => query.bind(at).bind(shortened(error)),
            Fate::Dead { error } => query.bind(shortened(error)),
        };
        Ok(query.execute(&self.pool).await?.rows_affected() > 0)
    }

    /// Gives back what this worker runs: it stops, and has not got to the end of it.
    pub async fn give_back(&self) -> Result<u64, sqlx::Error> {
        let done = sqlx::query(
            "update jobs set state = 'waiting', attempts = attempts - 1, worker = null, leased_until = null, updated_at = now()
             where worker = $1 and state = 'running'",
        )
        .bind(self.worker)
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected())
    }
}

fn shortened(error: &str) -> String {
    error.chars().filter(|c| *c != '\0').take(ERROR_CHARS_MAX).collect()
}

/// A job that was taken back from a worker that has died.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Recovered {
    effect_id: Uuid,
    pub name: String,
    pub attempts: i32,
    /// It was tried as often as it may.
    pub dead: bool,
}

impl Recovered {
    pub fn effect_id(&self) -> JobId {
        JobId::from_uuid(self.effect_id)
    }
}

/// Takes back the jobs whose leases have ended. A job that ends the process each time it runs thereby dies,
/// too.
pub async fn recover(pool: &PgPool) -> Result<Vec<Recovered>, sqlx::Error> {
    sqlx::query_as(
        "with lost as (
             select policy, key from jobs where state = 'running' and leased_until < clock_timestamp()
             order by leased_until limit $1 for update skip locked
         )
         update jobs j
         set state = case when j.attempts >= j.attempts_max then 'dead' else 'waiting' end, worker = null, leased_until = null,
             error = 'the process that ran it has died, or was cut off', updated_at = now()
         from lost where j.policy = lost.policy and j.key = lost.key
         returning j.effect_id, j.name, j.attempts, j.state = 'dead' as dead",
    )
    .bind(RECOVERED_MAX)
    .fetch_all(pool)
    .await
}

const COLUMNS: &str = "effect_id, policy, key, name, tenant_id, payload, position, number, state, due_at, attempts, attempts_max, error, \
                       created_at, updated_at";

/// In the order in which they are due, after a place in it.
pub async fn list(
    pool: &PgPool,
    state: Option<State>,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> Result<Vec<JobRow>, sqlx::Error> {
    let (due_at, effect_id) = after.unzip();
    sqlx::query_as(&format!(
        "select {COLUMNS} from jobs
         where ($1::text is null or state = $1) and ($2::timestamptz is null or (due_at, effect_id) > ($2, $3))
         order by due_at, effect_id limit $4"
    ))
    .bind(state.map(State::name))
    .bind(due_at)
    .bind(effect_id)
    .bind(limit)
    .fetch_all(pool)
    .await
}

pub async fn find(executor: impl PgExecutor<'_>, effect_id: JobId) -> Result<Option<JobRow>, sqlx::Error> {
    sqlx::query_as(&format!("select {COLUMNS} from jobs where effect_id = $1"))
        .bind(effect_id.uuid())
        .fetch_optional(executor)
        .await
}

/// Lets a dead job begin anew. False if it is not dead.
pub async fn retry(pool: &PgPool, effect_id: JobId, now: DateTime<Utc>) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "update jobs set state = 'waiting', attempts = 0, due_at = $2, updated_at = now() where effect_id = $1 and state = 'dead'",
    )
    .bind(effect_id.uuid())
    .bind(now)
    .execute(pool)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Removes a dead job.
pub async fn remove_dead(pool: &PgPool, effect_id: JobId) -> Result<(), sqlx::Error> {
    sqlx::query("delete from jobs where effect_id = $1 and state = 'dead'")
        .bind(effect_id.uuid())
        .execute(pool)
        .await
        .map(drop)
}

/// How far each state is counted: it is asked often, and of more it says no more.
pub const DEPTH_MAX: i64 = 10_000;

/// In the order of an index, so that a count can end. By its statistics PostgreSQL may believe that it is
/// cheaper to collect and sort all that there is.
pub const ALONG_INDEXES: &str =
    "select set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true)";

/// Each count goes along an index, and ends.
pub const DEPTH: &str = "
    select (select count(*) from (
                select from unnest($1::smallint[]) as urgent (priority)
                cross join lateral (
                    select from jobs j where j.state = 'waiting' and j.priority = urgent.priority and j.due_at > $2
                    order by j.due_at limit $3
                ) job
                limit $3
            ) counted) as scheduled,
           (select count(*) from (
                select from unnest($1::smallint[]) as urgent (priority)
                cross join lateral (
                    select from jobs j where j.state = 'waiting' and j.priority = urgent.priority and j.due_at <= $2
                    order by j.due_at limit $3
                ) job
                limit $3
            ) counted) as due,
           (select count(*) from (
                select from jobs where state = 'running' order by leased_until limit $3
            ) counted) as running,
           (select count(*) from (
                select from jobs where state = 'dead' order by due_at, effect_id limit $3
            ) counted) as dead";

/// How many jobs there are in each state, [`DEPTH_MAX`] or more where it is that; those that wait apart by
/// whether they are due.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Depth {
    pub scheduled: i64,
    pub due: i64,
    pub running: i64,
    pub dead: i64,
}

pub async fn depth(pool: &PgPool, now: DateTime<Utc>) -> Result<Depth, sqlx::Error> {
    let mut transaction = pool.begin().await?;
    sqlx::query(ALONG_INDEXES).execute(&mut *transaction).await?;
    let depth = sqlx::query_as(DEPTH)
        .bind(Queue::ALL.map(Queue::number))
        .bind(now)
        .bind(DEPTH_MAX)
        .fetch_one(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(depth)
}

/// How a queue stands.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct QueueRow {
    number: i16,
    /// Later, and due by now: [`DEPTH_MAX`] or more where it is that.
    pub scheduled: i64,
    pub due: i64,
    pub running: i64,
    /// Since when the first of those that are due has been.
    pub oldest_due_at: Option<DateTime<Utc>>,
    pub paused_at: Option<DateTime<Utc>>,
    pub paused_by: Option<String>,
}

impl QueueRow {
    pub fn queue(&self) -> Option<Queue> {
        Queue::of_number(self.number)
    }
}

/// Every queue, the most urgent first.
pub async fn queues(pool: &PgPool, now: DateTime<Utc>) -> Result<Vec<QueueRow>, sqlx::Error> {
    let mut transaction = pool.begin().await?;
    sqlx::query(ALONG_INDEXES).execute(&mut *transaction).await?;
    let rows = sqlx::query_as(
        "select queue.number, scheduled.count as scheduled, due.count as due, due.oldest as oldest_due_at, paused.paused_at,
                paused.paused_by, coalesce(running.count, 0) as running
         from unnest($1::smallint[]) with ordinality as queue (number, place)
         cross join lateral (
             select count(*) from (
                 select from jobs j where j.state = 'waiting' and j.priority = queue.number and j.due_at > $2
                 order by j.due_at limit $3
             ) later
         ) scheduled
         cross join lateral (
             select count(*), min(due_at) as oldest from (
                 select j.due_at from jobs j where j.state = 'waiting' and j.priority = queue.number and j.due_at <= $2
                 order by j.due_at limit $3
             ) now
         ) due
         left join (select priority, count(*) from jobs where state = 'running' group by priority) running
           on running.priority = queue.number
         left join paused_queues paused on paused.queue = queue.number
         order by queue.place",
    )
    .bind(Queue::ALL.map(Queue::number))
    .bind(now)
    .bind(DEPTH_MAX)
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(rows)
}

/// Has every process take nothing from a queue. What runs is finished.
pub async fn pause(pool: &PgPool, queue: Queue, by: &str) -> Result<(), sqlx::Error> {
    sqlx::query("insert into paused_queues (queue, paused_by) values ($1, $2) on conflict (queue) do nothing")
        .bind(queue.number())
        .bind(by)
        .execute(pool)
        .await
        .map(drop)
}

pub async fn resume(pool: &PgPool, queue: Queue) -> Result<(), sqlx::Error> {
    sqlx::query("delete from paused_queues where queue = $1")
        .bind(queue.number())
        .execute(pool)
        .await
        .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is taken one after the other where these queues always have something.
    fn taken(shares: &mut Shares, queues: &[Queue], count: usize) -> Vec<Queue> {
        let key = |shares: &Shares, queue: Queue| {
            let place = Queue::ALL.iter().position(|known| *known == queue).expect("a queue");
            shares.passes[place] + Shares::stride(queue)
        };
        let next = |shares: &mut Shares| {
            let next = queues.iter().copied().min_by(|a, b| key(shares, *a).total_cmp(&key(shares, *b)));
            let next = next.expect("one");
            shares.note([next]);
            next
        };
        (0..count).map(|_| next(shares)).collect()
    }

    #[test]
    fn each_queue_gets_its_share_and_none_starves() {
        let all = taken(&mut Shares::default(), &Queue::ALL, 17_900);
        let weights: usize = Queue::ALL.map(|queue| usize::from(queue.weight())).iter().sum();
        for queue in Queue::ALL {
            let got = all.iter().filter(|taken| **taken == queue).count();
            let share = all.len() * usize::from(queue.weight()) / weights;
            assert!(got.abs_diff(share) <= 1, "{queue:?}: {got} instead of {share}");
        }
    }

    #[test]
    fn what_had_nothing_to_do_saves_nothing_up() {
        let mut shares = Shares::default();
        taken(&mut shares, &[Queue::Reminders], 100_000);
        let then = taken(&mut shares, &[Queue::Reminders, Queue::Housekeeping], 90);
        let low = then.iter().filter(|queue| **queue == Queue::Housekeeping).count();
        assert!((10..=11).contains(&low), "{low} of 90");
        // Who comes to wait is next.
        let then = taken(&mut shares, &[Queue::Reminders, Queue::Replies], 10);
        let replies = then.iter().filter(|queue| **queue == Queue::Replies).count();
        assert!(then[..2].contains(&Queue::Replies) && replies >= 8, "{then:?}");
    }
}
