//! What a process keeps of the read models, decoded: the agendas and the directory.
//!
//! In front of the database stand two caches: values in this process, and bytes in Redis where there is one.
//! All that a caller wants is looked up together, and what neither has is read in one query. The follower
//! ([`crate::workers::follower`]) tells both of every event: what this process has decided itself it replaces
//! at once, everything else it forgets. So a search over what has been searched before asks nothing and
//! parses nothing.

use std::any::Any;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use frontdesk_adapters::cache::{Cache as SharedCache, Entry as Cached, Versioned, weight_of};
use frontdesk_adapters::command_bus::Folded;
use frontdesk_domain::kernel::decider::Decider;
use frontdesk_domain::kernel::ids::{BusinessId, StreamId};
use frontdesk_domain::kernel::recorded::Position;
use frontdesk_domain::scheduling::agenda_day::{AgendaDay, AgendaEntry, EntryState};
use frontdesk_domain::scheduling::availability::booked::DayEntries;
use frontdesk_domain::scheduling::quota::{Quota, Share};
use frontdesk_domain::scheduling::service::Service;
use frontdesk_projections::agenda::{self, StreamAgenda, Taken};
use frontdesk_projections::directory::{self, Directory};
use frontdesk_projections::edition::Edition;
use frontdesk_projections::page::PageRequest;
use frontdesk_projections::read_model::ReadModel;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::PgPool;
use tokio::sync::{Notify, watch};
use uuid::Uuid;

use super::ReadError;

const AGENDA_BYTES_MAX: u64 = 48 << 20;
const DIRECTORY_BYTES_MAX: u64 = 24 << 20;
const SERVICE_LIST_BYTES_MAX: u64 = 4 << 20;
/// Of a business; more than this nobody lists on the phone.
const SERVICES_MAX: u16 = 100;

/// What is taken of an agenda day or of a limit; the other one is empty.
#[derive(Debug, Default)]
pub struct Agenda {
    pub day: DayEntries,
    pub shares: Vec<Share>,
}

impl Agenda {
    fn weight(&self) -> u64 {
        (size_of::<Self>() + self.day.bytes() + self.shares.capacity() * size_of::<Share>()) as u64
    }
}

impl From<&AgendaDay> for Agenda {
    fn from(day: &AgendaDay) -> Self {
        Self { day: day.entries().map(|(_, entry)| *entry).collect(), shares: vec![] }
    }
}

impl From<&Quota> for Agenda {
    fn from(quota: &Quota) -> Self {
        Self { day: DayEntries::default(), shares: quota.shares().copied().collect() }
    }
}

impl From<&StreamAgenda> for Agenda {
    fn from(read: &StreamAgenda) -> Self {
        let entry = |entry: &agenda::Entry| match entry.taken {
            Taken::Time(occupation) => {
                let state =
                    entry.held_until.map_or(EntryState::Booked, |expires_at| EntryState::Held { expires_at });
                Some(AgendaEntry { occupation, state })
            }
            Taken::Minutes(_) => None,
        };
        let share = |entry: &agenda::Entry| match entry.taken {
            Taken::Minutes(minutes) => Some(Share { minutes, held_until: entry.held_until }),
            Taken::Time(_) => None,
        };
        Self {
            day: read.entries.iter().filter_map(entry).collect(),
            shares: read.entries.iter().filter_map(share).collect(),
        }
    }
}

/// An entry of the directory, as its aggregate holds it. What belongs to another tenant is not found.
#[derive(Debug, Clone)]
struct Known {
    tenant: Uuid,
    state: Part,
    weight: u64,
}

impl Known {
    fn of<A: Decider>(tenant: Uuid, state: Arc<A>) -> Self {
        Self { tenant, weight: weight_of(state.as_ref()), state }
    }
}

/// An entry of the directory.
pub type Part = Arc<dyn Any + Send + Sync>;

pub struct ReadCache {
    pool: PgPool,
    agendas: Versioned<Uuid, Arc<Agenda>>,
    directory: Versioned<Uuid, Known>,
    /// The services of a business, as of a position in the log.
    services: Versioned<Uuid, Arc<[Uuid]>>,
    shared: Option<Shared>,
    followed: watch::Sender<Position>,
    last_events: Mutex<LastEvents>,
}

/// Where the last event about a customer or an appointment of each business stands, as far as this process has
/// followed.
#[derive(Debug, Default)]
struct LastEvents {
    /// Where this process has begun. Of a business of which it has seen nothing, the last one is before that.
    begun: Position,
    of: HashMap<Uuid, Position>,
}

