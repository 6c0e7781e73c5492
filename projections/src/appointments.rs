//! The list of appointments: what was booked, moved and cancelled, with whom.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use cqrs_es::Aggregate;
use frontdesk_domain::booking::appointment::{
    Answered, AppliedPolicy, Appointment, AppointmentEvent, Attendee, BookedSlot, FeeOwed, FeeReason, Source,
    Wait, owed,
};
use frontdesk_domain::kernel::ids::{
    AppointmentId, BusinessId, CustomerId, ResourceId, SeriesId, ServiceId, StreamId,
};
use frontdesk_domain::kernel::personal::Personal;
use frontdesk_domain::kernel::recorded::RecordedEvent;
use frontdesk_domain::values::interval::Interval;
use frontdesk_domain::values::text::Note;
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use sqlx::types::Json;
use uuid::Uuid;

use crate::page::{After, Page, PageRequest};
use crate::read_model::{ReadModel, Tables};
use crate::reader::ReaderError;

#[derive(Debug)]
pub struct Appointments;

const TABLES: &str = "
create table if not exists {schema}.appointments (
    id           uuid primary key,
    tenant_id    uuid not null,
    status       text not null,
    service_id   uuid not null,
    resource_ids uuid[] not null,
    customer_id  uuid,
    starts_at    timestamptz not null,
    ends_at      timestamptz not null,
    -- The whole appointment; the columns above are for searching.
    details      json not null
);
create index if not exists appointments_by_start on {schema}.appointments (tenant_id, starts_at, id);
create index if not exists appointments_by_customer on {schema}.appointments (customer_id, starts_at);
";

/// What has become of an appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Held,
    /// A hold that was given up.
    Released,
    /// A hold that ran out.
    Lapsed,
    /// The business has still to approve it.
    Requested,
    Declined,
    /// A request on which nobody has decided in time.
    Expired,
    Booked,
    CheckedIn,
    Completed,
    NoShow,
    Cancelled,
}

impl Status {
    pub fn name(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Released => "released",
            Self::Lapsed => "lapsed",
            Self::Requested => "requested",
            Self::Declined => "declined",
            Self::Expired => "expired",
            Self::Booked => "booked",
            Self::CheckedIn => "checked_in",
            Self::Completed => "completed",
            Self::NoShow => "no_show",
            Self::Cancelled => "cancelled",
        }
    }
}

/// An appointment as of a version of its stream.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AppointmentRow {
    pub id: AppointmentId,
    pub tenant: BusinessId,
    pub version: i64,
    pub status: Status,
    pub slot: BookedSlot,
    pub held_until: Option<DateTime<Utc>>,
    /// Of a request: until when the business decides.
    #[serde(default)]
    pub decide_by: Option<DateTime<Utc>>,
    pub customer_id: Option<CustomerId>,
    /// For whom; unknown once they are erased.
    pub name: Option<String>,
    pub note: Option<String>,
    #[serde(default)]
    pub answers: Vec<GivenAnswer>,
    #[serde(default)]
    pub fees: Vec<FeeOwed>,
    pub source: Source,
    pub series_id: Option<SeriesId>,
    /// Of a cancellation, or of the business's no.
    pub cancellation_reason: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// An answer to what the service asks.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GivenAnswer {
    pub question_id: String,
    pub question: String,
    /// Unknown once the customer is erased.
    pub answer: Option<String>,
}

impl GivenAnswer {
    pub fn of(answered: Answered) -> Self {
        let answer = answered.answer.into_known().map(|answer| answer.to_string());
        Self { question_id: answered.question_id, question: answered.question.into(), answer }
    }
}

impl ReadModel for Appointments {
    fn name(&self) -> &'static str {
        "appointments"
    }

    fn version(&self) -> i32 {
        1
    }

    fn aggregates(&self) -> &'static [&'static str] {
        &[Appointment::TYPE]
    }

    fn tables(&self) -> &'static str {
        TABLES
    }

    fn take<'a>(
        &'a self,
        mut tables: Tables<'a>,
        events: &'a [Arc<RecordedEvent>],
    ) -> BoxFuture<'a, Result<(), ReaderError>> {
        Box::pin(async move {
            let ids: Vec<Uuid> = events.iter().map(|event| event.aggregate_id).collect();
            let mut rows = load(&mut tables, &ids).await?;
            for recorded in events {
                let Some(event) = recorded.event::<Appointment>()? else { continue };
                let id = recorded.aggregate_id;
                if let Some(row) = after(rows.remove(&id), recorded, event) {
                    rows.insert(id, row);
                }
            }
            Ok(save(&mut tables, rows).await?)
        })
    }
}

