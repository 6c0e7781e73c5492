//! Who asks, for whom, and until when.

use std::fmt;
use std::sync::Mutex;
use std::time::Duration;

use chrono::{DateTime, Utc};
use frontdesk_domain::kernel::ids::{BusinessId, CommandId, StreamId};
use frontdesk_domain::kernel::metadata::{self, Actor, Metadata};
use tokio::time::Instant;
use uuid::Uuid;

use crate::event_log::appender::Priority;

/// What time it is.
pub trait Clock: Send + Sync + fmt::Debug {
    fn now(&self) -> DateTime<Utc>;
}

#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// A clock that stands until it is moved, for tests and the demonstration.
#[derive(Debug)]
pub struct ManualClock(Mutex<DateTime<Utc>>);

impl ManualClock {
    pub fn at(now: DateTime<Utc>) -> Self {
        Self(Mutex::new(now))
    }

    pub fn set(&self, now: DateTime<Utc>) {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = now;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// The circumstances of a command.
#[derive(Debug, Clone)]
pub struct Context {
    pub tenant: BusinessId,
    pub actor: Actor,
    pub command_id: CommandId,
    /// What belongs together: a call, a conversation, a request.
    pub correlation_id: String,
    /// The event or request that led here.
    pub causation_id: Option<String>,
    pub trace_id: Option<String>,
    /// What must be translated in order, as a keyed hash.
    pub ordering_key: Option<String>,
    /// When the world says it happened, where that is not now.
    pub occurred_at: Option<DateTime<Utc>>,
    pub priority: Priority,
    /// Until when the caller waits.
    pub deadline: Instant,
}

impl Context {
    pub fn new(tenant: BusinessId, actor: Actor, patience: Duration) -> Self {
        let command_id = CommandId::from_uuid(Uuid::now_v7());
        Self {
            tenant,
            actor,
            command_id,
            correlation_id: command_id.to_string(),
            causation_id: None,
            trace_id: None,
            ordering_key: None,
            occurred_at: None,
            priority: Priority::Normal,
            deadline: Instant::now() + patience,
        }
    }

    pub(super) fn metadata(&self, decided_at: DateTime<Utc>) -> Metadata {
        let mut metadata = Metadata::default();
        let kind: &'static str = self.actor.kind.into();
        metadata.set(metadata::ACTOR_KIND, kind);
        metadata.set(metadata::ACTOR_ID, &self.actor.id);
        metadata.set(metadata::CORRELATION_ID, &self.correlation_id);
        metadata.set(metadata::COMMAND_ID, self.command_id);
        metadata.set(metadata::DECIDED_AT, instant(decided_at));
        metadata.set(metadata::APP_VERSION, env!("CARGO_PKG_VERSION"));
        if let Some(causation_id) = &self.causation_id {
            metadata.set(metadata::CAUSATION_ID, causation_id);
        }
        if let Some(trace_id) = &self.trace_id {
            metadata.set(metadata::TRACE_ID, trace_id);
        }
        if let Some(ordering_key) = &self.ordering_key {
            metadata.set(metadata::ORDERING_KEY, ordering_key);
        }
        if let Some(occurred_at) = self.occurred_at {
            metadata.set(metadata::OCCURRED_AT, instant(occurred_at));
        }
        metadata
    }
}

fn instant(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}
