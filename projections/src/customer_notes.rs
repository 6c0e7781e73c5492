//! What people of the business have written down about customers.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use cqrs_es::Aggregate;
use frontdesk_domain::kernel::ids::{BusinessId, CustomerId, NoteId, StreamId};
use frontdesk_domain::kernel::recorded::{Position, RecordedEvent};
use frontdesk_domain::people::customer_note::{CustomerNote, CustomerNoteEvent};
use futures::future::BoxFuture;
use sqlx::PgPool;
use uuid::Uuid;

use crate::page::{After, Page, PageRequest};
use crate::read_model::{ReadModel, Tables};
use crate::reader::ReaderError;

#[derive(Debug)]
pub struct CustomerNotes;

const TABLES: &str = "
create table if not exists {schema}.notes (
    id          uuid primary key,
    tenant_id   uuid not null,
    -- About whom it was written, whoever stands for them now.
    customer_id uuid not null,
    -- Empty once it is redacted or the customer erased.
    body        text,
    actor_kind  text not null,
    actor_id    text not null,
    written_at  timestamptz not null,
    redacted_at timestamptz,
    position    bigint not null
);
create index if not exists notes_by_customer on {schema}.notes (customer_id, position);
";

impl ReadModel for CustomerNotes {
    fn name(&self) -> &'static str {
        "customer_notes"
    }

    fn version(&self) -> i32 {
        1
    }

    fn aggregates(&self) -> &'static [&'static str] {
        &[CustomerNote::TYPE]
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
            let (mut written, mut redacted) = (Vec::new(), BTreeMap::new());
            for recorded in events {
                match recorded.event::<CustomerNote>()? {
                    Some(CustomerNoteEvent::NoteWritten { customer_id, text, by, at }) => {
                        written.push(NoteRow {
                            id: recorded.aggregate_id,
                            tenant_id: recorded.tenant.uuid(),
                            customer_id: customer_id.uuid(),
                            body: text.into_known().map(String::from),
                            actor_kind: <&'static str>::from(by.kind).to_owned(),
                            actor_id: by.id,
                            written_at: at,
                            redacted_at: None,
                            position: recorded.position,
                        })
                    }
                    Some(CustomerNoteEvent::NoteRedacted { reason: _, by: _ }) => {
                        redacted.insert(recorded.aggregate_id, recorded.recorded_at);
                    }
                    None => {}
                }
            }
            insert(&mut tables, written).await?;
            Ok(redact(&mut tables, redacted).await?)
        })
    }
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct NoteRow {
    id: Uuid,
    tenant_id: Uuid,
    customer_id: Uuid,
    pub body: Option<String>,
    pub actor_kind: String,
    pub actor_id: String,
    pub written_at: DateTime<Utc>,
    pub redacted_at: Option<DateTime<Utc>>,
    position: Position,
}

impl NoteRow {
    pub fn id(&self) -> NoteId {
        NoteId::from_uuid(self.id)
    }

    pub fn customer_id(&self) -> CustomerId {
        CustomerId::from_uuid(self.customer_id)
    }
}

async fn insert(tables: &mut Tables<'_>, rows: Vec<NoteRow>) -> Result<(), sqlx::Error> {
    let uuids = |of: fn(&NoteRow) -> Uuid| rows.iter().map(of).collect::<Vec<_>>();
    sqlx::query(&tables.sql(
        "insert into {schema}.notes (id, tenant_id, customer_id, body, actor_kind, actor_id, written_at, position)
         select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::bigint[])",
    ))
    .bind(uuids(|row| row.id))
    .bind(uuids(|row| row.tenant_id))
    .bind(uuids(|row| row.customer_id))
    .bind(rows.iter().map(|row| row.body.as_deref()).collect::<Vec<Option<&str>>>())
    .bind(rows.iter().map(|row| row.actor_kind.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.actor_id.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.written_at).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.position).collect::<Vec<_>>())
    .execute(&mut *tables.connection)
    .await
    .map(drop)
}

async fn redact(tables: &mut Tables<'_>, redacted: BTreeMap<Uuid, DateTime<Utc>>) -> Result<(), sqlx::Error> {
    sqlx::query(&tables.sql(
        "update {schema}.notes n set body = null, redacted_at = r.at
         from unnest($1::uuid[], $2::timestamptz[]) as r (id, at) where n.id = r.id",
    ))
    .bind(redacted.keys().copied().collect::<Vec<_>>())
    .bind(redacted.values().copied().collect::<Vec<_>>())
    .execute(&mut *tables.connection)
    .await
    .map(drop)
}

/// About a customer and whoever is the same person, the newest first.
pub async fn list(
    pool: &PgPool,
    tenant: BusinessId,
    customer_id: CustomerId,
    request: PageRequest,
) -> Result<Page<NoteRow>, sqlx::Error> {
    let rows = sqlx::query_as(
        "select * from customer_notes_v1.notes
         where tenant_id = $1 and customer_id = any (array(select customers_v2.family($2))) and ($3::bigint is null or position < $3)
         order by position desc limit $4",
    )
    .bind(tenant.uuid())
    .bind(customer_id.uuid())
    .bind(request.after.map(|after| after.key))
    .bind(request.rows())
    .fetch_all(pool)
    .await?;
    Ok(request.page(rows, |row: &NoteRow| After { key: row.position, id: row.id }))
}
