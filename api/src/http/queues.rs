//! `/api/v1/queues`: the queues that jobs wait in, for operators.

use chrono::{DateTime, Utc};
use frontdesk_adapters::jobs::queue::{self, QueueRow};
use frontdesk_application::app::App;
use frontdesk_domain::kernel::metadata::Actor;
use frontdesk_domain::kernel::policy::Queue;
use poem_openapi::param::Path;
use poem_openapi::{Enum, Object, OpenApi};

use super::caller::Caller;
use super::field::same;
use super::problem::{Problem, ReadProblem};
use super::reply::{Done, Out, Reply};
use super::tag::Tag;

/// A queue that jobs wait in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case", rename = "QueueName")]
pub enum QueueName {
    Webhooks,
    Replies,
    Assistants,
    Handovers,
    Appointments,
    Offers,
    Confirmations,
    Receipts,
    Reminders,
    Calendars,
    Media,
    Marketing,
    Housekeeping,
}

same! {
    QueueName = Queue {
        Webhooks, Replies, Assistants, Handovers, Appointments, Offers, Confirmations, Receipts, Reminders, Calendars, Media,
        Marketing, Housekeeping
    }
}

/// A queue, and how it stands. Jobs are counted up to 10,000.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "Queue", skip_serializing_if_is_none)]
pub struct QueueOut {
    /// Its name.
    pub name: QueueName,
    /// What is in it.
    pub purpose: String,
    /// While several queues have jobs that are due, each gets its share: its weight among theirs.
    pub weight: u16,
    /// How many jobs are for later.
    pub scheduled: i64,
    /// How many jobs are due and wait.
    pub due: i64,
    /// How many jobs run.
    pub running: i64,
    /// Since when the first of those that are due has been.
    pub oldest_due_at: Option<DateTime<Utc>>,
    /// Since when nothing is taken from it.
    pub paused_at: Option<DateTime<Utc>>,
    /// Who has said so.
    pub paused_by: Option<String>,
}

impl QueueOut {
    pub fn of(row: QueueRow) -> Option<Self> {
        let queue = row.queue()?;
        Some(Self {
            name: queue.into(),
            purpose: queue.purpose().into(),
            weight: queue.weight(),
            scheduled: row.scheduled,
            due: row.due,
            running: row.running,
            oldest_due_at: row.oldest_due_at,
            paused_at: row.paused_at,
            paused_by: row.paused_by,
        })
    }
}

/// Every queue.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "QueueList")]
pub struct QueueList {
    /// The heaviest first.
    pub items: Vec<QueueOut>,
}

impl Out for QueueList {}

pub struct QueuesApi(pub App);

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Operations")]
impl QueuesApi {
    /// List the queues
    ///
    /// For operators. How many jobs each has, since when they wait, and which are paused.
    #[oai(path = "/queues", method = "get", operation_id = "list_queues")]
    async fn list(&self, caller: Caller) -> Result<Reply<QueueList>, ReadProblem> {
        caller.must_operate()?;
        let rows = queue::queues(&self.0.pool, self.0.bus.clock().now()).await.map_err(Problem::from)?;
        Ok(Reply::new(QueueList { items: rows.into_iter().filter_map(QueueOut::of).collect() }))
    }

    /// Pause a queue
    ///
    /// For operators. No process of this release takes anything from it any more; what runs is finished.
    #[oai(path = "/queues/:queue/pause", method = "post", operation_id = "pause_queue")]
    async fn pause(&self, caller: Caller, queue: Path<QueueName>) -> Result<Done, Problem> {
        caller.must_operate()?;
        let Actor { kind, id } = caller.actor();
        let by = format!("{} {id}", <&str>::from(kind));
        queue::pause(&self.0.pool, queue.0.into(), &by).await?;
        Ok(Done::unrecorded())
    }

    /// Resume a queue
    ///
    /// For operators. What is due in it is run again.
    #[oai(path = "/queues/:queue/resume", method = "post", operation_id = "resume_queue")]
    async fn resume(&self, caller: Caller, queue: Path<QueueName>) -> Result<Done, Problem> {
        caller.must_operate()?;
        queue::resume(&self.0.pool, queue.0.into()).await?;
        Ok(Done::unrecorded())
    }
}
