//! What people have agreed to and taken back, word by word, as evidence: one row for each time that it was said.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use cqrs_es::Aggregate;
use frontdesk_domain::kernel::ids::{BusinessId, CustomerId, EventId, StreamId};
use frontdesk_domain::kernel::recorded::{Position, RecordedEvent};
use frontdesk_domain::people::consent::{Consent, ConsentChange, ConsentEvent};
use frontdesk_domain::people::contact_address::ContactAddress;
use futures::future::BoxFuture;
use sqlx::PgPool;
use sqlx::types::Json;
use uuid::Uuid;

use crate::page::{After, Page, PageRequest};
use crate::read_model::{ReadModel, Tables};
use crate::reader::ReaderError;

#[derive(Debug)]
pub struct Consents;

const TABLES: &str = "
create table if not exists {schema}.consents (
    id          uuid primary key,
    tenant_id   uuid not null,
    -- Empty once the person is erased.
    kind        text,
    address     text,
    -- In whose name it was said, whoever stands for them now.
    customer_id uuid,
    granted     boolean not null,
    recorded_at timestamptz not null,
    position    bigint not null,
    -- As the log holds it.
    change      json not null
);
create index if not exists consents_by_tenant on {schema}.consents (tenant_id, position);
create index if not exists consents_by_address on {schema}.consents (tenant_id, address, kind);
";

impl ReadModel for Consents {
    fn name(&self) -> &'static str {
        "consents"
    }

    fn version(&self) -> i32 {
        1
    }

    fn aggregates(&self) -> &'static [&'static str] {
        &[Consent::TYPE]
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
            let mut rows = Vec::new();
            for recorded in events {
                let (change, granted) = match recorded.event::<Consent>()? {
                    Some(ConsentEvent::ConsentGranted { change }) => (change, true),
                    Some(ConsentEvent::ConsentWithdrawn { change }) => (change, false),
                    None => continue,
                };
                rows.push(ConsentRow {
                    id: recorded.event_id.uuid(),
                    tenant_id: recorded.tenant.uuid(),
                    granted,
                    recorded_at: recorded.recorded_at,
                    position: recorded.position,
                    change: Json(change),
                });
            }
            Ok(save(&mut tables, &rows).await?)
        })
    }
}

/// Something that somebody has agreed to or taken back.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ConsentRow {
    id: Uuid,
    tenant_id: Uuid,
    pub granted: bool,
    pub recorded_at: DateTime<Utc>,
    position: Position,
    pub change: Json<ConsentChange>,
}

impl ConsentRow {
    /// The event by which it was recorded.
    pub fn id(&self) -> EventId {
        EventId::from_uuid(self.id)
    }

    fn address(&self) -> Option<&ContactAddress> {
        self.change.address.known()
    }
}

async fn save(tables: &mut Tables<'_>, rows: &[ConsentRow]) -> Result<(), sqlx::Error> {
    if rows.is_empty() {
        return Ok(());
    }
    sqlx::query(&tables.sql(
        "insert into {schema}.consents (id, tenant_id, kind, address, customer_id, granted, recorded_at, position, change)
         select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::boolean[], $7::timestamptz[],
             $8::bigint[], $9::json[])",
    ))
    .bind(rows.iter().map(|row| row.id).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.tenant_id).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.address().map(ContactAddress::kind)).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.address().map(ContactAddress::as_str)).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.change.customer_id.map(StreamId::uuid)).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.granted).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.recorded_at).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.position).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| &row.change).collect::<Vec<_>>())
    .execute(&mut *tables.connection)
    .await
    .map(drop)
}

/// Whose consents are wanted; what is `None` or empty does not matter.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// By any of these addresses.
    pub addresses: Vec<ContactAddress>,
    /// In their name, or in that of whoever is the same person; or by an address that is theirs now.
    pub customer_id: Option<CustomerId>,
}

/// What was recorded last comes first.
pub async fn list(
    pool: &PgPool,
    tenant: BusinessId,
    filter: &Filter,
    request: PageRequest,
) -> Result<Page<ConsentRow>, sqlx::Error> {
    let forms: Vec<ContactAddress> = filter.addresses.iter().flat_map(ContactAddress::forms).collect();
    let rows = sqlx::query_as(
        "select id, tenant_id, granted, recorded_at, position, change from consents_v1.consents c
         where tenant_id = $1
           and ($2 or (kind, address) in (select * from unnest($3::text[], $4::text[])))
           and ($5::uuid is null or customer_id = any (array(select customers_v2.family($5))) or exists (
               select from customers_v2.addresses a
               where a.tenant_id = c.tenant_id and a.kind = c.kind and a.address = c.address
                 and a.customer_id = any (array(select customers_v2.family($5)))
           ))
           and ($6::bigint is null or position < $6)
         order by position desc limit $7",
    )
    .bind(tenant.uuid())
    .bind(filter.addresses.is_empty())
    .bind(forms.iter().map(ContactAddress::kind).collect::<Vec<_>>())
    .bind(forms.iter().map(ContactAddress::as_str).collect::<Vec<_>>())
    .bind(filter.customer_id.map(StreamId::uuid))
    .bind(request.after.map(|after| after.key))
    .bind(request.rows())
    .fetch_all(pool)
    .await?;
    Ok(request.page(rows, |row: &ConsentRow| After { key: row.position, id: row.id }))
}
