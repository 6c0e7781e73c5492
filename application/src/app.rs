//! What every part of a running process shares.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use frontdesk_adapters::command_bus::{Bus, Context, SystemClock};
use frontdesk_adapters::crypto::{
    BadToken, DeploymentSecrets, MasterKey, SealingKey, TokenSigner, WrappingKeys,
};
use frontdesk_adapters::event_log::EventLog;
use frontdesk_adapters::event_log::appender::Appender;
use frontdesk_adapters::postgres::pool::Database;
use frontdesk_adapters::supervisor::Supervisor;
use frontdesk_domain::kernel::ids::{BusinessId, ChannelId, ServiceId, StreamId};
use frontdesk_domain::kernel::metadata::Actor;
use frontdesk_domain::kernel::refusal::OpenSlot;
use frontdesk_domain::scheduling::availability::offer::{self, SlotOffer};
use frontdesk_domain::scheduling::availability::{Slot, Terms};
use frontdesk_projections::reached::Reached;
use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;
use uuid::Uuid;

use crate::access::secret_hash;
use crate::reads::cache::ReadCache;
use crate::reads::open_slots::OpenSlots;
use crate::reads::positions::{self, Positions};
use crate::reads::readiness::Readiness;
use crate::trace;

/// How long an API client waits for a command at most.
const API_PATIENCE: Duration = Duration::from_secs(10);

/// The state of a process. Clones share it.
#[derive(Clone)]
pub struct App(Arc<Shared>);

pub struct Shared {
    pub bus: Bus,
    pub pool: PgPool,
    pub cache: Arc<ReadCache>,
    pub positions: Arc<Positions>,
    pub open_slots: OpenSlots,
    pub keys: Keys,
    pub public_url: String,
    pub supervisor: Supervisor,
    pub database: Database,
    pub readiness: Readiness,
}

/// What an [`App`] is made of.
pub struct AppParts<'a> {
    pub database: Database,
    pub bus: Bus,
    pub pool: PgPool,
    pub cache: Arc<ReadCache>,
    pub secrets: &'a DeploymentSecrets,
    pub operator_key: Option<&'a str>,
    /// Which log this is.
    pub epoch: Uuid,
    pub public_url: String,
    /// How far the readers that this process runs have come.
    pub reached: HashMap<&'static str, Reached>,
    /// Of the tasks of this process.
    pub supervisor: Supervisor,
}

/// The keys that stand at the edge.
pub struct Keys {
    slots: TokenSigner,
    /// For the keys of channels.
    pub channels: SealingKey,
    pub pages: TokenSigner,
    /// The hash of the operator's key of the configuration.
    pub operator: Option<String>,
}

impl Keys {
    fn new(secrets: &DeploymentSecrets, operator_key: Option<&str>) -> Self {
        Self {
            slots: secrets.token_signer(offer::TOKEN),
            channels: secrets.channel_keys(),
            pages: secrets.token_signer("page"),
            operator: operator_key.map(|key| secret_hash(&secrets.hasher(), key)),
        }
    }
}

impl std::ops::Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "App({})", self.public_url)
    }
}

impl App {
    pub fn new(parts: AppParts<'_>) -> Self {
        let AppParts {
            database,
            bus,
            pool,
            cache,
            secrets,
            operator_key,
            epoch,
            public_url,
            reached,
            supervisor,
        } = parts;
        let (log, signer) = (bus.log().clone(), secrets.token_signer(positions::TOKEN));
        let positions = Arc::new(Positions { log, cache: cache.clone(), epoch, signer, reached });
        Self(Arc::new(Shared {
            bus,
            pool,
            open_slots: OpenSlots::new(cache.clone(), positions.clone()),
            cache,
            positions,
            keys: Keys::new(secrets, operator_key),
            public_url,
            supervisor,
            database,
            readiness: Readiness::default(),
        }))
    }

    /// One that reaches nothing: enough to describe the API.
    pub fn detached() -> Self {
        Self::detached_with(Appender::start(PgConnectOptions::new_without_pgpass()).0)
    }

    /// The same, with this appender.
    pub fn detached_with(appender: Appender) -> Self {
        let database = Database::with_options(PgConnectOptions::new_without_pgpass());
        let (master, pool) = (MasterKey::generate(), database.pool(1));
        let secrets = DeploymentSecrets::first(&master);
        let log = EventLog::new(pool.clone(), appender, WrappingKeys::of(&master.into()));
        Self::new(AppParts {
            database,
            bus: Bus::new(log, &secrets, Arc::new(SystemClock)),
            cache: Arc::new(ReadCache::new(pool.clone(), None)),
            pool,
            secrets: &secrets,
            operator_key: None,
            epoch: Uuid::nil(),
            public_url: String::new(),
            reached: HashMap::new(),
            supervisor: Supervisor::default(),
        })
    }

    pub fn log(&self) -> &EventLog {
        self.bus.log()
    }

    /// The circumstances of a command that came over the API.
    pub fn context(&self, tenant: BusinessId, actor: Actor) -> Context {
        Context { trace_id: trace::current(), ..Context::new(tenant, actor, API_PATIENCE) }
    }

    /// The token by which a platform finds out that the address of a channel's webhooks is ours.
    pub fn verify_token(&self, provider: &str, channel_id: &str) -> String {
        let of = format!("{provider} {channel_id}");
        self.bus.hasher().hash("webhook-verify-token", of.as_bytes()).to_string()
    }

    /// Where a provider's platform sends the messages of a channel.
    pub fn webhook_url(&self, provider: &str, channel_id: ChannelId) -> String {
        format!("{}/webhooks/{provider}?channel={channel_id}", self.public_url)
    }

    /// A slot as it is handed out.
    pub fn open_slot(
        &self,
        tenant: BusinessId,
        service_id: ServiceId,
        slot: &Slot,
        terms: Terms,
        now: DateTime<Utc>,
    ) -> OpenSlot {
        let sign = |content: &[u8]| self.keys.slots.sign(tenant.uuid().as_bytes(), content);
        SlotOffer::of(service_id, slot, terms, now).open(slot, sign)
    }

    /// The slot of a token that comes back.
    pub fn offer(&self, tenant: BusinessId, slot_token: &str) -> Result<SlotOffer, BadToken> {
        let content = self.keys.slots.verify(tenant.uuid().as_bytes(), slot_token)?;
        SlotOffer::from_bytes(&content).map_err(|_| BadToken)
    }
}