/// The cache that processes share, and what this process has told it.
struct Shared {
    cache: Arc<dyn SharedCache>,
    /// It knows of all changes up to here. While that is behind what this process has followed, it is not
    /// used.
    told: AtomicI64,
    behind: Notify,
}

/// What the follower has found to have changed.
#[derive(Debug, Default)]
pub struct Changes {
    raised: Vec<(String, i64)>,
}

impl Changes {
    /// The newest version of each key.
    fn into_versions(self) -> Vec<(String, i64)> {
        let mut newest: BTreeMap<String, i64> = BTreeMap::new();
        for (key, version) in self.raised {
            let present = newest.entry(key).or_insert(version);
            *present = version.max(*present);
        }
        newest.into_iter().collect()
    }
}

impl Shared {
    fn told(&self) -> Position {
        self.told.load(Ordering::Acquire)
    }
}

impl ReadCache {
    pub fn new(pool: PgPool, shared: Option<Arc<dyn SharedCache>>) -> Self {
        Self {
            pool,
            agendas: Versioned::new(AGENDA_BYTES_MAX, |agenda| agenda.weight()),
            directory: Versioned::new(DIRECTORY_BYTES_MAX, |known| known.weight),
            services: Versioned::new(SERVICE_LIST_BYTES_MAX, |ids| size_of_val(&**ids) as u64),
            shared: shared.map(|cache| Shared { cache, told: AtomicI64::new(0), behind: Notify::new() }),
            followed: watch::channel(0).0,
            last_events: Mutex::default(),
        }
    }

    pub fn is_shared(&self) -> bool {
        self.shared.is_some()
    }

    /// An agenda day or a limit has reached a version; `now` is it as this process knows it, if it does.
    pub fn change_agenda(&self, changes: &mut Changes, id: Uuid, version: i64, now: Option<(i64, Agenda)>) {
        match now {
            Some((version, agenda)) => {
                self.agendas.put(id, version, Arc::new(agenda));
            }
            None => self.agendas.raise(id, version),
        }
        changes.raised.push((agenda_key(id), version));
    }

    /// The same of an entry of the directory.
    pub fn change_directory(&self, changes: &mut Changes, id: Uuid, version: i64, now: Option<Folded>) {
        match now {
            Some(folded @ Folded { version, tenant: Some(tenant), .. }) => {
                let (weight, state) = (folded.weight(), folded.state);
                self.directory.put(id, version, Known { tenant: tenant.uuid(), state, weight });
            }
            Some(_) | None => self.directory.raise(id, version),
        }
        changes.raised.push((directory_key(id), version));
    }

    /// A business has a service more since a position.
    pub fn add_service(&self, tenant: Uuid, position: Position) {
        self.services.raise(tenant, position);
    }

    /// Whether an entry of the directory is still the one that somebody has.
    pub fn has(&self, id: &Uuid, part: &Part) -> bool {
        self.directory
            .get(id)
            .is_some_and(|known| std::ptr::addr_eq(Arc::as_ptr(&known.state), Arc::as_ptr(part)))
    }

    /// This process follows from a position on. The shared cache may hold what changed since an earlier one.
    pub fn begin(&self, position: Position, shared_from: Position) {
        if let Some(shared) = &self.shared {
            shared.told.store(shared_from, Ordering::Release);
        }
        self.last_events().begun = position;
        self.follow(position);
    }

    /// A business has such an event at a position.
    pub fn see(&self, tenant: Uuid, position: Position) {
        let mut last = self.last_events();
        let last = last.of.entry(tenant).or_default();
        // What the shared cache has missed is gone over again.
        *last = position.max(*last);
    }

    /// Where the last event about a customer, an appointment or a wait of a business stands, or a later position, as far
    /// as this process has followed.
    pub fn last_event_of(&self, tenant: BusinessId) -> Position {
        let last = self.last_events();
        last.of.get(&tenant.uuid()).copied().unwrap_or(last.begun)
    }

    fn last_events(&self) -> MutexGuard<'_, LastEvents> {
        self.last_events.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Up to where this process has followed.
    pub fn followed(&self) -> Position {
        *self.followed.borrow()
    }

    /// The next changes, up to a position. If the shared cache does not take them, or has not taken earlier
    /// ones, this process goes on without it.
    pub async fn tell(&self, changes: Changes, through: Position) {
        if let Some(shared) = &self.shared
            && shared.told() >= self.followed()
        {
            self.tell_shared(changes, through).await;
        }
        self.follow(through);
        if let Some(shared) = &self.shared
            && shared.told() < through
        {
            shared.behind.notify_one();
        }
    }

