//! The business directory: businesses, their services, their resources and their keys, each as its aggregate
//! holds it.
//!
//! One table for all of them. The read model folds events into the stored state with the aggregate's own
//! function, so there is nothing here to keep in step with the domain.

use std::collections::BTreeMap;
use std::sync::Arc;

use cqrs_es::Aggregate;
use frontdesk_domain::kernel::ids::{BusinessId, StreamId};
use frontdesk_domain::kernel::recorded::{Position, RecordedEvent};
use frontdesk_domain::platform::api_key::ApiKey;
use frontdesk_domain::scheduling::business::Business;
use frontdesk_domain::scheduling::resource::Resource;
use frontdesk_domain::scheduling::service::Service;
use futures::future::BoxFuture;
use serde_json::Value;
use sqlx::PgPool;
use uuid::Uuid;

use crate::page::{After, Page, PageRequest};
use crate::read_model::{ReadModel, Tables};
use crate::reader::ReaderError;

#[derive(Debug)]
pub struct Directory;

const TABLES: &str = "
create table if not exists {schema}.entries (
    id             uuid primary key,
    aggregate_type text collate \"C\" not null,
    tenant_id      uuid not null,
    version        bigint not null,
    -- As the aggregate holds it.
    state          json not null,
    -- Where it began: the order of lists.
    position       bigint not null
);
create index if not exists entries_by_tenant on {schema}.entries (tenant_id, aggregate_type, position);
create index if not exists entries_by_type on {schema}.entries (aggregate_type, position);
";

impl ReadModel for Directory {
    fn name(&self) -> &'static str {
        "directory"
    }

    fn version(&self) -> i32 {
        1
    }

    fn aggregates(&self) -> &'static [&'static str] {
        &[Business::TYPE, Service::TYPE, Resource::TYPE, ApiKey::TYPE]
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
            let mut entries = load(&mut tables, &ids).await?;
            for event in events {
                let entry = entries.entry(event.aggregate_id).or_insert_with(|| Row::before(event));
                entry.state = match event.aggregate_type.as_str() {
                    Business::TYPE => folded::<Business>(entry, event)?,
                    Service::TYPE => folded::<Service>(entry, event)?,
                    Resource::TYPE => folded::<Resource>(entry, event)?,
                    ApiKey::TYPE => folded::<ApiKey>(entry, event)?,
                    // Not asked for.
                    _ => continue,
                };
                entry.version = event.sequence;
            }
            save(&mut tables, entries).await?;
            Ok(())
        })
    }
}

struct Row {
    aggregate_type: String,
    tenant_id: Uuid,
    version: i64,
    state: Value,
    position: Position,
}

impl Row {
    fn before(event: &RecordedEvent) -> Self {
        Self {
            aggregate_type: event.aggregate_type.clone(),
            tenant_id: event.tenant.uuid(),
            version: 0,
            state: Value::Null,
            position: event.position,
        }
    }
}

fn folded<A: Aggregate>(row: &Row, event: &RecordedEvent) -> Result<Value, ReaderError> {
    let mut state: A =
        if row.state.is_null() { A::default() } else { serde_json::from_value(row.state.clone())? };
    state.apply(event.decode()?);
    Ok(serde_json::to_value(state)?)
}

async fn load(tables: &mut Tables<'_>, ids: &[Uuid]) -> Result<BTreeMap<Uuid, Row>, sqlx::Error> {
    let rows: Vec<(Uuid, String, Uuid, i64, Value, Position)> = sqlx::query_as(&tables.sql(
        "select id, aggregate_type, tenant_id, version, state, position from {schema}.entries where id = any ($1)",
    ))
    .bind(ids)
    .fetch_all(&mut *tables.connection)
    .await?;
    let row = |(id, aggregate_type, tenant_id, version, state, position)| {
        (id, Row { aggregate_type, tenant_id, version, state, position })
    };
    Ok(rows.into_iter().map(row).collect())
}

