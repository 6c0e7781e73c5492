//! What every part of a running process shares.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use frontdesk_adapters::command_bus::{Bus, Context, SystemClock};
use frontdesk_adapters::crypto::{BadToken, MasterKey, SealingKey, TokenSigner};
use frontdesk_adapters::event_log::EventLog;
use frontdesk_adapters::event_log::appender::Appender;
use frontdesk_adapters::postgres::pool::Database;
use frontdesk_domain::kernel::ids::{BusinessId, ServiceId, StreamId};
use frontdesk_domain::kernel::metadata::Actor;
use frontdesk_domain::kernel::recorded::Position;
use frontdesk_domain::kernel::refusal::OpenSlot;
use frontdesk_domain::scheduling::availability::offer::{self, SlotOffer};
use frontdesk_domain::scheduling::availability::{Slot, Terms};
use frontdesk_projections::runner::{Projector, Reached, wait_for};
use metrics_exporter_prometheus::PrometheusHandle;
use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;
use uuid::Uuid;

use crate::http::problem::Problem;
use crate::kept::Kept;

/// How long an API client waits for a command at most.
const API_PATIENCE: Duration = Duration::from_secs(10);
/// How long a reader waits for a read model to reach a position.
const READ_PATIENCE: Duration = Duration::from_secs(3);

/// How long something that is not there may take to appear.
const CATCH_UP_PATIENCE: Duration = Duration::from_millis(500);

/// The state of a process. Clones share it.
#[derive(Clone)]
pub struct App(Arc<Shared>);

pub struct Shared {
    pub bus: Bus,
    pub pool: PgPool,
    pub kept: Arc<Kept>,
    pub keys: Keys,
    pub epoch: Uuid,
    pub public_url: String,
    pub metrics: PrometheusHandle,
    /// How far the read models that this process runs have come.
    pub reached: HashMap<&'static str, Reached>,
}

/// The keys that the API itself needs.
pub struct Keys {
    /// For the tokens of slots.
    slots: TokenSigner,
    /// For the keys of channels.
    pub channels: SealingKey,
    positions: TokenSigner,
    pub pages: TokenSigner,
    /// The hash of the operator's key of the configuration.
    pub operator: Option<String>,
}

impl Keys {
    pub fn new(master: &MasterKey, operator_key: Option<&str>) -> Self {
        let operator = operator_key.map(|key| crate::http::caller::secret_hash(&master.hasher(), key));
        Self {
            slots: master.token_signer(offer::TOKEN),
            channels: master.sealing_key("channels"),
            positions: master.token_signer("position"),
            pages: master.token_signer("page"),
            operator,
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
    pub fn new(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }

    /// One that reaches nothing: enough to describe the API.
    pub fn detached() -> Self {
        let database = Database::with_options(PgConnectOptions::new_without_pgpass());
        let (master, pool) = (MasterKey::generate(), database.pool(1));
        let (appender, _) = Appender::start(database.options().clone());
        let log = EventLog::new(pool.clone(), appender, &master);
        Self::new(Shared {
            bus: Bus::new(log, &master, Arc::new(SystemClock)),
            pool,
            kept: Arc::new(Kept::new(None)),
            keys: Keys::new(&master, None),
            epoch: Uuid::nil(),
            public_url: String::new(),
            metrics: crate::telemetry::start_metrics(),
            reached: HashMap::new(),
        })
    }

    pub fn log(&self) -> &EventLog {
        self.bus.log()
    }

    /// The circumstances of a command that came over the API.
    pub fn context(&self, tenant: BusinessId, actor: Actor) -> Context {
        let mut context = Context::new(tenant, actor, API_PATIENCE);
        context.trace_id = crate::http::trace::current();
        context
    }

    /// A slot as it is handed out.
    pub fn open_slot(&self, tenant: BusinessId, service_id: ServiceId, slot: &Slot, terms: Terms, now: DateTime<Utc>) -> OpenSlot {
        let sign = |content: &[u8]| self.keys.slots.sign(tenant.uuid().as_bytes(), content);
        SlotOffer::of(service_id, slot, terms, now).open(slot, sign)
    }

    /// The slot of a token that comes back.
    pub fn offer(&self, tenant: BusinessId, slot_token: &str) -> Result<SlotOffer, BadToken> {
        let content = self.keys.slots.verify(tenant.uuid().as_bytes(), slot_token)?;
        SlotOffer::from_bytes(&content).map_err(|_| BadToken)
    }

    /// A place in this log, for clients to hand back.
    pub fn position_token(&self, position: Position) -> String {
        let content = [self.epoch.as_bytes().as_slice(), &position.to_be_bytes()].concat();
        self.keys.positions.sign(b"", &content)
    }

    fn position_of(&self, token: &str) -> Result<Position, Problem> {
        let bad = || {
            Problem::bad_request(
                "min_position: this is not a position token; copy it from the Frontdesk-Position header of a reply",
            )
        };
        let content = self.keys.positions.verify(b"", token).map_err(|_| bad())?;
        let (epoch, position) = content.split_first_chunk::<16>().ok_or_else(bad)?;
        if *epoch != self.epoch.into_bytes() {
            return Err(Problem::bad_request(
                "min_position: this position is of another log; the database was restored since. Read without it",
            ));
        }
        Ok(Position::from_be_bytes(position.try_into().map_err(|_| bad())?))
    }

    /// Waits until a read model has reached the position that a reader asks for, and what this process keeps of it has followed.
    pub async fn read_at(&self, projector: &dyn Projector, min_position: Option<&str>) -> Result<(), Problem> {
        let Some(token) = min_position else { return Ok(()) };
        let position = self.position_of(token)?;
        self.reach(projector, position, READ_PATIENCE).await?;
        if self.kept.follows(position, READ_PATIENCE).await { Ok(()) } else { Err(Problem::behind()) }
    }

    /// Something in a read model; if it is not there, once more when the read model shows what this process has written so far. So whoever
    /// makes something and asks for it finds it.
    pub async fn look<T, E, F>(&self, projector: &dyn Projector, find: impl Fn() -> F + Send) -> Result<Option<T>, E>
    where
        F: Future<Output = Result<Option<T>, E>> + Send,
    {
        if let Some(found) = find().await? {
            return Ok(Some(found));
        }
        let head = *self.log().appender().head().borrow();
        // A read model that is late has not got it.
        let _ = self.reach(projector, head, CATCH_UP_PATIENCE).await;
        find().await
    }

    pub async fn reach(&self, projector: &dyn Projector, position: Position, patience: Duration) -> Result<(), Problem> {
        let reached = self.reached.get(projector.name()).cloned();
        if wait_for(&self.pool, projector, reached, position, patience).await? {
            return Ok(());
        }
        Err(Problem::behind())
    }
}