/// The row after an event; none before the first.
///
/// Every event of the stream raises the row's version, whatever it changes in the row. Clients send the
/// version back in `If-Match`, and one that lags behind its stream would be refused.
fn after(
    row: Option<AppointmentRow>,
    recorded: &RecordedEvent,
    event: AppointmentEvent,
) -> Option<AppointmentRow> {
    let decision = match event.effect().decision {
        Wait::Began { until, slot: _ } => Some(Some(until)),
        Wait::Ended => Some(None),
        Wait::Unchanged => None,
    };
    let row = changed(row, recorded, event)?;
    Some(AppointmentRow {
        decide_by: decision.unwrap_or(row.decide_by),
        version: recorded.sequence,
        updated_at: recorded.recorded_at,
        ..row
    })
}

/// What only the event itself says. An event that changes nothing in the row leaves it as it is.
fn changed(
    row: Option<AppointmentRow>,
    recorded: &RecordedEvent,
    event: AppointmentEvent,
) -> Option<AppointmentRow> {
    let begun_at = row.as_ref().map_or(recorded.recorded_at, |row| row.created_at);
    let begun = |slot, source, status| AppointmentRow::new(recorded, begun_at, slot, source, status);
    match event {
        AppointmentEvent::AppointmentHeld { slot, expires_at, source, by: _ } => {
            Some(AppointmentRow { held_until: Some(expires_at), ..begun(slot, source, Status::Held) })
        }
        AppointmentEvent::AppointmentRequested {
            slot,
            attendee,
            source,
            by: _,
            decide_by: _,
            overridden: _,
            series_id,
        } => Some(begun(slot, source, Status::Requested).booked_by(attendee, series_id)),
        AppointmentEvent::AppointmentBooked { slot, attendee, source, by: _, overridden: _, series_id } => {
            Some(begun(slot, source, Status::Booked).booked_by(attendee, series_id))
        }
        AppointmentEvent::AppointmentRescheduled { from: _, to, reason: _, by: _, applied, decide_by } => {
            let status = if decide_by.is_some() { Status::Requested } else { Status::Booked };
            let row = AppointmentRow { slot: to, status, ..row? };
            Some(row.owing(FeeReason::LateReschedule, applied.as_ref()))
        }
        AppointmentEvent::AppointmentCancelled { reason, by: _, applied } => {
            let row = row?.ended(Status::Cancelled, reason);
            Some(row.owing(FeeReason::LateCancellation, applied.as_ref()))
        }
        AppointmentEvent::RequestDeclined { reason, by: _ } => Some(row?.ended(Status::Declined, reason)),
        AppointmentEvent::RequestExpired {} => Some(row?.ended(Status::Expired, None)),
        AppointmentEvent::HoldReleased { by: _ } => Some(row?.now(Status::Released)),
        AppointmentEvent::HoldLapsed {} => Some(row?.now(Status::Lapsed)),
        AppointmentEvent::RequestApproved { by: _ } => Some(row?.now(Status::Booked)),
        AppointmentEvent::CustomerCheckedIn { by: _ } => Some(row?.now(Status::CheckedIn)),
        AppointmentEvent::AppointmentCompleted { by: _ } => {
            let mut row = row?.now(Status::Completed);
            row.fees.retain(|owed| owed.reason != FeeReason::NoShow);
            Some(row)
        }
        AppointmentEvent::NoShowRecorded { reason: _, by: _, applied } => {
            Some(row?.now(Status::NoShow).owing(FeeReason::NoShow, Some(&applied)))
        }
    }
}

impl AppointmentRow {
    /// Before anybody is known to come.
    fn new(
        recorded: &RecordedEvent,
        created_at: DateTime<Utc>,
        slot: BookedSlot,
        source: Source,
        status: Status,
    ) -> Self {
        Self {
            id: AppointmentId::from_uuid(recorded.aggregate_id),
            tenant: recorded.tenant,
            version: recorded.sequence,
            status,
            slot,
            held_until: None,
            decide_by: None,
            customer_id: None,
            name: None,
            note: None,
            answers: vec![],
            fees: vec![],
            source,
            series_id: None,
            cancellation_reason: None,
            created_at,
            updated_at: recorded.recorded_at,
        }
    }

