//! What is read: from the caches, the read models and, where it must be the log itself, from there.

pub mod affected;
pub mod cache;
mod error;
pub mod history;
pub mod open_slots;
pub mod positions;
pub mod readiness;

pub use error::ReadError;
