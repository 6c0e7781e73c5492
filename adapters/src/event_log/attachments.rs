//! What is kept beside the log until its retention ends: the bodies of webhooks. `append_events` writes them,
//! with their commit.

use chrono::{DateTime, Utc};
use frontdesk_domain::kernel::ids::{BusinessId, StreamId};
use sqlx::PgPool;
use uuid::Uuid;

/// What is attached to a stream, encrypted.
pub(super) async fn find(
    pool: &PgPool,
    tenant: BusinessId,
    of: Uuid,
) -> Result<Option<Vec<u8>>, sqlx::Error> {
    sqlx::query_scalar("select body from webhook_bodies where tenant_id = $1 and delivery_id = $2")
        .bind(tenant.uuid())
        .bind(of)
        .fetch_optional(pool)
        .await
}

/// Removes some of those whose retention has ended, and says how many.
pub async fn remove_expired(pool: &PgPool, now: DateTime<Utc>, limit: u32) -> Result<u64, sqlx::Error> {
    let removed = sqlx::query(
        "delete from webhook_bodies where delivery_id in (
             select delivery_id from webhook_bodies where expires_at < $2 order by expires_at limit $1
         )",
    )
    .bind(i64::from(limit))
    .bind(now)
    .execute(pool)
    .await?;
    Ok(removed.rows_affected())
}