    fn booked_by(self, attendee: Attendee, series_id: Option<SeriesId>) -> Self {
        Self {
            customer_id: Some(attendee.customer_id),
            name: attendee.name.into_known().map(String::from),
            note: attendee.note.and_then(Personal::into_known).map(String::from),
            answers: attendee.answers.into_iter().map(GivenAnswer::of).collect(),
            series_id,
            ..self
        }
    }

    fn now(self, status: Status) -> Self {
        Self { status, ..self }
    }

    fn ended(self, status: Status, reason: Option<Personal<Note>>) -> Self {
        let cancellation_reason = reason.and_then(Personal::into_known).map(String::from);
        Self { status, cancellation_reason, ..self }
    }

    fn owing(mut self, reason: FeeReason, applied: Option<&AppliedPolicy>) -> Self {
        self.fees.extend(owed(reason, applied));
        self
    }
}

async fn load(tables: &mut Tables<'_>, ids: &[Uuid]) -> Result<BTreeMap<Uuid, AppointmentRow>, sqlx::Error> {
    let rows: Vec<(Uuid, Json<AppointmentRow>)> =
        sqlx::query_as(&tables.sql("select id, details from {schema}.appointments where id = any ($1)"))
            .bind(ids)
            .fetch_all(&mut *tables.connection)
            .await?;
    Ok(rows.into_iter().map(|(id, Json(row))| (id, row)).collect())
}

async fn save(tables: &mut Tables<'_>, rows: BTreeMap<Uuid, AppointmentRow>) -> Result<(), sqlx::Error> {
    let column = |of: &dyn Fn(&AppointmentRow) -> Uuid| rows.values().map(of).collect::<Vec<_>>();
    let resources: Vec<String> = rows
        .values()
        // PostgreSQL has no arrays of arrays of different lengths; the text form of each becomes an array
        // again below.
        .map(|row| {
            format!(
                "{{{}}}",
                row.slot.resources.iter().map(|id| id.uuid().to_string()).collect::<Vec<_>>().join(",")
            )
        })
        .collect();
    sqlx::query(&tables.sql(
        "insert into {schema}.appointments
             (id, tenant_id, status, service_id, resource_ids, customer_id, starts_at, ends_at, details)
         select id, tenant, status, service, resources::uuid[], customer, starts, ends, details
         from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::uuid[], $7::timestamptz[], $8::timestamptz[], $9::json[])
             as a (id, tenant, status, service, resources, customer, starts, ends, details)
         on conflict (id) do update set
             status = excluded.status, service_id = excluded.service_id, resource_ids = excluded.resource_ids,
             customer_id = excluded.customer_id, starts_at = excluded.starts_at, ends_at = excluded.ends_at, details = excluded.details",
    ))
    .bind(column(&|row| row.id.uuid()))
    .bind(column(&|row| row.tenant.uuid()))
    .bind(rows.values().map(|row| row.status.name()).collect::<Vec<_>>())
    .bind(column(&|row| row.slot.service_id.uuid()))
    .bind(resources)
    .bind(rows.values().map(|row| row.customer_id.map(StreamId::uuid)).collect::<Vec<Option<Uuid>>>())
    .bind(rows.values().map(|row| row.slot.time.start).collect::<Vec<_>>())
    .bind(rows.values().map(|row| row.slot.time.end).collect::<Vec<_>>())
    .bind(rows.values().map(Json).collect::<Vec<_>>())
    .execute(&mut *tables.connection)
    .await
    .map(drop)
}

/// Which appointments are wanted; what is `None` does not matter.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Those that end after it.
    pub from: Option<DateTime<Utc>>,
    /// Those that start before it.
    pub to: Option<DateTime<Utc>>,
    /// Any of them; all, if there is none.
    pub statuses: Vec<Status>,
    pub customer_id: Option<CustomerId>,
    pub resource_id: Option<ResourceId>,
    pub service_id: Option<ServiceId>,
}

pub async fn find(
    pool: &PgPool,
    tenant: BusinessId,
    id: AppointmentId,
) -> Result<Option<AppointmentRow>, sqlx::Error> {
    let row: Option<Found> = sqlx::query_as(
        "select a.details, (select survivor_id from customers_v2.customers c where c.id = a.customer_id)
         from appointments_v1.appointments a
         where a.tenant_id = $1 and a.id = $2",
    )
    .bind(tenant.uuid())
    .bind(id.uuid())
    .fetch_optional(pool)
    .await?;
    Ok(row.map(with_survivor))
}

