//! The people a business serves: who they are, by which addresses they are found, and who was merged into
//! whom.
//!
//! Whoever else keeps something by customer keeps it by the customer it was made for, and asks [the
//! family](TABLES) when it is read: the customer, everybody merged into them, and their survivor. So a merge
//! and its undoing move no rows of other read models.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use cqrs_es::Aggregate;
use frontdesk_domain::kernel::ids::{BusinessId, CustomerId, StreamId};
use frontdesk_domain::kernel::metadata::Actor;
use frontdesk_domain::kernel::personal::Personal;
use frontdesk_domain::kernel::recorded::{Position, RecordedEvent};
use frontdesk_domain::people::contact_address::ContactAddress;
use frontdesk_domain::people::customer::{Customer, CustomerDetails, CustomerEvent, MovedAddress};
use frontdesk_domain::values::text::Name;
use futures::future::BoxFuture;
use sqlx::PgPool;
use sqlx::types::Json;
use uuid::Uuid;

use crate::page::{After, Page, PageRequest};
use crate::read_model::{ReadModel, Tables};
use crate::reader::ReaderError;

#[derive(Debug)]
pub struct Customers;

const TABLES: &str = "
create table if not exists {schema}.customers (
    id          uuid primary key,
    tenant_id   uuid not null,
    version     bigint not null,
    -- As the aggregate holds it.
    state       json not null,
    merged_into uuid,
    -- Who stands for it in the end: itself, if it was not merged.
    survivor_id uuid not null,
    position    bigint not null
);
create index if not exists customers_by_tenant on {schema}.customers (tenant_id, position) where merged_into is null;
create index if not exists customers_by_survivor on {schema}.customers (survivor_id);
create index if not exists customers_by_merge on {schema}.customers (merged_into) where merged_into is not null;

create table if not exists {schema}.addresses (
    tenant_id   uuid not null,
    kind        text not null,
    address     text not null,
    customer_id uuid not null,
    primary key (tenant_id, kind, address)
);
create index if not exists addresses_by_customer on {schema}.addresses (customer_id);

-- The merges that stand.
create table if not exists {schema}.merges (
    customer_id uuid primary key,
    tenant_id   uuid not null,
    -- Empty once the customer is erased.
    reason      text,
    actor_kind  text not null,
    actor_id    text not null,
    merged_at   timestamptz not null,
    position    bigint not null
);

-- A customer with everybody who is the same person. Asked as `= any (array(select family(…)))`, it leads to an index.
create or replace function {schema}.family(uuid) returns setof uuid language sql stable rows 2
set search_path = pg_catalog, pg_temp as $$
    select $1
    union
    select id from {schema}.customers where survivor_id = (select survivor_id from {schema}.customers where id = $1)
$$;
";

impl ReadModel for Customers {
    fn name(&self) -> &'static str {
        "customers"
    }

    fn version(&self) -> i32 {
        2
    }

    fn aggregates(&self) -> &'static [&'static str] {
        &[Customer::TYPE]
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
            let mut merges: BTreeMap<Uuid, Option<MergeRow>> = BTreeMap::new();
            for recorded in events {
                let Some(event) = recorded.event::<Customer>()? else { continue };
                if let Some(change) = merge_of(recorded, &event) {
                    merges.insert(recorded.aggregate_id, change);
                }
                let row = rows.entry(recorded.aggregate_id).or_insert_with(|| CustomerRow::before(recorded));
                row.state.0.evolve(event);
                row.version = recorded.sequence;
            }
            save(&mut tables, &rows).await?;
            save_addresses(&mut tables, &rows).await?;
            if !merges.is_empty() {
                save_merges(&mut tables, &merges).await?;
                find_survivors(&mut tables, &merges.into_keys().collect::<Vec<_>>()).await?;
            }
            Ok(())
        })
    }
}

