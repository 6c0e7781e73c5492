//! Issuing API keys, and doing and giving up jobs.

pub mod api_keys;
pub mod jobs;
