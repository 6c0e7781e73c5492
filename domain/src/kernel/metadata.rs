//! What every event says about how it came to be: a flat map of strings, as `cqrs_es` keeps it.

use std::collections::HashMap;
use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub const ACTOR_KIND: &str = "actor_kind";
pub const ACTOR_ID: &str = "actor_id";
pub const CORRELATION_ID: &str = "correlation_id";
pub const CAUSATION_ID: &str = "causation_id";
pub const COMMAND_ID: &str = "command_id";
/// On the first event of a commit: the command that was decided, as JSON; personal leaves are encrypted.
pub const COMMAND: &str = "command";
pub const OCCURRED_AT: &str = "occurred_at";
pub const DECIDED_AT: &str = "decided_at";
pub const APP_VERSION: &str = "app_version";
pub const TRACE_ID: &str = "trace_id";
/// On webhooks: what must be translated in order, as a keyed hash.
pub const ORDERING_KEY: &str = "ordering_key";

/// Who made something happen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Actor {
    pub kind: ActorKind,
    /// The key, call or process; never a person's name or number.
    pub id: String,
}

#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema, strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ActorKind {
    /// Whoever runs the deployment.
    Operator,
    /// Somebody of the business, by an API key.
    Staff,
    /// A voice assistant or chat bot, on behalf of a caller.
    Assistant,
    /// A provider's webhook.
    Provider,
    /// Frontdesk itself.
    System,
}

impl Actor {
    pub fn new(kind: ActorKind, id: impl fmt::Display) -> Self {
        Self { kind, id: id.to_string() }
    }
}

/// A map of metadata, typed at the points where somebody reads it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Metadata(pub HashMap<String, String>);

impl Metadata {
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    pub fn set(&mut self, key: &str, value: impl fmt::Display) {
        self.0.insert(key.to_owned(), value.to_string());
    }

    pub fn instant(&self, key: &str) -> Option<DateTime<Utc>> {
        self.get(key)?.parse().ok()
    }
}
