//! The channels by which callers reach a business, in the order in which they were added.
//!
//! Those that earlier releases added stand in the stream of their business. Here all are alike.

use std::collections::BTreeMap;
use std::sync::Arc;

use cqrs_es::Aggregate;
use frontdesk_domain::conversations::channel::{Channel, ChannelDetails, ChannelEvent};
use frontdesk_domain::kernel::ids::{BusinessId, ChannelId, StreamId};
use frontdesk_domain::kernel::recorded::{Position, RecordedEvent, Unreadable};
use frontdesk_domain::scheduling::business::{Business, BusinessEvent};
use futures::future::BoxFuture;
use sqlx::PgPool;
use sqlx::types::Json;
use uuid::Uuid;

use crate::read_model::{ReadModel, Tables};
use crate::reader::ReaderError;

#[derive(Debug)]
pub struct Channels;

const TABLES: &str = "
create table if not exists {schema}.channels (
    id        uuid primary key,
    tenant_id uuid not null,
    -- As the aggregate holds it.
    details   json not null,
    -- Where it was added: the order of the list.
    position  bigint not null
);
create index if not exists channels_by_tenant on {schema}.channels (tenant_id, position);
";

impl ReadModel for Channels {
    fn name(&self) -> &'static str {
        "channels"
    }

    fn version(&self) -> i32 {
        1
    }

    fn aggregates(&self) -> &'static [&'static str] {
        &[Business::TYPE, Channel::TYPE]
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
            // The last event on each of them says how it is.
            let mut channels: BTreeMap<Uuid, Option<NewRow>> = BTreeMap::new();
            for event in events {
                let Some((id, details)) = change(event)? else { continue };
                let row =
                    |details| NewRow { tenant_id: event.tenant.uuid(), details, position: event.position };
                channels.insert(id.uuid(), details.map(row));
            }
            Ok(save(&mut tables, channels).await?)
        })
    }
}

/// What has become of a channel: what it is from now on, or nothing.
fn change(recorded: &RecordedEvent) -> Result<Option<(ChannelId, Option<ChannelDetails>)>, Unreadable> {
    if let Some(event) = recorded.event::<Channel>()? {
        let id = ChannelId::from_uuid(recorded.aggregate_id);
        return Ok(Some(match event {
            ChannelEvent::ChannelAdded { details } => (id, Some(details)),
            ChannelEvent::ChannelRemoved {} => (id, None),
        }));
    }
    Ok(match recorded.event::<Business>()? {
        Some(BusinessEvent::ChannelAdded { channel }) => Some((channel.id, Some(channel.into()))),
        Some(BusinessEvent::ChannelRemoved { channel_id }) => Some((channel_id, None)),
        Some(
            BusinessEvent::BusinessRegistered { .. }
            | BusinessEvent::BusinessProfileChanged { .. }
            | BusinessEvent::BusinessHoursChanged { .. }
            | BusinessEvent::BusinessDateOverrideSet { .. }
            | BusinessEvent::BusinessDateOverrideRemoved { .. },
        )
        | None => None,
    })
}

struct NewRow {
    tenant_id: Uuid,
    details: ChannelDetails,
    position: Position,
}

async fn save(tables: &mut Tables<'_>, channels: BTreeMap<Uuid, Option<NewRow>>) -> Result<(), sqlx::Error> {
    sqlx::query(&tables.sql("delete from {schema}.channels where id = any ($1)"))
        .bind(channels.keys().copied().collect::<Vec<_>>())
        .execute(&mut *tables.connection)
        .await?;
    let rows: Vec<(Uuid, NewRow)> = channels.into_iter().filter_map(|(id, row)| Some((id, row?))).collect();
    sqlx::query(&tables.sql(
        "insert into {schema}.channels (id, tenant_id, details, position)
         select * from unnest($1::uuid[], $2::uuid[], $3::json[], $4::bigint[])",
    ))
    .bind(rows.iter().map(|(id, _)| *id).collect::<Vec<_>>())
    .bind(rows.iter().map(|(_, row)| row.tenant_id).collect::<Vec<_>>())
    .bind(rows.iter().map(|(_, row)| Json(&row.details)).collect::<Vec<_>>())
    .bind(rows.iter().map(|(_, row)| row.position).collect::<Vec<_>>())
    .execute(&mut *tables.connection)
    .await
    .map(drop)
}

/// A channel that callers can use.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ChannelRow {
    id: Uuid,
    #[sqlx(json)]
    pub details: ChannelDetails,
}

impl ChannelRow {
    pub fn id(&self) -> ChannelId {
        ChannelId::from_uuid(self.id)
    }
}

/// All channels of a business; there are not many.
pub async fn list(pool: &PgPool, tenant: BusinessId) -> Result<Vec<ChannelRow>, sqlx::Error> {
    sqlx::query_as("select id, details from channels_v1.channels where tenant_id = $1 order by position")
        .bind(tenant.uuid())
        .fetch_all(pool)
        .await
}

/// A channel of a tenant, or of any.
pub async fn find(
    pool: &PgPool,
    tenant: Option<BusinessId>,
    id: ChannelId,
) -> Result<Option<ChannelRow>, sqlx::Error> {
    sqlx::query_as(
        "select id, details from channels_v1.channels where id = $1 and ($2::uuid is null or tenant_id = $2)",
    )
    .bind(id.uuid())
    .bind(tenant.map(BusinessId::uuid))
    .fetch_optional(pool)
    .await
}