/// What an event does to the merge of its customer: a merge that stands from now on, or none.
fn merge_of(recorded: &RecordedEvent, event: &CustomerEvent) -> Option<Option<MergeRow>> {
    match event {
        CustomerEvent::CustomerMerged { into: _, moved: _, reason, by } => Some(Some(MergeRow {
            tenant_id: recorded.tenant.uuid(),
            reason: reason.as_ref().and_then(Personal::known).map(|reason| reason.as_str().to_owned()),
            by: by.clone(),
            merged_at: recorded.recorded_at,
            position: recorded.position,
        })),
        CustomerEvent::MergeUndone { .. } => Some(None),
        CustomerEvent::CustomerRegistered { .. }
        | CustomerEvent::CustomerChanged { .. }
        | CustomerEvent::CustomerRenamed { .. }
        | CustomerEvent::AddressAdded { .. }
        | CustomerEvent::AddressRemoved { .. }
        | CustomerEvent::CustomerAbsorbed { .. }
        | CustomerEvent::CustomerSeparated { .. } => None,
    }
}

/// A customer as of a version of its stream.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct CustomerRow {
    id: Uuid,
    tenant_id: Uuid,
    pub version: i64,
    state: Json<Customer>,
    position: Position,
}

impl CustomerRow {
    fn before(recorded: &RecordedEvent) -> Self {
        let state = Json(Customer::default());
        let (id, tenant_id) = (recorded.aggregate_id, recorded.tenant.uuid());
        Self { id, tenant_id, version: 0, state, position: recorded.position }
    }

    pub fn id(&self) -> CustomerId {
        CustomerId::from_uuid(self.id)
    }

    /// Not there for one who was merged.
    pub fn details(&self) -> Option<&CustomerDetails> {
        self.state.details().ok()
    }
}

struct MergeRow {
    tenant_id: Uuid,
    reason: Option<String>,
    by: Actor,
    merged_at: DateTime<Utc>,
    position: Position,
}

async fn load(tables: &mut Tables<'_>, ids: &[Uuid]) -> Result<BTreeMap<Uuid, CustomerRow>, sqlx::Error> {
    let rows: Vec<CustomerRow> =
        sqlx::query_as(&tables.sql(
            "select id, tenant_id, version, state, position from {schema}.customers where id = any ($1)",
        ))
        .bind(ids)
        .fetch_all(&mut *tables.connection)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

async fn save(tables: &mut Tables<'_>, rows: &BTreeMap<Uuid, CustomerRow>) -> Result<(), sqlx::Error> {
    sqlx::query(&tables.sql(
        "insert into {schema}.customers (id, tenant_id, version, state, merged_into, survivor_id, position)
         select id, tenant, version, state, merged_into, id, position
         from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::json[], $5::uuid[], $6::bigint[])
             as c (id, tenant, version, state, merged_into, position)
         on conflict (id) do update set version = excluded.version, state = excluded.state, merged_into = excluded.merged_into",
    ))
    .bind(rows.keys().copied().collect::<Vec<_>>())
    .bind(rows.values().map(|row| row.tenant_id).collect::<Vec<_>>())
    .bind(rows.values().map(|row| row.version).collect::<Vec<_>>())
    .bind(rows.values().map(|row| &row.state).collect::<Vec<_>>())
    .bind(rows.values().map(|row| row.state.merged_into().map(StreamId::uuid)).collect::<Vec<Option<Uuid>>>())
    .bind(rows.values().map(|row| row.position).collect::<Vec<_>>())
    .execute(&mut *tables.connection)
    .await
    .map(drop)
}

