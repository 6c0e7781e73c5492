//! The people a business serves.

use std::collections::BTreeMap;

use cqrs_es::Aggregate;
use frontdesk_domain::customer::{Customer, CustomerDetails, CustomerEvent};
use frontdesk_domain::shared::ids::{BusinessId, CustomerId, StreamId};
use frontdesk_domain::shared::personal::Personal;
use frontdesk_domain::shared::recorded::{Position, RecordedEvent};
use futures::future::BoxFuture;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::page::{After, Page, PageRequest};
use crate::runner::{ProjectionError, Projector};

#[derive(Debug)]
pub struct Customers;

const TABLES: &str = "
create table if not exists {schema}.customers (
    id        uuid primary key,
    tenant_id uuid not null,
    version   bigint not null,
    -- Empty once they are erased.
    name      text,
    phone     text,
    email     text,
    position  bigint not null
);
create index if not exists customers_by_tenant on {schema}.customers (tenant_id, position);
";

impl Projector for Customers {
    fn name(&self) -> &'static str {
        "customers"
    }

    fn version(&self) -> i32 {
        1
    }

    fn tables(&self) -> &'static str {
        TABLES
    }

    fn aggregates(&self) -> &'static [&'static str] {
        &[Customer::TYPE]
    }

    fn project<'a>(
        &'a self,
        connection: &'a mut PgConnection,
        events: &'a [RecordedEvent],
    ) -> BoxFuture<'a, Result<(), ProjectionError>> {
        Box::pin(async move {
            let mut rows: BTreeMap<Uuid, CustomerRow> = BTreeMap::new();
            for recorded in events {
                if let Some(event) = recorded.event::<Customer>()? {
                    let (CustomerEvent::CustomerRegistered { details } | CustomerEvent::CustomerChanged { details }) = event;
                    let position = rows.get(&recorded.aggregate_id).map_or(recorded.position, |row| row.position);
                    rows.insert(recorded.aggregate_id, CustomerRow::of(recorded, position, details));
                }
            }
            Ok(save(connection, rows).await?)
        })
    }
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct CustomerRow {
    id: Uuid,
    tenant_id: Uuid,
    pub version: i64,
    pub name: Option<String>,
    pub phone: Option<String>,
    pub email: Option<String>,
    position: Position,
}

impl CustomerRow {
    fn of(recorded: &RecordedEvent, position: Position, details: CustomerDetails) -> Self {
        Self {
            id: recorded.aggregate_id,
            tenant_id: recorded.tenant.uuid(),
            version: recorded.sequence,
            name: details.name.into_known().map(String::from),
            phone: details.phone.and_then(Personal::into_known).map(String::from),
            email: details.email.and_then(Personal::into_known).map(String::from),
            position,
        }
    }

    pub fn id(&self) -> CustomerId {
        CustomerId::from_uuid(self.id)
    }
}

async fn save(connection: &mut PgConnection, rows: BTreeMap<Uuid, CustomerRow>) -> Result<(), sqlx::Error> {
    let text = |of: &dyn Fn(&CustomerRow) -> Option<String>| rows.values().map(of).collect::<Vec<_>>();
    sqlx::query(
        "insert into customers_v1.customers (id, tenant_id, version, name, phone, email, position)
         select * from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::bigint[])
         on conflict (id) do update set
             version = excluded.version, name = excluded.name, phone = excluded.phone, email = excluded.email",
    )
    .bind(rows.keys().copied().collect::<Vec<_>>())
    .bind(rows.values().map(|row| row.tenant_id).collect::<Vec<_>>())
    .bind(rows.values().map(|row| row.version).collect::<Vec<_>>())
    .bind(text(&|row| row.name.clone()))
    .bind(text(&|row| row.phone.clone()))
    .bind(text(&|row| row.email.clone()))
    .bind(rows.values().map(|row| row.position).collect::<Vec<_>>())
    .execute(connection)
    .await
    .map(drop)
}

pub async fn find(pool: &PgPool, tenant: BusinessId, id: CustomerId) -> Result<Option<CustomerRow>, sqlx::Error> {
    sqlx::query_as("select * from customers_v1.customers where tenant_id = $1 and id = $2")
        .bind(tenant.uuid())
        .bind(id.uuid())
        .fetch_optional(pool)
        .await
}

/// In the order in which they were registered.
pub async fn list(pool: &PgPool, tenant: BusinessId, request: PageRequest) -> Result<Page<CustomerRow>, sqlx::Error> {
    let rows = sqlx::query_as(
        "select * from customers_v1.customers where tenant_id = $1 and ($2::bigint is null or position > $2) order by position limit $3",
    )
    .bind(tenant.uuid())
    .bind(request.after.map(|after| after.key))
    .bind(request.rows())
    .fetch_all(pool)
    .await?;
    Ok(request.page(rows, |row: &CustomerRow| After { key: row.position, id: row.id }))
}
