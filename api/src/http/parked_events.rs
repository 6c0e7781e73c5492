//! `/api/v1/parked-events`: events that a reader of the log could not take, for operators.

use chrono::{DateTime, Utc};
use frontdesk_application::app::App;
use frontdesk_domain::kernel::ids::{BusinessId, StreamId};
use frontdesk_projections::parked::{self, ParkedRow};
use poem_openapi::param::Query;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::caller::Caller;
use super::field::Field;
use super::problem::{Problem, ReadProblem};
use super::read::{List, page};
use super::reply::{Out, Reply};
use super::tag::Tag;

/// An event that a reader could not take, or that waits behind such an event of its stream.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "ParkedEvent", skip_serializing_if_is_none)]
pub struct ParkedEventOut {
    /// A read model, a policy, or the translator of webhooks.
    pub reader: String,
    /// The version of the reader.
    pub version: i32,
    /// Its place in the log.
    pub position: i64,
    pub business_id: Field<BusinessId>,
    /// What the event happened to: appointment, customer, agenda_day and so on.
    pub aggregate_type: String,
    /// The id of what it happened to, as a UUID.
    pub aggregate_id: String,
    /// Why it was not taken.
    pub error: String,
    /// How often it was tried again since.
    pub retries: u32,
    /// Whether it is about to be tried again.
    pub wanted: bool,
    /// When it was parked.
    pub parked_at: DateTime<Utc>,
}

impl ParkedEventOut {
    pub fn of(row: ParkedRow) -> Self {
        Self {
            reader: row.reader,
            version: row.version,
            position: row.position,
            business_id: Field(BusinessId::from_uuid(row.tenant_id)),
            aggregate_type: row.aggregate_type,
            aggregate_id: row.aggregate_id,
            error: row.error,
            retries: row.retries.unsigned_abs(),
            wanted: row.wanted,
            parked_at: row.parked_at,
        }
    }
}

impl Out for ParkedEventOut {}

page!(ParkedEventPage of ParkedEventOut);

/// Which parked events are to be tried again; all, if nothing is said.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "RetryParkedEvents", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct RetryIn {
    /// Those of one reader.
    #[oai(validator(min_length = 1, max_length = 100, pattern = "^[a-z0-9_.]+$"))]
    pub reader: Option<String>,
    /// The one at this position of the log, and what waits behind it in its stream.
    #[oai(validator(minimum(value = "1")))]
    pub position: Option<i64>,
}

/// How many parked events are tried again.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "RetriedParkedEvents")]
pub struct RetriedOut {
    /// How many are tried again: each with what waits behind it in its stream.
    pub wanted: u64,
}

impl Out for RetriedOut {}

pub struct ParkedEventsApi(pub App);

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Operations")]
impl ParkedEventsApi {
    /// List parked events
    ///
    /// For operators. An event that a reader of the log could not take was tried a few times and then parked,
    /// with what follows it in its stream. Everything else goes on.
    #[oai(path = "/parked-events", method = "get", operation_id = "list_parked_events")]
    async fn list(
        &self,
        caller: Caller,
        /// Those of one reader.
        #[oai(validator(min_length = 1, max_length = 100, pattern = "^[a-z0-9_.]+$"))]
        reader: Query<Option<String>>,
        cursor: Query<Option<String>>,
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))] limit: Query<Option<u16>>,
    ) -> Result<Reply<ParkedEventPage>, ReadProblem> {
        caller.must_operate()?;
        let list = List::of("parked_events", None, &cursor, *limit);
        let page = list.page(&self.0, |page| parked::list(&self.0.pool, reader.as_deref(), page)).await?;
        Ok(page.map(ParkedEventOut::of).into())
    }

    /// Try parked events again
    ///
    /// For operators. The reader takes them up within a second. What fails again stays parked, with its new
    /// error.
    #[oai(path = "/parked-events/retry", method = "post", operation_id = "retry_parked_events")]
    async fn retry(&self, caller: Caller, body: Json<RetryIn>) -> Result<Reply<RetriedOut>, Problem> {
        caller.must_operate()?;
        let wanted = parked::want(&self.0.pool, body.reader.as_deref(), body.position).await?;
        Ok(Reply::new(RetriedOut { wanted }))
    }
}
