//! Webhooks as they were taken in, and what became of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use cqrs_es::Aggregate;
use frontdesk_domain::integrations::webhook::{Webhook, WebhookEvent};
use frontdesk_domain::kernel::ids::{BusinessId, StreamId, WebhookId};
use frontdesk_domain::kernel::recorded::{Position, RecordedEvent};
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use uuid::Uuid;

use crate::page::{After, Page, PageRequest};
use crate::read_model::{ReadModel, Tables};
use crate::reader::ReaderError;

#[derive(Debug)]
pub struct Deliveries;

const TABLES: &str = "
create table if not exists {schema}.deliveries (
    id           uuid primary key,
    tenant_id    uuid not null,
    provider     text not null,
    message_type text not null,
    state        text not null,
    -- Why it is parked, ignored or skipped.
    reason       text,
    received_at  timestamptz not null,
    position     bigint not null
);
create index if not exists deliveries_by_tenant on {schema}.deliveries (tenant_id, position);
create index if not exists deliveries_by_state on {schema}.deliveries (tenant_id, state, position);
";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeliveryState {
    Pending,
    Translated,
    Ignored,
    Parked,
    Skipped,
}

impl DeliveryState {
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Translated => "translated",
            Self::Ignored => "ignored",
            Self::Parked => "parked",
            Self::Skipped => "skipped",
        }
    }
}

impl ReadModel for Deliveries {
    fn name(&self) -> &'static str {
        "deliveries"
    }

    fn version(&self) -> i32 {
        1
    }

    fn aggregates(&self) -> &'static [&'static str] {
        &[Webhook::TYPE]
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
            let mut received = Vec::new();
            let mut outcomes: BTreeMap<Uuid, (DeliveryState, Option<String>)> = BTreeMap::new();
            for recorded in events {
                let Some(event) = recorded.event::<Webhook>()? else { continue };
                let outcome = match event {
                    WebhookEvent::WebhookReceived { receipt } => {
                        received.push((recorded.as_ref(), receipt.provider, receipt.message_type));
                        continue;
                    }
                    WebhookEvent::DeliveryTranslated {} => (DeliveryState::Translated, None),
                    WebhookEvent::DeliveryIgnored { reason } => (DeliveryState::Ignored, Some(reason)),
                    WebhookEvent::DeliveryParked { error, behind: _ } => (DeliveryState::Parked, Some(error)),
                    WebhookEvent::DeliveryRetryRequested {} => (DeliveryState::Pending, None),
                    WebhookEvent::DeliverySkipped { reason } => (DeliveryState::Skipped, Some(reason)),
                };
                outcomes.insert(recorded.aggregate_id, outcome);
            }
            insert(&mut tables, received).await?;
            Ok(update(&mut tables, outcomes).await?)
        })
    }
}

async fn insert(
    tables: &mut Tables<'_>,
    received: Vec<(&RecordedEvent, String, String)>,
) -> Result<(), sqlx::Error> {
    let (mut events, mut providers, mut types) = (Vec::new(), Vec::new(), Vec::new());
    for (event, provider, message_type) in received {
        events.push(event);
        providers.push(provider);
        types.push(message_type);
    }
    sqlx::query(&tables.sql(
        "insert into {schema}.deliveries (id, tenant_id, provider, message_type, state, received_at, position)
         select id, tenant, provider, type, 'pending', received, position
         from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[], $6::bigint[])
             as d (id, tenant, provider, type, received, position)",
    ))
    .bind(events.iter().map(|event| event.aggregate_id).collect::<Vec<_>>())
    .bind(events.iter().map(|event| event.tenant.uuid()).collect::<Vec<_>>())
    .bind(providers)
    .bind(types)
    .bind(events.iter().map(|event| event.recorded_at).collect::<Vec<_>>())
    .bind(events.iter().map(|event| event.position).collect::<Vec<_>>())
    .execute(&mut *tables.connection)
    .await
    .map(drop)
}

async fn update(
    tables: &mut Tables<'_>,
    outcomes: BTreeMap<Uuid, (DeliveryState, Option<String>)>,
) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = outcomes.keys().copied().collect();
    let (states, reasons): (Vec<&str>, Vec<Option<String>>) =
        outcomes.into_values().map(|(state, reason)| (state.name(), reason)).unzip();
    sqlx::query(&tables.sql(
        "update {schema}.deliveries d set state = o.state, reason = o.reason
         from unnest($1::uuid[], $2::text[], $3::text[]) as o (id, state, reason) where d.id = o.id",
    ))
    .bind(ids)
    .bind(states)
    .bind(reasons)
    .execute(&mut *tables.connection)
    .await
    .map(drop)
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct DeliveryRow {
    id: Uuid,
    pub provider: String,
    pub message_type: String,
    pub state: String,
    pub reason: Option<String>,
    pub received_at: DateTime<Utc>,
    position: Position,
}

impl DeliveryRow {
    pub fn id(&self) -> WebhookId {
        WebhookId::from_uuid(self.id)
    }
}

/// In the order in which they came.
pub async fn list(
    pool: &PgPool,
    tenant: BusinessId,
    state: Option<DeliveryState>,
    request: PageRequest,
) -> Result<Page<DeliveryRow>, sqlx::Error> {
    let rows = sqlx::query_as(
        "select id, provider, message_type, state, reason, received_at, position from deliveries_v1.deliveries
         where tenant_id = $1 and ($2::text is null or state = $2) and ($3::bigint is null or position > $3)
         order by position limit $4",
    )
    .bind(tenant.uuid())
    .bind(state.map(DeliveryState::name))
    .bind(request.after.map(|after| after.key))
    .bind(request.rows())
    .fetch_all(pool)
    .await?;
    Ok(request.page(rows, |row: &DeliveryRow| After { key: row.position, id: row.id }))
}