    fn follow(&self, through: Position) {
        self.followed
            .send_if_modified(|followed| std::mem::replace(followed, through.max(*followed)) < through);
    }

    /// Tells the shared cache of changes up to a position. False if it did not take them.
    pub async fn tell_shared(&self, changes: Changes, through: Position) -> bool {
        let Some(shared) = &self.shared else { return true };
        let told = changes.raised.is_empty() || shared.cache.raise(changes.into_versions()).await;
        if told {
            shared.told.fetch_max(through, Ordering::AcqRel);
        }
        told
    }

    /// Up to where the shared cache has been told, once that is behind what this process has followed.
    pub async fn shared_behind(&self) -> Position {
        let Some(shared) = &self.shared else { return std::future::pending().await };
        loop {
            let told = shared.told();
            if told < self.followed() {
                return told;
            }
            shared.behind.notified().await;
        }
    }

    /// Whether the shared cache is left alone, because it has not been told of everything yet.
    pub fn leaves_shared(&self) -> bool {
        self.is_shared() && self.usable().is_none()
    }

    /// The shared cache, while it knows all that this process knows.
    fn usable(&self) -> Option<&dyn SharedCache> {
        let shared = self.shared.as_ref()?;
        (shared.told() >= self.followed()).then_some(shared.cache.as_ref())
    }

    /// Whether what is kept is, within some time, at least as new as a position.
    pub async fn follows(&self, position: Position, patience: Duration) -> bool {
        let mut followed = self.followed.subscribe();
        matches!(
            tokio::time::timeout(patience, followed.wait_for(|followed| *followed >= position)).await,
            Ok(Ok(_))
        )
    }

    async fn shared<T: DeserializeOwned>(
        &self,
        ids: &[Uuid],
        key: fn(Uuid) -> String,
    ) -> Vec<Option<(i64, T)>> {
        let Some(shared) = self.usable().filter(|_| !ids.is_empty()) else {
            return ids.iter().map(|_| None).collect();
        };
        let keys: Vec<String> = ids.iter().copied().map(key).collect();
        let decoded = |entry: Cached| Some((entry.version, from_shared(&entry.value)?));
        shared.get(&keys).await.into_iter().map(|entry| entry.and_then(decoded)).collect()
    }

    async fn share<T: Serialize>(&self, entries: impl Iterator<Item = (String, i64, T)>) {
        let Some(shared) = self.usable() else { return };
        let entries =
            entries.map(|(key, version, value)| (key, Cached { version, value: to_shared(&value).into() }));
        shared.put(entries.collect()).await;
    }

    /// What is taken of some agenda days and limits, in their order.
    pub async fn agendas(&self, tenant: BusinessId, ids: &[Uuid]) -> Result<Vec<Arc<Agenda>>, ReadError> {
        let mut found: Vec<Option<Arc<Agenda>>> = ids.iter().map(|id| self.agendas.get(id)).collect();
        let missing: Vec<usize> = (0..ids.len()).filter(|place| found[*place].is_none()).collect();
        let missing_ids: Vec<Uuid> = missing.iter().map(|place| ids[*place]).collect();
        let mut unknown = Vec::new();
        for (place, shared) in
            missing.into_iter().zip(self.shared::<StreamAgenda>(&missing_ids, agenda_key).await)
        {
            match shared {
                Some((version, agenda)) => {
                    let agenda = Arc::new(Agenda::from(&agenda));
                    // A Redis that was set back may not know any more that what it has is old.
                    if self.agendas.put(ids[place], version, agenda.clone()) {
                        found[place] = Some(agenda);
                    } else {
                        unknown.push(place);
                    }
                }
                None => unknown.push(place),
            }
        }
        if !unknown.is_empty() {
            let ids_unknown: Vec<Uuid> = unknown.iter().map(|place| ids[*place]).collect();
            let read = agenda::streams(&self.pool, tenant, &ids_unknown).await?;
            let mut kept = Vec::with_capacity(unknown.len());
            for place in unknown {
                let Some(read) = read.get(&ids[place]) else { continue };
                let agenda = Arc::new(Agenda::from(read));
                // What changed while it was read is not kept here, and must not be kept there: a Redis that
                // was emptied does not know any more that it is old.
                if self.agendas.put(ids[place], read.version, agenda.clone()) {
                    kept.push((agenda_key(ids[place]), read.version, read));
                }
                found[place] = Some(agenda);
            }
            self.share(kept.into_iter()).await;
        }
        Ok(found.into_iter().map(Option::unwrap_or_default).collect())
    }

