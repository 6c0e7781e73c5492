//! `/api/v1/jobs`: what policies and schedules have asked for and is not done yet, for operators.

use chrono::{DateTime, Utc};
use frontdesk_adapters::jobs::{JobRow, State, queue};
use frontdesk_application::app::App;
use frontdesk_application::workers::jobs::{self, JobError};
use frontdesk_domain::kernel::ids::{
    AppointmentId, BusinessId, JobId, ResourceId, StreamId, WaitlistEntryId,
};
use frontdesk_domain::values::text::Note;
use frontdesk_projections::page::{After, Page, PageRequest};
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Enum, Object, OpenApi};
use sqlx::PgPool;

use super::caller::Caller;
use super::field::Field;
use super::problem::{Problem, ReadProblem};
use super::read::{List, page};
use super::reply::{Done, Out, Reply};
use super::shown::Shown;
use super::tag::Tag;

/// How a job stands.
///
/// * `waiting`: for its time to come, or for the next try;
/// * `running`: it is being done;
/// * `dead`: it has failed for good: retry or discard it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case", rename = "JobState")]
pub enum StateDto {
    Waiting,
    Running,
    Dead,
}

impl From<StateDto> for State {
    fn from(state: StateDto) -> Self {
        match state {
            StateDto::Waiting => Self::Waiting,
            StateDto::Running => Self::Running,
            StateDto::Dead => Self::Dead,
        }
    }
}

/// Something that is to be done, once.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "Job", skip_serializing_if_is_none)]
pub struct JobOut {
    /// Its outcome will stand in the log under this id.
    pub id: Field<JobId>,
    /// What is to be done.
    pub name: String,
    /// The policy or schedule that wants it.
    pub policy: String,
    /// What it is about: a policy has one job under a key.
    pub key: String,
    /// Not there for what the deployment does for itself.
    pub business_id: Option<Field<BusinessId>>,
    /// What it is about.
    pub payload: Shown<PayloadOut>,
    /// waiting, running or dead.
    pub state: String,
    /// Not before this time; after a failure, when it is tried again.
    pub due_at: DateTime<Utc>,
    /// How often it was tried.
    pub attempts: u32,
    /// After how many tries it is dead.
    pub attempts_max: u32,
    /// Why the last try failed.
    pub error: Option<String>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When anything of it last changed.
    pub updated_at: DateTime<Utc>,
}

/// What a job is about. Its name says which of these there are.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "JobPayload", skip_serializing_if_is_none)]
pub struct PayloadOut {
    /// The hold that ends.
    pub hold_id: Option<Field<AppointmentId>>,
    /// The appointment that is completed or expires, or whose time has become free.
    pub appointment_id: Option<Field<AppointmentId>>,
    /// The entry of the waitlist that ends.
    pub entry_id: Option<Field<WaitlistEntryId>>,
    /// The resources whose time it takes.
    pub resources: Option<Vec<Field<ResourceId>>>,
    /// Of an appointment that was moved: the time that it had.
    pub moved_from: Option<FreedOut>,
}

/// Time that has become free.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "FreedTime")]
pub struct FreedOut {
    /// Whose time it is.
    pub resources: Vec<Field<ResourceId>>,
    /// From when until when, with what was kept free before and after the appointment.
    pub time: IntervalOut,
}

/// From an instant to a later one.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "Interval")]
pub struct IntervalOut {
    /// When it begins.
    pub start: DateTime<Utc>,
    /// When it ends.
    pub end: DateTime<Utc>,
}

