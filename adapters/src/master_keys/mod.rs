//! The master keys of a deployment and what they wrap in its database: the keys of people, and the secrets of
//! the deployment itself.
//!
//! A process has a current master key, with which it wraps, and may have others, with which it only unwraps.
//! So the key is changed while processes of both kinds run ([`rotation`]). [`open`] refuses, at start, to go
//! on with keys that are not those of the database.

pub mod rotation;

use std::collections::BTreeMap;

use frontdesk_domain::kernel::ids::{BusinessId, StreamId};
use frontdesk_domain::kernel::personal::SubjectId;
use sqlx::PgPool;
use uuid::Uuid;

use crate::crypto::{DeploymentSecrets, MasterKeyId, MasterKeys, Purpose, WrappingKeys};
use crate::event_log::keys::place;

/// Of how many master keys that a process does not have it looks for what they have wrapped. What releases
/// before this one have wrapped names no key, so each of it looks like one.
const STRANGERS_MAX: i64 = 16;

/// The keys of a deployment, opened.
#[derive(Debug, Clone)]
pub struct DeploymentKeys {
    pub wrapping: WrappingKeys,
    pub secrets: DeploymentSecrets,
}

#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    #[error("the keys of the deployment cannot be read")]
    Database(#[from] sqlx::Error),
    #[error(
        "this database belongs to another master key than {0}: set FRONTDESK_MASTER_KEY to the key that the \
         deployment was first started with, or that it was changed to with `frontdesk keys rotate`"
    )]
    Wrong(MasterKeyId),
    #[error(
        "this deployment starts for the first time with a release that can change master keys: start it once \
         with FRONTDESK_MASTER_KEY alone, as it has been until now, and set FRONTDESK_OTHER_MASTER_KEYS \
         afterwards"
    )]
    OthersAtFirst,
    #[error(
        "the keys of some people are wrapped by a master key that this process does not have: put it back \
         into FRONTDESK_OTHER_MASTER_KEYS, and take it away when `frontdesk keys rotate` has ended well"
    )]
    NotRotated,
}

/// Opens the keys of a deployment. The first time, its secrets are derived from the master key and kept.
pub async fn open(pool: &PgPool, masters: &MasterKeys) -> Result<DeploymentKeys, MasterKeyError> {
    let wrapping = WrappingKeys::of(masters);
    let wrong = || MasterKeyError::Wrong(wrapping.current());
    let has_strangers = has_strangers(pool, &wrapping).await?;
    let mut kept = kept(pool).await?;
    if kept.is_empty() {
        if !masters.others.is_empty() {
            return Err(MasterKeyError::OthersAtFirst);
        }
        if has_strangers {
            return Err(wrong());
        }
    }
    if Purpose::ALL.iter().any(|purpose| !kept.contains_key(purpose.name())) {
        keep_first(pool, masters, &wrapping).await?;
        kept = self::kept(pool).await?;
    }
    let secrets = DeploymentSecrets::find(|purpose| {
        let wrapped = kept.get(purpose.name()).ok_or_else(wrong)?;
        wrapping.unwrap(wrapped, purpose.name().as_bytes()).map_err(|_| wrong())
    })?;
    if has_strangers {
        return Err(MasterKeyError::NotRotated);
    }
    Ok(DeploymentKeys { wrapping, secrets })
}

/// The wrapped secrets by the names of their purposes.
async fn kept(pool: &PgPool) -> Result<BTreeMap<String, Vec<u8>>, sqlx::Error> {
    let rows: Vec<(String, Vec<u8>)> =
        sqlx::query_as("select purpose, wrapped from deployment_secrets").fetch_all(pool).await?;
    Ok(rows.into_iter().collect())
}

/// Of several processes that start at once, one keeps its secrets; the others read those.
async fn keep_first(pool: &PgPool, masters: &MasterKeys, wrapping: &WrappingKeys) -> Result<(), sqlx::Error> {
    let wrap =
        |purpose: &Purpose| wrapping.wrap(&purpose.first_secret(&masters.current), purpose.name().as_bytes());
    sqlx::query(
        "insert into deployment_secrets (purpose, wrapped) select * from unnest($1::text[], $2::bytea[])
         on conflict do nothing",
    )
    .bind(Purpose::ALL.map(Purpose::name))
    .bind(Purpose::ALL.iter().map(wrap).collect::<Vec<_>>())
    .execute(pool)
    .await
    .map(drop)
}

/// Whether a key of somebody was wrapped by a master key that is not among these. One key of each master key
/// is tried, found by way of the index.
async fn has_strangers(pool: &PgPool, wrapping: &WrappingKeys) -> Result<bool, sqlx::Error> {
    let strangers: Vec<Wrapped> = sqlx::query_as(
        "with recursive marks (mark) as (
             (select substring(wrapped_key from 1 for 8) from subject_keys order by 1 limit 1)
             union all
             select (select substring(k.wrapped_key from 1 for 8) from subject_keys k
                     where substring(k.wrapped_key from 1 for 8) > m.mark order by 1 limit 1)
             from marks m where m.mark is not null
         )
         select k.tenant_id, k.subject_id, k.wrapped_key
         from (select mark from marks where mark <> all ($1) limit $2) stranger
         cross join lateral (
             select * from subject_keys where substring(wrapped_key from 1 for 8) = stranger.mark limit 1
         ) k",
    )
    .bind(marks(&wrapping.ids()))
    .bind(STRANGERS_MAX)
    .fetch_all(pool)
    .await?;
    Ok(strangers.iter().any(|key| wrapping.unwrap(&key.wrapped_key, &key.place()).is_err()))
}

/// How wrapped keys begin that these master keys have wrapped.
fn marks(ids: &[MasterKeyId]) -> Vec<Vec<u8>> {
    ids.iter().map(|id| id.bytes().to_vec()).collect()
}

/// A row of `subject_keys` whose key is not destroyed.
#[derive(Debug, sqlx::FromRow)]
struct Wrapped {
    tenant_id: Uuid,
    subject_id: Uuid,
    wrapped_key: Vec<u8>,
}

impl Wrapped {
    fn place(&self) -> Vec<u8> {
        place((BusinessId::from_uuid(self.tenant_id), SubjectId(self.subject_id)))
    }
}