    /// Entries of the directory; those that do not exist are left out.
    pub async fn states<A: Decider>(
        &self,
        tenant: BusinessId,
        ids: &[Uuid],
    ) -> Result<BTreeMap<Uuid, Arc<A>>, ReadError> {
        let (mut found, mut missing) = (BTreeMap::new(), Vec::new());
        let mut take = |id: Uuid, known: Known| {
            if let Some(state) = known.state.downcast::<A>().ok().filter(|_| known.tenant == tenant.uuid()) {
                found.insert(id, state);
            }
        };
        for id in ids {
            match self.directory.get(id) {
                Some(known) => take(*id, known),
                None => missing.push(*id),
            }
        }
        let mut unknown = Vec::new();
        for (id, shared) in missing.iter().zip(self.shared::<(Uuid, A)>(&missing, directory_key).await) {
            match shared {
                Some((version, (tenant, state))) => {
                    let known = Known::of(tenant, Arc::new(state));
                    if self.directory.put(*id, version, known.clone()) {
                        take(*id, known);
                    } else {
                        unknown.push(*id);
                    }
                }
                None => unknown.push(*id),
            }
        }
        if !unknown.is_empty() {
            let read = directory::find_all::<A>(&self.pool, tenant, &unknown).await?;
            let mut kept = Vec::new();
            for entry in read {
                let state = Arc::new(entry.state);
                let known = Known::of(tenant.uuid(), state.clone());
                // As with agendas.
                if self.directory.put(entry.id, entry.version, known.clone()) {
                    kept.push((directory_key(entry.id), entry.version, (tenant.uuid(), state)));
                }
                take(entry.id, known);
            }
            self.share(kept.into_iter()).await;
        }
        Ok(found)
    }

    /// The first services of a business, in the order in which they were added.
    pub async fn services(&self, tenant: BusinessId) -> Result<Vec<(Uuid, Arc<Service>)>, ReadError> {
        let ids = match self.services.get(&tenant.uuid()) {
            Some(ids) => ids,
            None => {
                // The list is at least as new as the read model was before it was read.
                let position =
                    Directory.checkpoint(Edition::Serving).position(&self.pool).await?.unwrap_or(0);
                let request = PageRequest { after: None, limit: SERVICES_MAX };
                let page = directory::list::<Service>(&self.pool, Some(tenant), request).await?;
                let ids: Arc<[Uuid]> = page.items.iter().map(|entry| entry.id).collect();
                self.services.put(tenant.uuid(), position, ids.clone());
                ids
            }
        };
        let states = self.states::<Service>(tenant, &ids).await?;
        Ok(ids.iter().filter_map(|id| Some((*id, states.get(id)?.clone()))).collect())
    }
}

fn to_shared(value: &impl Serialize) -> Vec<u8> {
    let mut shared = crate::BUILD.as_bytes().to_vec();
    // What came out of JSON goes back into it.
    shared.extend(serde_json::to_vec(value).unwrap_or_default());
    shared
}

fn from_shared<T: DeserializeOwned>(shared: &[u8]) -> Option<T> {
    serde_json::from_slice(shared.strip_prefix(crate::BUILD.as_bytes())?).ok()
}

fn directory_key(id: Uuid) -> String {
    format!("directory:{id}")
}

fn agenda_key(id: Uuid) -> String {
    format!("agenda:{id}")
}

#[cfg(test)]
mod tests {
    use frontdesk_domain::kernel::ids::StreamId;

    use super::*;
    use crate::app::App;

    #[tokio::test]
    async fn of_each_business_the_last_event_is_known_as_far_as_this_process_has_followed() {
        let cache = App::detached().cache.clone();
        let [here, elsewhere] = [1, 2].map(Uuid::from_u128);
        cache.begin(10, 0);
        for position in [11, 12, 9] {
            cache.see(here, position);
        }
        let last = |tenant| cache.last_event_of(BusinessId::from_uuid(tenant));
        assert_eq!((last(here), last(elsewhere)), (12, 10));
    }

    #[test]
    fn what_another_build_has_shared_is_not_read() {
        let shared = to_shared(&7);
        assert_eq!(from_shared(&shared), Some(7));
        let mut of_another = shared.clone();
        of_another[0] ^= 1;
        let of_none = &shared[crate::BUILD.len()..];
        for other in [&of_another, of_none, &shared[..4]] {
            assert_eq!(from_shared::<i32>(other), None, "{other:?}");
        }
    }
}