/// Those of these that there are, in any order.
pub async fn find_all(
    pool: &PgPool,
    tenant: BusinessId,
    ids: &[AppointmentId],
) -> Result<Vec<AppointmentRow>, sqlx::Error> {
    let rows: Vec<Found> = sqlx::query_as(
        "select a.details, (select survivor_id from customers_v2.customers c where c.id = a.customer_id)
         from appointments_v1.appointments a
         where a.tenant_id = $1 and a.id = any ($2)",
    )
    .bind(tenant.uuid())
    .bind(ids.iter().map(|id| id.uuid()).collect::<Vec<_>>())
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(with_survivor).collect())
}

/// An appointment, and who stands now for the customer with whom it was booked.
type Found = (Json<AppointmentRow>, Option<Uuid>);

fn with_survivor((Json(row), survivor): Found) -> AppointmentRow {
    let customer_id = survivor.map(CustomerId::from_uuid).or(row.customer_id);
    AppointmentRow { customer_id, ..row }
}

/// In order of their start.
pub async fn list(
    pool: &PgPool,
    tenant: BusinessId,
    filter: &Filter,
    request: PageRequest,
) -> Result<Page<AppointmentRow>, sqlx::Error> {
    let after = request
        .after
        .map(|after| (DateTime::from_timestamp_micros(after.key).unwrap_or(DateTime::UNIX_EPOCH), after.id))
        .unzip();
    let rows: Vec<Found> = sqlx::query_as(
        "select a.details, (select survivor_id from customers_v2.customers c where c.id = a.customer_id)
         from appointments_v1.appointments a
         where a.tenant_id = $1 and ($2::timestamptz is null or a.ends_at > $2) and ($3::timestamptz is null or a.starts_at < $3)
           and (cardinality($4::text[]) = 0 or a.status = any ($4)) and ($5::uuid is null or a.customer_id = any (array(select customers_v2.family($5))))
           and ($6::uuid is null or a.resource_ids @> array[$6]) and ($7::uuid is null or a.service_id = $7)
           and ($8::timestamptz is null or (a.starts_at, a.id) > ($8, $9))
         order by a.starts_at, a.id limit $10",
    )
    .bind(tenant.uuid())
    .bind(filter.from)
    .bind(filter.to)
    .bind(filter.statuses.iter().map(|status| status.name()).collect::<Vec<_>>())
    .bind(filter.customer_id.map(StreamId::uuid))
    .bind(filter.resource_id.map(StreamId::uuid))
    .bind(filter.service_id.map(StreamId::uuid))
    .bind(after.0)
    .bind(after.1)
    .bind(request.rows())
    .fetch_all(pool)
    .await?;
    let rows = rows.into_iter().map(with_survivor).collect();
    Ok(request.page(rows, |row| After { key: row.slot.time.start.timestamp_micros(), id: row.id.uuid() }))
}