async fn save_addresses(
    tables: &mut Tables<'_>,
    rows: &BTreeMap<Uuid, CustomerRow>,
) -> Result<(), sqlx::Error> {
    sqlx::query(&tables.sql("delete from {schema}.addresses where customer_id = any ($1)"))
        .bind(rows.keys().copied().collect::<Vec<_>>())
        .execute(&mut *tables.connection)
        .await?;
    let of_row = |row: &'_ CustomerRow| {
        let known =
            row.details().into_iter().flat_map(|details| &details.addresses).filter_map(Personal::known);
        known.map(|address| (row.id, row.tenant_id, address.clone())).collect::<Vec<_>>()
    };
    let addresses: Vec<(Uuid, Uuid, ContactAddress)> = rows.values().flat_map(of_row).collect();
    sqlx::query(&tables.sql(
        "insert into {schema}.addresses (tenant_id, kind, address, customer_id)
         select * from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[])
         on conflict (tenant_id, kind, address) do update set customer_id = excluded.customer_id",
    ))
    .bind(addresses.iter().map(|(_, tenant, _)| *tenant).collect::<Vec<_>>())
    .bind(addresses.iter().map(|(_, _, address)| address.kind()).collect::<Vec<_>>())
    .bind(addresses.iter().map(|(_, _, address)| address.as_str()).collect::<Vec<_>>())
    .bind(addresses.iter().map(|(id, _, _)| *id).collect::<Vec<_>>())
    .execute(&mut *tables.connection)
    .await
    .map(drop)
}

async fn save_merges(
    tables: &mut Tables<'_>,
    merges: &BTreeMap<Uuid, Option<MergeRow>>,
) -> Result<(), sqlx::Error> {
    sqlx::query(&tables.sql("delete from {schema}.merges where customer_id = any ($1)"))
        .bind(merges.keys().copied().collect::<Vec<_>>())
        .execute(&mut *tables.connection)
        .await?;
    let standing: Vec<(Uuid, &MergeRow)> =
        merges.iter().filter_map(|(id, merge)| Some((*id, merge.as_ref()?))).collect();
    sqlx::query(&tables.sql(
        "insert into {schema}.merges (customer_id, tenant_id, reason, actor_kind, actor_id, merged_at, position)
         select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::bigint[])",
    ))
    .bind(standing.iter().map(|(id, _)| *id).collect::<Vec<_>>())
    .bind(standing.iter().map(|(_, merge)| merge.tenant_id).collect::<Vec<_>>())
    .bind(standing.iter().map(|(_, merge)| merge.reason.as_deref()).collect::<Vec<Option<&str>>>())
    .bind(standing.iter().map(|(_, merge)| <&'static str>::from(merge.by.kind)).collect::<Vec<_>>())
    .bind(standing.iter().map(|(_, merge)| merge.by.id.as_str()).collect::<Vec<_>>())
    .bind(standing.iter().map(|(_, merge)| merge.merged_at).collect::<Vec<_>>())
    .bind(standing.iter().map(|(_, merge)| merge.position).collect::<Vec<_>>())
    .execute(&mut *tables.connection)
    .await
    .map(drop)
}

/// Sets anew who stands for these customers, and for those who were merged into them.
async fn find_survivors(tables: &mut Tables<'_>, changed: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query(&tables.sql(
        "with recursive below as (
             select id, merged_into from {schema}.customers where id = any ($1)
             union
             select c.id, c.merged_into from {schema}.customers c join below on c.merged_into = below.id
         ), above as (
             select id, id as stands_for, merged_into from below
             union
             select above.id, c.id, c.merged_into from above join {schema}.customers c on c.id = above.merged_into
         )
         update {schema}.customers c set survivor_id = above.stands_for
         from above where above.id = c.id and above.merged_into is null",
    ))
    .bind(changed)
    .execute(&mut *tables.connection)
    .await
    .map(drop)
}

/// A customer; of a merged one, the survivor.
pub async fn find(
    pool: &PgPool,
    tenant: BusinessId,
    id: CustomerId,
) -> Result<Option<CustomerRow>, sqlx::Error> {
    sqlx::query_as(
        "select survivor.id, survivor.tenant_id, survivor.version, survivor.state, survivor.position
         from customers_v2.customers c join customers_v2.customers survivor on survivor.id = c.survivor_id
         where c.tenant_id = $1 and c.id = $2",
    )
    .bind(tenant.uuid())
    .bind(id.uuid())
    .fetch_optional(pool)
    .await
}

