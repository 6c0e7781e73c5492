//! Frontdesk's edges: the event log, the command bus, the job queue, the cache, PostgreSQL, cryptography,
//! the master keys and the providers.

pub mod cache;
pub mod command_bus;
pub mod crypto;
pub mod event_log;
pub mod jobs;
pub mod master_keys;
pub mod postgres;
pub mod providers;
pub mod supervisor;