impl JobOut {
    pub fn of(row: JobRow) -> Self {
        Self {
            id: Field(row.effect_id()),
            business_id: row.tenant().map(Field),
            name: row.name,
            policy: row.policy,
            key: row.key,
            payload: Shown::of(row.payload.0),
            state: row.state,
            due_at: row.due_at,
            attempts: row.attempts.unsigned_abs(),
            attempts_max: row.attempts_max.unsigned_abs(),
            error: row.error,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

impl Out for JobOut {}

page!(JobPage of JobOut);

/// Gives a dead job up.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "DiscardJob", deny_unknown_fields)]
pub struct DiscardIn {
    /// The log keeps it for good and in clear: name nobody.
    pub reason: Field<Note>,
}

impl From<JobError> for Problem {
    fn from(error: JobError) -> Self {
        match error {
            JobError::Refused(refusal) => Self::refused(&refusal),
            JobError::Database(error) => error.into(),
            JobError::Bus(error) => error.into(),
        }
    }
}

async fn page_of_jobs(
    pool: &PgPool,
    state: Option<State>,
    request: PageRequest,
) -> Result<Page<JobRow>, sqlx::Error> {
    let after = request.after.and_then(|after| Some((DateTime::from_timestamp_micros(after.key)?, after.id)));
    let rows = queue::list(pool, state, after, request.rows()).await?;
    Ok(request.page(rows, |last| After { key: last.due_at.timestamp_micros(), id: last.effect_id().uuid() }))
}

pub struct JobsApi(pub App);

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Operations")]
impl JobsApi {
    /// List jobs
    ///
    /// For operators. What is to be done, in the order in which it is due. What is done stands in the log and
    /// not here.
    #[oai(path = "/jobs", method = "get", operation_id = "list_jobs")]
    async fn list(
        &self,
        caller: Caller,
        /// Those in this state.
        state: Query<Option<StateDto>>,
        cursor: Query<Option<String>>,
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))] limit: Query<Option<u16>>,
    ) -> Result<Reply<JobPage>, ReadProblem> {
        caller.must_operate()?;
        let state = state.map(State::from);
        let list = List::of("jobs", None, &cursor, *limit);
        let page = list.page(&self.0, |page| page_of_jobs(&self.0.pool, state, page)).await?;
        Ok(page.map(JobOut::of).into())
    }

    /// Get a job
    ///
    /// For operators.
    #[oai(path = "/jobs/:job_id", method = "get", operation_id = "get_job")]
    async fn get(&self, caller: Caller, job_id: Path<Field<JobId>>) -> Result<Reply<JobOut>, ReadProblem> {
        caller.must_operate()?;
        let job = jobs::find(&self.0.pool, job_id.0.0).await.map_err(Problem::from)?;
        Ok(Reply::new(JobOut::of(job)))
    }

    /// Try a dead job again
    ///
    /// For operators. It begins anew, with all its tries.
    #[oai(path = "/jobs/:job_id/retry", method = "post", operation_id = "retry_job")]
    async fn retry(&self, caller: Caller, job_id: Path<Field<JobId>>) -> Result<Done, Problem> {
        caller.must_operate()?;
        jobs::retry(&self.0.pool, job_id.0.0, self.0.bus.clock().now()).await?;
        Ok(Done::unrecorded())
    }

    /// Give a dead job up
    ///
    /// For operators. It is not done any more; the log keeps the reason and who decided it.
    #[oai(path = "/jobs/:job_id/discard", method = "post", operation_id = "discard_job")]
    async fn discard(
        &self,
        caller: Caller,
        job_id: Path<Field<JobId>>,
        body: Json<DiscardIn>,
    ) -> Result<Done, Problem> {
        caller.must_operate()?;
        let context = |tenant| self.0.context(tenant, caller.actor());
        jobs::discard(&self.0.bus, &self.0.pool, job_id.0.0, body.0.reason.0, context).await?;
        Ok(Done::unrecorded())
    }
}

#[cfg(test)]
mod tests {
    use frontdesk_domain::booking::policies::completion::CompleteUnattended;
    use frontdesk_domain::booking::policies::hold_expiry::LapseHold;
    use frontdesk_domain::booking::policies::request_expiry::ExpireRequest;
    use frontdesk_domain::booking::policies::waitlist_expiry::ExpireEntry;
    use frontdesk_domain::booking::policies::waitlist_offers::OfferFreedTime;
    use poem_openapi::types::ParseFromJSON;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::http::shown::tests::is_described;

    #[test]
    fn payloads_are_what_the_document_says() {
        let appointment_id = AppointmentId::from_uuid(Uuid::from_u128(1));
        let resources = vec![ResourceId::from_uuid(Uuid::from_u128(2))];
        let entry_id = WaitlistEntryId::from_uuid(Uuid::from_u128(3));
        let time = json!({ "start": "2026-11-24T15:00:00Z", "end": "2026-11-24T16:00:00Z" });
        for payload in [
            json!(LapseHold { hold_id: appointment_id, resources: resources.clone() }),
            json!(ExpireRequest { appointment_id, resources: resources.clone() }),
            json!(CompleteUnattended { appointment_id }),
            json!(ExpireEntry { entry_id }),
        ] {
            is_described::<PayloadOut>(payload);
        }
        // The same instants, written in another way.
        let moved = json!({ "appointment_id": appointment_id, "moved_from": { "resources": resources, "time": time } });
        let job: OfferFreedTime = serde_json::from_value(moved).expect("a job");
        let freed = PayloadOut::parse_from_json(Some(json!(job))).ok().and_then(|payload| payload.moved_from);
        let freed = freed.expect("a time");
        assert_eq!(
            (freed.resources.len(), json!({ "start": freed.time.start, "end": freed.time.end })),
            (1, time)
        );
    }
}