/// The customer to whom all of these addresses belong, in any of their forms.
pub async fn with_addresses(
    pool: &PgPool,
    tenant: BusinessId,
    addresses: &[ContactAddress],
) -> Result<Option<CustomerRow>, sqlx::Error> {
    let forms: Vec<(i32, ContactAddress)> = (0..)
        .zip(addresses)
        .flat_map(|(number, address)| address.forms().into_iter().map(move |form| (number, form)))
        .collect();
    sqlx::query_as(
        "select c.id, c.tenant_id, c.version, c.state, c.position from customers_v2.customers c join (
             select customer_id, min(place) as place from customers_v2.addresses
             join unnest($2::int[], $3::text[], $4::text[]) with ordinality as wanted (number, kind, address, place)
                 using (kind, address)
             where tenant_id = $1 group by customer_id having count(distinct number) = $5
         ) found on found.customer_id = c.id
         -- Of two who have forms of one number, the one who has it as it is asked for.
         where c.tenant_id = $1 order by found.place limit 1",
    )
    .bind(tenant.uuid())
    .bind(forms.iter().map(|(number, _)| *number).collect::<Vec<_>>())
    .bind(forms.iter().map(|(_, form)| form.kind()).collect::<Vec<_>>())
    .bind(forms.iter().map(|(_, form)| form.as_str()).collect::<Vec<_>>())
    .bind(addresses.len() as i64)
    .fetch_optional(pool)
    .await
}

/// In the order in which they were registered, without those who were merged.
pub async fn list(
    pool: &PgPool,
    tenant: BusinessId,
    request: PageRequest,
) -> Result<Page<CustomerRow>, sqlx::Error> {
    let rows = sqlx::query_as(
        "select id, tenant_id, version, state, position from customers_v2.customers
         where tenant_id = $1 and merged_into is null and ($2::bigint is null or position > $2) order by position limit $3",
    )
    .bind(tenant.uuid())
    .bind(request.after.map(|after| after.key))
    .bind(request.rows())
    .fetch_all(pool)
    .await?;
    Ok(request.page(rows, |row: &CustomerRow| After { key: row.position, id: row.id }))
}

/// A merge that stands.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct MergedRow {
    customer_id: Uuid,
    state: Json<Customer>,
    pub reason: Option<String>,
    pub actor_kind: String,
    pub actor_id: String,
    pub merged_at: DateTime<Utc>,
    position: Position,
}

impl MergedRow {
    pub fn customer_id(&self) -> CustomerId {
        CustomerId::from_uuid(self.customer_id)
    }

    /// Whom it was merged into, its name of then, and the addresses that were moved.
    pub fn merged(&self) -> Option<(CustomerId, &Personal<Name>, &[MovedAddress])> {
        match &self.state.0 {
            Customer::Merged { into, name, moved, .. } => Some((*into, name, moved)),
            Customer::Unknown | Customer::Registered { .. } => None,
        }
    }
}

/// The merges that make a customer's family, the newest first.
pub async fn merges(
    pool: &PgPool,
    tenant: BusinessId,
    id: CustomerId,
    request: PageRequest,
) -> Result<Page<MergedRow>, sqlx::Error> {
    let rows = sqlx::query_as(
        "select m.customer_id, c.state, m.reason, m.actor_kind, m.actor_id, m.merged_at, m.position
         from customers_v2.merges m join customers_v2.customers c on c.id = m.customer_id
         where m.tenant_id = $1 and m.customer_id = any (array(select customers_v2.family($2))) and ($3::bigint is null or m.position < $3)
         order by m.position desc limit $4",
    )
    .bind(tenant.uuid())
    .bind(id.uuid())
    .bind(request.after.map(|after| after.key))
    .bind(request.rows())
    .fetch_all(pool)
    .await?;
    Ok(request.page(rows, |row: &MergedRow| After { key: row.position, id: row.customer_id }))
}
