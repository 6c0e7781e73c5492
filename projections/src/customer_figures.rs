//! What customers have booked so far, and what became of it: one row for each appointment, added up when it
//! is read.
//!
//! So the figures of a merged customer add up under the survivor, and go back when the merge is undone,
//! without a row being moved; and what is to come and what has passed depends on when one asks.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use cqrs_es::Aggregate;
use frontdesk_domain::booking::appointment::{Appointment, CustomerEffect};
use frontdesk_domain::kernel::ids::{BusinessId, CustomerId, StreamId};
use frontdesk_domain::kernel::metadata::{Actor, ActorKind};
use frontdesk_domain::kernel::recorded::RecordedEvent;
use frontdesk_domain::values::interval::Interval;
use futures::future::BoxFuture;
use serde::Deserialize;
use sqlx::PgPool;
use uuid::Uuid;

use crate::read_model::{ReadModel, Tables};
use crate::reader::ReaderError;

#[derive(Debug)]
pub struct CustomerFigures;

const TABLES: &str = "
create table if not exists {schema}.appointments (
    id          uuid primary key,
    tenant_id   uuid not null,
    -- For whom it was booked, whoever stands for them now.
    customer_id uuid not null,
    outcome     text not null,
    starts_at   timestamptz not null,
    ends_at     timestamptz not null
);
create index if not exists appointments_by_customer on {schema}.appointments (customer_id);
";

/// What became of an appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing yet, or nobody has said.
    Booked,
    /// Through an assistant.
    CancelledByCustomer,
    CancelledByBusiness,
    CancelledBySystem,
    Completed,
    NoShow,
}

impl Outcome {
    pub fn name(self) -> &'static str {
        match self {
            Self::Booked => "booked",
            Self::CancelledByCustomer => "cancelled_by_customer",
            Self::CancelledByBusiness => "cancelled_by_business",
            Self::CancelledBySystem => "cancelled_by_system",
            Self::Completed => "completed",
            Self::NoShow => "no_show",
        }
    }

    /// Nobody did it where time ran out.
    fn called_off(by: Option<&Actor>) -> Self {
        match by.map(|by| by.kind) {
            Some(ActorKind::Assistant) => Self::CancelledByCustomer,
            Some(ActorKind::Staff | ActorKind::Operator) => Self::CancelledByBusiness,
            Some(ActorKind::Provider | ActorKind::System) | None => Self::CancelledBySystem,
        }
    }
}

impl ReadModel for CustomerFigures {
    fn name(&self) -> &'static str {
        "customer_figures"
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
                if let Some(event) = recorded.event::<Appointment>()? {
                    take(&mut rows, recorded, event.effect().customer);
                }
            }
            Ok(save(&mut tables, rows).await?)
        })
    }
}

struct Row {
    tenant_id: Uuid,
    customer_id: Uuid,
    outcome: Outcome,
    time: Interval,
}

#[derive(sqlx::FromRow)]
struct StoredRow {
    id: Uuid,
    tenant_id: Uuid,
    customer_id: Uuid,
    outcome: String,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
}

impl StoredRow {
    fn read(self) -> Result<Row, ReaderError> {
        let outcome = serde_json::from_value(self.outcome.into())?;
        let time = Interval::new(self.starts_at, self.ends_at);
        Ok(Row { tenant_id: self.tenant_id, customer_id: self.customer_id, outcome, time })
    }
}

fn take(rows: &mut BTreeMap<Uuid, Row>, recorded: &RecordedEvent, effect: CustomerEffect<'_>) {
    let id = recorded.aggregate_id;
    let mut change = |change: &dyn Fn(&mut Row)| rows.get_mut(&id).into_iter().for_each(change);
    match effect {
        CustomerEffect::Booked { slot, attendee } => {
            let (tenant_id, customer_id) = (recorded.tenant.uuid(), attendee.customer_id.uuid());
            rows.insert(id, Row { tenant_id, customer_id, outcome: Outcome::Booked, time: slot.time });
        }
        CustomerEffect::Moved { to } => change(&|row| row.time = to.time),
        CustomerEffect::CalledOff { by } => change(&|row| row.outcome = Outcome::called_off(by)),
        CustomerEffect::Attended => change(&|row| row.outcome = Outcome::Completed),
        CustomerEffect::Missed => change(&|row| row.outcome = Outcome::NoShow),
        CustomerEffect::Unchanged => {}
    }
}

