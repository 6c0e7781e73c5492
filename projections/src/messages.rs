//! Messages that callers have left for the people of the business.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use cqrs_es::Aggregate;
use frontdesk_domain::conversations::call::{Call, CallEvent};
use frontdesk_domain::kernel::ids::{BusinessId, CallId, MessageId, StreamId};
use frontdesk_domain::kernel::personal::Personal;
use frontdesk_domain::kernel::recorded::{Position, RecordedEvent};
use futures::future::BoxFuture;
use sqlx::PgPool;
use uuid::Uuid;

use crate::page::{After, Page, PageRequest};
use crate::read_model::{ReadModel, Tables};
use crate::reader::ReaderError;

#[derive(Debug)]
pub struct Messages;

const TABLES: &str = "
create table if not exists {schema}.messages (
    id        uuid primary key,
    tenant_id uuid not null,
    call_id   uuid not null,
    -- Empty once the caller is erased.
    sender    text,
    phone     text,
    body      text,
    taken_at  timestamptz not null,
    position  bigint not null
);
create index if not exists messages_by_tenant on {schema}.messages (tenant_id, position, id);
";

impl ReadModel for Messages {
    fn name(&self) -> &'static str {
        "messages"
    }

    fn version(&self) -> i32 {
        1
    }

    fn aggregates(&self) -> &'static [&'static str] {
        &[Call::TYPE]
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
                match recorded.event::<Call>()? {
                    Some(CallEvent::MessageTaken { message }) => rows.push(MessageRow {
                        id: message.id.uuid(),
                        tenant_id: recorded.tenant.uuid(),
                        call_id: recorded.aggregate_id,
                        sender: message.from.and_then(Personal::into_known).map(String::from),
                        phone: message.phone.and_then(Personal::into_known).map(String::from),
                        body: message.text.into_known().map(String::from),
                        taken_at: recorded.recorded_at,
                        position: recorded.position,
                    }),
                    Some(
                        CallEvent::CallStarted { .. }
                        | CallEvent::CallProgressed { .. }
                        | CallEvent::ToolCalled { .. }
                        | CallEvent::ToolAnswered { .. }
                        | CallEvent::CallEnded { .. }
                        | CallEvent::CallReported { .. },
                    )
                    | None => {}
                }
            }
            Ok(save(&mut tables, rows).await?)
        })
    }
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct MessageRow {
    id: Uuid,
    tenant_id: Uuid,
    call_id: Uuid,
    pub sender: Option<String>,
    pub phone: Option<String>,
    pub body: Option<String>,
    pub taken_at: DateTime<Utc>,
    position: Position,
}

impl MessageRow {
    pub fn id(&self) -> MessageId {
        MessageId::from_uuid(self.id)
    }

    pub fn call_id(&self) -> CallId {
        CallId::from_uuid(self.call_id)
    }
}

async fn save(tables: &mut Tables<'_>, rows: Vec<MessageRow>) -> Result<(), sqlx::Error> {
    if rows.is_empty() {
        return Ok(());
    }
    let text = |of: &dyn Fn(&MessageRow) -> Option<String>| rows.iter().map(of).collect::<Vec<_>>();
    sqlx::query(&tables.sql(
        "insert into {schema}.messages (id, tenant_id, call_id, sender, phone, body, taken_at, position)
         select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::bigint[])",
    ))
    .bind(rows.iter().map(|row| row.id).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.tenant_id).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.call_id).collect::<Vec<_>>())
    .bind(text(&|row| row.sender.clone()))
    .bind(text(&|row| row.phone.clone()))
    .bind(text(&|row| row.body.clone()))
    .bind(rows.iter().map(|row| row.taken_at).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.position).collect::<Vec<_>>())
    .execute(&mut *tables.connection)
    .await
    .map(drop)
}

/// The newest first.
pub async fn list(
    pool: &PgPool,
    tenant: BusinessId,
    request: PageRequest,
) -> Result<Page<MessageRow>, sqlx::Error> {
    let rows = sqlx::query_as(
        "select * from messages_v1.messages
         where tenant_id = $1 and ($2::bigint is null or (position, id) < ($2, $3)) order by position desc, id desc limit $4",
    )
    .bind(tenant.uuid())
    .bind(request.after.map(|after| after.key))
    .bind(request.after.map(|after| after.id))
    .bind(request.rows())
    .fetch_all(pool)
    .await?;
    Ok(request.page(rows, |row: &MessageRow| After { key: row.position, id: row.id }))
}
