//! Those who wait for a time to become free, each as their entry holds it, in the order of the line.

use std::collections::BTreeMap;
use std::sync::Arc;

use cqrs_es::Aggregate;
use frontdesk_domain::booking::waitlist_entry::{JoinedEntry, Status, WaitlistEntry, WaitlistEntryEvent};
use frontdesk_domain::kernel::ids::{BusinessId, CustomerId, ServiceId, StreamId, WaitlistEntryId};
use frontdesk_domain::kernel::recorded::{Position, RecordedEvent};
use futures::future::BoxFuture;
use sqlx::PgPool;
use sqlx::types::Json;
use uuid::Uuid;

use crate::page::{After, Page, PageRequest};
use crate::read_model::{ReadModel, Tables};
use crate::reader::ReaderError;

#[derive(Debug)]
pub struct Waitlist;

const TABLES: &str = "
create table if not exists {schema}.entries (
    id          uuid primary key,
    tenant_id   uuid not null,
    status      text not null,
    service_id  uuid not null,
    -- Who joined, whoever stands for them now.
    customer_id uuid not null,
    version     bigint not null,
    -- Its place in the line: where it joined, or last went to the end.
    since       bigint not null,
    -- As the aggregate holds it; the columns above are for searching.
    state       json not null
);
create index if not exists entries_in_line on {schema}.entries (tenant_id, since);
create index if not exists entries_waiting on {schema}.entries (service_id, since) where status = 'waiting';
create index if not exists entries_by_customer on {schema}.entries (customer_id, since);
";

impl ReadModel for Waitlist {
    fn name(&self) -> &'static str {
        "waitlist"
    }

    fn version(&self) -> i32 {
        1
    }

    fn aggregates(&self) -> &'static [&'static str] {
        &[WaitlistEntry::TYPE]
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
                let Some(event) = recorded.event::<WaitlistEntry>()? else { continue };
                let row = rows.entry(recorded.aggregate_id).or_insert_with(|| Row::before(recorded));
                if goes_to_the_end(&event) {
                    row.since = recorded.position;
                }
                row.state.0.evolve(event);
                row.version = recorded.sequence;
            }
            Ok(save(&mut tables, rows).await?)
        })
    }
}

fn goes_to_the_end(event: &WaitlistEntryEvent) -> bool {
    match event {
        WaitlistEntryEvent::WaitlistJoined { .. }
        | WaitlistEntryEvent::OfferDeclined { .. }
        | WaitlistEntryEvent::OfferLapsed {} => true,
        WaitlistEntryEvent::WaitlistOffered { .. }
        | WaitlistEntryEvent::OfferAccepted { .. }
        | WaitlistEntryEvent::WaitlistLeft { .. }
        | WaitlistEntryEvent::WaitlistEntryExpired {}
        | WaitlistEntryEvent::WaitlistEntryDropped {} => false,
    }
}

#[derive(Debug, sqlx::FromRow)]
struct Row {
    id: Uuid,
    tenant_id: Uuid,
    version: i64,
    since: Position,
    state: Json<WaitlistEntry>,
}

impl Row {
    fn before(event: &RecordedEvent) -> Self {
        let (id, tenant_id) = (event.aggregate_id, event.tenant.uuid());
        Self { id, tenant_id, version: 0, since: event.position, state: Json::default() }
    }
}

