//! Changing the master key: everything that others have wrapped is wrapped anew by the current one.
//!
//! It goes on beside processes that serve, because all of them unwrap with both keys. Each small step stands
//! by itself: whoever is interrupted runs it again, and finds what is left. A key that somebody destroys
//! meanwhile stays destroyed, since only what was read is replaced.

use std::collections::BTreeMap;

use sqlx::PgPool;
use tokio::time::Instant;
use uuid::Uuid;

use super::{Wrapped, kept, marks};
use crate::crypto::{MasterKeyId, MasterKeys, WrappingKeys};

/// How many keys are wrapped anew in one statement. Whoever appends waits for it at most.
const BATCH: i64 = 500;

/// How many keys each master key has wrapped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Status {
    /// Of the master keys of this process, those that have wrapped nothing included.
    pub by_master: BTreeMap<MasterKeyId, u64>,
    /// Wrapped by one of them in a release that did not note which.
    pub unnamed: u64,
    /// Wrapped by none of them.
    pub foreign: u64,
}

impl Status {
    /// How many are not wrapped by this master key, or do not say so.
    pub fn left(&self, current: MasterKeyId) -> u64 {
        let others = self.by_master.iter().filter(|(id, _)| **id != current).map(|(_, count)| count);
        others.sum::<u64>() + self.unnamed + self.foreign
    }

    fn count(&mut self, wrapping: &WrappingKeys, wrapped: &[u8], place: &[u8]) {
        let named = self.by_master.iter_mut().find(|(id, _)| wrapped.starts_with(&id.bytes()));
        match named {
            Some((_, count)) => *count += 1,
            None if wrapping.unwrap(wrapped, place).is_ok() => self.unnamed += 1,
            None => self.foreign += 1,
        }
    }
}

pub async fn status(pool: &PgPool, masters: &MasterKeys) -> Result<Status, sqlx::Error> {
    let wrapping = WrappingKeys::of(masters);
    let ids = wrapping.ids();
    let mut status = Status { by_master: ids.iter().map(|id| (*id, 0)).collect(), ..Status::default() };
    for (id, count) in status.by_master.iter_mut() {
        let named = "select count(*) from subject_keys where substring(wrapped_key from 1 for 8) = $1";
        let named: i64 = sqlx::query_scalar(named).bind(id.bytes()).fetch_one(pool).await?;
        *count += named.unsigned_abs();
    }
    let mut others = Others::than(&ids);
    while let Some(page) = others.next(pool).await? {
        for key in page {
            status.count(&wrapping, &key.wrapped_key, &key.place());
        }
    }
    for (purpose, wrapped) in kept(pool).await? {
        status.count(&wrapping, &wrapped, purpose.as_bytes());
    }
    Ok(status)
}

/// Wraps by the current master key what others have wrapped. `on_progress` hears, after each batch, how many
/// keys it has wrapped so far. What opens with none of the keys stays as it is.
pub async fn rotate(
    pool: &PgPool,
    masters: &MasterKeys,
    mut on_progress: impl FnMut(u64),
) -> Result<u64, sqlx::Error> {
    let wrapping = WrappingKeys::of(masters);
    let mut done = rewrap_secrets(pool, &wrapping).await?;
    let mut others = Others::than(&[wrapping.current()]);
    while let Some(page) = others.next(pool).await? {
        let begun = Instant::now();
        done += rewrap(pool, &wrapping, page).await?;
        on_progress(done);
        // Half of the database's time is for those who serve.
        tokio::time::sleep(begun.elapsed()).await;
    }
    Ok(done)
}

/// The keys of people that other master keys have wrapped, page by page.
struct Others {
    marks: Vec<Vec<u8>>,
    after: (Uuid, Uuid),
}

impl Others {
    fn than(ids: &[MasterKeyId]) -> Self {
        Self { marks: marks(ids), after: Default::default() }
    }

    async fn next(&mut self, pool: &PgPool) -> Result<Option<Vec<Wrapped>>, sqlx::Error> {
        let (tenant, subject) = self.after;
        let page: Vec<Wrapped> = sqlx::query_as(
            "select tenant_id, subject_id, wrapped_key from subject_keys
             where (tenant_id, subject_id) > ($1, $2) and substring(wrapped_key from 1 for 8) <> all ($3)
             order by tenant_id, subject_id limit $4",
        )
        .bind(tenant)
        .bind(subject)
        .bind(&self.marks)
        .bind(BATCH)
        .fetch_all(pool)
        .await?;
        Ok(page.last().map(|last| (last.tenant_id, last.subject_id)).map(|last| {
            self.after = last;
            page
        }))
    }
}

async fn rewrap(pool: &PgPool, wrapping: &WrappingKeys, page: Vec<Wrapped>) -> Result<u64, sqlx::Error> {
    let (mut tenants, mut subjects) = (Vec::new(), Vec::new());
    let (mut old, mut new) = (Vec::new(), Vec::new());
    for key in page {
        let Ok(secret) = wrapping.unwrap(&key.wrapped_key, &key.place()) else { continue };
        new.push(wrapping.wrap(&secret, &key.place()));
        tenants.push(key.tenant_id);
        subjects.push(key.subject_id);
        old.push(key.wrapped_key);
    }
    let done = sqlx::query(
        "update subject_keys k set wrapped_key = n.new
         from unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::bytea[]) as n (tenant, subject, old, new)
         where k.tenant_id = n.tenant and k.subject_id = n.subject and k.wrapped_key = n.old",
    )
    .bind(tenants)
    .bind(subjects)
    .bind(old)
    .bind(new)
    .execute(pool)
    .await?;
    Ok(done.rows_affected())
}

async fn rewrap_secrets(pool: &PgPool, wrapping: &WrappingKeys) -> Result<u64, sqlx::Error> {
    let mut done = 0;
    for (purpose, old) in kept(pool).await? {
        let place = purpose.as_bytes();
        if old.starts_with(&wrapping.current().bytes()) {
            continue;
        }
        let Ok(secret) = wrapping.unwrap(&old, place) else { continue };
        let replace = "update deployment_secrets set wrapped = $3 where purpose = $1 and wrapped = $2";
        let replace = sqlx::query(replace).bind(&purpose).bind(&old).bind(wrapping.wrap(&secret, place));
        done += replace.execute(pool).await?.rows_affected();
    }
    Ok(done)
}