async fn load(tables: &mut Tables<'_>, ids: &[Uuid]) -> Result<BTreeMap<Uuid, Row>, ReaderError> {
    let rows: Vec<StoredRow> = sqlx::query_as(&tables.sql(
        "select id, tenant_id, customer_id, outcome, starts_at, ends_at from {schema}.appointments where id = any ($1)",
    ))
    .bind(ids)
    .fetch_all(&mut *tables.connection)
    .await?;
    rows.into_iter().map(|row| Ok((row.id, row.read()?))).collect()
}

async fn save(tables: &mut Tables<'_>, rows: BTreeMap<Uuid, Row>) -> Result<(), sqlx::Error> {
    sqlx::query(&tables.sql(
        "insert into {schema}.appointments (id, tenant_id, customer_id, outcome, starts_at, ends_at)
         select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::timestamptz[], $6::timestamptz[])
         on conflict (id) do update set
             customer_id = excluded.customer_id, outcome = excluded.outcome,
             starts_at = excluded.starts_at, ends_at = excluded.ends_at",
    ))
    .bind(rows.keys().copied().collect::<Vec<_>>())
    .bind(rows.values().map(|row| row.tenant_id).collect::<Vec<_>>())
    .bind(rows.values().map(|row| row.customer_id).collect::<Vec<_>>())
    .bind(rows.values().map(|row| row.outcome.name()).collect::<Vec<_>>())
    .bind(rows.values().map(|row| row.time.start).collect::<Vec<_>>())
    .bind(rows.values().map(|row| row.time.end).collect::<Vec<_>>())
    .execute(&mut *tables.connection)
    .await
    .map(drop)
}

/// A customer's appointments, added up as of an instant.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Figures {
    /// All that were ever booked.
    pub booked: i64,
    pub cancelled_by_customer: i64,
    pub cancelled_by_business: i64,
    pub cancelled_by_system: i64,
    pub completed: i64,
    pub no_shows: i64,
    /// Those that stand and have not begun.
    pub upcoming: i64,
    pub next_at: Option<DateTime<Utc>>,
    /// Of those that took place: completed, or past with nobody saying otherwise.
    pub first_visit_at: Option<DateTime<Utc>>,
    pub last_visit_at: Option<DateTime<Utc>>,
}

/// The figures of a customer and of whoever is the same person.
pub async fn of(
    pool: &PgPool,
    tenant: BusinessId,
    id: CustomerId,
    now: DateTime<Utc>,
) -> Result<Figures, sqlx::Error> {
    sqlx::query_as(
        "select count(*) as booked,
             count(*) filter (where outcome = 'cancelled_by_customer') as cancelled_by_customer,
             count(*) filter (where outcome = 'cancelled_by_business') as cancelled_by_business,
             count(*) filter (where outcome = 'cancelled_by_system') as cancelled_by_system,
             count(*) filter (where outcome = 'completed') as completed,
             count(*) filter (where outcome = 'no_show') as no_shows,
             count(*) filter (where outcome = 'booked' and starts_at > $3) as upcoming,
             min(starts_at) filter (where outcome = 'booked' and starts_at > $3) as next_at,
             min(starts_at) filter (where outcome = 'completed' or outcome = 'booked' and ends_at <= $3) as first_visit_at,
             max(starts_at) filter (where outcome = 'completed' or outcome = 'booked' and ends_at <= $3) as last_visit_at
         from customer_figures_v1.appointments
         where tenant_id = $1 and customer_id = any (array(select customers_v2.family($2)))",
    )
    .bind(tenant.uuid())
    .bind(id.uuid())
    .bind(now)
    .fetch_one(pool)
    .await
}
