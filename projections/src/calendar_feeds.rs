//! The addresses of calendars that lead somewhere: which resource's, and what may be shown.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use cqrs_es::Aggregate;
use frontdesk_domain::integrations::calendar_feed::{CalendarFeed, CalendarFeedEvent};
use frontdesk_domain::kernel::ids::{BusinessId, CalendarFeedId, ResourceId, StreamId};
use frontdesk_domain::kernel::recorded::RecordedEvent;
use futures::future::BoxFuture;
use sqlx::PgPool;
use uuid::Uuid;

use crate::read_model::{ReadModel, Tables};
use crate::reader::ReaderError;

#[derive(Debug)]
pub struct CalendarFeeds;

const TABLES: &str = "
create table if not exists {schema}.feeds (
    id              uuid primary key,
    tenant_id       uuid not null,
    resource_id     uuid not null,
    -- Keyed, in hexadecimal.
    secret_hash     text not null,
    names_customers boolean not null,
    issued_at       timestamptz not null
);
";

impl ReadModel for CalendarFeeds {
    fn name(&self) -> &'static str {
        "calendar_feeds"
    }

    fn version(&self) -> i32 {
        1
    }

    fn aggregates(&self) -> &'static [&'static str] {
        &[CalendarFeed::TYPE]
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
            let mut feeds: BTreeMap<Uuid, Option<FeedRow>> = BTreeMap::new();
            for recorded in events {
                match recorded.event::<CalendarFeed>()? {
                    Some(CalendarFeedEvent::CalendarFeedIssued { issue }) => {
                        let row = FeedRow {
                            id: recorded.aggregate_id,
                            tenant_id: recorded.tenant.uuid(),
                            resource_id: issue.resource_id.uuid(),
                            secret_hash: issue.secret_hash,
                            names_customers: issue.names_customers,
                            issued_at: recorded.recorded_at,
                        };
                        feeds.insert(recorded.aggregate_id, Some(row));
                    }
                    Some(CalendarFeedEvent::CalendarFeedRevoked {}) => {
                        drop(feeds.insert(recorded.aggregate_id, None))
                    }
                    None => {}
                }
            }
            Ok(save(&mut tables, feeds).await?)
        })
    }
}

/// The address of a calendar that leads somewhere.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct FeedRow {
    id: Uuid,
    tenant_id: Uuid,
    resource_id: Uuid,
    pub secret_hash: String,
    pub names_customers: bool,
    pub issued_at: DateTime<Utc>,
}

impl FeedRow {
    pub fn tenant(&self) -> BusinessId {
        BusinessId::from_uuid(self.tenant_id)
    }

    pub fn resource_id(&self) -> ResourceId {
        ResourceId::from_uuid(self.resource_id)
    }
}

async fn save(tables: &mut Tables<'_>, feeds: BTreeMap<Uuid, Option<FeedRow>>) -> Result<(), sqlx::Error> {
    sqlx::query(&tables.sql("delete from {schema}.feeds where id = any ($1)"))
        .bind(feeds.keys().copied().collect::<Vec<_>>())
        .execute(&mut *tables.connection)
        .await?;
    let rows: Vec<FeedRow> = feeds.into_values().flatten().collect();
    sqlx::query(&tables.sql(
        "insert into {schema}.feeds (id, tenant_id, resource_id, secret_hash, names_customers, issued_at)
         select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::boolean[], $6::timestamptz[])",
    ))
    .bind(rows.iter().map(|row| row.id).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.tenant_id).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.resource_id).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.secret_hash.clone()).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.names_customers).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.issued_at).collect::<Vec<_>>())
    .execute(&mut *tables.connection)
    .await
    .map(drop)
}

/// Whosever it is: the id stands in an address, and the secret beside it says that it may be read.
pub async fn find(pool: &PgPool, id: CalendarFeedId) -> Result<Option<FeedRow>, sqlx::Error> {
    sqlx::query_as("select * from calendar_feeds_v1.feeds where id = $1")
        .bind(id.uuid())
        .fetch_optional(pool)
        .await
}
