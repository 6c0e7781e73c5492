//! Frontdesk's edges.

pub mod event_log;
pub mod postgres;