async fn load(tables: &mut Tables<'_>, ids: &[Uuid]) -> Result<BTreeMap<Uuid, Row>, sqlx::Error> {
    let rows: Vec<Row> = sqlx::query_as(
        &tables.sql("select id, tenant_id, version, since, state from {schema}.entries where id = any ($1)"),
    )
    .bind(ids)
    .fetch_all(&mut *tables.connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

async fn save(tables: &mut Tables<'_>, rows: BTreeMap<Uuid, Row>) -> Result<(), sqlx::Error> {
    // An entry on which nothing has happened is none.
    let known: Vec<(&Row, &JoinedEntry)> =
        rows.values().filter_map(|row| Some((row, row.state.known().ok()?))).collect();
    let uuids = |of: fn(&(&Row, &JoinedEntry)) -> Uuid| known.iter().map(of).collect::<Vec<_>>();
    sqlx::query(&tables.sql(
        "insert into {schema}.entries (id, tenant_id, status, service_id, customer_id, version, since, state)
         select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::bigint[], $7::bigint[], $8::json[])
         on conflict (id) do update set
             status = excluded.status, version = excluded.version, since = excluded.since, state = excluded.state",
    ))
    .bind(uuids(|(row, _)| row.id))
    .bind(uuids(|(row, _)| row.tenant_id))
    .bind(known.iter().map(|(_, entry)| <&str>::from(Status::from(entry.stage))).collect::<Vec<_>>())
    .bind(uuids(|(_, entry)| entry.joined.wish.service_id.uuid()))
    .bind(uuids(|(_, entry)| entry.joined.customer_id.uuid()))
    .bind(known.iter().map(|(row, _)| row.version).collect::<Vec<_>>())
    .bind(known.iter().map(|(row, _)| row.since).collect::<Vec<_>>())
    .bind(known.iter().map(|(row, _)| &row.state).collect::<Vec<_>>())
    .execute(&mut *tables.connection)
    .await
    .map(drop)
}

/// Which entries are wanted; what is `None` does not matter.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    pub service_id: Option<ServiceId>,
    pub customer_id: Option<CustomerId>,
    pub status: Option<Status>,
}

/// An entry as of its version.
#[derive(Debug, Clone)]
pub struct EntryRow {
    pub id: WaitlistEntryId,
    pub version: i64,
    pub entry: JoinedEntry,
    /// Whoever stands now for whom it was made for.
    pub customer_id: CustomerId,
    /// Which one it is of those who wait for its service, counted from 1.
    pub number: Option<i64>,
    since: Position,
}

#[derive(Debug, sqlx::FromRow)]
struct Found {
    #[sqlx(flatten)]
    row: Row,
    survivor_id: Option<Uuid>,
    number: Option<i64>,
}

impl Found {
    fn shown(self) -> Option<EntryRow> {
        let Self { row, survivor_id, number } = self;
        let entry = row.state.0.known().ok()?.clone();
        let customer_id = survivor_id.map_or(entry.joined.customer_id, CustomerId::from_uuid);
        let id = WaitlistEntryId::from_uuid(row.id);
        Some(EntryRow { id, version: row.version, entry, customer_id, number, since: row.since })
    }
}

/// Entries, who stands for their customers, and their numbers in the line.
const FOUND: &str = "
select e.id, e.tenant_id, e.version, e.since, e.state,
    (select survivor_id from customers_v2.customers c where c.id = e.customer_id) as survivor_id,
    case when e.status = 'waiting' then (
        select count(*) from waitlist_v1.entries o where o.service_id = e.service_id and o.status = 'waiting' and o.since <= e.since
    ) end as number
from waitlist_v1.entries e
where e.tenant_id = $1";

pub async fn find(
    pool: &PgPool,
    tenant: BusinessId,
    id: WaitlistEntryId,
) -> Result<Option<EntryRow>, sqlx::Error> {
    let found: Option<Found> = sqlx::query_as(&format!("{FOUND} and e.id = $2"))
        .bind(tenant.uuid())
        .bind(id.uuid())
        .fetch_optional(pool)
        .await?;
    Ok(found.and_then(Found::shown))
}

/// In the order of the line.
pub async fn list(
    pool: &PgPool,
    tenant: BusinessId,
    filter: &Filter,
    request: PageRequest,
) -> Result<Page<EntryRow>, sqlx::Error> {
    let found: Vec<Found> = sqlx::query_as(&format!(
        "{FOUND} and ($2::uuid is null or e.service_id = $2)
           and ($3::uuid is null or e.customer_id = any (array(select customers_v2.family($3))))
           and ($4::text is null or e.status = $4) and ($5::bigint is null or e.since > $5)
         order by e.since limit $6"
    ))
    .bind(tenant.uuid())
    .bind(filter.service_id.map(StreamId::uuid))
    .bind(filter.customer_id.map(StreamId::uuid))
    .bind(filter.status.map(<&str>::from))
    .bind(request.after.map(|after| after.key))
    .bind(request.rows())
    .fetch_all(pool)
    .await?;
    let rows = found.into_iter().filter_map(Found::shown).collect();
    Ok(request.page(rows, |row| After { key: row.since, id: row.id.uuid() }))
}
