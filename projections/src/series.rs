//! Series of appointments, as they were booked. When their appointments are now is for
//! [`crate::appointments`] to say.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use cqrs_es::Aggregate;
use frontdesk_domain::booking::series::{BookedSeries, Series, SeriesEvent};
use frontdesk_domain::kernel::decider::Decider;
use frontdesk_domain::kernel::ids::{BusinessId, CustomerId, SeriesId, ServiceId, StreamId};
use frontdesk_domain::kernel::recorded::{Position, RecordedEvent};
use futures::future::BoxFuture;
use sqlx::PgPool;
use sqlx::types::Json;
use uuid::Uuid;

use crate::page::{After, Page, PageRequest};
use crate::read_model::{ReadModel, Tables};
use crate::reader::ReaderError;

#[derive(Debug)]
pub struct SeriesList;

const TABLES: &str = "
create table if not exists {schema}.series (
    id          uuid primary key,
    tenant_id   uuid not null,
    version     bigint not null,
    service_id  uuid not null,
    -- With whom it was booked, whoever stands for them now.
    customer_id uuid not null,
    -- The whole series; the columns above are for searching.
    details     json not null,
    booked_at   timestamptz not null,
    position    bigint not null
);
create index if not exists series_by_position on {schema}.series (tenant_id, position);
create index if not exists series_by_customer on {schema}.series (customer_id, position);
";

impl ReadModel for SeriesList {
    fn name(&self) -> &'static str {
        "series"
    }

    fn version(&self) -> i32 {
        1
    }

    fn aggregates(&self) -> &'static [&'static str] {
        &[Series::TYPE]
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
            let (mut booked, mut versions) = (Vec::new(), BTreeMap::new());
            for recorded in events {
                let Some(event) = recorded.event::<Series>()? else { continue };
                versions.insert(recorded.aggregate_id, recorded.sequence);
                match &event {
                    SeriesEvent::SeriesBooked { .. } => {
                        if let Series::Booked(series) = Series::default().fold([event]) {
                            booked.push((recorded.as_ref(), series));
                        }
                    }
                    // What it did to the appointments stands in their own streams.
                    SeriesEvent::SeriesRescheduled { .. } | SeriesEvent::SeriesCancelled { .. } => {}
                }
            }
            insert(&mut tables, &booked).await?;
            Ok(advance(&mut tables, &versions).await?)
        })
    }
}

async fn insert(
    tables: &mut Tables<'_>,
    booked: &[(&RecordedEvent, BookedSeries)],
) -> Result<(), sqlx::Error> {
    sqlx::query(&tables.sql(
        "insert into {schema}.series (id, tenant_id, version, service_id, customer_id, details, booked_at, position)
         select * from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::uuid[], $5::uuid[], $6::json[], $7::timestamptz[], $8::bigint[])",
    ))
    .bind(booked.iter().map(|(recorded, _)| recorded.aggregate_id).collect::<Vec<_>>())
    .bind(booked.iter().map(|(recorded, _)| recorded.tenant.uuid()).collect::<Vec<_>>())
    .bind(booked.iter().map(|(recorded, _)| recorded.sequence).collect::<Vec<_>>())
    .bind(booked.iter().map(|(_, series)| series.service_id.uuid()).collect::<Vec<_>>())
    .bind(booked.iter().map(|(_, series)| series.customer_id.uuid()).collect::<Vec<_>>())
    .bind(booked.iter().map(|(_, series)| Json(series)).collect::<Vec<_>>())
    .bind(booked.iter().map(|(recorded, _)| recorded.recorded_at).collect::<Vec<_>>())
    .bind(booked.iter().map(|(recorded, _)| recorded.position).collect::<Vec<_>>())
    .execute(&mut *tables.connection)
    .await
    .map(drop)
}

async fn advance(tables: &mut Tables<'_>, versions: &BTreeMap<Uuid, i64>) -> Result<(), sqlx::Error> {
    sqlx::query(&tables.sql(
        "update {schema}.series s set version = v.version from unnest($1::uuid[], $2::bigint[]) as v (id, version) where s.id = v.id",
    ))
    .bind(versions.keys().copied().collect::<Vec<_>>())
    .bind(versions.values().copied().collect::<Vec<_>>())
    .execute(&mut *tables.connection)
    .await
    .map(drop)
}

/// A series at its version.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct SeriesRow {
    id: Uuid,
    pub version: i64,
    details: Json<BookedSeries>,
    survivor_id: Option<Uuid>,
    pub booked_at: DateTime<Utc>,
    position: Position,
}

impl SeriesRow {
    pub fn id(&self) -> SeriesId {
        SeriesId::from_uuid(self.id)
    }

    pub fn series(&self) -> &BookedSeries {
        &self.details
    }

    /// Who stands now for the customer with whom it was booked.
    pub fn customer_id(&self) -> CustomerId {
        self.survivor_id.map_or(self.details.customer_id, CustomerId::from_uuid)
    }
}

pub async fn find(pool: &PgPool, tenant: BusinessId, id: SeriesId) -> Result<Option<SeriesRow>, sqlx::Error> {
    sqlx::query_as(
        "select s.*, (select survivor_id from customers_v2.customers c where c.id = s.customer_id)
         from series_v1.series s where s.tenant_id = $1 and s.id = $2",
    )
    .bind(tenant.uuid())
    .bind(id.uuid())
    .fetch_optional(pool)
    .await
}

/// The newest first; what is `None` does not matter.
pub async fn list(
    pool: &PgPool,
    tenant: BusinessId,
    customer_id: Option<CustomerId>,
    service_id: Option<ServiceId>,
    request: PageRequest,
) -> Result<Page<SeriesRow>, sqlx::Error> {
    let rows = sqlx::query_as(
        "select s.*, (select survivor_id from customers_v2.customers c where c.id = s.customer_id)
         from series_v1.series s
         where s.tenant_id = $1 and ($2::uuid is null or s.customer_id = any (array(select customers_v2.family($2))))
           and ($3::uuid is null or s.service_id = $3) and ($4::bigint is null or s.position < $4)
         order by s.position desc limit $5",
    )
    .bind(tenant.uuid())
    .bind(customer_id.map(StreamId::uuid))
    .bind(service_id.map(StreamId::uuid))
    .bind(request.after.map(|after| after.key))
    .bind(request.rows())
    .fetch_all(pool)
    .await?;
    Ok(request.page(rows, |row: &SeriesRow| After { key: row.position, id: row.id }))
}
