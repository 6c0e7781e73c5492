//! Frontdesk's edges: the event log, the command bus, the job queue, the cache, PostgreSQL, cryptography and
//! the providers.

pub mod cache;
pub mod command_bus;
pub mod crypto;
pub mod event_log;
pub mod jobs;
pub mod postgres;
pub mod providers;
pub mod supervisor;