/// What a resource's calendar shows of a period: all but holds, and of those that came to nothing only the
/// ones since an instant. At most `limit`, in order of their start.
pub async fn calendar(
    pool: &PgPool,
    tenant: BusinessId,
    resource: ResourceId,
    period: Interval,
    cancelled_since: DateTime<Utc>,
    limit: u16,
) -> Result<Vec<AppointmentRow>, sqlx::Error> {
    let rows: Vec<Json<AppointmentRow>> = sqlx::query_scalar(
        "select details from appointments_v1.appointments
         where tenant_id = $1 and resource_ids @> array[$2] and ends_at > $3 and starts_at < $4 and status not in ('held', 'released', 'lapsed')
           and (status not in ('cancelled', 'declined', 'expired') or (details ->> 'updated_at')::timestamptz >= $5)
         order by starts_at, id limit $6",
    )
    .bind(tenant.uuid())
    .bind(resource.uuid())
    .bind(period.start)
    .bind(period.end)
    .bind(cancelled_since)
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|Json(row)| row).collect())
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use frontdesk_domain::booking::appointment::RuleVersions;
    use frontdesk_domain::kernel::ids::{CommitId, EventId};
    use frontdesk_domain::kernel::metadata::{Actor, ActorKind, Metadata};
    use frontdesk_domain::kernel::personal::SubjectId;
    use frontdesk_domain::values::text::Name;
    use frontdesk_domain::values::time::Zone;

    use super::*;

    fn noon() -> DateTime<Utc> {
        "2026-11-24T12:00:00Z".parse().expect("an instant")
    }

    fn by() -> Actor {
        Actor::new(ActorKind::Staff, "key")
    }

    fn slot(start: DateTime<Utc>) -> BookedSlot {
        BookedSlot::new(
            ServiceId::from_uuid(Uuid::from_u128(5)),
            vec![ResourceId::from_uuid(Uuid::from_u128(6))],
            Interval::starting(start, TimeDelta::minutes(30)),
            Zone::UTC,
            RuleVersions { business: 1, service: 1, resources: vec![1] },
        )
    }

    fn requested() -> AppointmentEvent {
        let customer_id = CustomerId::from_uuid(Uuid::from_u128(7));
        let name: Name = Name::parse("Ada").expect("a name");
        let name = Personal::new(SubjectId::of(customer_id), name);
        AppointmentEvent::AppointmentRequested {
            slot: slot(noon()),
            attendee: Attendee { customer_id, name, note: None, answers: vec![] },
            source: Source::Api,
            by: by(),
            decide_by: noon() - TimeDelta::hours(1),
            overridden: None,
            series_id: None,
        }
    }

    fn moved(decide_by: Option<DateTime<Utc>>) -> AppointmentEvent {
        let (from, to) = (slot(noon()), slot(noon() + TimeDelta::days(1)));
        AppointmentEvent::AppointmentRescheduled {
            from,
            to,
            reason: None,
            by: by(),
            applied: None,
            decide_by,
        }
    }

    /// The event of an appointment at this place in its stream.
    fn recorded(sequence: i64) -> RecordedEvent {
        RecordedEvent {
            position: sequence,
            tenant: BusinessId::from_uuid(Uuid::from_u128(1)),
            aggregate_type: Appointment::TYPE.into(),
            aggregate_id: Uuid::from_u128(2),
            sequence,
            event_id: EventId::from_uuid(Uuid::from_u128(3)),
            event_type: String::new(),
            payload: serde_json::Value::Null,
            metadata: Metadata::default(),
            commit_id: CommitId::from_uuid(Uuid::from_u128(4)),
            last_in_commit: true,
            recorded_at: noon() + TimeDelta::minutes(sequence),
        }
    }

    fn rows(events: impl IntoIterator<Item = AppointmentEvent>) -> Vec<AppointmentRow> {
        let row = |row: &mut Option<AppointmentRow>, (sequence, event)| {
            *row = after(row.take(), &recorded(sequence), event);
            Some(row.clone().expect("a row"))
        };
        (1..).zip(events).scan(None, row).collect()
    }

    #[test]
    fn every_event_raises_the_version_even_if_the_row_shows_nothing_of_it() {
        let checked_in = || AppointmentEvent::CustomerCheckedIn { by: by() };
        let rows = rows([
            requested(),
            AppointmentEvent::RequestApproved { by: by() },
            moved(None),
            checked_in(),
            checked_in(),
            AppointmentEvent::AppointmentCompleted { by: by() },
        ]);
        for (sequence, row) in (1..).zip(&rows) {
            let at = recorded(sequence).recorded_at;
            assert_eq!((row.version, row.updated_at, row.created_at), (sequence, at, rows[0].created_at));
        }
        let statuses: Vec<_> = rows.iter().map(|row| row.status).collect();
        let (booked, there) = (Status::Booked, Status::CheckedIn);
        assert_eq!(statuses, [Status::Requested, booked, booked, there, there, Status::Completed]);
    }

    #[test]
    fn a_deadline_of_a_decision_stands_until_it_is_decided() {
        let (first, second) = (noon() - TimeDelta::hours(1), noon());
        let rows = rows([requested(), moved(Some(second)), AppointmentEvent::RequestExpired {}]);
        let deadlines: Vec<_> = rows.iter().map(|row| row.decide_by).collect();
        assert_eq!(deadlines, [Some(first), Some(second), None]);
    }

    #[test]
    fn what_has_not_begun_has_no_row() {
        assert!(after(None, &recorded(1), AppointmentEvent::HoldLapsed {}).is_none());
    }
}
