//! What the product needs to run: API keys, idempotent requests, the outcomes of jobs.

pub mod api_key;
pub mod commands;
pub mod idempotency;
pub mod job_outcome;