async fn save(tables: &mut Tables<'_>, entries: BTreeMap<Uuid, Row>) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = entries.keys().copied().collect();
    let types: Vec<&str> = entries.values().map(|row| row.aggregate_type.as_str()).collect();
    let tenants: Vec<Uuid> = entries.values().map(|row| row.tenant_id).collect();
    let versions: Vec<i64> = entries.values().map(|row| row.version).collect();
    let states: Vec<String> = entries.values().map(|row| row.state.to_string()).collect();
    let positions: Vec<Position> = entries.values().map(|row| row.position).collect();
    sqlx::query(&tables.sql(
        "insert into {schema}.entries (id, aggregate_type, tenant_id, version, state, position)
         select id, type, tenant, version, state::json, position
         from unnest($1::uuid[], $2::text[], $3::uuid[], $4::bigint[], $5::text[], $6::bigint[])
             as e (id, type, tenant, version, state, position)
         on conflict (id) do update set version = excluded.version, state = excluded.state",
    ))
    .bind(ids)
    .bind(types)
    .bind(tenants)
    .bind(versions)
    .bind(states)
    .bind(positions)
    .execute(&mut *tables.connection)
    .await
    .map(drop)
}

/// Why entries cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    #[error("the directory cannot be read")]
    Database(#[from] sqlx::Error),
    #[error("an entry of the directory cannot be read")]
    Entry(#[from] serde_json::Error),
}

/// An aggregate as of some version.
#[derive(Debug, Clone)]
pub struct Entry<A> {
    pub id: Uuid,
    pub tenant: BusinessId,
    pub version: i64,
    pub state: A,
    position: Position,
}

type EntryRow = (Uuid, Uuid, i64, Value, Position);

fn entry<A: Aggregate>((id, tenant, version, state, position): EntryRow) -> Result<Entry<A>, DirectoryError> {
    Ok(Entry {
        id,
        tenant: BusinessId::from_uuid(tenant),
        version,
        state: serde_json::from_value(state)?,
        position,
    })
}

/// One entry of a tenant.
pub async fn find<A: Aggregate>(
    pool: &PgPool,
    tenant: BusinessId,
    id: Uuid,
) -> Result<Option<Entry<A>>, DirectoryError> {
    Ok(find_all::<A>(pool, tenant, &[id]).await?.pop())
}

/// Several entries of a tenant, in any order; those that do not exist are left out.
pub async fn find_all<A: Aggregate>(
    pool: &PgPool,
    tenant: BusinessId,
    ids: &[Uuid],
) -> Result<Vec<Entry<A>>, DirectoryError> {
    let rows: Vec<EntryRow> = sqlx::query_as(
        "select id, tenant_id, version, state, position from directory_v1.entries
         where id = any ($1) and tenant_id = $2 and aggregate_type = $3",
    )
    .bind(ids)
    .bind(tenant.uuid())
    .bind(A::TYPE)
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(entry).collect()
}

/// The entries of a tenant, or of all, in the order in which they began.
pub async fn list<A: Aggregate>(
    pool: &PgPool,
    tenant: Option<BusinessId>,
    request: PageRequest,
) -> Result<Page<Entry<A>>, DirectoryError> {
    let rows: Vec<EntryRow> = sqlx::query_as(
        "select id, tenant_id, version, state, position from directory_v1.entries
         where aggregate_type = $1 and ($2::uuid is null or tenant_id = $2) and ($3::bigint is null or position > $3)
         order by position limit $4",
    )
    .bind(A::TYPE)
    .bind(tenant.map(BusinessId::uuid))
    .bind(request.after.map(|after| after.key))
    .bind(request.rows())
    .fetch_all(pool)
    .await?;
    let entries = rows.into_iter().map(entry).collect::<Result<Vec<_>, _>>()?;
    Ok(request.page(entries, |entry| After { key: entry.position, id: entry.id }))
}
