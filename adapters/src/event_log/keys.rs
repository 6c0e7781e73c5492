//! The keys of data subjects.
//!
//! Each person (*subject*) of a tenant has one key. It lives in `subject_keys`, wrapped by a master key of
//! the deployment, and comes into being with the first event that needs it: `append_events` stores it in the
//! same transaction, or refuses the commit when the person has another one already. A destroyed key leaves a
//! tombstone that every later commit respects.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use frontdesk_domain::kernel::ids::{BusinessId, StreamId};
use frontdesk_domain::kernel::personal::SubjectId;
use moka::sync::Cache;
use sqlx::PgPool;
use uuid::Uuid;

use super::append::{RightKey, SubjectKey};
use crate::crypto::{SealingKey, WrappingKeys};

/// Each takes some 500 bytes.
const CACHED_MAX: u64 = 40_000;
/// How long a process may go on reading with a key that another one has destroyed.
const CACHED_FOR: Duration = Duration::from_secs(300);

/// The keys that a commit has used so far.
pub type UsedKeys = BTreeMap<SubjectId, Arc<PresentKey>>;

/// One person of one tenant.
pub type Owner = (BusinessId, SubjectId);

/// What is known of somebody's key.
#[derive(Debug, Clone)]
pub enum Key {
    Present(Arc<PresentKey>),
    /// Nobody can read this person's data any more, and nothing may be written about them.
    Destroyed,
}

#[derive(Debug)]
pub struct PresentKey {
    pub id: Uuid,
    pub secret: SealingKey,
    wrapped: Vec<u8>,
}

#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("the keys of data subjects cannot be read")]
    Database(#[source] sqlx::Error),
    #[error(
        "a subject's key opens with no master key of this process; are FRONTDESK_MASTER_KEY and \
         FRONTDESK_OTHER_MASTER_KEYS those of this database?"
    )]
    WrongMasterKey,
}

/// The keys that this process knows, and where to find the others.
#[derive(Debug, Clone)]
pub struct KeyRing {
    pool: PgPool,
    wrapping: Arc<WrappingKeys>,
    /// As they stand in the database.
    known: Cache<Owner, Key>,
    /// Made here, and not yet written with anything.
    fresh: Cache<Owner, Arc<PresentKey>>,
}

impl KeyRing {
    pub fn new(pool: PgPool, wrapping: WrappingKeys) -> Self {
        let fresh = Cache::builder().max_capacity(CACHED_MAX).time_to_live(CACHED_FOR).build();
        Self { pool, wrapping: Arc::new(wrapping), known: known(CACHED_MAX), fresh }
    }

    /// The same keys for somebody who knows none yet, and keeps so many.
    pub(super) fn keeping(&self, keys_max: u64) -> Self {
        Self { known: known(keys_max), ..self.clone() }
    }

    /// The key to write with. Somebody unknown to this process gets a new one; should they have one already,
    /// the log will say so.
    pub fn for_writing(&self, owner: Owner) -> Key {
        self.known.get(&owner).unwrap_or_else(|| {
            Key::Present(self.fresh.get_with(owner, || {
                let secret = SealingKey::generate();
                let wrapped = self.wrapping.wrap(&secret, &place(owner));
                Arc::new(PresentKey { id: Uuid::new_v4(), secret, wrapped })
            }))
        })
    }

    /// These keys were written with, so they stand in the database now.
    pub fn confirm(&self, tenant: BusinessId, used: &UsedKeys) {
        for (subject, key) in used {
            let owner = (tenant, *subject);
            if !self.known.contains_key(&owner) {
                self.known.insert(owner, Key::Present(key.clone()));
                self.fresh.invalidate(&owner);
            }
        }
    }

    /// Takes the log's word for whose key is whose.
    pub fn learn(&self, tenant: BusinessId, right: RightKey) -> Result<(), KeyError> {
        let owner = (tenant, right.subject);
        let key = self.unwrap(owner, right.key_id, right.wrapped)?;
        self.known.insert(owner, key);
        Ok(())
    }

    /// All these keys, with at most one round trip. Whoever has none is missing among them.
    ///
    /// Whoever reads holds them: the cache admits what it likes, and forgets when it likes.
    pub async fn fetch(&self, owners: BTreeSet<Owner>) -> Result<Keys, KeyError> {
        let mut keys = HashMap::with_capacity(owners.len());
        let mut missing = Vec::new();
        for owner in owners {
            match self.known.get(&owner) {
                Some(key) => drop(keys.insert(owner, Some(key))),
                None => missing.push(owner),
            }
        }
        if missing.is_empty() {
            return Ok(Keys(keys));
        }
        let tenants: Vec<Uuid> = missing.iter().map(|(tenant, _)| tenant.uuid()).collect();
        let subjects: Vec<Uuid> = missing.iter().map(|(_, subject)| subject.0).collect();
        let rows: Vec<(Uuid, Uuid, Uuid, Option<Vec<u8>>)> = sqlx::query_as(
            "select k.tenant_id, k.subject_id, k.key_id, k.wrapped_key from unnest($1::uuid[], $2::uuid[]) as o (tenant, subject)
             join subject_keys k on k.tenant_id = o.tenant and k.subject_id = o.subject",
        )
        .bind(tenants)
        .bind(subjects)
        .fetch_all(&self.pool)
        .await
        .map_err(KeyError::Database)?;
        for (tenant, subject, key_id, wrapped) in rows {
            let owner = (BusinessId::from_uuid(tenant), SubjectId(subject));
            // If it does not open, what is about this one person cannot be read; all else can.
            let key = self
                .unwrap(owner, key_id, wrapped)
                .inspect_err(|error| tracing::error!(%error, %tenant, "somebody's key cannot be used"));
            if let Ok(key) = &key {
                self.known.insert(owner, key.clone());
            }
            keys.insert(owner, key.ok());
        }
        Ok(Keys(keys))
    }

    fn unwrap(&self, owner: Owner, id: Uuid, wrapped: Option<Vec<u8>>) -> Result<Key, KeyError> {
        let Some(wrapped) = wrapped else { return Ok(Key::Destroyed) };
        let secret = self.wrapping.unwrap(&wrapped, &place(owner)).map_err(|_| KeyError::WrongMasterKey)?;
        Ok(Key::Present(Arc::new(PresentKey { id, secret, wrapped })))
    }
}

fn known(keys_max: u64) -> Cache<Owner, Key> {
    Cache::builder().max_capacity(keys_max).time_to_live(CACHED_FOR).build()
}

/// The keys that some events are read with; `None` for one that opens with no master key of this process.
#[derive(Debug)]
pub struct Keys(HashMap<Owner, Option<Key>>);

impl Keys {
    pub fn get(&self, owner: Owner) -> Result<Option<&Key>, KeyError> {
        self.0.get(&owner).map(|key| key.as_ref().ok_or(KeyError::WrongMasterKey)).transpose()
    }
}

impl PresentKey {
    pub fn as_stored(&self, subject: SubjectId) -> SubjectKey {
        SubjectKey { subject, key_id: self.id, wrapped: self.wrapped.clone() }
    }
}

/// What a wrapped key is bound to.
pub fn place((tenant, subject): Owner) -> Vec<u8> {
    [tenant.uuid().as_bytes().as_slice(), subject.0.as_bytes()].concat()
}
