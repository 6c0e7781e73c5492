//! `/api/v1/businesses/{business_id}/appointments/{appointment_id}/history`: how an appointment came about.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use frontdesk_application::app::App;
use frontdesk_application::reads::history;
use frontdesk_domain::kernel::ids::{AppointmentId, BusinessId, CommitId, EventId};
use frontdesk_domain::kernel::metadata;
use frontdesk_domain::kernel::recorded::RecordedEvent;
use poem_openapi::param::Path;
use poem_openapi::types::Any;
use poem_openapi::{Object, OpenApi};
use serde_json::Value;

use super::caller::Caller;
use super::field::Field;
use super::problem::{Problem, ReadProblem};
use super::reply::{Out, Reply};
use super::shown::Shown;
use super::tag::Tag;

/// Something that happened, as it stands in the log.
#[derive(Debug, Clone, Object)]
#[oai(rename = "HistoryEvent", skip_serializing_if_is_none)]
pub struct EventOut {
    /// Its place in the log.
    pub position: i64,
    pub event_id: Field<EventId>,
    /// What was written together has the same commit.
    pub commit_id: Field<CommitId>,
    /// What it happened to: appointment, customer, agenda_day and so on.
    pub stream_type: String,
    /// The id of what it happened to, as a UUID.
    pub stream_id: String,
    /// Its place in its stream.
    pub sequence: i64,
    /// What kind of event it is: AppointmentBooked, TimeFreed and so on.
    pub event_type: String,
    /// What happened: the fields of the event, as domain/schemas/ of the repository describes them by
    /// stream_type. Data of people who have been erased are not in it.
    pub data: Shown<BTreeMap<String, Any<Value>>>,
    /// When the log took it in.
    pub recorded_at: DateTime<Utc>,
    /// The time by which it was decided.
    pub decided_at: Option<DateTime<Utc>>,
    /// On whose behalf: operator, staff, assistant, provider or system.
    pub actor_kind: Option<String>,
    /// Who it was: the id of an API key, a call or a process.
    pub actor_id: Option<String>,
    /// The same for all that one request or message has led to.
    pub correlation_id: Option<String>,
    /// The event that it follows from.
    pub causation_id: Option<String>,
    /// The command that was carried out.
    pub command_id: Option<String>,
}

impl EventOut {
    pub fn of(event: RecordedEvent) -> Self {
        let text = |key: &str| event.metadata.get(key).map(str::to_owned);
        Self {
            position: event.position,
            event_id: Field(event.event_id),
            commit_id: Field(event.commit_id),
            sequence: event.sequence,
            recorded_at: event.recorded_at,
            decided_at: event.metadata.instant(metadata::DECIDED_AT),
            actor_kind: text(metadata::ACTOR_KIND),
            actor_id: text(metadata::ACTOR_ID),
            correlation_id: text(metadata::CORRELATION_ID),
            causation_id: text(metadata::CAUSATION_ID),
            command_id: text(metadata::COMMAND_ID),
            stream_id: event.aggregate_id.to_string(),
            stream_type: event.aggregate_type,
            event_type: event.event_type,
            data: Shown::of(event.payload),
        }
    }
}

/// How something came about.
#[derive(Debug, Clone, Object)]
#[oai(rename = "History")]
pub struct HistoryOut {
    /// In the order in which they stand in the log.
    pub events: Vec<EventOut>,
}

impl Out for HistoryOut {}

pub struct HistoryApi(pub App);

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Appointments")]
impl HistoryApi {
    /// Get an appointment's history
    ///
    /// Every event about it, and every event that was written together with one: the call, the tool call, the
    /// time taken and freed.
    #[oai(
        path = "/businesses/:business_id/appointments/:appointment_id/history",
        method = "get",
        operation_id = "get_appointment_history"
    )]
    async fn history(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        appointment_id: Path<Field<AppointmentId>>,
    ) -> Result<Reply<HistoryOut>, ReadProblem> {
        let tenant = caller.may_audit(business_id.0.0)?;
        let events = history::history(self.0.log(), tenant, appointment_id.0.0).await?;
        if events.is_empty() {
            return Err(Problem::not_found("there is no such appointment").into());
        }
        Ok(Reply::new(HistoryOut { events: events.into_iter().map(EventOut::of).collect() }))
    }
}
